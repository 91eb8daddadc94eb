//! Writing many records, and reading them back.

use std::collections::BTreeMap;

use super::vault::{Actor, Vault};
use super::{Control, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, Compartment};
use crate::records::{Draft, OpenedEntity, link};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many records are new.
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

/// Room that one record takes in a request beyond its own body: header, leaf, tag and framing, generously.
const OVERHEAD: usize = 768;

impl<T: Transport, S: Store> Session<T, S> {
    /// Writes records of one type into the own vault, or as a clinic into a patient's.
    ///
    /// Records that are there already, by their source, are left alone, so that an import which was interrupted is
    /// simply repeated. Progress counts records. What was sent before an error or a cancellation stays.
    ///
    /// # Errors
    /// [`Error::Aborted`] after a cancellation, [`Error::TooLarge`] when one record alone exceeds what a request may have.
    pub async fn write_records(
        &self,
        vault: Option<&str>,
        actor: Actor<'_>,
        kind: &str,
        records: Vec<NewRecord>,
        control: &Control,
    ) -> Result<Imported> {
        let own = vault.is_none_or(|vault| vault == self.account.id);
        match (own, actor) {
            (true, Actor::Person) => {
                self.with_own(control, async |vault| self.write_all(vault, None, kind, records, control).await).await
            }
            (false, Actor::Clinic(clinic)) => {
                let (mut vault, clinic) = self.open_shared(vault.unwrap_or_default(), clinic, control).await?;
                self.write_all(&mut vault, Some(&clinic), kind, records, control).await
            }
            _ => Err(Error::Unsupported.into()),
        }
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
        let total = records.len() as u64;
        let links: Vec<_> = vault.link_secret.iter().map(|secret| link(secret, kind)).collect();
        let mut drafts: BTreeMap<Id, Draft> = BTreeMap::new();
        let mut already_there = 0;
        for NewRecord { source, body } in records {
            if body.len() + OVERHEAD > MAXIMUM_BYTES {
                return Err(Error::TooLarge.into());
            }
            let id = match (&source, clinic) {
                (Some(source), None) => vault.id_of_source(source.as_bytes())?,
                (Some(source), Some(clinic)) => vault.id_of_clinics_source(clinic.id(), source)?,
                _ => Id::random()?,
            };
            if vault.history.entity(&id).is_some() || drafts.contains_key(&id) {
                already_there += 1;
                continue;
            }
            let links = links.clone();
            drafts.insert(id, Draft::record(id, kind, body, links, None)?);
        }
        control.report(already_there, total);

        let mut created = 0;
        let mut chunk = Vec::new();
        let mut size = 0;
        let mut drafts = drafts.into_values().peekable();
        while let Some(draft) = drafts.next() {
            size += draft.body_size() + OVERHEAD;
            chunk.push(draft);
            let full = drafts
                .peek()
                .is_none_or(|next| chunk.len() == MAXIMUM_ITEMS || size + next.body_size() + OVERHEAD > MAXIMUM_BYTES);
            if full {
                control.check()?;
                let count = chunk.len() as u64;
                self.write(vault, clinic, Compartment::Data, std::mem::take(&mut chunk), control).await?;
                size = 0;
                created += count;
                control.report(already_there + created, total);
            }
        }
        Ok(Imported { created, already_there })
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
        let own = vault.is_none_or(|vault| vault == self.account.id);
        match (own, actor) {
            (true, Actor::Person) => {
                self.with_own(control, async |vault| self.read_entities(vault, control, &|found| found == kind).await)
                    .await
            }
            (false, Actor::Clinic(clinic)) => {
                let (vault, _) = self.open_shared(vault.unwrap_or_default(), clinic, control).await?;
                self.read_entities(&vault, control, &|found| found == kind).await
            }
            _ => Err(Error::Unsupported.into()),
        }
    }

    /// Reads a vault's writes from the beginning and keeps the newest revision of what is wanted.
    pub(super) async fn read_entities(
        &self,
        vault: &Vault,
        control: &Control,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<ReadRecord>> {
        let mut fresh = vault.restarted();
        let mut newest: BTreeMap<Id, ReadRecord> = BTreeMap::new();
        let mut count = 0;
        let mut sink = |entity: OpenedEntity| {
            let OpenedEntity { header, rev, content } = entity;
            let record = ReadRecord { id: header.entity, rev: rev.to_string(), body: content.into_body() };
            newest.insert(header.entity, record);
            count += 1;
            if count % 1_000 == 0 {
                control.report(count, 0);
            }
        };
        self.read_writes(&mut fresh, control, wanted, &mut sink).await?;
        control.report(count, count);
        Ok(newest.into_values().collect())
    }
}
