//! New keys for entities whose keys somebody has who lost access.

use super::change::{Change, Own, What};
use super::fetch::{Found, Page, Query};
use super::trust::Accept;
use super::{Actor, Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::Result;
use crate::keys::Compartment;
use crate::sharing::VaultLog;
use crate::wire::MAXIMUM_ENTITIES;

/// What came of giving entities new keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// How many have new keys.
    pub done: u64,
    /// How many could not be opened, and have not.
    pub left: u64,
}

/// How often a chunk is begun anew of which somebody else has changed something.
const ATTEMPTS: u32 = 4;

pub(super) fn reseal(found: &Found) -> Change {
    let entity = &found.entity;
    let rev = Some(entity.state.rev.to_string());
    Change { id: Some(entity.id), rev, vault: Some(entity.vault.clone()), what: What::Reseal }
}

/// Whether anybody ever lost access to anything of a vault as a whole.
fn has_lost(log: &VaultLog) -> bool {
    Compartment::ALL.into_iter().any(|compartment| log.lost(compartment, 0, log.number()))
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Gives new keys to entities of the own vault of which somebody lost his delegation with the grant of who had given it.
    /// Until then such an entity could still be written under the old log by who lost it, together with the platform.
    pub(super) fn settle_entities<'a>(
        &'a self,
        own: &'a mut Own<'_>,
        spared: &'a [Id],
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let log = self.log_of(&self.account.id, control).await?;
            if !has_lost(&log) {
                return Ok(());
            }
            let party = self.party(Actor::Person, control).await?;
            loop {
                let limit = Some(MAXIMUM_ENTITIES as u64);
                let due = Query { due: true, limit, ..Query::default() };
                let found = self.page(&party, due, control).await?.found;
                let due = |found: &&Found| {
                    found.entity.state.due && found.body().is_ok() && !spared.contains(&found.entity.id)
                };
                let changes: Vec<Change> = found.iter().filter(due).map(reseal).collect();
                if changes.is_empty() {
                    return Ok(());
                }
                self.apply_in_turn(Actor::Person, changes, own, &Accept::Nobody, control).await?;
            }
        })
    }

    /// Gives new keys to all entities of the own vault whose keys somebody has who lost access, or to all; what they say stays
    /// as it is, and who wrote it. Progress counts entities. When it is interrupted, it is simply called again.
    ///
    /// # Errors
    /// [`Error::Aborted`](crate::Error::Aborted) after a cancellation; [`Error::Conflict`](crate::Error::Conflict) when others keep changing the same entities.
    pub fn reseal<'a>(&'a self, all: bool, control: &'a Control) -> LocalPending<'a, Result<Resealed>> {
        Box::pin(async move {
            let party = self.party(Actor::Person, control).await?;
            let (mut done, mut left): (Vec<Id>, u64) = (Vec::new(), 0);
            let mut after = None;
            loop {
                control.check()?;
                let limit = Some(MAXIMUM_ENTITIES as u64);
                let query = Query { limit, after, ..Query::default() };
                let Page { mut found, next } = self.page(&party, query, control).await?;
                let log = self.log_of(&self.account.id, control).await?;
                // What has got a new key is listed again, after everything else.
                found.retain(|found| {
                    let needed = all || found.entity.state.needs_key(&log);
                    needed && done.binary_search(&found.entity.id).is_err()
                });
                left += found.iter().filter(|found| found.body().is_err()).count() as u64;
                found.retain(|found| found.body().is_ok());
                self.reseal_chunk(&found, control).await?;
                for found in &found {
                    done.insert(done.partition_point(|id| *id < found.entity.id), found.entity.id);
                }
                control.report(done.len() as u64, 0);
                after = next;
                if after.is_none() {
                    return Ok(Resealed { done: done.len() as u64, left });
                }
            }
        })
    }

    fn reseal_chunk<'a>(&'a self, found: &'a [Found], control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let mut changes: Vec<Change> = found.iter().map(reseal).collect();
            let mut attempt = 1;
            while !changes.is_empty() {
                match self.apply(Actor::Person, changes, &Accept::Nobody, control).await {
                    Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                    outcome => return outcome.map(drop),
                }
                // Somebody has changed one of them meanwhile, or deleted it: with its new revision, it is among them again.
                let ids: Vec<_> = found.iter().map(|found| found.entity.id).collect();
                let now = self.fetch(Actor::Person, &ids, None, control).await?;
                let unchanged = |now: &&Found| {
                    let before = found.iter().find(|found| found.entity.id == now.entity.id);
                    before.is_some_and(|before| before.entity.state.key_sequence == now.entity.state.key_sequence)
                };
                changes = now.iter().flatten().filter(unchanged).map(reseal).collect();
            }
            Ok(())
        })
    }
}
