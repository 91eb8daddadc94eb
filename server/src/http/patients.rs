//! `/v1/clinics/{id}/patients` and `/v1/patients`: what is shared with a clinic; in the way of Tidepool's clinic service.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, put};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::extract::{Body, Session};
use super::{answer, clinics as clinic_routes, invitations as invitation_routes};
use crate::authority::{self, Action, Resource};
use crate::clock::rfc3339;
use crate::error::Failure;
use crate::events::{self, Kind};
use crate::permissions::{Permission, Permissions};
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::patients::{self, Patient};
use crate::storage::{Connection, accounts, clinic_settings, clinics, profiles};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/patients/{user}/clinics", get(clinics_of))
        .route("/v1/clinics/{clinic}/patients", get(list))
        .route("/v1/clinics/{clinic}/patients/{user}", get(read).put(describe).delete(remove))
        .route("/v1/clinics/{clinic}/patients/{user}/permissions", put(change))
        .route("/v1/clinics/{clinic}/patients/{user}/permissions/{permission}", delete(withdraw))
}

const UNKNOWN: &str = "patient not found";

/// Tidepool's own defaults.
const PAGE: usize = 10;
const LARGEST_PAGE: usize = 1_000;

#[derive(Deserialize)]
struct Page {
    search: Option<String>,
    offset: Option<usize>,
    limit: Option<usize>,
}

impl Page {
    fn cut<T>(&self, list: Vec<T>) -> Vec<T> {
        let limit = self.limit.unwrap_or(PAGE).min(LARGEST_PAGE);
        list.into_iter().skip(self.offset.unwrap_or(0)).take(limit).collect()
    }
}

async fn clinics_of(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListClinicsOfPatient, Resource::of(&user)).await?;
    let Query(page) = page.map_err(|_| Failure::bad_request("offset, limit: numbers"))?;
    let mut list = Vec::new();
    for patient in page.cut(patients::of_account(&mut transaction, &user).await?) {
        let Some(clinic) = clinics::find(&mut transaction, &patient.clinic).await? else { continue };
        list.push(json!({
            "clinic": clinic_routes::to_json(&clinic, Some(&clinic.share_code)),
            "patient": to_json(&mut transaction, &patient).await?,
        }));
    }
    Ok(answer::json(list.into()))
}

async fn list(
    State(app): State<App>,
    session: Session,
    Path(clinic): Path<String>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadPatients, Resource::at(&clinic)).await?;
    let Query(page) = page.map_err(|_| Failure::bad_request("offset, limit: numbers"))?;
    let mut list = Vec::new();
    for patient in patients::of_clinic(&mut transaction, &clinic).await? {
        list.push(to_json(&mut transaction, &patient).await?);
    }
    if let Some(search) = page.search.as_deref().map(str::to_lowercase).filter(|search| !search.is_empty()) {
        list.retain(|patient| {
            ["fullName", "email", "mrn", "birthDate"].iter().any(|member| {
                patient.get(member).and_then(Value::as_str).is_some_and(|text| text.to_lowercase().contains(&search))
            })
        });
    }
    let count = list.len();
    Ok(answer::json(json!({ "data": page.cut(list), "meta": { "count": count } })))
}

async fn read(
    State(app): State<App>,
    session: Session,
    Path((clinic, user)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadPatients, Resource::of_at(&user, &clinic))
        .await?;
    let patient = patients::find(&mut transaction, &clinic, &user).await?.ok_or(Failure::not_found(UNKNOWN))?;
    Ok(answer::json(to_json(&mut transaction, &patient).await?))
}

