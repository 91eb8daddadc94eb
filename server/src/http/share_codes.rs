//! `/v1/clinics/share_code`: whose code is it?

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use tidelock::share_code::ShareCode;
use tidelock::wire::json::CertifiedClinic;

use super::extract::{Address, Session};
use super::{answer, clinics as clinic_routes};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::state::App;
use crate::storage::{Connection, clinic_keys, clinics, share_codes};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/clinics/share_code/{code}", get(look_up))
}

async fn look_up(
    State(app): State<App>,
    session: Session,
    Address(address): Address,
    Path(code): Path<String>,
) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::LookUpShareCode, Resource::default()).await?;
    let unknown = || Failure::not_found("not found");
    let code = find(&app, &mut transaction, (&session.account, &address), &code).await?.ok_or_else(unknown)?;
    let clinic = clinics::find(&mut transaction, &code.clinic).await?.ok_or_else(unknown)?;
    // The code that was asked for, not the one the clinic shows now: clients compare the two.
    let mut body = clinic_routes::to_json(&clinic, Some(&code.code));
    if let (Some(nonce), Some(expires)) = (&code.nonce, code.expires.and_then(|expires| u64::try_from(expires).ok()))
        && let Some(bundle) = clinic_keys::find(&mut transaction, &clinic.id).await?
        && let Some(members) = body.as_object_mut()
    {
        let certified = CertifiedClinic::new(nonce, expires, &bundle);
        members.insert("tidelock".into(), serde_json::to_value(certified).map_err(Failure::internal)?);
    }
    Ok(answer::json(body))
}

/// The code that somebody typed, however he typed it: an account, from an address. Every try of an account
/// counts, of an address those that lead nowhere: two routes can be used to guess codes.
pub(super) async fn find(
    app: &App,
    connection: &mut Connection,
    (account, address): (&str, &str),
    typed: &str,
) -> Result<Option<share_codes::ShareCode>, Failure> {
    let now = app.now();
    let rates = app.config().rates;
    app.limiter().take(&format!("share code {account}"), rates.share_codes, now)?;
    let from = format!("share code from {address}");
    app.limiter().take(&from, rates.share_codes_address, now)?;
    let Ok(code) = ShareCode::parse(typed) else { return Ok(None) };
    // Random codes, which certify nothing, are forgotten with the first that does.
    let Some(found) = share_codes::find(connection, &code.to_string()).await? else { return Ok(None) };
    if found.disabled && found.nonce.is_none() {
        return Ok(None);
    }
    // Whoever has the paper with such a code is told so, and asks for a new one, instead of looking for a mistyped letter.
    let ended = |message: &'static str| Failure::Status(StatusCode::GONE, "expired", message.into());
    if found.outdated {
        return Err(ended("this share code has been replaced"));
    }
    if found.disabled {
        return Err(ended("this share code has been disabled"));
    }
    if found.expires.is_some_and(|expires| expires <= now) {
        return Err(ended("this share code has expired"));
    }
    if let Some(uses) = found.uses
        && share_codes::used(connection, &found.code, account).await? >= uses
    {
        return Err(ended("this share code has been used up"));
    }
    // Many patients of one clinic may sit behind one address, and find it.
    app.limiter().give_back(&from);
    Ok(Some(found))
}
