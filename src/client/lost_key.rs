//! An owner who lost her keys: a new identity, what others give back to it, and her own record again.

use std::collections::BTreeSet;
use std::rc::Rc;

use tidelock_crypto::Digest;

use super::change::{Change, Own};
use super::fetch::{Found, Page, Query};
use super::remembered::Verified;
use super::reseal::reseal;
use super::trust::Accept;
use super::vault::Vault;
use super::{Actor, ClinicCard, Control, LocalPending, Method, Session, SignedIn, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, Compartment, KeyName, VaultKey};
use crate::sharing::{Cutoff, Delegate, GiveBack, Grant, Permissions, Returned, VaultLog, VaultOwner};
use crate::signed::Unverified;
use crate::wire::{self, GiveBacks, MAXIMUM_ENTITIES, Refounding};

/// Somebody who has given something back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Giver {
    /// The person.
    pub id: String,
    /// The clinic in whose name, if it was one.
    pub clinic: Option<String>,
    /// The fingerprint of the person's identity; of the clinic's root, if it was in the name of one.
    pub fingerprint: Digest,
    /// Whether that identity has been verified.
    pub verified: bool,
    /// Whether it was the key to the whole record, or to parts of it.
    pub record: bool,
    /// The keys of how many single entities.
    pub entities: u64,
    /// How many messages have come.
    pub parts: u64,
    /// Of how many.
    pub of: u64,
}

/// Where it stands with getting one's own record back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returning {
    /// Whether the record still has to be restored.
    pub waiting: bool,
    /// Who has given something back that has not been put away yet.
    pub givers: Vec<Giver>,
    /// With whom the record, or a part of it, was shared as a whole when the keys were lost.
    pub shared_with: Vec<String>,
}

/// How many entities nobody can open any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// In the compartment of everything medical.
    pub data: u64,
    /// Among the notes of clinics.
    pub notes: u64,
    /// Among what was shared with nobody as a whole.
    pub private: u64,
}

/// What came of restoring a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// How many entities the record has.
    pub entities: u64,
    /// How many of them can be read.
    pub readable: u64,
    /// How many cannot, by compartment. They can still be deleted.
    pub lost: Lost,
    /// With whom the record was shared as a whole, and is not any more: see [`Session::restore_access`].
    pub to_confirm: Vec<String>,
}

/// One message.
struct Part {
    claims: GiveBack,
    returned: Returned,
}

impl Part {
    /// Who has to be verified: the clinic in whose name it was, or the person.
    fn party(&self) -> (&str, &Digest) {
        let person = (self.claims.giver.as_str(), &self.claims.fingerprint);
        self.claims.capacity.as_ref().map_or(person, |capacity| (capacity.clinic.as_str(), &capacity.root))
    }
}

/// The log under the own identity.
struct Refounded {
    log: Rc<VaultLog>,
    /// What was given back by those who are verified.
    parts: Vec<Part>,
    /// Whether that was all.
    complete: bool,
}

/// How often the log is continued anew because somebody has written meanwhile.
const ATTEMPTS: u32 = 4;

impl<T: Transport, S: Store> SignedIn<T, S> {
    /// Makes a new identity for an account whose keys are lost, with a new recovery code, which waits in
    /// [`Session::recovery_code`] until its owner has confirmed it. What was shared with others can be given back to it; the
    /// old recovery code opens nothing any more that is written from now on.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the account never had an identity, [`Error::Conflict`] when another device was faster.
    pub async fn start_over(self, control: &Control) -> Result<Session<T, S>> {
        let previous = self.newest(control).await?;
        Session::found(self, Some(&previous), control).await
    }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Where it stands with getting the own record back.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the platform shows another log than those have who gave something back.
    pub fn returning<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<Returning>> {
        Box::pin(async move {
            let log = self.read_log(&self.account.id, control).await?;
            let mut givers: Vec<Giver> = Vec::new();
            for part in self.given_back(&log, control).await? {
                let (_, fingerprint) = part.party();
                let clinic = part.claims.capacity.as_ref().map(|capacity| capacity.clinic.clone());
                let known = givers.iter().position(|giver| giver.id == part.claims.giver && giver.clinic == clinic);
                let place = match known {
                    Some(place) => place,
                    None => {
                        givers.push(Giver {
                            id: part.claims.giver.clone(),
                            clinic,
                            fingerprint: *fingerprint,
                            verified: self.is_accepted(&part).await?,
                            record: false,
                            entities: 0,
                            parts: 0,
                            of: part.claims.parts,
                        });
                        givers.len() - 1
                    }
                };
                if let Some(giver) = givers.get_mut(place) {
                    giver.record |= !part.returned.vault_keys.is_empty();
                    giver.entities += part.returned.entity_keys.len() as u64;
                    giver.parts += 1;
                }
            }
            let waiting = log.owner().fingerprint() != self.identity.fingerprint();
            Ok(Returning { waiting, givers, shared_with: delegates(&log, self.before(&log)) })
        })
    }

