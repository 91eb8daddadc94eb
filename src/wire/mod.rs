//! What goes over the network between client and platform: the bodies of the routes under `/v1/tidelock/`.
//!
//! All of them are deterministic CBOR (`application/cbor`). Signed things travel as the bytes that were signed. The
//! server uses these very types, so that no format is written twice. Tidepool's routes speak Tidepool's JSON; what they
//! carry for us in addition stands in a member named `tidelock`, see [`json`].

mod attachments;
mod clinics;
mod entities;
mod identities;
pub mod json;
mod people;
mod problem;
mod recovery;
mod vaults;

pub use attachments::{AttachmentChunks, FinishedAttachment, NewAttachment};
pub use clinics::{ClinicKeys, ListedShareCode, NewHead, NewShareCode, ShareCodeLabel, ShareCodes};
pub use entities::{
    Bundle, CutoffProof, EntitiesRequest, KnownLog, ListRequest, MAXIMUM_ENTITIES, Period, ServedClinic, ServedEntity,
    ServedIdentity, ServedLeaf, ServedManifest, ServedVault, ServedWrap, Wanted,
};
pub use identities::{FoundDataOwner, NewIdentity, Statements, StoredBackup};
pub use people::{CompletedInvitation, GivenShare, InvitationState, People, ReceivedShare};
pub use problem::{Conflict, ConflictKind, Problem};
pub use recovery::{GiveBacks, NewGiveBack, Recoveries, Recovery, Refounding};
pub use vaults::{AddedWraps, BatchWraps, LogEntries, OwnManifests, StoredWrite, WritePage, Written};

/// The content type of all bodies under [`PREFIX`].
pub const CONTENT_TYPE: &str = "application/cbor";

/// The content type of sealed chunks, which are no CBOR.
pub const BYTES: &str = "application/octet-stream";

/// Where our routes begin.
pub const PREFIX: &str = "/v1/tidelock";

/// The header that carries the session token, as Tidepool has it.
pub const SESSION_TOKEN: &str = "x-tidepool-session-token";

/// The most entities that one write may have.
pub const MAXIMUM_ITEMS: usize = 1_000;

/// The most bytes that one write may have.
pub const MAXIMUM_BYTES: usize = 4 * 1024 * 1024;
