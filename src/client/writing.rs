//! Writing many records.

use std::collections::BTreeMap;

use tidelock_crypto::{SecretKey, cbor};

use super::both::both;
use super::plan::OVERHEAD;
use super::vault::{Actor, PERSON, Vault};
use super::{Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, Compartment};
use crate::records::{Capacity, Draft, PATIENT, Scribe, WrapTo, Write, link};
use crate::sharing::ChainName;
use crate::wire::{self, MAXIMUM_BYTES, MAXIMUM_ITEMS, Written};

/// A record to be written.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Where an imported record comes from, such as a device and a time: the same source is never stored twice.
    pub source: Option<String>,
    /// The record: UTF-8 JSON.
    pub body: Vec<u8>,
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many records were written.
    pub created: u64,
    /// How many were there before.
    pub already_there: u64,
}

/// How many records are dealt with before others may have their turn.
const PIECE: usize = 250;

impl<T: Transport, S: Store> Session<T, S> {
    /// Writes records of one type into the own vault, or as a clinic into a patient's.
    ///
    /// Records that are there already, by their source, are left alone, so that an import which was interrupted is
    /// simply repeated. Progress counts records. What was sent before an error or a cancellation stays.
    ///
    /// # Errors
    /// [`Error::Aborted`] after a cancellation, [`Error::TooLarge`] when one record alone exceeds what a request may have,
    /// [`Error::Conflict`] when somebody else was faster.
    // It is in the deferred part of the module.
    pub fn write_records<'a>(
        &'a self,
        vault: Option<&'a str>,
        actor: Actor<'a>,
        kind: &'a str,
        records: Vec<NewRecord>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Imported>> {
        Box::pin(async move {
            let place = self.place(vault, actor)?;
            let write = async |vault: &mut Vault, clinic: Option<&Clinic>| {
                self.write_all(vault, clinic, kind, records, control).await
            };
            self.in_vault(place, control, write).await
        })
    }

