//! Changing single entities: one write for all changes that have the vault, the compartment and the epoch in common.

use std::rc::Rc;

use async_lock::MutexGuard;

use super::both::both;
use super::fetch::Found;
use super::known::{Entity, Party};
use super::plan::{Group, group, needs_key, parents, recipients};
use super::trust::Accept;
use super::vault::Vault;
use super::{Actor, Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Compartment, DataOwnerKind};
use crate::sharing::{ChainName, Delegate, Rights, VaultLog};
use crate::wire::MAXIMUM_ENTITIES;

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

/// How often a write is composed anew because a log or a chain has moved on.
const ATTEMPTS: u32 = 4;

/// The own vault while something is written.
pub(super) type Own<'a> = MutexGuard<'a, Option<Vault>>;

fn has_moved_on(error: &Error) -> bool {
    matches!(error, Error::Conflict { current: None })
}

fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Forbidden { .. } | Error::NoAccess)
}

/// The changes that are not done yet.
fn open<'a>(changes: &'a [Change], done: &'a [Option<Rc<Entity>>]) -> impl Iterator<Item = &'a Change> {
    changes.iter().zip(done).filter(|(_, done)| done.is_none()).map(|(change, _)| change)
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
            if own.is_none() && changes.iter().any(|change| self.is_own(change)) {
                // Where the own chain goes on is asked for at the same time; what fails of that is asked for, and said, later.
                let own_id = &self.account.id;
                let chain = ChainName { author: own_id.clone(), capacity: own_id.clone() };
                let (opened, _) = both(self.open_own(control), self.own_chain(own_id, &chain, control)).await;
                *own = Some(opened?);
                // But not what is about to be changed: the caller has the revision that it has now.
                let spared: Vec<Id> = changes.iter().filter_map(|change| change.id).collect();
                self.settle_entities(&mut own, &spared, control).await?;
            }
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
                let error = match self.apply_once(&party, &changes, &mut done, own, accept, control).await {
                    Err(error) if attempt < ATTEMPTS && (has_moved_on(&error) || is_refusal(&error)) => error,
                    outcome => {
                        outcome?;
                        let entities = done.iter().flatten();
                        return Ok(entities.map(|entity| self.seen_by(&party, entity)).collect());
                    }
                };
                // Whatever it was that has moved on is read again. What was refused here is so by a log that may have gone on.
                attempt += 1;
                **own = None;
                self.known.borrow_mut().forget_parties();
                self.known.borrow_mut().forget_chains();
                self.known.borrow_mut().directory.forget_clinics();
                let mut has_grown = false;
                for vault in self.vaults_of(&changes) {
                    let log = self.log_of(&vault, control).await?;
                    has_grown |= self.refresh_log(&log, control).await?.number() > log.number();
                }
                if is_refusal(&error) && !has_grown {
                    // Or by a revision that is not the newest any more: then that is what is wrong.
                    self.check_newest(&party, &changes, &done, control).await?;
                    return Err(error);
                }
            }
        })
    }

    /// Checks that changes that are not done yet were made of the revisions that are the newest at the platform.
    fn check_newest<'a>(
        &'a self,
        party: &'a Party,
        changes: &'a [Change],
        done: &'a [Option<Rc<Entity>>],
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let changed = open(changes, done).filter(|change| change.rev.is_some());
            let wanted: Vec<(Id, Option<&str>)> =
                changed.filter_map(|change| Some((change.id?, change.vault.as_deref()))).collect();
            self.ask(party, &wanted, Vec::new(), control).await?;
            self.check_revisions(open(changes, done))
        })
    }

    /// Checks that changes were made of the revisions that are the newest known.
    fn check_revisions<'a>(&self, changes: impl Iterator<Item = &'a Change>) -> Result<()> {
        for change in changes {
            let (Some(id), Some(rev)) = (&change.id, &change.rev) else { continue };
            self.known.borrow().entity(id).ok_or(Error::NotFound)?.check_revision(rev)?;
        }
        Ok(())
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

    /// Whether a change is known to be in the own vault.
    fn is_own(&self, change: &Change) -> bool {
        let entity = change.id.and_then(|id| self.known.borrow().entity(&id));
        let vault = change.vault.as_ref().or(entity.as_ref().map(|entity| &entity.vault));
        vault.map_or(change.rev.is_none(), |vault| *vault == self.account.id)
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
                }
                let log = self.log_of(&vault, control).await?;
                self.recall_entities(&vault).await?;
                self.flush(&vault, control).await?;
                self.know_clinics(party, &log, control).await?;
                let is_outdated = self.known.borrow().directory.any_outdated(&log);
                if let Some(vault) = own.as_mut().filter(|own| is_outdated && own.log.vault() == vault) {
                    self.settle(vault, control).await?;
                }
            }
            self.resolve_standing(party, changes, done, control).await?;

            let mut groups: Vec<Group> = Vec::new();
            for (index, change) in changes.iter().enumerate() {
                let Some(slot) = done.get_mut(index).filter(|slot| slot.is_none()) else { continue };
                let log = self.log_of(&self.vault_of(change), control).await?;
                match self.plan(party, &log, index, change)? {
                    Some((draft, planned)) => group(&mut groups, log, draft, planned)?,
                    None => *slot = change.id.and_then(|id| self.known.borrow().entity(&id)),
                }
            }
            let drafts = groups.iter().flat_map(|group| &group.drafts);
            let added: Vec<Delegate> =
                drafts.flat_map(|draft| &draft.added).map(|(delegate, _)| delegate.clone()).collect();
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
            let room = open(changes, done).map(|change| 1 + parents(&change.what).len()).sum();
            self.known.borrow_mut().make_room(room);
            for change in open(changes, done) {
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
            self.check_revisions(open(changes, done))
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
            for change in open(changes, done) {
                let known = self.known.borrow();
                let entity = change.id.filter(|_| change.rev.is_some()).and_then(|id| known.entity(&id));
                let Some(entity) = entity else { continue };
                let Some(log) = known.log(&entity.vault) else { continue };
                // Whether there is a new key may follow from what becomes known of clinics.
                let clinics = entity.state.delegations.iter().any(|standing| standing.kind == DataOwnerKind::Clinic);
                if !clinics && !needs_key(&change.what, Some(&entity.state), &log, &known.directory) {
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

    /// Reads how the clinics are that have grants, as far as it is not known.
    pub(super) fn know_clinics<'a>(
        &'a self,
        party: &'a Party,
        log: &'a VaultLog,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let mut unknown = Vec::new();
            for standing in log.standings() {
                let id = &standing.grant.delegate;
                let is_clinic = standing.grant.kind == DataOwnerKind::Clinic;
                if is_clinic && self.known.borrow().directory.clinic(id).is_none() {
                    unknown.push(id.clone());
                }
            }
            self.ask(party, &[], unknown, control).await
        })
    }

    /// The owner and those whom the log entitles to what is in an epoch of a compartment, if somebody who lost access, or has left a
    /// clinic, has all keys of it; otherwise nobody, because a key is left.
    pub(super) fn entitled<'a>(
        &'a self,
        party: &'a Party,
        log: &'a VaultLog,
        compartment: Compartment,
        epoch: u32,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<Delegate>>> {
        Box::pin(async move {
            let mut entitled = Vec::new();
            self.know_clinics(party, log, control).await?;
            let is_left = |newest| !log.is_exposed(&newest);
            let is_burnt = self.known.borrow().directory.is_burnt(log, compartment, epoch);
            if !is_burnt && log.newest_version(compartment, epoch).is_none_or(is_left) {
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
}
