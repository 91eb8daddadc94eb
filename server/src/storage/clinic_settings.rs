//! What a clinic has decided for itself.

use sqlx::Row as _;

use super::Connection;

/// The settings of a clinic. A new clinic has decided nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClinicSettings {
    /// Whether each patient whom a plain client accepts needs a medical record number.
    pub mrn_required: bool,
    /// Whether no two of those may have the same.
    pub mrn_unique: bool,
    /// Whether its administrators get no mail about invitations.
    pub quiet: bool,
}

/// The settings of a clinic.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, clinic: &str) -> Result<ClinicSettings, sqlx::Error> {
    let row = sqlx::query("SELECT mrn_required, mrn_unique, quiet FROM clinic_settings WHERE clinic = $1")
        .bind(clinic)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(ClinicSettings::default()) };
    Ok(ClinicSettings {
        mrn_required: row.try_get::<i64, _>(0)? != 0,
        mrn_unique: row.try_get::<i64, _>(1)? != 0,
        quiet: row.try_get::<i64, _>(2)? != 0,
    })
}

/// Changes the settings of a clinic.
///
/// # Errors
/// The database's own.
pub async fn put(connection: &mut Connection, clinic: &str, settings: ClinicSettings) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO clinic_settings (clinic, mrn_required, mrn_unique, quiet) VALUES ($1, $2, $3, $4)
         ON CONFLICT (clinic) DO UPDATE SET
         mrn_required = excluded.mrn_required, mrn_unique = excluded.mrn_unique, quiet = excluded.quiet",
    )
    .bind(clinic)
    .bind(i64::from(settings.mrn_required))
    .bind(i64::from(settings.mrn_unique))
    .bind(i64::from(settings.quiet))
    .execute(connection)
    .await?;
    Ok(())
}
