//! Vault keys that somebody has who has left a clinic: nothing is written under them, and nothing is sealed to the clinic's older
//! keys.

use std::collections::BTreeMap;

use tidelock::keys::{Compartment, DataOwnerKind};
use tidelock::records::{EntityState, Wrap, Write};
use tidelock::sharing::VaultLog;
use tidelock::wire::ConflictKind;
use tidelock_crypto::Digest;

use crate::error::Failure;
use crate::storage::{Connection, clinic_keys};

/// How clinics are now that a write has to do with.
#[derive(Debug, Default)]
pub(super) struct Clinics(BTreeMap<String, Option<clinic_keys::Newest>>);

fn moved_on() -> Failure {
    Failure::moved_on(ConflictKind::ClinicHead, "a clinic has newer keys; read them again")
}

impl Clinics {
    /// Reads how those of some data owners are now that are clinics: one statement, however many they are.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn read(&mut self, connection: &mut Connection, ids: &[&str]) -> Result<(), Failure> {
        let unknown: Vec<&str> = ids.iter().filter(|id| !self.0.contains_key(**id)).copied().collect();
        let mut newest = clinic_keys::newest_statements(connection, &unknown).await?;
        self.0.extend(unknown.into_iter().map(|id| (id.to_owned(), newest.remove(id))));
        Ok(())
    }

    /// The newest statement of one that was read, if it is a clinic with keys.
    fn newest(&self, id: &str) -> Option<clinic_keys::Newest> {
        self.0.get(id).copied().flatten()
    }

    /// The compartments and epochs whose keys are burnt: they are granted to a clinic under a statement that is not its newest.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn burnt(
        &mut self,
        connection: &mut Connection,
        log: &VaultLog,
    ) -> Result<Vec<(Compartment, u32)>, Failure> {
        let mut grants: Vec<_> = log.standings().into_iter().map(|standing| standing.grant).collect();
        grants.retain(|grant| grant.kind == DataOwnerKind::Clinic);
        self.read(connection, &grants.iter().map(|grant| &*grant.delegate).collect::<Vec<_>>()).await?;
        grants.retain(|grant| self.newest(&grant.delegate).is_some_and(|newest| newest.digest != grant.statement));
        Ok(grants.iter().flat_map(|grant| grant.keys.iter().map(|key| (key.compartment, key.epoch))).collect())
    }

    /// Nothing is wrapped to keys that are burnt, nor to a clinic's older keys. Answers whether the batch is wrapped to identities
    /// only because of that.
    ///
    /// # Errors
    /// `conflict` when something is; otherwise the database's.
    pub(super) async fn check_batch(
        &mut self,
        connection: &mut Connection,
        log: &VaultLog,
        write: &Write,
    ) -> Result<bool, Failure> {
        let Some(batch) = &write.batch else { return Ok(false) };
        let burnt = self.burnt(connection, log).await?;
        let recipients = batch.wraps.iter().filter_map(|wrap| match wrap {
            Wrap::Identity { recipient, .. } => Some(recipient.as_str()),
            Wrap::Vault { .. } | Wrap::DropBox { .. } => None,
        });
        self.read(connection, &recipients.collect::<Vec<_>>()).await?;
        for wrap in &batch.wraps {
            match wrap {
                Wrap::Identity { recipient, statement, .. } => self.check(connection, recipient, statement).await?,
                Wrap::Vault { key, .. } | Wrap::DropBox { key, .. }
                    if burnt.contains(&(key.compartment, key.epoch)) =>
                {
                    return Err(moved_on());
                }
                _ => {}
            }
        }
        let is_burnt = burnt.iter().any(|(compartment, _)| *compartment == batch.compartment);
        Ok(is_burnt && batch.wraps.iter().all(|wrap| wrap.vault_key().is_none()))
    }

    /// What is sealed to a clinic is sealed to its newest statement.
    ///
    /// # Errors
    /// `conflict` when it is not; otherwise the database's.
    pub(super) async fn check(
        &mut self,
        connection: &mut Connection,
        recipient: &str,
        statement: &Digest,
    ) -> Result<(), Failure> {
        self.read(connection, &[recipient]).await?;
        match self.newest(recipient) {
            Some(newest) if newest.digest != *statement => Err(moved_on()),
            _ => Ok(()),
        }
    }

    /// No content keeps a key that somebody may have who has left a clinic: one under a burnt vault key, or one that a clinic got
    /// singly which somebody has ever left.
    ///
    /// # Errors
    /// `conflict` when it would; otherwise the database's.
    pub(super) async fn check_kept(
        &mut self,
        connection: &mut Connection,
        log: &VaultLog,
        before: &EntityState,
    ) -> Result<(), Failure> {
        if self.burnt(connection, log).await?.contains(&(before.compartment, before.epoch)) {
            return Err(moved_on());
        }
        let clinics = before.delegations.iter().filter(|standing| standing.kind == DataOwnerKind::Clinic);
        let clinics: Vec<&str> = clinics.map(|standing| &*standing.delegate).collect();
        self.read(connection, &clinics).await?;
        if clinics.iter().any(|clinic| self.newest(clinic).is_some_and(|newest| newest.version > 1)) {
            return Err(moved_on());
        }
        Ok(())
    }
}
