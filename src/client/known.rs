//! What a session has verified of vaults and entities, and keeps as long as it is open.

use std::rc::Rc;

use tidelock_crypto::merkle::Frontier;
use tidelock_crypto::{AgreementKey, Digest};

use super::directory::Directory;
use super::remembered::{SeenEntity, SeenVault};
use super::trust::Trust;
use super::{Actor, Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, VaultKey};
use crate::records::{Capacity, Content, EntityKey, EntityState, Holder};
use crate::sharing::{ChainName, Delegate, VaultLog};
use crate::wire::{KnownLog, LogEntries};

/// The most entities that are kept.
const MAXIMUM_KEPT: usize = 4_096;

/// An entity as it was read or written last: verified, and opened where it could be.
#[derive(Clone, Debug)]
pub struct Entity {
    /// In whose vault.
    pub vault: String,
    /// Its id.
    pub id: Id,
    /// What follows from its revisions.
    pub state: EntityState,
    /// The links to its parents.
    pub(super) links: Vec<Digest>,
    /// Its key and its record, where it could be opened.
    pub(super) opened: Option<(EntityKey, Content)>,
    /// What is wrong with its key or its record, if its author spoilt them: only who opens an entity can see that.
    pub(super) spoilt: Option<&'static str>,
}

impl Entity {
    /// The record, UTF-8 JSON, if the entity could be opened.
    pub fn body(&self) -> Option<&[u8]> {
        self.opened.as_ref().map(|(_, content)| content.body())
    }

    /// Checks that a change was made of this revision.
    ///
    /// # Errors
    /// [`Error::Conflict`], with this revision, when it was made of another.
    pub(super) fn check_revision(&self, rev: &str) -> Result<()> {
        let current = self.state.rev.to_string();
        if current == rev { Ok(()) } else { Err(Error::Conflict { current: Some(current) }.into()) }
    }
}

/// In whose name something is done, with the keys for it.
pub(super) struct Party {
    pub(super) delegate: Delegate,
    /// The same, with its private key; of a clinic under each of its statements, the newest first.
    pub(super) own: Vec<(Delegate, AgreementKey)>,
    pub(super) clinic: Option<Rc<Clinic>>,
}

impl Party {
    fn person(delegate: Delegate, private: AgreementKey) -> Self {
        Self { own: vec![(delegate.clone(), private)], delegate, clinic: None }
    }

    /// The party under the statement that something was sealed to, with its private key.
    fn under(&self, statement: &Digest) -> Option<&(Delegate, AgreementKey)> {
        self.own.iter().find(|(delegate, _)| delegate.statement == *statement)
    }

    /// What the party opens batches with.
    pub(super) fn holder<'a>(&'a self, vault_keys: &'a [VaultKey]) -> Holder<'a> {
        Holder { vault_keys, own: &self.own }
    }

    pub(super) fn id(&self) -> &str {
        &self.delegate.id
    }

    /// What a manifest says of the clinic in whose name it is.
    pub(super) fn capacity(&self) -> Option<Capacity> {
        self.clinic.as_deref().map(Capacity::from)
    }
}

/// The keys that a party has opened of a vault.
struct Held {
    party: String,
    /// How many entries the log had then.
    number: u64,
    keys: Rc<Vec<VaultKey>>,
}

/// The log of a vault, and the keys that it gives.
struct KnownVault {
    log: Rc<VaultLog>,
    held: Vec<Held>,
}

/// The entities of a vault that were seen to have changed, so that none is ever accepted in an older revision. Of the others,
/// there is no older one.
struct SeenEntities {
    vault: String,
    /// Sorted by id.
    entities: Vec<SeenEntity>,
    /// Whether more is known than is remembered.
    changed: bool,
}

/// What a session keeps. It is never borrowed while something is waited for.
#[derive(Default)]
pub(super) struct Known {
    pub(super) trust: Trust,
    pub(super) directory: Directory,
    parties: Vec<Rc<Party>>,
    vaults: Vec<KnownVault>,
    /// Own chains of manifests, by vault and capacity.
    chains: Vec<(String, ChainName, Frontier)>,
    /// Sorted by id: a vector is as quick as a map for so few, and much less code.
    entities: Vec<Rc<Entity>>,
    seen: Vec<SeenEntities>,
    /// Whether the platform says that batches of the own vault are wrapped to identities only.
    pub(super) unwrapped: bool,
    /// Keys of entities that others have given back, to be tried where nothing else opens.
    pub(super) returned: Vec<(Id, EntityKey)>,
}

