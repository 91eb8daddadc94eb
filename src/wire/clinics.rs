//! Bodies of `/v1/tidelock/clinics/{id}/…`.

use minicbor::bytes::{ByteArray, ByteVec};
use tidelock_crypto::cbor::{Flag, List};
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
    /// By how many patients it may be used; by any, if there is no number.
    pub uses: Option<u64>,
    /// The code that is disabled with it.
    pub replaces: Option<String>,
}

cbor_map!(NewShareCode { 0: code, 1: nonce, 2: expires, 3: label, 4: uses, 5: replaces });

/// `PUT …/share_codes/{code}`: what the clinic calls it from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareCodeLabel {
    /// The label, if it has one.
    pub label: Option<String>,
}

cbor_map!(ShareCodeLabel { 0: label });

/// `GET …/share_codes`: a clinic's certifying codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareCodes {
    /// The codes, the newest first.
    pub codes: Vec<ListedShareCode>,
}

cbor_map!(ShareCodes { 0: codes });

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedShareCode {
    /// The code, `XXXX-YYYY-ZZZZ`.
    pub code: String,
    /// Until when it may be used, in milliseconds since the epoch.
    pub expires: u64,
    /// What the clinic calls it.
    pub label: Option<String>,
    /// By how many patients it may be used; by any, if there is no number.
    pub uses: Option<u64>,
    /// How many have used it.
    pub used: u64,
    /// Whether it has been disabled.
    pub disabled: Flag,
    /// Whether it is the one that Tidepool's clients know as the clinic's.
    pub shown: Flag,
    /// When it was registered, in milliseconds since the epoch.
    pub created: u64,
    /// Whether it certifies a root that has been replaced.
    pub outdated: Flag,
}

cbor_map!(ListedShareCode {
    0: code,
    1: expires,
    2: label,
    3: uses,
    4: used,
    5: disabled,
    6: shown,
    7: created,
    8: outdated
});
