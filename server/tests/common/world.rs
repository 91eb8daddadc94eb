//! A vault, what its owner knows of it, and people who write into it.

use axum::http::Method;
use tidelock::Id;
use tidelock::keys::VaultKey;
use tidelock::records::{
    Author, Draft, EntityState, Evidence, History, Holder, KeptKey, Known, ProvenManifest, Scribe, WrapTo, Write,
};
use tidelock::sharing::{ChainName, Delegate, Rights, Undelegation};
use tidelock::wire::{Bundle, EntitiesRequest, ListRequest, Wanted};
use tidelock_crypto::cbor::{Flag, List};
use tidelock_crypto::{Digest, cbor, merkle};

use Rights::{Read, Write as ReadAndWrite};

use super::people::{ENGINE, NOW, Owner, draft};
use super::{Answer, Platform};

pub fn same(left: &Digest, right: &Digest) -> bool {
    left == right
}

/// A vault with what its owner knows of it, and people who write into it.
pub struct World {
    pub platform: Platform,
    pub jill: Owner,
    pub bob: Owner,
    pub carol: Owner,
    pub dave: Owner,
    pub history: History,
    pub writes: Vec<Write>,
    pub states: Vec<EntityState>,
    pub entity: Id,
}

impl World {
    pub async fn new() -> Self {
        let platform = Platform::new().await;
        let jill = Owner::new(&platform, "jill").await;
        let bob = Owner::new(&platform, "bob").await;
        let carol = Owner::new(&platform, "carol").await;
        let dave = Owner::new(&platform, "dave").await;
        let entity = Id::random().unwrap();
        let (history, writes, states) = (History::default(), Vec::new(), Vec::new());
        Self { platform, jill, bob, carol, dave, history, writes, states, entity }
    }

    /// One entity, which Bob may read and Carol may change.
    pub async fn shared() -> Self {
        let mut world = Self::new().await;
        let added = vec![(delegate(&world.bob), Read), (delegate(&world.carol), ReadAndWrite)];
        let new = Draft { added, ..draft(world.entity, None) };
        world.write(Who::Jill, new).await;
        world
    }

    pub fn owner(&self, who: Who) -> &Owner {
        match who {
            Who::Jill => &self.jill,
            Who::Bob => &self.bob,
            Who::Carol => &self.carol,
            Who::Dave => &self.dave,
        }
    }

    pub fn state(&self) -> &EntityState {
        self.history.state(&self.entity).unwrap()
    }

    pub async fn kept(&self) -> KeptKey {
        kept(&self.jill, &self.history, self.entity).await
    }

    pub fn draft(&self) -> Draft {
        Draft { replaces: self.history.entity(&self.entity), ..Draft::new(self.entity) }
    }

    /// A new content under the key that the entity has.
    pub async fn changed(&self) -> Draft {
        Draft { kept: Some(self.kept().await), ..draft(self.entity, self.history.entity(&self.entity)) }
    }

    pub async fn share(&self, with: Who, rights: Rights) -> Draft {
        Draft { added: vec![(delegate(self.owner(with)), rights)], kept: Some(self.kept().await), ..self.draft() }
    }

    pub fn unshare(&self, with: Who) -> Draft {
        let Delegate { id, fingerprint, .. } = delegate(self.owner(with));
        Draft { revoked: vec![Undelegation { delegate: id, fingerprint }], ..self.draft() }
    }

    pub async fn compose(&self, who: Who, drafts: Vec<Draft>) -> Write {
        let owner = self.owner(who);
        let own = ChainName { author: owner.person.id.clone(), capacity: owner.person.id.clone() };
        let (size, root) = self.history.chain(&own);
        let scribe = Scribe { identity: &owner.identity, capacity: None, size, root };
        scribe.write(&ENGINE, &self.jill.log, Some(WrapTo::VaultKey(&self.jill.keys[0])), drafts, NOW).await.unwrap()
    }

    pub async fn send(&self, who: Who, write: &Write) -> Answer {
        let token = Some(self.owner(who).person.token.as_str());
        self.platform.raw(Method::POST, &self.jill.path("writes"), token, cbor::encode(write)).await
    }

    pub async fn offer(&self, who: Who, draft: Draft) -> Answer {
        let write = self.compose(who, vec![draft]).await;
        self.send(who, &write).await
    }

    /// Reads a write as everybody with the vault does.
    pub async fn follow(&mut self, who: Who, write: Write) {
        let statement = self.owner(who).identity.statement().clone();
        let author = Author { statement: &statement, clinic: None };
        self.history.accept(&ENGINE, &self.jill.log, author, &write).await.unwrap();
        self.states.extend(self.history.state(&self.entity).cloned());
        if who == Who::Jill {
            self.jill.chain.push(merkle::leaf_hash(write.parse().unwrap().manifest.payload()));
        }
        self.writes.push(write);
    }

