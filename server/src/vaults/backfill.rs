//! What follows from the revisions and the logs of databases from before single entities.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tidelock::Id;
use tidelock::records::{EntityState, Header, Manifest, Revision, Step};
use tidelock::sharing::{ChainName, VaultLog};
use tidelock::signed::Unverified;
use tidelock_crypto::{Digest, cbor, merkle};

use super::load;
use super::log::follow_persons;
use crate::error::Failure;
use crate::storage::entities::Entity;
use crate::storage::{Connection, Database, chores, clinic_keys, entities, vault_logs, writes};

/// How many entities one transaction is about.
const ENTITIES: i64 = 1_000;

/// Does what migrations left to be done. It can be interrupted, and goes on when the server starts again.
///
/// # Errors
/// The database's, and of stored things that cannot be read.
pub(crate) async fn backfill(database: &Database) -> Result<(), Failure> {
    derive_entities(database).await?;
    keep_clinics(database).await?;
    let mut transaction = database.write().await?;
    if chores::is_left(&mut transaction, chores::GRANTS).await? {
        for vault in vault_logs::vaults(&mut transaction).await? {
            if let Some(log) = load(&mut transaction, &vault).await? {
                follow_persons(&mut transaction, &log).await?;
            }
        }
        chores::done(&mut transaction, chores::GRANTS).await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Keeps what clinics publish now.
async fn keep_clinics(database: &Database) -> Result<(), Failure> {
    let mut transaction = database.write().await?;
    if !chores::is_left(&mut transaction, chores::CLINIC_HISTORY).await? {
        return Ok(());
    }
    for clinic in clinic_keys::all(&mut transaction).await? {
        if let Some(bundle) = clinic_keys::find(&mut transaction, &clinic).await? {
            clinic_keys::keep(&mut transaction, &clinic, &bundle).await?;
        }
    }
    chores::done(&mut transaction, chores::CLINIC_HISTORY).await?;
    Ok(transaction.commit().await?)
}

/// Derives the entities that are not there yet.
async fn derive_entities(database: &Database) -> Result<(), Failure> {
    let mut transaction = database.write().await?;
    if !chores::is_left(&mut transaction, chores::ENTITIES).await? {
        return Ok(());
    }
    let mut after = (String::new(), None);
    loop {
        let missing = entities::missing(&mut transaction, (&after.0, after.1.as_ref()), ENTITIES).await?;
        let Some((vault, id)) = missing.last().cloned() else { break };
        for of_vault in missing.chunk_by(|one, next| one.0 == next.0) {
            let ids: Vec<Id> = of_vault.iter().map(|(_, id)| *id).collect();
            if let Some((vault, _)) = of_vault.first() {
                derive(&mut transaction, vault, &ids).await?;
            }
        }
        transaction.commit().await?;
        transaction = database.write().await?;
        after = (vault, Some(id));
    }
    chores::done(&mut transaction, chores::ENTITIES).await?;
    Ok(transaction.commit().await?)
}

/// A write as far as its entities are concerned.
struct Under {
    manifest: Manifest,
    chain: Arc<ChainName>,
    batch: Option<Id>,
    taken: i64,
}

async fn derive(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<(), Failure> {
    let Some(log) = load(connection, vault).await? else { return Ok(()) };
    let revisions = writes::revisions(connection, vault, ids).await?;
    let cursors: BTreeSet<i64> = revisions.iter().map(|revision| revision.cursor).collect();
    let cursors: Vec<i64> = cursors.into_iter().collect();
    let mut writes_by_cursor = BTreeMap::new();
    for stored in writes::manifests(connection, vault, &cursors).await? {
        let manifest = Unverified::<Manifest>::decode(&stored.manifest)?.claims().clone();
        let chain = Arc::new(manifest.chain());
        writes_by_cursor.insert(stored.cursor, Under { manifest, chain, batch: stored.batch, taken: stored.taken });
    }
    let (mut derived, mut links): (Vec<Entity>, Vec<(Digest, Id)>) = (Vec::new(), Vec::new());
    for revisions in revisions.chunk_by(|one, next| one.entity == next.entity) {
        match replay(vault, &log, &writes_by_cursor, revisions) {
            Ok((entity, header)) => {
                links.extend(header.links.into_iter().map(|link| (link, entity.id)));
                derived.push(entity);
            }
            // Clients refuse such an entity, too. Nobody is kept from the others by it.
            Err(error) => tracing::warn!(%error, vault, "an entity that does not hold is left out"),
        }
    }
    entities::put(connection, &derived).await?;
    let links: Vec<(&Digest, Id)> = links.iter().map(|(link, id)| (link, *id)).collect();
    Ok(entities::add_links(connection, vault, &links).await?)
}

fn replay(
    vault: &str,
    log: &VaultLog,
    writes: &BTreeMap<i64, Under>,
    revisions: &[writes::StoredRevision],
) -> Result<(Entity, Header), Box<tidelock::Error>> {
    // Nobody had a second identity then.
    let same = |before: &Digest, now: &Digest| before == now;
    let mut state: Option<EntityState> = None;
    let mut last = None;
    for stored in revisions {
        let under = writes.get(&stored.cursor).ok_or(tidelock::Error::NotFound)?;
        let header = Header::decode(&stored.header)?;
        let leaf = cbor::decode(&stored.leaf)?;
        let revision = Revision { leaf, rev: merkle::leaf_hash(&stored.leaf), header: Some(header) };
        let step = Step { log, manifest: &under.manifest, chain: &under.chain, batch: under.batch, same: &same };
        state = Some(EntityState::next(state.as_ref(), &revision, None, &step)?);
        last = Some((stored, under.taken, revision.header));
    }
    let (Some(state), Some((stored, taken, Some(header)))) = (state, last) else {
        return Err(tidelock::Error::NotFound.into());
    };
    Ok((Entity { vault: vault.to_owned(), id: stored.entity, cursor: stored.cursor, taken, state }, header))
}
