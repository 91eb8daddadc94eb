//! One entry of a vault log.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use tidelock_crypto::{Digest, PublicKey};

use super::Permissions;
use crate::keys::{DataOwnerKind, KeyName};
use crate::signed::Statement;

/// A numbered entry, signed by the owner, with the digest of the entry before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogEntry {
    /// Whose vault: the owner's id.
    #[n(0)]
    pub vault: String,
    /// The fingerprint of the identity that signs.
    #[n(1)]
    pub author: Digest,
    /// The number of the entry, from 1.
    #[n(2)]
    pub number: u64,
    /// The digest of the entry before; of the first entry, the owner's fingerprint.
    #[n(3)]
    pub previous: Digest,
    /// When it was written, in milliseconds since the epoch, by the owner's clock.
    #[n(4)]
    pub time: u64,
    /// What it does.
    #[n(5)]
    pub action: Action,
}

impl Statement for LogEntry {
    const LABEL: &'static str = "vault log entry";
}

/// What an entry does. Number 4 is kept for *refound*, with which an owner goes on under a new identity.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Action {
    /// A vault key comes into being.
    #[n(1)]
    Mint(#[n(0)] Mint),
    /// A delegate gets vault keys and rights.
    #[n(2)]
    Grant(#[n(0)] Grant),
    /// A delegate loses them.
    #[n(3)]
    Revoke(#[n(0)] Revoke),
}

/// A vault key comes into being. The owner is its first grantee.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Mint {
    /// The name of the key.
    #[n(0)]
    pub key: KeyName,
    /// The commitment to it, see [`VaultKey::commitment`](crate::keys::VaultKey::commitment).
    #[n(1)]
    pub commitment: Digest,
    /// The public half of its drop box.
    #[n(2)]
    pub drop_box: PublicKey,
    /// The version before, sealed under this one; absent in the first version.
    #[n(3)]
    pub previous: Option<ByteVec>,
    /// The key in an HPKE message to the owner.
    #[n(4)]
    pub sealed: ByteVec,
}

/// A delegate gets vault keys and rights: the whole record in one entry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// The delegate's id.
    #[n(0)]
    pub delegate: String,
    /// What kind of data owner the delegate is.
    #[n(1)]
    pub kind: DataOwnerKind,
    /// The delegate's fingerprint; a clinic's is its root's.
    #[n(2)]
    pub fingerprint: Digest,
    /// The digest of the statement whose agreement key the keys were sealed to: a clinic's current one, otherwise the
    /// same as the fingerprint.
    #[n(3)]
    pub statement: Digest,
    /// The rights.
    #[n(4)]
    pub permissions: Permissions,
    /// The names of the keys inside, sorted.
    #[n(5)]
    pub keys: Vec<KeyName>,
    /// The keys in one HPKE message.
    #[n(6)]
    pub sealed: ByteVec,
}

/// A delegate loses keys and rights; of what it wrote, only what is listed stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Revoke {
    /// The delegate's id.
    #[n(0)]
    pub delegate: String,
    /// The delegate's fingerprint.
    #[n(1)]
    pub fingerprint: Digest,
    /// Every manifest chain under that delegate that stands, sorted. Of a chain that is not listed, nothing stands.
    #[n(2)]
    pub cutoffs: Vec<Cutoff>,
}

/// Names a chain of manifests: an author, and in whose name he wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct ChainName {
    /// The author's user id.
    #[n(0)]
    pub author: String,
    /// The clinic in whose name he wrote; the author's own id where he wrote in his own.
    #[n(1)]
    pub capacity: String,
}

/// How much of a chain stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Cutoff {
    /// Which chain.
    #[n(0)]
    pub chain: ChainName,
    /// How many of its manifests stand.
    #[n(1)]
    pub size: u64,
    /// The RFC 9162 root over them.
    #[n(2)]
    pub root: Digest,
}
