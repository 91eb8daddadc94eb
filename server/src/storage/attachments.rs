//! Attachments: large contents beside an entity, in sealed chunks.

use sqlx::Row as _;
use tidelock::Id;
use tidelock_crypto::Digest;

use super::Connection;
use super::entities::id;
use super::rows::{self, Value, damaged};

/// An attachment, complete or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Beside which entity.
    pub entity: Id,
    /// How many chunks it has; none until it is complete.
    pub chunks: Option<u32>,
}

/// When to look at an attachment that is wanted for good.
const NEVER: i64 = i64::MAX;

/// Begins one, at which is to be looked at a time in milliseconds since the epoch. One that is there stays as it is.
///
/// # Errors
/// The database's own.
pub async fn insert(
    connection: &mut Connection,
    vault: &str,
    attachment: &Id,
    (entity, sequence): (&Id, u64),
    due: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO attachments (vault, attachment, entity, sequence, chunks, due) VALUES ($1, $2, $3, $4, 0, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(vault)
    .bind(attachment.as_bytes().as_slice())
    .bind(entity.as_bytes().as_slice())
    .bind(i64::try_from(sequence).map_err(damaged)?)
    .bind(due)
    .execute(connection)
    .await?;
    Ok(())
}

/// The attachment with this id.
///
/// # Errors
/// The database's own.
pub async fn find(
    connection: &mut Connection,
    vault: &str,
    attachment: &Id,
) -> Result<Option<Attachment>, sqlx::Error> {
    let row = sqlx::query("SELECT entity, chunks FROM attachments WHERE vault = $1 AND attachment = $2")
        .bind(vault)
        .bind(attachment.as_bytes().as_slice())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let chunks = u32::try_from(row.try_get::<i64, _>(1)?).map_err(damaged)?;
    Ok(Some(Attachment { entity: id(&row, 0)?, chunks: (chunks > 0).then_some(chunks) }))
}

/// Stores a chunk in the place of what was there.
///
/// # Errors
/// The database's own.
pub async fn put_chunk(
    connection: &mut Connection,
    vault: &str,
    attachment: &Id,
    position: u32,
    digest: &Digest,
    sealed: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO attachment_chunks (vault, attachment, position, digest, sealed) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (vault, attachment, position) DO UPDATE SET digest = excluded.digest, sealed = excluded.sealed",
    )
    .bind(vault)
    .bind(attachment.as_bytes().as_slice())
    .bind(i64::from(position))
    .bind(digest.as_bytes().as_slice())
    .bind(sealed)
    .execute(connection)
    .await?;
    Ok(())
}

/// A chunk.
///
/// # Errors
/// The database's own.
pub async fn chunk(
    connection: &mut Connection,
    vault: &str,
    attachment: &Id,
    position: u32,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let row =
        sqlx::query("SELECT sealed FROM attachment_chunks WHERE vault = $1 AND attachment = $2 AND position = $3")
            .bind(vault)
            .bind(attachment.as_bytes().as_slice())
            .bind(i64::from(position))
            .fetch_optional(connection)
            .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// The digests of the chunks, from the first up to the first that is missing.
///
/// # Errors
/// The database's own.
pub async fn digests(connection: &mut Connection, vault: &str, attachment: &Id) -> Result<Vec<Digest>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT position, digest FROM attachment_chunks WHERE vault = $1 AND attachment = $2 ORDER BY position",
    )
    .bind(vault)
    .bind(attachment.as_bytes().as_slice())
    .fetch_all(connection)
    .await?;
    let mut digests = Vec::with_capacity(rows.len());
    for (position, row) in (0_i64..).zip(rows) {
        if row.try_get::<i64, _>(0)? != position {
            break;
        }
        let digest: &[u8] = row.try_get(1)?;
        digests.push(Digest::from_bytes(digest.try_into().map_err(damaged)?));
    }
    Ok(digests)
}

/// Completes an attachment: it has so many chunks, and those beyond are removed.
///
/// # Errors
/// The database's own.
pub async fn finish(connection: &mut Connection, vault: &str, attachment: &Id, chunks: u32) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM attachment_chunks WHERE vault = $1 AND attachment = $2 AND position >= $3")
        .bind(vault)
        .bind(attachment.as_bytes().as_slice())
        .bind(i64::from(chunks))
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE attachments SET chunks = $1 WHERE vault = $2 AND attachment = $3")
        .bind(i64::from(chunks))
        .bind(vault)
        .bind(attachment.as_bytes().as_slice())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes an attachment.
///
/// # Errors
/// The database's own.
pub async fn remove(connection: &mut Connection, vault: &str, attachment: &Id) -> Result<(), sqlx::Error> {
    for statement in [
        "DELETE FROM attachment_chunks WHERE vault = $1 AND attachment = $2",
        "DELETE FROM attachments WHERE vault = $1 AND attachment = $2",
    ] {
        let query = sqlx::query(statement).bind(vault).bind(attachment.as_bytes().as_slice());
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Removes the attachments of some entities.
///
/// # Errors
/// The database's own.
pub async fn remove_of(connection: &mut Connection, vault: &str, entities: &[Id]) -> Result<(), sqlx::Error> {
    let vault = [Value::from(vault)];
    let chunks = "DELETE FROM attachment_chunks WHERE vault = $1 AND attachment IN
                  (SELECT attachment FROM attachments WHERE vault = $1 AND entity IN ({}))";
    rows::execute(connection, chunks, &vault, entities).await?;
    rows::execute(connection, "DELETE FROM attachments WHERE vault = $1 AND entity IN ({})", &vault, entities).await
}

/// Looks at the attachment whose time came first, if it has come: one that was never completed, or whose entity has had no new
/// content since it began, is wanted by nobody, and loses at most so many chunks, with the last of them itself. Whoever calls this
/// with every chunk that is stored leaves no more behind than there is.
///
/// # Errors
/// The database's own.
pub async fn tidy(connection: &mut Connection, now: i64, chunks: i64) -> Result<(), sqlx::Error> {
    let row = sqlx::query(
        "SELECT attachments.vault, attachments.attachment, CASE WHEN attachments.chunks > 0
         AND entities.content_sequence > attachments.sequence THEN 1 ELSE 0 END FROM attachments LEFT JOIN entities ON entities.vault = attachments.vault
         AND entities.entity = attachments.entity WHERE attachments.due < $1 ORDER BY attachments.due LIMIT 1",
    )
    .bind(now)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let (vault, attachment): (String, Id) = (row.try_get(0)?, id(&row, 1)?);
    if row.try_get::<i64, _>(2)? != 0 {
        sqlx::query("UPDATE attachments SET due = $1 WHERE vault = $2 AND attachment = $3")
            .bind(NEVER)
            .bind(&vault)
            .bind(attachment.as_bytes().as_slice())
            .execute(connection)
            .await?;
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM attachment_chunks WHERE vault = $1 AND attachment = $2 AND position IN (SELECT position
         FROM attachment_chunks WHERE vault = $1 AND attachment = $2 ORDER BY position LIMIT $3)",
    )
    .bind(&vault)
    .bind(attachment.as_bytes().as_slice())
    .bind(chunks)
    .execute(&mut *connection)
    .await?;
    let left = sqlx::query("SELECT position FROM attachment_chunks WHERE vault = $1 AND attachment = $2 LIMIT 1")
        .bind(&vault)
        .bind(attachment.as_bytes().as_slice())
        .fetch_optional(&mut *connection)
        .await?;
    if left.is_none() {
        remove(connection, &vault, &attachment).await?;
    }
    Ok(())
}
