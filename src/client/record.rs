//! Writing many records, and reading them back.

use std::collections::BTreeMap;

use tidelock_crypto::{Digest, SecretKey};

use super::vault::{Actor, PERSON, Vault};
use super::{Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, Compartment};
use crate::records::{Draft, LinkSecret, OpenedEntity, PATIENT, link};
use crate::wire::{MAXIMUM_BYTES, MAXIMUM_ITEMS};

/// A record to be written.
#[derive(Clone, Debug)]
pub struct NewRecord {
    /// Where an imported record comes from, such as a device and a time: the same source is never stored twice.
    pub source: Option<String>,
    /// For a record with an id of the caller's: the id, and the revision that is to be replaced, base64url, or nothing
    /// for a new one. It is never left alone.
    pub entity: Option<(Id, String)>,
    /// The `Patient` record to which it is linked; without one the vault's own, or where it was linked before.
    pub parent: Option<Id>,
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
    /// The new revisions, sorted by id.
    pub revisions: Vec<(Id, Digest)>,
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

/// Which records are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of one type.
    All,
    /// Those with these ids, in this order, as far as they exist.
    Ids(Vec<Id>),
    /// Those that are linked to this `Patient` record, or without one, to the vault's own.
    ChildrenOf(Option<Id>),
}

/// Room that one record takes in a request beyond its own body: header, leaf, tag and framing, generously.
const OVERHEAD: usize = 768;

impl<T: Transport, S: Store> Session<T, S> {
    /// Writes records of one type into the own vault, or as a clinic into a patient's.
    ///
    /// Records that are there already, by their source, are left alone, so that an import which was interrupted is
    /// simply repeated. Progress counts records. What was sent before an error or a cancellation stays.
    ///
    /// # Errors
    /// [`Error::Aborted`] after a cancellation, [`Error::TooLarge`] when one record alone exceeds what a request may have,
    /// [`Error::Conflict`], with the current revision, when another one was to be replaced, and without it, when somebody
    /// else was faster, [`Error::NotFound`] when there is no such entity or parent.
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
            let (true, Some(details)) = (remembered.unwritten().await?, remembered.details().await?) else {
                return Ok(());
            };
            // The source gives the record the id that it has in each vault, so that it is not written twice.
            let source = Some(PERSON.to_owned());
            let record = NewRecord { source, entity: None, parent: None, body: details.to_patient_json()? };
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
        // Those with ids come together; patients are kept in any case.
        let kept = if records.first().is_some_and(|record| record.entity.is_some()) { kind } else { PATIENT };
        self.keep(vault, kept, control).await?;
        let total = records.len() as u64;
        let mut drafts: BTreeMap<Id, Draft> = BTreeMap::new();
        let mut already_there = 0;
        for NewRecord { source, entity, parent, body } in records {
            if body.len() + OVERHEAD > MAXIMUM_BYTES {
                return Err(Error::TooLarge.into());
            }
            let id = match (&source, clinic, &entity) {
                (_, _, Some((id, _))) => *id,
                (Some(source), None, _) if vault.log.vault() == self.account.id => {
                    vault.id_of_source(source.as_bytes())?
                }
                (Some(source), clinic, _) => {
                    vault.id_of_others_source(clinic.map_or(&self.account.id, Clinic::id), source)?
                }
                _ => Id::random()?,
            };
            let replaces = vault.history.entity(&id);
            if entity.is_none() && (replaces.is_some() || drafts.contains_key(&id)) {
                already_there += 1;
                continue;
            }
            let rev = entity.map(|(_, rev)| rev).unwrap_or_default();
            let (links, secrets) = place(vault, &id, kind, rev, parent)?;
            drafts.insert(id, Draft { replaces, ..Draft::record(id, kind, body, links, secrets)? });
        }
        control.report(already_there, total);

