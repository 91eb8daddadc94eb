//! Statements about many rows at once: a round trip for each would cost more than what is done in it.

use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::{Any, any::AnyArguments};

/// The most rows that one statement is about. With the columns that our tables have, that is far from the most parameters that a
/// database takes.
pub(super) const ROWS: usize = 200;

/// A statement with these parameters in the place of `{}`: `($1,$2),($3,$4)` for two rows of two columns.
pub(super) fn insert<'q>(statement: &str, rows: usize, columns: usize) -> Query<'q, Any, AnyArguments> {
    let rows = (0..rows).map(|row| {
        let columns = (1..=columns).map(|column| row * columns + column);
        format!("({})", list(columns))
    });
    let rows: Vec<String> = rows.collect();
    sqlx::query(AssertSqlSafe(statement.replace("{}", &rows.join(","))))
}

/// A statement with so many parameters in the place of `{}`, after the `before` ones that it names itself.
pub(super) fn with_list<'q>(statement: &str, before: usize, count: usize) -> Query<'q, Any, AnyArguments> {
    sqlx::query(AssertSqlSafe(statement.replace("{}", &list(before + 1..=before + count))))
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
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Bytes(Vec<u8>),
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
