//! The bare database: a copy of the server's, on which the statements of its requests are made with the same rows.
//!
//! Which statements, says the server's own log. Their transactions are as in the server: whose session it is, is looked up in a
//! transaction of its own; everything else of a request is in one, and all that write share one connection.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite, TypeInfo as _, ValueRef as _};
use tokio::sync::Mutex;

use crate::statement::Statement;
use crate::{Result, at_once};

/// What stands in the place of a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// An integer.
    Number(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// The statements of one request, each with its values.
pub(crate) type Request = Vec<(Arc<Statement>, Vec<Value>)>;

/// Opens a connection to a database, set as the server sets its own.
pub(crate) async fn connect(file: &Path) -> Result<SqliteConnection> {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await?;
    for setting in tidelock_server::storage::SETTINGS {
        sqlx::query(*setting).execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Copies a database, as it is now.
pub(crate) async fn copy(from: &Path, to: &Path) -> Result<()> {
    let to = to.to_str().ok_or("a path in UTF-8")?;
    sqlx::query("VACUUM INTO $1").bind(to).execute(&mut connect(from).await?).await?;
    Ok(())
}

/// The values of a row.
pub(crate) fn values(row: &SqliteRow) -> Result<Vec<Value>> {
    (0..row.len())
        .map(|column| {
            let raw = row.try_get_raw(column)?;
            let kind = raw.type_info().name().to_owned();
            Ok(match kind.as_str() {
                "INTEGER" => Value::Number(row.try_get(column)?),
                "TEXT" => Value::Text(row.try_get(column)?),
                "BLOB" => Value::Bytes(row.try_get(column)?),
                other => return Err(format!("a value of type {other}").into()),
            })
        })
        .collect()
}

/// Makes the requests of several clients at once, each on a connection of its own; those that write take turns on one. Answers how
/// long it took all of them together.
pub(crate) async fn run(file: &Path, clients: Vec<Vec<Request>>, writes: bool) -> Result<Duration> {
    let writer = if writes { Some(Arc::new(Mutex::new(connect(file).await?))) } else { None };
    let mut connected = Vec::with_capacity(clients.len());
    for requests in clients {
        connected.push((connect(file).await?, writer.clone(), requests));
    }
    let (time, _) = at_once(connected, |(reader, writer, requests)| client(reader, writer, requests)).await?;
    Ok(time)
}

async fn client(
    mut reader: SqliteConnection,
    writer: Option<Arc<Mutex<SqliteConnection>>>,
    requests: Vec<Request>,
) -> Result<()> {
    for request in requests {
        let Some((session, rest)) = request.split_first() else { continue };
        let mut transaction = reader.begin().await?;
        perform(&mut transaction, session).await?;
        transaction.rollback().await?;
        if let Some(writer) = &writer {
            let mut writer = writer.lock().await;
            let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
            for statement in rest {
                perform(&mut transaction, statement).await?;
            }
            transaction.commit().await?;
        } else {
            let mut transaction = reader.begin().await?;
            for statement in rest {
                perform(&mut transaction, statement).await?;
            }
            transaction.rollback().await?;
        }
    }
    Ok(())
}

async fn perform(connection: &mut SqliteConnection, (statement, values): &(Arc<Statement>, Vec<Value>)) -> Result<()> {
    let query = sqlx::query::<Sqlite>(AssertSqlSafe(statement.text.clone()));
    let query = values.iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.clone()),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
    });
    if statement.answers_rows() {
        query.fetch_all(connection).await?;
    } else {
        query.execute(connection).await?;
    }
    Ok(())
}
