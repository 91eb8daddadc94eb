//! Changing single entities: one write for all changes that have the vault, the compartment and the epoch in common.

use std::rc::Rc;
use std::sync::Arc;

use async_lock::MutexGuard;
use tidelock_crypto::{Digest, SecretKey, cbor, merkle};

use super::directory::Accept;
use super::fetch::Found;
use super::known::{Entity, Party};
use super::vault::Vault;
use super::{Actor, Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::Compartment;
use crate::records::{
    Content, Draft, EntityKey, EntityState, KeptKey, LinkSecret, NewContent, Scribe, Step, WrapTo, is_about_rights,
    link,
};
use crate::sharing::{Delegate, Rights, Undelegation, VaultLog};
use crate::wire::{self, MAXIMUM_BYTES, MAXIMUM_ENTITIES, MAXIMUM_ITEMS};

/// A change of one entity.
#[derive(Clone, Debug)]
pub struct Change {
    /// The entity; a new one may go without.
    pub id: Option<Id>,
    /// The revision that the change was made of, base64url; absent for a new entity.
    pub rev: Option<String>,
    /// In whose vault; without one, where the entity is, and a new one in one's own.
    pub vault: Option<String>,
    /// What is changed.
    pub what: What,
}

/// What is changed of an entity.
#[derive(Clone, Debug)]
pub enum What {
    /// Its record.
    Put {
        /// Its type, which never changes.
        kind: String,
        /// UTF-8 JSON.
        body: Vec<u8>,
        /// To which entities it is linked; without any, as before.
        parents: Option<Vec<Id>>,
        /// The compartment; without one, as before, and a new one in `Data`.
        compartment: Option<Compartment>,
        /// Who gets access at the same time.
        to: Vec<(String, Rights)>,
    },
    /// Who gets access. Who has it already keeps what he has.
    Share {
        /// Persons or clinics, and their rights.
        to: Vec<(String, Rights)>,
    },
    /// Who loses access, with everybody who has it through him.
    Unshare {
        /// Persons or clinics.
        from: Vec<String>,
        /// Whether those with whom they shared it keep it.
        keep_descendants: bool,
    },
    /// The compartment that the owner moves it to.
    Move {
        /// Which.
        compartment: Compartment,
    },
    /// It gets a new key, and stays what it is.
    Reseal,
    /// It is deleted.
    Delete,
}

/// The type whose entities have no children.
const DATA_SAMPLE: &str = "DataSample";

/// The most link secrets that an entity may have.
const MAXIMUM_SECRETS: usize = 64;

/// Room that one entity takes in a request beyond its record, and each of its delegates, generously.
const OVERHEAD: usize = 768;

/// How often a write is composed anew because a log or a chain has moved on.
const ATTEMPTS: u32 = 4;

/// A change on its way.
struct Planned {
    /// Its place in the order of the changes.
    index: usize,
    draft: Draft,
    /// Where the entity's new key belongs, if it gets one.
    place: Option<(Compartment, u32)>,
    before: Option<EntityState>,
    key: Option<EntityKey>,
    content: Option<Content>,
    links: Vec<Digest>,
}

/// Changes that become one write.
struct Group {
    log: Rc<VaultLog>,
    place: Option<(Compartment, u32)>,
    changes: Vec<Planned>,
    size: usize,
}

/// The own vault while something is written.
pub(super) type Own<'a> = MutexGuard<'a, Option<Vault>>;

fn has_moved_on(error: &Error) -> bool {
    matches!(error, Error::Conflict { current: None })
}

fn compartment_of(what: &What) -> Option<Compartment> {
    match what {
        What::Put { compartment, .. } => *compartment,
        What::Move { compartment } => Some(*compartment),
        _ => None,
    }
}

fn recipients(what: &What) -> &[(String, Rights)] {
    match what {
        What::Put { to, .. } | What::Share { to } => to,
        _ => &[],
    }
}

fn parents(what: &What) -> &[Id] {
    match what {
        What::Put { parents: Some(parents), .. } => parents,
        _ => &[],
    }
}

/// Whether an entity gets a new key with a change.
fn needs_key(what: &What, before: Option<&EntityState>, log: &VaultLog) -> bool {
    let Some(state) = before else { return true };
    match what {
        What::Put { .. } => {
            state.needs_key(log) || compartment_of(what).is_some_and(|compartment| compartment != state.compartment)
        }
        What::Unshare { .. } | What::Move { .. } | What::Reseal => true,
        What::Share { .. } | What::Delete => false,
    }
}

/// The state of an entity now that the log is that long.
fn state_now(entity: &Entity, log: &VaultLog) -> EntityState {
    let mut state = entity.state.clone();
    state.lapse(log, log.number());
    state
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Applies changes; gives the entities as they are then, in the order of the changes. Those of one vault, compartment and
    /// epoch become one write, which is made as a whole or not at all, up to 1,000 of them and 4 MiB.
    ///
    /// # Errors
    /// [`Error::Conflict`], with the current revision, when an entity has another one than the change was made of;
    /// [`Error::NotVerified`] when something would be sealed to an identity that nobody has verified; [`Error::Forbidden`] when
    /// the author has no right to a change; [`Error::NotFound`] when there is no such entity, parent or recipient;
    /// [`Error::NoAccess`] when an entity cannot be opened.
    pub fn apply<'a>(
        &'a self,
        actor: Actor<'a>,
        changes: Vec<Change>,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<Found>>> {
        Box::pin(async move {
            let mut own = self.vault.lock().await;
            self.apply_in_turn(actor, changes, &mut own, accept, control).await
        })
    }

    /// Applies changes while nothing else is written.
    pub(super) fn apply_in_turn<'a>(
        &'a self,
        actor: Actor<'a>,
        mut changes: Vec<Change>,
        own: &'a mut Own<'_>,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<Found>>> {
        Box::pin(async move {
            for change in &mut changes {
                change.id = Some(change.id.map_or_else(Id::random, Ok)?);
            }
            let mut done = vec![None; changes.len()];
            let mut attempt = 1;
            loop {
                let party = self.party(actor, control).await?;
                match self.apply_once(&party, &changes, &mut done, own, accept, control).await {
                    Err(error) if has_moved_on(&error) && attempt < ATTEMPTS => attempt += 1,
                    outcome => {
                        outcome?;
                        let entities = done.iter().flatten();
                        return Ok(entities.map(|entity| self.seen_by(&party, entity)).collect());
                    }
                }
                // Whatever it was that has moved on is read again.
                **own = None;
                self.known.borrow_mut().forget_parties();
                self.known.borrow_mut().forget_chains();
                for vault in self.vaults_of(&changes) {
                    let log = self.log_of(&vault, control).await?;
                    self.refresh_log(&log, control).await?;
                }
            }
        })
    }

    /// The vaults in which entities are, as far as that is known; new ones are in the own one.
    fn vaults_of(&self, changes: &[Change]) -> Vec<String> {
        let mut vaults = Vec::new();
        for change in changes {
            let vault = self.vault_of(change);
            if !vaults.contains(&vault) {
                vaults.push(vault);
            }
        }
        vaults
    }

    fn vault_of(&self, change: &Change) -> String {
        let entity = change.id.and_then(|id| self.known.borrow().entity(&id));
        match (entity.filter(|_| change.rev.is_some()), &change.vault) {
            (Some(entity), _) => entity.vault.clone(),
            (None, Some(vault)) => vault.clone(),
            (None, None) => self.account.id.clone(),
        }
    }

    fn apply_once<'a>(
        &'a self,
        party: &'a Party,
        changes: &'a [Change],
        done: &'a mut [Option<Rc<Entity>>],
        own: &'a mut Own<'_>,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            self.resolve(party, changes, done, control).await?;
            for vault in self.vaults_of(changes) {
                if vault == self.account.id && own.is_none() {
                    **own = Some(self.open_own(control).await?);
                    self.settle_entities(own, control).await?;
                }
                self.log_of(&vault, control).await?;
                self.recall_entities(&vault).await?;
                self.flush(&vault, control).await?;
            }
            self.resolve_standing(party, changes, done, control).await?;

            let mut groups: Vec<Group> = Vec::new();
            for (index, change) in changes.iter().enumerate() {
                let Some(slot) = done.get_mut(index).filter(|slot| slot.is_none()) else { continue };
                let log = self.log_of(&self.vault_of(change), control).await?;
                match self.plan(party, &log, index, change)? {
                    Some(planned) => group(&mut groups, log, planned)?,
                    None => *slot = change.id.and_then(|id| self.known.borrow().entity(&id)),
                }
            }
            let planned = groups.iter().flat_map(|group| &group.changes);
            let added: Vec<Delegate> =
                planned.flat_map(|planned| &planned.draft.added).map(|(delegate, _)| delegate.clone()).collect();
            self.may_seal_to(&added, accept).await?;
            for group in groups {
                control.check()?;
                self.write_group(party, group, done, control).await?;
                control.report(done.iter().flatten().count() as u64, done.len() as u64);
            }
            Ok(())
        })
    }

    /// Reads entities, parents and identities that are not known yet, with one request; and checks that the changes were made
    /// of the newest revisions.
    fn resolve<'a>(
        &'a self,
        party: &'a Party,
        changes: &'a [Change],
        done: &'a [Option<Rc<Entity>>],
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let mut wanted: Vec<(Id, Option<&str>)> = Vec::new();
            let mut identities: Vec<String> = Vec::new();
            let open = || changes.iter().zip(done).filter(|(_, done)| done.is_none()).map(|(change, _)| change);
            for change in open() {
                let known = self.known.borrow();
                let rev = change.rev.as_deref();
                let is_known = |id: &Id, rev: Option<&str>| {
                    let entity = known.entity(id).filter(|entity| entity.opened.is_some());
                    entity.is_some_and(|entity| rev.is_none_or(|rev| entity.state.rev.to_string() == rev))
                };
                if let Some(id) = change.id.filter(|id| rev.is_some() && !is_known(id, rev)) {
                    wanted.push((id, change.vault.as_deref()));
                }
                for parent in parents(&change.what) {
                    if !is_known(parent, None) && !wanted.iter().any(|(id, _)| id == parent) {
                        wanted.push((*parent, None));
                    }
                }
                for (id, _) in recipients(&change.what) {
                    if known.directory.delegate(id).is_none() && !identities.contains(id) {
                        identities.push(id.clone());
                    }
                }
            }
            self.ask(party, &wanted, identities, control).await?;
            for change in open() {
                let (Some(id), Some(rev)) = (&change.id, &change.rev) else { continue };
                let entity = self.known.borrow().entity(id).ok_or(Error::NotFound)?;
                let current = entity.state.rev.to_string();
                if current != *rev {
                    return Err(Error::Conflict { current: Some(current) }.into());
                }
            }
            Ok(())
        })
    }

    /// Reads the identities of those who have access to entities that get new keys.
    fn resolve_standing<'a>(
        &'a self,
        party: &'a Party,
        changes: &'a [Change],
        done: &'a [Option<Rc<Entity>>],
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let mut identities: Vec<String> = Vec::new();
            for (change, _) in changes.iter().zip(done).filter(|(_, done)| done.is_none()) {
                let known = self.known.borrow();
                let entity = change.id.filter(|_| change.rev.is_some()).and_then(|id| known.entity(&id));
                let Some(entity) = entity else { continue };
                let Some(log) = known.log(&entity.vault) else { continue };
                if !needs_key(&change.what, Some(&entity.state), &log) {
                    continue;
                }
                for standing in &entity.state.delegations {
                    if known.directory.named(&standing.delegate, &standing.fingerprint).is_none()
                        && !identities.contains(&standing.delegate)
                    {
                        identities.push(standing.delegate.clone());
                    }
                }
            }
            self.ask(party, &[], identities, control).await
        })
    }

    /// The owner and those whom the log entitles to what is in an epoch of a compartment, if somebody who lost access has all
    /// keys of it; otherwise nobody, because a key is left.
    fn entitled<'a>(
        &'a self,
        party: &'a Party,
        log: &'a VaultLog,
        compartment: Compartment,
        epoch: u32,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<Delegate>>> {
        Box::pin(async move {
            let mut entitled = Vec::new();
            if log.newest_version(compartment, epoch).is_none_or(|newest| !log.is_exposed(&newest)) {
                return Ok(entitled);
            }
            entitled.push(log.owner().delegate().clone());
            let standings = log.entitled(compartment, epoch);
            let names = standings.iter().map(|standing| standing.grant.delegate.clone()).collect();
            self.ask(party, &[], names, control).await?;
            let known = self.known.borrow();
            for standing in standings {
                let delegate = known.directory.named(&standing.grant.delegate, &standing.grant.fingerprint);
                entitled.extend(delegate);
            }
            Ok(entitled)
        })
    }

    /// Asks for entities and identities, in as many requests as it takes.
    pub(super) fn ask<'a>(
        &'a self,
        party: &'a Party,
        wanted: &'a [(Id, Option<&'a str>)],
        mut identities: Vec<String>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let mut rest = wanted;
            while !rest.is_empty() || !identities.is_empty() {
                let (now, later) = rest.split_at(rest.len().min(MAXIMUM_ENTITIES));
                let names = identities.split_off(identities.len().saturating_sub(MAXIMUM_ENTITIES));
                self.request(party, now, names, control).await?;
                rest = later;
            }
            Ok(())
        })
    }

    /// Drafts a change; nothing when there is nothing to do.
    fn plan(&self, party: &Party, log: &Rc<VaultLog>, index: usize, change: &Change) -> Result<Option<Planned>> {
        let known = self.known.borrow();
        let id = change.id.ok_or(Error::NotFound)?;
        let entity = known.entity(&id).filter(|_| change.rev.is_some());
        let state = entity.as_ref().map(|entity| state_now(entity, log));
        let opened = entity.as_ref().and_then(|entity| entity.opened.as_ref());
        let mut links = entity.as_ref().map(|entity| entity.links.clone()).unwrap_or_default();
        let mut draft = Draft::new(id);
        draft.replaces = state.as_ref().map(|state| (state.sequence, state.rev));
        let mut new_key = needs_key(&change.what, state.as_ref(), log);

        for (id, rights) in recipients(&change.what) {
            // The owner, and the author himself, have everything that could be given.
            if id == log.vault() || id == party.id() || draft.added.iter().any(|(added, _)| added.id == *id) {
                continue;
            }
            let delegate = known.directory.delegate(id).ok_or(Error::NotFound)?;
            let standing = state.as_ref().and_then(|state| state.standing(id));
            let has = |standing: &&crate::records::StandingDelegation| {
                standing.fingerprint == delegate.fingerprint && standing.rights >= *rights
            };
            if standing.filter(has).is_none() {
                draft.added.push((delegate, *rights));
            }
        }
        let mut content = None;
        match &change.what {
            What::Put { kind, body, parents, .. } => {
                if state.as_ref().is_some_and(|state| state.kind != *kind) {
                    return Err(Error::invalid("kind", "an entity keeps its type"));
                }
                let secrets = match opened {
                    Some((_, content)) => content.link_secrets().to_vec(),
                    None if kind == DATA_SAMPLE => Vec::new(),
                    None => vec![SecretKey::random()?],
                };
                if let Some(parents) = parents {
                    links = Vec::new();
                    for parent in parents {
                        let parent = known.entity(parent).ok_or(Error::NotFound)?;
                        insert(&mut links, link_to(&parent, kind)?);
                    }
                }
                content = Some((kind.clone(), Content::new(body.clone(), some(secrets))?));
            }
            What::Share { .. } if draft.added.is_empty() => return Ok(None),
            What::Share { .. } => {}
            What::Unshare { from, keep_descendants } => {
                let state = state.as_ref().ok_or(Error::NotFound)?;
                for standing in &state.delegations {
                    if from.contains(&standing.delegate) {
                        let (delegate, fingerprint) = (standing.delegate.clone(), standing.fingerprint);
                        draft.revoked.push(Undelegation { delegate, fingerprint });
                    }
                }
                if draft.revoked.is_empty() {
                    return Ok(None);
                }
                let rights = self.rights(party, log, state);
                let leaves = from.iter().any(|id| id == party.id());
                // Who leaves takes with him what he gave.
                if let (true, false, Some(rights)) = (*keep_descendants, leaves, rights) {
                    let remain = state.standing_without(draft.revoked.iter().map(|revoked| revoked.delegate.as_str()));
                    for standing in &state.delegations {
                        let stays = remain.iter().any(|remaining| remaining.delegate == standing.delegate);
                        if !stays && !from.contains(&standing.delegate) {
                            let delegate = known.directory.named(&standing.delegate, &standing.fingerprint);
                            draft.added.push((delegate.ok_or(Error::NotFound)?, standing.rights.min(rights)));
                        }
                    }
                }
                // Who may only read, or goes himself, leaves the new key to others.
                new_key = rights == Some(Rights::Write) && !leaves;
                if let (true, Some((_, content_now))) = (new_key, opened) {
                    content = Some((state.kind.clone(), renewed(content_now)?));
                }
            }
            What::Move { compartment } => {
                let (state, (_, same)) = (state.as_ref().ok_or(Error::NotFound)?, opened.ok_or(Error::NoAccess)?);
                if *compartment == state.compartment {
                    return Ok(None);
                }
                content = Some((state.kind.clone(), same.clone()));
            }
            What::Reseal => {
                let (state, (_, same)) = (state.as_ref().ok_or(Error::NotFound)?, opened.ok_or(Error::NoAccess)?);
                // Somebody who lost access knows how its children link to it.
                let renewed = if state.due { renewed(same)? } else { same.clone() };
                content = Some((state.kind.clone(), renewed));
            }
            What::Delete => draft.deleted.clone_from(&true),
        }

        let before = state.as_ref().map(|state| state.compartment);
        let compartment = compartment_of(&change.what).or(before).unwrap_or(Compartment::Data);
        draft.moved_from = before.filter(|before| *before != compartment);
        let mut place = None;
        if content.is_some() && new_key {
            let stays = state.as_ref().filter(|_| draft.moved_from.is_none());
            let epoch = stays.map_or_else(|| log.epoch_at(compartment, log.number()), |state| state.epoch);
            place = Some((compartment, epoch));
            let revoked = draft.revoked.iter().map(|revoked| revoked.delegate.as_str());
            for standing in state.as_ref().map(|state| state.standing_without(revoked)).unwrap_or_default() {
                if !draft.added.iter().any(|(added, _)| added.id == standing.delegate) {
                    let delegate = known.directory.named(&standing.delegate, &standing.fingerprint);
                    draft.remaining.push(delegate.ok_or(Error::NotFound)?);
                }
            }
        } else if content.is_some() || !draft.added.is_empty() {
            let ((key, _), state) = (opened.ok_or(Error::NoAccess)?, state.as_ref().ok_or(Error::NotFound)?);
            let batch = state.batch.ok_or(Error::NoAccess)?;
            draft.kept = Some(KeptKey { key: key.clone(), batch, compartment: state.compartment });
        }
        let key = opened.map(|(key, _)| key.clone());
        let now = content.as_ref().map(|(_, content)| content).or(opened.map(|(_, content)| content)).cloned();
        draft.content = content.map(|(kind, content)| NewContent { kind, content, links: links.clone() });
        Ok(Some(Planned { index, draft, place, before: state, key, content: now, links }))
    }

    /// Seals, signs and sends one write, after checking that its author may do what it does.
    fn write_group<'a>(
        &'a self,
        party: &'a Party,
        group: Group,
        done: &'a mut [Option<Rc<Entity>>],
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let Group { log, place, changes, .. } = group;
            let keys = self.vault_keys(party, &log).await?;
            let mut identities = Vec::new();
            if let Some((compartment, epoch)) = place {
                identities = self.entitled(party, &log, compartment, epoch, control).await?;
            }
            let to = match place {
                Some((compartment, epoch)) => Some(WrapTo::choose(&log, compartment, epoch, &keys, &identities)?),
                None => None,
            };
            let chain = Arc::new(self.chain_of(party));
            let mut frontier = self.own_chain(log.vault(), &chain, control).await?;
            let capacity = party.capacity();
            let (size, root) = (frontier.size(), frontier.root());
            let scribe = Scribe { identity: &self.identity, capacity: capacity.as_ref(), size, root };
            let drafts = changes.iter().map(|planned| planned.draft.clone()).collect();
            let (write, batch_key) = scribe.compose(&self.engine, &log, to, drafts, self.platform.now()).await?;

            // What readers would refuse is never sent.
            let parsed = write.parse()?;
            let batch = write.batch.as_ref().map(|batch| batch.id);
            let successions = self.known.borrow().directory.successions.clone();
            let same = |before: &Digest, now: &Digest| successions.lead(before, now);
            let step = Step { log: &log, manifest: parsed.manifest.claims(), chain: &chain, batch, same: &same };
            let mut written = Vec::with_capacity(changes.len());
            for planned in changes {
                let Planned { index, draft, before, key, content, links, .. } = planned;
                let revision = parsed.revisions.iter().find(|revision| revision.leaf.entity == draft.id);
                let revision = revision.ok_or(Error::NotFound)?;
                let state = EntityState::next(before.as_ref(), revision, None, &step).map_err(forbidden)?;
                let key = if revision.leaf.has_new_key() {
                    batch_key.as_ref().map(|batch| batch.entity_key(draft.id))
                } else {
                    key
                };
                let vault = log.vault().to_owned();
                written.push((index, Entity { vault, id: draft.id, state, links, opened: key.zip(content) }));
            }

            let path = [wire::PREFIX, "/vaults/", log.vault(), "/writes"].concat();
            self.send_signed(log.vault(), path, false, cbor::encode(&write), control).await?;
            frontier.push(merkle::leaf_hash(parsed.manifest.payload()));
            self.keep_chain(log.vault(), &chain, frontier).await?;
            for (index, entity) in written {
                let entity = Rc::new(entity);
                self.known.borrow_mut().put_entity(entity.clone());
                if let Some(slot) = done.get_mut(index) {
                    *slot = Some(entity);
                }
            }
            self.remember_entities(log.vault()).await
        })
    }
}

