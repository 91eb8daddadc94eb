//! Delegations: single entities, shared one by one.
//!
//! A delegation is a line in an entity's leaf, signed by the manifest that holds the leaf. Beside the leaf lies a wrap:
//! the entity's key in an HPKE message to the delegate.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::Encode;
use tidelock_crypto::{
    AgreementKey, Digest, Engine, Pending, SecretKey, cbor, cbor_array, cbor_map, cbor_number, merkle,
};

use super::{ChainName, Delegate};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::DataOwnerKind;
use crate::records::{EntityKey, Manifest};
use crate::sealed;

/// What a delegate may do with one entity. The greater includes the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rights {
    /// Read it, and share it on for reading.
    Read,
    /// Read, change and delete it, and share it on.
    Write,
}

cbor_number!(Rights { 1: Read, 2: Write });

/// Somebody gets access to an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The delegate's id.
    pub delegate: String,
    /// What kind of data owner the delegate is.
    pub kind: DataOwnerKind,
    /// The delegate's fingerprint; a clinic's is its root's.
    pub fingerprint: Digest,
    /// The rights.
    pub rights: Rights,
}

cbor_map!(Delegation { 0: delegate, 1: kind, 2: fingerprint, 3: rights });

/// Somebody loses access to an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelegation {
    /// The delegate's id.
    pub delegate: String,
    /// The delegate's fingerprint.
    pub fingerprint: Digest,
}

cbor_map!(Undelegation { 0: delegate, 1: fingerprint });

/// An entity's key for one delegate. It names nobody: whose it is follows from its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegateWrap {
    /// The digest of the statement whose agreement key was used: a clinic's current one, otherwise the fingerprint.
    pub statement: Digest,
    /// Encapsulated key, ciphertext and tag.
    pub sealed: ByteVec,
}

cbor_array!(DelegateWrap [statement, sealed]);

impl DelegateWrap {
    /// The RFC 9162 leaf hash, over which a leaf has the root.
    pub fn hash(&self) -> Digest {
        merkle::leaf_hash(&cbor::encode(self))
    }
}

const LABEL: &str = "delegation";

/// What binds a wrap to its place.
#[derive(Clone, Copy, Debug)]
pub struct WrapContext<'a> {
    /// In whose vault.
    pub vault: &'a str,
    /// Who wraps, and in the name of which clinic.
    pub chain: &'a ChainName,
    /// The fingerprint of who wraps.
    pub fingerprint: Digest,
    /// The log head that the manifest names.
    pub log_head: Digest,
    /// The entity.
    pub entity: Id,
    /// The number of the revision that the wrap goes with.
    pub sequence: u64,
    /// The commitment to the entity's key.
    pub commitment: Digest,
}

impl<'a> WrapContext<'a> {
    /// The context of the wraps that go with a leaf of a manifest.
    pub fn new(manifest: &'a Manifest, chain: &'a ChainName, entity: Id, sequence: u64, commitment: Digest) -> Self {
        let (vault, fingerprint, log_head) = (&manifest.vault, manifest.fingerprint, manifest.log_head);
        Self { vault, chain, fingerprint, log_head, entity, sequence, commitment }
    }

    fn place<'b>(&'b self, delegate: &'b Delegate) -> impl Encode + 'b {
        let author = (&self.chain.author, self.fingerprint, &self.chain.capacity);
        let delegate = (&delegate.id, delegate.fingerprint, delegate.statement);
        (self.vault, author, delegate, self.entity, self.sequence, self.commitment, self.log_head)
    }

    /// Seals the entity's key to a delegate whose identity has been verified.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn seal<'b>(
        &'b self,
        engine: &'b Engine,
        delegate: &'b Delegate,
        key: &'b EntityKey,
    ) -> Pending<'b, Result<DelegateWrap>> {
        Box::pin(async move {
            let (place, key) = (self.place(delegate), key.secret().expose());
            let sealed = sealed::seal(engine, &delegate.agreement, LABEL, &place, key).await?;
            Ok(DelegateWrap { statement: delegate.statement, sealed })
        })
    }

    /// Opens the entity's key, as the delegate whose wrap this is.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when it was sealed to another statement, [`Error::Tampered`] when it does not open in this
    /// place, or holds another key than the one committed to.
    pub fn open<'b>(
        &'b self,
        engine: &'b Engine,
        delegate: &'b Delegate,
        private: &'b AgreementKey,
        wrap: &'b DelegateWrap,
    ) -> Pending<'b, Result<EntityKey>> {
        Box::pin(async move {
            if wrap.statement != delegate.statement {
                return Err(Error::NoAccess.into());
            }
            let other = || Error::tampered("a delegate's key that is not the one committed to");
            let opened = sealed::open(engine, private, LABEL, &self.place(delegate), &wrap.sealed).await;
            let secret = opened.and_then(|secret| Ok(SecretKey::from_slice(&secret)?)).map_err(|_| other())?;
            let key = EntityKey::new(secret);
            if key.commitment() == self.commitment { Ok(key) } else { Err(other()) }
        })
    }
}
