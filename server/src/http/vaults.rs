//! `/v1/tidelock/vaults`: logs and writes.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use tidelock::records::{Manifest, Write};
use tidelock::sharing::ChainName;
use tidelock::signed::Unverified;
use tidelock::wire::{AddedWraps, LogEntries, OwnManifests, WritePage, Written};
use tidelock_crypto::cbor::{Flag, List};

use super::answer::{self, Nothing};
use super::entities::page_end;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource, Standing};
use crate::error::Failure;
use crate::state::App;
use crate::storage::{batches, writes};
use crate::vaults;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/tidelock/vaults/{vault}/log", get(log).post(append))
        .route("/v1/tidelock/vaults/{vault}/writes", get(page).post(write))
        .route("/v1/tidelock/vaults/{vault}/wraps", post(add_wraps))
        .route("/v1/tidelock/vaults/{vault}/manifests", get(own_manifests))
}

/// The most writes that one page has.
const PAGE: u32 = 1_000;

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
    limit: Option<u32>,
}

/// A number as the database has numbers. Nothing comes after what it cannot count to.
fn place(after: u64) -> i64 {
    i64::try_from(after).unwrap_or(i64::MAX)
}

async fn log(
    State(app): State<App>,
    session: Session,
    Path(vault): Path<String>,
    query: Result<Query<After>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::bad_request("after: a number"))?;
    let mut transaction = app.read().await?;
    let standing =
        authority::require(&mut transaction, &session.account, Action::ReadVaultLog, Resource::of(&vault)).await?;
    let log = vaults::load(&mut transaction, &vault).await?.ok_or(Failure::not_found("not found"))?;
    let is_owner = session.account == vault;
    let unwrapped = Flag(is_owner && batches::any_unwrapped(&mut transaction, &vault).await?);
    drop(transaction);
    if standing == Standing::Administrator {
        answer::note_administrator(&app, &session.account, Action::ReadVaultLog, [vault]).await?;
    }
    let entries = log.entries_after(query.after).map(|entry| entry.to_vec().into()).collect();
    Ok(answer::cbor(StatusCode::OK, &LogEntries { entries, unwrapped }))
}

async fn append(
    State(app): State<App>,
    session: Session,
    Path(vault): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let new: LogEntries = body.decode()?;
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::AppendVaultLog, Resource::of(&vault)).await?;
    vaults::append(&app, &mut transaction, &session.account, &vault, &new.entries).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

async fn write(
    State(app): State<App>,
    session: Session,
    Path(vault): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let new: Write = body.decode()?;
    let cursor = vaults::store(&app, &session.account, &vault, &new).await?;
    let cursor = u64::try_from(cursor).map_err(Failure::internal)?;
    Ok(answer::cbor(StatusCode::OK, &Written { cursor }))
}

async fn page(
    State(app): State<App>,
    session: Session,
    Path(vault): Path<String>,
    query: Result<Query<After>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::bad_request("after, limit: numbers"))?;
    let mut transaction = app.read().await?;
    let standing =
        authority::require(&mut transaction, &session.account, Action::ReadVault, Resource::of(&vault)).await?;
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE);
    // One more than asked for, to know whether there are more.
    let mut places = writes::after(&mut transaction, &vault, place(query.after), i64::from(limit) + 1).await?;
    let end = page_end(limit as usize, places.iter().map(|(_, bytes)| *bytes));
    let more = end < places.len();
    places.truncate(end);
    let page = match places.last() {
        Some((last, _)) => writes::between(&mut transaction, &vault, place(query.after), *last).await?,
        None => Vec::new(),
    };
    let mut clinics = vaults::NamedClinics::default();
    for stored in &page {
        clinics.add_capacity(Unverified::<Manifest>::decode(&stored.write.manifest)?.claims().capacity.as_ref());
    }
    let clinics = List(clinics.served(&mut transaction).await?);
    drop(transaction);
    if standing == Standing::Administrator {
        answer::note_administrator(&app, &session.account, Action::ReadVault, [vault]).await?;
    }
    Ok(answer::cbor(StatusCode::OK, &WritePage { writes: page, more, clinics }))
}

async fn add_wraps(
    State(app): State<App>,
    session: Session,
    Path(vault): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let new: AddedWraps = body.decode()?;
    vaults::add_wraps(&app, &session.account, &vault, &new).await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

#[derive(Deserialize)]
struct OwnChain {
    #[serde(default)]
    after: u64,
    capacity: Option<String>,
}

async fn own_manifests(
    State(app): State<App>,
    session: Session,
    Path(vault): Path<String>,
    query: Result<Query<OwnChain>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::bad_request("after: a number; capacity: an id"))?;
    let mut transaction = app.read().await?;
    let resource = Resource::of(&vault);
    authority::require(&mut transaction, &session.account, Action::ReadOwnManifests, resource).await?;
    let capacity = query.capacity.unwrap_or_else(|| session.account.clone());
    let chain = ChainName { author: session.account, capacity };
    let mut found = writes::chain(&mut transaction, &vault, &chain, place(query.after), i64::from(PAGE) + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let manifests = found.into_iter().map(|stored| stored.manifest.into()).collect();
    Ok(answer::cbor(StatusCode::OK, &OwnManifests { manifests, more }))
}
