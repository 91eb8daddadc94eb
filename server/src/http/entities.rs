//! `/v1/tidelock/entities`: single entities.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use tidelock::wire::{EntitiesRequest, ListRequest, MAXIMUM_BYTES, MAXIMUM_ENTITIES, Wanted};
use tidelock_crypto::cbor;

use super::answer;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource, Scope};
use crate::error::{Failure, Refusal};
use crate::state::App;
use crate::storage::audit::Event;
use crate::storage::entities::{Listing, Place};
use crate::storage::{Connection, delegations, entities};
use crate::vaults::{self, Chosen};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/tidelock/entities", post(read)).route("/v1/tidelock/entities/list", post(list))
}

async fn read(State(app): State<App>, session: Session, body: Body) -> Result<Response, Failure> {
    let request: EntitiesRequest = body.decode()?;
    if request.wanted.len() > MAXIMUM_ENTITIES || request.identities.len() > MAXIMUM_ENTITIES {
        return Err(Failure::too_large());
    }
    let mut transaction = app.read().await?;
    let reader = reader(&mut transaction, &session.account, request.clinic.as_deref()).await?;
    let ids: Vec<_> = request.wanted.iter().map(|wanted| wanted.entity).collect();
    let found = entities::find(&mut transaction, &ids).await?;
    let mut found: BTreeMap<_, _> = found.into_iter().map(|entity| (entity.id, entity)).collect();
    let (mut logs, mut scopes) = (BTreeMap::new(), BTreeMap::<String, Scope>::new());
    let (mut refused, mut administrated) = (BTreeSet::new(), BTreeSet::new());
    let mut chosen = Vec::new();
    for Wanted { entity, vault, known } in &request.wanted {
        let Some(entity) = found.remove(entity) else { continue };
        if vault.as_ref().is_some_and(|vault| *vault != entity.vault) {
            continue;
        }
        if !logs.contains_key(&entity.vault) {
            let Some(log) = vaults::load(&mut transaction, &entity.vault).await? else { continue };
            let scope = authority::scope(&mut transaction, &reader, &log).await?;
            scopes.insert(entity.vault.clone(), scope);
            logs.insert(entity.vault.clone(), log);
        }
        let Some(scope) = scopes.get(&entity.vault) else { continue };
        if !scope.has(&entity.state) {
            if !scope.is_administrators() {
                refused.insert(entity.vault);
                continue;
            }
            administrated.insert(entity.vault.clone());
        }
        let known = known.unwrap_or_default();
        chosen.push(Chosen { vault: entity.vault, id: entity.id, state: entity.state, known });
    }
    let bundle = vaults::bundle(&mut transaction, &reader, &chosen, &logs, &request.known, &request.identities).await?;
    drop(transaction);
    answer::note_administrator(&app, &session.account, Action::ReadVault, administrated).await?;
    note_refusals(&app, &session.account, &request.clinic.unwrap_or_default(), refused).await?;
    Ok(answer::cbor(StatusCode::OK, &bundle))
}

