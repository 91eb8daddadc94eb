use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::cbor::{Decode, Encode, Invalid, Reader, Writer};
use crate::{Error, Result};

/// An ECDSA signature over P-256 and SHA-256 (ES256): `r` and `s`, 32 bytes each, big-endian. A CBOR byte string.
///
/// Of the two values of `s` that verify we make and accept only the lower one, so that a signature has one form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes 64 bytes, `r` then `s`. They are judged when the signature is verified.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes, `r` then `s`.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// The same signature with the lower of the two possible values of `s`.
    ///
    /// # Errors
    /// [`Error::Signature`] if `r` or `s` is zero or not below the group's order.
    pub fn to_low_s(self) -> Result<Self> {
        let signature = p256::ecdsa::Signature::from_slice(&self.0).map_err(|_| Error::Signature)?;
        Ok(Self(signature.normalize_s().to_bytes().into()))
    }

    /// The two scalars, if they are in range and `s` is the lower one.
    pub(crate) fn to_checked(self) -> Result<p256::ecdsa::Signature> {
        let signature = p256::ecdsa::Signature::from_slice(&self.0).map_err(|_| Error::Signature)?;
        if signature.normalize_s() == signature { Ok(signature) } else { Err(Error::Signature) }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl Encode for Signature {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for Signature {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Invalid> {
        reader.fixed_bytes().map(Self)
    }
}
