//! `/metadata`: profiles, in the way of Tidepool's seagull. Our client stores almost nothing there.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Router, http::StatusCode};
use serde_json::Value;

use super::answer;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::state::App;
use crate::storage::profiles;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/metadata/{user}/profile", get(read).put(write).post(write))
}

/// The most that a profile may have, in bytes.
const LIMIT: usize = 64 * 1024;

async fn read(State(app): State<App>, session: Session, Path(user): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadProfile, Resource::of(&user)).await?;
    let body = profiles::find(&mut transaction, &user).await?.ok_or(Failure::not_found("Nothing found"))?;
    Ok(answer::json(serde_json::from_str(&body).map_err(Failure::internal)?))
}

async fn write(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::WriteProfile, Resource::of(&user)).await?;
    if body.len() > LIMIT {
        return Err(Failure::Status(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "profile too large".into()));
    }
    let profile = match serde_json::from_slice::<Value>(&body) {
        Ok(profile @ Value::Object(_)) => profile,
        _ => return Err(Failure::bad_request("a profile is a JSON object")),
    };
    profiles::put(&mut transaction, &user, &profile.to_string()).await?;
    transaction.commit().await?;
    Ok(answer::json(profile))
}
