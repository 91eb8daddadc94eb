//! Confirmations of addresses. Only the hash of a link is stored: whoever reads the database cannot follow it.

use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use super::Connection;

fn hash(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes()).to_vec()
}

/// Stores a new one, and forgets those that have expired.
///
/// # Errors
/// The database's own.
pub async fn insert(
    connection: &mut Connection,
    key: &str,
    account: &str,
    now: i64,
    expires: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM confirmations WHERE expires <= $1").bind(now).execute(&mut *connection).await?;
    sqlx::query("INSERT INTO confirmations (key_hash, account, expires) VALUES ($1, $2, $3)")
        .bind(hash(key))
        .bind(account)
        .bind(expires)
        .execute(connection)
        .await?;
    Ok(())
}

/// The account whose address it confirms, while it has not expired.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, key: &str, now: i64) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query("SELECT account FROM confirmations WHERE key_hash = $1 AND expires > $2")
        .bind(hash(key))
        .bind(now)
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}
