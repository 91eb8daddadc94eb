use minicbor::Decoder;

use super::Decode;

/// Why bytes were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// They are no such value.
    Malformed,
    /// They are, in another form than the deterministic one.
    NotCanonical,
}

/// The message of minicbor's error is left behind on purpose: it may quote the input.
impl From<minicbor::decode::Error> for Invalid {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::Malformed
    }
}

/// Reads one item after the other, in the deterministic form only.
#[derive(Debug)]
pub struct Reader<'b> {
    decoder: Decoder<'b>,
}

impl<'b> Reader<'b> {
    /// A reader at the beginning of `bytes`.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { decoder: Decoder::new(bytes) }
    }

    /// How many bytes were read.
    #[must_use]
    pub fn position(&self) -> usize {
        self.decoder.position()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position() == self.decoder.input().len()
    }

    /// An unsigned number.
    ///
    /// # Errors
    /// [`Invalid`] when there is none, or a longer form of it.
    pub fn unsigned(&mut self) -> Result<u64, Invalid> {
        let begin = self.position();
        let number = self.decoder.u64()?;
        self.check_head(begin, number, 0)?;
        Ok(number)
    }

    /// A byte string.
    ///
    /// # Errors
    /// [`Invalid`] when there is none, or in pieces, or with a longer head.
    pub fn bytes(&mut self) -> Result<&'b [u8], Invalid> {
        let begin = self.position();
        let bytes = self.decoder.bytes()?;
        self.check_head(begin, bytes.len() as u64, bytes.len())?;
        Ok(bytes)
    }

    /// A byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn fixed_bytes<const N: usize>(&mut self) -> Result<[u8; N], Invalid> {
        self.bytes()?.try_into().map_err(|_| Invalid::Malformed)
    }

    /// A text.
    ///
    /// # Errors
    /// [`Invalid`] when there is none, or in pieces, or with a longer head, or not UTF-8.
    pub fn text(&mut self) -> Result<&'b str, Invalid> {
        let begin = self.position();
        let text = self.decoder.str()?;
        self.check_head(begin, text.len() as u64, text.len())?;
        Ok(text)
    }

    /// `false` or `true`.
    ///
    /// # Errors
    /// [`Invalid`] when there is neither.
    pub fn bool(&mut self) -> Result<bool, Invalid> {
        Ok(self.decoder.bool()?)
    }

    /// The head of an array: how many items follow. That many are not known to be there.
    ///
    /// # Errors
    /// [`Invalid`] when there is none, or a longer one, or one of no definite length.
    pub fn array(&mut self) -> Result<u64, Invalid> {
        let begin = self.position();
        let length = self.decoder.array()?.ok_or(Invalid::NotCanonical)?;
        self.check_head(begin, length, 0)?;
        Ok(length)
    }

    /// The head of an array of exactly `length` items.
    ///
    /// # Errors
    /// As [`array`](Self::array).
    pub fn array_of(&mut self, length: u64) -> Result<(), Invalid> {
        if self.array()? == length { Ok(()) } else { Err(Invalid::Malformed) }
    }

    /// The head of a map. Its members are then asked for in ascending order of their keys.
    ///
    /// # Errors
    /// [`Invalid`] when there is none, or a longer one, or one of no definite length.
    pub fn map(&mut self) -> Result<Members, Invalid> {
        let begin = self.position();
        let left = self.decoder.map()?.ok_or(Invalid::NotCanonical)?;
        self.check_head(begin, left, 0)?;
        Ok(Members { left })
    }

    /// The member with that key, of the map that is being read.
    ///
    /// # Errors
    /// [`Invalid`] when it is not there and may not be left out, or is no such value.
    pub fn member<T: Decode>(&mut self, members: &mut Members, key: u64) -> Result<T, Invalid> {
        if self.next_is(members, key)? { T::decode(self) } else { T::absent().ok_or(Invalid::Malformed) }
    }

    fn next_is(&mut self, members: &mut Members, key: u64) -> Result<bool, Invalid> {
        let begin = self.position();
        if members.left == 0 {
            return Ok(false);
        }
        let found = self.unsigned()? == key;
        if found {
            members.left -= 1;
        } else {
            self.decoder.set_position(begin);
        }
        Ok(found)
    }

    /// Makes sure that a head with `argument`, and `content` bytes after it, took no more bytes than it must.
    fn check_head(&self, begin: usize, argument: u64, content: usize) -> Result<(), Invalid> {
        let head = match argument {
            0..24 => 1,
            24..=0xff => 2,
            0x100..=0xffff => 3,
            0x1_0000..=0xffff_ffff => 5,
            _ => 9,
        };
        if self.position() - begin == head + content { Ok(()) } else { Err(Invalid::NotCanonical) }
    }
}

/// How many members of a map have not been read.
#[derive(Debug)]
pub struct Members {
    left: u64,
}

impl Members {
    /// Makes sure that there are no more: unknown ones, some out of order, or one that is there twice.
    ///
    /// # Errors
    /// [`Invalid::NotCanonical`] when there are.
    pub fn end(self) -> Result<(), Invalid> {
        if self.left == 0 { Ok(()) } else { Err(Invalid::NotCanonical) }
    }
}
