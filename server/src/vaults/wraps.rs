//! Wrapping batches to newer vault keys.

use tidelock::keys::Compartment;
use tidelock::records::Wrap;
use tidelock::sharing::VaultLog;
use tidelock::wire::{AddedWraps, BatchWraps, ConflictKind};

use super::burnt::Clinics;
use super::load;
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::{Connection, batches};

/// The most batches of one request.
const MAXIMUM_BATCHES: usize = 1_000;

/// Stores wraps that batches lack. What a batch is wrapped to already is passed over.
///
/// # Errors
/// `conflict` when somebody who lost access holds a key, `not_found` when there is no such batch, `invalid_input` when a wrap is
/// not one to the newest key of the batch's compartment and epoch.
pub(crate) async fn add_wraps(app: &App, account: &str, vault: &str, new: &AddedWraps) -> Result<(), Failure> {
    if new.batches.len() > MAXIMUM_BATCHES {
        return Err(Failure::too_large());
    }
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, account, Action::AddWraps, Resource::of(vault)).await?;
    let missing = || Failure::not_found("not found");
    let log = load(&mut transaction, vault).await?.ok_or_else(missing)?;
    let burnt = Clinics::default().burnt(&mut transaction, &log).await?;
    for batch in &new.batches {
        add(&mut transaction, &log, &burnt, batch).await?;
        if account == vault {
            batches::set_wrapped(&mut transaction, vault, Some(&batch.batch)).await?;
        }
    }
    let event = Event {
        at: app.now(),
        actor: account.to_owned(),
        action: Action::AddWraps.name(),
        subject: vault.to_owned(),
        clinic: String::new(),
        outcome: "done",
    };
    audit::insert(&mut transaction, &event).await?;
    Ok(transaction.commit().await?)
}

async fn add(
    connection: &mut Connection,
    log: &VaultLog,
    burnt: &[(Compartment, u32)],
    new: &BatchWraps,
) -> Result<(), Failure> {
    let missing = || Failure::not_found("not found");
    let epoch = batches::epoch(connection, log.vault(), &new.batch).await?.ok_or_else(missing)?;
    let found = batches::find(connection, log.vault(), &[new.batch]).await?;
    let batch = found.first().ok_or_else(missing)?;
    let mut position = batches::added(connection, log.vault(), &[new.batch]).await?.len();
    let mut known: Vec<_> = batch.wraps.iter().filter_map(Wrap::vault_key).copied().collect();
    for wrap in &new.wraps {
        let Wrap::Vault { key, .. } = wrap else {
            return Err(Failure::bad_request("wraps are added to vault keys only"));
        };
        if log.is_exposed(key) || burnt.contains(&(key.compartment, key.epoch)) {
            let message = "somebody who lost access holds this vault key; read the log again";
            return Err(Failure::moved_on(ConflictKind::Key, message));
        }
        if key.compartment != batch.compartment || log.newest_version(batch.compartment, epoch) != Some(*key) {
            return Err(Failure::bad_request(
                "a wrap to a key that is not the newest of the batch's compartment and epoch",
            ));
        }
        if !known.contains(key) {
            let place = i64::try_from(position).map_err(Failure::internal)?;
            batches::add(connection, log.vault(), &new.batch, place, wrap).await?;
            known.push(*key);
            position += 1;
        }
    }
    Ok(())
}
