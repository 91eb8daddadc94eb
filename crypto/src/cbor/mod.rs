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
mod reader;
mod values;
mod writer;

pub use reader::{Invalid, Members, Reader};
pub use writer::Writer;

use crate::{Error, Result};

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
pub trait Decode: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// [`Invalid`] when the bytes are no such value, or not in the one form.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, Invalid>;

    /// The value of a member that a map leaves out, if it may be left out.
    fn absent() -> Option<Self> {
        None
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
/// [`Error::Malformed`] if the bytes are no such value or go on after it; [`Error::NotCanonical`] if they are, in another form.
pub fn decode<T: Decode>(bytes: &[u8]) -> Result<T> {
    let mut reader = Reader::new(bytes);
    let value = T::decode(&mut reader).map_err(|invalid| reader.error(invalid))?;
    reader.end()?;
    Ok(value)
}

impl Reader<'_> {
    /// Makes sure that nothing follows.
    ///
    /// # Errors
    /// [`Error::Malformed`] if something does.
    pub fn end(&self) -> Result<()> {
        if self.is_at_end() { Ok(()) } else { Err(self.error(Invalid::Malformed)) }
    }

    /// What is wrong, and where.
    #[must_use]
    pub fn error(&self, invalid: Invalid) -> Error {
        match invalid {
            Invalid::Malformed => Error::Malformed { position: self.position() },
            Invalid::NotCanonical => Error::NotCanonical,
        }
    }
}
