//! Vault keys: what whoever has the whole record has.

use tidelock_crypto::{Digest, Prk, PublicKey, SecretKey, aead, cbor_array, cbor_number, hpke};

use crate::error::{Error, Result};
use crate::signed::labelled;

/// The parts into which a vault is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compartment {
    /// The record itself: what `view` shows.
    Data,
    /// Notes that others write about the patient and she can read: what `note` shows.
    Notes,
    /// What the owner shares with nobody as a whole.
    Private,
}

cbor_number!(Compartment { 1: Data, 2: Notes, 3: Private });

impl Compartment {
    /// All compartments.
    pub const ALL: [Self; 3] = [Self::Data, Self::Notes, Self::Private];
}

/// The name of a vault key.
///
/// An *epoch* begins when the audience of future data changes; a *version* of an epoch's key begins when somebody loses
/// access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName {
    /// Which part of the vault.
    pub compartment: Compartment,
    /// The epoch, from 1.
    pub epoch: u32,
    /// The version of the epoch's key, from 1.
    pub version: u32,
}

cbor_array!(KeyName [compartment, epoch, version]);

impl KeyName {
    /// The first key of a compartment.
    pub fn first(compartment: Compartment) -> Self {
        Self { compartment, epoch: 1, version: 1 }
    }

    /// Whether it names a version of that epoch's key.
    pub fn is_of(&self, compartment: Compartment, epoch: u32) -> bool {
        (self.compartment, self.epoch) == (compartment, epoch)
    }

    /// The next version of the same epoch's key.
    pub fn next_version(self) -> Self {
        Self { version: self.version.saturating_add(1), ..self }
    }

    /// The version before, unless this is the first.
    pub fn previous_version(self) -> Option<Self> {
        (self.version > 1).then(|| Self { version: self.version - 1, ..self })
    }
}

/// A vault key with its name. From its 32 random bytes, used as an HKDF pseudo-random key, come all keys that are used.
#[derive(Clone, Debug)]
pub struct VaultKey {
    vault: String,
    name: KeyName,
    secret: SecretKey,
}

impl VaultKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn generate(vault: &str, name: KeyName) -> Result<Self> {
        Ok(Self { vault: vault.to_owned(), name, secret: SecretKey::random()? })
    }

    /// Gives a key that was handed over its name.
    pub fn new(vault: &str, name: KeyName, secret: SecretKey) -> Self {
        Self { vault: vault.to_owned(), name, secret }
    }

    /// In whose vault.
    pub fn vault(&self) -> &str {
        &self.vault
    }

    /// Its name.
    pub fn name(&self) -> KeyName {
        self.name
    }

    /// The 32 bytes, for handing over inside an HPKE message.
    pub(crate) fn secret(&self) -> &SecretKey {
        &self.secret
    }

    fn derive(&self, label: &str) -> SecretKey {
        Prk::from_key(&self.secret).expand_key(&labelled(label, &(&self.vault, self.name)))
    }

    /// The key under which batch keys are wrapped.
    pub fn wrap_key(&self) -> SecretKey {
        self.derive("vault wrap key")
    }

    /// The key from which the ids of imported entities are computed, see [`Id::of_source`](crate::Id::of_source).
    pub(crate) fn import_key(&self) -> SecretKey {
        self.derive("import ids")
    }

    /// What the log publishes so that everybody who is handed the key can tell that it is the same for all.
    pub fn commitment(&self) -> Digest {
        Digest::from_bytes(*self.derive("vault key commitment").expose())
    }

    /// The key pair to which writers seal who do not hold the vault key.
    ///
    /// # Errors
    /// With negligible probability, when no key pair can be derived (RFC 9180 §7.1.3).
    pub fn drop_box(&self) -> Result<(SecretKey, PublicKey)> {
        Ok(hpke::derive_key_pair(self.derive("vault drop box").expose())?)
    }

    /// Seals the version before this one under this one, so that whoever gets the newest version has them all.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn seal_previous(&self, previous: &Self) -> Result<Vec<u8>> {
        let data = labelled("previous vault key", &(&self.vault, self.name));
        Ok(aead::seal(&self.derive("previous vault key"), &data, previous.secret.expose())?)
    }

    /// Opens the version before this one.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is not what [`seal_previous`](Self::seal_previous) sealed; [`Error::NoAccess`] when
    /// this is the first version.
    pub fn open_previous(&self, sealed: &[u8]) -> Result<Self> {
        let name = self.name.previous_version().ok_or(Error::NoAccess)?;
        let data = labelled("previous vault key", &(&self.vault, self.name));
        let secret = aead::open(&self.derive("previous vault key"), &data, sealed)?;
        let secret = SecretKey::from_slice(&secret)?;
        Ok(Self { vault: self.vault.clone(), name, secret })
    }
}
