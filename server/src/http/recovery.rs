//! `/v1/tidelock/recoveries`, `…/give_backs`, `…/tips`: owners who lost their keys get them back from others.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use tidelock::keys::IdentityStatement;
use tidelock::sharing::{GiveBack, VaultLog};
use tidelock::signed::Unverified;
use tidelock::wire::{ConflictKind, GiveBacks, NewGiveBack, Recoveries, Recovery, Refounding};

use super::answer::{self, Nothing};
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::{Failure, Refusal};
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::recoveries::Place;
use crate::storage::{Connection, chains, clinics, delegations, identities, recoveries, vault_logs};
use crate::vaults;

/// The most bytes of one part of what is given back.
const MAXIMUM_PART: usize = 256 * 1024;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/tidelock/recoveries", get(list))
        .route("/v1/tidelock/vaults/{vault}/tips", get(tips))
        .route("/v1/tidelock/vaults/{vault}/give_backs", get(read).post(give).delete(remove))
}

#[derive(Deserialize)]
struct InTheNameOf {
    clinic: Option<String>,
}

async fn list(
    State(app): State<App>,
    session: Session,
    query: Result<Query<InTheNameOf>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(InTheNameOf { clinic }) = query.map_err(|_| Failure::bad_request("clinic: an id"))?;
    let mut transaction = app.read().await?;
    let (action, resource) = match &clinic {
        None => (Action::ListRecoveries, Resource::default()),
        Some(clinic) => (Action::ListRecoveriesOfClinic, Resource::at(clinic)),
    };
    authority::require(&mut transaction, &session.account, action, resource).await?;
    let reader = clinic.as_deref().unwrap_or(&session.account);
    let mut owners = Vec::new();
    for owner in recoveries::waiting(&mut transaction, reader).await? {
        let Some(log) = vaults::load(&mut transaction, &owner).await? else { continue };
        let (entities, grants) = stands(&mut transaction, &log, reader).await?;
        if entities + grants > 0 {
            let statements = vaults::statements(&mut transaction, &owner).await?;
            owners.push(Recovery { owner, statements, entities, grants });
        }
    }
    Ok(answer::cbor(StatusCode::OK, &Recoveries { owners }))
}

/// How many entities are delegated to somebody, and how many grants he has.
async fn stands(connection: &mut Connection, log: &VaultLog, delegate: &str) -> Result<(u64, u64), Failure> {
    if delegate == log.vault() {
        return Ok((0, 0));
    }
    let entities = delegations::count_to(connection, log.vault(), delegate).await?;
    let entities = u64::try_from(entities).map_err(Failure::internal)?;
    Ok((entities, u64::from(log.standing(delegate).is_some())))
}

async fn tips(State(app): State<App>, session: Session, Path(vault): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadTips, Resource::of(&vault)).await?;
    let log = vault_logs::after(&mut transaction, &vault, 0).await?.into_iter().map(Into::into).collect();
    let tips = chains::under(&mut transaction, &vault, None).await?;
    Ok(answer::cbor(StatusCode::OK, &Refounding { log, tips }))
}

/// The newest identity of a vault's owner.
async fn recipient(connection: &mut Connection, vault: &str) -> Result<Unverified<IdentityStatement>, Failure> {
    let newest = identities::newest(connection, vault).await?.ok_or(Failure::not_found("not found"))?;
    Ok(Unverified::decode(&newest)?)
}

async fn give(
    State(app): State<App>,
    session: Session,
    Path(vault): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let NewGiveBack { message } = body.decode()?;
    if message.len() > MAXIMUM_PART {
        return Err(Failure::too_large());
    }
    let claimed = Unverified::<GiveBack>::decode(&message)?;
    let claims = claimed.claims().clone();
    let giver = &session.account;
    if claims.vault != vault || claims.giver != *giver {
        return Err(Failure::bad_request("the message names another vault or another giver"));
    }
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, giver, Action::GiveBack, Resource::of(&vault)).await?;
    let capacity = claims.capacity.as_ref().map_or(giver, |capacity| &capacity.clinic);
    let refused = || {
        Failure::Refused(Refusal {
            actor: giver.clone(),
            action: Action::GiveBack.name(),
            subject: vault.clone(),
            clinic: claims.capacity.as_ref().map(|capacity| capacity.clinic.clone()).unwrap_or_default(),
        })
    };
    if capacity != giver {
        clinics::find_member(&mut transaction, capacity, giver).await?.ok_or_else(refused)?;
    }
    let log = vaults::load(&mut transaction, &vault).await?.ok_or_else(refused)?;
    if stands(&mut transaction, &log, capacity).await? == (0, 0) {
        return Err(refused());
    }
    let statement = identities::newest(&mut transaction, giver).await?.ok_or_else(refused)?;
    let statement = Unverified::<IdentityStatement>::decode(&statement)?.trust();
    if claims.fingerprint != statement.digest() {
        return Err(Failure::moved_on(ConflictKind::Identity, "the giver has a newer identity"));
    }
    claimed.verify(app.engine(), &statement.body().signing).await?;
    if recipient(&mut transaction, &vault).await?.digest() != claims.after {
        return Err(Failure::moved_on(ConflictKind::Identity, "the owner has a newer identity"));
    }
    let part = i64::try_from(claims.part).map_err(|_| Failure::too_large())?;
    let place = Place { vault: &vault, giver, capacity, recipient: claims.after.as_bytes(), part };
    let now = app.now();
    recoveries::put_part(&mut transaction, place, &message, now).await?;
    let event = Event {
        at: now,
        actor: giver.clone(),
        action: Action::GiveBack.name(),
        subject: vault.clone(),
        clinic: if capacity == giver { String::new() } else { capacity.clone() },
        outcome: "done",
    };
    audit::insert(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

async fn read(State(app): State<App>, session: Session, Path(vault): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadGiveBacks, Resource::of(&vault)).await?;
    let recipient = recipient(&mut transaction, &vault).await?.digest();
    let messages = recoveries::parts(&mut transaction, &vault, recipient.as_bytes()).await?;
    let messages = messages.into_iter().map(Into::into).collect();
    Ok(answer::cbor(StatusCode::OK, &GiveBacks { messages }))
}

async fn remove(State(app): State<App>, session: Session, Path(vault): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::ReadGiveBacks, Resource::of(&vault)).await?;
    recoveries::remove_parts(&mut transaction, &vault).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}
