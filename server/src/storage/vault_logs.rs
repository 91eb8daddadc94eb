//! Vault logs: the owners' signed entries, as they came.

use sqlx::Row as _;

use super::Connection;

/// Stores the next entry. `false`: there is one with this number.
///
/// # Errors
/// The database's own.
pub async fn insert(
    connection: &mut Connection,
    vault: &str,
    number: i64,
    hash: &[u8],
    entry: &[u8],
    now: i64,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO vault_log (vault, number, hash, entry, created) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(vault)
    .bind(number)
    .bind(hash)
    .bind(entry)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// All entries, in order.
///
/// # Errors
/// The database's own.
pub async fn entries(connection: &mut Connection, vault: &str) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query("SELECT entry FROM vault_log WHERE vault = $1 ORDER BY number")
        .bind(vault)
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}

/// The vaults with a log.
///
/// # Errors
/// The database's own.
pub async fn vaults(connection: &mut Connection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query("SELECT DISTINCT vault FROM vault_log ORDER BY vault")
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}