    /// Writes who the owner is into her own vault: the record to which all others link.
    pub(super) fn write_person<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let remembered = self.remembered();
            let Some(details) = remembered.details().await? else { return Ok(()) };
            // The source gives the record the id that it has in each vault, so that it is not written twice.
            let source = Some(PERSON.to_owned());
            let record = NewRecord { source, body: details.to_patient_json()? };
            self.platform.deferred().await?;
            self.write_records(None, Actor::Person, self.person_kind(), vec![record], control).await?;
            remembered.put_unwritten(false).await
        })
    }

    async fn write_all(
        &self,
        vault: &mut Vault,
        clinic: Option<&Clinic>,
        kind: &str,
        records: Vec<NewRecord>,
        control: &Control,
    ) -> Result<Imported> {
        self.catch_up(vault, control).await?;
        if vault.log.vault() == self.account.id && self.known.borrow().directory.any_outdated(&vault.log) {
            self.settle(vault, control).await?;
        }
        let total = records.len() as u64;
        let mut drafts: BTreeMap<Id, Draft> = BTreeMap::new();
        let mut already_there = 0;
        for (index, NewRecord { source, body }) in records.into_iter().enumerate() {
            if index % PIECE == 0 {
                self.platform.rest().await;
            }
            if body.len() + OVERHEAD > MAXIMUM_BYTES {
                return Err(Error::TooLarge.into());
            }
            let id = match (source, clinic) {
                (None, _) => Id::random()?,
                (Some(source), None) if vault.log.vault() == self.account.id => {
                    vault.id_of_source(source.as_bytes())?
                }
                (Some(source), clinic) => {
                    vault.id_of_others_source(clinic.map_or(&self.account.id, Clinic::id), &source)?
                }
            };
            if vault.history.entity(&id).is_some() || drafts.contains_key(&id) {
                already_there += 1;
                continue;
            }
            // A patient belongs to no other.
            let draft = match &vault.link_secret {
                _ if kind == PATIENT => Draft::record(id, kind, body, Vec::new(), Some(vec![SecretKey::random()?])),
                Some(secret) => Draft::record(id, kind, body, vec![link(secret, kind)], None),
                None => Draft::record(id, kind, body, Vec::new(), None),
            };
            drafts.insert(id, draft?);
        }
        control.report(already_there, total);
        let report = |created| control.report(already_there + created, total);
        let created = self.write_drafts(vault, clinic, drafts, &report, control).await?;
        Ok(Imported { created, already_there })
    }

    /// Writes drafts in as many writes as they need. While one is on its way, the next one is sealed. How many were written.
    async fn write_drafts(
        &self,
        vault: &mut Vault,
        clinic: Option<&Clinic>,
        drafts: BTreeMap<Id, Draft>,
        report: &dyn Fn(u64),
        control: &Control,
    ) -> Result<u64> {
        let mut created = 0;
        let mut parts = parts(drafts).into_iter();
        let Some(mut part) = parts.next() else { return Ok(created) };
        let mut sealed = self.seal(vault, clinic, part.clone(), None, control).await?;
        loop {
            control.check()?;
            let next = parts.next();
            let sending = self.send(vault, &sealed, control);
            let (sent, sealed_next) = match &next {
                Some(next) => {
                    let (sent, sealed_next) =
                        both(sending, self.seal(vault, clinic, next.clone(), Some(&sealed), control)).await;
                    (sent, Some(sealed_next))
                }
                None => (sending.await, None),
            };
            created += part.len() as u64;
            let goes_on = match sent {
                Ok(written) => {
                    self.take_over(vault, clinic, &sealed, &written, control).await?;
                    sealed_next
                }
                Err(error)
                    if *error == Error::Conflict { current: None } && self.is_outdated(vault, control).await? =>
                {
                    let again = self.seal(vault, clinic, part, None, control).await?;
                    let written = self.send(vault, &again, control).await?;
                    self.take_over(vault, clinic, &again, &written, control).await?;
                    // What was sealed to come after a write that was refused comes after nothing.
                    None
                }
                Err(error) => return Err(error),
            };
            report(created);
            let Some(following) = next else { return Ok(created) };
            sealed = match goes_on {
                Some(sealed) => sealed?,
                None => self.seal(vault, clinic, following.clone(), None, control).await?,
            };
            part = following;
        }
    }

    /// Seals and signs one write into an open vault: after all that was written into it, or after another that is on its way.
    fn seal<'a>(
        &'a self,
        vault: &'a Vault,
        clinic: Option<&'a Clinic>,
        drafts: Vec<Draft>,
        after: Option<&'a Write>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Write>> {
        Box::pin(async move {
            let capacity = clinic.map(Capacity::from);
            let in_name_of = clinic.map_or(self.account.id.as_str(), Clinic::id);
            let chain = ChainName { author: self.account.id.clone(), capacity: in_name_of.to_owned() };
            let (size, root) = vault.history.chain_after(&chain, after)?;
            let scribe = Scribe { identity: &self.identity, capacity: capacity.as_ref(), size, root };
            let key = vault.current_key(Compartment::Data)?;
            let party = self.party(Actor::Person, control).await?;
            let epoch = key.name().epoch;
            let identities = self.entitled(&party, &vault.log, Compartment::Data, epoch, control).await?;
            let to = match identities.is_empty() {
                true => WrapTo::VaultKey(key),
                false => WrapTo::Identities(Compartment::Data, &identities),
            };
            self.platform.rest().await;
            scribe.write(&self.engine, &vault.log, Some(to), drafts, self.platform.now()).await
        })
    }

    /// Sends a write.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the platform has something newer.
    fn send<'a>(
        &'a self,
        vault: &'a Vault,
        write: &'a Write,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Written>> {
        Box::pin(async move {
            self.platform.rest().await;
            let path = [wire::PREFIX, "/vaults/", vault.log.vault(), "/writes"].concat();
            let answer = self.send_signed(vault.log.vault(), path, false, cbor::encode(write), control).await?;
            self.known.borrow_mut().forget_chains();
            Ok(cbor::decode(&answer)?)
        })
    }

    /// Whether somebody has left a clinic that has a grant of the vault, since that was looked at last; settles the own vault.
    fn is_outdated<'a>(&'a self, vault: &'a mut Vault, control: &'a Control) -> LocalPending<'a, Result<bool>> {
        Box::pin(async move {
            self.known.borrow_mut().directory.forget_clinics();
            let party = self.party(Actor::Person, control).await?;
            self.know_clinics(&party, &vault.log, control).await?;
            let outdated = self.known.borrow().directory.any_outdated(&vault.log);
            if outdated && vault.log.vault() == self.account.id {
                self.settle(vault, control).await?;
            }
            Ok(outdated)
        })
    }
}

/// Drafts in the order of their ids, in parts that fit into a write each.
fn parts(drafts: BTreeMap<Id, Draft>) -> Vec<Vec<Draft>> {
    let mut parts: Vec<Vec<Draft>> = Vec::new();
    let mut size = 0;
    for draft in drafts.into_values() {
        let length = draft.body_size() + OVERHEAD;
        match parts.last_mut() {
            Some(part) if part.len() < MAXIMUM_ITEMS && size + length <= MAXIMUM_BYTES => {
                size += length;
                part.push(draft);
            }
            _ => {
                size = length;
                parts.push(vec![draft]);
            }
        }
    }
    parts
}
