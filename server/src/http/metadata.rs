//! `/metadata`: profiles, in the way of Tidepool's seagull. Our client stores almost nothing there.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Router, http::StatusCode};
use serde_json::{Map, Value};

use super::answer;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::state::App;
use crate::storage::{accounts, people, profiles};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/metadata/{user}/profile", get(read).put(write).post(write))
        .route("/metadata/users/{user}/users", get(related))
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

/// Who shares with an account, and with whom it shares, each with what the other may do. Tidepool says `trustor` of whoever gives
/// and `trustee` of whoever gets.
async fn related(State(app): State<App>, session: Session, Path(user): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListPeople, Resource::of(&user)).await?;
    let mut related: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for share in people::of_person(&mut transaction, &user).await? {
        let members = related.entry(share.vault).or_default();
        members.insert("trustorPermissions".into(), share.permissions.to_json());
    }
    for share in people::of_vault(&mut transaction, &user).await? {
        let members = related.entry(share.person).or_default();
        members.insert("trusteePermissions".into(), share.permissions.to_json());
    }
    let mut list = Vec::new();
    for (id, mut members) in related {
        let Some(account) = accounts::find(&mut transaction, &id).await? else { continue };
        // The profile is for whoever was given something to see.
        if authority::allows(&mut transaction, &user, Action::ReadProfile, Resource::of(&id)).await?
            && let Some(profile) = profiles::find(&mut transaction, &id).await?
        {
            members.insert("profile".into(), serde_json::from_str(&profile).map_err(Failure::internal)?);
        }
        members.insert("userid".into(), id.into());
        members.insert("username".into(), account.username.into());
        members.insert("emails".into(), account.emails.into());
        members.insert("emailVerified".into(), account.email_verified.into());
        members.insert("roles".into(), account.roles.into());
        list.push(Value::from(members));
    }
    Ok(answer::json(list.into()))
}
