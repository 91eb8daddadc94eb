//! The backup: an owner's private keys, sealed, at the platform.
//!
//! A random *backup key* seals the keys; every way back seals the backup key. So a way back can be added or taken away
//! without touching the others, and the account's password never unlocks anything.

use minicbor::bytes::ByteVec;
use tidelock_crypto::{Digest, Prk, PublicKey, SecretKey, aead, cbor, cbor_map, cbor_variants, hpke};

use super::IdentitySecrets;
use crate::error::{Error, Result};
use crate::recovery_code::{RecoveryCode, RecoveryCodeError};
use crate::signed::{decode_labelled, labelled};

const LABEL: &str = "backup";

/// How the backup key can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
enum WayBack {
    /// Sealed under a key derived from the recovery code.
    RecoveryCode(ByteVec),
}

cbor_variants!(WayBack { 1: RecoveryCode { 0: sealed } });

/// The sealed backup as it is stored at the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    owner: String,
    /// The fingerprint of the identity whose keys are inside.
    fingerprint: Digest,
    sealed: ByteVec,
    ways: Vec<WayBack>,
}

cbor_map!(Backup { 0: owner, 1: fingerprint, 2: sealed, 3: ways });

/// The backup key before anything is sealed under it: its public half goes into the identity statement.
pub struct BackupKey(SecretKey);

/// What a backup gives back.
pub struct Restored {
    /// The private keys.
    pub secrets: IdentitySecrets,
    /// The fingerprint of the identity they belong to.
    pub fingerprint: Digest,
}

impl BackupKey {
    /// Draws a new backup key.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn generate() -> Result<Self> {
        Ok(Self(SecretKey::random()?))
    }

    /// To which secrets are sealed that are added to the backup later.
    ///
    /// # Errors
    /// With negligible probability, when no key pair can be derived (RFC 9180 §7.1.3).
    pub fn public(&self, owner: &str) -> Result<PublicKey> {
        let (_, public) = hpke::derive_key_pair(self.derive("backup key pair", owner).expose())?;
        Ok(public)
    }

    fn derive(&self, label: &str, owner: &str) -> SecretKey {
        Prk::from_key(&self.0).expand_key(&labelled(label, &owner))
    }
}

impl Backup {
    /// Seals an identity's private keys so that the recovery code opens them.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn seal(
        key: &BackupKey,
        owner: &str,
        fingerprint: Digest,
        secrets: &IdentitySecrets,
        code: &RecoveryCode,
    ) -> Result<Self> {
        let context = (owner, fingerprint);
        let content = zeroize::Zeroizing::new(cbor::encode(secrets));
        let sealed = aead::seal(&key.derive("backup content", owner), &labelled("backup content", &context), &content)?;
        let way = aead::seal(&code.key("backup key", &owner), &labelled("backup key", &context), key.0.expose())?;
        Ok(Self {
            owner: owner.to_owned(),
            fingerprint,
            sealed: sealed.into(),
            ways: vec![WayBack::RecoveryCode(way.into())],
        })
    }

    /// Opens the backup with the recovery code.
    ///
    /// # Errors
    /// [`Error::InvalidRecoveryCode`] when the code is another account's, [`Error::Tampered`] when the backup was altered.
    pub fn open(&self, owner: &str, code: &RecoveryCode) -> Result<Restored> {
        if self.owner != owner {
            return Err(Error::tampered("a backup of somebody else"));
        }
        let context = (owner, self.fingerprint);
        let data = labelled("backup key", &context);
        let wrong = || Error::from(RecoveryCodeError::WrongCode);
        let WayBack::RecoveryCode(way) =
            self.ways.first().ok_or(Error::Tampered { what: "a backup with no way back" })?;
        let key = aead::open(&code.key("backup key", &owner), &data, way).map_err(|_| wrong())?;
        let key = BackupKey(SecretKey::from_slice(&key)?);
        let content =
            aead::open(&key.derive("backup content", owner), &labelled("backup content", &context), &self.sealed)?;
        Ok(Restored { secrets: cbor::decode(&content)?, fingerprint: self.fingerprint })
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        labelled(LABEL, self)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is none.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        decode_labelled(LABEL, bytes)
    }
}
