//! Clinics and the people who run them.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Connection;
use super::rows;

/// May change the clinic, its members and its keys.
pub const ADMIN: &str = "CLINIC_ADMIN";
/// May see the clinic's patients and answer invitations.
pub const MEMBER: &str = "CLINIC_MEMBER";

/// A clinic.
#[derive(Clone, Debug)]
pub struct Clinic {
    /// Its id: 24 hexadecimal digits.
    pub id: String,
    /// Its name, in clear.
    pub name: String,
    /// Address and the like, a JSON object in Tidepool's form.
    pub details: String,
    /// The code shown for it, in its canonical form.
    pub share_code: String,
    /// Creation, in milliseconds since the epoch.
    pub created: i64,
    /// The last change, in milliseconds since the epoch.
    pub updated: i64,
}

/// A member of a clinic.
#[derive(Clone, Debug)]
pub struct Member {
    /// The clinic's id.
    pub clinic: String,
    /// The member's account.
    pub account: String,
    /// [`ADMIN`], [`MEMBER`], or both.
    pub roles: Vec<String>,
    /// When he joined, in milliseconds since the epoch.
    pub created: i64,
    /// When his roles last changed, in milliseconds since the epoch.
    pub updated: i64,
}

const CLINIC: &str = "SELECT id, name, details, share_code, created, updated FROM clinics WHERE id = $1";

fn clinic(row: &AnyRow) -> Result<Clinic, sqlx::Error> {
    Ok(Clinic {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        details: row.try_get(2)?,
        share_code: row.try_get(3)?,
        created: row.try_get(4)?,
        updated: row.try_get(5)?,
    })
}

fn member(row: &AnyRow) -> Result<Member, sqlx::Error> {
    let roles: String = row.try_get(2)?;
    Ok(Member {
        clinic: row.try_get(0)?,
        account: row.try_get(1)?,
        roles: roles.split(',').map(str::to_owned).collect(),
        created: row.try_get(3)?,
        updated: row.try_get(4)?,
    })
}

/// Stores a new clinic.
///
/// # Errors
/// The database's own.
pub async fn insert(connection: &mut Connection, clinic: &Clinic) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO clinics (id, name, details, share_code, created, updated) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&clinic.id)
    .bind(&clinic.name)
    .bind(&clinic.details)
    .bind(&clinic.share_code)
    .bind(clinic.created)
    .bind(clinic.updated)
    .execute(connection)
    .await?;
    Ok(())
}

/// The clinic with this id.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, id: &str) -> Result<Option<Clinic>, sqlx::Error> {
    let row = sqlx::query(CLINIC).bind(id).fetch_optional(connection).await?;
    row.as_ref().map(clinic).transpose()
}

/// Changes the code that is shown for a clinic.
///
/// # Errors
/// The database's own.
pub async fn show_share_code(connection: &mut Connection, id: &str, code: &str, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE clinics SET share_code = $2, updated = $3 WHERE id = $1")
        .bind(id)
        .bind(code)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores a new member.
///
/// # Errors
/// The database's own.
pub async fn insert_member(connection: &mut Connection, member: &Member) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO clinic_members (clinic, account, roles, created, updated) VALUES ($1, $2, $3, $4, $5)")
        .bind(&member.clinic)
        .bind(&member.account)
        .bind(member.roles.join(","))
        .bind(member.created)
        .bind(member.updated)
        .execute(connection)
        .await?;
    Ok(())
}

/// Somebody's membership of a clinic.
///
/// # Errors
/// The database's own.
pub async fn find_member(
    connection: &mut Connection,
    clinic: &str,
    account: &str,
) -> Result<Option<Member>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT clinic, account, roles, created, updated FROM clinic_members WHERE clinic = $1 AND account = $2",
    )
    .bind(clinic)
    .bind(account)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(member).transpose()
}

/// The members of a clinic, the longest-standing first.
///
/// # Errors
/// The database's own.
pub async fn members(connection: &mut Connection, clinic: &str) -> Result<Vec<Member>, sqlx::Error> {
    sqlx::query(
        "SELECT clinic, account, roles, created, updated FROM clinic_members WHERE clinic = $1
         ORDER BY created, account",
    )
    .bind(clinic)
    .fetch_all(connection)
    .await?
    .iter()
    .map(member)
    .collect()
}

/// The memberships of an account, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn memberships(connection: &mut Connection, account: &str) -> Result<Vec<Member>, sqlx::Error> {
    sqlx::query(
        "SELECT clinic, account, roles, created, updated FROM clinic_members WHERE account = $1
         ORDER BY created, clinic",
    )
    .bind(account)
    .fetch_all(connection)
    .await?
    .iter()
    .map(member)
    .collect()
}

/// Those of several ids that are clinics'.
///
/// # Errors
/// The database's own.
pub async fn among(connection: &mut Connection, ids: &[&str]) -> Result<Vec<String>, sqlx::Error> {
    let found = rows::select(connection, "SELECT id FROM clinics WHERE id IN ({})", &[], ids).await?;
    found.iter().map(|row| row.try_get(0)).collect()
}
