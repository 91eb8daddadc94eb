//! Owners who have lost their keys, and what others give back to them.

use sqlx::Row as _;

use super::Connection;

/// Notes that an owner has a newer identity than the one that signs the vault log.
///
/// # Errors
/// The database's own.
pub async fn begin(connection: &mut Connection, owner: &str, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO recoveries (owner, since) VALUES ($1, $2) ON CONFLICT (owner) DO NOTHING")
        .bind(owner)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that the owner's newest identity signs the vault log.
///
/// # Errors
/// The database's own.
pub async fn end(connection: &mut Connection, owner: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM recoveries WHERE owner = $1").bind(owner).execute(connection).await?;
    Ok(())
}

/// The owners who wait and have shared something with a delegate, the longest first.
///
/// # Errors
/// The database's own.
pub async fn waiting(connection: &mut Connection, delegate: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query(
        "SELECT owner FROM recoveries WHERE owner IN (SELECT vault FROM delegations WHERE delegate = $1)
         OR owner IN (SELECT vault FROM grants WHERE delegate = $1)
         OR owner IN (SELECT account FROM patients WHERE clinic = $1) ORDER BY since, owner",
    )
    .bind(delegate)
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| row.try_get(0))
    .collect()
}

/// The place of a part of what is given back.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// To whom.
    pub vault: &'a str,
    /// By whom.
    pub giver: &'a str,
    /// In whose name: the giver's own id, or a clinic's.
    pub capacity: &'a str,
    /// To which identity of the owner: its fingerprint.
    pub recipient: &'a [u8],
    /// The number of the part.
    pub part: i64,
}

/// Stores a part, in the place of the same part before.
///
/// # Errors
/// The database's own.
pub async fn put_part(
    connection: &mut Connection,
    place: Place<'_>,
    message: &[u8],
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO give_backs (vault, giver, capacity, recipient, part, message, created)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (vault, giver, capacity, recipient, part) DO UPDATE SET message = excluded.message",
    )
    .bind(place.vault)
    .bind(place.giver)
    .bind(place.capacity)
    .bind(place.recipient)
    .bind(place.part)
    .bind(message)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Everything that has been given back to one identity of an owner.
///
/// # Errors
/// The database's own.
pub async fn parts(connection: &mut Connection, vault: &str, recipient: &[u8]) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query(
        "SELECT message FROM give_backs WHERE vault = $1 AND recipient = $2 ORDER BY created, giver, capacity, part",
    )
    .bind(vault)
    .bind(recipient)
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| row.try_get(0))
    .collect()
}

/// Removes everything that has been given back to an owner.
///
/// # Errors
/// The database's own.
pub async fn remove_parts(connection: &mut Connection, vault: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM give_backs WHERE vault = $1").bind(vault).execute(connection).await?;
    Ok(())
}
