//! Sealing, opening and verifying records.
//!
//! ```text
//! vault key ─▶ batch key (random, one per write) ─HKDF▶ entity key ─▶ content key, commitment
//! ```
//!
//! One write is one batch of entities, one manifest signed by its author, and one leaf per entity. A [`History`] reads
//! the writes of a vault in order and accepts only what its log allows.

mod attachment;
mod batch;
mod contents;
mod entity;
mod evidence;
mod history;
mod link;
mod manifest;
mod state;
mod write;

pub use attachment::{
    Attachment, AttachmentPlace, CHUNK, CHUNK_OVERHEAD, MAXIMUM_CHUNKS, MAXIMUM_SEGMENTS, Segment,
    UnfinishedAttachment, attachment_chunks, attachment_root, segment_of,
};
pub use batch::{Batch, BatchKey, BatchOrigin, Holder, Wrap, WrapTo};
pub use contents::run_job;
pub use entity::{Content, EntityKey, Header, PATIENT, SALT_SIZE};
pub(crate) use evidence::OLDER;
pub use evidence::{Each, Evidence, Known, ProvenManifest};
pub use history::{Author, History, SeenChain};
pub use link::{LinkSecret, link};
pub use manifest::{Capacity, ContentLeaf, Leaf, Manifest, WrapsLeaf};
pub use state::{Basis, EntityState, StandingDelegation, Step, is_about_rights};
pub use write::{Draft, Item, KeptKey, NewContent, OpenedEntity, Parsed, Revision, Scribe, Write};
