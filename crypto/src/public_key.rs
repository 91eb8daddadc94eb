use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::elliptic_curve::point::AffineCoordinates;

use crate::cbor::{Decode, Encode, Invalid, Reader, Writer};
use crate::{Error, Result};

/// A P-256 public key: a point in SEC 1's uncompressed form, 65 bytes beginning with 4. A CBOR byte string.
///
/// A value of this type has the right form; whether it is a point of the curve is checked by each engine whenever it uses
/// it, so that decoding many statements costs no curve arithmetic. [`check`](Self::check) does it at once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 65]);

impl PublicKey {
    /// Takes 65 bytes beginning with 4.
    ///
    /// # Errors
    /// [`Error::PublicKey`] if they are not that.
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        match <[u8; 65]>::try_from(bytes) {
            Ok(bytes) if bytes.first() == Some(&4) => Ok(Self(bytes)),
            _ => Err(Error::PublicKey),
        }
    }

    /// The 65 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    /// Makes sure that this is a point of the curve, other than the point at infinity.
    ///
    /// # Errors
    /// [`Error::PublicKey`] if it is not.
    pub fn check(&self) -> Result<()> {
        self.to_point().map(drop)
    }

    /// The point, checked: both coordinates are below the field's order, and they fulfil the curve's equation.
    ///
    /// Not through the curve crate's own SEC 1 decoder, which also brings the decompression of points.
    pub(crate) fn to_point(self) -> Result<p256::PublicKey> {
        let [_, coordinates @ ..] = &self.0;
        let ([x, y], _) = coordinates.as_chunks() else { return Err(Error::PublicKey) };
        let point = p256::AffinePoint::from_coordinates(&(*x).into(), &(*y).into()).into_option();
        p256::PublicKey::from_affine(point.ok_or(Error::PublicKey)?).map_err(|_| Error::PublicKey)
    }

    /// The uncompressed form of a point.
    pub(crate) fn from_point(point: &p256::PublicKey) -> Result<Self> {
        let point = point.as_affine();
        Self::from_slice(&[&[4], point.x().as_slice(), point.y().as_slice()].concat())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl AsRef<[u8]> for PublicKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Encode for PublicKey {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(&self.0);
    }
}

impl Decode for PublicKey {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Invalid> {
        Self::from_slice(reader.bytes()?).map_err(|_| Invalid::Malformed)
    }
}
