//! One entry of a vault log.

use minicbor::bytes::ByteVec;
use tidelock_crypto::{Digest, PublicKey, cbor_array, cbor_map, cbor_variants};

use super::Permissions;
use crate::keys::{DataOwnerKind, KeyName};
use crate::signed::Statement;

/// A numbered entry, signed by the owner, with the digest of the entry before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Whose vault: the owner's id.
    pub vault: String,
    /// The fingerprint of the identity that signs.
    pub author: Digest,
    /// The number of the entry, from 1.
    pub number: u64,
    /// The digest of the entry before; of the first entry, the owner's fingerprint.
    pub previous: Digest,
    /// When it was written, in milliseconds since the epoch, by the owner's clock.
    pub time: u64,
    /// What it does.
    pub action: Action,
}

cbor_map!(LogEntry { 0: vault, 1: author, 2: number, 3: previous, 4: time, 5: action });

impl Statement for LogEntry {
    const LABEL: &'static str = "vault log entry";
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A vault key comes into being.
    Mint(Mint),
    /// A delegate gets vault keys and rights.
    Grant(Grant),
    /// A delegate loses them.
    Revoke(Revoke),
    /// The owner goes on under another identity.
    Refound(Refound),
}

cbor_variants!(Action {
    1: Mint { 0: mint },
    2: Grant { 0: grant },
    3: Revoke { 0: revoke },
    4: Refound { 0: refound }
});

/// A vault key comes into being. The owner is its first grantee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mint {
    /// The name of the key.
    pub key: KeyName,
    /// The commitment to it, see [`VaultKey::commitment`](crate::keys::VaultKey::commitment).
    pub commitment: Digest,
    /// The public half of its drop box.
    pub drop_box: PublicKey,
    /// The version before, sealed under this one; absent in the first version.
    pub previous: Option<ByteVec>,
    /// The key in an HPKE message to the owner.
    pub sealed: ByteVec,
}

cbor_map!(Mint { 0: key, 1: commitment, 2: drop_box, 3: previous, 4: sealed });

/// A delegate gets vault keys and rights: the whole record in one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The delegate's id.
    pub delegate: String,
    /// What kind of data owner the delegate is.
    pub kind: DataOwnerKind,
    /// The delegate's fingerprint; a clinic's is its root's.
    pub fingerprint: Digest,
    /// The digest of the statement whose agreement key the keys were sealed to: a clinic's current one, otherwise the
    /// same as the fingerprint.
    pub statement: Digest,
    /// The rights.
    pub permissions: Permissions,
    /// The names of the keys inside, sorted.
    pub keys: Vec<KeyName>,
    /// The keys in one HPKE message.
    pub sealed: ByteVec,
}

cbor_map!(Grant { 0: delegate, 1: kind, 2: fingerprint, 3: statement, 4: permissions, 5: keys, 6: sealed });

/// A delegate loses keys and rights; of what it wrote, only what is listed stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoke {
    /// The delegate's id.
    pub delegate: String,
    /// The delegate's fingerprint.
    pub fingerprint: Digest,
    /// Every manifest chain under that delegate that stands, sorted. Of a chain that is not listed, nothing stands.
    pub cutoffs: Vec<Cutoff>,
}

cbor_map!(Revoke { 0: delegate, 1: fingerprint, 2: cutoffs });

/// The owner goes on under another identity, which signs this entry. All grants end, and every key counts as exposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refound {
    /// The fingerprint of the identity that goes on.
    pub fingerprint: Digest,
    /// Every manifest chain of the vault that stands, sorted. Of a chain that is not listed, nothing stands.
    pub cutoffs: Vec<Cutoff>,
}

cbor_map!(Refound { 0: fingerprint, 1: cutoffs });

/// Names a chain of manifests: an author, and in whose name he wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainName {
    /// The author's user id.
    pub author: String,
    /// The clinic in whose name he wrote; the author's own id where he wrote in his own.
    pub capacity: String,
}

cbor_array!(ChainName [author, capacity]);

/// How much of a chain stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cutoff {
    /// Which chain.
    pub chain: ChainName,
    /// How many of its manifests stand.
    pub size: u64,
    /// The RFC 9162 root over them.
    pub root: Digest,
}

cbor_array!(Cutoff [chain, size, root]);
