use minicbor::{Decoder, decode};

use super::Decode;
use crate::{Error, Result};

/// Why bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// They are no such value.
    Malformed,
    /// They are, in another form than the deterministic one.
    NotCanonical,
}

/// Reads one item after the other, in the deterministic form only.
///
/// The first failure is remembered. From it on nothing is read, and every method gives what is empty.
#[derive(Debug)]
pub struct Reader<'b> {
    decoder: Decoder<'b>,
    failure: Option<(Invalid, usize)>,
}

impl<'b> Reader<'b> {
    /// A reader at the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { decoder: Decoder::new(bytes), failure: None }
    }

    /// Remembers a failure here, unless there was one before.
    pub fn fail(&mut self, invalid: Invalid) {
        let position = self.decoder.position();
        self.failure.get_or_insert((invalid, position));
    }

    /// Whether there was a failure.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Makes sure that nothing has failed and that nothing follows.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the bytes are not what was read, or go on; [`Error::NotCanonical`] if they are, in another
    /// form.
    pub fn end(&mut self) -> Result<()> {
        if self.decoder.position() != self.decoder.input().len() {
            self.fail(Invalid::Malformed);
        }
        match self.failure {
            None => Ok(()),
            Some((Invalid::Malformed, position)) => Err(Error::Malformed { position }),
            Some((Invalid::NotCanonical, _)) => Err(Error::NotCanonical),
        }
    }

    /// Reads with `read`, and makes sure that a head for the argument that `argument` tells, and the content after it
    /// whose length it tells, took no more bytes than they must.
    fn read<T: Default>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'b>) -> Result<Option<T>, decode::Error>,
        argument: impl FnOnce(&T) -> (u64, usize),
    ) -> T {
        if self.has_failed() {
            return T::default();
        }
        let begin = self.decoder.position();
        // The message of minicbor's error is left behind on purpose: it may quote the input.
        let Ok(item) = read(&mut self.decoder) else {
            self.fail(Invalid::Malformed);
            return T::default();
        };
        // Nothing is what has no definite length.
        let Some(item) = item else {
            self.fail(Invalid::NotCanonical);
            return T::default();
        };
        let (argument, content) = argument(&item);
        if self.decoder.position() - begin != head(argument) + content {
            self.fail(Invalid::NotCanonical);
        }
        item
    }

    /// An unsigned number.
    pub fn unsigned(&mut self) -> u64 {
        self.read(|decoder| decoder.u64().map(Some), |number| (*number, 0))
    }

    /// A byte string.
    pub fn bytes(&mut self) -> &'b [u8] {
        self.read(|decoder| decoder.bytes().map(Some), |bytes| (bytes.len() as u64, bytes.len()))
    }

    /// A byte string of exactly `N` bytes.
    pub fn fixed_bytes<const N: usize>(&mut self) -> [u8; N] {
        self.bytes().try_into().unwrap_or_else(|_| {
            self.fail(Invalid::Malformed);
            [0; N]
        })
    }

    /// A text.
    pub fn text(&mut self) -> &'b str {
        self.read(|decoder| decoder.str().map(Some), |text| (text.len() as u64, text.len()))
    }

    /// `false` or `true`.
    pub fn bool(&mut self) -> bool {
        self.read(|decoder| decoder.bool().map(Some), |_| (0, 0))
    }

    /// The head of an array: how many items follow. That many are not known to be there.
    pub fn array(&mut self) -> u64 {
        self.read(Decoder::array, |length| (*length, 0))
    }

    /// The head of an array of exactly `length` items.
    pub fn array_of(&mut self, length: u64) {
        if self.array() != length {
            self.fail(Invalid::Malformed);
        }
    }

    /// The head of a map. Its members are then asked for in ascending order of their keys, and last its end.
    pub fn map(&mut self) -> Members {
        Members { left: self.read(Decoder::map, |length| (*length, 0)) }
    }

    /// The member with that key.
    pub fn member<T: Decode>(&mut self, members: &mut Members, key: u64) -> T {
        if self.next_is(members, key) { T::decode(self) } else { T::absent(self) }
    }

    fn next_is(&mut self, members: &mut Members, key: u64) -> bool {
        let begin = self.decoder.position();
        if members.left == 0 {
            return false;
        }
        let found = self.unsigned() == key;
        if found {
            members.left -= 1;
        } else {
            self.decoder.set_position(begin);
        }
        found
    }

    /// The end of a map: no members are left, unknown ones, or some out of order, or one that is there twice.
    pub fn end_of_map(&mut self, members: &Members) {
        if members.left > 0 {
            self.fail(Invalid::NotCanonical);
        }
    }
}

/// How many members of a map have not been read.
#[derive(Debug)]
pub struct Members {
    left: u64,
}

impl Members {
    /// Whether there are none left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left == 0
    }
}

/// How many bytes a head with that argument takes.
fn head(argument: u64) -> usize {
    match argument {
        0..24 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}
