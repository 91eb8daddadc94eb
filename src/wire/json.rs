//! The member `tidelock` that Tidepool's JSON carries for us, and the JSON that our client reads of Tidepool's.
//!
//! Bytes are base64url without padding (RFC 4648 §5).

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use tidelock_crypto::cbor::{self, List};

use crate::error::{Error, Result};
use crate::json::Json;
use crate::keys::ClinicBundle;
use crate::sharing::Permissions;

/// Writes bytes as base64url.
pub fn to_base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Reads base64url.
///
/// # Errors
/// [`Error::Tampered`] when the text is none.
pub fn from_base64url(text: &str) -> Result<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Error::tampered("base64url that is none"))
}

/// In a clinic that was looked up by a certifying code: what the code certifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedClinic {
    /// The nonce of the code.
    pub nonce: String,
    /// Until when the code may be used, in milliseconds since the epoch.
    pub expires: u64,
    /// The clinic's root.
    pub root: String,
    /// The clinic's statement.
    pub statement: String,
    /// The clinic's roster.
    pub roster: String,
    /// The clinic's head.
    pub head: String,
    /// The roots before, if there were any: the CBOR array of [`FormerRoot`](crate::keys::FormerRoot)s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<String>,
}

impl CertifiedClinic {
    /// Joins a code's nonce and expiry with what the clinic publishes.
    pub fn new(nonce: &[u8], expires: u64, bundle: &ClinicBundle) -> Self {
        Self {
            nonce: to_base64url(nonce),
            expires,
            root: to_base64url(&bundle.root),
            statement: to_base64url(&bundle.statement),
            roster: to_base64url(&bundle.roster),
            head: to_base64url(&bundle.head),
            former: (!bundle.former.is_empty()).then(|| to_base64url(&cbor::encode(&bundle.former))),
        }
    }

    /// Reads what the platform answers; nothing when a member is missing.
    pub fn of_json(json: &Json) -> Option<Self> {
        let text = |name| json.get(name)?.as_text();
        Some(Self {
            nonce: text("nonce")?,
            expires: json.get("expires")?.as_integer()?,
            root: text("root")?,
            statement: text("statement")?,
            roster: text("roster")?,
            head: text("head")?,
            former: text("former"),
        })
    }

    /// What the clinic publishes.
    ///
    /// # Errors
    /// [`Error::Tampered`] when a member is no base64url, or the roots before are no list of such.
    pub fn bundle(&self) -> Result<ClinicBundle> {
        Ok(ClinicBundle {
            root: from_base64url(&self.root)?.into(),
            statement: from_base64url(&self.statement)?.into(),
            roster: from_base64url(&self.roster)?.into(),
            head: from_base64url(&self.head)?.into(),
            // A code certifies the root, and what is current is sealed to what is current.
            earlier: List::default(),
            former: match &self.former {
                Some(former) => cbor::decode(&from_base64url(former)?)?,
                None => List::default(),
            },
        })
    }
}

/// In the body of `POST /confirm/send/invite/{userId}/clinic`: the grant that travels with the invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitedGrant {
    /// The next entries of the patient's vault log; the last of them is the grant.
    pub log: Vec<String>,
    /// The sealed [`InvitationDetails`](crate::sharing::InvitationDetails).
    pub details: String,
    /// The clinic that was looked up by the code.
    pub clinic: Option<String>,
    /// The digest of its root.
    pub root: Option<String>,
}

/// In the body of `POST /confirm/send/invite/{userId}`: the grant that travels with an invitation of a person, if there is
/// somebody to seal it to already, and how long she may take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonGrant {
    /// The next entries of the sender's vault log; the last of them is the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<Vec<String>>,
    /// Until when the invitation can be accepted, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

/// In the body of `PUT /confirm/accept/invite/…`: that whoever accepts has the secret of the invitation's link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonProof {
    /// The proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// In a confirmation that a clinic lists: who asks, sealed to the clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationExtension {
    /// The sealed [`InvitationDetails`](crate::sharing::InvitationDetails).
    pub details: String,
}

/// Tidepool's permissions: what is granted is present, with an empty object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PermissionMap {
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Empty>,
}

/// An empty JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Empty {}

impl From<Permissions> for PermissionMap {
    fn from(permissions: Permissions) -> Self {
        let entry = |granted: bool| granted.then_some(Empty {});
        Self { view: entry(permissions.view), upload: entry(permissions.upload), note: entry(permissions.note) }
    }
}

/// Reads Tidepool's permissions; members that somebody else put there are ignored.
impl From<Json> for Permissions {
    fn from(map: Json) -> Self {
        let granted = |name| map.get(name).is_some();
        Self { view: granted("view"), upload: granted("upload"), note: granted("note") }
    }
}
