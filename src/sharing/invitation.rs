//! What an invitation tells the invited clinic, and nobody else.

use tidelock_crypto::{AgreementKey, Digest, Engine, cbor, cbor_map, hpke};

use super::Delegate;
use crate::error::Result;
use crate::signed::labelled;

/// Who asks: sealed to the clinic, so that its people can tell whom they accept before they see any record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationDetails {
    /// The patient's name.
    pub full_name: String,
    /// The patient's birth date, `YYYY-MM-DD`.
    pub birth_date: Option<String>,
}

cbor_map!(InvitationDetails { 0: full_name, 1: birth_date });

impl InvitationDetails {
    /// The same as the `Patient` entity that a new patient's vault begins with: JSON with iCure's field names.
    pub(crate) fn to_patient_json(&self) -> Vec<u8> {
        let mut patient = serde_json::Map::new();
        let (first, last) = self.full_name.rsplit_once(' ').unwrap_or(("", &self.full_name));
        patient.insert("firstName".to_owned(), first.trim().into());
        patient.insert("lastName".to_owned(), last.into());
        if let Some(birth_date) = &self.birth_date {
            patient.insert("dateOfBirth".to_owned(), birth_date.as_str().into());
        }
        serde_json::Value::Object(patient).to_string().into_bytes()
    }

    /// Reads the details back from the `Patient` entity.
    pub(crate) fn of_patient_json(body: &[u8]) -> Option<Self> {
        let patient: serde_json::Value = serde_json::from_slice(body).ok()?;
        let text = |name| patient.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let full_name = [text("firstName"), text("lastName")].join(" ").trim().to_owned();
        let birth_date = Some(text("dateOfBirth")).filter(|date| !date.is_empty()).map(str::to_owned);
        Some(Self { full_name, birth_date })
    }

    /// Seals the details to a clinic.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn seal(&self, engine: &Engine, vault: &str, author: Digest, clinic: &Delegate) -> Result<Vec<u8>> {
        let info = info(vault, author, clinic);
        Ok(hpke::seal(engine, &clinic.agreement, &info, &[], &cbor::encode(self)).await?)
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
        let plaintext = hpke::open(engine, private, &info(vault, author, clinic), &[], sealed).await?;
        Ok(cbor::decode(&plaintext)?)
    }
}

fn info(vault: &str, author: Digest, clinic: &Delegate) -> Vec<u8> {
    labelled("invitation details", &(vault, author, (&clinic.id, clinic.fingerprint, clinic.statement)))
}