        let mut revisions = Vec::new();
        let mut chunk = Vec::new();
        let mut size = 0;
        let mut drafts = drafts.into_values();
        loop {
            let next = drafts.next();
            let length = next.as_ref().map_or(MAXIMUM_BYTES, |next| next.body_size() + OVERHEAD);
            if !chunk.is_empty() && (chunk.len() == MAXIMUM_ITEMS || size + length > MAXIMUM_BYTES) {
                control.check()?;
                let drafts = std::mem::take(&mut chunk);
                revisions.extend(self.write(vault, clinic, Compartment::Data, drafts, control).await?);
                size = 0;
                control.report(already_there + revisions.len() as u64, total);
            }
            let Some(next) = next else { break };
            size += length;
            chunk.push(next);
        }
        Ok(Imported { created: revisions.len() as u64, already_there, revisions })
    }

    /// Reads all records of one type of the own vault, or as a clinic of a patient's, each in its newest revision.
    ///
    /// Every record has been verified against its author's signature and the owner's log. Progress counts records; the
    /// total is not known before the end.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the platform does not serve the vault, [`Error::Tampered`] when anything does not fit.
    pub async fn read_records(
        &self,
        vault: Option<&str>,
        actor: Actor<'_>,
        kind: &str,
        control: &Control,
    ) -> Result<Vec<ReadRecord>> {
        self.select_records(vault, actor, kind, Selection::All, control).await
    }

    /// Reads some records of one type, like [`read_records`](Self::read_records). Progress is reported of long readings
    /// only, not of those by id.
    ///
    /// # Errors
    /// See [`read_records`](Self::read_records); [`Error::NotFound`] when the vault has no such parent.
    pub async fn select_records(
        &self,
        vault: Option<&str>,
        actor: Actor<'_>,
        kind: &str,
        selection: Selection,
        control: &Control,
    ) -> Result<Vec<ReadRecord>> {
        let place = self.place(vault, actor)?;
        self.in_vault(place, control, async |vault, _| self.select(vault, kind, selection, control).await).await
    }

    async fn select(
        &self,
        vault: &mut Vault,
        kind: &str,
        selection: Selection,
        control: &Control,
    ) -> Result<Vec<ReadRecord>> {
        let mut records = Vec::new();
        if let Selection::Ids(ids) = selection {
            self.keep(vault, kind, control).await?;
            for id in ids {
                if let Ok(OpenedEntity { rev, content, .. }) = vault.entity(&id, kind) {
                    records.push(ReadRecord { id, rev: rev.to_string(), body: content.body().to_vec() });
                }
            }
            return Ok(records);
        }
        let mut read = vault.restarted(vec![kind.to_owned()]);
        self.read_writes(&mut read, control, true).await?;
        let mut links = Vec::new();
        if let Selection::ChildrenOf(parent) = &selection {
            let parent = parent.or(read.patient).ok_or(Error::NotFound)?;
            let secrets = read.entity(&parent, PATIENT)?.content.link_secrets();
            links.extend(secrets.iter().map(|secret| link(secret, kind)));
        }
        for OpenedEntity { header, rev, content } in read.kept.into_values() {
            if header.kind == kind
                && (selection == Selection::All || header.links.iter().any(|link| links.contains(link)))
            {
                records.push(ReadRecord { id: header.entity, rev: rev.to_string(), body: content.into_body() });
            }
        }
        control.report(records.len() as u64, records.len() as u64);
        Ok(records)
    }
}

/// The place of a record beside others: the links to where it belongs, and the secrets for those that belong to
/// it. `rev` is the revision that is to be replaced; empty for a new entity.
fn place(
    vault: &Vault,
    id: &Id,
    kind: &str,
    rev: String,
    parent: Option<Id>,
) -> Result<(Vec<Digest>, Option<Vec<LinkSecret>>)> {
    let mut secret = vault.link_secret.as_ref();
    if let Some(parent) = &parent {
        secret = vault.entity(parent, PATIENT)?.content.link_secrets().last();
    }
    let mut secrets = None;
    match vault.history.entity(id).map(|(_, current)| current.to_string()) {
        // A patient belongs to no other.
        None if rev.is_empty() && kind == PATIENT => return Ok((Vec::new(), Some(vec![SecretKey::random()?]))),
        None if rev.is_empty() => {}
        None => return Err(Error::NotFound.into()),
        Some(current) if rev == current => {
            let OpenedEntity { header, content, .. } = vault.entity(id, kind)?;
            // Only what stands in this compartment is written so far, and nothing is moved by the way.
            if header.compartment != Compartment::Data {
                return Err(Error::Unsupported.into());
            }
            secrets = Some(content.link_secrets().to_vec());
            if parent.is_none() {
                return Ok((header.links.clone(), secrets));
            }
        }
        current => return Err(Error::Conflict { current }.into()),
    }
    Ok((secret.into_iter().map(|secret| link(secret, kind)).collect(), secrets))
}
