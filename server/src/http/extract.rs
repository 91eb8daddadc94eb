//! What handlers take from a request.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse as _;

use crate::error::Failure;
use crate::state::App;
use crate::storage::sessions;

/// Who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The account.
    pub(super) account: String,
}

/// The session token of a request, if it has one.
pub(super) fn token(parts: &Parts) -> Option<&str> {
    parts.headers.get(tidelock::wire::SESSION_TOKEN)?.to_str().ok().filter(|token| !token.is_empty())
}

impl FromRequestParts<App> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let token = token(parts).ok_or(Failure::TokenMissing)?;
        let mut transaction = app.read().await?;
        let found = sessions::find(&mut transaction, token, app.now()).await?;
        Ok(Self { account: found.ok_or(Failure::TokenInvalid)? })
    }
}

/// The address a request comes from: the nearest one, because what a proxy adds can be made up by anybody.
#[derive(Clone, Debug)]
pub(super) struct Address(pub(super) String);

impl FromRequestParts<App> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(info.map_or_else(|| "unknown".to_owned(), |info| info.0.ip().to_string())))
    }
}

/// The bytes of a request, within the limit of its route.
#[derive(Clone, Debug)]
pub(super) struct Body(pub(super) Bytes);

impl FromRequest<App> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        match Bytes::from_request(request, app).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) => Err(refused(rejection)),
        }
    }
}

impl Body {
    /// Reads the body as the canonical encoding of `T`.
    pub(super) fn decode<T: tidelock_crypto::cbor::Decode>(&self) -> Result<T, Failure> {
        tidelock_crypto::cbor::decode(&self.0)
            .map_err(|_| Failure::bad_request("the body is not the deterministic CBOR that belongs here"))
    }
}

fn refused(rejection: BytesRejection) -> Failure {
    if rejection.into_response().status() == StatusCode::PAYLOAD_TOO_LARGE {
        Failure::too_large()
    } else {
        Failure::bad_request("the request broke off")
    }
}
