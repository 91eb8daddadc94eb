//! What a change comes to: which revision of an entity, under which key, for whom; and the writes that many of them become.

use std::rc::Rc;
use std::sync::Arc;

use tidelock_crypto::{Digest, SecretKey, cbor, merkle};

use super::change::{Change, What};
use super::directory::Directory;
use super::known::{Entity, Party};
use super::{Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::Compartment;
use crate::records::{
    Content, Draft, EntityKey, EntityState, KeptKey, LinkSecret, NewContent, Scribe, Step, WrapTo, is_about_rights,
    link,
};
use crate::sharing::{Rights, Undelegation, VaultLog};
use crate::wire::{self, MAXIMUM_BYTES, MAXIMUM_ITEMS};

/// The type whose entities have no children.
const DATA_SAMPLE: &str = "DataSample";

/// The most link secrets that an entity may have.
const MAXIMUM_SECRETS: usize = 64;

/// Room that one entity takes in a request beyond its record, and each of its delegates: header, leaf, tag and framing,
/// generously.
pub(super) const OVERHEAD: usize = 768;

/// A change on its way.
pub(super) struct Planned {
    /// Its place in the order of the changes.
    index: usize,
    id: Id,
    /// Where the entity's new key belongs, if it gets one.
    place: Option<(Compartment, u32)>,
    before: Option<EntityState>,
    key: Option<EntityKey>,
    content: Option<Content>,
    links: Vec<Digest>,
}

/// Changes that become one write.
pub(super) struct Group {
    log: Rc<VaultLog>,
    place: Option<(Compartment, u32)>,
    pub(super) drafts: Vec<Draft>,
    changes: Vec<Planned>,
    size: usize,
}

fn compartment_of(what: &What) -> Option<Compartment> {
    match what {
        What::Put { compartment, .. } => *compartment,
        What::Move { compartment } => Some(*compartment),
        _ => None,
    }
}

pub(super) fn recipients(what: &What) -> &[(String, Rights)] {
    match what {
        What::Put { to, .. } | What::Share { to } => to,
        _ => &[],
    }
}

pub(super) fn parents(what: &What) -> &[Id] {
    match what {
        What::Put { parents: Some(parents), .. } => parents,
        _ => &[],
    }
}

/// Whether an entity gets a new key with a change.
pub(super) fn needs_key(what: &What, before: Option<&EntityState>, log: &VaultLog, known: &Directory) -> bool {
    let Some(state) = before else { return true };
    match what {
        What::Put { .. } => {
            state.needs_key(log)
                || known.needs_key(log, state)
                || compartment_of(what).is_some_and(|compartment| compartment != state.compartment)
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
    /// Drafts a change; nothing when there is nothing to do.
    pub(super) fn plan(
        &self,
        party: &Party,
        log: &VaultLog,
        index: usize,
        change: &Change,
    ) -> Result<Option<(Draft, Planned)>> {
        let known = self.known.borrow();
        let id = change.id.ok_or(Error::NotFound)?;
        let entity = known.entity(&id).filter(|_| change.rev.is_some());
        // Another call may have read a newer revision since this one was resolved.
        if let (Some(entity), Some(rev)) = (&entity, &change.rev) {
            entity.check_revision(rev)?;
        }
        let state = entity.as_ref().map(|entity| state_now(entity, log));
        let opened = entity.as_ref().and_then(|entity| entity.opened.as_ref());
        let mut links = entity.as_ref().map(|entity| entity.links.clone()).unwrap_or_default();
        let mut draft = Draft::new(id);
        draft.replaces = state.as_ref().map(|state| (state.sequence, state.rev));
        let mut new_key = needs_key(&change.what, state.as_ref(), log, &known.directory);

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
            What::Delete => draft.deleted = true,
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
        Ok(Some((draft, Planned { index, id, place, before: state, key, content: now, links })))
    }

    /// Seals, signs and sends one write, after checking that its author may do what it does.
    pub(super) fn write_group<'a>(
        &'a self,
        party: &'a Party,
        group: Group,
        done: &'a mut [Option<Rc<Entity>>],
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let Group { log, place, drafts, changes, .. } = group;
            let keys = self.vault_keys(party, &log).await?;
            let mut identities = Vec::new();
            if let Some((compartment, epoch)) = place {
                identities = self.entitled(party, &log, compartment, epoch, control).await?;
            }
            let to = match place {
                Some((compartment, _)) if !identities.is_empty() => Some(WrapTo::Identities(compartment, &identities)),
                Some((compartment, epoch)) => Some(WrapTo::choose(&log, compartment, epoch, &keys, &[])?),
                None => None,
            };
            let chain = Arc::new(self.chain_of(party));
            let mut frontier = self.own_chain(log.vault(), &chain, control).await?;
            let capacity = party.capacity();
            let (size, root) = (frontier.size(), frontier.root());
            let scribe = Scribe { identity: &self.identity, capacity: capacity.as_ref(), size, root };
            let (write, batch_key) = scribe.compose(&self.engine, &log, to, drafts, self.platform.now()).await?;

            // What readers would refuse is never sent.
            let parsed = write.parse()?;
            let batch = write.batch.as_ref().map(|batch| batch.id);
            let successions = self.known.borrow().directory.successions.clone();
            let same = |before: &Digest, now: &Digest| successions.lead(before, now);
            let step = Step { log: &log, manifest: parsed.manifest.claims(), chain: &chain, batch, same: &same };
            let mut written = Vec::with_capacity(changes.len());
            for planned in changes {
                let Planned { index, id, before, key, content, links, .. } = planned;
                let revision = parsed.revisions.iter().find(|revision| revision.leaf.entity == id);
                let revision = revision.ok_or(Error::NotFound)?;
                let state = EntityState::next(before.as_ref(), revision, None, &step).map_err(forbidden)?;
                let key = if revision.leaf.has_new_key() {
                    batch_key.as_ref().map(|batch| batch.entity_key(id))
                } else {
                    key
                };
                let vault = log.vault().to_owned();
                let opened = key.zip(content);
                written.push((index, Entity { vault, id, state, links, opened, spoilt: None }));
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
pub(super) fn group(groups: &mut Vec<Group>, log: Rc<VaultLog>, draft: Draft, planned: Planned) -> Result<()> {
    let wraps = draft.added.len() + draft.remaining.len();
    let size = draft.body_size() + OVERHEAD * (1 + wraps);
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
            group.drafts.push(draft);
            group.changes.push(planned);
        }
        None => {
            let place = planned.place;
            groups.push(Group { log, place, drafts: vec![draft], changes: vec![planned], size });
        }
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
