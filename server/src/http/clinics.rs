//! `/v1/clinics` and `/v1/clinicians`: clinics and the people who run them.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Map, Value, json};
use tidelock::share_code::ShareCode;

use super::extract::{Body, Session};
use super::{answer, clinicians};
use crate::authority::{self, Action, Resource};
use crate::clock::rfc3339;
use crate::error::Failure;
use crate::random;
use crate::state::App;
use crate::storage::Connection;
use crate::storage::accounts;
use crate::storage::audit::{self, Event};
use crate::storage::clinic_settings;
use crate::storage::clinics::{self, Clinic, Member};
use crate::storage::{invitations, share_codes};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/clinics", post(create).get(list))
        .route("/v1/clinics/{clinic}", get(read))
        .route("/v1/clinics/{clinic}/clinicians", get(members))
        .route("/v1/clinics/{clinic}/clinicians/{user}", get(member))
        .route("/v1/clinicians/{user}/clinics", get(memberships))
}

/// What a clinic may say about itself, besides its name.
const DETAILS: [&str; 10] = [
    "address",
    "city",
    "state",
    "postalCode",
    "country",
    "clinicType",
    "clinicSize",
    "website",
    "timezone",
    "preferredBgUnits",
];

/// A code taken by chance is as likely as winning the lottery twice; more than this is a defect.
const ATTEMPTS: usize = 10;

async fn create(State(app): State<App>, session: Session, Body(body): Body) -> Result<Response, Failure> {
    let (name, details) = description(&body)?;
    let now = app.now();
    let id = random::hex::<12>()?;
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::CreateClinic, Resource::default()).await?;
    let mut clinic = Clinic { id: id.clone(), name, details, share_code: String::new(), created: now, updated: now };
    clinics::insert(&mut transaction, &clinic).await?;
    for _ in 0..ATTEMPTS {
        let code = share_codes::ShareCode {
            code: ShareCode::random().map_err(Failure::internal)?.to_string(),
            clinic: id.clone(),
            nonce: None,
            expires: None,
            uses: None,
            label: None,
            disabled: false,
            outdated: false,
            created: now,
        };
        if share_codes::insert(&mut transaction, &code).await? {
            clinic.share_code = code.code;
            break;
        }
    }
    if clinic.share_code.is_empty() {
        return Err(Failure::internal("no free share code"));
    }
    clinics::show_share_code(&mut transaction, &id, &clinic.share_code, now).await?;
    clinics::insert_member(
        &mut transaction,
        &Member {
            clinic: id.clone(),
            account: session.account.clone(),
            roles: vec![clinics::ADMIN.to_owned()],
            created: now,
            updated: now,
        },
    )
    .await?;
    audit::insert(
        &mut transaction,
        &Event {
            at: now,
            actor: session.account.clone(),
            action: Action::CreateClinic.name(),
            subject: session.account,
            clinic: id,
            outcome: "granted",
        },
    )
    .await?;
    transaction.commit().await?;
    Ok(answer::json(to_json(&clinic, Some(&clinic.share_code))))
}

async fn list(State(app): State<App>, session: Session) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListClinics, Resource::default()).await?;
    Ok(answer::json(json!([])))
}

async fn read(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadClinic, Resource::at(&id)).await?;
    let clinic = clinics::find(&mut transaction, &id).await?.ok_or(Failure::not_found("clinic not found"))?;
    let resource = Resource::of_at(&session.account, &id);
    let shown = authority::allows(&mut transaction, &session.account, Action::ReadClinicShareCode, resource).await?;
    let mut body = to_json(&clinic, shown.then_some(clinic.share_code.as_str()));
    if let (true, Some(members)) = (shown, body.as_object_mut()) {
        let quiet = clinic_settings::find(&mut transaction, &id).await?.quiet;
        members.insert("suppressedNotifications".into(), json!({ "patientClinicInvitation": quiet }));
    }
    Ok(answer::json(body))
}

