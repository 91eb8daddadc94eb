//! Manifests: an author's signed list of what one write contained.

use tidelock_crypto::cbor::{Flag, List};
use tidelock_crypto::{Digest, cbor, cbor_array, cbor_map, merkle};

use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, Compartment, IdentityStatement};
use crate::sharing::{ChainName, Delegation, Undelegation};
use crate::signed::{Signed, Statement};

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

impl From<&Clinic> for Capacity {
    fn from(clinic: &Clinic) -> Self {
        Self { clinic: clinic.id().to_owned(), root: clinic.fingerprint(), head: clinic.head().digest() }
    }
}

impl Capacity {
    /// Whether it names this clinic, by one of its roots, which has that person on its roster.
    pub fn is_of(&self, clinic: &Clinic, author: &Signed<IdentityStatement>) -> bool {
        let member = clinic.member(&author.body().owner, &author.digest());
        self.clinic == clinic.id() && clinic.has_had(&self.root) && member.is_some()
    }
}

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

/// The wraps that go with a leaf, see [`DelegateWrap`](crate::sharing::DelegateWrap). Their number is said, too, so that
/// none can be dropped and each can be served alone, with an inclusion proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrapsLeaf {
    /// How many there are, at least one.
    pub number: u64,
    /// The RFC 9162 root over them, each of them a leaf by its encoding.
    pub root: Digest,
}

cbor_array!(WrapsLeaf [number, root]);

/// What one write did to one entity. Its hash is the entity's `rev`.
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
    /// Delegations added, strictly ascending by delegate.
    pub added: List<Delegation>,
    /// Delegations revoked, strictly ascending by delegate.
    pub revoked: List<Undelegation>,
    /// The wraps for delegates that go with this leaf.
    pub wraps: Option<WrapsLeaf>,
    /// Whether the entity is deleted.
    pub deleted: Flag,
    /// Whether the content keeps the key that the entity had.
    pub keeps_key: Flag,
    /// The compartment that the owner moves the entity from.
    pub moved_from: Option<Compartment>,
}

cbor_map!(Leaf {
    0: entity,
    1: sequence,
    2: previous,
    3: content,
    4: added,
    5: revoked,
    6: wraps,
    7: deleted,
    8: keeps_key,
    9: moved_from
});

impl Leaf {
    /// The leaf of a revision, which as yet says nothing.
    pub fn new(entity: Id, sequence: u64, previous: Option<Digest>) -> Self {
        Self {
            entity,
            sequence,
            previous,
            content: None,
            added: List::default(),
            revoked: List::default(),
            wraps: None,
            deleted: Flag(false),
            keeps_key: Flag(false),
            moved_from: None,
        }
    }

    /// Whether a new key comes with this leaf.
    pub fn has_new_key(&self) -> bool {
        self.content.is_some() && !self.keeps_key.0
    }

    /// Checks what can be checked of a leaf alone: that its members go together, and are in order.
    ///
    /// # Errors
    /// [`Error::Tampered`] when they are not.
    pub fn check(&self) -> Result<()> {
        let first = self.sequence == 1;
        let changes = self.content.is_some() || !self.added.is_empty() || !self.revoked.is_empty();
        let revoked = |delegate: &str| self.revoked.iter().any(|revoked| revoked.delegate == delegate);
        let fits = self.sequence > 0
            && first == self.previous.is_none()
            // A tombstone says nothing else, and everything else says something.
            && changes != self.deleted.0
            && !(self.deleted.0 && (first || self.wraps.is_some()))
            && !(self.keeps_key.0 && (first || self.content.is_none()))
            && !(self.moved_from.is_some() && (first || !self.has_new_key()))
            && self.added.is_sorted_by(|left, right| left.delegate < right.delegate)
            && self.revoked.is_sorted_by(|left, right| left.delegate < right.delegate)
            && !self.added.iter().any(|added| revoked(&added.delegate));
        if fits { Ok(()) } else { Err(Error::tampered("a leaf whose members do not go together")) }
    }

    /// The encoded leaf.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// The RFC 9162 leaf hash: the entity's `rev`.
    pub fn hash(&self) -> Digest {
        merkle::leaf_hash(&self.encode())
    }
}
