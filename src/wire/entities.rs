//! Bodies of `/v1/tidelock/entities` and `/v1/tidelock/entities/list`.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::{Flag, List};
use tidelock_crypto::{Digest, cbor_array, cbor_map};

use super::Statements;
use crate::Id;
use crate::keys::ClinicBundle;
use crate::records::Batch;
use crate::sharing::DelegateWrap;

/// The most entities that are served at once.
pub const MAXIMUM_ENTITIES: usize = 1_000;

/// An entity that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its id.
    pub entity: Id,
    /// In whose vault it is, where that is known.
    pub vault: Option<String>,
    /// The sequence up to which its leaves are known.
    pub known: Option<u64>,
}

cbor_map!(Wanted { 0: entity, 1: vault, 2: known });

/// How much of a vault's log is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLog {
    /// Whose vault.
    pub vault: String,
    /// How many entries are known.
    pub number: u64,
}

cbor_map!(KnownLog { 0: vault, 1: number });

/// `POST …/entities`: entities by their ids. One that is not served to the caller is left out of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitiesRequest {
    /// Which, at most [`MAXIMUM_ENTITIES`].
    pub wanted: Vec<Wanted>,
    /// What is known of logs.
    pub known: Vec<KnownLog>,
    /// Whose statements, or clinics' bundles, are asked for too.
    pub identities: Vec<String>,
    /// The clinic in whose name the caller asks: its delegations and wraps instead of the person's.
    pub clinic: Option<String>,
}

cbor_map!(EntitiesRequest { 0: wanted, 1: known, 2: identities, 3: clinic });

/// A span of time, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub from: u64,
    /// The moment after its last.
    pub to: u64,
}

cbor_array!(Period [from, to]);

/// `POST …/entities/list`: entities by what the platform can see of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRequest {
    /// What is known of logs.
    pub known: Vec<KnownLog>,
    /// In whose vault; absent: what is delegated to the caller, in any vault.
    pub vault: Option<String>,
    /// The clinic in whose name the caller asks.
    pub clinic: Option<String>,
    /// Of these types.
    pub kinds: List<String>,
    /// With any of these links.
    pub links: List<Digest>,
    /// Whose newest content is by one of these authors, or in the name of one of these clinics.
    pub authors: List<String>,
    /// Whose newest revision was taken by the platform within this span.
    pub taken: Option<Period>,
    /// Only those that need a new key.
    pub due: Flag,
    /// Deleted ones, too.
    pub deleted: Flag,
    /// Where the page before ended, see [`Bundle::next`].
    pub after: Option<ByteVec>,
    /// How many, at most [`MAXIMUM_ENTITIES`].
    pub limit: u32,
}

cbor_map!(ListRequest {
    0: known,
    1: vault,
    2: clinic,
    3: kinds,
    4: links,
    5: authors,
    6: taken,
    7: due,
    8: deleted,
    9: after,
    10: limit
});

/// Entities with everything that is needed to verify and open them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// The entities, in the order in which they were asked for or are listed.
    pub entities: Vec<ServedEntity>,
    /// Their vaults, each once.
    pub vaults: Vec<ServedVault>,
    /// The manifests of their leaves, each once.
    pub manifests: Vec<ServedManifest>,
    /// The persons who signed them, and those who were asked for.
    pub identities: Vec<ServedIdentity>,
    /// The clinics in whose name they were signed, and those that were asked for.
    pub clinics: Vec<ServedClinic>,
    /// Where this page ends, if there is another.
    pub next: Option<ByteVec>,
}

cbor_map!(Bundle { 0: entities, 1: vaults, 2: manifests, 3: identities, 4: clinics, 5: next });

/// A vault of a [`Bundle`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedVault {
    /// Whose.
    pub vault: String,
    /// The owner's statements.
    pub statements: Statements,
    /// The log entries after the known ones.
    pub log: Vec<ByteVec>,
}

cbor_map!(ServedVault { 0: vault, 1: statements, 2: log });

/// A manifest of a [`Bundle`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedManifest {
    /// The signed [`Manifest`](crate::records::Manifest).
    pub manifest: ByteVec,
    /// For each later revocation of its chain's capacity: the proof that this manifest is in what stands.
    pub proofs: List<CutoffProof>,
}

cbor_map!(ServedManifest { 0: manifest, 1: proofs });

/// A proof that a manifest is one of those that a revocation lets stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutoffProof {
    /// The number of the log entry with the revocation.
    pub number: u64,
    /// The RFC 9162 inclusion proof in the tree of the cut-off's size.
    pub proof: Vec<Digest>,
}

cbor_array!(CutoffProof [number, proof]);

/// A person of a [`Bundle`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedIdentity {
    /// Who.
    pub owner: String,
    /// All versions.
    pub statements: Statements,
}

cbor_map!(ServedIdentity { 0: owner, 1: statements });

/// A clinic of a [`Bundle`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedClinic {
    /// Its id.
    pub clinic: String,
    /// What it publishes.
    pub bundle: ClinicBundle,
    /// The earlier [`ClinicHead`](crate::keys::ClinicHead)s that the signed things name which are served with it.
    pub heads: List<ByteVec>,
    /// The [`Roster`](crate::keys::Roster)s that those heads name.
    pub rosters: List<ByteVec>,
}

cbor_map!(ServedClinic { 0: clinic, 1: bundle, 2: heads, 3: rosters });

/// An entity of a [`Bundle`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedEntity {
    /// In whose vault.
    pub vault: String,
    /// Its id.
    pub entity: Id,
    /// Its leaves after the known ones, in order.
    pub leaves: Vec<ServedLeaf>,
    /// The header of the newest content; absent when the entity is deleted or this content is known.
    pub header: Option<ByteVec>,
    /// That content.
    pub sealed: Option<ByteVec>,
    /// The batch that the header names, with all wraps that it has by now.
    pub batch: Option<Batch>,
    /// The caller's own newest wrap.
    pub wrap: Option<ServedWrap>,
}

cbor_map!(ServedEntity { 0: vault, 1: entity, 2: leaves, 3: header, 4: sealed, 5: batch, 6: wrap });

/// A leaf of a [`ServedEntity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedLeaf {
    /// The encoded [`Leaf`](crate::records::Leaf).
    pub leaf: ByteVec,
    /// The index of its manifest in [`Bundle::manifests`].
    pub manifest: u64,
    /// The index of the leaf in the manifest's tree.
    pub index: u64,
    /// The RFC 9162 inclusion proof.
    pub proof: Vec<Digest>,
}

cbor_map!(ServedLeaf { 0: leaf, 1: manifest, 2: index, 3: proof });

/// A delegate's wrap of a [`ServedEntity`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedWrap {
    /// The sequence of the leaf that it goes with.
    pub sequence: u64,
    /// Its place among the wraps of that leaf, from 0.
    pub position: u64,
    /// The wrap.
    pub wrap: DelegateWrap,
    /// The RFC 9162 inclusion proof in the tree of that leaf's wraps.
    pub proof: Vec<Digest>,
}

cbor_map!(ServedWrap { 0: sequence, 1: position, 2: wrap, 3: proof });
