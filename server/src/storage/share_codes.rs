//! Share codes. A clinic may have several.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Connection;

/// A share code.
#[derive(Clone, Debug)]
pub struct ShareCode {
    /// The code in its canonical form, `XXXX-YYYY-ZZZZ`.
    pub code: String,
    /// The clinic it stands for.
    pub clinic: String,
    /// What makes the code certify the clinic's root key: 16 bytes. A random code has none.
    pub nonce: Option<Vec<u8>>,
    /// Until when it may be used, in milliseconds since the epoch.
    pub expires: Option<i64>,
    /// By how many patients it may be used; any, if there is no number.
    pub uses: Option<i64>,
    /// What the clinic calls it.
    pub label: Option<String>,
    /// Whether it must not be used any more.
    pub disabled: bool,
    /// Whether it certifies a root that has been replaced.
    pub outdated: bool,
    /// Creation, in milliseconds since the epoch.
    pub created: i64,
}

fn share_code(row: &AnyRow) -> Result<ShareCode, sqlx::Error> {
    Ok(ShareCode {
        code: row.try_get(0)?,
        clinic: row.try_get(1)?,
        nonce: row.try_get(2)?,
        expires: row.try_get(3)?,
        uses: row.try_get(4)?,
        label: row.try_get(5)?,
        disabled: row.try_get::<i64, _>(6)? != 0,
        created: row.try_get(7)?,
        outdated: row.try_get::<i64, _>(8)? != 0,
    })
}

/// Stores a new code, which certifies the newest root if any. `false`: it is taken.
///
/// # Errors
/// The database's own.
pub async fn insert(connection: &mut Connection, code: &ShareCode) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO share_codes (code, clinic, nonce, expires, uses, label, disabled, created)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(&code.code)
    .bind(&code.clinic)
    .bind(code.nonce.as_deref())
    .bind(code.expires)
    .bind(code.uses)
    .bind(code.label.as_deref())
    .bind(i64::from(code.disabled))
    .bind(code.created)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A code, which may have expired, have been used up or disabled.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, code: &str) -> Result<Option<ShareCode>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT code, clinic, nonce, expires, uses, label, disabled, created, outdated FROM share_codes WHERE code = $1",
    )
    .bind(code)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(share_code).transpose()
}

/// The certifying codes of a clinic, the newest first.
///
/// # Errors
/// The database's own.
pub async fn of_clinic(connection: &mut Connection, clinic: &str) -> Result<Vec<ShareCode>, sqlx::Error> {
    sqlx::query(
        "SELECT code, clinic, nonce, expires, uses, label, disabled, created, outdated FROM share_codes
         WHERE clinic = $1 AND nonce IS NOT NULL ORDER BY created DESC, code",
    )
    .bind(clinic)
    .fetch_all(connection)
    .await?
    .iter()
    .map(share_code)
    .collect()
}

/// Disables the codes of a clinic that certify nothing.
///
/// # Errors
/// The database's own.
pub async fn disable_random(connection: &mut Connection, clinic: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE share_codes SET disabled = 1 WHERE clinic = $1 AND nonce IS NULL")
        .bind(clinic)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that the certifying codes of a clinic certify a root that has been replaced.
///
/// # Errors
/// The database's own.
pub async fn set_outdated(connection: &mut Connection, clinic: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE share_codes SET outdated = 1 WHERE clinic = $1 AND nonce IS NOT NULL")
        .bind(clinic)
        .execute(connection)
        .await?;
    Ok(())
}

/// Disables a certifying code of a clinic. `false`: it has none such.
///
/// # Errors
/// The database's own.
pub async fn disable(connection: &mut Connection, clinic: &str, code: &str) -> Result<bool, sqlx::Error> {
    let updated =
        sqlx::query("UPDATE share_codes SET disabled = 1 WHERE clinic = $1 AND code = $2 AND nonce IS NOT NULL")
            .bind(clinic)
            .bind(code)
            .execute(connection)
            .await?;
    Ok(updated.rows_affected() == 1)
}

/// Changes what a clinic calls one of its certifying codes. `false`: it has none such.
///
/// # Errors
/// The database's own.
pub async fn set_label(
    connection: &mut Connection,
    clinic: &str,
    code: &str,
    label: Option<&str>,
) -> Result<bool, sqlx::Error> {
    let updated =
        sqlx::query("UPDATE share_codes SET label = $3 WHERE clinic = $1 AND code = $2 AND nonce IS NOT NULL")
            .bind(clinic)
            .bind(code)
            .bind(label)
            .execute(connection)
            .await?;
    Ok(updated.rows_affected() == 1)
}

/// Notes with which code an invitation was sent.
///
/// # Errors
/// The database's own.
pub async fn put_use(
    connection: &mut Connection,
    invitation: &str,
    code: &str,
    account: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO share_code_uses (invitation_key, code, account) VALUES ($1, $2, $3)")
        .bind(invitation)
        .bind(code)
        .bind(account)
        .execute(connection)
        .await?;
    Ok(())
}

/// The code with which an invitation was sent, if that is known.
///
/// # Errors
/// The database's own.
pub async fn used_by(connection: &mut Connection, invitation: &str) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query("SELECT code FROM share_code_uses WHERE invitation_key = $1")
        .bind(invitation)
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// How many accounts other than this one have used a code.
///
/// # Errors
/// The database's own.
pub async fn used(connection: &mut Connection, code: &str, except: &str) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT COUNT(DISTINCT account) FROM share_code_uses WHERE code = $1 AND account <> $2")
        .bind(code)
        .bind(except)
        .fetch_one(connection)
        .await?
        .try_get(0)
}
