//! Delegations of single entities that stand, and the wraps by which delegates open them.

use sqlx::Row as _;
use tidelock::Id;
use tidelock::records::{Basis, StandingDelegation};
use tidelock::sharing::DelegateWrap;
use tidelock_crypto::cbor;

use super::Connection;
use super::entities::id;
use super::rows::{self, damaged, insert};

/// Adds delegations, or puts them into the place of those to the same delegates.
///
/// # Errors
/// The database's own.
pub async fn put(
    connection: &mut Connection,
    vault: &str,
    delegations: &[(Id, &StandingDelegation)],
) -> Result<(), sqlx::Error> {
    for delegations in rows::chunks(delegations, 5) {
        let statement = "INSERT INTO delegations (vault, entity, delegate, delegator, by_grant) VALUES {}
             ON CONFLICT (vault, entity, delegate) DO UPDATE SET delegator = excluded.delegator, by_grant = excluded.by_grant";
        let mut query = insert(statement, delegations.len(), 5);
        for (entity, delegation) in delegations {
            query = query
                .bind(vault)
                .bind(entity.as_bytes().as_slice())
                .bind(&delegation.delegate)
                .bind(&delegation.by.capacity)
                .bind(i64::from(delegation.basis == Basis::Grant));
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Removes delegations.
///
/// # Errors
/// The database's own.
pub async fn remove(connection: &mut Connection, vault: &str, delegations: &[(Id, &str)]) -> Result<(), sqlx::Error> {
    for (entity, delegate) in delegations {
        sqlx::query("DELETE FROM delegations WHERE vault = $1 AND entity = $2 AND delegate = $3")
            .bind(vault)
            .bind(entity.as_bytes().as_slice())
            .bind(*delegate)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Removes all delegations of some entities.
///
/// # Errors
/// The database's own.
pub async fn remove_all(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<(), sqlx::Error> {
    let statement = "DELETE FROM delegations WHERE vault = $1 AND entity IN ({})";
    rows::execute(connection, statement, &[vault.into()], ids).await
}

/// The entities of a vault with delegations that rest on a grant: to that delegator, or to anybody.
///
/// # Errors
/// The database's own.
pub async fn resting_on(
    connection: &mut Connection,
    vault: &str,
    delegator: Option<&str>,
) -> Result<Vec<Id>, sqlx::Error> {
    sqlx::query(
        "SELECT DISTINCT entity FROM delegations WHERE vault = $1 AND (delegator = $2 OR $3 = 1) AND by_grant = 1",
    )
    .bind(vault)
    .bind(delegator.unwrap_or_default())
    .bind(i64::from(delegator.is_none()))
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| id(row, 0))
    .collect()
}

/// Whether something in a vault is delegated to an account, or to a clinic that it helps to run.
///
/// # Errors
/// The database's own.
pub async fn any_to(connection: &mut Connection, vault: &str, account: &str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "SELECT 1 FROM delegations WHERE vault = $1 AND (delegate = $2 OR delegate IN
         (SELECT clinic FROM clinic_members WHERE account = $2)) LIMIT 1",
    )
    .bind(vault)
    .bind(account)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// A wrap with its place.
#[derive(Clone, Debug)]
pub struct PlacedWrap {
    /// The entity.
    pub entity: Id,
    /// The number of the leaf that it goes with.
    pub sequence: i64,
    /// Its place among the wraps of that leaf, from 0.
    pub position: i64,
    /// For whom it is.
    pub delegate: String,
    /// The wrap.
    pub wrap: DelegateWrap,
}

/// Adds wraps.
///
/// # Errors
/// The database's own.
pub async fn add_wraps(connection: &mut Connection, vault: &str, wraps: &[PlacedWrap]) -> Result<(), sqlx::Error> {
    for wraps in rows::chunks(wraps, 6) {
        let statement = "INSERT INTO entity_wraps (vault, entity, sequence, position, delegate, wrap) VALUES {}";
        let mut query = insert(statement, wraps.len(), 6);
        for PlacedWrap { entity, sequence, position, delegate, wrap } in wraps {
            query = query
                .bind(vault)
                .bind(entity.as_bytes().as_slice())
                .bind(*sequence)
                .bind(*position)
                .bind(delegate)
                .bind(cbor::encode(wrap));
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Removes the wraps of some entities.
///
/// # Errors
/// The database's own.
pub async fn remove_wraps(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<(), sqlx::Error> {
    let statement = "DELETE FROM entity_wraps WHERE vault = $1 AND entity IN ({})";
    rows::execute(connection, statement, &[vault.into()], ids).await
}

/// Of each of some entities, the wraps of the newest leaf that has one for a delegate: all of them, in order.
///
/// # Errors
/// The database's own.
pub async fn wraps_beside(
    connection: &mut Connection,
    vault: &str,
    delegate: &str,
    ids: &[Id],
) -> Result<Vec<PlacedWrap>, sqlx::Error> {
    let statement = "SELECT beside.entity, beside.sequence, beside.position, beside.delegate, beside.wrap
         FROM (SELECT entity, MAX(sequence) AS sequence FROM entity_wraps
               WHERE vault = $1 AND delegate = $2 AND entity IN ({}) GROUP BY entity) AS own
         JOIN entity_wraps AS beside ON beside.vault = $1 AND beside.entity = own.entity AND beside.sequence = own.sequence
         ORDER BY beside.entity, beside.position";
    rows::select(connection, statement, &[vault.into(), delegate.into()], ids)
        .await?
        .iter()
        .map(|row| {
            Ok(PlacedWrap {
                entity: id(row, 0)?,
                sequence: row.try_get(1)?,
                position: row.try_get(2)?,
                delegate: row.try_get(3)?,
                wrap: cbor::decode(row.try_get(4)?).map_err(damaged)?,
            })
        })
        .collect()
}