impl Known {
    fn vault(&self, vault: &str) -> Option<&KnownVault> {
        self.vaults.iter().find(|known| known.log.vault() == vault)
    }

    pub(super) fn log(&self, vault: &str) -> Option<Rc<VaultLog>> {
        self.vault(vault).map(|known| known.log.clone())
    }

    /// Takes over a log that has been verified, unless more of it is known.
    pub(super) fn put_log(&mut self, log: Rc<VaultLog>) {
        match self.vaults.iter_mut().find(|known| known.log.vault() == log.vault()) {
            Some(known) if known.log.number() >= log.number() => {}
            Some(known) => known.log = log,
            None => self.vaults.push(KnownVault { log, held: Vec::new() }),
        }
    }

    /// How much is known of each log.
    pub(super) fn logs(&self) -> Vec<KnownLog> {
        let logs = self.vaults.iter().map(|known| &known.log);
        logs.map(|log| KnownLog { vault: log.vault().to_owned(), number: log.number() }).collect()
    }

    fn place(&self, id: &Id) -> std::result::Result<usize, usize> {
        self.entities.binary_search_by(|entity| entity.id.cmp(id))
    }

    pub(super) fn entity(&self, id: &Id) -> Option<Rc<Entity>> {
        self.entities.get(self.place(id).ok()?).cloned()
    }

    /// All entities that are kept, sorted by id.
    pub(super) fn entities(&self) -> Vec<Rc<Entity>> {
        self.entities.clone()
    }

    /// A key that was given back for an entity, if it is the one committed to.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when no such key was given back.
    pub(super) fn returned(&self, id: &Id, commitment: Option<Digest>) -> Result<EntityKey> {
        let mut keys = self.returned.iter().filter(|(of, _)| of == id);
        let key = keys.find(|(_, key)| Some(key.commitment()) == commitment);
        Ok(key.ok_or(Error::NoAccess)?.1.clone())
    }

    /// Makes room for so many entities that are about to be read and needed together.
    pub(super) fn make_room(&mut self, count: usize) {
        if self.entities.len() + count > MAXIMUM_KEPT {
            self.entities.clear();
        }
    }

    /// Keeps an entity as it is now, and nothing of one that was deleted.
    pub(super) fn put_entity(&mut self, entity: Rc<Entity>) {
        self.see(&entity);
        let place = self.place(&entity.id);
        if let Ok(place) = place {
            self.entities.remove(place);
        }
        if entity.state.deleted {
            return;
        }
        if self.entities.len() >= MAXIMUM_KEPT {
            self.entities.clear();
        }
        let place = self.entities.partition_point(|before| before.id < entity.id);
        self.entities.insert(place, entity);
    }

    /// Number and leaf hash of an entity's newest revision, as it was ever seen.
    pub(super) fn seen(&self, vault: &str, id: &Id) -> Option<(u64, Digest)> {
        let newest = self.place(id).ok().and_then(|place| self.entities.get(place));
        let newest = newest.map(|entity| (entity.state.sequence, entity.state.rev));
        newest.or_else(|| {
            let seen = &self.seen.iter().find(|seen| seen.vault == vault)?.entities;
            let place = seen.binary_search_by(|seen| seen.entity.cmp(id)).ok()?;
            seen.get(place).map(|seen| (seen.sequence, seen.rev))
        })
    }

    fn see(&mut self, entity: &Entity) {
        let (sequence, rev) = (entity.state.sequence, entity.state.rev);
        let Some(seen) = self.seen.iter_mut().find(|seen| seen.vault == entity.vault && sequence > 1) else { return };
        let now = SeenEntity { entity: entity.id, sequence, rev };
        match seen.entities.binary_search_by(|seen| seen.entity.cmp(&entity.id)) {
            Err(place) => seen.entities.insert(place, now),
            Ok(place) => match seen.entities.get_mut(place) {
                Some(before) if before.sequence < sequence => *before = now,
                _ => return,
            },
        }
        seen.changed = true;
    }

