//! Accounts: who can sign in.

use sqlx::Row as _;

use super::Connection;

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id, a version 4 UUID.
    pub id: String,
    /// The name it signs in with: its first e-mail address, as typed.
    pub username: String,
    /// Its e-mail addresses, as typed.
    pub emails: Vec<String>,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// Tidepool's roles, for instance `patient` or `clinic`.
    pub roles: Vec<String>,
    /// Whether somebody has shown that he reads mail sent there.
    pub email_verified: bool,
    /// Creation, in milliseconds since the epoch.
    pub created: i64,
}

/// The form under which addresses are compared.
pub fn fold(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Stores a new account. `false`: its name or one of its addresses is taken.
///
/// # Errors
/// The database's own.
pub async fn insert(connection: &mut Connection, account: &Account) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO accounts (id, username, password_hash, roles, email_verified, created)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(&account.id)
    .bind(fold(&account.username))
    .bind(&account.password_hash)
    .bind(account.roles.join(","))
    .bind(i64::from(account.email_verified))
    .bind(account.created)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    for (position, email) in (0_i64..).zip(&account.emails) {
        let inserted = sqlx::query(
            "INSERT INTO account_emails (email, account, written, position) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(fold(email))
        .bind(&account.id)
        .bind(email)
        .bind(position)
        .execute(&mut *connection)
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The account with this id.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, id: &str) -> Result<Option<Account>, sqlx::Error> {
    let row =
        sqlx::query("SELECT id, username, password_hash, roles, email_verified, created FROM accounts WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *connection)
            .await?;
    let Some(row) = row else { return Ok(None) };
    let emails = sqlx::query("SELECT written FROM account_emails WHERE account = $1 ORDER BY position")
        .bind(id)
        .fetch_all(&mut *connection)
        .await?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<String>, _>>()?;
    let roles: String = row.try_get(3)?;
    let username = match emails.first() {
        Some(first) => first.clone(),
        None => row.try_get(1)?,
    };
    Ok(Some(Account {
        id: row.try_get(0)?,
        username,
        emails,
        password_hash: row.try_get(2)?,
        roles: roles.split(',').filter(|role| !role.is_empty()).map(str::to_owned).collect(),
        email_verified: row.try_get::<i64, _>(4)? != 0,
        created: row.try_get(5)?,
    }))
}

/// The account that signs in with this name or owns this address.
///
/// # Errors
/// The database's own.
pub async fn find_by_name(connection: &mut Connection, name: &str) -> Result<Option<Account>, sqlx::Error> {
    let row = sqlx::query("SELECT account FROM account_emails WHERE email = $1")
        .bind(fold(name))
        .fetch_optional(&mut *connection)
        .await?;
    match row {
        Some(row) => find(connection, row.try_get(0)?).await,
        None => Ok(None),
    }
}

/// Notes that somebody has shown that he reads mail sent to an account's address.
///
/// # Errors
/// The database's own.
pub async fn set_verified(connection: &mut Connection, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET email_verified = 1 WHERE id = $1").bind(id).execute(connection).await?;
    Ok(())
}

/// Whether an account is an administrator of the platform.
///
/// # Errors
/// The database's own.
pub async fn is_administrator(connection: &mut Connection, id: &str) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("SELECT id FROM accounts WHERE id = $1 AND administrator = 1")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Makes an account an administrator of the platform, or none any more.
///
/// # Errors
/// The database's own.
pub async fn set_administrator(connection: &mut Connection, id: &str, administrator: bool) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE accounts SET administrator = $2 WHERE id = $1")
        .bind(id)
        .bind(i64::from(administrator))
        .execute(connection)
        .await?;
    Ok(())
}

/// Ids and names of the platform's administrators.
///
/// # Errors
/// The database's own.
pub async fn administrators(connection: &mut Connection) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query("SELECT id, username FROM accounts WHERE administrator = 1 ORDER BY username")
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}