    /// The number of the last entry under an identity before the present one.
    fn before(&self, log: &VaultLog) -> u64 {
        let own = self.identity.fingerprint();
        let mut numbers = (0..=log.number()).rev();
        numbers.find(|number| log.owner_at(*number).fingerprint() != own).unwrap_or_default()
    }

    /// Everything that has been given back, verified and opened. What is wrong with a message of somebody who has not been
    /// verified is none of the owner's business: it is left out.
    fn given_back<'a>(&'a self, log: &'a VaultLog, control: &'a Control) -> LocalPending<'a, Result<Vec<Part>>> {
        Box::pin(async move {
            let path = ["/vaults/", log.vault(), "/give_backs"].concat();
            let served: GiveBacks = self.platform.get_cbor(&path, control).await?;
            let mut names: Vec<String> = Vec::new();
            for bytes in &served.messages {
                let claimed = Unverified::<GiveBack>::decode(bytes)?;
                let GiveBack { giver, capacity, .. } = claimed.claims().clone();
                for name in [Some(giver), capacity.map(|capacity| capacity.clinic)].into_iter().flatten() {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
            let party = self.party(Actor::Person, control).await?;
            self.ask(&party, &[], names, control).await?;
            for served in served.clinics.iter() {
                self.take_clinic(served).await?;
            }
            let mut parts = Vec::with_capacity(served.messages.len());
            for bytes in &served.messages {
                let claims = Unverified::<GiveBack>::decode(bytes)?.claims().clone();
                let (giver, clinic) = {
                    let directory = &self.known.borrow().directory;
                    let clinic = claims.capacity.as_ref().and_then(|capacity| directory.clinic_under(capacity));
                    (directory.statement(&claims.giver, &claims.fingerprint).cloned(), clinic.cloned())
                };
                let Some(giver) = giver else { continue };
                let clinic: Option<&Clinic> = clinic.as_deref();
                match GiveBack::open(&self.engine, bytes, &giver, clinic, log, &self.identity).await {
                    Ok(returned) => parts.push(Part { claims, returned }),
                    Err(error) if self.is_verified(&claims.giver, &claims.fingerprint).await? => return Err(error),
                    Err(_) => {}
                }
            }
            Ok(parts)
        })
    }

    /// Whether the giver, or the clinic in whose name it was, has been verified: what is given back are keys that the log and
    /// headers commit to, and the log is the one that a verified person has signed.
    fn is_accepted<'a>(&'a self, part: &'a Part) -> LocalPending<'a, Result<bool>> {
        Box::pin(async move {
            let (party, fingerprint) = part.party();
            Ok(self.is_verified(party, fingerprint).await?
                || self.is_verified(&part.claims.giver, &part.claims.fingerprint).await?)
        })
    }

    /// Takes a clinic as verified that was looked up by its share code.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn confirm_clinic(&self, card: &ClinicCard) -> Result<()> {
        self.pin_clinic(&card.clinic, Verified::ShareCode).await
    }

    /// Makes the own record one's own again, with what verified givers have given back: the log goes on under the new identity,
    /// with new keys, and those who gave have what they had. Entities that were given back one by one get new keys. When it is
    /// interrupted, it is simply called again, and goes on. Progress counts entities with new keys.
    ///
    /// # Errors
    /// [`Error::NotVerified`] with those who have given something back, if none of them has been verified, and
    /// [`Error::RecoveryNeeded`] when nobody has, but for `anyway`: to go on with an empty record. [`Error::Tampered`] when
    /// something is given back that is not what was committed to; with keys of single entities, after everything else has been
    /// restored, and not for `anyway`.
    pub fn restore<'a>(&'a self, anyway: bool, control: &'a Control) -> LocalPending<'a, Result<Restored>> {
        Box::pin(async move {
            let mut own: Own<'_> = self.vault.lock().await;
            *own = None;
            self.flush(&self.account.id, control).await?;
            let mut attempt = 1;
            let Refounded { log, parts, complete } = loop {
                match self.refound(anyway, control).await {
                    Err(error) if *error == Error::Conflict { current: None } && attempt < ATTEMPTS => attempt += 1,
                    outcome => break outcome?,
                }
            };
            let mut ids = BTreeSet::new();
            for (id, key) in parts.into_iter().flat_map(|part| part.returned.entity_keys) {
                ids.insert(id);
                self.known.borrow_mut().returned.push((id, key));
            }
            let outcome = self.reseal_returned(&log, ids, &mut own, control).await;
            self.known.borrow_mut().returned.clear();
            if outcome? && !anyway {
                return Err(Error::tampered("a returned key that is not the one committed to"));
            }
            if complete {
                let path = [wire::PREFIX, "/vaults/", log.vault(), "/give_backs"].concat();
                self.platform.send_empty(Method::Delete, &path, control).await?;
            }
            drop(own);
            let mut restored = self.count(control).await?;
            restored.to_confirm = delegates(&log, self.before(&log));
            restored.to_confirm.retain(|id| log.standing(id).is_none());
            Ok(restored)
        })
    }

    /// Goes on with the log under the own identity, as far as that has not been done: with all keys that have been given back
    /// by now.
    fn refound<'a>(&'a self, anyway: bool, control: &'a Control) -> LocalPending<'a, Result<Refounded>> {
        Box::pin(async move {
            let empty = self.begin_log(&self.account.id, control).await?;
            let path = ["/vaults/", &self.account.id, "/tips"].concat();
            let Refounding { entries, tips } = self.platform.get_cbor(&path, control).await?;
            let log = self.take_log(empty, &entries).await?;
            let mut parts = self.given_back(&log, control).await?;
            let mut unverified: Vec<String> = Vec::new();
            let mut verified = Vec::with_capacity(parts.len());
            for part in parts.drain(..) {
                if self.is_accepted(&part).await? {
                    verified.push(part);
                } else if !unverified.contains(&part.claims.giver) {
                    unverified.push(part.claims.giver.clone());
                }
            }
            let complete = unverified.is_empty();
            if log.owner().fingerprint() != self.identity.fingerprint() && verified.is_empty() && !anyway {
                if complete {
                    return Err(Error::RecoveryNeeded.into());
                }
                let owner = unverified.remove(0);
                return Err(Error::NotVerified { owner, others: unverified }.into());
            }
            let draft = self.continued(&log, tips, &verified).await?;
            if draft.number() == log.number() {
                return Ok(Refounded { log, parts: verified, complete });
            }
            self.send_entries(&log, &draft, control).await?;
            Ok(Refounded { log: self.take_log(draft, &[]).await?, parts: verified, complete })
        })
    }

    /// The log as it goes on: under the own identity, with a next version of every key that has been given back and a next
    /// epoch where the newest key is lost, and with the grants of those who gave.
    fn continued<'a>(
        &'a self,
        log: &'a VaultLog,
        tips: Vec<Cutoff>,
        parts: &'a [Part],
    ) -> LocalPending<'a, Result<VaultLog>> {
        Box::pin(async move {
            let (now, signing) = (self.platform.now(), self.identity.signing());
            let mut draft = log.clone();
            let mut keys = Vec::new();
            if log.owner().fingerprint() == self.identity.fingerprint() {
                keys = log.open_as_owner(&self.engine, self.identity.agreement()).await?;
            } else {
                let owner = VaultOwner::from(self.identity.statement());
                draft.refound(&self.engine, signing, owner, tips, now).await?;
            }
            for key in parts.iter().flat_map(|part| &part.returned.vault_keys) {
                let name = key.name();
                let held = |key: &VaultKey| key.name().is_of(name.compartment, name.epoch);
                if draft.is_newest_version(&name) && !keys.iter().any(held) {
                    keys.push(draft.mint_key(&self.engine, signing, name.next_version(), Some(key), now).await?);
                }
            }
            for compartment in Compartment::ALL {
                let current = draft.current(compartment);
                if !keys.iter().any(|key| Some(key.name()) == current) {
                    let epoch = current.map_or(1, |current| current.epoch + 1);
                    let name = KeyName { epoch, ..KeyName::first(compartment) };
                    keys.push(draft.mint_key(&self.engine, signing, name, None, now).await?);
                }
            }
            let before = self.before(&draft);
            for part in parts {
                let (id, fingerprint) = part.party();
                if !self.is_verified(id, fingerprint).await? {
                    continue;
                }
                let (had, delegate) = {
                    let directory = &self.known.borrow().directory;
                    let named = |grant: &Grant| directory.successions.lead(&grant.fingerprint, fingerprint);
                    let had = log.standing_at(id, before).filter(|standing| named(standing.grant));
                    (had, directory.named(id, fingerprint))
                };
                if let (Some(had), Some(delegate), None) = (had, delegate, draft.standing(id)) {
                    let (permissions, names) = (had.grant.permissions, had.grant.keys.clone());
                    let keys = newest(&draft, &names, &keys);
                    draft.grant(&self.engine, signing, &delegate, permissions, &keys, now).await?;
                }
            }
            Ok(draft)
        })
    }

    /// Gives new keys to those entities that nothing opens but a key that was given back. Whether there are some of which only
    /// other keys were given back than those committed to.
    fn reseal_returned<'a>(
        &'a self,
        log: &'a VaultLog,
        ids: BTreeSet<Id>,
        own: &'a mut Own<'_>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<bool>> {
        Box::pin(async move {
            let party = self.party(Actor::Person, control).await?;
            let keys = self.vault_keys(&party, log).await?;
            let ids: Vec<Id> = ids.into_iter().collect();
            let (mut done, mut wrong) = (0, false);
            for chunk in ids.chunks(MAXIMUM_ENTITIES) {
                control.check()?;
                let found = self.fetch(Actor::Person, chunk, Some(log.vault()), control).await?;
                let only_returned = |found: &&Found| {
                    let state = &found.entity.state;
                    let before = log.owner_at(state.key_log).fingerprint() != self.identity.fingerprint();
                    let opens = |key: &VaultKey| key.name().is_of(state.compartment, state.epoch);
                    before && found.body().is_ok() && !keys.iter().any(opens)
                };
                let changes: Vec<Change> = found.iter().flatten().filter(only_returned).map(reseal).collect();
                if !changes.is_empty() {
                    self.apply_in_turn(Actor::Person, changes, own, &Accept::Nobody, control).await?;
                }
                wrong |= found.iter().flatten().any(|found| found.body().is_err());
                done += chunk.len() as u64;
                control.report(done, ids.len() as u64);
            }
            Ok(wrong)
        })
    }

    /// What can be read of the own record, and what cannot.
    fn count<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<Restored>> {
        Box::pin(async move {
            let party = self.party(Actor::Person, control).await?;
            let (mut restored, mut seen) = (Restored::default(), BTreeSet::new());
            let mut after = None;
            loop {
                control.check()?;
                let limit = Some(MAXIMUM_ENTITIES as u64);
                let Page { found, next } =
                    self.page(&party, Query { limit, after, ..Query::default() }, control).await?;
                for found in found.into_iter().filter(|found| seen.insert(found.entity.id)) {
                    restored.entities += 1;
                    let lost = match found.entity.state.compartment {
                        _ if found.body().is_ok() => &mut restored.readable,
                        Compartment::Data => &mut restored.lost.data,
                        Compartment::Notes => &mut restored.lost.notes,
                        Compartment::Private => &mut restored.lost.private,
                    };
                    *lost += 1;
                }
                after = next;
                if after.is_none() {
                    return Ok(restored);
                }
            }
        })
    }

    /// Gives those their access again who had it when the keys were lost: to what can be read of what they had. One request.
    ///
    /// # Errors
    /// [`Error::NotVerified`] with those who have not been verified on this device, [`Error::NotFound`] when somebody had no
    /// access.
    pub fn restore_access<'a>(&'a self, ids: &'a [String], control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let party = self.party(Actor::Person, control).await?;
            self.ask(&party, &[], ids.to_vec(), control).await?;
            self.in_vault(None, control, async |vault, _| self.grant_again(vault, ids, control).await).await
        })
    }

    fn grant_again<'a>(
        &'a self,
        vault: &'a mut Vault,
        ids: &'a [String],
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let before = self.before(&vault.log);
            let mut again: Vec<(Delegate, Permissions, Vec<VaultKey>)> = Vec::new();
            for id in ids.iter().filter(|id| vault.log.standing(id).is_none()) {
                let had = vault.log.standing_at(id, before).ok_or(Error::NotFound)?.grant;
                let delegate = self.known.borrow().directory.delegate(id).ok_or(Error::NotFound)?;
                again.push((delegate, had.permissions, newest(&vault.log, &had.keys, &vault.keys)));
            }
            let delegates: Vec<Delegate> = again.iter().map(|(delegate, ..)| delegate.clone()).collect();
            self.may_seal_to(&delegates, &Accept::Nobody).await?;
            let (now, signing) = (self.platform.now(), self.identity.signing());
            let mut draft = vault.log.clone();
            for (delegate, permissions, keys) in &again {
                draft.grant(&self.engine, signing, delegate, *permissions, keys, now).await?;
            }
            if again.is_empty() { Ok(()) } else { self.send_log(vault, draft, control).await }
        })
    }
}

/// With whom something was shared as a whole when the log had that many entries.
fn delegates(log: &VaultLog, number: u64) -> Vec<String> {
    log.standings_at(number).into_iter().map(|standing| standing.grant.delegate.clone()).collect()
}

/// The newest versions of keys with these names, as far as they are held.
fn newest(log: &VaultLog, names: &[KeyName], held: &[VaultKey]) -> Vec<VaultKey> {
    let newest = log.newest_versions_of(names);
    newest.iter().filter_map(|name| held.iter().find(|key| key.name() == *name).cloned()).collect()
}
