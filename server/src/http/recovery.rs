//! `/v1/tidelock/recoveries`, and `/v1/tidelock/vaults/{vault}/give_backs` and `…/tips`: how an owner who lost her keys gets them
//! back from those with whom she had shared.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use tidelock::keys::IdentityStatement;
use tidelock::sharing::{ChainName, GiveBack};
use tidelock::signed::{Signed, Unverified};
use tidelock::wire::{ConflictKind, GiveBacks, NewGiveBack, Recoveries, Recovery, Refounding};
use tidelock_crypto::Digest;
use tidelock_crypto::cbor::List;

use super::answer::{self, Nothing};
use super::entities::reader;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::events::{self, Kind};
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::{Connection, chains, give_backs, vault_logs};
use crate::vaults;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/tidelock/recoveries", get(list))
        .route("/v1/tidelock/vaults/{vault}/give_backs", post(give).get(given).delete(forget))
        .route("/v1/tidelock/vaults/{vault}/tips", get(tips))
}

/// The most bytes of one part.
const MAXIMUM_MESSAGE: usize = 256 * 1024;

/// The most parts of what one giver gives.
const MAXIMUM_PARTS: u64 = 100;

#[derive(Deserialize)]
struct ForClinic {
    clinic: Option<String>,
}

async fn list(
    State(app): State<App>,
    session: Session,
    query: Result<Query<ForClinic>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(query) = query.map_err(|_| Failure::bad_request("clinic: an id"))?;
    let mut transaction = app.read().await?;
    let reader = reader(&mut transaction, &session.account, query.clinic.as_deref()).await?;
    let mut owners = Vec::new();
    for (owner, entities) in give_backs::candidates(&mut transaction, &reader).await? {
        let Some(log) = vaults::load(&mut transaction, &owner).await? else { continue };
        let newest = identity(&mut transaction, &owner).await?;
        let grants = u64::from(log.standing(&reader).is_some());
        let entities = u64::try_from(entities).map_err(Failure::internal)?;
        if newest.digest() != log.owner().fingerprint() && grants + entities > 0 {
            let statements = vaults::statements(&mut transaction, &owner).await?;
            owners.push(Recovery { owner, statements, entities, grants });
        }
    }
    Ok(answer::cbor(StatusCode::OK, &Recoveries { owners }))
}

/// Somebody's identity as it is now.
async fn identity(connection: &mut Connection, owner: &str) -> Result<Signed<IdentityStatement>, Failure> {
    vaults::newest(connection, owner).await?.ok_or(Failure::not_found("not found"))
}

async fn give(
    State(app): State<App>,
    session: Session,
    Path(vault): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let NewGiveBack { message } = body.decode()?;
    if message.len() > MAXIMUM_MESSAGE {
        return Err(Failure::too_large());
    }
    let claimed = Unverified::<GiveBack>::decode(&message)?;
    let claims = claimed.claims().clone();
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::GiveBack, Resource::of(&vault)).await?;
    let clinic = claims.capacity.as_ref().map(|capacity| capacity.clinic.as_str());
    let capacity = reader(&mut transaction, &session.account, clinic).await?;
    if (&claims.vault, &claims.giver) != (&vault, &session.account) {
        return Err(Failure::bad_request("the message names another vault or another giver"));
    }
    if claims.part == 0 || claims.part > claims.parts || claims.parts > MAXIMUM_PARTS {
        return Err(Failure::bad_request("the parts are numbered from 1 to at most 100"));
    }
    let giver = identity(&mut transaction, &claims.giver).await?;
    check_newest(&giver, claims.fingerprint, "the giver has a newer identity")?;
    check_newest(&identity(&mut transaction, &vault).await?, claims.after, "the owner has a newer identity")?;
    claimed.verify(app.engine(), &giver.body().signing).await?;
    let part = i64::try_from(claims.part).map_err(Failure::internal)?;
    let chain = ChainName { author: claims.giver, capacity };
    let place = (claims.after.as_bytes().as_slice(), part);
    let now = app.now();
    give_backs::put(&mut transaction, &vault, &chain, place, &message, now).await?;
    events::tell(&mut transaction, &vault, Kind::Access, Resource::of(&vault)).await?;
    let event = Event {
        at: now,
        actor: session.account,
        action: Action::GiveBack.name(),
        subject: vault,
        clinic: clinic.unwrap_or_default().to_owned(),
        outcome: "done",
    };
    audit::insert(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

fn check_newest(
    newest: &Signed<IdentityStatement>,
    fingerprint: Digest,
    otherwise: &'static str,
) -> Result<(), Failure> {
    if newest.digest() == fingerprint {
        return Ok(());
    }
    Err(Failure::moved_on(ConflictKind::Identity, otherwise))
}

async fn given(State(app): State<App>, session: Session, Path(vault): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadGiveBacks, Resource::of(&vault)).await?;
    let recipient = identity(&mut transaction, &vault).await?.digest();
    let messages = give_backs::of(&mut transaction, &vault, recipient.as_bytes()).await?;
    let mut clinics = vaults::NamedClinics::default();
    for message in &messages {
        clinics.add_capacity(Unverified::<GiveBack>::decode(message)?.claims().capacity.as_ref());
    }
    let clinics = List(clinics.served(&mut transaction).await?);
    let messages = messages.into_iter().map(Into::into).collect();
    Ok(answer::cbor(StatusCode::OK, &GiveBacks { messages, clinics }))
}

async fn forget(State(app): State<App>, session: Session, Path(vault): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::ReadGiveBacks, Resource::of(&vault)).await?;
    give_backs::delete(&mut transaction, &vault).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

async fn tips(State(app): State<App>, session: Session, Path(vault): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadTips, Resource::of(&vault)).await?;
    let entries = vault_logs::entries(&mut transaction, &vault).await?;
    let tips = chains::under(&mut transaction, &vault, None).await?;
    let entries = entries.into_iter().map(Into::into).collect();
    Ok(answer::cbor(StatusCode::OK, &Refounding { entries, tips }))
}
