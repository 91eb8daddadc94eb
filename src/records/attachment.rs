//! Attachments: large contents beside an entity, such as files, in sealed chunks.
//!
//! ```text
//! entity's content ─holds▶ attachment ─holds▶ stream keys ─HKDF▶ key and nonce prefix ─STREAM▶ sealed chunks
//! ```
//!
//! What opens an attachment, and the root of the tree over its sealed chunks, are in the content of an entity. So whoever can
//! read the entity can read the file, and nobody but the author of that content can put another one in its place.

use tidelock_crypto::bulk::{self, Bulk};
use tidelock_crypto::stream::{OpenedChunk, Position, Stream};
use tidelock_crypto::{Digest, Engine, SecretKey, cbor_array, cbor_map, merkle};

use crate::Id;
use crate::error::{Error, Result};
use crate::signed::{decode_labelled, labelled};

/// The bytes of every chunk but the last, before it is sealed.
pub const CHUNK: u32 = 512 * 1024;

/// The bytes by which a sealed chunk is longer.
pub const CHUNK_OVERHEAD: u32 = 16;

/// The most chunks that an attachment may have: 4 GiB.
pub const MAXIMUM_CHUNKS: u32 = 8_192;

/// The most segments that an attachment may have: one for each time that its upload was taken up again.
pub const MAXIMUM_SEGMENTS: usize = 64;

/// Which attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentPlace {
    /// In whose vault.
    pub vault: String,
    /// Beside which entity: whoever may read that is served the chunks.
    pub entity: Id,
    /// Its own id.
    pub id: Id,
}

cbor_map!(AttachmentPlace { 0: vault, 1: entity, 2: id });

/// Consecutive chunks that are sealed under one stream key.
///
/// An upload that is taken up again goes on with a new key, behind what is there already: no position is ever sealed twice
/// under one key, whatever has become of the file and whatever the platform says that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// How many chunks are before it.
    pub first: u32,
    /// Its stream key.
    pub secret: SecretKey,
}

cbor_array!(Segment [first, secret]);

/// What opens and checks a complete attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Which.
    pub place: AttachmentPlace,
    /// The bytes of the content.
    pub size: u64,
    /// The root of the tree whose leaves are the SHA-256 of the sealed chunks.
    pub root: Digest,
    /// Its segments, in order; the first begins with the first chunk.
    pub segments: Vec<Segment>,
}

cbor_map!(Attachment { 0: place, 1: size, 2: root, 3: segments });

/// What an upload that broke off is taken up again with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfinishedAttachment {
    /// Which.
    pub place: AttachmentPlace,
    /// Its segments so far, in order; the first begins with the first chunk.
    pub segments: Vec<Segment>,
}

cbor_map!(UnfinishedAttachment { 0: place, 1: segments });

const ATTACHMENT: &str = "attachment";
const UNFINISHED: &str = "unfinished attachment";
const STREAM: &str = "attachment stream";

impl AttachmentPlace {
    /// Somebody else may have written it, and the id of the vault becomes a part of addresses.
    fn is_sensible(&self) -> bool {
        !self.vault.is_empty() && self.vault.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    }

    /// The stream of a segment of this attachment.
    ///
    /// # Errors
    /// [`Error::Unsupported`] without WebCrypto in a browser.
    pub fn stream(&self, engine: &Engine, secret: &SecretKey) -> Result<Stream> {
        Ok(Stream::new(engine, secret, &labelled(STREAM, self))?)
    }
}

impl Attachment {
    /// The bytes that belong into the entity's content.
    pub fn encode(&self) -> Vec<u8> {
        labelled(ATTACHMENT, self)
    }

    /// Reads them.
    ///
    /// # Errors
    /// [`Error::Tampered`] when they are not canonical or make no sense, [`Error::Unsupported`] when they are of another
    /// version or suite.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let attachment: Self = decode_labelled(ATTACHMENT, bytes)?;
        let in_order = |chunks| are_in_order(&attachment.segments, chunks);
        if !attachment.place.is_sensible() || !attachment_chunks(attachment.size).is_some_and(in_order) {
            return Err(Error::tampered("an attachment that makes no sense"));
        }
        Ok(attachment)
    }

    /// How many chunks it has.
    pub fn chunks(&self) -> u32 {
        attachment_chunks(self.size).unwrap_or_default()
    }

    /// The position of a chunk.
    pub fn position(&self, index: u32) -> Position {
        Position { index, last: index + 1 == self.chunks() }
    }

    /// The bytes of a chunk, before it is sealed.
    pub fn chunk_size(&self, index: u32) -> u32 {
        let before = u64::from(index) * u64::from(CHUNK);
        u32::try_from(self.size.saturating_sub(before)).map_or(CHUNK, |left| left.min(CHUNK))
    }

    /// Makes sure that these are the digests of its sealed chunks, all of them and in order.
    ///
    /// # Errors
    /// [`Error::Tampered`] when they are not.
    pub fn check(&self, digests: &[Digest]) -> Result<()> {
        if digests.len() as u64 != u64::from(self.chunks()) || attachment_root(digests) != self.root {
            return Err(Error::tampered("an attachment with other chunks than its author's"));
        }
        Ok(())
    }

    /// The bytes of a chunk that was opened, after making sure that it is the one with that digest.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is not.
    pub fn accept(&self, index: u32, digest: &Digest, opened: OpenedChunk) -> Result<Bulk> {
        if opened.digest != *digest {
            return Err(Error::tampered("another chunk stands where one of an attachment's belongs"));
        }
        let chunk = opened.chunk?;
        if bulk::length(&chunk) as u64 != u64::from(self.chunk_size(index)) {
            return Err(Error::tampered("a chunk of an attachment has another size"));
        }
        Ok(chunk)
    }
}

impl UnfinishedAttachment {
    /// The bytes that an application keeps.
    pub fn encode(&self) -> Vec<u8> {
        labelled(UNFINISHED, self)
    }

    /// Reads them.
    ///
    /// # Errors
    /// As [`Attachment::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let unfinished: Self = decode_labelled(UNFINISHED, bytes)?;
        if !unfinished.place.is_sensible() || !are_in_order(&unfinished.segments, MAXIMUM_CHUNKS) {
            return Err(Error::tampered("an unfinished attachment that makes no sense"));
        }
        Ok(unfinished)
    }
}

/// How many chunks a content of that size has; none if it is too large.
pub fn attachment_chunks(size: u64) -> Option<u32> {
    // An empty content has a chunk, too: the one that says that it is the last.
    let chunks = size.div_ceil(u64::from(CHUNK)).max(1);
    u32::try_from(chunks).ok().filter(|chunks| *chunks <= MAXIMUM_CHUNKS)
}

/// The root of the tree over the digests of sealed chunks.
pub fn attachment_root(digests: &[Digest]) -> Digest {
    let leaves: Vec<Digest> = digests.iter().map(|digest| merkle::leaf_hash(digest.as_bytes())).collect();
    merkle::root(&leaves)
}

/// The index of the segment, of those that begin with these chunks, to which a chunk belongs.
pub fn segment_of(firsts: impl Iterator<Item = u32>, index: u32) -> usize {
    firsts.take_while(|first| *first <= index).count().saturating_sub(1)
}

fn are_in_order(segments: &[Segment], chunks: u32) -> bool {
    segments.len() <= MAXIMUM_SEGMENTS
        && segments.first().is_some_and(|segment| segment.first == 0)
        && segments.last().is_some_and(|segment| segment.first < chunks)
        && segments.is_sorted_by(|one, next| one.first < next.first)
}