    /// Reads a write of the owner's which is not about the entity.
    pub async fn follow_others(&mut self, write: Write) {
        let statement = self.jill.identity.statement().clone();
        let author = Author { statement: &statement, clinic: None };
        self.history.accept(&ENGINE, &self.jill.log, author, &write).await.unwrap();
    }

    pub async fn write(&mut self, who: Who, draft: Draft) {
        let write = self.compose(who, vec![draft]).await;
        self.send(who, &write).await.expect(200);
        self.follow(who, write).await;
    }

    pub async fn ask(&self, who: Who, request: &EntitiesRequest) -> Bundle {
        ask(&self.platform, &self.owner(who).person.token, request).await
    }

    pub async fn get(&self, who: Who) -> Bundle {
        self.ask(who, &wanted(&[self.entity])).await
    }

    /// What somebody makes of what he is served.
    pub async fn reads(&self, who: Who) -> Result<Vec<u8>, String> {
        let bundle = self.get(who).await;
        let Some(served) = bundle.entities.first() else { return Err("not served".to_owned()) };
        let manifests = self.proven(&bundle).await;
        let (log, reader) = (&self.jill.log, self.owner(who));
        let evidence = Evidence::verify(served, &manifests, log, Known::default(), &reader.person.id, &same)
            .map_err(|error| error.to_string())?;
        let vault_keys: &[VaultKey] = if who == Who::Jill { &self.jill.keys } else { &[] };
        let own = [(delegate(reader), reader.identity.agreement().clone())];
        let key = evidence.key(&ENGINE, &Holder { vault_keys, own: &own }).await.map_err(|error| error.to_string())?;
        Ok(evidence.open(&key).unwrap().into_body())
    }

    pub async fn proven(&self, bundle: &Bundle) -> Vec<ProvenManifest> {
        let mut proven = Vec::new();
        for served in &bundle.manifests {
            let claims = tidelock::signed::Unverified::<tidelock::records::Manifest>::decode(&served.manifest).unwrap();
            let author = &claims.claims().author;
            // The statement is the one that is served.
            let statements = bundle.identities.iter().find(|identity| identity.owner == *author).unwrap();
            let statement = &statements.statements.statements[0];
            let statement =
                tidelock::keys::IdentityStatement::open(&ENGINE, statement, author, super::ORIGIN).await.unwrap();
            let author = Author { statement: &statement, clinic: None };
            proven.push(ProvenManifest::verify(&ENGINE, &self.jill.log, author, served).await.unwrap());
        }
        proven
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Jill,
    Bob,
    Carol,
    Dave,
}

/// What was noted of such actions, in alphabetical order.
pub async fn audited(platform: &Platform, actions: &str) -> Vec<String> {
    let events = platform.audit().await.into_iter().filter(|(action, _)| action.starts_with(actions));
    let mut events: Vec<_> = events.map(|(action, outcome)| format!("{action} {outcome}")).collect();
    events.sort();
    events
}

/// The key of an entity, as its owner opens it.
pub async fn kept(owner: &Owner, history: &History, entity: Id) -> KeptKey {
    let state = history.state(&entity).unwrap();
    let holder = Holder { vault_keys: &owner.keys, own: &[] };
    let key = history.key(&ENGINE, &entity, &holder).await.unwrap();
    KeptKey { key, batch: state.batch.unwrap(), compartment: state.compartment }
}

pub fn delegate(owner: &Owner) -> Delegate {
    Delegate::from(owner.identity.statement())
}

pub fn wanted(ids: &[Id]) -> EntitiesRequest {
    let wanted = ids.iter().map(|id| Wanted { entity: *id, vault: None, known: None }).collect();
    EntitiesRequest { wanted, known: Vec::new(), identities: Vec::new(), clinic: None }
}

/// Everything in a vault, or everything that is delegated.
pub fn everything(vault: Option<&str>) -> ListRequest {
    ListRequest {
        known: Vec::new(),
        vault: vault.map(str::to_owned),
        clinic: None,
        kinds: List::default(),
        links: List::default(),
        authors: List::default(),
        taken: None,
        due: Flag(false),
        deleted: Flag(false),
        after: None,
        limit: 1_000,
    }
}

pub async fn list(platform: &Platform, token: &str, request: &ListRequest) -> Answer {
    platform.raw(Method::POST, "/v1/tidelock/entities/list", Some(token), cbor::encode(request)).await
}

pub async fn post(platform: &Platform, token: &str, request: &EntitiesRequest) -> Answer {
    platform.raw(Method::POST, "/v1/tidelock/entities", Some(token), cbor::encode(request)).await
}

pub async fn ask(platform: &Platform, token: &str, request: &EntitiesRequest) -> Bundle {
    cbor::decode(&post(platform, token, request).await.expect(200).body).unwrap()
}
