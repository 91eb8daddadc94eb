//! Profiles: JSON that Tidepool's clients keep in clear. Ours stores nothing of a patient here.

use sqlx::Row as _;

use super::Connection;

/// The profile of an account, as JSON text.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, account: &str) -> Result<Option<String>, sqlx::Error> {
    let row =
        sqlx::query("SELECT body FROM profiles WHERE account = $1").bind(account).fetch_optional(connection).await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Replaces the profile of an account.
///
/// # Errors
/// The database's own.
pub async fn put(connection: &mut Connection, account: &str, body: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO profiles (account, body) VALUES ($1, $2)
         ON CONFLICT (account) DO UPDATE SET body = excluded.body",
    )
    .bind(account)
    .bind(body)
    .execute(connection)
    .await?;
    Ok(())
}
