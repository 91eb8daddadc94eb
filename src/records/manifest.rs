//! Manifests: an author's signed list of what one write contained.

use tidelock_crypto::{Digest, cbor, cbor_array, cbor_map, merkle};

use crate::Id;
use crate::sharing::ChainName;
use crate::signed::Statement;

/// In the name of which clinic an author writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// The clinic's id.
    pub clinic: String,
    /// The clinic's fingerprint.
    pub root: Digest,
    /// The digest of the clinic head that the author saw, whose roster has the author.
    pub head: Digest,
}

cbor_map!(Capacity { 0: clinic, 1: root, 2: head });

/// A signed list of leaves. Manifests of one author in one capacity form a chain in every vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// In whose vault.
    pub vault: String,
    /// The author's user id.
    pub author: String,
    /// The author's fingerprint.
    pub fingerprint: Digest,
    /// The clinic in whose name the author writes; absent where he writes in his own.
    pub capacity: Option<Capacity>,
    /// The number of this manifest in its chain, from 1.
    pub number: u64,
    /// The RFC 9162 root over the manifests before it in the chain; each of them is a leaf by its unsigned encoding.
    pub previous: Digest,
    /// How many entries of the vault log the author has seen.
    pub log_number: u64,
    /// The digest of the last of them.
    pub log_head: Digest,
    /// How many leaves there are.
    pub size: u64,
    /// The RFC 9162 root over the leaves, sorted by entity id.
    pub root: Digest,
    /// When it was written, in milliseconds since the epoch, by the author's clock.
    pub time: u64,
}

cbor_map!(Manifest {
    0: vault,
    1: author,
    2: fingerprint,
    3: capacity,
    4: number,
    5: previous,
    6: log_number,
    7: log_head,
    8: size,
    9: root,
    10: time
});

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentLeaf {
    /// SHA-256 of the encoded header followed by the ciphertext.
    pub sealed: Digest,
    /// SHA-256 of the salt followed by the record, see [`Content::digest`](super::Content::digest).
    pub plain: Digest,
}

cbor_array!(ContentLeaf [sealed, plain]);

/// What one write did to one entity. Its hash is the entity's `rev`.
///
/// Keys 4 to 7 are kept for delegations added, delegations revoked, the digest of delegates' wraps, and the tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The entity.
    pub entity: Id,
    /// The number of the revision, from 1.
    pub sequence: u64,
    /// The hash of the entity's leaf before; absent in the first.
    pub previous: Option<Digest>,
    /// New content.
    pub content: Option<ContentLeaf>,
}

cbor_map!(Leaf { 0: entity, 1: sequence, 2: previous, 3: content });

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
