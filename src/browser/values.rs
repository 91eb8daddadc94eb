//! Plain values as JavaScript gets them.

use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::client::{
    Access, AccessState, Account, ClinicMembership, ClinicPatient, NewAccount, NewClinic, PendingInvitation,
};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::keys::DataOwnerKind;
use crate::sharing::Permissions;

/// A plain object in the making, of a few members: less code than what serde needs, which the core of the module does without.
#[derive(Default)]
pub(crate) struct Members(Object);

impl Members {
    /// Sets a member.
    pub(crate) fn set(&self, name: &str, value: impl Into<JsValue>) {
        // A fresh object takes any member.
        let _ = Reflect::set(&self.0, &JsValue::from_str(name), &value.into());
    }
}

impl From<Members> for JsValue {
    fn from(Members(object): Members) -> Self {
        object.into()
    }
}

/// An account as a JavaScript object.
pub(crate) fn account(account: &Account) -> JsValue {
    let members = Members::default();
    members.set("id", &account.id);
    members.set("email", &account.email);
    members.set("kind", account.kind.as_str());
    members.into()
}

/// Turns a value into a JavaScript object.
pub(crate) fn to_js(value: &impl Serialize) -> Result<JsValue> {
    serde_wasm_bindgen::to_value(value).map_err(|error| Error::internal(error.to_string()))
}

/// Reads a text member of an object that an application handed in.
fn text(object: &Json, field: &'static str) -> Result<Option<String>> {
    let not_a_text = || Error::invalid(field, "a text is needed");
    object.get(field).map(|member| member.as_text().ok_or_else(not_a_text)).transpose()
}

/// Reads what a new account needs.
pub(crate) fn new_account(account: JsValue) -> Result<NewAccount> {
    let account = Json::from(account);
    let kind = DataOwnerKind::parse(&account.text("kind"))
        .filter(|kind| *kind != DataOwnerKind::Clinic)
        .ok_or_else(|| Error::invalid("kind", "an account is a patient's, a practitioner's or a device's"))?;
    Ok(NewAccount {
        email: account.text("email"),
        password: account.text("password"),
        kind,
        full_name: account.text("fullName"),
        birth_date: text(&account, "birthDate")?,
    })
}

/// Reads what a new clinic needs.
pub(crate) fn new_clinic(clinic: JsValue) -> Result<NewClinic> {
    let clinic = Json::from(clinic);
    let text = |field| text(&clinic, field).map(Option::unwrap_or_default);
    Ok(NewClinic { name: text("name")?, address: text("address")?, city: text("city")?, country: text("country")? })
}

/// Reads permissions; what is missing is not granted.
pub(crate) fn permissions(permissions: JsValue) -> Permissions {
    let permissions = Json::from(permissions);
    let granted = |name| permissions.get(name).is_some_and(|granted| granted.is_true());
    Permissions { view: granted("view"), upload: granted("upload"), note: granted("note") }
}

#[derive(Serialize)]
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessValue {
    kind: &'static str,
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
            kind: "clinic",
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
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationValue {
    key: String,
    patient_id: String,
    full_name: String,
    birth_date: Option<String>,
    permissions: PermissionsValue,
    created: String,
    expires: Option<String>,
    share_code: Option<String>,
    share_code_label: Option<String>,
    problem: Option<&'static str>,
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
            share_code: invitation.share_code,
            share_code_label: invitation.share_code_label,
            problem: invitation.problem.map(|problem| problem.code()),
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
    problem: Option<&'static str>,
}

impl From<ClinicPatient> for PatientValue {
    fn from(patient: ClinicPatient) -> Self {
        Self {
            id: patient.id,
            full_name: patient.full_name,
            birth_date: patient.birth_date,
            permissions: patient.permissions.into(),
            since: patient.since,
            problem: patient.problem.map(|problem| problem.code()),
        }
    }
}
