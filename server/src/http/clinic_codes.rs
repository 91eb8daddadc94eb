//! `/v1/tidelock/clinics/{clinic}/share_codes`: a clinic's certifying share codes.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, put};
use tidelock::share_code::{CodeContext, ShareCode};
use tidelock::wire::{ListedShareCode, NewShareCode, ShareCodeLabel, ShareCodes};
use tidelock_crypto::cbor::Flag;
use tokio::runtime::Handle;

use super::answer::{self, Nothing};
use super::clinic_keys::{note, open};
use super::extract::{Body, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::state::App;
use crate::storage::{Connection, clinic_keys, clinics, share_codes};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/tidelock/clinics/{clinic}/share_codes", get(list).post(register))
        .route("/v1/tidelock/clinics/{clinic}/share_codes/{code}", put(rename).delete(disable))
}

/// The most characters that a label has.
const LONGEST_LABEL: usize = 100;

fn check_label(label: Option<&str>) -> Result<(), Failure> {
    match label {
        Some(label) if label.chars().count() > LONGEST_LABEL => {
            Err(Failure::bad_request("label: up to 100 characters"))
        }
        _ => Ok(()),
    }
}

async fn list(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListShareCodes, Resource::at(&id)).await?;
    let shown = clinics::find(&mut transaction, &id).await?.map(|clinic| clinic.share_code).unwrap_or_default();
    let number = |number: i64| u64::try_from(number).map_err(Failure::internal);
    let mut codes = Vec::new();
    for code in share_codes::of_clinic(&mut transaction, &id).await? {
        let used = share_codes::used(&mut transaction, &code.code, "").await?;
        codes.push(ListedShareCode {
            shown: Flag(code.code == shown),
            code: code.code,
            expires: number(code.expires.unwrap_or_default())?,
            label: code.label,
            uses: code.uses.map(number).transpose()?,
            used: number(used)?,
            disabled: Flag(code.disabled),
            created: number(code.created)?,
            outdated: Flag(code.outdated),
        });
    }
    Ok(answer::cbor(StatusCode::OK, &ShareCodes { codes }))
}

/// Takes a certifying code. Checking that it certifies the root takes some tenths of a second, in the queue of such work and
/// outside of any transaction.
async fn register(
    State(app): State<App>,
    session: Session,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let new: NewShareCode = body.decode()?;
    let now = app.now();
    let (code, root, context) = {
        let mut transaction = app.read().await?;
        authority::require(&mut transaction, &session.account, Action::RegisterShareCode, Resource::at(&id)).await?;
        app.limiter().take(&format!("new code {}", session.account), app.config().rates.share_codes, now)?;
        let Some(bundle) = clinic_keys::find(&mut transaction, &id).await? else {
            return Err(Failure::bad_request("the clinic has published no keys that a code could certify"));
        };
        let clinic = open(&app, &bundle, &id).await?;
        let context = CodeContext {
            platform: app.config().public_url.clone(),
            clinic: id.clone(),
            root_fingerprint: clinic.fingerprint(),
            expires: new.expires,
        };
        (ShareCode::parse(&new.code).map_err(Box::<tidelock::Error>::from)?, bundle.root, context)
    };
    let expires = i64::try_from(new.expires).map_err(|_| Failure::bad_request("expires: too far away"))?;
    if expires <= now {
        return Err(Failure::bad_request("expires: in the past"));
    }
    check_label(new.label.as_deref())?;
    let uses = new.uses.map(i64::try_from).transpose().map_err(|_| Failure::bad_request("uses: too many"))?;
    if uses == Some(0) {
        return Err(Failure::bad_request("uses: at least one"));
    }
    let nonce: [u8; 16] = *new.nonce;
    let runtime = Handle::current();
    let certifies = app.passwords().in_turn(move || runtime.block_on(code.certifies(&context, &nonce))).await??;
    if !certifies {
        return Err(Failure::bad_request("the code does not certify the clinic's root"));
    }
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::RegisterShareCode, Resource::at(&id)).await?;
    if clinic_keys::find(&mut transaction, &id).await?.is_none_or(|now| now.root != root) {
        return Err(Failure::conflict("the clinic has a newer root; read its keys again"));
    }
    let stored = share_codes::ShareCode {
        code: code.to_string(),
        clinic: id.clone(),
        nonce: Some(nonce.to_vec()),
        expires: Some(expires),
        uses,
        label: new.label,
        disabled: false,
        outdated: false,
        created: now,
    };
    if !share_codes::insert(&mut transaction, &stored).await? {
        return Err(Failure::conflict("this code is taken; draw another nonce"));
    }
    if let Some(replaced) = new.replaces {
        let before = share_codes::find(&mut transaction, &replaced).await?;
        // Two administrators' clients may both be at it after the root has been replaced.
        let is_done = before.is_some_and(|before| before.outdated && before.disabled);
        if is_done || !share_codes::disable(&mut transaction, &id, &replaced).await? {
            return Err(Failure::not_found("the clinic has no such code to replace"));
        }
    }
    share_codes::disable_random(&mut transaction, &id).await?;
    show_newest(&mut transaction, &id, now).await?;
    note(&mut transaction, &app, &session.account, Action::RegisterShareCode.name(), &id).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::CREATED, &Nothing {}))
}

async fn rename(
    State(app): State<App>,
    session: Session,
    Path((id, code)): Path<(String, String)>,
    body: Body,
) -> Result<Response, Failure> {
    let new: ShareCodeLabel = body.decode()?;
    check_label(new.label.as_deref())?;
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::ChangeShareCode, Resource::at(&id)).await?;
    if !share_codes::set_label(&mut transaction, &id, &code, new.label.as_deref()).await? {
        return Err(Failure::not_found("not found"));
    }
    note(&mut transaction, &app, &session.account, Action::ChangeShareCode.name(), &id).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

/// For good: whoever has the paper with the code is told so.
async fn disable(
    State(app): State<App>,
    session: Session,
    Path((id, code)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::ChangeShareCode, Resource::at(&id)).await?;
    if !share_codes::disable(&mut transaction, &id, &code).await? {
        return Err(Failure::not_found("not found"));
    }
    show_newest(&mut transaction, &id, app.now()).await?;
    note(&mut transaction, &app, &session.account, Action::ChangeShareCode.name(), &id).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

/// What Tidepool's clients know as the clinic's one code is the newest that anybody may use.
pub(super) async fn show_newest(connection: &mut Connection, clinic: &str, now: i64) -> Result<(), Failure> {
    let codes = share_codes::of_clinic(connection, clinic).await?;
    let newest = codes.into_iter().find(|code| {
        code.uses.is_none() && !code.disabled && !code.outdated && code.expires.is_none_or(|expires| expires > now)
    });
    let newest = newest.map(|code| code.code).unwrap_or_default();
    Ok(clinics::show_share_code(connection, clinic, &newest, now).await?)
}
