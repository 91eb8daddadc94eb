//! Bodies of `/v1/tidelock/identities/{owner}`.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::List;
use tidelock_crypto::cbor_map;

use crate::keys::DataOwnerKind;

/// `POST …/identities/{owner}`: an identity's first version, with everything that begins with it; or its next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIdentity {
    /// The signed [`IdentityStatement`](crate::keys::IdentityStatement).
    pub statement: ByteVec,
    /// The sealed [`Backup`](crate::keys::Backup).
    pub backup: ByteVec,
    /// The first entries of the vault log; none with a later version, which goes on with the log by itself.
    pub log: Vec<ByteVec>,
    /// The signed [`Succession`](crate::keys::Succession) by which the version before accepts this one, if it does.
    pub succession: Option<ByteVec>,
}

cbor_map!(NewIdentity { 0: statement, 1: backup, 2: log, 3: succession });

/// `GET …/identities/{owner}`: all versions, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    /// The signed [`IdentityStatement`](crate::keys::IdentityStatement)s.
    pub statements: Vec<ByteVec>,
    /// The signed [`Succession`](crate::keys::Succession)s by which one version accepts the next.
    pub successions: List<ByteVec>,
}

cbor_map!(Statements { 0: statements, 1: successions });

/// `GET …/identities/{owner}/backup`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBackup {
    /// The sealed [`Backup`](crate::keys::Backup).
    pub backup: ByteVec,
}

cbor_map!(StoredBackup { 0: backup });

/// `GET /data-owners?email=`: who has that address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDataOwner {
    /// The data owner's id.
    pub owner: String,
    /// What kind of data owner.
    pub kind: DataOwnerKind,
}

cbor_map!(FoundDataOwner { 0: owner, 1: kind });
