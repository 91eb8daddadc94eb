//! The audit log: append only. Nothing in this program changes or deletes an entry.

use super::Connection;
use super::rows;
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
    insert_all(connection, std::slice::from_ref(event)).await
}

/// Adds several events.
///
/// # Errors
/// The database's own.
pub async fn insert_all(connection: &mut Connection, events: &[Event]) -> Result<(), sqlx::Error> {
    for events in rows::chunks(events, 7) {
        let statement = "INSERT INTO audit (id, at, actor, action, subject, clinic, outcome) VALUES {}";
        let mut query = rows::insert(statement, events.len(), 7);
        for event in events {
            let id = random::hex::<16>().map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
            query = query
                .bind(id)
                .bind(event.at)
                .bind(&event.actor)
                .bind(event.action)
                .bind(&event.subject)
                .bind(&event.clinic)
                .bind(event.outcome);
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}
