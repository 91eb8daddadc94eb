//! Reading many records.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::vault::{Actor, Vault};
use super::{Control, Session, Store, Transport};
use crate::Id;
use crate::error::Result;
use crate::keys::Clinic;

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

impl<T: Transport, S: Store> Session<T, S> {
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
    /// [`NotFound`](crate::Error::NotFound) when the platform does not serve the vault, [`Tampered`](crate::Error::Tampered) when
    /// anything does not fit.
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
