//! Bodies of `/v1/tidelock/clinics/{id}/…`.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use crate::keys::{ClinicBundle, MemberEnvelope};

/// `PUT` and `GET …/keys`: what a clinic publishes, and the envelopes with its private keys; reading, a person gets only
/// his own envelopes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClinicKeys {
    /// Root, statement, roster and head.
    #[n(0)]
    pub bundle: ClinicBundle,
    /// The private keys, sealed to the clinic's people.
    #[n(1)]
    pub envelopes: Vec<MemberEnvelope>,
}

/// `PUT …/head`: a renewed head.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewHead {
    /// The signed [`ClinicHead`](crate::keys::ClinicHead).
    #[n(0)]
    pub head: ByteVec,
}

/// `POST …/share_codes`: a certifying share code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NewShareCode {
    /// The code, `XXXX-YYYY-ZZZZ`.
    #[n(0)]
    pub code: String,
    /// The nonce it was stretched with.
    #[n(1)]
    pub nonce: ByteArray<16>,
    /// Until when it may be used, in milliseconds since the epoch; part of what the code certifies.
    #[n(2)]
    pub expires: u64,
    /// What the clinic calls it.
    #[n(3)]
    pub label: Option<String>,
}
