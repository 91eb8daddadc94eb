//! Bodies of `/v1/tidelock/vaults/{vault}/attachments`.

use tidelock_crypto::cbor::Flag;
use tidelock_crypto::{Digest, cbor_map};

use crate::Id;

/// `POST …/attachments`: an upload that begins. The same again is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewAttachment {
    /// Its id.
    pub id: Id,
    /// Beside which entity.
    pub entity: Id,
}

cbor_map!(NewAttachment { 0: id, 1: entity });

/// `GET …/attachments/{id}`: what is there of an attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentChunks {
    /// The SHA-256 of its sealed chunks, from the first up to the first that is missing.
    pub digests: Vec<Digest>,
    /// Whether it is complete.
    pub finished: Flag,
}

cbor_map!(AttachmentChunks { 0: digests, 1: finished });

/// `POST …/attachments/{id}`: an upload is complete. From then on no chunk changes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FinishedAttachment {
    /// How many chunks it has; those that are there beyond are left over and removed.
    pub chunks: u32,
    /// The root of the tree over them, see [`attachment_root`](crate::records::attachment_root).
    pub root: Digest,
}

cbor_map!(FinishedAttachment { 0: chunks, 1: root });
