//! Batches: the entities of one write share a random batch key, which is wrapped once for everybody with the record.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::{Decode, Encode, Reader, Writer};
use tidelock_crypto::{AgreementKey, Digest, Engine, Pending, Prk, SecretKey, aead, cbor_map, cbor_variants};
use zeroize::Zeroizing;

use super::{EntityKey, Manifest, Step};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Compartment, KeyName, VaultKey};
use crate::sealed;
use crate::sharing::{Delegate, VaultLog};
use crate::signed::labelled;

/// A batch key: 32 random bytes, used as an HKDF pseudo-random key from which entity keys are derived.
#[derive(Clone, Debug)]
pub struct BatchKey {
    secret: SecretKey,
    /// Made once: the keys of all entities are derived from it.
    derived: Prk,
}

impl BatchKey {
    /// Draws a new batch key.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn generate() -> Result<Self> {
        Ok(Self::new(SecretKey::random()?))
    }

    fn new(secret: SecretKey) -> Self {
        Self { derived: Prk::from_key(&secret), secret }
    }

    /// The key of one entity of the batch. It says nothing about the batch key or its other entities.
    pub fn entity_key(&self, entity: Id) -> EntityKey {
        EntityKey::new(self.derived.expand_key(&labelled("entity key", &entity)))
    }
}

/// For a worker of this device only.
impl Encode for BatchKey {
    fn encode(&self, writer: &mut Writer) {
        self.secret.encode(writer);
    }
}

impl Decode for BatchKey {
    fn decode(reader: &mut Reader<'_>) -> Self {
        Self::new(SecretKey::decode(reader))
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

    /// Whether it is to a drop box.
    pub fn is_to_drop_box(&self) -> bool {
        matches!(self, Self::DropBox { .. })
    }
}

/// To whom a batch key is wrapped.
#[derive(Clone, Debug)]
pub enum WrapTo<'a> {
    /// To whoever has a vault key, by somebody who has it.
    VaultKey(&'a VaultKey),
    /// The same, by somebody who does not have it.
    DropBox(KeyName),
    /// To the owner and to others one by one, because somebody who lost access has every key of the epoch.
    Identities(Compartment, &'a [Delegate]),
}

impl<'a> WrapTo<'a> {
    /// What somebody with these vault keys wraps to, for entities of that compartment and epoch. `identities` are the
    /// owner and all whom the log names as [entitled](VaultLog::entitled); they are used only where no key is left.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when the log has no key of the epoch, or none is left and there are no identities.
    pub fn choose(
        log: &VaultLog,
        compartment: Compartment,
        epoch: u32,
        vault_keys: &'a [VaultKey],
        identities: &'a [Delegate],
    ) -> Result<Self> {
        let newest = log.newest_version(compartment, epoch).ok_or(Error::NoAccess)?;
        if !log.is_exposed(&newest) {
            let held = vault_keys.iter().find(|key| key.name() == newest);
            return Ok(held.map_or(Self::DropBox(newest), Self::VaultKey));
        }
        if identities.is_empty() { Err(Error::NoAccess.into()) } else { Ok(Self::Identities(compartment, identities)) }
    }
}

/// What somebody has to open batches with.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// The vault keys.
    pub vault_keys: &'a [VaultKey],
    /// Himself, and the clinic in whose name he acts, under each identity that he has the private agreement key of.
    pub own: &'a [(Delegate, AgreementKey)],
}

impl<'a> Holder<'a> {
    /// Somebody whom the holder acts for, under that statement.
    pub(super) fn find(&self, id: &str, statement: &Digest) -> Option<&'a (Delegate, AgreementKey)> {
        self.own.iter().find(|(own, _)| own.id == id && own.statement == *statement)
    }
}

/// Who made a batch, and under which log: what its wraps to drop boxes and identities are bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOrigin {
    /// The author's user id.
    author: String,
    /// The author's fingerprint.
    fingerprint: Digest,
    /// The clinic in whose name; the author's own id where it was in his own.
    capacity: String,
    /// The log head that the manifest names.
    log_head: Digest,
}

