//! The keys of clinics: what they publish, and the private ones, each sealed to one of their people.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use tidelock::keys::{
    ClinicBundle, ClinicHead, ClinicRoot, ClinicStatement, EnvelopePurpose, FormerRoot, MemberEnvelope, Roster,
};
use tidelock::signed::Unverified;
use tidelock_crypto::Digest;
use tidelock_crypto::cbor::List;

use super::Connection;
use super::rows::{self, damaged};

fn digest(row: &AnyRow, index: usize) -> Result<Digest, sqlx::Error> {
    let bytes: Vec<u8> = row.try_get(index)?;
    Ok(Digest::from_bytes(bytes.try_into().map_err(|_| damaged("a digest of another length"))?))
}

/// What a clinic publishes.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, clinic: &str) -> Result<Option<ClinicBundle>, sqlx::Error> {
    let row = sqlx::query("SELECT root, statement, roster, head FROM clinic_keys WHERE clinic = $1")
        .bind(clinic)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let column = |index| Ok::<ByteVec, sqlx::Error>(row.try_get::<Vec<u8>, usize>(index)?.into());
    let (root, statement, roster, head) = (column(0)?, column(1)?, column(2)?, column(3)?);
    let mut earlier = Vec::new();
    for row in sqlx::query("SELECT statement FROM clinic_statements WHERE clinic = $1 ORDER BY version")
        .bind(clinic)
        .fetch_all(&mut *connection)
        .await?
    {
        earlier.push(row.try_get::<Vec<u8>, _>(0)?.into());
    }
    // The last of them is the current one.
    earlier.pop();
    let former = former_roots(connection, &[clinic]).await?;
    Ok(Some(ClinicBundle { root, statement, roster, head, earlier: List(earlier), former: List(former) }))
}

/// The roots that several clinics had before those that they have: of each, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn former_roots(connection: &mut Connection, clinics: &[&str]) -> Result<Vec<FormerRoot>, sqlx::Error> {
    let statement = "SELECT root, succession FROM clinic_roots WHERE clinic IN ({}) ORDER BY clinic, version";
    let rows = rows::select(connection, statement, &[], clinics).await?;
    let column = |row: &AnyRow, index: usize| Ok::<ByteVec, sqlx::Error>(row.try_get::<Vec<u8>, _>(index)?.into());
    rows.iter().map(|row| Ok(FormerRoot { root: column(row, 0)?, succession: column(row, 1)? })).collect()
}

/// A clinic's newest statement.
#[derive(Clone, Copy, Debug)]
pub struct Newest {
    /// Its number.
    pub version: i64,
    /// Its digest.
    pub digest: Digest,
}

/// The newest statements of those among some data owners that are clinics with keys.
///
/// # Errors
/// The database's own.
pub async fn newest_statements(
    connection: &mut Connection,
    ids: &[&str],
) -> Result<BTreeMap<String, Newest>, sqlx::Error> {
    let statement = "SELECT clinic, version, digest FROM clinic_statements WHERE clinic IN ({}) ORDER BY version";
    let rows = rows::select(connection, statement, &[], ids).await?;
    // Of each clinic the last one stays.
    let newest = rows.iter().map(|row| {
        let newest = Newest { version: row.try_get(1)?, digest: digest(row, 2)? };
        Ok((row.try_get(0)?, newest))
    });
    newest.collect()
}

/// Earlier heads of a clinic, by their digests, and the rosters that they name.
///
/// # Errors
/// The database's own.
pub async fn heads(
    connection: &mut Connection,
    clinic: &str,
    digests: &[Digest],
) -> Result<(Vec<ByteVec>, Vec<ByteVec>), sqlx::Error> {
    let statement = "SELECT head, roster FROM clinic_heads WHERE clinic = $1 AND digest IN ({}) ORDER BY digest";
    let (mut heads, mut named) = (Vec::new(), Vec::new());
    for row in rows::select(connection, statement, &[clinic.into()], digests).await? {
        heads.push(row.try_get::<Vec<u8>, _>(0)?.into());
        let roster = digest(&row, 1)?;
        if !named.contains(&roster) {
            named.push(roster);
        }
    }
    let statement = "SELECT roster FROM clinic_rosters WHERE clinic = $1 AND digest IN ({}) ORDER BY digest";
    let mut rosters = Vec::new();
    for row in rows::select(connection, statement, &[clinic.into()], &named).await? {
        rosters.push(row.try_get::<Vec<u8>, _>(0)?.into());
    }
    Ok((heads, rosters))
}

/// The clinics that have keys.
///
/// # Errors
/// The database's own.
pub async fn all(connection: &mut Connection) -> Result<Vec<String>, sqlx::Error> {
    let rows = sqlx::query("SELECT clinic FROM clinic_keys ORDER BY clinic").fetch_all(connection).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// Keeps what a clinic publishes among all that it ever published.
///
/// # Errors
/// The database's own.
pub async fn keep(connection: &mut Connection, clinic: &str, bundle: &ClinicBundle) -> Result<(), sqlx::Error> {
    let statement = Unverified::<ClinicStatement>::decode(&bundle.statement).map_err(damaged)?;
    let roster = Unverified::<Roster>::decode(&bundle.roster).map_err(damaged)?;
    let head = Unverified::<ClinicHead>::decode(&bundle.head).map_err(damaged)?;
    sqlx::query(
        "INSERT INTO clinic_statements (clinic, version, digest, statement) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING",
    )
    .bind(clinic)
    .bind(i64::from(statement.claims().version))
    .bind(statement.digest().as_bytes().as_slice())
    .bind(bundle.statement.as_slice())
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO clinic_rosters (clinic, digest, roster) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(clinic)
        .bind(roster.digest().as_bytes().as_slice())
        .bind(bundle.roster.as_slice())
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO clinic_heads (clinic, digest, roster, head) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(clinic)
    .bind(head.digest().as_bytes().as_slice())
    .bind(roster.digest().as_bytes().as_slice())
    .bind(bundle.head.as_slice())
    .execute(connection)
    .await?;
    Ok(())
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
    .execute(&mut *connection)
    .await?;
    for FormerRoot { root, succession } in bundle.former.iter() {
        let version = Unverified::<ClinicRoot>::decode(root).map_err(damaged)?.claims().version;
        sqlx::query(
            "INSERT INTO clinic_roots (clinic, version, root, succession) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(clinic)
        .bind(i64::from(version))
        .bind(root.as_slice())
        .bind(succession.as_slice())
        .execute(&mut *connection)
        .await?;
    }
    keep(connection, clinic, bundle).await
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
