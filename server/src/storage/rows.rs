//! Statements about many rows at once: a round trip for each would cost more than what is done in it.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};
use tidelock::Id;
use tidelock_crypto::Digest;

use super::Connection;

/// The most values that a statement looks for at once.
const VALUES: usize = 200;

/// The most parameters of a statement that inserts rows. Fewer rows would be more round trips, and more of them would be more
/// different statements to prepare.
const PARAMETERS: usize = 650;

/// The rows that one statement inserts, of those with so many columns.
pub(super) fn chunks<T>(rows: &[T], columns: usize) -> std::slice::Chunks<'_, T> {
    rows.chunks((PARAMETERS / columns).max(1))
}

/// A statement with these parameters in the place of `{}`: `(?,?),(?,?)` for two rows of two columns. It has no others.
///
/// They have no numbers: SQLite would look for each among those of all, which for many rows takes longer than storing them.
pub(super) fn insert<'q>(statement: &str, rows: usize, columns: usize) -> Query<'q, Any, AnyArguments> {
    let row = format!("({})", vec!["?"; columns].join(","));
    sqlx::query(AssertSqlSafe(statement.replace("{}", &vec![row; rows].join(","))))
}

/// The rows that a statement finds which has `values` in the place of `{}`, after the parameters that it names itself. Many values
/// are taken in parts; the rows of each are in order.
pub(super) async fn select<V: Copy + Into<Value>>(
    connection: &mut Connection,
    statement: &str,
    named: &[Value],
    values: &[V],
) -> Result<Vec<AnyRow>, sqlx::Error> {
    let mut rows = Vec::new();
    for values in values.chunks(VALUES) {
        rows.extend(with_values(statement, named, values).fetch_all(&mut *connection).await?);
    }
    Ok(rows)
}

/// Runs such a statement that finds nothing, but changes or removes.
pub(super) async fn execute<V: Copy + Into<Value>>(
    connection: &mut Connection,
    statement: &str,
    named: &[Value],
    values: &[V],
) -> Result<(), sqlx::Error> {
    for values in values.chunks(VALUES) {
        with_values(statement, named, values).execute(&mut *connection).await?;
    }
    Ok(())
}

fn with_values<V: Copy + Into<Value>>(
    statement: &str,
    named: &[Value],
    values: &[V],
) -> Query<'static, Any, AnyArguments> {
    let mut complete = Statement { text: String::new(), values: named.to_vec() };
    complete.add_with(statement, values.iter().map(|value| (*value).into()));
    complete.query()
}

fn list(numbers: impl Iterator<Item = usize>) -> String {
    numbers.map(|number| format!("${number}")).collect::<Vec<_>>().join(",")
}

/// A statement that is put together from parts, with what its parameters stand for.
#[derive(Debug, Default)]
pub(super) struct Statement {
    text: String,
    values: Vec<Value>,
}

/// What a parameter stands for.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Bytes(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Id> for Value {
    fn from(id: Id) -> Self {
        Self::Bytes(id.as_bytes().to_vec())
    }
}

impl From<Digest> for Value {
    fn from(digest: Digest) -> Self {
        Self::Bytes(digest.as_bytes().to_vec())
    }
}

impl Statement {
    /// Adds a part as it is.
    pub(super) fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a part with parameters, separated by commas, in the place of each `{}`.
    pub(super) fn add_with(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        let before = self.values.len();
        self.values.extend(values);
        self.text.push_str(&text.replace("{}", &list(before + 1..=self.values.len())));
    }

    pub(super) fn query(self) -> Query<'static, Any, AnyArguments> {
        self.values.into_iter().fold(sqlx::query(AssertSqlSafe(self.text)), |query, value| match value {
            Value::Text(text) => query.bind(text),
            Value::Number(number) => query.bind(number),
            Value::Bytes(bytes) => query.bind(bytes),
        })
    }
}

/// What is stored is ours: if it cannot be read, the database is damaged.
pub(super) fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
