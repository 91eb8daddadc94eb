//! A person with keys and an account of her own, who writes into her vault.

use std::time::{SystemTime, UNIX_EPOCH};

use hyper::Method;
use hyper::body::Bytes;
use serde_json::{Value, json};
use tidelock::Id;
use tidelock::keys::{Compartment, DataOwnerKind, Identity, IdentitySecrets, KeyName, VaultKey};
use tidelock::records::{Draft, Scribe, WrapTo};
use tidelock::sharing::VaultLog;
use tidelock::wire::NewIdentity;
use tidelock_crypto::merkle::{self, Frontier};
use tidelock_crypto::{Engine, cbor};

use crate::Result;
use crate::connection::Connection;

const ENGINE: Engine = Engine::Software;

/// A data owner whose identity and vault are published.
pub(crate) struct Owner {
    id: String,
    identity: Identity,
    log: VaultLog,
    key: VaultKey,
    chain: Frontier,
}

impl Owner {
    /// Signs up by that connection, which has her session from then on.
    pub(crate) async fn sign_up(connection: &mut Connection, origin: &str) -> Result<Self> {
        let email = format!("{}@example.org", Id::random()?);
        let account = json!({ "username": email, "emails": [email], "password": "correct horse battery" });
        let answer = connection.send(Method::POST, "/auth/user", account.to_string().into()).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        let id = answer.get("userid").and_then(Value::as_str).ok_or("a new account has a userid")?.to_owned();

        let backup = *ENGINE.generate_agreement_key().await?.public();
        let now = now()?;
        let secrets = IdentitySecrets::generate()?;
        let identity = secrets.found(&ENGINE, &id, DataOwnerKind::Patient, origin, backup, now).await?;
        let mut log = VaultLog::new(identity.statement().clone());
        let signing = identity.signing();
        let key = log.mint_key(&ENGINE, signing, KeyName::first(Compartment::Data), None, now).await?;
        for compartment in [Compartment::Notes, Compartment::Private] {
            log.mint_key(&ENGINE, signing, KeyName::first(compartment), None, now).await?;
        }
        let published = NewIdentity {
            statement: identity.statement().bytes().to_vec().into(),
            backup: b"sealed backup".to_vec().into(),
            succession: None,
            log: log.entries_after(0).map(|entry| entry.to_vec().into()).collect(),
        };
        let path = format!("/v1/tidelock/identities/{id}");
        connection.send(Method::POST, &path, cbor::encode(&published).into()).await?;
        Ok(Self { id, identity, log, key, chain: Frontier::new() })
    }

    /// Her account, which is her vault.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Where her writes are.
    pub(crate) fn path(&self) -> String {
        format!("/v1/tidelock/vaults/{}/writes", self.id)
    }

    /// The body of her next write: so many readings of so many bytes each, sealed and signed.
    pub(crate) async fn write(&mut self, readings: usize, bytes: usize) -> Result<Bytes> {
        let drafts: Vec<Draft> = (0..readings).map(|_| reading(bytes)).collect::<Result<_>>()?;
        let scribe =
            Scribe { identity: &self.identity, capacity: None, size: self.chain.size(), root: self.chain.root() };
        let write = scribe.write(&ENGINE, &self.log, Some(WrapTo::VaultKey(&self.key)), drafts, now()?).await?;
        self.chain.push(merkle::leaf_hash(write.parse()?.manifest.payload()));
        Ok(cbor::encode(&write).into())
    }
}

/// A reading in JSON of exactly that many bytes.
fn reading(bytes: usize) -> Result<Draft> {
    let mut reading = r#"{"value":5.4,"note":""#.to_owned();
    while reading.len() + 2 < bytes {
        reading.push('.');
    }
    reading.push_str(r#""}"#);
    Ok(Draft::record(Id::random()?, "DataSample", reading.into_bytes(), Vec::new(), None)?)
}

fn now() -> Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}
