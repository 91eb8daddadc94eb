//! Deterministic CBOR (RFC 8949 §4.2.1), by way of `minicbor`'s derived traits.
//!
//! Structures are maps with ascending integer keys (`#[cbor(map)]`, `#[n(0)]` …), absent options are left out, bytes are
//! byte strings, numbers are integers: what the derived encoders write is then deterministic by itself. Reading is made
//! strict by writing again and comparing, which refuses every other form of the same value, and every unknown key.

use minicbor::{Decode, Decoder, Encode};

use crate::{Error, Result};

/// Encodes `value`.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "writing to a vector cannot fail, and no type of ours has an encoder that fails by itself"
)]
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("encoding into memory cannot fail")
}

/// Decodes `bytes`, all of them, and only if they are what [`encode`] would have written.
///
/// # Errors
/// [`Error::Malformed`] if the bytes are no such value or go on after it; [`Error::NotCanonical`] if they are, in another form.
pub fn decode<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T> {
    let mut decoder = Decoder::new(bytes);
    let value: T = decoder.decode().map_err(|error| malformed(&error, decoder.position()))?;
    if decoder.position() != bytes.len() {
        return Err(Error::Malformed { position: decoder.position() });
    }
    if zeroize::Zeroizing::new(encode(&value)).as_slice() == bytes { Ok(value) } else { Err(Error::NotCanonical) }
}

/// A byte string of exactly `N` bytes.
pub(crate) fn fixed_bytes<const N: usize>(d: &mut Decoder<'_>) -> Result<[u8; N], minicbor::decode::Error> {
    let position = d.position();
    d.bytes()?.try_into().map_err(|_| minicbor::decode::Error::message("wrong length").at(position))
}

/// Where decoding stopped. The message of minicbor's error is left behind on purpose: it may quote the input.
fn malformed(error: &minicbor::decode::Error, position: usize) -> Error {
    Error::Malformed { position: error.position().unwrap_or(position) }
}
