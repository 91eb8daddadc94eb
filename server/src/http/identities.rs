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
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::{Connection, accounts, identities, recoveries};
use crate::vaults;

/// In milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// How many new versions of an identity may be published in a day.
const A_DAY: i64 = 3;

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
    let now = app.now();
    if statement.body().version > 1 {
        publish_next(&app, &mut transaction, &statement, &new, now).await?;
        transaction.commit().await?;
        return Ok(answer::cbor(StatusCode::CREATED, &Nothing {}));
    }
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
    audit::insert(&mut transaction, &published(&owner, now)).await?;
    vaults::append(&app, &mut transaction, &session.account, &owner, &new.log).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::CREATED, &Nothing {}))
}

/// Of who may publish an identity, the owner.
fn published(owner: &str, now: i64) -> Event {
    Event {
        at: now,
        actor: owner.to_owned(),
        action: Action::PublishIdentity.name(),
        subject: owner.to_owned(),
        clinic: String::new(),
        outcome: "done",
    }
}

/// Stores a version that continues the newest one. The vault log is left alone: it goes on under the identity that it has,
/// until an entry says otherwise.
async fn publish_next(
    app: &App,
    connection: &mut Connection,
    statement: &Signed<IdentityStatement>,
    new: &NewIdentity,
    now: i64,
) -> Result<(), Failure> {
    let (owner, version) = (statement.body().owner.as_str(), statement.body().version);
    let Some(newest) = identities::newest(connection, owner).await? else {
        return Err(Failure::bad_request("an identity begins with version 1"));
    };
    let newest = Unverified::<IdentityStatement>::decode(&newest)?.trust();
    if newest.digest() == statement.digest() {
        return Ok(());
    }
    if statement.body().predecessor != Some(newest.digest()) || version - 1 != newest.body().version {
        return Err(Failure::moved_on(ConflictKind::Identity, "this account has a newer identity"));
    }
    if !new.log.is_empty() {
        return Err(Failure::bad_request("the log begins with version 1"));
    }
    if identities::published_since(connection, owner, now.saturating_sub(DAY)).await? >= A_DAY {
        return Err(Failure::RateLimited(u64::try_from(DAY / 1000).unwrap_or_default()));
    }
    if let Some(succession) = &new.succession {
        Succession::open(app.engine(), succession, &newest, statement).await?;
        identities::put_succession(connection, owner, version, succession).await?;
    }
    let fingerprint = statement.digest();
    identities::insert(connection, owner, version, fingerprint.as_bytes(), &new.statement, now).await?;
    identities::keep_backup(connection, owner, version - 1).await?;
    identities::put_backup(connection, owner, &new.backup, now).await?;
    recoveries::begin(connection, owner, now).await?;
    Ok(audit::insert(connection, &published(owner, now)).await?)
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
struct OfVersion {
    version: Option<u32>,
}

async fn backup(
    State(app): State<App>,
    session: Session,
    Path(owner): Path<String>,
    query: Result<Query<OfVersion>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(OfVersion { version }) = query.map_err(|_| Failure::bad_request("version: a number"))?;
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadBackup, Resource::of(&owner)).await?;
    let count = identities::statements(&mut transaction, &owner).await?.len();
    let backup = match version {
        Some(version) if usize::try_from(version).is_ok_and(|version| version != count) => {
            identities::former_backup(&mut transaction, &owner, version).await?
        }
        _ => identities::backup(&mut transaction, &owner).await?,
    };
    let backup = backup.ok_or(Failure::not_found("not found"))?;
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
