//! `/v1/tidelock/identities`: statements and backups.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use tidelock::keys::{IdentityStatement, Succession};
use tidelock::signed::{Signed, Unverified};
use tidelock::wire::{ConflictKind, FoundDataOwner, NewIdentity, StoredBackup};

use super::answer::{self, Nothing};
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::events;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::{Connection, accounts, identities};
use crate::vaults;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/tidelock/identities/{owner}", post(publish).get(read))
        .route("/v1/tidelock/identities/{owner}/backup", get(backup))
        .route("/v1/tidelock/data-owners", get(look_up))
}

async fn publish(
    State(app): State<App>,
    session: Session,
    Path(owner): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let new: NewIdentity = body.decode()?;
    let platform = &app.config().public_url;
    let claimed = Unverified::<IdentityStatement>::decode(&new.statement)?;
    let first = claimed.claims().version == 1;
    let mut transaction = app.write().await?;
    let action = if first { Action::PublishIdentity } else { Action::PublishSuccessor };
    authority::require(&mut transaction, &session.account, action, Resource::of(&owner)).await?;
    if claimed.claims().platform != *platform {
        return Err(Failure::bad_request(format!("the statement is for another platform; this one is {platform}")));
    }
    let statement = IdentityStatement::open(app.engine(), &new.statement, &owner, platform).await?;
    let known = vaults::versions(&mut transaction, &owner).await?;
    // A request that was sent again because its answer was lost must not look like another identity.
    if known.iter().any(|known| known.digest() == statement.digest()) {
        return Ok(answer::cbor(StatusCode::CREATED, &Nothing {}));
    }
    match known.last() {
        None if first => {}
        None => return Err(Failure::bad_request("an identity begins with version 1")),
        Some(_) if first => return Err(Failure::moved_on(ConflictKind::Identity, "this account has an identity")),
        Some(newest) => succeed(&app, &mut transaction, newest, &statement, &new).await?,
    }
    let (now, version) = (app.now(), statement.body().version);
    let fingerprint = statement.digest();
    identities::insert(&mut transaction, &owner, version, fingerprint.as_bytes(), &new.statement, now).await?;
    identities::put_backup(&mut transaction, &owner, &new.backup, now).await?;
    let event = Event {
        at: now,
        actor: session.account.clone(),
        action: action.name(),
        subject: owner.clone(),
        clinic: String::new(),
        outcome: "done",
    };
    audit::insert(&mut transaction, &event).await?;
    if first {
        vaults::append(&app, &mut transaction, &session.account, &owner, &new.log).await?;
    }
    events::tell_those_waiting(&mut transaction, &owner, now).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::CREATED, &Nothing {}))
}

/// Makes room for the next version of an identity, if it is one. The log goes on under the old one until its owner refounds it.
async fn succeed(
    app: &App,
    connection: &mut Connection,
    newest: &Signed<IdentityStatement>,
    statement: &Signed<IdentityStatement>,
    new: &NewIdentity,
) -> Result<(), Failure> {
    let (before, after) = (newest.body(), statement.body());
    if after.predecessor != Some(newest.digest()) || before.version.checked_add(1) != Some(after.version) {
        return Err(Failure::moved_on(ConflictKind::Identity, "this account has another newest identity"));
    }
    if after.kind != before.kind || !new.log.is_empty() {
        return Err(Failure::bad_request("a next version is of the same kind, and brings no entries of the log"));
    }
    if let Some(succession) = &new.succession {
        Succession::open(app.engine(), succession, newest, statement).await?;
        identities::put_succession(connection, &after.owner, after.version, succession).await?;
    }
    app.limiter().take(&format!("identity {}", after.owner), app.config().rates.identities, app.now())?;
    Ok(identities::put_backup_away(connection, &after.owner, before.version).await?)
}

async fn read(State(app): State<App>, session: Session, Path(owner): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadIdentity, Resource::of(&owner)).await?;
    let statements = vaults::statements(&mut transaction, &owner).await?;
    if statements.statements.is_empty() {
        return Err(Failure::not_found("not found"));
    }
    Ok(answer::cbor(StatusCode::OK, &statements))
}

#[derive(Deserialize)]
struct Version {
    version: Option<u32>,
}

async fn backup(
    State(app): State<App>,
    session: Session,
    Path(owner): Path<String>,
    query: Result<Query<Version>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::bad_request("version: a number"))?;
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadBackup, Resource::of(&owner)).await?;
    let missing = || Failure::not_found("not found");
    let newest = vaults::newest(&mut transaction, &owner).await?.ok_or_else(missing)?.body().version;
    let backup = match query.version {
        Some(version) if version != newest => identities::former_backup(&mut transaction, &owner, version).await?,
        _ => identities::backup(&mut transaction, &owner).await?,
    };
    Ok(answer::cbor(StatusCode::OK, &StoredBackup { backup: backup.ok_or_else(missing)?.into() }))
}

#[derive(Deserialize)]
struct Address {
    email: String,
}

/// Whose address it is: exactly that, and never a list.
async fn look_up(
    State(app): State<App>,
    session: Session,
    query: Result<Query<Address>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::bad_request("email: an address"))?;
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::LookUpDataOwner, Resource::default()).await?;
    app.limiter().take(&format!("address {}", session.account), app.config().rates.addresses, app.now())?;
    let missing = || Failure::not_found("not found");
    let account = accounts::find_by_name(&mut transaction, &query.email).await?.ok_or_else(missing)?;
    let kind = vaults::newest(&mut transaction, &account.id).await?.ok_or_else(missing)?.body().kind;
    Ok(answer::cbor(StatusCode::OK, &FoundDataOwner { owner: account.id, kind }))
}