/// Puts a change into the first group that it fits into.
fn group(groups: &mut Vec<Group>, log: Rc<VaultLog>, planned: Planned) -> Result<()> {
    let wraps = planned.draft.added.len() + planned.draft.remaining.len();
    let size = planned.draft.body_size() + OVERHEAD * (1 + wraps);
    if size > MAXIMUM_BYTES {
        return Err(Error::TooLarge.into());
    }
    let fits = |group: &&mut Group| {
        group.log.vault() == log.vault()
            && (group.place.is_none() || planned.place.is_none() || group.place == planned.place)
            && group.changes.len() < MAXIMUM_ITEMS
            && group.size + size <= MAXIMUM_BYTES
    };
    match groups.iter_mut().find(fits) {
        Some(group) => {
            group.place = group.place.or(planned.place);
            group.size += size;
            group.changes.push(planned);
        }
        None => groups.push(Group { log, place: planned.place, changes: vec![planned], size }),
    }
    Ok(())
}

/// Puts a link into its place, once.
fn insert(links: &mut Vec<Digest>, link: Digest) {
    if let Err(place) = links.binary_search(&link) {
        links.insert(place, link);
    }
}

fn some(secrets: Vec<LinkSecret>) -> Option<Vec<LinkSecret>> {
    (!secrets.is_empty()).then_some(secrets)
}

/// The link that a child of this type has to a parent.
fn link_to(parent: &Entity, kind: &str) -> Result<Digest> {
    let (_, content) = parent.opened.as_ref().ok_or(Error::NoAccess)?;
    let secret = content.link_secrets().last();
    let secret = secret.ok_or_else(|| Error::invalid("parents", "an entity of this type has no children"))?;
    Ok(link(secret, kind))
}

/// The same record, for those who remain: with a new secret for the links of new children, where there are any.
fn renewed(content: &Content) -> Result<Content> {
    let mut secrets = content.link_secrets().to_vec();
    if secrets.len() >= MAXIMUM_SECRETS {
        return Err(Error::TooLarge.into());
    }
    if !secrets.is_empty() {
        secrets.push(SecretKey::random()?);
    }
    Ok(content.clone().with_link_secrets(some(secrets)))
}

fn forbidden(error: Box<Error>) -> Box<Error> {
    match *error {
        Error::Tampered { what } if is_about_rights(&error) => Error::Forbidden { reason: what.to_owned() }.into(),
        _ => error,
    }
}
