//! Sessions. Only the hash of a token is stored: whoever reads the database cannot sign in with it.

use sha2::{Digest as _, Sha256};
use sqlx::Row as _;

use super::Connection;

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Opens a session, and forgets those that have expired.
///
/// # Errors
/// The database's own.
pub async fn insert(
    connection: &mut Connection,
    token: &str,
    account: &str,
    created: i64,
    expires: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE expires <= $1").bind(created).execute(&mut *connection).await?;
    sqlx::query("INSERT INTO sessions (token_hash, account, created, expires) VALUES ($1, $2, $3, $4)")
        .bind(hash(token))
        .bind(account)
        .bind(created)
        .bind(expires)
        .execute(connection)
        .await?;
    Ok(())
}

/// The account of a session that has not expired.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, token: &str, now: i64) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query("SELECT account FROM sessions WHERE token_hash = $1 AND expires > $2")
        .bind(hash(token))
        .bind(now)
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Ends a session. It is no error if there is none.
///
/// # Errors
/// The database's own.
pub async fn delete(connection: &mut Connection, token: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(hash(token)).execute(connection).await?;
    Ok(())
}
