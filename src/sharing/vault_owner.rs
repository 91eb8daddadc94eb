//! The owner of a vault, under one of its identities.

use tidelock_crypto::{Digest, PublicKey};

use super::Delegate;
use crate::keys::{Clinic, IdentityStatement};
use crate::signed::Signed;

/// Who signs a vault log: a person under one version of the identity, or a clinic under its root.
#[derive(Clone, Debug)]
pub struct VaultOwner {
    signing: PublicKey,
    delegate: Delegate,
}

impl VaultOwner {
    /// An owner who signs with that key, and to whom keys are sealed like this.
    pub fn new(signing: PublicKey, delegate: Delegate) -> Self {
        Self { signing, delegate }
    }

    /// The owner's id, which is the vault's.
    pub fn id(&self) -> &str {
        &self.delegate.id
    }

    /// The fingerprint of the identity.
    pub fn fingerprint(&self) -> Digest {
        self.delegate.fingerprint
    }

    /// The key with which the log is signed.
    pub fn signing(&self) -> &PublicKey {
        &self.signing
    }

    /// The owner as somebody to whom keys are sealed.
    pub fn delegate(&self) -> &Delegate {
        &self.delegate
    }
}

impl From<&Signed<IdentityStatement>> for VaultOwner {
    fn from(statement: &Signed<IdentityStatement>) -> Self {
        Self { signing: statement.body().signing, delegate: Delegate::from(statement) }
    }
}

impl From<Signed<IdentityStatement>> for VaultOwner {
    fn from(statement: Signed<IdentityStatement>) -> Self {
        Self::from(&statement)
    }
}

impl From<&Clinic> for VaultOwner {
    fn from(clinic: &Clinic) -> Self {
        Self { signing: clinic.root().body().signing, delegate: Delegate::from(clinic) }
    }
}
