//! What a migration leaves to be done by the program.

use super::Connection;

/// To derive the entities from the revisions that there are.
pub const ENTITIES: &str = "entities";

/// To let the grants to persons follow from the logs that there are.
pub const GRANTS: &str = "grants";

/// To keep what clinics publish now among all that they ever published.
pub const CLINIC_HISTORY: &str = "clinic_history";

/// Whether a chore is still to be done.
///
/// # Errors
/// The database's own.
pub async fn is_left(connection: &mut Connection, chore: &str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT chore FROM chores WHERE chore = $1").bind(chore).fetch_optional(connection).await?;
    Ok(row.is_some())
}

/// Notes that a chore is done.
///
/// # Errors
/// The database's own.
pub async fn done(connection: &mut Connection, chore: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM chores WHERE chore = $1").bind(chore).execute(connection).await?;
    Ok(())
}