    /// Forgets in whose name one acts, since the clinics' keys may be newer.
    pub(super) fn forget_parties(&mut self) {
        self.parties.clear();
    }

    pub(super) fn chain(&self, vault: &str, chain: &ChainName) -> Option<Frontier> {
        let mut chains = self.chains.iter();
        chains.find(|known| known.0 == vault && known.1 == *chain).map(|known| known.2.clone())
    }

    /// Takes over how far an own chain has come.
    pub(super) fn put_chain(&mut self, vault: &str, chain: &ChainName, frontier: Frontier) {
        self.chains.retain(|known| known.0 != vault || known.1 != *chain);
        self.chains.push((vault.to_owned(), chain.clone(), frontier));
    }

    /// Forgets how far the own chains have come: somebody else, or another part of the client, has written.
    pub(super) fn forget_chains(&mut self) {
        self.chains.clear();
    }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// In whose name something is done.
    pub(super) fn party<'a>(&'a self, actor: Actor<'a>, control: &'a Control) -> LocalPending<'a, Result<Rc<Party>>> {
        Box::pin(async move {
            let id = actor.clinic().unwrap_or(&self.account.id);
            let known = self.known.borrow().parties.iter().find(|party| party.id() == id).cloned();
            if let Some(party) = known {
                return Ok(party);
            }
            let party = match actor {
                Actor::Person => {
                    let statement = self.identity.statement();
                    self.known.borrow_mut().directory.add_statement(Rc::new(statement.clone()));
                    if statement.body().predecessor.is_some() {
                        self.versions(id, control).await?;
                    }
                    Party::person(Delegate::from(statement), self.identity.agreement().clone())
                }
                Actor::Clinic(clinic) => self.clinic_party(clinic, control).await?,
            };
            let party = Rc::new(party);
            self.known.borrow_mut().parties.push(party.clone());
            Ok(party)
        })
    }

    /// A clinic with the keys that its members have.
    fn clinic_party<'a>(&'a self, clinic: &'a str, control: &'a Control) -> LocalPending<'a, Result<Party>> {
        Box::pin(async move {
            let (clinic, keys) = self.clinic_keys(clinic, control).await?;
            let opened = clinic.agreement_keys(&self.engine, &self.identity, &keys.envelopes).await?;
            let own = opened.into_iter().map(|(statement, key)| (Delegate::clinic(&clinic, statement), key)).collect();
            self.known.borrow_mut().directory.add_clinic(clinic.clone());
            Ok(Party { delegate: Delegate::from(&clinic), own, clinic: Some(Rc::new(clinic)) })
        })
    }

    /// The own chain of manifests of a party.
    pub(super) fn chain_of(&self, party: &Party) -> ChainName {
        ChainName { author: self.account.id.clone(), capacity: party.id().to_owned() }
    }

    /// The keys that a party has of a vault; none where there is no grant.
    pub(super) fn vault_keys<'a>(
        &'a self,
        party: &'a Party,
        log: &'a VaultLog,
    ) -> LocalPending<'a, Result<Rc<Vec<VaultKey>>>> {
        Box::pin(async move {
            let known = self.known.borrow().vault(log.vault()).and_then(|known| {
                let current = |held: &&Held| held.party == party.id() && held.number == log.number();
                known.held.iter().find(current).map(|held| held.keys.clone())
            });
            if let Some(keys) = known {
                return Ok(keys);
            }
            let is_owner = party.id() == log.vault();
            let sealed_to = match log.standing(party.id()) {
                Some(standing) if !is_owner => standing.grant.statement,
                _ => party.delegate.statement,
            };
            let keys = match party.under(&sealed_to) {
                None => Vec::new(),
                // Her keys are lost, and she has not gone on with her log yet.
                Some((delegate, _)) if is_owner && log.owner().fingerprint() != delegate.fingerprint => Vec::new(),
                Some((_, private)) if is_owner => log.open_as_owner(&self.engine, private).await?,
                Some((delegate, private)) => match log.open_as_delegate(&self.engine, delegate, private).await {
                    Err(error) if *error == Error::NoAccess => Vec::new(),
                    keys => keys?,
                },
            };
            let keys = Rc::new(keys);
            self.hold(party.id(), log, keys.clone());
            Ok(keys)
        })
    }

    /// Keeps the keys that a party has of a vault, at this entry of its log.
    pub(super) fn hold(&self, party: &str, log: &VaultLog, keys: Rc<Vec<VaultKey>>) {
        let held = Held { party: party.to_owned(), number: log.number(), keys };
        let mut known = self.known.borrow_mut();
        if let Some(vault) = known.vaults.iter_mut().find(|known| known.log.vault() == log.vault()) {
            vault.held.retain(|before| before.party != held.party);
            vault.held.push(held);
        }
    }

    /// The log of a vault, as far as it is known or, for the first time, as the platform has it.
    pub(super) fn log_of<'a>(&'a self, vault: &'a str, control: &'a Control) -> LocalPending<'a, Result<Rc<VaultLog>>> {
        Box::pin(async move {
            let known = self.known.borrow().log(vault);
            if let Some(log) = known {
                return Ok(log);
            }
            Ok(Rc::new(self.read_log(vault, control).await?))
        })
    }

    /// Reads what a log has more by now.
    pub(super) fn refresh_log<'a>(
        &'a self,
        log: &'a VaultLog,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Rc<VaultLog>>> {
        Box::pin(async move {
            let path = format!("/vaults/{}/log?after={}", log.vault(), log.number());
            let served: LogEntries = self.platform.get_cbor(&path, control).await?;
            match self.take_log(log.clone(), &served.entries).await {
                Err(error) if matches!(*error, Error::IdentityChanged { .. }) => {
                    // It may be one that has been verified meanwhile.
                    let mut log = log.clone();
                    let owners = self.statements(log.vault(), control).await?;
                    for owner in self.take_owner(log.vault(), &owners).await? {
                        log.add_owner(owner);
                    }
                    self.take_log(log, &served.entries).await
                }
                taken => taken,
            }
        })
    }

    /// Remembers how long a log was, so that less is never accepted.
    fn remember_log<'a>(&'a self, log: &'a VaultLog) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let remembered = self.remembered();
            let (seen, chains) = match remembered.vault(log.vault()).await? {
                Some(SeenVault { log: seen, chains }) => (seen.number, chains),
                None => (0, Vec::new()),
            };
            if seen < log.number() {
                remembered.put_vault(log.vault(), &SeenVault { log: log.seen(), chains }).await?;
            }
            Ok(())
        })
    }

    /// Remembers of which entities of a vault newer revisions were seen.
    pub(super) fn remember_entities<'a>(&'a self, vault: &'a str) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let changed = {
                let mut known = self.known.borrow_mut();
                let mut changed = known.seen.iter_mut().filter(|seen| seen.vault == vault && seen.changed);
                changed.next().map(|seen| {
                    seen.changed = false;
                    seen.entities.clone()
                })
            };
            match changed {
                Some(entities) => self.remembered().put_entities(vault, entities).await,
                None => Ok(()),
            }
        })
    }

    /// Recalls what was remembered of a vault's entities, once in a session.
    pub(super) fn recall_entities<'a>(&'a self, vault: &'a str) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            if self.known.borrow().seen.iter().any(|seen| seen.vault == vault) {
                return Ok(());
            }
            let entities = self.remembered().entities(vault).await?;
            let seen = SeenEntities { vault: vault.to_owned(), entities, changed: false };
            self.known.borrow_mut().seen.push(seen);
            Ok(())
        })
    }

    /// Takes over more entries of a log.
    pub(super) fn take_log<'a>(
        &'a self,
        mut log: VaultLog,
        entries: &'a [minicbor::bytes::ByteVec],
    ) -> LocalPending<'a, Result<Rc<VaultLog>>> {
        Box::pin(async move {
            for entry in entries {
                // Another call may have been served some of it meanwhile.
                if !log.entries_after(0).any(|known| known == entry.as_slice()) {
                    log.append(&self.engine, entry).await?;
                }
            }
            if let Some(seen) = self.remembered().vault(log.vault()).await? {
                log.check_continues(&seen.log)?;
            }
            self.remember_log(&log).await?;
            let log = Rc::new(log);
            self.known.borrow_mut().put_log(log.clone());
            Ok(log)
        })
    }
}
