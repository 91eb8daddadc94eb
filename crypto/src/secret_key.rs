use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Result;
use crate::cbor::{Decode, Encode, Invalid, Reader, Writer};

/// 32 secret bytes: a symmetric key, or the private scalar of a P-256 key (big-endian).
///
/// They are overwritten when the value is dropped, compared in constant time, and never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// 32 bytes from the platform's random number generator.
    ///
    /// # Errors
    /// [`Error::Random`](crate::Error::Random) if it has none to give.
    pub fn random() -> Result<Self> {
        let mut key = Self([0; 32]);
        crate::random::fill(&mut key.0)?;
        Ok(key)
    }

    /// Takes 32 bytes for a key. The caller's copy is the caller's to overwrite.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Takes a slice of 32 bytes for a key.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) if it has any other length.
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        bytes.try_into().map(Self).map_err(|_| crate::Error::Length { what: "a secret key" })
    }

    /// The secret bytes themselves.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for SecretKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl Encode for SecretKey {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for SecretKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Invalid> {
        reader.fixed_bytes().map(Self)
    }
}
