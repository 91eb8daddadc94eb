//! What an invitation tells the invited clinic, and nobody else.

use minicbor::{Decode, Encode};
use tidelock_crypto::{AgreementKey, Digest, Engine, cbor, hpke};

use super::Delegate;
use crate::error::Result;
use crate::signed::labelled;

/// Who asks: sealed to the clinic, so that its people can tell whom they accept before they see any record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InvitationDetails {
    /// The patient's name.
    #[n(0)]
    pub full_name: String,
    /// The patient's birth date, `YYYY-MM-DD`.
    #[n(1)]
    pub birth_date: Option<String>,
}

impl InvitationDetails {
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
