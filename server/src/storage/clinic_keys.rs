//! The keys of clinics: what they publish, and the private ones, each sealed to one of their people.

use minicbor::bytes::ByteVec;
use sqlx::Row as _;
use tidelock::keys::{ClinicBundle, EnvelopePurpose, MemberEnvelope};

use super::Connection;
use super::rows::damaged;

/// What a clinic publishes.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, clinic: &str) -> Result<Option<ClinicBundle>, sqlx::Error> {
    let row = sqlx::query("SELECT root, statement, roster, head FROM clinic_keys WHERE clinic = $1")
        .bind(clinic)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        let column = |index| Ok::<ByteVec, sqlx::Error>(row.try_get::<Vec<u8>, usize>(index)?.into());
        Ok(ClinicBundle { root: column(0)?, statement: column(1)?, roster: column(2)?, head: column(3)? })
    })
    .transpose()
}

/// Replaces what a clinic publishes.
///
/// # Errors
/// The database's own.
pub async fn put(
    connection: &mut Connection,
    clinic: &str,
    bundle: &ClinicBundle,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO clinic_keys (clinic, root, statement, roster, head, updated) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (clinic) DO UPDATE SET root = excluded.root, statement = excluded.statement,
         roster = excluded.roster, head = excluded.head, updated = excluded.updated",
    )
    .bind(clinic)
    .bind(bundle.root.as_slice())
    .bind(bundle.statement.as_slice())
    .bind(bundle.roster.as_slice())
    .bind(bundle.head.as_slice())
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

const fn purpose(purpose: EnvelopePurpose) -> &'static str {
    match purpose {
        EnvelopePurpose::Agreement => "agreement",
        EnvelopePurpose::Root => "root",
    }
}

/// Replaces all envelopes of a clinic.
///
/// # Errors
/// The database's own.
pub async fn put_envelopes(
    connection: &mut Connection,
    clinic: &str,
    envelopes: &[MemberEnvelope],
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM clinic_envelopes WHERE clinic = $1").bind(clinic).execute(&mut *connection).await?;
    for envelope in envelopes {
        sqlx::query(
            "INSERT INTO clinic_envelopes (clinic, account, purpose, version, sealed) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (clinic, account, purpose, version) DO UPDATE SET sealed = excluded.sealed",
        )
        .bind(clinic)
        .bind(&envelope.user)
        .bind(purpose(envelope.purpose))
        .bind(i64::from(envelope.version))
        .bind(envelope.sealed.as_slice())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The envelopes of a clinic for one person.
///
/// # Errors
/// The database's own.
pub async fn envelopes(
    connection: &mut Connection,
    clinic: &str,
    account: &str,
) -> Result<Vec<MemberEnvelope>, sqlx::Error> {
    sqlx::query(
        "SELECT purpose, version, sealed FROM clinic_envelopes WHERE clinic = $1 AND account = $2
         ORDER BY purpose, version",
    )
    .bind(clinic)
    .bind(account)
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| {
        let name: String = row.try_get(0)?;
        let purpose = [EnvelopePurpose::Agreement, EnvelopePurpose::Root]
            .into_iter()
            .find(|candidate| purpose(*candidate) == name)
            .ok_or_else(|| damaged("unknown purpose of an envelope"))?;
        let version: i64 = row.try_get(1)?;
        let version = u32::try_from(version).map_err(damaged)?;
        let sealed: Vec<u8> = row.try_get(2)?;
        Ok(MemberEnvelope { user: account.to_owned(), purpose, version, sealed: sealed.into() })
    })
    .collect()
}
