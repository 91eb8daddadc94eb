//! Identifiers made by the client.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use tidelock_crypto::cbor::{Decode, Encode, Reader, Writer};
use tidelock_crypto::{hmac_sha256, random};

use crate::error::{Error, Result};

/// The size of an [`Id`] in bytes.
pub const ID_SIZE: usize = 16;

/// The id of an entity or of a batch: 16 bytes, written as 22 characters of base64url (RFC 4648 §5, no padding).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id([u8; ID_SIZE]);

impl Id {
    /// Draws a new id.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn random() -> Result<Self> {
        Ok(Self(random::bytes()?))
    }

    /// The id of something imported: the same source always gives the same id, so that an import which is repeated
    /// doubles nothing, and under a key that only the owner has, so that the id tells the platform nothing.
    pub fn of_source(key: &[u8], source: &[u8]) -> Self {
        let digest = hmac_sha256(key, source);
        let mut bytes = [0; ID_SIZE];
        for (to, from) in bytes.iter_mut().zip(digest.as_bytes()) {
            *to = *from;
        }
        Self(bytes)
    }

    /// The id with these 16 bytes.
    pub const fn from_bytes(bytes: [u8; ID_SIZE]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; ID_SIZE] {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Id {
    type Err = Box<Error>;

    fn from_str(text: &str) -> Result<Self> {
        let mut bytes = [0; ID_SIZE];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(decoded) if decoded.len() == ID_SIZE => Ok(Self(bytes)),
            _ => Err(Error::invalid("id", "an id is 22 characters of base64url")),
        }
    }
}

impl Encode for Id {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for Id {
    fn decode(reader: &mut Reader<'_>) -> Self {
        Self(reader.fixed_bytes())
    }
}
