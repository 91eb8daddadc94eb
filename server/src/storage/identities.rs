//! Identities: signed statements, and the sealed backups of the keys behind them.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Connection;
use super::rows;

/// Stores a version of an identity. `false`: there is one with this number.
///
/// # Errors
/// The database's own.
pub async fn insert(
    connection: &mut Connection,
    owner: &str,
    version: u32,
    fingerprint: &[u8],
    statement: &[u8],
    now: i64,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO statements (owner, version, fingerprint, statement, created) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(owner)
    .bind(i64::from(version))
    .bind(fingerprint)
    .bind(statement)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The signed statements of several owners, with whose each is: of each, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn statements(connection: &mut Connection, owners: &[&str]) -> Result<Vec<(String, Vec<u8>)>, sqlx::Error> {
    let statement = "SELECT owner, statement FROM statements WHERE owner IN ({}) ORDER BY owner, version";
    owned(&rows::select(connection, statement, &[], owners).await?)
}

/// The newest signed statement of an owner.
///
/// # Errors
/// The database's own.
pub async fn newest(connection: &mut Connection, owner: &str) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let row = sqlx::query("SELECT statement FROM statements WHERE owner = $1 ORDER BY version DESC LIMIT 1")
        .bind(owner)
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Replaces the backup of an owner.
///
/// # Errors
/// The database's own.
pub async fn put_backup(connection: &mut Connection, owner: &str, backup: &[u8], now: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO backups (owner, backup, updated) VALUES ($1, $2, $3)
         ON CONFLICT (owner) DO UPDATE SET backup = excluded.backup, updated = excluded.updated",
    )
    .bind(owner)
    .bind(backup)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// The backup of an owner.
///
/// # Errors
/// The database's own.
pub async fn backup(connection: &mut Connection, owner: &str) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let row = sqlx::query("SELECT backup FROM backups WHERE owner = $1").bind(owner).fetch_optional(connection).await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Puts the backup of an owner away, as that of a version which is not the newest any more.
///
/// # Errors
/// The database's own.
pub async fn put_backup_away(connection: &mut Connection, owner: &str, version: u32) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO former_backups (owner, version, backup) SELECT owner, $2, backup FROM backups WHERE owner = $1",
    )
    .bind(owner)
    .bind(i64::from(version))
    .execute(connection)
    .await?;
    Ok(())
}

/// The backup of a version of an owner's identity that is not the newest.
///
/// # Errors
/// The database's own.
pub async fn former_backup(
    connection: &mut Connection,
    owner: &str,
    version: u32,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let row = sqlx::query("SELECT backup FROM former_backups WHERE owner = $1 AND version = $2")
        .bind(owner)
        .bind(i64::from(version))
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Stores by which a version accepts the next.
///
/// # Errors
/// The database's own.
pub async fn put_succession(
    connection: &mut Connection,
    owner: &str,
    version: u32,
    succession: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO successions (owner, version, succession) VALUES ($1, $2, $3)")
        .bind(owner)
        .bind(i64::from(version))
        .bind(succession)
        .execute(connection)
        .await?;
    Ok(())
}

/// The signed successions between versions of several owners' identities, with whose each is: of each, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn successions(connection: &mut Connection, owners: &[&str]) -> Result<Vec<(String, Vec<u8>)>, sqlx::Error> {
    let statement = "SELECT owner, succession FROM successions WHERE owner IN ({}) ORDER BY owner, version";
    owned(&rows::select(connection, statement, &[], owners).await?)
}

fn owned(rows: &[AnyRow]) -> Result<Vec<(String, Vec<u8>)>, sqlx::Error> {
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}
