//! Entities: what follows from the leaves of each, and the links by which the readers of its parents find it.

use sqlx::Row as _;
use sqlx::any::AnyRow;
use tidelock::Id;
use tidelock::keys::Compartment;
use tidelock::records::EntityState;
use tidelock_crypto::{Digest, cbor, cbor_variants};

use super::Connection;
use super::rows::{self, Statement, Value, damaged, insert};

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
    let statement = "SELECT vault, entity, cursor, taken, state FROM entities WHERE entity IN ({})";
    rows::select(connection, statement, &[], ids).await?.iter().map(entity).collect()
}

/// Which entities are listed.
#[derive(Debug)]
pub struct Listing<'a> {
    /// Of which vault, in the order of their newest revisions; otherwise of all, in the order of vaults and ids.
    pub vault: Option<&'a str>,
    /// Only those that are delegated to this reader, or are of these compartments and epochs.
    pub only: Option<(&'a str, &'a [(Compartment, u32)])>,
    /// Of these types, if there are any.
    pub kinds: &'a [String],
    /// With any of these links, if there are any.
    pub links: &'a [Digest],
    /// By these authors, or in the name of these clinics, if there are any.
    pub authors: &'a [String],
    /// Whose newest revision the platform took within this span.
    pub taken: Option<(i64, i64)>,
    /// Only those that need a new key.
    pub due: bool,
    /// Deleted ones, too.
    pub deleted: bool,
    /// After this place.
    pub after: Option<Place>,
    /// How many at most.
    pub limit: i64,
}

/// The place of an entity in a list: clients give it back as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In one of a vault.
    OfVault {
        /// The place of the entity's newest write.
        cursor: u64,
        /// The entity.
        id: Id,
    },
    /// In one of all vaults.
    OfAll {
        /// The vault.
        vault: String,
        /// The entity.
        id: Id,
    },
}

cbor_variants!(Place { 1: OfVault { cursor: cursor, id: id }, 2: OfAll { vault: vault, id: id } });

/// Lists entities, each with the size of its newest content.
///
/// # Errors
/// The database's own.
pub async fn list(connection: &mut Connection, listing: &Listing<'_>) -> Result<Vec<(Entity, i64)>, sqlx::Error> {
    let text = |text: &String| Value::Text(text.clone());
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    let mut statement = Statement::default();
    statement.add(
        "SELECT entities.vault, entities.entity, entities.cursor, entities.taken, entities.state,
         COALESCE(LENGTH(revisions.header) + LENGTH(revisions.ciphertext), 0) FROM entities
         LEFT JOIN revisions ON revisions.vault = entities.vault AND revisions.entity = entities.entity
         AND revisions.sequence = entities.content_sequence WHERE 1 = 1",
    );
    if let Some(vault) = listing.vault {
        statement.add_with(" AND entities.vault = {}", [Value::Text(vault.to_owned())]);
    }
    if let Some((reader, keys)) = listing.only {
        statement.add_with(
            " AND (EXISTS (SELECT 1 FROM delegations WHERE delegations.vault = entities.vault
             AND delegations.entity = entities.entity AND delegations.delegate = {})",
            [Value::Text(reader.to_owned())],
        );
        for (compartment, epoch) in keys {
            statement.add_with(" OR (entities.compartment = {}", [Value::Number(number(*compartment))]);
            statement.add_with(" AND entities.epoch = {})", [Value::Number(i64::from(*epoch))]);
        }
        statement.add(")");
    }
    if !listing.kinds.is_empty() {
        statement.add_with(" AND entities.kind IN ({})", listing.kinds.iter().map(text));
    }
    if !listing.links.is_empty() {
        let links = listing.links.iter().map(|link| bytes(link.as_bytes()));
        statement.add_with(" AND entities.entity IN (SELECT entity FROM entity_links WHERE link IN ({}))", links);
    }
    if !listing.authors.is_empty() {
        statement.add_with(" AND (entities.author IN ({})", listing.authors.iter().map(text));
        statement.add_with(" OR entities.capacity IN ({}))", listing.authors.iter().map(text));
    }
    if let Some((from, to)) = listing.taken {
        statement.add_with(" AND entities.taken >= {}", [Value::Number(from)]);
        statement.add_with(" AND entities.taken < {}", [Value::Number(to)]);
    }
    if listing.due {
        statement.add(" AND entities.due = 1");
    }
    if !listing.deleted {
        statement.add(" AND entities.deleted = 0");
    }
    match &listing.after {
        Some(Place::OfVault { cursor, id }) => {
            let cursor = i64::try_from(*cursor).unwrap_or(i64::MAX);
            statement.add_with(" AND (entities.cursor > {}", [Value::Number(cursor)]);
            statement.add_with(" OR (entities.cursor = {}", [Value::Number(cursor)]);
            statement.add_with(" AND entities.entity > {}))", [bytes(id.as_bytes())]);
        }
        Some(Place::OfAll { vault, id }) => {
            statement.add_with(" AND (entities.vault > {}", [Value::Text(vault.clone())]);
            statement.add_with(" OR (entities.vault = {}", [Value::Text(vault.clone())]);
            statement.add_with(" AND entities.entity > {}))", [bytes(id.as_bytes())]);
        }
        None => {}
    }
    statement.add(match listing.vault {
        Some(_) => " ORDER BY entities.cursor, entities.entity",
        None => " ORDER BY entities.vault, entities.entity",
    });
    statement.add_with(" LIMIT {}", [Value::Number(listing.limit)]);
    statement.query().fetch_all(connection).await?.iter().map(|row| Ok((entity(row)?, row.try_get(5)?))).collect()
}

/// Stores new entities of a vault, and what has become of others.
///
/// # Errors
/// The database's own.
pub async fn put(connection: &mut Connection, entities: &[Entity]) -> Result<(), sqlx::Error> {
    for entities in rows::chunks(entities, 13) {
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
    for links in rows::chunks(links, 3) {
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
    let statement = "DELETE FROM entity_links WHERE vault = $1 AND entity IN ({})";
    rows::execute(connection, statement, &[vault.into()], ids).await
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
