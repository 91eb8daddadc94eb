//! Manifests: an author's signed list of what one write contained.

use minicbor::{Decode, Encode};
use tidelock_crypto::{Digest, cbor, merkle};

use crate::Id;
use crate::sharing::ChainName;
use crate::signed::Statement;

/// In the name of which clinic an author writes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Capacity {
    /// The clinic's id.
    #[n(0)]
    pub clinic: String,
    /// The clinic's fingerprint.
    #[n(1)]
    pub root: Digest,
    /// The digest of the clinic head that the author saw, whose roster has the author.
    #[n(2)]
    pub head: Digest,
}

/// A signed list of leaves. Manifests of one author in one capacity form a chain in every vault.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Manifest {
    /// In whose vault.
    #[n(0)]
    pub vault: String,
    /// The author's user id.
    #[n(1)]
    pub author: String,
    /// The author's fingerprint.
    #[n(2)]
    pub fingerprint: Digest,
    /// The clinic in whose name the author writes; absent where he writes in his own.
    #[n(3)]
    pub capacity: Option<Capacity>,
    /// The number of this manifest in its chain, from 1.
    #[n(4)]
    pub number: u64,
    /// The RFC 9162 root over the manifests before it in the chain; each of them is a leaf by its unsigned encoding.
    #[n(5)]
    pub previous: Digest,
    /// How many entries of the vault log the author has seen.
    #[n(6)]
    pub log_number: u64,
    /// The digest of the last of them.
    #[n(7)]
    pub log_head: Digest,
    /// How many leaves there are.
    #[n(8)]
    pub size: u64,
    /// The RFC 9162 root over the leaves, sorted by entity id.
    #[n(9)]
    pub root: Digest,
    /// When it was written, in milliseconds since the epoch, by the author's clock.
    #[n(10)]
    pub time: u64,
}

impl Statement for Manifest {
    const LABEL: &'static str = "manifest";
}

impl Manifest {
    /// The chain that this manifest belongs to.
    pub fn chain(&self) -> ChainName {
        let capacity = self.capacity.as_ref().map_or(&self.author, |capacity| &capacity.clinic);
        ChainName { author: self.author.clone(), capacity: capacity.clone() }
    }
}

/// New content of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ContentLeaf {
    /// SHA-256 of the encoded header followed by the ciphertext.
    #[n(0)]
    pub sealed: Digest,
    /// SHA-256 of the salt followed by the record, see [`Content::digest`](super::Content::digest).
    #[n(1)]
    pub plain: Digest,
}

/// What one write did to one entity. Its hash is the entity's `rev`.
///
/// Keys 4 to 7 are kept for delegations added, delegations revoked, the digest of delegates' wraps, and the tombstone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Leaf {
    /// The entity.
    #[n(0)]
    pub entity: Id,
    /// The number of the revision, from 1.
    #[n(1)]
    pub sequence: u64,
    /// The hash of the entity's leaf before; absent in the first.
    #[n(2)]
    pub previous: Option<Digest>,
    /// New content.
    #[n(3)]
    pub content: Option<ContentLeaf>,
}

impl Leaf {
    /// The encoded leaf.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// The RFC 9162 leaf hash: the entity's `rev`.
    pub fn hash(&self) -> Digest {
        merkle::leaf_hash(&self.encode())
    }
}
