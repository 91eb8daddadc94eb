//! Batches: the entities of one write share a random batch key, which is wrapped once for everybody with the record.

use minicbor::bytes::ByteVec;
use tidelock_crypto::{Digest, Prk, SecretKey, aead, cbor_map, cbor_variants};

use super::EntityKey;
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Compartment, KeyName, VaultKey};
use crate::sharing::VaultLog;
use crate::signed::labelled;

/// A batch key: 32 random bytes, used as an HKDF pseudo-random key from which entity keys are derived.
#[derive(Clone, Debug)]
pub struct BatchKey(SecretKey);

impl BatchKey {
    /// Draws a new batch key.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn generate() -> Result<Self> {
        Ok(Self(SecretKey::random()?))
    }

    /// The key of one entity of the batch. It says nothing about the batch key or its other entities.
    pub fn entity_key(&self, entity: Id) -> EntityKey {
        EntityKey::new(Prk::from_key(&self.0).expand_key(&labelled("entity key", &entity)))
    }
}

/// How a batch key can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// AES-256-GCM under the wrap key of a vault key.
    Vault {
        /// The name of the vault key.
        key: KeyName,
        /// Nonce, ciphertext and tag.
        sealed: ByteVec,
    },
    /// HPKE to the drop box of a vault key, by a writer who does not hold that key.
    DropBox {
        /// The name of the vault key.
        key: KeyName,
        /// Encapsulated key, ciphertext and tag.
        sealed: ByteVec,
    },
    /// HPKE to one data owner, where somebody who lost access holds the vault key.
    Identity {
        /// The recipient's id.
        recipient: String,
        /// The recipient's fingerprint; a clinic's is its root's.
        fingerprint: Digest,
        /// The digest of the statement whose agreement key was used.
        statement: Digest,
        /// Encapsulated key, ciphertext and tag.
        sealed: ByteVec,
    },
}

cbor_variants!(Wrap {
    1: Vault { key: key, sealed: sealed },
    2: DropBox { key: key, sealed: sealed },
    3: Identity { recipient: recipient, fingerprint: fingerprint, statement: statement, sealed: sealed }
});

impl Wrap {
    /// The vault key that opens this wrap.
    pub fn vault_key(&self) -> Option<&KeyName> {
        match self {
            Self::Vault { key, .. } | Self::DropBox { key, .. } => Some(key),
            Self::Identity { .. } => None,
        }
    }
}

/// The public part of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The id of the batch.
    pub id: Id,
    /// In whose vault it is.
    pub vault: String,
    /// In which compartment.
    pub compartment: Compartment,
    /// How its key can be had.
    pub wraps: Vec<Wrap>,
}

cbor_map!(Batch { 0: id, 1: vault, 2: compartment, 3: wraps });

impl Batch {
    /// Wraps a batch key to a vault key.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn seal(id: Id, vault: &str, key: &BatchKey, vault_key: &VaultKey) -> Result<Self> {
        let name = vault_key.name();
        let data = Self::wrap_data(id, vault, &name);
        let sealed = aead::seal(&vault_key.wrap_key(), &data, key.0.expose())?.into();
        let wraps = vec![Wrap::Vault { key: name, sealed }];
        Ok(Self { id, vault: vault.to_owned(), compartment: name.compartment, wraps })
    }

    /// Checks that everything that the batch is wrapped to could be written under when the log had that many entries, for
    /// entities of that epoch.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it could not.
    pub fn check(&self, log: &VaultLog, number: u64, epoch: u32) -> Result<()> {
        let usable =
            |key: &KeyName| (key.compartment, key.epoch) == (self.compartment, epoch) && log.is_usable_at(key, number);
        if self.wraps.iter().all(|wrap| wrap.vault_key().is_some_and(usable)) {
            Ok(())
        } else {
            Err(Error::tampered("a batch under a key that nothing could be written under"))
        }
    }

    fn wrap_data(id: Id, vault: &str, name: &KeyName) -> Vec<u8> {
        labelled("batch wrap", &(id, vault, name))
    }

    /// Opens the batch key with whichever of the vault keys it is wrapped to.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when it is wrapped to none of them, [`Error::Tampered`] when a wrap does not open.
    pub fn open(&self, vault_keys: &[VaultKey]) -> Result<BatchKey> {
        for wrap in &self.wraps {
            // Wraps to drop boxes and to identities are made by nobody as yet.
            let Wrap::Vault { key, sealed } = wrap else { continue };
            if key.compartment != self.compartment {
                return Err(Error::tampered("a batch that is wrapped to a key of another compartment"));
            }
            if let Some(vault_key) = vault_keys.iter().find(|vault_key| vault_key.name() == *key) {
                let data = Self::wrap_data(self.id, &self.vault, key);
                let secret = aead::open(&vault_key.wrap_key(), &data, sealed)?;
                return Ok(BatchKey(SecretKey::from_slice(&secret)?));
            }
        }
        Err(Error::NoAccess.into())
    }
}
