//! Share codes. A clinic may have several.

use sqlx::Row as _;

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
    /// What the clinic calls it.
    pub label: Option<String>,
    /// Creation, in milliseconds since the epoch.
    pub created: i64,
}

/// Stores a new code. `false`: it is taken.
///
/// # Errors
/// The database's own.
pub async fn insert(connection: &mut Connection, code: &ShareCode) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO share_codes (code, clinic, nonce, expires, label, disabled, created)
         VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT DO NOTHING",
    )
    .bind(&code.code)
    .bind(&code.clinic)
    .bind(code.nonce.as_deref())
    .bind(code.expires)
    .bind(code.label.as_deref())
    .bind(code.created)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A code that has not been disabled; it may have expired.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, code: &str) -> Result<Option<ShareCode>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT code, clinic, nonce, expires, label, created FROM share_codes
         WHERE code = $1 AND disabled = 0",
    )
    .bind(code)
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(ShareCode {
            code: row.try_get(0)?,
            clinic: row.try_get(1)?,
            nonce: row.try_get(2)?,
            expires: row.try_get(3)?,
            label: row.try_get(4)?,
            created: row.try_get(5)?,
        })
    })
    .transpose()
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
