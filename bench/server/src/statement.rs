//! The server's statements, read from its log: what stands in the place of each of their parameters.

use crate::Result;

/// A statement of the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its text.
    pub(crate) text: String,
    /// The table that rows are inserted into, if it does that.
    pub(crate) inserts_into: Option<String>,
    /// Its parameters, in the order of their numbers: of each the column that it is stored in or equal to, or `LIMIT`; what a
    /// column is to be greater than, or at most, has `>` or `<=` after it.
    pub(crate) parameters: Vec<String>,
}

impl Statement {
    /// Reads a statement as the server writes it: with `$1`, `$2` and so on, each once and in order, or with `?` only.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim().to_owned();
        let (inserts_into, parameters) = match text.strip_prefix("INSERT INTO ") {
            Some(rest) => match (inserted(rest), selected(rest)) {
                (Some((table, parameters)), _) => (Some(table), parameters),
                (None, Some(parameters)) => (None, parameters),
                (None, None) => return Err(format!("not understood: {text}").into()),
            },
            None => (None, compared(&text)),
        };
        let numbered = numbers(&text).count();
        let unnumbered = words(&text).filter(|word| *word == "?").count();
        let in_order = numbers(&text).eq(1..=numbered) && (numbered == 0 || unnumbered == 0);
        if !in_order || parameters.len() != numbered + unnumbered {
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

fn is_parameter(word: &str) -> bool {
    word.starts_with(['$', '?'])
}

fn numbers(text: &str) -> impl Iterator<Item = usize> {
    words(text).filter_map(|word| word.strip_prefix('$')?.parse().ok())
}

/// `table (a, b) VALUES ($1, 0),($2, 0)`: the table, and the columns of the parameters.
fn inserted(rest: &str) -> Option<(String, Vec<String>)> {
    let (table, rest) = rest.split_once('(')?;
    let (columns, rest) = rest.split_once(')')?;
    let columns: Vec<&str> = words(columns).collect();
    let rows = rest.trim_start().strip_prefix("VALUES")?;
    // What follows the rows has no parameters.
    let rows = &rows.get(..rows.rfind(['$', '?']).and_then(|place| Some(place + rows.get(place..)?.find(')')?))?)?;
    let values = words(rows).zip(columns.iter().cycle()).filter(|(word, _)| is_parameter(word));
    Some((table.trim().to_owned(), values.map(|(_, column)| (*column).to_owned()).collect()))
}

/// `table (a, b) SELECT a, $1 FROM other WHERE c = $2`: the columns of the parameters, those of the table with its name.
fn selected(rest: &str) -> Option<Vec<String>> {
    let (table, rest) = rest.split_once('(')?;
    let (columns, rest) = rest.split_once(')')?;
    let (list, rest) = rest.trim_start().strip_prefix("SELECT")?.split_once(" FROM ")?;
    let stored = words(list).zip(words(columns)).filter(|(word, _)| is_parameter(word));
    let stored = stored.map(|(_, column)| format!("{}.{column}", table.trim()));
    Some(stored.chain(compared(rest)).collect())
}

/// The columns that parameters are compared with.
fn compared(text: &str) -> Vec<String> {
    let (mut column, mut bound) = ("", "");
    let mut parameters = Vec::new();
    for word in words(text) {
        match word {
            "=" | "IN" => bound = "",
            ">" => bound = " >",
            "<=" => bound = " <=",
            _ if is_parameter(word) => parameters.push(format!("{column}{bound}")),
            _ => (column, bound) = (word.rsplit('.').next().unwrap_or(word), ""),
        }
    }
    parameters
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<String> {
        Statement::parse(text).unwrap().parameters
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
        assert_eq!(columns("INSERT INTO t (a, b) VALUES (?,?),(?,?)"), ["a", "b", "a", "b"]);
        assert_eq!(columns("SELECT x FROM t WHERE t.a = $1 AND b IN ($2,$3) LIMIT $4"), ["a", "b", "b", "LIMIT"]);
        assert_eq!(
            columns("SELECT x FROM t WHERE a = $1 AND t.b > $2 AND b <= $3 AND c = $4 LIMIT $5"),
            ["a", "b >", "b <=", "c", "LIMIT"]
        );
        let selected =
            "INSERT INTO t (a, b) SELECT a, $1 FROM u WHERE c = $2 ON CONFLICT (a) DO UPDATE SET b = excluded.b";
        assert_eq!(columns(selected), ["t.b", "c"]);
        assert_eq!(Statement::parse(selected).unwrap().inserts_into, None);
        for unclear in ["SELECT x FROM t WHERE a = $2", "SELECT x FROM t WHERE a = ? AND b = $1"] {
            assert!(Statement::parse(unclear).is_err());
        }
    }
}
