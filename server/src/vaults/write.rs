//! Taking in one write.

use tidelock::keys::{Clinic, Compartment, IdentityStatement};
use tidelock::records::{self, Batch, Capacity, Header, Manifest, Write};
use tidelock::sharing::VaultLog;
use tidelock::signed::Unverified;
use tidelock::wire::MAXIMUM_ITEMS;
use tidelock_crypto::{Digest, merkle};

use super::load;
use crate::authority::{self, Action, Resource};
use crate::error::{Failure, Refusal};
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::writes::{self, Revision};
use crate::storage::{Connection, chains, clinic_keys, clinics, identities, patients};

/// Verifies and stores a write by `account` into `vault`, and answers its place. The same write again is answered with the
/// place that it has.
///
/// # Errors
/// `conflict` when the log, a clinic head, the author's chain or an entity has moved on; `tampered` when something in the write
/// does not hold; `forbidden` when the log does not allow it.
pub(crate) async fn store(app: &App, account: &str, vault: &str, write: &Write) -> Result<i64, Failure> {
    if write.items.len() > MAXIMUM_ITEMS {
        return Err(Failure::too_large());
    }
    // Hashing what came in needs no database; nobody waits for it.
    let parsed = write.parse()?;
    let claims = parsed.manifest.claims().clone();
    let Some(batch) = write.batch.as_ref().filter(|_| parsed.revisions.iter().all(is_whole_record)) else {
        return Err(Failure::bad_request("this platform takes whole records only"));
    };
    let digest = parsed.manifest.digest();
    let leaf = merkle::leaf_hash(parsed.manifest.payload());

    let mut transaction = app.write().await?;
    authority::require(&mut transaction, account, Action::WriteVault, Resource::of(vault)).await?;
    if claims.vault != vault || claims.author != account {
        return Err(Failure::bad_request("the manifest names another vault or another author"));
    }
    if let Some(cursor) = writes::find(&mut transaction, vault, &digest).await? {
        return Ok(cursor);
    }
    verify_author(app, &mut transaction, parsed.manifest).await?;
    let Some(log) = load(&mut transaction, vault).await? else {
        return Err(Failure::not_found("the owner of this vault has published no identity"));
    };
    authorise(app, &mut transaction, &log, &claims, batch).await?;

    let chain = claims.chain();
    let mut frontier = chains::find(&mut transaction, vault, &chain).await?;
    if claims.number != frontier.size() + 1 || claims.previous != frontier.root() {
        return Err(Failure::conflict("the author's chain of manifests has gone on; read the vault again"));
    }
    let by_owner = claims.author == vault && claims.capacity.is_none();
    let mut revisions = Vec::with_capacity(write.items.len());
    for (records::Revision { leaf, rev, header }, item) in parsed.revisions.iter().zip(&write.items) {
        let sequence = i64::try_from(leaf.sequence).map_err(|_| Failure::bad_request("sequence too large"))?;
        let newest = writes::newest(&mut transaction, vault, leaf.entity.as_bytes()).await?;
        let follows = match (&newest, &leaf.previous) {
            (None, None) => true,
            (Some((number, hash, _)), Some(previous)) => {
                sequence == number + 1 && hash.as_slice() == previous.as_bytes().as_slice()
            }
            _ => false,
        };
        if !follows {
            return Err(Failure::conflict(format!("entity {} has another revision; read it again", leaf.entity)));
        }
        if let (Some((_, _, replaced)), Some(header)) = (&newest, header) {
            let replaced = Header::decode(replaced)?;
            if !header.may_replace(&replaced.kind, replaced.compartment, by_owner) {
                return Err(Failure::forbidden("an entity keeps its type, and only the owner moves it"));
            }
        }
        revisions.push(Revision { entity: leaf.entity.as_bytes(), sequence, rev, item });
    }
    frontier.push(leaf);
    chains::put(&mut transaction, vault, &chain, &frontier).await?;
    let number = i64::try_from(claims.number).map_err(Failure::internal)?;
    let name = (&chain, number, &digest);
    let cursor = writes::insert(&mut transaction, vault, name, write, &revisions, app.now()).await?;
    if account != vault {
        let event = Event {
            at: app.now(),
            actor: account.to_owned(),
            action: Action::WriteVault.name(),
            subject: vault.to_owned(),
            clinic: chain.capacity,
            outcome: "done",
        };
        audit::insert(&mut transaction, &event).await?;
    }
    transaction.commit().await?;
    Ok(cursor)
}

