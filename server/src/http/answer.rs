//! Answers: how failures and successes are put into bytes.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tidelock_crypto::cbor_map;

use crate::authority::Action;
use crate::error::{Failure, Scheme};
use crate::state::App;
use crate::storage::audit::{self, Event};

/// Puts a failure into the clothes of the scheme, and a refusal into the audit log.
pub(super) async fn render(app: App, scheme: Scheme, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
    if let Failure::Refused(refusal) = &failure {
        let event = Event {
            at: app.now(),
            actor: refusal.actor.clone(),
            action: refusal.action,
            subject: refusal.subject.clone(),
            clinic: refusal.clinic.clone(),
            outcome: "refused",
        };
        if let Err(failure) = record(&app, vec![event]).await {
            return failure.render(scheme);
        }
    }
    failure.render(scheme)
}

/// Adds events to the audit log, if there are any, where the request itself changes nothing.
pub(super) async fn record(app: &App, events: Vec<Event>) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    let mut transaction = app.write().await?;
    audit::insert_all(&mut transaction, &events).await?;
    Ok(transaction.commit().await?)
}

/// Notes that something was read of some vaults by somebody who is an administrator and nothing else to them.
pub(super) async fn note_administrator(
    app: &App,
    actor: &str,
    action: Action,
    vaults: impl IntoIterator<Item = String>,
) -> Result<(), Failure> {
    let event = |vault| Event {
        at: app.now(),
        actor: actor.to_owned(),
        action: action.name(),
        subject: vault,
        clinic: String::new(),
        outcome: "administrator",
    };
    record(app, vaults.into_iter().map(event).collect()).await
}

/// What the platform answers is for one person, now.
pub(super) async fn never_cached(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Leaves out of an answer in JSON what Tidepool's answers do not have: every member `tidelock`.
pub(super) async fn without_extensions(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
        return Response::from_parts(parts, bytes.into());
    };
    leave_out(&mut value);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, value.to_string().into())
}

fn leave_out(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.remove("tidelock");
            members.values_mut().for_each(leave_out);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(leave_out),
        _ => {}
    }
}

/// JSON.
pub(super) fn json(value: serde_json::Value) -> Response {
    (StatusCode::OK, axum::Json(value)).into_response()
}

/// Deterministic CBOR.
pub(super) fn cbor(status: StatusCode, body: &dyn tidelock_crypto::cbor::Encode) -> Response {
    let bytes = tidelock_crypto::cbor::encode(body);
    (status, [(header::CONTENT_TYPE, tidelock::wire::CONTENT_TYPE)], bytes).into_response()
}

/// A success that has nothing to say: the empty map.
pub(super) struct Nothing {}

cbor_map!(Nothing {});
