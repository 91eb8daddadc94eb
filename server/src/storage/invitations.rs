//! Invitations: grants that wait for an answer.

use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::Connection;
use super::rows::damaged;
use crate::permissions::Permissions;

/// The kind of an invitation by which a patient shares, in Tidepool's words.
pub const CARE_TEAM: &str = "careteam_invitation";

/// The kind of an invitation by which a clinic asks somebody to help to run it, in Tidepool's words.
pub const CLINICIAN: &str = "clinician_invitation";

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nobody has answered.
    Pending,
    /// Accepted.
    Completed,
    /// Taken back by whoever sent it.
    Canceled,
    /// Refused by whoever received it.
    Declined,
}

impl Status {
    /// Tidepool's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::Declined => "declined",
        }
    }

    fn parse(text: &str) -> Result<Self, sqlx::Error> {
        [Self::Pending, Self::Completed, Self::Canceled, Self::Declined]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| damaged("unknown status of an invitation"))
    }
}

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// 24 random bytes, base64url.
    pub key: String,
    /// [`CARE_TEAM`] or [`CLINICIAN`].
    pub kind: String,
    /// Who sent it.
    pub creator: String,
    /// The clinic it is for.
    pub clinic: Option<String>,
    /// The address it is for, [folded](super::accounts::fold), or empty.
    pub email: String,
    /// What it grants: JSON.
    pub context: String,
    /// Where it stands.
    pub status: Status,
    /// What only the other side can read.
    pub details: Option<Vec<u8>>,
    /// Creation, in milliseconds since the epoch.
    pub created: i64,
    /// The last change, in milliseconds since the epoch; 0 if none.
    pub modified: i64,
    /// Until when it can be accepted, in milliseconds since the epoch.
    pub expires: Option<i64>,
    /// By which a person who sent it shows that she has the secret of its link.
    pub sender_proof: Option<Vec<u8>>,
    /// By which the person who accepted it does.
    pub receiver_proof: Option<Vec<u8>>,
}

impl Invitation {
    /// Whether it can still be accepted at `now`.
    pub fn is_open(&self, now: i64) -> bool {
        self.status == Status::Pending && self.expires.is_none_or(|expires| expires > now)
    }
}

/// A statement that finds what [`invitation`] reads.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT invitation_key, kind, creator, clinic, email, context, status, details, created, modified, expires,
             sender_proof, receiver_proof FROM invitations ",
            $rest
        )
    };
}

fn invitation(row: &AnyRow) -> Result<Invitation, sqlx::Error> {
    let status: String = row.try_get(6)?;
    Ok(Invitation {
        key: row.try_get(0)?,
        kind: row.try_get(1)?,
        creator: row.try_get(2)?,
        clinic: row.try_get(3)?,
        email: row.try_get(4)?,
        context: row.try_get(5)?,
        status: Status::parse(&status)?,
        details: row.try_get(7)?,
        created: row.try_get(8)?,
        modified: row.try_get(9)?,
        expires: row.try_get(10)?,
        sender_proof: row.try_get(11)?,
        receiver_proof: row.try_get(12)?,
    })
}

/// What an invitation grants: of a clinic the permissions themselves, of a person a member `permissions`.
pub fn permissions_of(context: &str) -> Permissions {
    let Ok(Value::Object(context)) = serde_json::from_str(context) else { return Permissions::default() };
    match context.get("permissions") {
        Some(Value::Object(permissions)) => Permissions::from_json(permissions),
        _ => Permissions::from_json(&context),
    }
}

/// The same context of a person's invitation with other permissions.
pub fn with_permissions(context: &str, permissions: Permissions) -> String {
    let mut context: Map<String, Value> = serde_json::from_str(context).unwrap_or_default();
    context.insert("permissions".to_owned(), permissions.to_json());
    Value::from(context).to_string()
}