async fn list(State(app): State<App>, session: Session, body: Body) -> Result<Response, Failure> {
    let request: ListRequest = body.decode()?;
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    if limit == 0 {
        return Err(Failure::bad_request("limit: 1 to 1,000"));
    }
    let longest = [request.kinds.len(), request.links.len(), request.authors.len(), limit].into_iter().max();
    if longest > Some(MAXIMUM_ENTITIES) {
        return Err(Failure::too_large());
    }
    let mut transaction = app.read().await?;
    let reader = reader(&mut transaction, &session.account, request.clinic.as_deref()).await?;
    let mut logs = BTreeMap::new();
    let mut scope = Scope::default();
    if let Some(vault) = &request.vault {
        if let Some(log) = vaults::load(&mut transaction, vault).await? {
            scope = authority::scope(&mut transaction, &reader, &log).await?;
            logs.insert(vault.clone(), log);
        }
        let any = scope.is_everything() || !scope.keys().is_empty() || scope.is_administrators();
        if !any && !delegations::any_to(&mut transaction, vault, &reader).await? {
            return Err(Failure::Refused(Refusal {
                actor: session.account,
                action: Action::ReadEntity.name(),
                subject: vault.clone(),
                clinic: request.clinic.unwrap_or_default(),
            }));
        }
    }
    let after = request.after.as_ref().map(|after| cbor::decode::<Place>(after)).transpose();
    let after = after.ok().filter(|after| match after {
        Some(Place::OfVault { .. }) => request.vault.is_some(),
        Some(Place::OfAll { .. }) => request.vault.is_none(),
        None => true,
    });
    let after = after.ok_or(Failure::bad_request("after: where another page of this list ended"))?;
    let time = |time| i64::try_from(time).unwrap_or(i64::MAX);
    let listing = Listing {
        vault: request.vault.as_deref(),
        only: (!scope.is_everything() && !scope.is_administrators()).then_some((reader.as_str(), scope.keys())),
        kinds: &request.kinds,
        links: &request.links,
        authors: &request.authors,
        taken: request.taken.map(|taken| (time(taken.from), time(taken.to))),
        due: request.due.0,
        deleted: request.deleted.0,
        after,
        // One more than asked for, to know whether there are more.
        limit: i64::from(request.limit) + 1,
    };
    let mut found = entities::list(&mut transaction, &listing).await?;
    let end = page_end(limit, found.iter().map(|(_, size)| *size));
    let more = end < found.len();
    found.truncate(end);
    let next = found.last().filter(|_| more).map(|(entity, _)| match request.vault {
        Some(_) => Place::OfVault { cursor: u64::try_from(entity.cursor).unwrap_or_default(), id: entity.id },
        None => Place::OfAll { vault: entity.vault.clone(), id: entity.id },
    });
    let mut chosen = Vec::with_capacity(found.len());
    for (entity, _) in found {
        if !logs.contains_key(&entity.vault) {
            let Some(log) = vaults::load(&mut transaction, &entity.vault).await? else { continue };
            logs.insert(entity.vault.clone(), log);
        }
        chosen.push(Chosen { vault: entity.vault, id: entity.id, state: entity.state, known: 0 });
    }
    let mut bundle = vaults::bundle(&mut transaction, &reader, &chosen, &logs, &request.known, &[]).await?;
    drop(transaction);
    let administrated = request.vault.filter(|_| scope.is_administrators() && !scope.is_everything());
    answer::note_administrator(&app, &session.account, Action::ReadVault, administrated).await?;
    bundle.next = next.map(|next| cbor::encode(&next).into());
    Ok(answer::cbor(StatusCode::OK, &bundle))
}

/// How many of what has these sizes make a page: at most `limit`, and, after the first, at most 4 MiB.
pub(super) fn page_end(limit: usize, sizes: impl Iterator<Item = i64>) -> usize {
    let mut bytes = 0_usize;
    let fits = |(index, size): &(usize, i64)| {
        bytes = bytes.saturating_add(usize::try_from(*size).unwrap_or(usize::MAX));
        *index < limit && (*index == 0 || bytes <= MAXIMUM_BYTES)
    };
    sizes.enumerate().take_while(fits).count()
}

/// In whose name an account asks: its own, or a clinic's that it helps to run.
pub(super) async fn reader(
    connection: &mut Connection,
    account: &str,
    clinic: Option<&str>,
) -> Result<String, Failure> {
    let (action, resource) = match clinic {
        None => (Action::AskForEntities, Resource::default()),
        Some(clinic) => (Action::AskForEntitiesOfClinic, Resource::at(clinic)),
    };
    authority::require(connection, account, action, resource).await?;
    Ok(clinic.unwrap_or(account).to_owned())
}

/// What somebody may not see does not exist for him; that he asked for it is noted all the same.
async fn note_refusals(app: &App, actor: &str, clinic: &str, vaults: BTreeSet<String>) -> Result<(), Failure> {
    let event = |vault| Event {
        at: app.now(),
        actor: actor.to_owned(),
        action: Action::ReadEntity.name(),
        subject: vault,
        clinic: clinic.to_owned(),
        outcome: "refused",
    };
    answer::record(app, vaults.into_iter().map(event).collect()).await
}
