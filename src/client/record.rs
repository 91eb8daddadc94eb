//! Writing many records, and reading them back.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tidelock_crypto::SecretKey;

use super::plan::OVERHEAD;
use super::vault::{Actor, PERSON, Vault};
use super::{Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, Compartment};
use crate::records::{Draft, PATIENT, link};
use crate::wire::{MAXIMUM_BYTES, MAXIMUM_ITEMS};

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

/// A record that was read: verified and opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRecord {
    /// The entity's id.
    pub id: Id,
    /// The entity's revision, base64url.
    pub rev: String,
    /// The record: UTF-8 JSON.
    pub body: Vec<u8>,
}

/// Some of the records that are read.
#[derive(Clone, Debug, Default)]
pub struct ReadRecords {
    /// New ones, and those that have another revision than before.
    pub records: Vec<ReadRecord>,
    /// Those that were handed over before, and are not there any more.
    pub removed: Vec<Id>,
}

/// Takes records that were read.
pub type HandOver<'a> = &'a dyn Fn(ReadRecords);

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

    /// Writes who the owner is into her own vault, if that has not been done: the record to which all others link.
    pub(super) fn write_person<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let remembered = self.remembered();
            if !remembered.unwritten().await? {
                return Ok(());
            }
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

        let mut created = 0;
        let mut chunk = Vec::new();
        let mut size = 0;
        let mut drafts = drafts.into_values();
        loop {
            let next = drafts.next();
            let length = next.as_ref().map_or(MAXIMUM_BYTES, |next| next.body_size() + OVERHEAD);
            if !chunk.is_empty() && (chunk.len() == MAXIMUM_ITEMS || size + length > MAXIMUM_BYTES) {
                control.check()?;
                let drafts = std::mem::take(&mut chunk);
                created += drafts.len() as u64;
                match self.write(vault, clinic, Compartment::Data, drafts.clone(), control).await {
                    Err(error)
                        if *error == Error::Conflict { current: None } && self.is_outdated(vault, control).await? =>
                    {
                        self.write(vault, clinic, Compartment::Data, drafts, control).await?;
                    }
                    written => written?,
                }
                size = 0;
                control.report(already_there + created, total);
            }
            let Some(next) = next else { break };
            size += length;
            chunk.push(next);
        }
        Ok(Imported { created, already_there })
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

    /// Reads all records of one type of the own vault, or as a clinic of a patient's, each in its newest revision.
    ///
    /// # Errors
    /// See [`read_records_in_pieces`](Self::read_records_in_pieces).
    pub async fn read_records(
        &self,
        vault: Option<&str>,
        actor: Actor<'_>,
        kind: &str,
        control: &Control,
    ) -> Result<Vec<ReadRecord>> {
        let records = RefCell::new(BTreeMap::new());
        let take = |read: ReadRecords| {
            let mut records = records.borrow_mut();
            for id in read.removed {
                records.remove(&id);
            }
            records.extend(read.records.into_iter().map(|record| (record.id, record)));
        };
        self.read_records_in_pieces(vault, actor, kind, &take, control).await?;
        Ok(records.into_inner().into_values().collect())
    }

    /// Reads all records of one type of the own vault, or as a clinic of a patient's, and hands them over as they are opened:
    /// in the order in which they were written, since what an author wrote is verified from the beginning on. One that was
    /// changed later is handed over again, as it is then, and one that was deleted later is said to be removed.
    ///
    /// Every record that is handed over has been verified against its author's signature and the owner's log. That nothing is
    /// missing is known when this ends without an error. Progress counts records; the total is not known before the end.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the platform does not serve the vault, [`Error::Tampered`] when anything does not fit.
    pub async fn read_records_in_pieces(
        &self,
        vault: Option<&str>,
        actor: Actor<'_>,
        kind: &str,
        hand_over: HandOver<'_>,
        control: &Control,
    ) -> Result<()> {
        let place = self.place(vault, actor)?;
        let read = async |vault: &mut Vault, _: Option<&Clinic>| {
            let mut read = vault.restarted(Some(kind.to_owned()));
            self.read_writes(&mut read, control, Some(hand_over)).await?;
            let count = read.kept.len() as u64;
            control.report(count, count);
            Ok(())
        };
        self.in_vault(place, control, read).await
    }
}
