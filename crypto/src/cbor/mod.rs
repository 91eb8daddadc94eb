//! Deterministic CBOR (RFC 8949 §4.2.1), over `minicbor`'s reader and writer.
//!
//! Structures are maps with ascending integer keys from which absent options are left out, or arrays; bytes are byte
//! strings, numbers are unsigned. One line beside each type says its numbers, see [`cbor_map`](crate::cbor_map). What is
//! read must be what would be written, byte for byte: [`Reader`] refuses every longer head, every indefinite length and
//! every member that is unknown, out of order or there twice.
//!
//! Types do not derive `minicbor`'s own traits, because what those compile to, for each type anew, would be the largest
//! part of a WebAssembly module.

mod macros;
mod optional;
mod reader;
mod values;
mod writer;

pub use optional::{Flag, List};
pub use reader::{Invalid, Members, Reader};
pub use writer::Writer;

use crate::Result;

/// A value with one encoding.
pub trait Encode {
    /// Writes the value.
    fn encode(&self, writer: &mut Writer);

    /// Whether a map leaves the value out: an absent option.
    fn is_absent(&self) -> bool {
        false
    }
}

/// A value that can be read from its one encoding.
///
/// Reading always gives a value: the reader remembers the first failure, and [`decode`] then gives none. Were it to
/// fail at each step, each step would carry the code that clears away what was read before it.
pub trait Decode: Sized {
    /// Reads the value; after a failure, one that means nothing and that nobody sees.
    fn decode(reader: &mut Reader<'_>) -> Self;

    /// The value of a member that a map leaves out: a failure, unless it may be left out.
    fn absent(reader: &mut Reader<'_>) -> Self {
        reader.fail(Invalid::Malformed);
        Self::decode(reader)
    }
}

/// Encodes `value`.
#[must_use]
pub fn encode(value: &dyn Encode) -> Vec<u8> {
    let mut writer = Writer::default();
    value.encode(&mut writer);
    writer.into_bytes()
}

/// Decodes `bytes`, all of them, and only if they are what [`encode`] would have written.
///
/// # Errors
/// As [`Reader::end`].
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T> {
    let mut reader = Reader::new(bytes);
    let value = T::decode(&mut reader);
    reader.end()?;
    Ok(value)
}
