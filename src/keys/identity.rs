//! The key pairs of one data owner, and the signed statement that publishes them.

use tidelock_crypto::{AgreementKey, Digest, Engine, Pending, PublicKey, SecretKey, SigningKey, cbor_map};

use super::DataOwnerKind;
use crate::error::{Error, Result};
use crate::signed::{SUITE, Signed, Statement, Unverified, labelled};

/// The published half of one version of an identity, signed by its own signing key.
///
/// Its [digest](Signed::digest) is the *fingerprint* of the identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityStatement {
    /// The data owner: the user id of the account at the platform.
    pub owner: String,
    /// What kind of data owner.
    pub kind: DataOwnerKind,
    /// The origin of the platform, such as `https://platform.example`: an identity is worth nothing elsewhere.
    pub platform: String,
    /// The number of this version, from 1.
    pub version: u32,
    /// The fingerprint of the version before; absent in version 1.
    pub predecessor: Option<Digest>,
    /// To which keys are sealed (HPKE, P-256).
    pub agreement: PublicKey,
    /// With which the owner signs (ECDSA, P-256).
    pub signing: PublicKey,
    /// SHA-256 of the labelled public rotation key: only that key's signature makes a successor acceptable.
    pub rotation_commitment: Digest,
    /// To which new secrets are sealed that belong in the backup.
    pub backup: PublicKey,
    /// The suites that the owner can open.
    pub suites: Vec<u8>,
    /// When it was made, in milliseconds since the epoch, by the owner's clock.
    pub created: u64,
}

cbor_map!(IdentityStatement {
    0: owner,
    1: kind,
    2: platform,
    3: version,
    4: predecessor,
    5: agreement,
    6: signing,
    7: rotation_commitment,
    8: backup,
    9: suites,
    10: created
});

impl Statement for IdentityStatement {
    const LABEL: &'static str = "identity statement";
}

impl IdentityStatement {
    /// Parses a statement and checks that it is signed by the key it names and speaks of this owner at this platform.
    ///
    /// That alone does not say that the statement is really the owner's: see the pins of the client.
    ///
    /// # Errors
    /// [`Error::Tampered`] when anything does not fit.
    pub fn open<'a>(
        engine: &'a Engine,
        bytes: &'a [u8],
        owner: &'a str,
        platform: &'a str,
    ) -> Pending<'a, Result<Signed<Self>>> {
        Box::pin(async move {
            let claimed = Unverified::<Self>::decode(bytes)?;
            let claims = claimed.claims();
            if claims.owner != owner || claims.platform != platform {
                return Err(Error::tampered("an identity statement of somebody else"));
            }
            if claims.kind == DataOwnerKind::Clinic
                || claims.version == 0
                || (claims.version == 1) != claims.predecessor.is_none()
            {
                return Err(Error::tampered("an identity statement with an impossible version"));
            }
            if !claims.suites.contains(&SUITE) {
                return Err(Error::Unsupported.into());
            }
            let key = claims.signing;
            claimed.verify(engine, &key).await
        })
    }

    /// Checks that this is the version after another, or else the first.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is not.
    pub fn check_follows(&self, before: Option<&Signed<Self>>) -> Result<()> {
        let version = before.map_or(1, |before| before.body().version.saturating_add(1));
        if (self.version, self.predecessor) == (version, before.map(Signed::digest)) {
            Ok(())
        } else {
            Err(Error::tampered("versions of an identity that do not follow one another"))
        }
    }
}

/// The private keys of an identity as bytes: they exist like this only while an identity is made, backed up or
/// restored.
#[derive(Clone, Debug)]
pub struct IdentitySecrets {
    /// The scalar of the agreement key.
    pub(crate) agreement: SecretKey,
    /// The scalar of the signing key.
    pub(crate) signing: SecretKey,
    /// The scalar of the rotation key, which is kept nowhere but in the backup.
    pub(crate) rotation: SecretKey,
}

cbor_map!(IdentitySecrets { 0: agreement, 1: signing, 2: rotation });

