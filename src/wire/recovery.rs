//! Bodies of the routes by which an owner who lost her keys gets them back from others.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor_map;

use super::Statements;
use crate::sharing::Cutoff;

/// `GET /recoveries`: who has a new identity and waits for what the caller could give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recoveries {
    /// They.
    pub owners: Vec<Recovery>,
}

cbor_map!(Recoveries { 0: owners });

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Who.
    pub owner: String,
    /// All versions of the identity.
    pub statements: Statements,
    /// How many of the owner's entities are delegated to the caller.
    pub entities: u64,
    /// How many grants of the owner's record the caller has: one or none.
    pub grants: u64,
}

cbor_map!(Recovery { 0: owner, 1: statements, 2: entities, 3: grants });

/// `POST …/give_backs`: one part of what somebody gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGiveBack {
    /// The signed [`GiveBack`](crate::sharing::GiveBack).
    pub message: ByteVec,
}

cbor_map!(NewGiveBack { 0: message });

/// `GET …/give_backs`: what has been given back to the owner's newest identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveBacks {
    /// The signed [`GiveBack`](crate::sharing::GiveBack)s.
    pub messages: Vec<ByteVec>,
}

cbor_map!(GiveBacks { 0: messages });

/// `GET …/tips`: what an owner needs to go on with her log under another identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refounding {
    /// All entries of the log.
    pub log: Vec<ByteVec>,
    /// Where all chains of manifests stand, sorted by name.
    pub tips: Vec<Cutoff>,
}

cbor_map!(Refounding { 0: log, 1: tips });
