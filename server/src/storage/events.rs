//! Events: that something has changed, for whom, and where; never what.

use sqlx::{AssertSqlSafe, Row as _};

use super::Connection;
use super::rows;

/// An account's events are numbered; of so many numbers the newest are kept at least.
pub const KEPT: i64 = 1_000;

/// How often what is older is removed, in events of one account.
const REMOVED_EVERY: i64 = 100;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number among the account's, from 1.
    pub number: i64,
    /// The kind of what has changed.
    pub kind: String,
    /// The data owner whose data it is about, or empty.
    pub owner: String,
    /// The clinic it is about, or empty.
    pub clinic: String,
}

/// Adds an event for each of several accounts, none of them twice, in place of an earlier one of the same kind about the same.
///
/// # Errors
/// The database's own.
pub async fn insert(
    connection: &mut Connection,
    accounts: &[&str],
    kind: &str,
    owner: &str,
    clinic: &str,
) -> Result<(), sqlx::Error> {
    if accounts.is_empty() {
        return Ok(());
    }
    let place: i64 = sqlx::query("UPDATE event_places SET newest = newest + 1 RETURNING newest")
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    for accounts in rows::chunks(accounts, 3) {
        let mut counts = rows::insert(
            "INSERT INTO event_counts (account, number, place) VALUES {}
             ON CONFLICT (account) DO UPDATE SET number = event_counts.number + 1, place = excluded.place",
            accounts.len(),
            3,
        );
        for account in accounts {
            counts = counts.bind(*account).bind(1_i64).bind(place);
        }
        counts.execute(&mut *connection).await?;
    }
    // No other event has that place.
    sqlx::query(
        "INSERT INTO events (account, kind, owner, clinic, number)
         SELECT account, $1, $2, $3, number FROM event_counts WHERE place = $4
         ON CONFLICT (account, kind, owner, clinic) DO UPDATE SET number = excluded.number",
    )
    .bind(kind)
    .bind(owner)
    .bind(clinic)
    .bind(place)
    .execute(&mut *connection)
    .await?;
    sqlx::query(AssertSqlSafe(format!(
        "DELETE FROM events
         WHERE account IN (SELECT account FROM event_counts WHERE place = $1 AND number % {REMOVED_EVERY} = 0)
         AND number <= (SELECT number - {KEPT} FROM event_counts WHERE event_counts.account = events.account)",
    )))
    .bind(place)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// The number of an account's newest event; 0 if it has had none.
///
/// # Errors
/// The database's own.
pub async fn newest(connection: &mut Connection, account: &str) -> Result<i64, sqlx::Error> {
    let row = sqlx::query("SELECT number FROM event_counts WHERE account = $1")
        .bind(account)
        .fetch_optional(connection)
        .await?;
    row.map_or(Ok(0), |row| row.try_get(0))
}

/// The events of an account after that number, in order.
///
/// # Errors
/// The database's own.
pub async fn after(connection: &mut Connection, account: &str, number: i64) -> Result<Vec<Event>, sqlx::Error> {
    sqlx::query("SELECT number, kind, owner, clinic FROM events WHERE account = $1 AND number > $2 ORDER BY number")
        .bind(account)
        .bind(number)
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            Ok(Event {
                number: row.try_get(0)?,
                kind: row.try_get(1)?,
                owner: row.try_get(2)?,
                clinic: row.try_get(3)?,
            })
        })
        .collect()
}

/// The place of the newest event of all accounts.
///
/// # Errors
/// The database's own.
pub async fn newest_place(connection: &mut Connection) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT newest FROM event_places").fetch_one(connection).await?.try_get(0)
}

/// The accounts that have had events after that place, each with the place of its newest, in order.
///
/// # Errors
/// The database's own.
pub async fn accounts_after(connection: &mut Connection, place: i64) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query("SELECT account, place FROM event_counts WHERE place > $1 ORDER BY place")
        .bind(place)
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}
