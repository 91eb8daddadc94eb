//! Taking in one write.

use std::collections::BTreeSet;
use std::sync::Arc;

use tidelock::keys::{Clinic, DataOwnerKind};
use tidelock::records::{Capacity, Manifest, Parsed, Write};
use tidelock::sharing::VaultLog;
use tidelock::signed::Unverified;
use tidelock::wire::{ConflictKind, MAXIMUM_ITEMS};
use tidelock_crypto::merkle;

use super::change::{Change, Signed, Taken, apply, judge};
use super::identities::newest;
use super::load;
use crate::authority::{self, Action, Resource};
use crate::error::{Failure, Refusal};
use crate::events::{self, Kind};
use crate::permissions::Permissions;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::{Connection, batches, chains, clinic_keys, clinics, patients, people, writes};

/// Verifies and stores a write by `account` into `vault`, and answers its place. The same write again is answered with the
/// place that it has.
///
/// # Errors
/// `conflict` when the log, a clinic head, the author's chain, an entity or a key has moved on; `tampered` when something in
/// the write does not hold; `forbidden` when the log and the entities' delegations do not allow it.
pub(crate) async fn store(app: &App, account: &str, vault: &str, write: &Write) -> Result<i64, Failure> {
    if write.items.len() > MAXIMUM_ITEMS {
        return Err(Failure::too_large());
    }
    // Hashing what came in needs no database; nobody waits for it.
    let Parsed { manifest, revisions } = write.parse()?;
    if !write.is_complete(&revisions) {
        return Err(Failure::bad_request("a content or the wraps for delegates are missing"));
    }
    let claims = manifest.claims().clone();
    let digest = manifest.digest();
    let hash = merkle::leaf_hash(manifest.payload());

    let mut transaction = app.write().await?;
    authority::require(&mut transaction, account, Action::WriteVault, Resource::of(vault)).await?;
    if claims.vault != vault || claims.author != account {
        return Err(Failure::bad_request("the manifest names another vault or another author"));
    }
    if let Some(cursor) = writes::find(&mut transaction, vault, &digest).await? {
        return Ok(cursor);
    }
    verify_author(app, &mut transaction, manifest).await?;
    let Some(log) = load(&mut transaction, vault).await? else {
        return Err(Failure::not_found("the owner of this vault has published no identity"));
    };
    if claims.log_number != log.number() || claims.log_head != log.head() {
        return Err(Failure::moved_on(ConflictKind::Log, "the vault's log has gone on; read it again"));
    }
    let record = match &claims.capacity {
        None if account == vault => None,
        // Of a person, too, the owner can narrow or end without a signature what she granted.
        None => Some(
            people::find(&mut transaction, vault, account).await?.map(|share| share.permissions).unwrap_or_default(),
        ),
        Some(capacity) => in_the_name_of(app, &mut transaction, &claims, capacity).await?,
    };
    let chain = Arc::new(claims.chain());
    let mut frontier = chains::find(&mut transaction, vault, &chain).await?;
    if claims.number != frontier.size() + 1 || claims.previous != frontier.root() {
        let message = "the author's chain of manifests has gone on; read it again";
        return Err(Failure::moved_on(ConflictKind::Chain, message));
    }
    let signed = Signed { log: &log, manifest: &claims, chain: &chain, write, record };
    let changes = judge(&mut transaction, signed, &revisions).await?;

    frontier.push(hash);
    chains::put(&mut transaction, vault, &chain, &frontier).await?;
    let number = i64::try_from(claims.number).map_err(Failure::internal)?;
    let now = app.now();
    let stored: Vec<_> = changes.iter().map(Change::stored).collect::<Result<_, Failure>>()?;
    let cursor = writes::insert(&mut transaction, vault, (&chain, number, &digest), write, &stored, now).await?;
    let epoch = changes.iter().find_map(Change::new_epoch);
    if let Some((batch, epoch)) = write.batch.as_ref().zip(epoch)
        && !batches::insert(&mut transaction, vault, &batch.id, cursor, epoch).await?
    {
        return Err(Failure::bad_request("there is a batch with this id"));
    }
    let readers = readers(&mut transaction, &log, &changes).await?;
    apply(&mut transaction, Taken { vault, actor: account, cursor, at: now }, changes).await?;
    let readers: Vec<&str> = readers.iter().map(String::as_str).collect();
    events::tell_data_owners(&mut transaction, &readers, Kind::Record, vault).await?;
    if account != vault {
        let event = Event {
            at: now,
            actor: account.to_owned(),
            action: Action::WriteVault.name(),
            subject: vault.to_owned(),
            clinic: chain.capacity.clone(),
            outcome: "done",
        };
        audit::insert(&mut transaction, &event).await?;
    }
    transaction.commit().await?;
    Ok(cursor)
}

/// Who may read what has changed: the vault's owner, whoever has a grant, and those to whom one of the entities is delegated.
async fn readers(
    connection: &mut Connection,
    log: &VaultLog,
    changes: &[Change<'_>],
) -> Result<BTreeSet<String>, Failure> {
    let mut readers = BTreeSet::from([log.vault().to_owned()]);
    readers.extend(changes.iter().flat_map(Change::delegates).map(str::to_owned));
    for standing in log.standings() {
        let delegate = &standing.grant.delegate;
        // A clinic has to have accepted.
        if standing.grant.kind != DataOwnerKind::Clinic
            || patients::find(connection, delegate, log.vault()).await?.is_some()
        {
            readers.insert(delegate.clone());
        }
    }
    Ok(readers)
}

/// The manifest is signed by its author's identity as it is now.
async fn verify_author(app: &App, connection: &mut Connection, manifest: Unverified<Manifest>) -> Result<(), Failure> {
    let Some(statement) = newest(connection, &manifest.claims().author).await? else {
        return Err(Failure::not_found("the author has published no identity"));
    };
    if manifest.claims().fingerprint != statement.digest() {
        return Err(Failure::moved_on(ConflictKind::Identity, "the author has a newer identity"));
    }
    manifest.verify(app.engine(), &statement.body().signing).await?;
    Ok(())
}

/// The author is one of the clinic's people, and the head he saw is the newest. Answers what the platform has on record for
/// the clinic in that vault, if it is not the clinic's own.
async fn in_the_name_of(
    app: &App,
    connection: &mut Connection,
    manifest: &Manifest,
    capacity: &Capacity,
) -> Result<Option<Permissions>, Failure> {
    let refused = || {
        Failure::Refused(Refusal {
            actor: manifest.author.clone(),
            action: Action::WriteVault.name(),
            subject: manifest.vault.clone(),
            clinic: capacity.clinic.clone(),
        })
    };
    clinics::find_member(connection, &capacity.clinic, &manifest.author).await?.ok_or_else(refused)?;
    let bundle = clinic_keys::find(connection, &capacity.clinic).await?.ok_or_else(refused)?;
    let clinic = Clinic::open(app.engine(), &bundle, &capacity.clinic, &app.config().public_url).await?;
    if capacity.root != clinic.fingerprint() || capacity.head != clinic.head().digest() {
        return Err(Failure::moved_on(ConflictKind::ClinicHead, "the clinic has a newer head; read it again"));
    }
    clinic.member(&manifest.author, &manifest.fingerprint).ok_or_else(refused)?;
    if capacity.clinic == manifest.vault {
        return Ok(None);
    }
    let patient = patients::find(connection, &capacity.clinic, &manifest.vault).await?;
    Ok(Some(patient.map(|patient| patient.permissions).unwrap_or_default()))
}
