//! Entities: what follows from the leaves of each, and the links by which the readers of its parents find it.

use sqlx::Row as _;
use sqlx::any::AnyRow;
use tidelock::Id;
use tidelock::keys::Compartment;
use tidelock::records::EntityState;
use tidelock_crypto::{Digest, cbor};

use super::Connection;
use super::rows::{ROWS, damaged, insert, with_list};

/// An entity.
#[derive(Clone, Debug)]
pub struct Entity {
    /// In whose vault.
    pub vault: String,
    /// Its id.
    pub id: Id,
    /// The place of the write with its newest revision.
    pub cursor: i64,
    /// When the platform took that, in milliseconds since the epoch.
    pub taken: i64,
    /// What follows from its leaves.
    pub state: EntityState,
}

pub(super) fn id(row: &AnyRow, column: usize) -> Result<Id, sqlx::Error> {
    let bytes: &[u8] = row.try_get(column)?;
    Ok(Id::from_bytes(bytes.try_into().map_err(damaged)?))
}

/// A compartment as the columns have it.
pub(super) const fn number(compartment: Compartment) -> i64 {
    match compartment {
        Compartment::Data => 1,
        Compartment::Notes => 2,
        Compartment::Private => 3,
    }
}

fn entity(row: &AnyRow) -> Result<Entity, sqlx::Error> {
    Ok(Entity {
        vault: row.try_get(0)?,
        id: id(row, 1)?,
        cursor: row.try_get(2)?,
        taken: row.try_get(3)?,
        state: cbor::decode(row.try_get(4)?).map_err(damaged)?,
    })
}

/// The entities with these ids, in whichever vaults they are, in any order.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, ids: &[Id]) -> Result<Vec<Entity>, sqlx::Error> {
    let mut found = Vec::new();
    for ids in ids.chunks(ROWS) {
        let statement = "SELECT vault, entity, cursor, taken, state FROM entities WHERE entity IN ({})";
        let query =
            ids.iter().fold(with_list(statement, 0, ids.len()), |query, id| query.bind(id.as_bytes().as_slice()));
        for row in query.fetch_all(&mut *connection).await? {
            found.push(entity(&row)?);
        }
    }
    Ok(found)
}

/// Stores new entities of a vault, and what has become of others.
///
/// # Errors
/// The database's own.
pub async fn put(connection: &mut Connection, entities: &[Entity]) -> Result<(), sqlx::Error> {
    for entities in entities.chunks(ROWS) {
        let statement =
            "INSERT INTO entities (vault, entity, kind, compartment, epoch, cursor, author, capacity, taken, due, deleted,
             content_sequence, state) VALUES {}
             ON CONFLICT (vault, entity) DO UPDATE SET compartment = excluded.compartment, epoch = excluded.epoch,
             cursor = excluded.cursor, author = excluded.author, capacity = excluded.capacity, taken = excluded.taken,
             due = excluded.due, deleted = excluded.deleted, content_sequence = excluded.content_sequence,
             state = excluded.state";
        let mut query = insert(statement, entities.len(), 13);
        for Entity { vault, id, cursor, taken, state } in entities {
            query = query
                .bind(vault)
                .bind(id.as_bytes().as_slice())
                .bind(&state.kind)
                .bind(number(state.compartment))
                .bind(i64::from(state.epoch))
                .bind(*cursor)
                .bind(&state.author.author)
                .bind(&state.author.capacity)
                .bind(*taken)
                .bind(i64::from(state.due))
                .bind(i64::from(state.deleted))
                .bind(i64::try_from(state.content_sequence).map_err(damaged)?)
                .bind(cbor::encode(state));
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Adds links.
///
/// # Errors
/// The database's own.
pub async fn add_links(connection: &mut Connection, vault: &str, links: &[(&Digest, Id)]) -> Result<(), sqlx::Error> {
    for links in links.chunks(ROWS) {
        let statement = "INSERT INTO entity_links (link, vault, entity) VALUES {} ON CONFLICT DO NOTHING";
        let mut query = insert(statement, links.len(), 3);
        for (link, id) in links {
            query = query.bind(link.as_bytes().as_slice()).bind(vault).bind(id.as_bytes().as_slice());
        }
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Removes the links of some entities.
///
/// # Errors
/// The database's own.
pub async fn remove_links(connection: &mut Connection, vault: &str, ids: &[Id]) -> Result<(), sqlx::Error> {
    delete(connection, "DELETE FROM entity_links WHERE vault = $1 AND entity IN ({})", vault, ids).await
}

/// Runs a statement about some entities of a vault.
pub(super) async fn delete(
    connection: &mut Connection,
    statement: &str,
    vault: &str,
    ids: &[Id],
) -> Result<(), sqlx::Error> {
    for ids in ids.chunks(ROWS) {
        let query = with_list(statement, 1, ids.len()).bind(vault);
        let query = ids.iter().fold(query, |query, id| query.bind(id.as_bytes().as_slice()));
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Vault and id of entities that have revisions and are not here, after one of them, in order.
///
/// # Errors
/// The database's own.
pub async fn missing(
    connection: &mut Connection,
    (vault, after): (&str, Option<&Id>),
    limit: i64,
) -> Result<Vec<(String, Id)>, sqlx::Error> {
    sqlx::query(
        "SELECT vault, entity FROM revisions WHERE sequence = 1 AND (vault > $1 OR (vault = $1 AND entity > $2))
         AND NOT EXISTS (SELECT 1 FROM entities WHERE entities.vault = revisions.vault AND entities.entity = revisions.entity)
         ORDER BY vault, entity LIMIT $3",
    )
    .bind(vault)
    .bind(after.map(|id| id.as_bytes().as_slice()).unwrap_or_default())
    .bind(limit)
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Ok((row.try_get(0)?, id(row, 1)?)))
    .collect()
}
