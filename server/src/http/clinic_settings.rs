//! `/v1/clinics/{id}/settings` and `…/suppressed_notifications`: what a clinic decides for itself; in the way of Tidepool's
//! clinic service.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::answer;
use super::clinic_keys::note;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::state::App;
use crate::storage::clinic_settings::{self, ClinicSettings};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/clinics/{clinic}/settings/mrn", get(read_mrn).put(change_mrn))
        .route("/v1/clinics/{clinic}/suppressed_notifications", post(suppress))
}

async fn read_mrn(State(app): State<App>, session: Session, Path(clinic): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    let resource = Resource::at(&clinic);
    authority::require(&mut transaction, &session.account, Action::ReadClinicSettings, resource).await?;
    let settings = clinic_settings::find(&mut transaction, &clinic).await?;
    Ok(answer::json(json!({ "required": settings.mrn_required, "unique": settings.mrn_unique })))
}

#[derive(Deserialize)]
struct MrnSettings {
    required: bool,
    unique: bool,
}

async fn change_mrn(
    State(app): State<App>,
    session: Session,
    Path(clinic): Path<String>,
    Body(body): Body,
) -> Result<StatusCode, Failure> {
    change(&app, &session.account, &clinic, |settings| {
        let new: MrnSettings = serde_json::from_slice(&body).ok()?;
        Some(ClinicSettings { mrn_required: new.required, mrn_unique: new.unique, ..settings })
    })
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suppression {
    suppressed_notifications: Suppressed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suppressed {
    patient_clinic_invitation: Option<bool>,
}

async fn suppress(
    State(app): State<App>,
    session: Session,
    Path(clinic): Path<String>,
    Body(body): Body,
) -> Result<StatusCode, Failure> {
    change(&app, &session.account, &clinic, |settings| {
        let new: Suppression = serde_json::from_slice(&body).ok()?;
        Some(ClinicSettings {
            quiet: new.suppressed_notifications.patient_clinic_invitation.unwrap_or(false),
            ..settings
        })
    })
    .await
}

async fn change(
    app: &App,
    actor: &str,
    clinic: &str,
    change: impl FnOnce(ClinicSettings) -> Option<ClinicSettings>,
) -> Result<StatusCode, Failure> {
    let mut transaction = app.write().await?;
    let action = Action::ChangeClinicSettings;
    authority::require(&mut transaction, actor, action, Resource::at(clinic)).await?;
    let settings = clinic_settings::find(&mut transaction, clinic).await?;
    let settings = change(settings).ok_or(Failure::bad_request("the body is not what belongs here"))?;
    clinic_settings::put(&mut transaction, clinic, settings).await?;
    note(&mut transaction, app, actor, action.name(), clinic).await?;
    transaction.commit().await?;
    Ok(StatusCode::OK)
}
