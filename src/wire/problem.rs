//! Errors of the routes under `/v1/tidelock/`.

use tidelock_crypto::{Digest, cbor_map, cbor_number};

use crate::Id;

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A code of [`CODES`](crate::CODES).
    pub code: String,
    /// A sentence for developers.
    pub message: String,
    /// Of a `conflict`: what has moved on.
    pub conflict: Option<Conflict>,
}

cbor_map!(Problem { 0: code, 1: message, 2: conflict });

/// What has moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What.
    pub kind: ConflictKind,
    /// Of an entity: its id.
    pub entity: Option<Id>,
    /// Of an entity: its current revision, if it has one in this vault.
    pub rev: Option<Digest>,
}

cbor_map!(Conflict { 0: kind, 1: entity, 2: rev });

/// The kinds of what may have moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// The vault's log.
    Log,
    /// The head of the author's clinic.
    ClinicHead,
    /// The author's own chain of manifests.
    Chain,
    /// An entity.
    Entity,
    /// A vault key, which somebody who lost access holds.
    Key,
    /// The author's identity.
    Identity,
}

cbor_number!(ConflictKind { 1: Log, 2: ClinicHead, 3: Chain, 4: Entity, 5: Key, 6: Identity });
