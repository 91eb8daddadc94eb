//! `/v1/tidelock/entities`: single entities.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use tidelock::wire::{EntitiesRequest, MAXIMUM_ENTITIES, Wanted};

use super::answer;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource, Scope};
use crate::error::Failure;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::{Connection, entities};
use crate::vaults::{self, Chosen};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/tidelock/entities", post(read))
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
    let mut refused = BTreeSet::new();
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
        if scopes.get(&entity.vault).is_some_and(|scope| scope.has(&entity.state)) {
            let known = known.unwrap_or_default();
            chosen.push(Chosen { vault: entity.vault, id: entity.id, state: entity.state, known });
        } else {
            refused.insert(entity.vault);
        }
    }
    let bundle = vaults::bundle(&mut transaction, &reader, &chosen, &logs, &request.known, &request.identities).await?;
    drop(transaction);
    note_refusals(&app, &session.account, &request.clinic.unwrap_or_default(), refused).await?;
    Ok(answer::cbor(StatusCode::OK, &bundle))
}

/// In whose name an account asks: its own, or a clinic's that it helps to run.
async fn reader(connection: &mut Connection, account: &str, clinic: Option<&str>) -> Result<String, Failure> {
    let (action, resource) = match clinic {
        None => (Action::AskForEntities, Resource::default()),
        Some(clinic) => (Action::AskForEntitiesOfClinic, Resource::at(clinic)),
    };
    authority::require(connection, account, action, resource).await?;
    Ok(clinic.unwrap_or(account).to_owned())
}

/// What somebody may not see does not exist for him; that he asked for it is noted all the same.
async fn note_refusals(app: &App, actor: &str, clinic: &str, vaults: BTreeSet<String>) -> Result<(), Failure> {
    if vaults.is_empty() {
        return Ok(());
    }
    let mut transaction = app.write().await?;
    for vault in vaults {
        let event = Event {
            at: app.now(),
            actor: actor.to_owned(),
            action: Action::ReadEntity.name(),
            subject: vault,
            clinic: clinic.to_owned(),
            outcome: "refused",
        };
        audit::insert(&mut transaction, &event).await?;
    }
    Ok(transaction.commit().await?)
}
