//! Bodies of `/v1/tidelock/identities/{owner}`.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// `POST …/identities/{owner}`: an identity's first version, with everything that begins with it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewIdentity {
    /// The signed [`IdentityStatement`](crate::keys::IdentityStatement).
    #[n(0)]
    pub statement: ByteVec,
    /// The sealed [`Backup`](crate::keys::Backup).
    #[n(1)]
    pub backup: ByteVec,
    /// The first entries of the vault log.
    #[n(2)]
    pub log: Vec<ByteVec>,
}

/// `GET …/identities/{owner}`: all versions, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Statements {
    /// The signed [`IdentityStatement`](crate::keys::IdentityStatement)s.
    #[n(0)]
    pub statements: Vec<ByteVec>,
}

/// `GET …/identities/{owner}/backup`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StoredBackup {
    /// The sealed [`Backup`](crate::keys::Backup).
    #[n(0)]
    pub backup: ByteVec,
}
