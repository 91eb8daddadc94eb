//! Bodies of `/v1/tidelock/clinics/{id}/…`.

use minicbor::bytes::{ByteArray, ByteVec};
use tidelock_crypto::cbor::List;
use tidelock_crypto::cbor_map;

use crate::keys::{ClinicBundle, MemberEnvelope};

/// `PUT` and `GET …/keys`: what a clinic publishes, and the envelopes with its private keys; reading, a person gets only
/// his own envelopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicKeys {
    /// Root, statement, roster and head.
    pub bundle: ClinicBundle,
    /// The private keys, sealed to the clinic's people.
    pub envelopes: Vec<MemberEnvelope>,
    /// Whose memberships end with that; only in `PUT`.
    pub removed: List<String>,
}

cbor_map!(ClinicKeys { 0: bundle, 1: envelopes, 2: removed });

/// `PUT …/head`: a renewed head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHead {
    /// The signed [`ClinicHead`](crate::keys::ClinicHead).
    pub head: ByteVec,
}

cbor_map!(NewHead { 0: head });

/// `POST …/share_codes`: a certifying share code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShareCode {
    /// The code, `XXXX-YYYY-ZZZZ`.
    pub code: String,
    /// The nonce it was stretched with.
    pub nonce: ByteArray<16>,
    /// Until when it may be used, in milliseconds since the epoch; part of what the code certifies.
    pub expires: u64,
    /// What the clinic calls it.
    pub label: Option<String>,
}

cbor_map!(NewShareCode { 0: code, 1: nonce, 2: expires, 3: label });
