//! The private keys of a clinic: each sealed to its people, and the agreement keys before the newest, each sealed to the next.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::Encode;
use tidelock_crypto::{AgreementKey, Engine, Pending, PublicKey, SecretKey, SigningKey, cbor_map, cbor_number};

use super::{Clinic, ClinicStatement, Identity, IdentityStatement};
use crate::error::{Error, Result};
use crate::sealed;
use crate::signed::Signed;

/// Which private key of the clinic an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EnvelopePurpose {
    /// The agreement key, for every member.
    Agreement,
    /// The root signing key, for administrators.
    Root,
}

cbor_number!(EnvelopePurpose { 1: Agreement, 2: Root });

const ENVELOPE: &str = "clinic key";
const PREVIOUS: &str = "previous clinic key";

/// A private key of the clinic, sealed to one of its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEnvelope {
    /// For whom.
    pub user: String,
    /// Which key.
    pub purpose: EnvelopePurpose,
    /// The version of the clinic statement or of the root that the key belongs to.
    pub version: u32,
    /// The HPKE message.
    pub sealed: ByteVec,
}

cbor_map!(MemberEnvelope { 0: user, 1: purpose, 2: version, 3: sealed });

/// Private agreement keys, each with the statement that publishes it.
type OpenedKeys<'a> = Vec<(&'a Signed<ClinicStatement>, AgreementKey)>;

impl Clinic {
    pub(super) fn seal_to<'a>(
        &'a self,
        engine: &'a Engine,
        member: &'a Signed<IdentityStatement>,
        purpose: EnvelopePurpose,
        secret: &'a SecretKey,
    ) -> Pending<'a, Result<MemberEnvelope>> {
        Box::pin(async move {
            let version = self.version_of(purpose);
            let place = self.envelope_place(member, purpose, version);
            let recipient = &member.body().agreement;
            let sealed = sealed::seal(engine, recipient, ENVELOPE, &place, secret.expose()).await?;
            Ok(MemberEnvelope { user: member.body().owner.clone(), purpose, version, sealed })
        })
    }

    fn version_of(&self, purpose: EnvelopePurpose) -> u32 {
        match purpose {
            EnvelopePurpose::Agreement => self.statement.body().version,
            EnvelopePurpose::Root => self.root().body().version,
        }
    }

    fn envelope_place<'a>(
        &self,
        member: &'a Signed<IdentityStatement>,
        purpose: EnvelopePurpose,
        version: u32,
    ) -> impl Encode + use<'a> {
        (self.fingerprint(), &member.body().owner, member.digest(), purpose, version)
    }

    pub(super) fn open_envelope<'a>(
        &'a self,
        engine: &'a Engine,
        member: &'a Identity,
        purpose: EnvelopePurpose,
        envelopes: &'a [MemberEnvelope],
    ) -> Pending<'a, Result<SecretKey>> {
        Box::pin(async move {
            let version = self.version_of(purpose);
            let envelope = envelopes
                .iter()
                .find(|envelope| {
                    envelope.user == member.owner() && envelope.purpose == purpose && envelope.version == version
                })
                .ok_or(Error::NoAccess)?;
            let place = self.envelope_place(member.statement(), purpose, version);
            let secret = sealed::open(engine, member.agreement(), ENVELOPE, &place, &envelope.sealed).await?;
            Ok(SecretKey::from_slice(&secret)?)
        })
    }

    /// Seals the private key of a version to the next, which has that number and that public key.
    pub(super) fn seal_previous<'a>(
        &'a self,
        engine: &'a Engine,
        next: &'a PublicKey,
        version: u32,
        secret: &'a SecretKey,
    ) -> Pending<'a, Result<ByteVec>> {
        let place = (self.fingerprint(), version);
        Box::pin(async move { sealed::seal(engine, next, PREVIOUS, &place, secret.expose()).await })
    }

    /// Opens the clinic's private agreement key, as one of its members.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when no envelope is for this member, [`Error::Tampered`] when the key is not the clinic's.
    pub async fn agreement_key(
        &self,
        engine: &Engine,
        member: &Identity,
        envelopes: &[MemberEnvelope],
    ) -> Result<AgreementKey> {
        let secret = self.open_envelope(engine, member, EnvelopePurpose::Agreement, envelopes).await?;
        published(engine, &secret, &self.statement).await
    }

    /// Opens all private agreement keys that the clinic ever had, each with the statement that it belongs to, the newest first: as
    /// far as its statements were served.
    ///
    /// # Errors
    /// See [`agreement_key`](Self::agreement_key).
    pub fn agreement_keys<'a>(
        &'a self,
        engine: &'a Engine,
        member: &'a Identity,
        envelopes: &'a [MemberEnvelope],
    ) -> Pending<'a, Result<OpenedKeys<'a>>> {
        Box::pin(async move {
            let mut statement = &self.statement;
            let mut key = self.agreement_key(engine, member, envelopes).await?;
            let mut keys = Vec::with_capacity(1 + self.others.len());
            for before in self.others.iter().rev() {
                let sealed = statement.body().previous.as_ref().ok_or(Error::NoAccess)?;
                let place = (statement.body().root, statement.body().version);
                let secret = SecretKey::from_slice(&sealed::open(engine, &key, PREVIOUS, &place, sealed).await?)?;
                let earlier = published(engine, &secret, before).await?;
                keys.push((std::mem::replace(&mut statement, before), std::mem::replace(&mut key, earlier)));
            }
            keys.push((statement, key));
            Ok(keys)
        })
    }

    /// Opens the clinic's root key, as one of its administrators.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when no envelope is for this person, [`Error::Tampered`] when the key is not the clinic's.
    pub async fn root_key(
        &self,
        engine: &Engine,
        administrator: &Identity,
        envelopes: &[MemberEnvelope],
    ) -> Result<SigningKey> {
        let secret = self.open_envelope(engine, administrator, EnvelopePurpose::Root, envelopes).await?;
        let key = engine.import_signing_key(&secret).await?;
        if *key.public() != self.root().body().signing {
            return Err(Error::tampered("a clinic's root key that is not the published one"));
        }
        Ok(key)
    }
}

/// A private agreement key, if it is the one that the statement publishes.
async fn published(engine: &Engine, secret: &SecretKey, statement: &Signed<ClinicStatement>) -> Result<AgreementKey> {
    let key = engine.import_agreement_key(secret).await?;
    if *key.public() != statement.body().agreement {
        return Err(Error::tampered("a clinic's agreement key that is not the published one"));
    }
    Ok(key)
}
