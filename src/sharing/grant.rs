//! Handing vault keys to a delegate: one HPKE message, whatever the size of the record.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::Encode;
use tidelock_crypto::{AgreementKey, Digest, Engine, Pending, PublicKey, SecretKey, cbor, cbor_array};
use zeroize::Zeroizing;

use super::{Grant, Permissions};
use crate::error::{Error, Result};
use crate::keys::{Clinic, ClinicStatement, DataOwnerKind, IdentityStatement, KeyName, VaultKey};
use crate::sealed;
use crate::signed::Signed;

/// To whom a grant is sealed. Whoever makes one of these has verified the identity, see the client's trust.
#[derive(Clone, Debug)]
pub struct Delegate {
    /// The delegate's id.
    pub id: String,
    /// What kind of data owner.
    pub kind: DataOwnerKind,
    /// The fingerprint under which the delegate is pinned; a clinic's is its root's.
    pub fingerprint: Digest,
    /// The digest of the statement that holds the agreement key.
    pub statement: Digest,
    /// The public agreement key.
    pub agreement: PublicKey,
}

impl From<&Clinic> for Delegate {
    fn from(clinic: &Clinic) -> Self {
        Self::clinic(clinic, clinic.statement())
    }
}

impl Delegate {
    /// A clinic under one of its statements, and the root that it had then.
    pub fn clinic(clinic: &Clinic, statement: &Signed<ClinicStatement>) -> Self {
        Self {
            id: clinic.id().to_owned(),
            kind: DataOwnerKind::Clinic,
            fingerprint: statement.body().root,
            statement: statement.digest(),
            agreement: statement.body().agreement,
        }
    }
}

impl From<&Signed<IdentityStatement>> for Delegate {
    fn from(statement: &Signed<IdentityStatement>) -> Self {
        Self {
            id: statement.body().owner.clone(),
            kind: statement.body().kind,
            fingerprint: statement.digest(),
            statement: statement.digest(),
            agreement: statement.body().agreement,
        }
    }
}

/// What binds an HPKE message with vault keys to its place: vault, sender, recipient, keys and log head.
fn place<'a>(
    vault: &'a str,
    author: Digest,
    delegate: &'a Delegate,
    keys: &'a [KeyName],
    previous: Digest,
) -> impl Encode + 'a {
    (vault, author, (&delegate.id, delegate.fingerprint, delegate.statement), keys, previous)
}

const LABEL: &str = "grant";

struct Secrets(Vec<SecretKey>);

cbor_array!(Secrets[0]);

/// Seals vault keys to a delegate.
///
/// `previous` is the digest of the log entry before the one that will hold the message.
///
/// # Errors
/// When the engine fails.
pub(super) fn seal_keys<'a>(
    engine: &'a Engine,
    vault: &'a str,
    author: Digest,
    delegate: &'a Delegate,
    keys: &'a [VaultKey],
    previous: Digest,
) -> Pending<'a, Result<ByteVec>> {
    Box::pin(async move {
        let names: Vec<KeyName> = keys.iter().map(VaultKey::name).collect();
        let plaintext = Zeroizing::new(cbor::encode(&Secrets(keys.iter().map(|key| key.secret().clone()).collect())));
        let place = place(vault, author, delegate, &names, previous);
        sealed::seal(engine, &delegate.agreement, LABEL, &place, &plaintext).await
    })
}

/// Opens what [`seal_keys`] sealed.
///
/// # Errors
/// [`Error::Tampered`] when the message is not for this recipient and place, or holds another number of keys.
#[expect(clippy::too_many_arguments, reason = "each of them is bound into the message")]
pub(super) async fn open_keys(
    engine: &Engine,
    vault: &str,
    author: Digest,
    recipient: &Delegate,
    private: &AgreementKey,
    names: &[KeyName],
    previous: Digest,
    sealed: &[u8],
) -> Result<Vec<VaultKey>> {
    let place = place(vault, author, recipient, names, previous);
    let plaintext = sealed::open(engine, private, LABEL, &place, sealed).await?;
    let Secrets(secrets) = cbor::decode(&plaintext)?;
    if secrets.len() != names.len() {
        return Err(Error::tampered("a grant that does not hold the keys it names"));
    }
    Ok(names.iter().zip(secrets).map(|(name, secret)| VaultKey::new(vault, *name, secret)).collect())
}

/// Makes the body of a grant.
///
/// # Errors
/// When the engine fails.
pub async fn seal_grant(
    engine: &Engine,
    vault: &str,
    author: Digest,
    delegate: &Delegate,
    permissions: Permissions,
    keys: &[VaultKey],
    previous: Digest,
) -> Result<Grant> {
    let sealed = seal_keys(engine, vault, author, delegate, keys, previous).await?;
    Ok(Grant {
        delegate: delegate.id.clone(),
        kind: delegate.kind,
        fingerprint: delegate.fingerprint,
        statement: delegate.statement,
        permissions,
        keys: keys.iter().map(VaultKey::name).collect(),
        sealed,
    })
}

/// Opens the keys of a grant, as its delegate.
///
/// # Errors
/// [`Error::Tampered`] when it cannot be opened in this place.
pub async fn open_grant(
    engine: &Engine,
    vault: &str,
    author: Digest,
    grant: &Grant,
    recipient: &Delegate,
    private: &AgreementKey,
    previous: Digest,
) -> Result<Vec<VaultKey>> {
    open_keys(engine, vault, author, recipient, private, &grant.keys, previous, &grant.sealed).await
}
