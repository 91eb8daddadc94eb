//! Grants to persons that stand, as the signed logs say.

use sqlx::Row as _;

use super::Connection;
use crate::permissions::Permissions;

/// Adds a grant, or replaces the one to the same person.
///
/// # Errors
/// The database's own.
pub async fn put(
    connection: &mut Connection,
    vault: &str,
    delegate: &str,
    permissions: Permissions,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO grants (vault, delegate, permissions) VALUES ($1, $2, $3)
         ON CONFLICT (vault, delegate) DO UPDATE SET permissions = excluded.permissions",
    )
    .bind(vault)
    .bind(delegate)
    .bind(permissions.to_text())
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the grant to a person, if there is one.
///
/// # Errors
/// The database's own.
pub async fn delete(connection: &mut Connection, vault: &str, delegate: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM grants WHERE vault = $1 AND delegate = $2")
        .bind(vault)
        .bind(delegate)
        .execute(connection)
        .await?;
    Ok(())
}

/// What a person was granted.
///
/// # Errors
/// The database's own.
pub async fn find(
    connection: &mut Connection,
    vault: &str,
    delegate: &str,
) -> Result<Option<Permissions>, sqlx::Error> {
    let row = sqlx::query("SELECT permissions FROM grants WHERE vault = $1 AND delegate = $2")
        .bind(vault)
        .bind(delegate)
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok(Permissions::parse(&row.try_get::<String, _>(0)?))).transpose()
}
