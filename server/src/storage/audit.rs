//! The audit log: append only. Nothing in this program changes or deletes an entry.

use super::Connection;
use crate::random;

/// What happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// Whose session did it.
    pub actor: String,
    /// What was asked for, for instance `invitation.accept`.
    pub action: &'static str,
    /// Whose data it is about.
    pub subject: String,
    /// The clinic it is about, or empty.
    pub clinic: String,
    /// `granted`, `revoked`, `refused`, or what else became of it.
    pub outcome: &'static str,
}

/// Adds an event.
///
/// # Errors
/// The database's own.
pub async fn insert(connection: &mut Connection, event: &Event) -> Result<(), sqlx::Error> {
    let id = random::hex::<16>().map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
    sqlx::query(
        "INSERT INTO audit (id, at, actor, action, subject, clinic, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(event.at)
    .bind(&event.actor)
    .bind(event.action)
    .bind(&event.subject)
    .bind(&event.clinic)
    .bind(event.outcome)
    .execute(connection)
    .await?;
    Ok(())
}
