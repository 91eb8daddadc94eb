use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::cbor::{Decode, Encode, Reader, Writer};
use crate::{Error, Result};

/// An ECDSA signature over P-256 and SHA-256 (ES256): `r` and `s`, 32 bytes each, big-endian. A CBOR byte string.
///
/// Of the two values of `s` that verify we make and accept only the lower one, so that a signature has one form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature([u8; 64]);

/// Half of the group's order, rounded down: the greatest `s` that is low.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d,
    0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

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

    /// Whether `s` is the lower one, or so small that it is none.
    pub(crate) fn has_low_s(&self) -> bool {
        // Big-endian numbers of one length are in the order of their bytes.
        self.0.iter().skip(32).le(&HALF_ORDER)
    }

    /// The two scalars, if they are in range and `s` is the lower one.
    pub(crate) fn to_checked(self) -> Result<p256::ecdsa::Signature> {
        let signature = p256::ecdsa::Signature::from_slice(&self.0).map_err(|_| Error::Signature)?;
        if self.has_low_s() { Ok(signature) } else { Err(Error::Signature) }
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
    fn decode(reader: &mut Reader<'_>) -> Self {
        Self(reader.fixed_bytes())
    }
}