impl From<&Manifest> for BatchOrigin {
    fn from(manifest: &Manifest) -> Self {
        let chain = manifest.chain();
        let (fingerprint, log_head) = (manifest.fingerprint, manifest.log_head);
        Self { author: chain.author, fingerprint, capacity: chain.capacity, log_head }
    }
}

const DROP_BOX: &str = "drop box";
const IDENTITY: &str = "batch key";

impl BatchOrigin {
    /// What a wrap to a drop box is bound to.
    fn drop_box_place<'a>(&'a self, batch: Id, vault: &'a str, key: &'a KeyName) -> impl Encode + 'a {
        (vault, (&self.author, self.fingerprint, &self.capacity), batch, key, self.log_head)
    }

    /// What a wrap to an identity is bound to.
    fn identity_place<'a>(&'a self, batch: Id, vault: &'a str, recipient: &'a Delegate) -> impl Encode + 'a {
        let recipient = (&recipient.id, recipient.fingerprint, recipient.statement);
        (vault, (&self.author, self.fingerprint, &self.capacity), recipient, batch, self.log_head)
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
    /// Wraps a batch key.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when the log has no such drop box; otherwise when the engine fails.
    pub fn seal<'a>(
        engine: &'a Engine,
        log: &'a VaultLog,
        id: Id,
        key: &'a BatchKey,
        to: &'a WrapTo<'a>,
        origin: &'a BatchOrigin,
    ) -> Pending<'a, Result<Self>> {
        Box::pin(async move {
            let (vault, secret) = (log.vault(), key.secret.expose());
            let mut wraps = Vec::new();
            let compartment = match to {
                WrapTo::VaultKey(vault_key) => {
                    wraps.push(Self::wrap(id, key, vault_key)?);
                    vault_key.name().compartment
                }
                WrapTo::DropBox(key) => {
                    let (public, place) =
                        (log.drop_box(key).ok_or(Error::NoAccess)?, origin.drop_box_place(id, vault, key));
                    let sealed = sealed::seal(engine, &public, DROP_BOX, &place, secret).await?;
                    wraps.push(Wrap::DropBox { key: *key, sealed });
                    key.compartment
                }
                WrapTo::Identities(compartment, identities) => {
                    for delegate in *identities {
                        let place = origin.identity_place(id, vault, delegate);
                        let sealed = sealed::seal(engine, &delegate.agreement, IDENTITY, &place, secret).await?;
                        let Delegate { id: recipient, fingerprint, statement, .. } = delegate.clone();
                        let wrap = Wrap::Identity { recipient, fingerprint, statement, sealed };
                        // The owner first.
                        let place = if delegate.id == vault { 0 } else { wraps.len() };
                        wraps.insert(place, wrap);
                    }
                    *compartment
                }
            };
            Ok(Self { id, vault: vault.to_owned(), compartment, wraps })
        })
    }

    /// Wraps a batch key to a vault key that whoever wraps has.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn wrap(id: Id, key: &BatchKey, vault_key: &VaultKey) -> Result<Wrap> {
        let name = vault_key.name();
        let data = Self::wrap_data(id, vault_key.vault(), &name);
        let sealed = aead::seal(&vault_key.wrap_key(), &data, key.secret.expose())?.into();
        Ok(Wrap::Vault { key: name, sealed })
    }

    fn wrap_data(id: Id, vault: &str, name: &KeyName) -> Vec<u8> {
        labelled("batch wrap", &(id, vault, name))
    }

    /// Checks that wraps name keys of this batch's compartment and of that epoch, where they name keys. That is all that
    /// is known of wraps that were added later: nobody has signed them.
    ///
    /// # Errors
    /// [`Error::Tampered`] when one does not.
    pub(super) fn check_keys(&self, wraps: &[Wrap], epoch: u32) -> Result<()> {
        let fits = |key: &KeyName| key.is_of(self.compartment, epoch);
        if wraps.iter().filter_map(Wrap::vault_key).all(fits) {
            Ok(())
        } else {
            Err(Error::tampered("a batch under a key that nothing could be written under"))
        }
    }

    /// Checks that everything that the batch was wrapped to could be written under when it was made, for entities of
    /// that epoch: keys that nobody who lost access had; the owner, and those whom the log entitled.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it could not.
    pub fn check(&self, step: &Step<'_>, epoch: u32) -> Result<()> {
        let (log, number) = (step.log, step.manifest.log_number);
        self.check_keys(&self.wraps, epoch)?;
        if !self.wraps.iter().filter_map(Wrap::vault_key).all(|key| log.is_usable_at(key, number)) {
            return Err(Error::tampered("a batch under a key that nothing could be written under"));
        }
        let mut owner_first = true;
        for wrap in &self.wraps {
            let Wrap::Identity { recipient, fingerprint, .. } = wrap else { continue };
            let entitled = if recipient == log.vault() {
                owner_first = false;
                log.owner_at(number).fingerprint() == *fingerprint
            } else {
                let standing = log.standing_at(recipient, number);
                standing.is_some_and(|standing| {
                    standing.covers(self.compartment, epoch) && (step.same)(&standing.grant.fingerprint, fingerprint)
                })
            };
            if owner_first || !entitled {
                return Err(Error::tampered("a batch sealed to somebody who is not entitled"));
            }
        }
        Ok(())
    }

    /// Opens the batch key with whichever of the wraps is for a vault key or an identity of the holder.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when none is, [`Error::Tampered`] when a wrap does not open.
    pub fn open<'a>(
        &'a self,
        engine: &'a Engine,
        holder: &'a Holder<'a>,
        origin: &'a BatchOrigin,
    ) -> Pending<'a, Result<BatchKey>> {
        Box::pin(async move {
            for wrap in &self.wraps {
                if wrap.vault_key().is_some_and(|key| key.compartment != self.compartment) {
                    return Err(Error::tampered("a batch that is wrapped to a key of another compartment"));
                }
                let held = wrap.vault_key().and_then(|name| holder.vault_keys.iter().find(|key| key.name() == *name));
                let secret = match (wrap, held) {
                    (Wrap::Vault { key, sealed }, Some(vault_key)) => {
                        let data = Self::wrap_data(self.id, &self.vault, key);
                        aead::open(&vault_key.wrap_key(), &data, sealed)?
                    }
                    (Wrap::DropBox { sealed, .. }, Some(vault_key)) => {
                        self.open_drop_box(engine, vault_key, origin, sealed).await?
                    }
                    (Wrap::Identity { recipient, statement, sealed, .. }, _) => {
                        let Some((own, private)) = holder.find(recipient, statement) else { continue };
                        let place = origin.identity_place(self.id, &self.vault, own);
                        sealed::open(engine, private, IDENTITY, &place, sealed).await?
                    }
                    _ => continue,
                };
                return Ok(BatchKey::new(SecretKey::from_slice(&secret)?));
            }
            Err(Error::NoAccess.into())
        })
    }

    // It is in the deferred part of the module.
    fn open_drop_box<'a>(
        &'a self,
        engine: &'a Engine,
        vault_key: &'a VaultKey,
        origin: &'a BatchOrigin,
        sealed: &'a [u8],
    ) -> Pending<'a, Result<Zeroizing<Vec<u8>>>> {
        Box::pin(async move {
            let (private, _) = vault_key.drop_box()?;
            let private = engine.import_agreement_key(&private).await?;
            let name = vault_key.name();
            let place = origin.drop_box_place(self.id, &self.vault, &name);
            sealed::open(engine, &private, DROP_BOX, &place, sealed).await
        })
    }
}
