//! People with keys, as their clients hold them, and the clinic of one of them.

use axum::http::Method;
use serde_json::json;
use tidelock::Id;
use tidelock::keys::{Clinic, Compartment, DataOwnerKind, Identity, IdentitySecrets, KeyName, VaultKey};
use tidelock::records::{Capacity, Draft, Scribe, WrapTo, Write};
use tidelock::share_code::{CodeContext, ShareCode};
use tidelock::sharing::{Cutoff, Delegate, Permissions, VaultLog};
use tidelock::wire::json::to_base64url;
use tidelock::wire::{ClinicKeys, LogEntries, NewIdentity, NewShareCode, WritePage};
use tidelock_crypto::merkle::Frontier;
use tidelock_crypto::{Engine, cbor, merkle};

use super::{Answer, BEGIN, DAY, ORIGIN, Person, Platform};

pub const ENGINE: Engine = Engine::Software;
pub const NOW: u64 = BEGIN as u64;
pub const ALL: Permissions = Permissions { view: true, upload: true, note: true };

/// A person with keys, as her client holds them.
pub struct Owner {
    pub person: Person,
    pub identity: Identity,
    pub secrets: IdentitySecrets,
    pub log: VaultLog,
    pub keys: Vec<VaultKey>,
    pub chain: Frontier,
}

impl Owner {
    pub async fn keys_of(person: &Person, platform: &str) -> Identity {
        Self::found(&IdentitySecrets::generate().unwrap(), person, platform).await
    }

    async fn found(secrets: &IdentitySecrets, person: &Person, platform: &str) -> Identity {
        let backup = *Engine::Software.generate_agreement_key().await.unwrap().public();
        secrets.found(&ENGINE, &person.id, DataOwnerKind::Patient, platform, backup, NOW).await.unwrap()
    }

    pub async fn publish(&self, platform: &Platform) -> Answer {
        let body = NewIdentity {
            statement: self.identity.statement().bytes().to_vec().into(),
            backup: b"sealed backup".to_vec().into(),
            succession: None,
            log: self.log.entries_after(0).map(|entry| entry.to_vec().into()).collect(),
        };
        let path = format!("/v1/tidelock/identities/{}", self.person.id);
        platform.raw(Method::POST, &path, Some(&self.person.token), cbor::encode(&body)).await
    }

    pub async fn unpublished(platform: &Platform, name: &str) -> Self {
        let person = platform.person(name).await;
        let secrets = IdentitySecrets::generate().unwrap();
        let identity = Self::found(&secrets, &person, ORIGIN).await;
        let mut log = VaultLog::new(identity.statement().clone());
        let mut keys = Vec::new();
        for compartment in [Compartment::Data, Compartment::Notes, Compartment::Private] {
            let name = KeyName::first(compartment);
            keys.push(log.mint_key(&ENGINE, identity.signing(), name, None, NOW).await.unwrap());
        }
        Self { person, identity, secrets, log, keys, chain: Frontier::new() }
    }

    pub async fn new(platform: &Platform, name: &str) -> Self {
        let owner = Self::unpublished(platform, name).await;
        owner.publish(platform).await.expect(201);
        owner
    }

    /// The next version of the identity, and by which this one accepts it.
    pub async fn next(&self) -> (IdentitySecrets, Identity, Vec<u8>) {
        let secrets = IdentitySecrets::generate().unwrap();
        let backup = *ENGINE.generate_agreement_key().await.unwrap().public();
        let before = self.identity.statement();
        let identity = secrets.found_next(&ENGINE, before, backup, NOW).await.unwrap();
        let succession = self.secrets.succeed(&ENGINE, before, identity.statement()).await.unwrap();
        (secrets, identity, succession.bytes().to_vec())
    }

