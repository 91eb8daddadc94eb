//! Alice's vault with one entity, and people whom she knows: written by the library, served as a platform would, read back.

use std::task::{Context, Poll, Waker};

use tidelock::Error;
use tidelock::Id;
use tidelock::keys::{Compartment, DataOwnerKind, Identity, IdentitySecrets, KeyName, VaultKey};
use tidelock::records::{
    Author, Draft, EntityKey, EntityState, Evidence, History, Holder, KeptKey, Known, OpenedEntity, ProvenManifest,
    Scribe, WrapTo, Write,
};
use tidelock::sharing::{Delegate, Rights, VaultLog};
use tidelock::signed::Unverified;
use tidelock::wire::Bundle;
use tidelock_crypto::{AgreementKey, Digest, Engine, PublicKey, cbor, software};

use crate::served::serve;
use Rights::{Read, Write as ReadAndWrite};

pub(crate) const ENGINE: Engine = Engine::Software;
pub(crate) const NOW: u64 = 1_780_000_000_000;

/// The futures of the software engine never wait.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the software engine never waits"),
    }
}

pub(crate) fn point() -> PublicKey {
    *software::import_agreement_key(&software::generate_private_key().unwrap()).unwrap().public()
}

pub(crate) fn found(owner: &str) -> Identity {
    let secrets = IdentitySecrets::generate().unwrap();
    let kind = DataOwnerKind::Practitioner;
    wait(secrets.found(&ENGINE, owner, kind, "https://platform.example", point(), NOW)).unwrap()
}

pub(crate) fn text<T>(result: Result<T, Box<Error>>) -> &'static str {
    match result.err().map(|error| *error) {
        Some(Error::Tampered { what }) => what,
        Some(error) => error.code(),
        None => "accepted",
    }
}

/// Alice's vault with one entity, and people whom she knows.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) people: Vec<Identity>,
    pub(crate) log: VaultLog,
    pub(crate) keys: Vec<VaultKey>,
    pub(crate) history: History,
    pub(crate) writes: Vec<Write>,
    pub(crate) entity: Id,
    pub(crate) states: Vec<EntityState>,
    pub(crate) opened: Vec<OpenedEntity>,
}

pub(crate) fn same(left: &Digest, right: &Digest) -> bool {
    left == right
}

impl World {
    pub(crate) fn new() -> Self {
        let people: Vec<_> = ["alice", "bob", "carol", "dave"].into_iter().map(found).collect();
        let mut log = VaultLog::new(people[0].statement().clone());
        let mint = |compartment| {
            let name = KeyName::first(compartment);
            wait(log.mint_key(&ENGINE, people[0].signing(), name, None, NOW)).unwrap()
        };
        let keys = Compartment::ALL.into_iter().map(mint).collect();
        Self {
            people,
            log,
            keys,
            history: History::default(),
            writes: Vec::new(),
            entity: Id::random().unwrap(),
            states: Vec::new(),
            opened: Vec::new(),
        }
    }

    pub(crate) fn person(&self, name: &str) -> &Identity {
        self.people.iter().find(|person| person.owner() == name).unwrap()
    }

    pub(crate) fn delegate(&self, name: &str) -> Delegate {
        Delegate::from(self.person(name).statement())
    }

    pub(crate) fn delegates(&self, added: &[(&str, Rights)]) -> Vec<(Delegate, Rights)> {
        added.iter().map(|(name, rights)| (self.delegate(name), *rights)).collect()
    }

