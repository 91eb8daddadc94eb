//! Chains of manifests: where each stands.

use sqlx::Row as _;
use tidelock::sharing::{ChainName, Cutoff};
use tidelock_crypto::cbor;
use tidelock_crypto::merkle::Frontier;

use super::Connection;
use super::rows::damaged;

fn frontier(bytes: &[u8]) -> Result<Frontier, sqlx::Error> {
    cbor::decode(bytes).map_err(damaged)
}

/// Where a chain stands; empty where it has not begun.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, vault: &str, chain: &ChainName) -> Result<Frontier, sqlx::Error> {
    let row = sqlx::query("SELECT frontier FROM chains WHERE vault = $1 AND author = $2 AND capacity = $3")
        .bind(vault)
        .bind(&chain.author)
        .bind(&chain.capacity)
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => frontier(row.try_get(0)?),
        None => Ok(Frontier::new()),
    }
}

/// Where the chains of a vault stand, those under one delegate or all, sorted by name.
///
/// # Errors
/// The database's own.
pub async fn under(
    connection: &mut Connection,
    vault: &str,
    capacity: Option<&str>,
) -> Result<Vec<Cutoff>, sqlx::Error> {
    let mut cutoffs =
        sqlx::query("SELECT author, capacity, frontier FROM chains WHERE vault = $1 AND (capacity = $2 OR $3 = 1)")
            .bind(vault)
            .bind(capacity.unwrap_or_default())
            .bind(i64::from(capacity.is_none()))
            .fetch_all(connection)
            .await?
            .iter()
            .map(|row| {
                let chain = ChainName { author: row.try_get(0)?, capacity: row.try_get(1)? };
                let frontier = frontier(row.try_get(2)?)?;
                Ok(Cutoff { chain, size: frontier.size(), root: frontier.root() })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()?;
    cutoffs.sort();
    Ok(cutoffs)
}

/// Moves a chain on.
///
/// # Errors
/// The database's own.
pub async fn put(
    connection: &mut Connection,
    vault: &str,
    chain: &ChainName,
    frontier: &Frontier,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO chains (vault, author, capacity, frontier) VALUES ($1, $2, $3, $4)
         ON CONFLICT (vault, author, capacity) DO UPDATE SET frontier = excluded.frontier",
    )
    .bind(vault)
    .bind(&chain.author)
    .bind(&chain.capacity)
    .bind(cbor::encode(frontier))
    .execute(connection)
    .await?;
    Ok(())
}
