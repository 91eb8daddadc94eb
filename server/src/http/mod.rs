//! The routes: a file per resource. What they have in common is put around them here.

mod access;
mod answer;
mod attachments;
mod auth;
mod clinic_codes;
mod clinic_keys;
mod clinic_settings;
mod clinicians;
mod clinics;
mod confirmations;
mod entities;
mod events;
mod extract;
mod health;
mod identities;
mod invitations;
mod metadata;
mod pages;
mod patients;
mod people;
mod recovery;
mod share_codes;
mod vaults;

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tidelock::wire::MAXIMUM_BYTES;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::config::Api;
use crate::error::Scheme;
use crate::state::App;

/// The most that a request with JSON may carry, in bytes.
const JSON_LIMIT: usize = 256 * 1024;

/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn router(app: App) -> Router {
    let scheme = |scheme| {
        let app = app.clone();
        axum::middleware::from_fn(move |request, next| answer::render(app.clone(), scheme, request, next))
    };
    let json = DefaultBodyLimit::max(JSON_LIMIT);
    let account = Router::new().merge(auth::routes()).merge(metadata::routes());
    let confirm = Router::new()
        .merge(invitations::routes())
        .merge(clinicians::invitation_routes())
        .merge(people::routes())
        .merge(confirmations::routes());
    let clinic = Router::new()
        .merge(clinics::routes())
        .merge(clinicians::routes())
        .merge(share_codes::routes())
        .merge(patients::routes())
        .merge(clinic_settings::routes());
    let tidelock = Router::new()
        .merge(identities::routes())
        .merge(vaults::routes())
        .merge(entities::routes())
        .merge(attachments::routes())
        .merge(events::routes())
        .merge(recovery::routes())
        .merge(people::own_routes())
        .merge(clinic_keys::routes())
        .merge(clinic_codes::routes());
    let sharing = Router::new()
        .merge(access::routes().layer(json).layer(scheme(Scheme::Access)))
        .merge(confirm.layer(json).layer(scheme(Scheme::Confirm)))
        .merge(clinic.layer(json).layer(scheme(Scheme::Clinic)));
    let sharing = match app.config().api {
        Api::Tidelock => {
            sharing.merge(tidelock.layer(DefaultBodyLimit::max(MAXIMUM_BYTES)).layer(scheme(Scheme::Tidelock)))
        }
        Api::Tidepool => sharing.layer(axum::middleware::map_response(answer::without_extensions)),
    };
    let api = Router::new()
        .merge(account.layer(json).layer(scheme(Scheme::Account)))
        .merge(sharing)
        .layer(axum::middleware::map_response(answer::never_cached));
    Router::new()
        .merge(api)
        .merge(health::routes())
        .merge(pages::routes(app.config()))
        .layer(axum::middleware::map_response(pages::security_headers))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PATIENCE))
        .layer(cross_origin(&app.config().origins))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(app)
}

/// The route, never the address itself: share codes and the keys of invitations are parts of addresses.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    tracing::info_span!("request", method = %request.method(), route)
}

fn cross_origin(origins: &[String]) -> CorsLayer {
    let token = HeaderName::from_static(tidelock::wire::SESSION_TOKEN);
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            token.clone(),
            HeaderName::from_static("last-event-id"),
            HeaderName::from_static("x-tidepool-trace-request"),
            HeaderName::from_static("x-tidepool-trace-session"),
        ])
        .expose_headers([token, header::RETRY_AFTER])
        .max_age(Duration::from_secs(3600))
}
