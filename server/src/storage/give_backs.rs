//! What was given back to owners who lost their keys: sealed messages, part by part.

use sqlx::Row as _;
use tidelock::sharing::ChainName;

use super::Connection;

/// Stores one part, or replaces the same part.
///
/// # Errors
/// The database's own.
pub async fn put(
    connection: &mut Connection,
    vault: &str,
    giver: &ChainName,
    (recipient, part): (&[u8], i64),
    message: &[u8],
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO give_backs (vault, giver, capacity, recipient, part, message, created)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (vault, giver, capacity, recipient, part)
         DO UPDATE SET message = excluded.message, created = excluded.created",
    )
    .bind(vault)
    .bind(&giver.author)
    .bind(&giver.capacity)
    .bind(recipient)
    .bind(part)
    .bind(message)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// The parts for one identity of an owner, those of one giver in order.
///
/// # Errors
/// The database's own.
pub async fn of(connection: &mut Connection, vault: &str, recipient: &[u8]) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query("SELECT message FROM give_backs WHERE vault = $1 AND recipient = $2 ORDER BY giver, capacity, part")
        .bind(vault)
        .bind(recipient)
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect()
}

/// Removes all parts for an owner.
///
/// # Errors
/// The database's own.
pub async fn delete(connection: &mut Connection, vault: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM give_backs WHERE vault = $1").bind(vault).execute(connection).await?;
    Ok(())
}

/// Owners of whose vaults a delegate has something and who have more than one identity, with how many of their entities are
/// delegated to him.
///
/// # Errors
/// The database's own.
pub async fn candidates(connection: &mut Connection, delegate: &str) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query(
        "SELECT owners.owner, (SELECT COUNT(*) FROM delegations WHERE delegations.vault = owners.owner
                               AND delegations.delegate = $1)
         FROM (SELECT DISTINCT owner FROM statements WHERE version > 1) AS owners
         WHERE owners.owner IN (SELECT vault FROM delegations WHERE delegate = $1)
         OR owners.owner IN (SELECT vault FROM grants WHERE delegate = $1)
         OR owners.owner IN (SELECT account FROM patients WHERE clinic = $1)
         ORDER BY owners.owner",
    )
    .bind(delegate)
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
    .collect()
}