    /// Publishes a later version.
    pub async fn succeed(&self, platform: &Platform, next: &Identity, succession: Option<Vec<u8>>) -> Answer {
        let body = NewIdentity {
            statement: next.statement().bytes().to_vec().into(),
            backup: format!("backup {}", next.statement().body().version).into_bytes().into(),
            log: Vec::new(),
            succession: succession.map(Into::into),
        };
        let path = format!("/v1/tidelock/identities/{}", self.person.id);
        platform.raw(Method::POST, &path, Some(&self.person.token), cbor::encode(&body)).await
    }

    pub fn vault(&self) -> &str {
        &self.person.id
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/v1/tidelock/vaults/{}/{rest}", self.vault())
    }

    pub async fn write(&self, drafts: Vec<Draft>) -> Write {
        let scribe =
            Scribe { identity: &self.identity, capacity: None, size: self.chain.size(), root: self.chain.root() };
        scribe.write(&ENGINE, &self.log, Some(WrapTo::VaultKey(&self.keys[0])), drafts, NOW).await.unwrap()
    }

    pub async fn send(&self, platform: &Platform, write: &Write) -> Answer {
        platform.raw(Method::POST, &self.path("writes"), Some(&self.person.token), cbor::encode(write)).await
    }

    /// Writes and keeps up with the own chain.
    pub async fn store(&mut self, platform: &Platform, drafts: Vec<Draft>) -> Write {
        let write = self.write(drafts).await;
        self.send(platform, &write).await.expect(200);
        self.chain.push(merkle::leaf_hash(write.parse().unwrap().manifest.payload()));
        write
    }

    pub async fn append(&self, platform: &Platform, after: u64) -> Answer {
        let entries = self.log.entries_after(after).map(|entry| entry.to_vec().into()).collect();
        let body = cbor::encode(&LogEntries { entries, unwrapped: cbor::Flag(false) });
        platform.raw(Method::POST, &self.path("log"), Some(&self.person.token), body).await
    }

    /// Draws the next key, with what it succeeds, and publishes the entry. It is not among the `keys` yet.
    pub async fn mint(&mut self, platform: &Platform, name: KeyName, previous: Option<&VaultKey>) -> VaultKey {
        let before = self.log.number();
        let key = self.log.mint_key(&ENGINE, self.identity.signing(), name, previous, NOW).await.unwrap();
        self.append(platform, before).await.expect(200);
        key
    }

    /// Grants something and publishes the entry.
    pub async fn grant(&mut self, platform: &Platform, to: &Delegate, permissions: Permissions, keys: &[VaultKey]) {
        let before = self.log.number();
        self.log.grant(&ENGINE, self.identity.signing(), to, permissions, keys, NOW).await.unwrap();
        self.append(platform, before).await.expect(200);
    }

    /// Revokes all that somebody has, and offers the entry to the platform.
    pub async fn revoke(&mut self, platform: &Platform, from: &str, cutoffs: Vec<Cutoff>) -> Answer {
        let before = self.log.number();
        self.log.revoke(&ENGINE, self.identity.signing(), from, cutoffs, NOW).await.unwrap();
        self.append(platform, before).await
    }
}

pub fn draft(id: Id, replaces: Option<(u64, tidelock_crypto::Digest)>) -> Draft {
    let body = br#"{"value":5.4}"#.to_vec();
    Draft { replaces, ..Draft::record(id, "DataSample", body, Vec::new(), None).unwrap() }
}

pub fn drafts(count: usize) -> Vec<Draft> {
    (0..count).map(|_| draft(Id::random().unwrap(), None)).collect()
}

pub async fn page(platform: &Platform, owner: &Owner, token: &str, query: &str) -> WritePage {
    let answer = platform.get(&owner.path(&format!("writes{query}")), token).await.expect(200);
    cbor::decode(&answer.body).unwrap()
}

/// A clinic with keys and a certifying code, and its administrator.
pub struct Practice {
    pub admin: Owner,
    pub id: String,
    pub clinic: Clinic,
    pub code: String,
    pub chain: Frontier,
}

impl Practice {
    pub async fn new(platform: &Platform) -> Self {
        Self::of(platform, "admin").await
    }