/// Whether a revision is a record under a new key, of an entity that nobody has but who has the vault.
fn is_whole_record(revision: &records::Revision) -> bool {
    let leaf = &revision.leaf;
    leaf.has_new_key() && leaf.added.is_empty() && leaf.revoked.is_empty() && leaf.moved_from.is_none()
}

/// The manifest is signed by its author's identity as it is now.
async fn verify_author(app: &App, connection: &mut Connection, manifest: Unverified<Manifest>) -> Result<(), Failure> {
    let Some(statement) = identities::newest(connection, &manifest.claims().author).await? else {
        return Err(Failure::not_found("the author has published no identity"));
    };
    let statement = Unverified::<IdentityStatement>::decode(&statement)?.trust();
    if manifest.claims().fingerprint != statement.digest() {
        return Err(Failure::conflict("the author has a newer identity"));
    }
    manifest.verify(app.engine(), &statement.body().signing).await?;
    Ok(())
}

/// The platform's own records and the signed log both allow the write, in the capacity that it names.
async fn authorise(
    app: &App,
    connection: &mut Connection,
    log: &VaultLog,
    manifest: &Manifest,
    batch: &Batch,
) -> Result<(), Failure> {
    if manifest.log_number != log.number() || manifest.log_head != log.head() {
        return Err(Failure::conflict("the vault's log has gone on; read it again"));
    }
    let compartment = batch.compartment;
    for wrap in &batch.wraps {
        if wrap.vault_key().is_none_or(|key| key.compartment != compartment || log.is_exposed(key)) {
            return Err(Failure::conflict("somebody who lost access holds this vault key; read the log again"));
        }
    }
    let fingerprint = match &manifest.capacity {
        None if manifest.author == log.vault() => return Ok(()),
        None => manifest.fingerprint,
        Some(capacity) => in_the_name_of(app, connection, log, manifest, capacity, compartment).await?,
    };
    let chain = manifest.chain();
    if log.permissions_at(&chain.capacity, &fingerprint, manifest.log_number).may_write(compartment) {
        Ok(())
    } else {
        Err(Failure::forbidden("the vault's log does not allow this write"))
    }
}

/// The clinic has the patient, with the permission; the author is one of its people; and the head he saw is the newest.
async fn in_the_name_of(
    app: &App,
    connection: &mut Connection,
    log: &VaultLog,
    manifest: &Manifest,
    capacity: &Capacity,
    compartment: Compartment,
) -> Result<Digest, Failure> {
    let refused = || {
        Failure::Refused(Refusal {
            actor: manifest.author.clone(),
            action: Action::WriteVault.name(),
            subject: log.vault().to_owned(),
            clinic: capacity.clinic.clone(),
        })
    };
    let member = clinics::find_member(connection, &capacity.clinic, &manifest.author).await?;
    let patient = patients::find(connection, &capacity.clinic, log.vault()).await?;
    let allowed = patient.is_some_and(|patient| patient.permissions.to_signed().may_write(compartment));
    if member.is_none() || !allowed {
        return Err(refused());
    }
    let bundle = clinic_keys::find(connection, &capacity.clinic).await?.ok_or_else(refused)?;
    let clinic = Clinic::open(app.engine(), &bundle, &capacity.clinic, &app.config().public_url).await?;
    if capacity.root != clinic.fingerprint() || capacity.head != clinic.head().digest() {
        return Err(Failure::conflict("the clinic has a newer head; read it again"));
    }
    if clinic.member(&manifest.author, &manifest.fingerprint).is_none() {
        return Err(refused());
    }
    Ok(clinic.fingerprint())
}