impl IdentitySecrets {
    /// Draws three private keys.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn generate() -> Result<Self> {
        Ok(Self {
            agreement: tidelock_crypto::software::generate_private_key()?,
            signing: tidelock_crypto::software::generate_private_key()?,
            rotation: tidelock_crypto::software::generate_private_key()?,
        })
    }

    /// Makes the first version of an identity for an owner, with its statement.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn found(
        &self,
        engine: &Engine,
        owner: &str,
        kind: DataOwnerKind,
        platform: &str,
        backup: PublicKey,
        now: u64,
    ) -> Result<Identity> {
        self.found_version((owner, kind, platform), None, engine, backup, now).await
    }

    /// Makes the next version of an identity, with its statement. Whether others accept it without looking is decided by
    /// a [`Succession`](super::Succession), which only the rotation key of the version before can sign.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn found_next(
        &self,
        engine: &Engine,
        previous: &Signed<IdentityStatement>,
        backup: PublicKey,
        now: u64,
    ) -> Result<Identity> {
        let IdentityStatement { owner, kind, platform, .. } = previous.body();
        self.found_version((owner, *kind, platform), Some(previous), engine, backup, now).await
    }

    async fn found_version(
        &self,
        (owner, kind, platform): (&str, DataOwnerKind, &str),
        previous: Option<&Signed<IdentityStatement>>,
        engine: &Engine,
        backup: PublicKey,
        now: u64,
    ) -> Result<Identity> {
        let agreement = engine.import_agreement_key(&self.agreement).await?;
        let signing = engine.import_signing_key(&self.signing).await?;
        let rotation = engine.import_signing_key(&self.rotation).await?;
        let statement = IdentityStatement {
            owner: owner.to_owned(),
            kind,
            platform: platform.to_owned(),
            version: previous.map_or(1, |previous| previous.body().version.saturating_add(1)),
            predecessor: previous.map(Signed::digest),
            agreement: *agreement.public(),
            signing: *signing.public(),
            rotation_commitment: rotation_commitment(rotation.public()),
            backup,
            suites: vec![SUITE],
            created: now,
        };
        let statement = Signed::sign(engine, &signing, statement).await?;
        Ok(Identity { statement, agreement, signing })
    }

    /// Joins restored private keys with the statement that publishes their public halves.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the statement speaks of other keys.
    pub async fn restore(&self, engine: &Engine, statement: Signed<IdentityStatement>) -> Result<Identity> {
        let agreement = engine.import_agreement_key(&self.agreement).await?;
        let signing = engine.import_signing_key(&self.signing).await?;
        Identity::new(statement, agreement, signing)
    }
}

/// SHA-256 of the labelled public rotation key.
pub(super) fn rotation_commitment(public: &PublicKey) -> Digest {
    Digest::of(&labelled("rotation key", public))
}

/// An identity in use: private keys that may be locked inside the browser, and the statement that publishes them.
#[derive(Clone, Debug)]
pub struct Identity {
    statement: Signed<IdentityStatement>,
    agreement: AgreementKey,
    signing: SigningKey,
}

impl Identity {
    /// Joins keys and statement.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the statement speaks of other keys.
    pub fn new(statement: Signed<IdentityStatement>, agreement: AgreementKey, signing: SigningKey) -> Result<Self> {
        if statement.body().agreement != *agreement.public() || statement.body().signing != *signing.public() {
            return Err(Error::tampered("an identity statement that speaks of other keys"));
        }
        Ok(Self { statement, agreement, signing })
    }

    /// The data owner's id.
    pub fn owner(&self) -> &str {
        &self.statement.body().owner
    }

    /// The fingerprint of this version of the identity.
    pub fn fingerprint(&self) -> Digest {
        self.statement.digest()
    }

    /// The statement that publishes it.
    pub fn statement(&self) -> &Signed<IdentityStatement> {
        &self.statement
    }

    /// The private agreement key.
    pub fn agreement(&self) -> &AgreementKey {
        &self.agreement
    }

    /// The private signing key.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }
}
