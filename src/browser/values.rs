//! Plain values as JavaScript gets them.

use serde::{Deserialize, Serialize};

use crate::client::{Access, AccessState, ClinicMembership, ClinicPatient, PendingInvitation, PublishedCode};
use crate::error::Error;
use crate::sharing::Permissions;
use wasm_bindgen::JsValue;

/// Turns a value into a JavaScript object.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue, Error> {
    serde_wasm_bindgen::to_value(value).map_err(|error| Error::internal(error.to_string()))
}

/// Reads a JavaScript object that the TypeScript face made.
pub(crate) fn from_js<A: serde::de::DeserializeOwned>(value: JsValue) -> Result<A, Error> {
    serde_wasm_bindgen::from_value(value).map_err(|error| Error::invalid("options", error.to_string()))
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct PermissionsValue {
    view: bool,
    upload: bool,
    note: bool,
}

impl From<Permissions> for PermissionsValue {
    fn from(Permissions { view, upload, note }: Permissions) -> Self {
        Self { view, upload, note }
    }
}

impl From<PermissionsValue> for Permissions {
    fn from(PermissionsValue { view, upload, note }: PermissionsValue) -> Self {
        Self { view, upload, note }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewAccountValue {
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) kind: String,
    pub(crate) full_name: String,
    pub(crate) birth_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct NewClinicValue {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) city: String,
    pub(crate) country: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountValue<'a> {
    pub(crate) id: &'a str,
    pub(crate) email: &'a str,
    pub(crate) kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessValue {
    clinic_id: String,
    clinic_name: String,
    verified: bool,
    state: &'static str,
    permissions: PermissionsValue,
    since: Option<u64>,
    key: Option<String>,
    expires: Option<String>,
}

impl From<Access> for AccessValue {
    fn from(access: Access) -> Self {
        Self {
            clinic_id: access.clinic,
            clinic_name: access.name,
            verified: access.verified,
            state: match access.state {
                AccessState::Pending => "pending",
                AccessState::Sharing => "sharing",
                AccessState::Declined => "declined",
                AccessState::Expired => "expired",
            },
            permissions: access.permissions.into(),
            since: access.since,
            key: access.invitation,
            expires: access.expires,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct MembershipValue {
    id: String,
    name: String,
    administrator: bool,
}

impl From<ClinicMembership> for MembershipValue {
    fn from(ClinicMembership { id, name, administrator }: ClinicMembership) -> Self {
        Self { id, name, administrator }
    }
}

#[derive(Serialize)]
pub(crate) struct CodeValue {
    code: String,
    expires: u64,
}

impl From<PublishedCode> for CodeValue {
    fn from(PublishedCode { code, expires }: PublishedCode) -> Self {
        Self { code, expires }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationValue {
    key: String,
    patient_id: String,
    full_name: String,
    birth_date: Option<String>,
    permissions: PermissionsValue,
    created: String,
    expires: Option<String>,
}

impl From<PendingInvitation> for InvitationValue {
    fn from(invitation: PendingInvitation) -> Self {
        Self {
            key: invitation.key,
            patient_id: invitation.patient,
            full_name: invitation.full_name,
            birth_date: invitation.birth_date,
            permissions: invitation.permissions.into(),
            created: invitation.created,
            expires: invitation.expires,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PatientValue {
    id: String,
    full_name: String,
    birth_date: Option<String>,
    permissions: PermissionsValue,
    since: String,
}

impl From<ClinicPatient> for PatientValue {
    fn from(patient: ClinicPatient) -> Self {
        Self {
            id: patient.id,
            full_name: patient.full_name,
            birth_date: patient.birth_date,
            permissions: patient.permissions.into(),
            since: patient.since,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportedValue {
    pub(crate) created: u64,
    pub(crate) already_there: u64,
}
