//! Persons who may see a record: what the platform has on record for each, whatever the signed log says.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Connection;
use crate::permissions::Permissions;

/// What one person may do with another's record.
#[derive(Clone, Debug)]
pub struct Share {
    /// Whose record: the owner's account.
    pub vault: String,
    /// Who: an account.
    pub person: String,
    /// What she may do.
    pub permissions: Permissions,
    /// The key of the invitation that she accepted, if there was one.
    pub invitation: Option<String>,
    /// Since when, in milliseconds since the epoch.
    pub created: i64,
    /// The last change, in milliseconds since the epoch.
    pub updated: i64,
}

fn share(row: &AnyRow) -> Result<Share, sqlx::Error> {
    let permissions: String = row.try_get(2)?;
    Ok(Share {
        vault: row.try_get(0)?,
        person: row.try_get(1)?,
        permissions: Permissions::parse(&permissions),
        invitation: row.try_get(3)?,
        created: row.try_get(4)?,
        updated: row.try_get(5)?,
    })
}

/// Stores what a person may do; of whoever is there already, the permissions change.
///
/// # Errors
/// The database's own.
pub async fn put(connection: &mut Connection, share: &Share) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO people (vault, person, permissions, invitation, created, updated) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (vault, person) DO UPDATE SET permissions = excluded.permissions, updated = excluded.updated",
    )
    .bind(&share.vault)
    .bind(&share.person)
    .bind(share.permissions.to_text())
    .bind(share.invitation.as_deref())
    .bind(share.created)
    .bind(share.updated)
    .execute(connection)
    .await?;
    Ok(())
}

/// What one person may do.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, vault: &str, person: &str) -> Result<Option<Share>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT vault, person, permissions, invitation, created, updated FROM people WHERE vault = $1 AND person = $2",
    )
    .bind(vault)
    .bind(person)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(share).transpose()
}

/// Who may do something with a record, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn of_vault(connection: &mut Connection, vault: &str) -> Result<Vec<Share>, sqlx::Error> {
    sqlx::query(
        "SELECT vault, person, permissions, invitation, created, updated FROM people WHERE vault = $1
         ORDER BY created, person",
    )
    .bind(vault)
    .fetch_all(connection)
    .await?
    .iter()
    .map(share)
    .collect()
}

/// With whose records a person may do something, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn of_person(connection: &mut Connection, person: &str) -> Result<Vec<Share>, sqlx::Error> {
    sqlx::query(
        "SELECT vault, person, permissions, invitation, created, updated FROM people WHERE person = $1
         ORDER BY created, vault",
    )
    .bind(person)
    .fetch_all(connection)
    .await?
    .iter()
    .map(share)
    .collect()
}

/// Ends it all. `false`: there was nothing.
///
/// # Errors
/// The database's own.
pub async fn delete(connection: &mut Connection, vault: &str, person: &str) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query("DELETE FROM people WHERE vault = $1 AND person = $2")
        .bind(vault)
        .bind(person)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected() == 1)
}
