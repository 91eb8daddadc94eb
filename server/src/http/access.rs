//! `/access`: what persons may do with each other's records; in the way of Tidepool's gatekeeper. What clinics may do is
//! with the clinics.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::answer;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::events::{self, Kind};
use crate::permissions::Permissions;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::people::{self, Share};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/access/{sharer}", get(of_owner))
        .route("/access/groups/{user}", get(of_person))
        .route("/access/{sharer}/{person}", get(one).post(change))
}

const UNKNOWN: &str = "Not Found";

/// What everybody may do with his own record, in Tidepool's words.
fn root() -> Value {
    json!({ "root": {} })
}

async fn of_owner(State(app): State<App>, session: Session, Path(sharer): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListPeople, Resource::of(&sharer)).await?;
    let shares = people::of_vault(&mut transaction, &sharer).await?;
    let mut map: Map<String, Value> = shares.into_iter().map(|it| (it.person, it.permissions.to_json())).collect();
    map.insert(sharer, root());
    Ok(answer::json(map.into()))
}

async fn of_person(State(app): State<App>, session: Session, Path(user): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListPeople, Resource::of(&user)).await?;
    let shares = people::of_person(&mut transaction, &user).await?;
    let mut map: Map<String, Value> = shares.into_iter().map(|it| (it.vault, it.permissions.to_json())).collect();
    map.insert(user, root());
    Ok(answer::json(map.into()))
}

async fn one(
    State(app): State<App>,
    session: Session,
    Path((sharer, person)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    // Either of the two.
    let asked = if session.account == person { &person } else { &sharer };
    authority::require(&mut transaction, &session.account, Action::ReadShare, Resource::of(asked)).await?;
    if sharer == person {
        return Ok(answer::json(root()));
    }
    let share = people::find(&mut transaction, &sharer, &person).await?.ok_or(Failure::not_found(UNKNOWN))?;
    Ok(answer::json(share.permissions.to_json()))
}

/// Replaces what a person may do; with nothing in the body it ends, and that the person herself may ask for, too.
async fn change(
    State(app): State<App>,
    session: Session,
    Path((sharer, person)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let undecodable = || Failure::bad_request("the body must be a JSON object with permissions");
    let permissions = match body.iter().all(u8::is_ascii_whitespace) {
        true => Permissions::default(),
        false => match serde_json::from_slice(&body).map_err(|_| undecodable())? {
            Value::Object(object) => Permissions::from_json(&object),
            Value::Null => Permissions::default(),
            _ => return Err(undecodable()),
        },
    };
    let mut transaction = app.write().await?;
    let leaves = permissions.is_empty() && session.account == person && person != sharer;
    let action = if leaves { Action::LeaveShare } else { Action::ChangeShare };
    authority::require(&mut transaction, &session.account, action, Resource::of(&sharer)).await?;
    let share = people::find(&mut transaction, &sharer, &person).await?.ok_or(Failure::not_found(UNKNOWN))?;
    let now = app.now();
    let outcome = if permissions.is_empty() {
        people::delete(&mut transaction, &sharer, &person).await?;
        "revoked"
    } else {
        people::put(&mut transaction, &Share { permissions, updated: now, ..share }).await?;
        "changed"
    };
    for side in [&sharer, &person] {
        events::tell(&mut transaction, side, Kind::Access, Resource::of(&sharer)).await?;
    }
    let actor = session.account;
    let event = Event { at: now, actor, action: action.name(), subject: sharer, clinic: String::new(), outcome };
    audit::insert(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(answer::json(if permissions.is_empty() { Value::Null } else { permissions.to_json() }))
}
