//! Writes: what vaults hold, in the order in which it came, with every revision.

use sqlx::Row as _;
use tidelock::records::{Batch, Item, Write};
use tidelock::sharing::ChainName;
use tidelock::wire::StoredWrite;
use tidelock_crypto::cbor::List;
use tidelock_crypto::{Digest, cbor};

use super::Connection;

/// One revision that a write adds.
#[derive(Clone, Copy, Debug)]
pub struct Revision<'a> {
    /// The entity.
    pub entity: &'a [u8; tidelock::ID_SIZE],
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

/// Number, hash and header of an entity's newest revision.
///
/// # Errors
/// The database's own.
pub async fn newest(
    connection: &mut Connection,
    vault: &str,
    entity: &[u8; tidelock::ID_SIZE],
) -> Result<Option<(i64, Vec<u8>, Vec<u8>)>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT sequence, leaf_hash, header FROM revisions WHERE vault = $1 AND entity = $2 ORDER BY sequence DESC LIMIT 1",
    )
    .bind(vault)
    .bind(entity.as_slice())
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))).transpose()
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
    sqlx::query("INSERT INTO vaults (vault, cursor) VALUES ($1, 0) ON CONFLICT DO NOTHING")
        .bind(vault)
        .execute(&mut *connection)
        .await?;
    let cursor: i64 = sqlx::query("UPDATE vaults SET cursor = cursor + 1 WHERE vault = $1 RETURNING cursor")
        .bind(vault)
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    sqlx::query(
        "INSERT INTO writes (vault, cursor, author, capacity, number, manifest_hash, manifest, batch, created)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
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
    .execute(&mut *connection)
    .await?;
    for (position, revision) in (0_i64..).zip(revisions) {
        sqlx::query(
            "INSERT INTO revisions (vault, entity, sequence, cursor, position, leaf, leaf_hash, header, ciphertext)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(vault)
        .bind(revision.entity.as_slice())
        .bind(revision.sequence)
        .bind(cursor)
        .bind(position)
        .bind(revision.item.leaf.as_slice())
        .bind(revision.rev.as_bytes().as_slice())
        .bind(revision.item.header.as_deref().map(Vec::as_slice).unwrap_or_default())
        .bind(revision.item.sealed.as_deref().map(Vec::as_slice).unwrap_or_default())
        .execute(&mut *connection)
        .await?;
    }
    Ok(cursor)
}

/// The places of the writes after a cursor, at most `limit`, with the bytes that each has.
///
/// # Errors
/// The database's own.
pub async fn after(
    connection: &mut Connection,
    vault: &str,
    cursor: i64,
    limit: i64,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sqlx::query(
        "SELECT writes.cursor, SUM(LENGTH(revisions.leaf) + LENGTH(revisions.header) + LENGTH(revisions.ciphertext))
         FROM writes JOIN revisions ON revisions.vault = writes.vault AND revisions.cursor = writes.cursor
         WHERE writes.vault = $1 AND writes.cursor > $2 GROUP BY writes.cursor ORDER BY writes.cursor LIMIT $3",
    )
    .bind(vault)
    .bind(cursor)
    .bind(limit)
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
    .collect()
}

/// The write at a place.
///
/// # Errors
/// The database's own; [`sqlx::Error::RowNotFound`] if there is none.
pub async fn read(connection: &mut Connection, vault: &str, cursor: i64) -> Result<StoredWrite, sqlx::Error> {
    let row = sqlx::query("SELECT manifest, batch FROM writes WHERE vault = $1 AND cursor = $2")
        .bind(vault)
        .bind(cursor)
        .fetch_one(&mut *connection)
        .await?;
    let manifest: Vec<u8> = row.try_get(0)?;
    let batch: &[u8] = row.try_get(1)?;
    let batch: Option<Batch> = (!batch.is_empty())
        .then(|| cbor::decode(batch))
        .transpose()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let items = sqlx::query(
        "SELECT leaf, header, ciphertext FROM revisions WHERE vault = $1 AND cursor = $2 ORDER BY position",
    )
    .bind(vault)
    .bind(cursor)
    .fetch_all(&mut *connection)
    .await?
    .iter()
    .map(|row| {
        let [leaf, header, sealed] = [0, 1, 2].map(|column| row.try_get::<Vec<u8>, usize>(column));
        let there = |bytes: Vec<u8>| (!bytes.is_empty()).then(|| bytes.into());
        Ok(Item { leaf: leaf?.into(), header: there(header?), sealed: there(sealed?), wraps: List::default() })
    })
    .collect::<Result<_, sqlx::Error>>()?;
    let place = u64::try_from(cursor).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(StoredWrite { cursor: place, write: Write { manifest: manifest.into(), batch, items }, added: List::default() })
}

/// Where the newest revision of an entity is: the write, and its position there.
///
/// # Errors
/// The database's own.
pub async fn locate(
    connection: &mut Connection,
    vault: &str,
    entity: &[u8; tidelock::ID_SIZE],
) -> Result<Option<(i64, i64)>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT cursor, position FROM revisions WHERE vault = $1 AND entity = $2 ORDER BY sequence DESC LIMIT 1",
    )
    .bind(vault)
    .bind(entity.as_slice())
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}
