//! What stands in the statements of requests that the server has answered: read back from its own database.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use crate::Result;
use crate::bare::{Request, Value, values};
use crate::statement::Statement;

/// Which of the rows of a table one write of a vault has made, or changed last.
const ROWS: &[(&str, &str)] = &[
    ("batches", "vault = $1 AND cursor = $2"),
    ("chains", "vault = $1"),
    ("entities", "vault = $1 AND cursor = $2"),
    ("event_counts", "account = $1"),
    ("revisions", "vault = $1 AND cursor = $2"),
    ("vaults", "vault = $1"),
    ("writes", "vault = $1 AND cursor = $2"),
];

/// The columns in which the account stands whose vault, session, identity and chain it is.
const ACCOUNT: &[&str] = &["account", "author", "capacity", "clinic", "id", "owner", "vault"];

/// The values that the parameters of one request's statements take, column by column and in their order.
#[derive(Debug, Default)]
struct Columns(HashMap<&'static str, Vec<Value>>);

impl Columns {
    /// Those that every request has: the account and its session.
    async fn of_session(server: &mut SqliteConnection, account: &str) -> Result<Self> {
        let row = sqlx::query("SELECT token_hash, created FROM sessions WHERE account = $1")
            .bind(account)
            .fetch_one(server)
            .await?;
        let mut columns = HashMap::from([
            ("token_hash", vec![Value::Bytes(row.try_get(0)?)]),
            ("expires >", vec![Value::Number(row.try_get(1)?)]),
        ]);
        columns.extend(ACCOUNT.iter().map(|column| (*column, vec![Value::Text(account.to_owned())])));
        Ok(Self(columns))
    }

    /// The values for a statement whose text was met `before` times in this request: each execution takes the next ones, from the
    /// first again after the last.
    fn bind(&self, statement: &Statement, before: usize) -> Result<Vec<Value>> {
        let mut taken: HashMap<&str, usize> = HashMap::new();
        let of = |name: &str| statement.parameters.iter().filter(|other| *other == name).count();
        let mut bound = Vec::with_capacity(statement.parameters.len());
        for name in &statement.parameters {
            let values = self.0.get(name.as_str()).filter(|values| !values.is_empty());
            let values = values.ok_or_else(|| format!("what is {name} in {}", statement.text))?;
            let taken = taken.entry(name).or_default();
            let place = (before * of(name) + *taken) % values.len();
            *taken += 1;
            bound.push(values.get(place).cloned().ok_or("a value for every parameter")?);
        }
        Ok(bound)
    }
}

/// The writes of a vault at these places, as requests.
pub(crate) async fn writes(
    server: &mut SqliteConnection,
    statements: &[Arc<Statement>],
    account: &str,
    cursors: &[i64],
) -> Result<Vec<Request>> {
    let mut requests = Vec::with_capacity(cursors.len());
    for cursor in cursors {
        let mut columns = Columns::of_session(server, account).await?;
        let row = sqlx::query("SELECT manifest_hash FROM writes WHERE vault = $1 AND cursor = $2")
            .bind(account)
            .bind(cursor)
            .fetch_one(&mut *server)
            .await?;
        columns.0.insert("manifest_hash", values(&row)?);
        let ids = sqlx::query("SELECT entity FROM revisions WHERE vault = $1 AND cursor = $2 ORDER BY position")
            .bind(account)
            .bind(cursor)
            .fetch_all(&mut *server)
            .await?;
        let ids = ids.iter().map(values).collect::<Result<Vec<_>>>()?;
        columns.0.insert("entity", ids.concat());
        let place = sqlx::query("SELECT place FROM event_counts WHERE account = $1").bind(account);
        columns.0.insert("place", values(&place.fetch_one(&mut *server).await?)?);
        let event = [("events.kind", "record"), ("events.owner", account), ("events.clinic", "")];
        columns.0.extend(event.map(|(column, value)| (column, vec![Value::Text(value.to_owned())])));
        let mut request = Vec::with_capacity(statements.len());
        let mut inserted: HashMap<&str, usize> = HashMap::new();
        for statement in statements {
            let values = match &statement.inserts_into {
                Some(table) => {
                    let before = inserted.entry(table).or_default();
                    let (count, values) = rows(server, table, statement, (account, *cursor), *before).await?;
                    *before += count;
                    values
                }
                None => columns.bind(statement, 0)?,
            };
            request.push((statement.clone(), values));
        }
        requests.push(request);
    }
    Ok(requests)
}

/// How many rows a statement inserts, and their values, one row after the other. `before` of those that the write inserts into the
/// table came by other statements.
async fn rows(
    server: &mut SqliteConnection,
    table: &str,
    statement: &Statement,
    (account, cursor): (&str, i64),
    before: usize,
) -> Result<(usize, Vec<Value>)> {
    let (_, which) = ROWS.iter().find(|(name, _)| *name == table).ok_or_else(|| format!("which rows of {table}"))?;
    let Some(first) = statement.parameters.first() else { return Ok((0, Vec::new())) };
    let again = statement.parameters.iter().skip(1).position(|parameter| parameter == first);
    let columns = again.map_or(statement.parameters.len(), |place| place + 1);
    let columns: Vec<&str> = statement.parameters.iter().take(columns).map(String::as_str).collect();
    let count = statement.parameters.len() / columns.len();
    let columns = columns.join(", ");
    let select = format!("SELECT {columns} FROM {table} WHERE {which} ORDER BY rowid LIMIT {count} OFFSET {before}");
    let mut query = sqlx::query(AssertSqlSafe(select)).bind(account);
    if which.contains("$2") {
        query = query.bind(cursor);
    }
    let rows = query.fetch_all(server).await?.iter().map(values).collect::<Result<Vec<_>>>()?.concat();
    if rows.len() != statement.parameters.len() {
        return Err(format!("{} values of {table}, {} parameters", rows.len(), statement.parameters.len()).into());
    }
    Ok((count, rows))
}

/// The page of a vault's writes after a place, as a request. `writes` is how many it has.
pub(crate) async fn page(
    server: &mut SqliteConnection,
    statements: &[Arc<Statement>],
    account: &str,
    after: i64,
    writes: usize,
    limit: i64,
) -> Result<Request> {
    let mut columns = Columns::of_session(server, account).await?;
    let found =
        sqlx::query("SELECT cursor, batch FROM batches WHERE vault = $1 AND cursor > $2 ORDER BY cursor LIMIT $3")
            .bind(account)
            .bind(after)
            .bind(i64::try_from(writes)?)
            .fetch_all(&mut *server)
            .await?;
    if found.len() != writes {
        return Err(format!("a page of {} writes, not of {writes}", found.len()).into());
    }
    for (place, column) in ["cursor", "batch"].into_iter().enumerate() {
        let found = found.iter().map(|row| Ok(values(row)?.swap_remove(place))).collect::<Result<_>>()?;
        columns.0.insert(column, found);
    }
    let last = columns.0.get("cursor").and_then(|found| found.last()).cloned().ok_or("a page with writes")?;
    columns.0.insert("cursor >", vec![Value::Number(after)]);
    columns.0.insert("cursor <=", vec![last]);
    columns.0.insert("LIMIT", vec![Value::Number(limit)]);
    let mut met: HashMap<&str, usize> = HashMap::new();
    let mut request = Vec::with_capacity(statements.len());
    for statement in statements {
        let before = met.entry(&statement.text).or_default();
        request.push((statement.clone(), columns.bind(statement, *before)?));
        *before += 1;
    }
    Ok(request)
}
