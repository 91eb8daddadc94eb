//! Invitations as a clinic sees them: listing, accepting, declining.

use tidelock_crypto::AgreementKey;

use super::remembered::{Pin, Verified};
use super::{Control, LocalPending, Method, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::sharing::{Delegate, InvitationDetails, Permissions};
use crate::wire::json::from_base64url;

/// A patient who asks to share her record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingInvitation {
    /// The key of the invitation.
    pub key: String,
    /// The patient's id.
    pub patient: String,
    /// The name that came sealed with the invitation: the patient's word.
    pub full_name: String,
    /// The birth date that came sealed with the invitation.
    pub birth_date: Option<String>,
    /// What the patient offers.
    pub permissions: Permissions,
    /// When it was made, as the platform writes times (RFC 3339).
    pub created: String,
    /// Until when it may be accepted.
    pub expires: Option<String>,
    /// The share code with which it was sent, as the platform says.
    pub share_code: Option<String>,
    /// What the clinic calls that code.
    pub share_code_label: Option<String>,
    /// Why it can only be declined: the details do not open, or the identity is not the one that was pinned.
    pub problem: Option<Box<Error>>,
}

/// What opens the details of a clinic's invitations.
pub(super) struct DetailsOpener {
    /// The clinic under each of its statements, the newest first.
    own: Vec<(Delegate, AgreementKey)>,
}

impl<T: Transport, S: Store> Session<T, S> {
    pub(super) async fn details_opener(&self, clinic: &str, control: &Control) -> Result<DetailsOpener> {
        let (clinic, keys) = self.clinic_keys(clinic, control).await?;
        let opened = clinic.agreement_keys(&self.engine, &self.identity, &keys.envelopes).await?.into_iter();
        Ok(DetailsOpener { own: opened.map(|(statement, key)| (Delegate::clinic(&clinic, statement), key)).collect() })
    }

    /// Opens what each of several patients sealed to the clinic. What is wrong with one of them is told with that one,
    /// so that nobody can spoil a clinic's list.
    pub(super) fn details_or_problem<'a>(
        &'a self,
        opener: &'a DetailsOpener,
        patient: &'a str,
        carrier: &'a Json,
        control: &'a Control,
    ) -> LocalPending<'a, Result<(InvitationDetails, Option<Box<Error>>)>> {
        Box::pin(async move {
            match self.open_details(opener, patient, carrier, control).await {
                Ok(details) => Ok((details, None)),
                Err(error) if is_about_one(&error) => {
                    let full_name = self.remembered().pin(patient).await?.map(|pin| pin.name).unwrap_or_default();
                    Ok((InvitationDetails { full_name, birth_date: None }, Some(error)))
                }
                Err(error) => Err(error),
            }
        })
    }

    /// Opens what a patient's client sealed to the clinic; a patient of a plain Tidepool client has sealed nothing.
    async fn open_details(
        &self,
        opener: &DetailsOpener,
        patient: &str,
        carrier: &Json,
        control: &Control,
    ) -> Result<InvitationDetails> {
        let details = carrier.get("tidelock").and_then(|ours| ours.get("details")).and_then(|sealed| sealed.as_text());
        let Some(sealed) = details else {
            return Ok(InvitationDetails { full_name: String::new(), birth_date: None });
        };
        let sealed = from_base64url(&sealed)?;
        let author = self.statement(patient, control).await?.digest();
        let mut outcome = Err(Error::NoAccess.into());
        // They do not say to which of the clinic's keys they are sealed.
        for (clinic, private) in &opener.own {
            outcome = InvitationDetails::open(&self.engine, patient, author, clinic, private, &sealed).await;
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// The invitations that wait for a clinic's answer.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the person is not a member.
    pub async fn list_invitations(&self, clinic: &str, control: &Control) -> Result<Vec<PendingInvitation>> {
        let path = format!("/v1/clinics/{clinic}/invites/patients");
        let listed = self.platform.get_list(&path, control).await?;
        if listed.is_empty() {
            return Ok(Vec::new());
        }
        let opener = self.details_opener(clinic, control).await?;
        let mut pending = Vec::with_capacity(listed.len());
        for invitation in &listed {
            let patient = invitation.text("creatorId");
            let (details, problem) = self.details_or_problem(&opener, &patient, invitation, control).await?;
            let ours = invitation.get("tidelock").unwrap_or_default();
            let of_code = |member| Some(ours.text(member)).filter(|text| !text.is_empty());
            pending.push(PendingInvitation {
                key: invitation.text("key"),
                patient,
                full_name: details.full_name,
                birth_date: details.birth_date,
                permissions: invitation.get("context").unwrap_or_default().into(),
                created: invitation.text("created"),
                expires: Some(invitation.text("expiresAt")).filter(|expires| !expires.is_empty()),
                share_code: of_code("shareCode"),
                share_code_label: of_code("shareCodeLabel"),
                problem,
            });
        }
        Ok(pending)
    }

    /// Accepts an invitation, and pins the patient's identity.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such invitation, [`Error::Forbidden`] when it is not pending any more,
    /// [`Error::IdentityChanged`] when another identity was pinned for this patient before.
    pub async fn accept_invitation(&self, clinic: &str, key: &str, control: &Control) -> Result<()> {
        let pending = self.list_invitations(clinic, control).await?;
        let invitation = pending.into_iter().find(|invitation| invitation.key == key).ok_or(Error::NotFound)?;
        if let Some(problem) = invitation.problem {
            return Err(problem);
        }
        let statement = self.statement(&invitation.patient, control).await?;
        let path = format!("/v1/clinics/{clinic}/invites/patients/{key}");
        self.platform.send_empty(Method::Put, &path, control).await?;
        let pin = Pin {
            fingerprint: statement.digest(),
            verified: Verified::Invitation,
            since: self.platform.now(),
            name: invitation.full_name,
            head: 0,
            head_digest: None,
        };
        self.remembered().put_pin(&invitation.patient, pin).await
    }

    /// Declines an invitation.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when there is no such invitation or it is not pending any more.
    pub async fn decline_invitation(&self, clinic: &str, key: &str, control: &Control) -> Result<()> {
        let path = format!("/v1/clinics/{clinic}/invites/patients/{key}");
        self.platform.send_empty(Method::Delete, &path, control).await
    }
}

/// Whether an error says something about one patient, and nothing about the platform as a whole.
fn is_about_one(error: &Error) -> bool {
    matches!(
        error,
        Error::Tampered { .. } | Error::IdentityChanged { .. } | Error::NotFound | Error::NoAccess | Error::Unsupported
    )
}
