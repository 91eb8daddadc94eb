//! Bodies of the routes by which an owner who lost her keys gets them back.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::List;
use tidelock_crypto::cbor_map;

use super::{ServedClinic, Statements};
use crate::sharing::Cutoff;

/// `GET /recoveries`: owners who go on under a new identity, of whose vaults the caller has something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recoveries {
    /// One for each owner.
    pub owners: Vec<Recovery>,
}

cbor_map!(Recoveries { 0: owners });

/// An owner whose newest identity is not the one in force in her log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The owner.
    pub owner: String,
    /// All versions of her identity.
    pub statements: Statements,
    /// How many of her entities are delegated to the caller.
    pub entities: u64,
    /// How many grants the caller has: 1 or 0.
    pub grants: u64,
}

cbor_map!(Recovery { 0: owner, 1: statements, 2: entities, 3: grants });

/// `POST …/give_backs`: one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGiveBack {
    /// The signed [`GiveBack`](crate::sharing::GiveBack).
    pub message: ByteVec,
}

cbor_map!(NewGiveBack { 0: message });

/// `GET …/give_backs`: what was given back to the owner's newest identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveBacks {
    /// The signed [`GiveBack`](crate::sharing::GiveBack)s.
    pub messages: Vec<ByteVec>,
    /// The clinics in whose name they were signed.
    pub clinics: List<ServedClinic>,
}

cbor_map!(GiveBacks { 0: messages, 1: clinics });

/// `GET …/tips`: what an owner needs to go on with her log under another identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refounding {
    /// All entries of the log.
    pub entries: Vec<ByteVec>,
    /// Where all chains of the vault stand, sorted.
    pub tips: Vec<Cutoff>,
}

cbor_map!(Refounding { 0: entries, 1: tips });
