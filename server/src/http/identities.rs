//! `/v1/tidelock/identities`: statements and backups.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use tidelock::keys::IdentityStatement;
use tidelock::signed::Unverified;
use tidelock::wire::{FoundDataOwner, NewIdentity, Statements, StoredBackup};

use super::answer::{self, Nothing};
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::{accounts, identities};
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
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::PublishIdentity, Resource::of(&owner)).await?;
    let platform = &app.config().public_url;
    if Unverified::<IdentityStatement>::decode(&new.statement)?.claims().platform != *platform {
        return Err(Failure::bad_request(format!("the statement is for another platform; this one is {platform}")));
    }
    let statement = IdentityStatement::open(app.engine(), &new.statement, &owner, platform).await?;
    if statement.body().version != 1 {
        return Err(Failure::bad_request("an identity begins with version 1"));
    }
    let now = app.now();
    let fingerprint = statement.digest();
    let inserted = identities::insert(&mut transaction, &owner, 1, fingerprint.as_bytes(), &new.statement, now).await?;
    if !inserted {
        // A request that was sent again because its answer was lost must not look like a second identity.
        let first = identities::statements(&mut transaction, &owner).await?;
        let first = first.first().map(|first| Unverified::<IdentityStatement>::decode(first)).transpose()?;
        if first.is_none_or(|first| first.digest() != fingerprint) {
            return Err(Failure::conflict("this account has an identity"));
        }
        return Ok(answer::cbor(StatusCode::CREATED, &Nothing {}));
    }
    identities::put_backup(&mut transaction, &owner, &new.backup, now).await?;
    let event = Event {
        at: now,
        actor: session.account.clone(),
        action: Action::PublishIdentity.name(),
        subject: owner.clone(),
        clinic: String::new(),
        outcome: "done",
    };
    audit::insert(&mut transaction, &event).await?;
    vaults::append(&app, &mut transaction, &session.account, &owner, &new.log).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::CREATED, &Nothing {}))
}

async fn read(State(app): State<App>, session: Session, Path(owner): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadIdentity, Resource::of(&owner)).await?;
    let statements = identities::statements(&mut transaction, &owner).await?;
    if statements.is_empty() {
        return Err(Failure::not_found("not found"));
    }
    let statements = statements.into_iter().map(Into::into).collect();
    Ok(answer::cbor(StatusCode::OK, &Statements { statements, ..Statements::default() }))
}

async fn backup(State(app): State<App>, session: Session, Path(owner): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadBackup, Resource::of(&owner)).await?;
    let backup = identities::backup(&mut transaction, &owner).await?.ok_or(Failure::not_found("not found"))?;
    Ok(answer::cbor(StatusCode::OK, &StoredBackup { backup: backup.into() }))
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
    let statement = identities::newest(&mut transaction, &account.id).await?.ok_or_else(missing)?;
    let kind = Unverified::<IdentityStatement>::decode(&statement)?.claims().kind;
    Ok(answer::cbor(StatusCode::OK, &FoundDataOwner { owner: account.id, kind }))
}