    pub(crate) fn author<'a>(&'a self, name: &str) -> Author<'a> {
        Author { statement: self.person(name).statement(), clinic: None }
    }

    pub(crate) fn state(&self) -> &EntityState {
        self.history.state(&self.entity).unwrap()
    }

    pub(crate) fn holder(&self) -> Holder<'_> {
        Holder { vault_keys: &self.keys, own: &[] }
    }

    pub(crate) fn key(&self) -> EntityKey {
        wait(self.history.key(&ENGINE, &self.entity, &self.holder())).unwrap()
    }

    pub(crate) fn kept(&self) -> KeptKey {
        let state = self.state();
        KeptKey { key: self.key(), batch: state.batch.unwrap(), compartment: state.compartment }
    }

    pub(crate) fn draft(&self) -> Draft {
        Draft { replaces: self.history.entity(&self.entity), ..Draft::new(self.entity) }
    }

    /// A record, under a new key unless the one that is there is kept.
    pub(crate) fn record(&self, body: &str) -> Draft {
        let record = Draft::record(self.entity, "DataSample", body.as_bytes().to_vec(), Vec::new(), None).unwrap();
        Draft { content: record.content, ..self.draft() }
    }

    pub(crate) fn share(&self, added: &[(&str, Rights)]) -> Draft {
        Draft { added: self.delegates(added), kept: Some(self.kept()), ..self.draft() }
    }

    pub(crate) fn compose(&self, author: &str, key: Option<&VaultKey>, drafts: Vec<Draft>) -> Write {
        self.compose_to(author, key.map(WrapTo::VaultKey), drafts)
    }

    pub(crate) fn compose_to(&self, author: &str, to: Option<WrapTo<'_>>, drafts: Vec<Draft>) -> Write {
        let identity = self.person(author);
        let own = tidelock::sharing::ChainName { author: author.to_owned(), capacity: author.to_owned() };
        let (size, root) = self.history.chain(&own);
        let scribe = Scribe { identity, capacity: None, size, root };
        wait(scribe.write(&ENGINE, &self.log, to, drafts, NOW + self.writes.len() as u64)).unwrap()
    }

    pub(crate) fn accept(&mut self, author: &str, write: Write) -> Result<(), Box<Error>> {
        self.accept_as(author, write, &[])
    }

    /// Accepts a write, and opens it with the vault keys and what else the reader has.
    pub(crate) fn accept_as(
        &mut self,
        author: &str,
        write: Write,
        own: &[(Delegate, AgreementKey)],
    ) -> Result<(), Box<Error>> {
        assert_eq!(cbor::decode::<Write>(&cbor::encode(&write)).unwrap(), write);
        let statement = self.person(author).statement().clone();
        let author = Author { statement: &statement, clinic: None };
        let revisions = wait(self.history.accept(&ENGINE, &self.log, author, &write))?;
        let holder = Holder { vault_keys: &self.keys, own };
        self.opened.extend(wait(self.history.open(&ENGINE, &write, revisions, &holder, &|_| true))?);
        self.states.push(self.state().clone());
        self.writes.push(write);
        Ok(())
    }

    pub(crate) fn write(&mut self, author: &str, draft: Draft) {
        let key = self.keys[0].clone();
        let write = self.compose(author, Some(&key), vec![draft]);
        self.accept(author, write).unwrap();
    }

    /// One record, of which Bob may read and Carol may write.
    pub(crate) fn shared() -> Self {
        let mut world = Self::new();
        let record = Draft { added: world.delegates(&[("bob", Read), ("carol", ReadAndWrite)]), ..world.record("one") };
        world.write("alice", record);
        world
    }

    pub(crate) fn served(&self, reader: &str) -> Bundle {
        serve("alice", self.entity, &self.writes, &self.states, reader, 0, |_| Vec::new())
    }

    pub(crate) fn proven(&self, bundle: &Bundle) -> Result<Vec<ProvenManifest>, Box<Error>> {
        let manifests = bundle.manifests.iter().map(|served| {
            let author = Unverified::<tidelock::records::Manifest>::decode(&served.manifest)?.claims().author.clone();
            wait(ProvenManifest::verify(&ENGINE, &self.log, self.author(&author), served))
        });
        manifests.collect()
    }

    /// What a reader makes of what is served.
    pub(crate) fn reads(&self, reader: &str, bundle: &Bundle, known: Known<'_>) -> Result<String, Box<Error>> {
        let manifests = self.proven(bundle)?;
        let evidence = Evidence::verify(&bundle.entities[0], &manifests, &self.log, known, reader, &same)?;
        assert!(known.state.is_some() || evidence.state.kind == "DataSample");
        let person = self.person(reader);
        let keys: &[VaultKey] = if reader == "alice" { &self.keys } else { &[] };
        let own = [(self.delegate(reader), person.agreement().clone())];
        let key = wait(evidence.key(&ENGINE, &Holder { vault_keys: keys, own: &own }))?;
        Ok(String::from_utf8(evidence.open(&key)?.into_body()).unwrap())
    }

    pub(crate) fn now(&self, reader: &str) -> Result<String, Box<Error>> {
        self.reads(reader, &self.served(reader), Known::default())
    }
}