/// Stores a new invitation.
///
/// # Errors
/// The database's own.
pub async fn insert(connection: &mut Connection, invitation: &Invitation) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO invitations
         (invitation_key, kind, creator, clinic, email, context, status, details, created, modified, expires,
          sender_proof, receiver_proof)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&invitation.key)
    .bind(&invitation.kind)
    .bind(&invitation.creator)
    .bind(invitation.clinic.as_deref())
    .bind(&invitation.email)
    .bind(&invitation.context)
    .bind(invitation.status.as_str())
    .bind(invitation.details.as_deref())
    .bind(invitation.created)
    .bind(invitation.modified)
    .bind(invitation.expires)
    .bind(invitation.sender_proof.as_deref())
    .bind(invitation.receiver_proof.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

/// The invitation with this key at this clinic.
///
/// # Errors
/// The database's own.
pub async fn find(connection: &mut Connection, clinic: &str, key: &str) -> Result<Option<Invitation>, sqlx::Error> {
    let row = sqlx::query(select!("WHERE invitation_key = $1 AND clinic = $2"))
        .bind(key)
        .bind(clinic)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(invitation).transpose()
}

/// The pending invitation, expired or not, of one patient at one clinic.
///
/// # Errors
/// The database's own.
pub async fn find_pending(
    connection: &mut Connection,
    creator: &str,
    clinic: &str,
) -> Result<Option<Invitation>, sqlx::Error> {
    let row = sqlx::query(select!("WHERE creator = $1 AND clinic = $2 AND kind = $3 AND status = 'pending'"))
        .bind(creator)
        .bind(clinic)
        .bind(CARE_TEAM)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(invitation).transpose()
}

/// What an account has sent that is pending or was declined, the newest first.
///
/// # Errors
/// The database's own.
pub async fn sent(connection: &mut Connection, creator: &str) -> Result<Vec<Invitation>, sqlx::Error> {
    sqlx::query(select!(
        "WHERE creator = $1 AND kind = $2 AND status IN ('pending', 'declined')
         ORDER BY created DESC, invitation_key"
    ))
    .bind(creator)
    .bind(CARE_TEAM)
    .fetch_all(connection)
    .await?
    .iter()
    .map(invitation)
    .collect()
}

/// What a clinic can still accept, the newest first.
///
/// # Errors
/// The database's own.
pub async fn received(connection: &mut Connection, clinic: &str, now: i64) -> Result<Vec<Invitation>, sqlx::Error> {
    sqlx::query(select!(
        "WHERE clinic = $1 AND kind = $2 AND status = 'pending' AND (expires IS NULL OR expires > $3)
         ORDER BY created DESC, invitation_key"
    ))
    .bind(clinic)
    .bind(CARE_TEAM)
    .bind(now)
    .fetch_all(connection)
    .await?
    .iter()
    .map(invitation)
    .collect()
}

/// What a clinic has sent to its future members that waits for an answer, the oldest first.
///
/// # Errors
/// The database's own.
pub async fn of_members(connection: &mut Connection, clinic: &str) -> Result<Vec<Invitation>, sqlx::Error> {
    sqlx::query(select!("WHERE clinic = $1 AND kind = $2 AND status = 'pending' ORDER BY created, invitation_key"))
        .bind(clinic)
        .bind(CLINICIAN)
        .fetch_all(connection)
        .await?
        .iter()
        .map(invitation)
        .collect()
}

/// What clinics have sent to an address that waits for an answer, the oldest first. The address is a folded one.
///
/// # Errors
/// The database's own.
pub async fn to_member(connection: &mut Connection, email: &str) -> Result<Vec<Invitation>, sqlx::Error> {
    sqlx::query(select!("WHERE email = $1 AND kind = $2 AND status = 'pending' ORDER BY created, invitation_key"))
        .bind(email)
        .bind(CLINICIAN)
        .fetch_all(connection)
        .await?
        .iter()
        .map(invitation)
        .collect()
}

/// Takes everything back that an account has sent to a clinic and that is listed as pending or declined.
///
/// # Errors
/// The database's own.
pub async fn cancel_sent(
    connection: &mut Connection,
    creator: &str,
    clinic: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE invitations SET status = 'canceled', modified = $4
         WHERE creator = $1 AND clinic = $2 AND kind = $3 AND status IN ('pending', 'declined')",
    )
    .bind(creator)
    .bind(clinic)
    .bind(CARE_TEAM)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes what became of an invitation.
///
/// # Errors
/// The database's own.
pub async fn set_status(connection: &mut Connection, key: &str, status: Status, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE invitations SET status = $2, modified = $3 WHERE invitation_key = $1")
        .bind(key)
        .bind(status.as_str())
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// The invitation of one person by another with this key.
///
/// # Errors
/// The database's own.
pub async fn find_person(connection: &mut Connection, key: &str) -> Result<Option<Invitation>, sqlx::Error> {
    let row = sqlx::query(select!("WHERE invitation_key = $1 AND kind = $2 AND clinic IS NULL"))
        .bind(key)
        .bind(CARE_TEAM)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(invitation).transpose()
}

/// The newest invitation of an address by a person that is listed as pending, expired or not, or as declined.
///
/// # Errors
/// The database's own.
pub async fn newest_to(
    connection: &mut Connection,
    creator: &str,
    email: &str,
) -> Result<Option<Invitation>, sqlx::Error> {
    let row = sqlx::query(select!(
        "WHERE creator = $1 AND email = $2 AND kind = $3 AND clinic IS NULL AND status IN ('pending', 'declined')
         ORDER BY created DESC, invitation_key LIMIT 1"
    ))
    .bind(creator)
    .bind(super::accounts::fold(email))
    .bind(CARE_TEAM)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(invitation).transpose()
}

/// The pending invitation, expired or not, of one person by another.
///
/// # Errors
/// The database's own.
pub async fn pending_to(
    connection: &mut Connection,
    creator: &str,
    person: &str,
) -> Result<Option<Invitation>, sqlx::Error> {
    let row = sqlx::query(select!(
        "WHERE creator = $1 AND kind = $2 AND clinic IS NULL AND status = 'pending'
         AND email IN (SELECT email FROM account_emails WHERE account = $3)"
    ))
    .bind(creator)
    .bind(CARE_TEAM)
    .bind(person)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(invitation).transpose()
}

/// What a person can still accept, the newest first.
///
/// # Errors
/// The database's own.
pub async fn received_by(connection: &mut Connection, person: &str, now: i64) -> Result<Vec<Invitation>, sqlx::Error> {
    sqlx::query(select!(
        "WHERE kind = $1 AND clinic IS NULL AND status = 'pending' AND (expires IS NULL OR expires > $2)
         AND email IN (SELECT email FROM account_emails WHERE account = $3)
         ORDER BY created DESC, invitation_key"
    ))
    .bind(CARE_TEAM)
    .bind(now)
    .bind(person)
    .fetch_all(connection)
    .await?
    .iter()
    .map(invitation)
    .collect()
}

/// Takes everything back that a person has sent to an address and that is listed as pending or declined.
///
/// # Errors
/// The database's own.
pub async fn cancel_sent_to(
    connection: &mut Connection,
    creator: &str,
    email: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE invitations SET status = 'canceled', modified = $4
         WHERE creator = $1 AND email = $2 AND kind = $3 AND clinic IS NULL AND status IN ('pending', 'declined')",
    )
    .bind(creator)
    .bind(super::accounts::fold(email))
    .bind(CARE_TEAM)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces what an invitation grants.
///
/// # Errors
/// The database's own.
pub async fn set_context(connection: &mut Connection, key: &str, context: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE invitations SET context = $2 WHERE invitation_key = $1")
        .bind(key)
        .bind(context)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that an invitation was sent again.
///
/// # Errors
/// The database's own.
pub async fn set_created(connection: &mut Connection, key: &str, now: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE invitations SET created = $2 WHERE invitation_key = $1")
        .bind(key)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps by what the sender shows that she has the secret of the link. There is one such proof and no second.
///
/// # Errors
/// The database's own.
pub async fn put_sender_proof(connection: &mut Connection, key: &str, proof: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE invitations SET sender_proof = $2 WHERE invitation_key = $1 AND sender_proof IS NULL")
        .bind(key)
        .bind(proof)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps by what the receiver shows it.
///
/// # Errors
/// The database's own.
pub async fn put_receiver_proof(connection: &mut Connection, key: &str, proof: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE invitations SET receiver_proof = $2 WHERE invitation_key = $1 AND receiver_proof IS NULL")
        .bind(key)
        .bind(proof)
        .execute(connection)
        .await?;
    Ok(())
}
