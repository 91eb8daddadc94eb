//! What an invitation tells the invited clinic, and nobody else.

use serde::Serialize;
use tidelock_crypto::cbor::Encode;
use tidelock_crypto::{AgreementKey, Digest, Engine, cbor, cbor_map};

use super::Delegate;
use crate::error::Result;
use crate::json::{self, Json};
use crate::sealed;

/// Who asks: sealed to the clinic, so that its people can tell whom they accept before they see any record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationDetails {
    /// The patient's name.
    pub full_name: String,
    /// The patient's birth date, `YYYY-MM-DD`.
    pub birth_date: Option<String>,
}

cbor_map!(InvitationDetails { 0: full_name, 1: birth_date });

/// A `Patient` entity with what an invitation tells, with iCure's field names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Patient<'a> {
    first_name: &'a str,
    last_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<&'a str>,
}

impl InvitationDetails {
    /// The same as the `Patient` entity that a new patient's vault begins with: JSON with iCure's field names.
    pub(crate) fn to_patient_json(&self) -> Result<Vec<u8>> {
        let (first, last) = self.full_name.rsplit_once(' ').unwrap_or(("", &self.full_name));
        json::to_bytes(&Patient {
            first_name: first.trim(),
            last_name: last,
            date_of_birth: self.birth_date.as_deref(),
        })
    }

    /// Reads the details back from the `Patient` entity.
    pub(crate) fn of_patient_json(body: &[u8]) -> Option<Self> {
        let patient = Json::parse(body)?;
        let full_name = [patient.text("firstName"), patient.text("lastName")].join(" ").trim().to_owned();
        let birth_date = Some(patient.text("dateOfBirth")).filter(|date| !date.is_empty());
        Some(Self { full_name, birth_date })
    }

    /// Seals the details to a clinic.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn seal(&self, engine: &Engine, vault: &str, author: Digest, clinic: &Delegate) -> Result<Vec<u8>> {
        let (place, details) = (place(vault, author, clinic), cbor::encode(self));
        Ok(sealed::seal(engine, &clinic.agreement, LABEL, &place, &details).await?.into())
    }

    /// Opens the details, as the clinic.
    ///
    /// They are the patient's word only after her grant has been verified: HPKE's base mode does not say who sealed.
    ///
    /// # Errors
    /// [`Error::Tampered`](crate::Error::Tampered) when they are not for this clinic.
    pub async fn open(
        engine: &Engine,
        vault: &str,
        author: Digest,
        clinic: &Delegate,
        private: &AgreementKey,
        sealed: &[u8],
    ) -> Result<Self> {
        let plaintext = sealed::open(engine, private, LABEL, &place(vault, author, clinic), sealed).await?;
        Ok(cbor::decode(&plaintext)?)
    }
}

const LABEL: &str = "invitation details";

fn place<'a>(vault: &'a str, author: Digest, clinic: &'a Delegate) -> impl Encode + 'a {
    (vault, author, (&clinic.id, clinic.fingerprint, clinic.statement))
}
