//! Writes: what vaults hold, in the order in which it came, with every revision.

use futures_util::TryStreamExt as _;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use tidelock::Id;
use tidelock::records::{Batch, Item, Write};
use tidelock::sharing::ChainName;
use tidelock::wire::StoredWrite;
use tidelock_crypto::cbor::List;
use tidelock_crypto::{Digest, cbor};

use super::entities::id;
use super::rows::{self, Value, damaged};
use super::{Connection, batches};

/// One revision that a write adds.
#[derive(Clone, Copy, Debug)]
pub struct Revision<'a> {
    /// The entity.
    pub entity: Id,
    /// The number of the revision, from 1.
    pub sequence: i64,
    /// The hash of its leaf: its `rev`.
    pub rev: &'a Digest,
    /// Leaf, header and ciphertext.
    pub item: &'a Item,
}

/// The place of the write with this manifest, if it is stored.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, vault: &str, manifest: &Digest) -> Result<Option<i64>, sqlx::Error> {
    let row = sqlx::query("SELECT cursor FROM writes WHERE vault = $1 AND manifest_hash = $2")
        .bind(vault)
        .bind(manifest.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Stores a write, and answers its place in the vault's sequence of changes.
///
/// # Errors
/// The database's own.
pub async fn insert(
    connection: &mut Connection,
    vault: &str,
    (chain, number, digest): (&ChainName, i64, &Digest),
    write: &Write,
    revisions: &[Revision<'_>],
    now: i64,
) -> Result<i64, sqlx::Error> {
    let cursor: i64 = sqlx::query(
        "INSERT INTO vaults (vault, cursor) VALUES ($1, 1)
         ON CONFLICT (vault) DO UPDATE SET cursor = vaults.cursor + 1 RETURNING cursor",
    )
    .bind(vault)
    .fetch_one(&mut *connection)
    .await?
    .try_get(0)?;
    let bytes: usize = revisions.iter().map(|revision| size(revision.item)).sum();
    sqlx::query(
        "INSERT INTO writes (vault, cursor, author, capacity, number, manifest_hash, manifest, batch, created, bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(vault)
    .bind(cursor)
    .bind(&chain.author)
    .bind(&chain.capacity)
    .bind(number)
    .bind(digest.as_bytes().as_slice())
    .bind(write.manifest.as_slice())
    // A column that is never null: nothing is what is absent.
    .bind(write.batch.as_ref().map(|batch| cbor::encode(batch)).unwrap_or_default())
    .bind(now)
    .bind(i64::try_from(bytes).map_err(damaged)?)
    .execute(&mut *connection)
    .await?;
    let mut positions = 0_i64..;
    for revisions in rows::chunks(revisions, 9) {
        let statement = "INSERT INTO revisions (vault, entity, sequence, cursor, position, leaf, leaf_hash, header, ciphertext) VALUES {}";
        let mut query = rows::insert(statement, revisions.len(), 9);
        for (revision, position) in revisions.iter().zip(&mut positions) {
            query = query
                .bind(vault)
                .bind(revision.entity.as_bytes().as_slice())
                .bind(revision.sequence)
                .bind(cursor)
                .bind(position)
                .bind(revision.item.leaf.as_slice())
                .bind(revision.rev.as_bytes().as_slice())
                .bind(revision.item.header.as_deref().map(Vec::as_slice).unwrap_or_default())
                .bind(revision.item.sealed.as_deref().map(Vec::as_slice).unwrap_or_default());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(cursor)
}

fn size(item: &Item) -> usize {
    let parts = [Some(&item.leaf), item.header.as_ref(), item.sealed.as_ref()];
    parts.into_iter().flatten().map(|part| part.len()).sum()
}

/// The places of the writes after a cursor, at most `limit`, with the bytes that the items of each had when it came.
///
/// # Errors
/// The database's own.
pub async fn after(
    connection: &mut Connection,
    vault: &str,
    cursor: i64,
    limit: i64,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query("SELECT cursor, bytes FROM writes WHERE vault = $1 AND cursor > $2 ORDER BY cursor LIMIT $3")
        .bind(vault)
        .bind(cursor)
        .bind(limit)
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}

/// The writes after one place up to another, in order.
///
/// # Errors
/// The database's own.
pub async fn between(
    connection: &mut Connection,
    vault: &str,
    after: i64,
    last: i64,
) -> Result<Vec<StoredWrite>, sqlx::Error> {
    let mut writes = sqlx::query(
        "SELECT cursor, manifest, batch FROM writes WHERE vault = $1 AND cursor > $2 AND cursor <= $3 ORDER BY cursor",
    )
    .bind(vault)
    .bind(after)
    .bind(last)
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(|row| {
        let manifest = row.try_get::<Vec<u8>, _>(1)?.into();
        let write = Write { manifest, batch: batch(row.try_get(2)?)?, items: Vec::new() };
        Ok(StoredWrite { cursor: place(row)?, write, added: List::default() })
    })
    .collect::<Result<Vec<_>, sqlx::Error>>()?;

    let mut items = sqlx::query(
        "SELECT cursor, leaf, header, ciphertext FROM revisions
         WHERE vault = $1 AND cursor > $2 AND cursor <= $3 ORDER BY cursor, position",
    )
    .bind(vault)
    .bind(after)
    .bind(last)
    .fetch(&mut *connection);
    let mut growing = writes.iter_mut().peekable();
    while let Some(row) = items.try_next().await? {
        let cursor = place(&row)?;
        while growing.next_if(|stored| stored.cursor < cursor).is_some() {}
        let Some(stored) = growing.peek_mut().filter(|stored| stored.cursor == cursor) else {
            return Err(damaged("an item without its write"));
        };
        let [leaf, header, sealed] = [1, 2, 3].map(|column| row.try_get::<Vec<u8>, usize>(column));
        let there = |bytes: Vec<u8>| (!bytes.is_empty()).then(|| bytes.into());
        let item = Item { leaf: leaf?.into(), header: there(header?), sealed: there(sealed?), wraps: List::default() };
        stored.write.items.push(item);
    }
    drop(items);

    let ids: Vec<Id> = writes.iter().filter_map(|stored| Some(stored.write.batch.as_ref()?.id)).collect();
    for (id, wrap) in batches::added(connection, vault, &ids).await? {
        let of_batch = |stored: &&mut StoredWrite| stored.write.batch.as_ref().is_some_and(|batch| batch.id == id);
        if let Some(stored) = writes.iter_mut().find(of_batch) {
            stored.added.0.push(wrap);
        }
    }
    Ok(writes)
}

/// The column in which the place of a write stands, where it is the first.
fn place(row: &AnyRow) -> Result<u64, sqlx::Error> {
    u64::try_from(row.try_get::<i64, _>(0)?).map_err(damaged)
}

/// A leaf with its place.
#[derive(Clone, Debug)]
pub struct PlacedLeaf {
    /// The entity.
    pub entity: Id,
    /// The number of the revision.
    pub sequence: i64,
    /// The place of its write.
    pub cursor: i64,
    /// The place of the leaf in its write, from 0.
    pub position: i64,
    /// The encoded leaf.
    pub leaf: Vec<u8>,
}

/// All leaves of some entities, those of one entity in order.
///
/// # Errors
/// The database's own.
pub async fn leaves(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<Vec<PlacedLeaf>, sqlx::Error> {
    let statement = "SELECT entity, sequence, cursor, position, leaf FROM revisions
         WHERE vault = $1 AND entity IN ({}) ORDER BY entity, sequence";
    rows::select(connection, statement, &[vault.into()], ids)
        .await?
        .iter()
        .map(|row| {
            Ok(PlacedLeaf {
                entity: id(row, 0)?,
                sequence: row.try_get(1)?,
                cursor: row.try_get(2)?,
                position: row.try_get(3)?,
                leaf: row.try_get(4)?,
            })
        })
        .collect()
}

/// The newest content of some entities that are not deleted.
const CONTENTS: &str = "FROM entities JOIN revisions ON revisions.vault = entities.vault
     AND revisions.entity = entities.entity AND revisions.sequence = entities.content_sequence
     WHERE entities.vault = $1 AND entities.deleted = 0 AND entities.entity IN ({})";

/// How many bytes the newest contents of some entities have together.
///
/// # Errors
/// The database's own.
pub async fn size_of_contents(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<i64, sqlx::Error> {
    let statement = format!("SELECT COALESCE(SUM(LENGTH(revisions.ciphertext)), 0) {CONTENTS}");
    let parts = rows::select(connection, &statement, &[vault.into()], ids).await?;
    parts.iter().try_fold(0_i64, |size, part| Ok(size.saturating_add(part.try_get(0)?)))
}

/// Header and ciphertext of the newest content of some entities that are not deleted, in any order.
///
/// # Errors
/// The database's own.
pub async fn contents(
    connection: &mut Connection,
    vault: &str,
    ids: &[Id],
) -> Result<Vec<(Id, Vec<u8>, Vec<u8>)>, sqlx::Error> {
    let statement = format!("SELECT entities.entity, revisions.header, revisions.ciphertext {CONTENTS}");
    // Contents can be large: each row goes as soon as it is read.
    rows::select(connection, &statement, &[vault.into()], ids)
        .await?
        .into_iter()
        .map(|row| Ok((id(&row, 0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect()
}

/// Erases the ciphertexts of some entities; headers and leaves stay, because readers hash them.
///
/// # Errors
/// The database's own.
pub async fn erase(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<(), sqlx::Error> {
    let statement = "UPDATE revisions SET ciphertext = $2 WHERE vault = $1 AND entity IN ({})";
    rows::execute(connection, statement, &[vault.into(), Value::Bytes(Vec::new())], ids).await
}

/// A write without its items.
#[derive(Clone, Debug)]
pub struct SignedManifest {
    /// The place of the write.
    pub cursor: i64,
    /// When the platform took it, in milliseconds since the epoch.
    pub taken: i64,
    /// The signed manifest.
    pub manifest: Vec<u8>,
    /// The id of its batch, if it has one.
    pub batch: Option<Id>,
}

fn signed_manifest(row: &AnyRow) -> Result<SignedManifest, sqlx::Error> {
    let batch = batch(row.try_get(3)?)?.map(|batch| batch.id);
    Ok(SignedManifest { cursor: row.try_get(0)?, taken: row.try_get(1)?, manifest: row.try_get(2)?, batch })
}

/// A column that is empty where a write has no batch.
fn batch(bytes: &[u8]) -> Result<Option<Batch>, sqlx::Error> {
    (!bytes.is_empty()).then(|| cbor::decode(bytes)).transpose().map_err(damaged)
}

/// The manifests at some places, in order.
///
/// # Errors
/// The database's own.
pub async fn manifests(
    connection: &mut Connection,
    vault: &str,
    cursors: &[i64],
) -> Result<Vec<SignedManifest>, sqlx::Error> {
    let statement =
        "SELECT cursor, created, manifest, batch FROM writes WHERE vault = $1 AND cursor IN ({}) ORDER BY cursor";
    rows::select(connection, statement, &[vault.into()], cursors).await?.iter().map(signed_manifest).collect()
}

/// The manifests of a chain after a number, in order, at most `limit`.
///
/// # Errors
/// The database's own.
pub async fn chain(
    connection: &mut Connection,
    vault: &str,
    chain: &ChainName,
    after: i64,
    limit: i64,
) -> Result<Vec<SignedManifest>, sqlx::Error> {
    sqlx::query(
        "SELECT cursor, created, manifest, batch FROM writes
         WHERE vault = $1 AND author = $2 AND capacity = $3 AND number > $4 ORDER BY number LIMIT $5",
    )
    .bind(vault)
    .bind(&chain.author)
    .bind(&chain.capacity)
    .bind(after)
    .bind(limit)
    .fetch_all(connection)
    .await?
    .iter()
    .map(signed_manifest)
    .collect()
}

/// The leaf hashes of the writes at some places, in order.
///
/// # Errors
/// The database's own.
pub async fn leaf_hashes(
    connection: &mut Connection,
    vault: &str,
    cursors: &[i64],
) -> Result<Vec<(i64, Digest)>, sqlx::Error> {
    let statement =
        "SELECT cursor, leaf_hash FROM revisions WHERE vault = $1 AND cursor IN ({}) ORDER BY cursor, position";
    rows::select(connection, statement, &[vault.into()], cursors)
        .await?
        .iter()
        .map(|row| {
            let hash: &[u8] = row.try_get(1)?;
            Ok((row.try_get(0)?, Digest::from_bytes(hash.try_into().map_err(damaged)?)))
        })
        .collect()
}

/// A revision without its ciphertext.
#[derive(Clone, Debug)]
pub struct StoredRevision {
    /// The entity.
    pub entity: Id,
    /// The place of its write.
    pub cursor: i64,
    /// The encoded leaf.
    pub leaf: Vec<u8>,
    /// The encoded header.
    pub header: Vec<u8>,
}

/// All revisions of some entities, those of one entity in order.
///
/// # Errors
/// The database's own.
pub async fn revisions(
    connection: &mut Connection,
    vault: &str,
    ids: &[Id],
) -> Result<Vec<StoredRevision>, sqlx::Error> {
    let statement = "SELECT entity, cursor, leaf, header FROM revisions WHERE vault = $1 AND entity IN ({})
         ORDER BY entity, sequence";
    rows::select(connection, statement, &[vault.into()], ids)
        .await?
        .iter()
        .map(|row| {
            Ok(StoredRevision {
                entity: id(row, 0)?,
                cursor: row.try_get(1)?,
                leaf: row.try_get(2)?,
                header: row.try_get(3)?,
            })
        })
        .collect()
}
