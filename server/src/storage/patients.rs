//! Patients: what a clinic was granted, by whom.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Connection;
use crate::permissions::Permissions;

/// A patient of a clinic.
#[derive(Clone, Debug)]
pub struct Patient {
    /// The clinic.
    pub clinic: String,
    /// The patient's account.
    pub account: String,
    /// What the clinic may do.
    pub permissions: Permissions,
    /// What a plain Tidepool client stored about the patient in clear, a JSON object; ours leaves it empty.
    pub details: String,
    /// Who the patient is, sealed to the clinic, as it came with the invitation.
    pub sealed: Option<Vec<u8>>,
    /// When the clinic accepted, in milliseconds since the epoch.
    pub created: i64,
    /// The last change, in milliseconds since the epoch.
    pub updated: i64,
}

fn patient(row: &AnyRow) -> Result<Patient, sqlx::Error> {
    let permissions: String = row.try_get(2)?;
    Ok(Patient {
        clinic: row.try_get(0)?,
        account: row.try_get(1)?,
        permissions: Permissions::parse(&permissions),
        details: row.try_get(3)?,
        sealed: row.try_get(4)?,
        created: row.try_get(5)?,
        updated: row.try_get(6)?,
    })
}

/// Stores a new patient.
///
/// # Errors
/// The database's own.
pub async fn insert(connection: &mut Connection, patient: &Patient) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO patients (clinic, account, permissions, details, sealed, created, updated)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&patient.clinic)
    .bind(&patient.account)
    .bind(patient.permissions.to_text())
    .bind(&patient.details)
    .bind(patient.sealed.as_deref())
    .bind(patient.created)
    .bind(patient.updated)
    .execute(connection)
    .await?;
    Ok(())
}

/// One patient of a clinic.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, clinic: &str, account: &str) -> Result<Option<Patient>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT clinic, account, permissions, details, sealed, created, updated FROM patients
         WHERE clinic = $1 AND account = $2",
    )
    .bind(clinic)
    .bind(account)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(patient).transpose()
}

/// The patients of a clinic, the newest first.
///
/// # Errors
/// The database's own.
pub async fn of_clinic(connection: &mut Connection, clinic: &str) -> Result<Vec<Patient>, sqlx::Error> {
    sqlx::query(
        "SELECT clinic, account, permissions, details, sealed, created, updated FROM patients WHERE clinic = $1
         ORDER BY created DESC, account",
    )
    .bind(clinic)
    .fetch_all(connection)
    .await?
    .iter()
    .map(patient)
    .collect()
}

/// The clinics an account is a patient of, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn of_account(connection: &mut Connection, account: &str) -> Result<Vec<Patient>, sqlx::Error> {
    sqlx::query(
        "SELECT clinic, account, permissions, details, sealed, created, updated FROM patients WHERE account = $1
         ORDER BY created, clinic",
    )
    .bind(account)
    .fetch_all(connection)
    .await?
    .iter()
    .map(patient)
    .collect()
}

/// Changes what a clinic may do. `false`: she is not its patient.
///
/// # Errors
/// The database's own.
pub async fn set_permissions(
    connection: &mut Connection,
    clinic: &str,
    account: &str,
    permissions: Permissions,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query("UPDATE patients SET permissions = $3, updated = $4 WHERE clinic = $1 AND account = $2")
        .bind(clinic)
        .bind(account)
        .bind(permissions.to_text())
        .bind(now)
        .execute(connection)
        .await?;
    Ok(updated.rows_affected() == 1)
}

/// Replaces what a clinic has written down about a patient.
///
/// # Errors
/// The database's own.
pub async fn set_details(
    connection: &mut Connection,
    clinic: &str,
    account: &str,
    details: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE patients SET details = $3, updated = $4 WHERE clinic = $1 AND account = $2")
        .bind(clinic)
        .bind(account)
        .bind(details)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends it all. `false`: she was not its patient.
///
/// # Errors
/// The database's own.
pub async fn delete(connection: &mut Connection, clinic: &str, account: &str) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query("DELETE FROM patients WHERE clinic = $1 AND account = $2")
        .bind(clinic)
        .bind(account)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected() == 1)
}
