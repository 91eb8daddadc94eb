//! Batches: with which write each came, and what was wrapped to later.

use sqlx::Row as _;
use tidelock::Id;
use tidelock::records::{Batch, Wrap};
use tidelock_crypto::cbor;

use super::Connection;
use super::entities::id;
use super::rows::{self, damaged};

/// Notes with which write a batch comes, of which epoch its entities are, and whether its owner has to wrap it to a vault key.
/// `false`: there is one with this id in the vault.
///
/// # Errors
/// The database's own.
pub async fn insert(
    connection: &mut Connection,
    vault: &str,
    batch: &Id,
    cursor: i64,
    epoch: u32,
    unwrapped: bool,
) -> Result<bool, sqlx::Error> {
    let inserted =
        sqlx::query("INSERT INTO batches (vault, batch, cursor, epoch, unwrapped) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
            .bind(vault)
            .bind(batch.as_bytes().as_slice())
            .bind(cursor)
            .bind(i64::from(epoch))
            .bind(i64::from(unwrapped))
            .execute(connection)
            .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Whether there are batches in a vault that its owner has to wrap to a vault key.
///
/// # Errors
/// The database's own.
pub async fn any_unwrapped(connection: &mut Connection, vault: &str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT batch FROM batches WHERE vault = $1 AND unwrapped = 1 LIMIT 1")
        .bind(vault)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Notes that a batch, or every one of a vault, need not be wrapped to a vault key any more.
///
/// # Errors
/// The database's own.
pub async fn set_wrapped(connection: &mut Connection, vault: &str, batch: Option<&Id>) -> Result<(), sqlx::Error> {
    let query = match batch {
        Some(batch) => sqlx::query("UPDATE batches SET unwrapped = 0 WHERE vault = $1 AND batch = $2")
            .bind(vault)
            .bind(batch.as_bytes().as_slice()),
        None => sqlx::query("UPDATE batches SET unwrapped = 0 WHERE vault = $1").bind(vault),
    };
    query.execute(connection).await?;
    Ok(())
}

/// The epoch of a batch's entities, if there is such a batch.
///
/// # Errors
/// The database's own.
pub async fn epoch(connection: &mut Connection, vault: &str, batch: &Id) -> Result<Option<u32>, sqlx::Error> {
    let row = sqlx::query("SELECT epoch FROM batches WHERE vault = $1 AND batch = $2")
        .bind(vault)
        .bind(batch.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
    row.map(|row| u32::try_from(row.try_get::<i64, _>(0)?).map_err(damaged)).transpose()
}

/// Adds a wrap to a batch that has so many added ones.
///
/// # Errors
/// The database's own.
pub async fn add(
    connection: &mut Connection,
    vault: &str,
    batch: &Id,
    position: i64,
    wrap: &Wrap,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO batch_wraps (vault, batch, position, wrap) VALUES ($1, $2, $3, $4)")
        .bind(vault)
        .bind(batch.as_bytes().as_slice())
        .bind(position)
        .bind(cbor::encode(wrap))
        .execute(connection)
        .await?;
    Ok(())
}

/// Batches of a vault with all their wraps, in any order.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<Vec<Batch>, sqlx::Error> {
    let statement = "SELECT writes.batch FROM batches
         JOIN writes ON writes.vault = batches.vault AND writes.cursor = batches.cursor
         WHERE batches.vault = $1 AND batches.batch IN ({})";
    let mut batches = rows::select(connection, statement, &[vault.into()], ids)
        .await?
        .iter()
        .map(|row| cbor::decode(row.try_get(0)?).map_err(damaged))
        .collect::<Result<Vec<Batch>, _>>()?;
    for (batch, wrap) in added(connection, vault, ids).await? {
        if let Some(batch) = batches.iter_mut().find(|found| found.id == batch) {
            batch.wraps.push(wrap);
        }
    }
    Ok(batches)
}

/// The wraps that were added to batches of a vault, those of one batch in order.
///
/// # Errors
/// The database's own.
pub async fn added(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<Vec<(Id, Wrap)>, sqlx::Error> {
    let statement = "SELECT batch, wrap FROM batch_wraps WHERE vault = $1 AND batch IN ({}) ORDER BY batch, position";
    rows::select(connection, statement, &[vault.into()], ids)
        .await?
        .iter()
        .map(|row| Ok((id(row, 0)?, cbor::decode(row.try_get(1)?).map_err(damaged)?)))
        .collect()
}
