//! The server's statements, read from its log: what stands in the place of each of their parameters.

use crate::Result;

/// A statement of the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its text.
    pub(crate) text: String,
    /// The table that rows are inserted into, if it does that.
    pub(crate) inserts_into: Option<String>,
    /// Its parameters, in the order of their numbers.
    pub(crate) parameters: Vec<Parameter>,
}

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// The column that it is compared with or stored in, or `LIMIT`.
    pub(crate) column: String,
    /// Whether it is what something has to be greater than.
    pub(crate) is_bound: bool,
}

impl Statement {
    /// Reads a statement as the server writes it: with `$1`, `$2` and so on, each once and in order.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim().to_owned();
        let (inserts_into, parameters) = match text.strip_prefix("INSERT INTO ") {
            Some(rest) => {
                let (table, parameters) = inserted(rest).ok_or_else(|| format!("not understood: {text}"))?;
                (Some(table), parameters)
            }
            None => (None, compared(&text)),
        };
        let last = numbers(&text).max().unwrap_or_default();
        if parameters.len() != last || numbers(&text).ne(1..=last) {
            return Err(format!("not understood: {text}").into());
        }
        Ok(Self { text, inserts_into, parameters })
    }

    /// Whether it answers rows.
    pub(crate) fn answers_rows(&self) -> bool {
        self.text.starts_with("SELECT") || self.text.contains("RETURNING")
    }
}

/// Its words, without commas and brackets.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| character.is_whitespace() || "(),".contains(character)).filter(|word| !word.is_empty())
}

fn numbers(text: &str) -> impl Iterator<Item = usize> {
    words(text).filter_map(|word| word.strip_prefix('$')?.parse().ok())
}

/// `table (a, b) VALUES ($1, 0),($2, 0)`: the table, and the columns of the parameters.
fn inserted(rest: &str) -> Option<(String, Vec<Parameter>)> {
    let (table, rest) = rest.split_once('(')?;
    let (columns, rest) = rest.split_once(')')?;
    let columns: Vec<&str> = words(columns).collect();
    let rows = rest.trim_start().strip_prefix("VALUES")?;
    // What follows the rows has no parameters.
    let rows = &rows.get(..rows.rfind('$').and_then(|place| Some(place + rows.get(place..)?.find(')')?))?)?;
    let values = words(rows).zip(columns.iter().cycle()).filter(|(word, _)| word.starts_with('$'));
    let parameters = values.map(|(_, column)| Parameter { column: (*column).to_owned(), is_bound: false });
    Some((table.trim().to_owned(), parameters.collect()))
}

/// The columns that parameters are compared with.
fn compared(text: &str) -> Vec<Parameter> {
    let (mut column, mut is_bound) = ("", false);
    let mut parameters = Vec::new();
    for word in words(text) {
        match word {
            "=" | "IN" => is_bound = false,
            ">" => is_bound = true,
            _ if word.starts_with('$') => parameters.push(Parameter { column: column.to_owned(), is_bound }),
            _ => column = word.rsplit('.').next().unwrap_or(word),
        }
    }
    parameters
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<String> {
        Statement::parse(text).unwrap().parameters.into_iter().map(|parameter| parameter.column).collect()
    }

    #[test]
    fn parameters_have_their_columns() {
        let statement =
            Statement::parse("INSERT INTO vaults (vault, cursor) VALUES ($1, 0) ON CONFLICT DO NOTHING").unwrap();
        assert_eq!(statement.inserts_into.unwrap(), "vaults");
        assert_eq!(
            columns("INSERT INTO t (a, b)\n VALUES ($1,$2),($3,$4) ON CONFLICT (a) DO NOTHING"),
            ["a", "b", "a", "b"]
        );
        assert_eq!(columns("SELECT x FROM t WHERE t.a = $1 AND b IN ($2,$3) LIMIT $4"), ["a", "b", "b", "LIMIT"]);
        let bound = Statement::parse("SELECT x FROM t WHERE a = $1 AND t.b > $2 AND c = $3").unwrap();
        assert_eq!(
            bound.parameters.iter().map(|parameter| parameter.is_bound).collect::<Vec<_>>(),
            [false, true, false]
        );
        assert!(Statement::parse("SELECT x FROM t WHERE a = $2").is_err());
    }
}