    pub async fn of(platform: &Platform, admin: &str) -> Self {
        let admin = Owner::new(platform, admin).await;
        let (id, random) = platform.clinic(&admin.person, "Seastar").await;
        let (clinic, envelopes) = Clinic::found(&ENGINE, &id, ORIGIN, "Seastar", &admin.identity, NOW).await.unwrap();
        let keys = ClinicKeys { bundle: clinic.bundle(), envelopes, removed: cbor::List::default() };
        let path = format!("/v1/tidelock/clinics/{id}/keys");
        platform.raw(Method::PUT, &path, Some(&admin.person.token), cbor::encode(&keys)).await.expect(200);
        let expires = (BEGIN + 30 * DAY) as u64;
        let context = CodeContext {
            platform: ORIGIN.to_owned(),
            clinic: id.clone(),
            root_fingerprint: clinic.fingerprint(),
            expires,
        };
        let nonce = [7; 16];
        let code = ShareCode::certify(&context, &nonce).await.unwrap().to_string();
        let body =
            NewShareCode { code: code.clone(), nonce: nonce.into(), expires, label: None, uses: None, replaces: None };
        let path = format!("/v1/tidelock/clinics/{id}/share_codes");
        let token = &admin.person.token;
        platform.raw(Method::POST, &path, Some(token), cbor::encode(&body)).await.expect(201);
        platform.raw(Method::POST, &path, Some(token), cbor::encode(&body)).await.expect(409);
        let forged = NewShareCode { code: "AAAA-AAAA-AAAA".to_owned(), ..body };
        platform.raw(Method::POST, &path, Some(token), cbor::encode(&forged)).await.expect(400);
        platform.get(&format!("/v1/clinics/share_code/{random}"), token).await.expect(404);
        Self { admin, id, clinic, code, chain: Frontier::new() }
    }

    pub fn capacity(&self) -> Capacity {
        Capacity { clinic: self.id.clone(), root: self.clinic.fingerprint(), head: self.clinic.head().digest() }
    }

    pub async fn invite(&self, platform: &Platform, patient: &mut Owner, permissions: Permissions) -> Answer {
        let before = patient.log.number();
        let delegate = Delegate::from(&self.clinic);
        let granted = |key: &&VaultKey| permissions.compartments().any(|part| part == key.name().compartment);
        let keys: Vec<VaultKey> = patient.keys.iter().filter(granted).cloned().collect();
        let signing = patient.identity.signing().clone();
        patient.log.grant(&ENGINE, &signing, &delegate, permissions, &keys, NOW).await.unwrap();
        let log: Vec<String> = patient.log.entries_after(before).map(to_base64url).collect();
        let body = json!({
            "shareCode": self.code,
            "permissions": tidelock::wire::json::PermissionMap::from(permissions),
            "tidelock": { "log": log, "details": to_base64url(b"sealed details") },
        });
        let path = format!("/confirm/send/invite/{}/clinic", patient.person.id);
        platform.post(&path, &patient.person.token, body).await
    }

    pub async fn share(&self, platform: &Platform, patient: &mut Owner, permissions: Permissions) {
        let key =
            self.invite(platform, patient, permissions).await.expect(200).json()["key"].as_str().unwrap().to_owned();
        let path = format!("/v1/clinics/{}/invites/patients/{key}", self.id);
        platform.put(&path, &self.admin.person.token, json!({})).await.expect(200);
    }

    pub async fn write(&self, patient: &Owner, capacity: &Capacity, drafts: Vec<Draft>) -> Write {
        let scribe = Scribe {
            identity: &self.admin.identity,
            capacity: Some(capacity),
            size: self.chain.size(),
            root: self.chain.root(),
        };
        scribe.write(&ENGINE, &patient.log, Some(WrapTo::VaultKey(&patient.keys[0])), drafts, NOW).await.unwrap()
    }

    pub async fn send(&self, platform: &Platform, patient: &Owner, write: &Write) -> Answer {
        let token = Some(self.admin.person.token.as_str());
        platform.raw(Method::POST, &patient.path("writes"), token, cbor::encode(write)).await
    }
}
