//! The web application: files, and the one page for every address that is not a file.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tower_http::services::{ServeDir, ServeFile};

use crate::config::Config;
use crate::error::{Failure, Scheme};
use crate::state::App;

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Where the platform's own routes begin: what is not found there is not the page.
const ROUTES: [&str; 6] = ["/v1/", "/auth/", "/confirm/", "/metadata/", "/access/", "/health/"];

pub(super) fn routes(config: &Config) -> Router<App> {
    let pages = match &config.web {
        Some(folder) => {
            let files = ServeDir::new(folder)
                .precompressed_br()
                .precompressed_gzip()
                .fallback(ServeFile::new(folder.join("index.html")));
            Router::new().fallback_service(files)
        }
        None => Router::new().fallback(|| async { StatusCode::NOT_FOUND }),
    };
    pages.layer(axum::middleware::from_fn(around))
}

async fn around(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    if ROUTES.iter().any(|route| path.starts_with(route)) {
        let scheme = if path.starts_with("/v1/tidelock/") {
            Scheme::Tidelock
        } else if path.starts_with("/v1/") {
            Scheme::Clinic
        } else {
            Scheme::Account
        };
        return Failure::not_found("not found").render(scheme);
    }
    let mut response = next.run(request).await;
    // The names of what the bundler puts into this folder change with the content.
    let lasting = path.starts_with("/assets/") && response.status().is_success();
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let cache = if lasting && !is_page { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if lasting && is_page {
        // A page in place of a script that a newer build has replaced would only fail later, and less clearly.
        return StatusCode::NOT_FOUND.into_response();
    }
    response
}

/// On every answer.
pub(super) async fn security_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