async fn members(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListMembers, Resource::at(&id)).await?;
    let mut list = Vec::new();
    for member in clinics::members(&mut transaction, &id).await? {
        list.push(member_to_json(&mut transaction, &member).await?);
    }
    // As at Tidepool, whoever is invited is listed, too, without an id.
    for invitation in invitations::of_members(&mut transaction, &id).await? {
        list.push(clinicians::invited_to_json(&invitation)?);
    }
    Ok(answer::json(list.into()))
}

async fn member(
    State(app): State<App>,
    session: Session,
    Path((id, user)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListMembers, Resource::at(&id)).await?;
    let member = clinics::find_member(&mut transaction, &id, &user).await?;
    let member = member.ok_or(Failure::not_found("clinician not found"))?;
    Ok(answer::json(member_to_json(&mut transaction, &member).await?))
}

async fn memberships(State(app): State<App>, session: Session, Path(user): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListMemberships, Resource::of(&user)).await?;
    let mut list = Vec::new();
    for member in clinics::memberships(&mut transaction, &user).await? {
        let Some(clinic) = clinics::find(&mut transaction, &member.clinic).await? else { continue };
        list.push(json!({
            "clinic": to_json(&clinic, Some(&clinic.share_code)),
            "clinician": member_to_json(&mut transaction, &member).await?,
        }));
    }
    Ok(answer::json(list.into()))
}

pub(super) async fn member_to_json(connection: &mut Connection, member: &Member) -> Result<Value, Failure> {
    let email = accounts::find(connection, &member.account).await?.map(|account| account.username);
    Ok(json!({
        "id": member.account,
        "email": email.unwrap_or_default(),
        "roles": member.roles,
        "createdTime": rfc3339(member.created),
        "updatedTime": rfc3339(member.updated),
    }))
}

/// A clinic in Tidepool's form. Its code is not for everybody.
pub(super) fn to_json(clinic: &Clinic, share_code: Option<&str>) -> Value {
    let mut object: Map<String, Value> = serde_json::from_str(&clinic.details).unwrap_or_default();
    object.insert("id".into(), json!(clinic.id));
    object.insert("name".into(), json!(clinic.name));
    if let Some(code) = share_code.filter(|code| !code.is_empty()) {
        object.insert("shareCode".into(), json!(code));
    }
    for (member, value) in [
        ("canMigrate", json!(false)),
        ("tier", json!("tier0100")),
        ("tierDescription", json!("Free")),
        ("createdTime", json!(rfc3339(clinic.created))),
        ("updatedTime", json!(rfc3339(clinic.updated))),
    ] {
        object.insert(member.into(), value);
    }
    object.into()
}

/// Name and details from the body of a request; members that mean nothing here are left out.
fn description(body: &[u8]) -> Result<(String, String), Failure> {
    let body: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| Failure::bad_request("the body must be a JSON object"))?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default().trim();
    if name.is_empty() || name.chars().count() > 256 {
        return Err(Failure::bad_request("name: a clinic's name has 1 to 256 characters"));
    }
    let mut details = Map::new();
    for member in DETAILS {
        match body.get(member) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.chars().count() <= 256 => {
                details.insert(member.into(), text.trim().into());
            }
            Some(_) => return Err(Failure::bad_request(format!("{member}: a text of up to 256 characters"))),
        }
    }
    match details.entry("preferredBgUnits").or_insert_with(|| "mg/dL".into()).as_str() {
        Some("mg/dL" | "mmol/L") => {}
        _ => return Err(Failure::bad_request("preferredBgUnits: mg/dL or mmol/L")),
    }
    if let Some(numbers) = body.get("phoneNumbers").and_then(Value::as_array) {
        let numbers: Vec<Value> = numbers
            .iter()
            .take(10)
            .filter_map(|number| {
                let text = |name| number.get(name).and_then(Value::as_str).filter(|text| text.len() <= 64);
                Some(json!({ "type": text("type").unwrap_or("Office"), "number": text("number")? }))
            })
            .collect();
        details.insert("phoneNumbers".into(), numbers.into());
    }
    Ok((name.to_owned(), Value::from(details).to_string()))
}
