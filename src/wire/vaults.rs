//! Bodies of `/v1/tidelock/vaults/{vault}/…`.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use tidelock_crypto::Digest;

use crate::records::{Batch, Item, Write};

/// `GET` and `POST …/log`: consecutive entries of a vault log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogEntries {
    /// The signed [`LogEntry`](crate::sharing::LogEntry)s.
    #[n(0)]
    pub entries: Vec<ByteVec>,
}

/// The answer to `POST …/writes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Written {
    /// The place of the write in the vault's sequence of changes.
    #[n(0)]
    pub cursor: u64,
}

/// One write with its place.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StoredWrite {
    /// The place of the write in the vault's sequence of changes.
    #[n(0)]
    pub cursor: u64,
    /// The write.
    #[n(1)]
    pub write: Write,
}

/// `GET …/writes`: the writes after a cursor, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WritePage {
    /// The writes.
    #[n(0)]
    pub writes: Vec<StoredWrite>,
    /// Whether there are more after the last of them.
    #[n(1)]
    pub more: bool,
}

/// `GET …/entities/{id}`: the newest revision of one entity, with the proof that its author signed it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EntityRecord {
    /// The signed [`Manifest`](crate::records::Manifest).
    #[n(0)]
    pub manifest: ByteVec,
    /// The batch.
    #[n(1)]
    pub batch: Batch,
    /// The entity.
    #[n(2)]
    pub item: Item,
    /// The index of its leaf in the manifest's tree.
    #[n(3)]
    pub index: u64,
    /// The RFC 9162 inclusion proof of its leaf.
    #[n(4)]
    pub proof: Vec<Digest>,
}