/// Replaces what the clinic has written down about a patient, in clear: a plain client's.
async fn describe(
    State(app): State<App>,
    session: Session,
    Path((clinic, user)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let resource = Resource::of_at(&user, &clinic);
    authority::require(&mut transaction, &session.account, Action::ChangePatient, resource).await?;
    let mut patient = patients::find(&mut transaction, &clinic, &user).await?.ok_or(Failure::not_found(UNKNOWN))?;
    let details = details(&mut transaction, &user, &body).await?;
    if patient.sealed.is_none() {
        check_mrn(&mut transaction, &clinic, &user, &details).await?;
    }
    (patient.details, patient.updated) = (details, app.now());
    patients::set_details(&mut transaction, &clinic, &user, &patient.details, patient.updated).await?;
    note(&mut transaction, &app, &session.account, Action::ChangePatient, resource, "changed").await?;
    let answer = to_json(&mut transaction, &patient).await?;
    transaction.commit().await?;
    Ok(answer::json(answer))
}

/// Whether the medical record number in what is written down about a patient is as the clinic wants it.
///
/// # Errors
/// 400 when it is missing, or another patient has it. (At Tidepool, the second is 500.)
pub(super) async fn check_mrn(
    connection: &mut Connection,
    clinic: &str,
    user: &str,
    details: &str,
) -> Result<(), Failure> {
    let settings = clinic_settings::find(connection, clinic).await?;
    let number = |details: &str| -> Result<String, Failure> {
        let details: Value = serde_json::from_str(details).map_err(Failure::internal)?;
        Ok(details.get("mrn").and_then(Value::as_str).unwrap_or_default().to_owned())
    };
    let own = number(details)?;
    if own.is_empty() {
        let missing = Failure::bad_request("Error creating patient because MRN is required");
        return if settings.mrn_required { Err(missing) } else { Ok(()) };
    }
    if settings.mrn_unique {
        for patient in patients::of_clinic(connection, clinic).await? {
            if patient.account != user && number(&patient.details)? == own {
                return Err(Failure::bad_request("Error creating patient because MRN is not unique"));
            }
        }
    }
    Ok(())
}

async fn remove(
    State(app): State<App>,
    session: Session,
    Path((clinic, user)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let resource = Resource::of_at(&user, &clinic);
    authority::require(&mut transaction, &session.account, Action::RemovePatient, resource).await?;
    if !patients::delete(&mut transaction, &clinic, &user).await? {
        return Err(Failure::not_found(UNKNOWN));
    }
    note(&mut transaction, &app, &session.account, Action::RemovePatient, resource, "revoked").await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn change(
    State(app): State<App>,
    session: Session,
    Path((clinic, user)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let resource = Resource::of_at(&user, &clinic);
    authority::require(&mut transaction, &session.account, Action::ChangePermissions, resource).await?;
    let object: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|_| Failure::bad_request("the body must be a JSON object with permissions"))?;
    let permissions = Permissions::from_json(&object);
    let left = set(&mut transaction, &app, &session.account, resource, permissions).await?;
    transaction.commit().await?;
    Ok(if left { answer::json(permissions.to_json()) } else { StatusCode::NO_CONTENT.into_response() })
}

async fn withdraw(
    State(app): State<App>,
    session: Session,
    Path((clinic, user, permission)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let resource = Resource::of_at(&user, &clinic);
    authority::require(&mut transaction, &session.account, Action::ChangePermissions, resource).await?;
    let patient = patients::find(&mut transaction, &clinic, &user).await?.ok_or(Failure::not_found(UNKNOWN))?;
    let permission = Permission::parse(&permission)
        .filter(|permission| patient.permissions.contains(*permission))
        .ok_or(Failure::not_found("permission not found"))?;
    let permissions = patient.permissions.without(permission);
    set(&mut transaction, &app, &session.account, resource, permissions).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Replaces the permissions. `false`: none is left, and she is no longer a patient of the clinic.
async fn set(
    connection: &mut Connection,
    app: &App,
    actor: &str,
    resource: Resource<'_>,
    permissions: Permissions,
) -> Result<bool, Failure> {
    let found = if permissions.is_empty() {
        patients::delete(connection, resource.clinic, resource.owner).await?
    } else {
        patients::set_permissions(connection, resource.clinic, resource.owner, permissions, app.now()).await?
    };
    if !found {
        return Err(Failure::not_found(UNKNOWN));
    }
    let outcome = if permissions.is_empty() { "revoked" } else { "changed" };
    note(connection, app, actor, Action::ChangePermissions, resource, outcome).await?;
    Ok(!permissions.is_empty())
}

/// Notes what became of the sharing, and tells both sides.
async fn note(
    connection: &mut Connection,
    app: &App,
    actor: &str,
    action: Action,
    resource: Resource<'_>,
    outcome: &'static str,
) -> Result<(), Failure> {
    let event = Event {
        at: app.now(),
        actor: actor.to_owned(),
        action: action.name(),
        subject: resource.owner.to_owned(),
        clinic: resource.clinic.to_owned(),
        outcome,
    };
    audit::insert(connection, &event).await?;
    events::tell(connection, resource.owner, Kind::Access, resource).await?;
    Ok(events::tell_members(connection, resource.clinic, Kind::Access, resource).await?)
}

/// What a clinic that accepts an invitation says about the patient, in clear; where it says nothing, what her profile says.
/// Our client says nothing, and leaves the profile empty.
pub(super) async fn details(connection: &mut Connection, user: &str, body: &[u8]) -> Result<String, Failure> {
    let undecodable = || Failure::bad_request("Error decoding the patient");
    let body: Map<String, Value> = if body.iter().all(u8::is_ascii_whitespace) {
        Map::new()
    } else {
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => object,
            Ok(Value::Null) => Map::new(),
            _ => return Err(undecodable()),
        }
    };
    let profile: Value = match profiles::find(connection, user).await? {
        Some(profile) => serde_json::from_str(&profile).map_err(Failure::internal)?,
        None => Value::Null,
    };
    let fallback = |path: &str| profile.pointer(path).cloned().filter(Value::is_string);
    let mut details = Map::new();
    for (member, in_profile) in
        [("fullName", fallback("/fullName")), ("birthDate", fallback("/patient/birthday")), ("mrn", None)]
    {
        let value = match body.get(member) {
            None | Some(Value::Null) => in_profile,
            Some(Value::String(text)) if text.chars().count() <= 256 => Some(text.trim().into()),
            Some(_) => return Err(undecodable()),
        };
        if let Some(value) = value {
            details.insert(member.to_owned(), value);
        }
    }
    for member in ["tags", "sites"] {
        match body.get(member) {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) if list.len() <= 100 => {
                details.insert(member.to_owned(), list.clone().into());
            }
            Some(_) => return Err(undecodable()),
        }
    }
    Ok(Value::from(details).to_string())
}

/// A patient in Tidepool's form.
pub(super) async fn to_json(connection: &mut Connection, patient: &Patient) -> Result<Value, Failure> {
    let mut object: Map<String, Value> = serde_json::from_str(&patient.details).map_err(Failure::internal)?;
    let email = accounts::find(connection, &patient.account).await?.map(|account| account.username);
    for (member, value) in
        [("fullName", json!("")), ("birthDate", json!("")), ("tags", json!([])), ("sites", json!([]))]
    {
        object.entry(member).or_insert(value);
    }
    for (member, value) in [
        ("id", json!(patient.account)),
        ("email", json!(email.unwrap_or_default())),
        ("permissions", patient.permissions.to_json()),
        ("dataSources", Value::Null),
        ("reviews", json!([])),
        ("connectionRequests", json!({ "abbott": [], "dexcom": [], "twiist": [] })),
        ("createdTime", json!(rfc3339(patient.created))),
        ("updatedTime", json!(rfc3339(patient.updated))),
    ] {
        object.insert(member.into(), value);
    }
    let mut object = object.into();
    invitation_routes::attach(&mut object, patient.sealed.as_deref())?;
    Ok(object)
}
