//! Bodies of `/v1/tidelock/vaults/{vault}/…`.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::{Flag, List};
use tidelock_crypto::cbor_map;

use super::ServedClinic;
use crate::Id;
use crate::records::{Wrap, Write};

/// `GET` and `POST …/log`: consecutive entries of a vault log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntries {
    /// The signed [`LogEntry`](crate::sharing::LogEntry)s.
    pub entries: Vec<ByteVec>,
    /// To the owner, in `GET`: whether batches are wrapped to identities only, which whoever is granted the vault keys next could not
    /// open.
    pub unwrapped: Flag,
}

cbor_map!(LogEntries { 0: entries, 1: unwrapped });

/// The answer to `POST …/writes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The place of the write in the vault's sequence of changes.
    pub cursor: u64,
}

cbor_map!(Written { 0: cursor });

/// One write with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWrite {
    /// The place of the write in the vault's sequence of changes.
    pub cursor: u64,
    /// The write.
    pub write: Write,
    /// Wraps that were added to its batch later.
    pub added: List<Wrap>,
}

cbor_map!(StoredWrite { 0: cursor, 1: write, 2: added });

/// `GET …/writes`: the writes after a cursor, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WritePage {
    /// The writes.
    pub writes: Vec<StoredWrite>,
    /// Whether there are more after the last of them.
    pub more: bool,
    /// The clinics in whose name they were signed.
    pub clinics: List<ServedClinic>,
}

cbor_map!(WritePage { 0: writes, 1: more, 2: clinics });

/// `GET …/manifests`: the caller's own chain in this vault, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnManifests {
    /// The signed [`Manifest`](crate::records::Manifest)s.
    pub manifests: Vec<ByteVec>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

cbor_map!(OwnManifests { 0: manifests, 1: more });

/// `POST …/wraps`: wraps that batches lack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedWraps {
    /// The batches, each once.
    pub batches: Vec<BatchWraps>,
}

cbor_map!(AddedWraps { 0: batches });

/// Wraps that one batch lacks; none, where it cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchWraps {
    /// The batch.
    pub batch: Id,
    /// The wraps.
    pub wraps: Vec<Wrap>,
}

cbor_map!(BatchWraps { 0: batch, 1: wraps });
