//! What can go wrong, and the three ways in which clients are told.
//!
//! Tidepool's services disagree about the body of an error and about the status of a failed authentication. Handlers say *what*
//! went wrong ([`Failure`]); the layer around their routes knows how its clients expect to hear it ([`Scheme`]).

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tidelock::wire::{Conflict, ConflictKind, Problem};

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting makes no sense.
    #[error("{variable} must be {expected}")]
    Configuration {
        /// The environment variable.
        variable: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// The database could not be opened or brought up to date.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// What the database held before an update could not be carried over; the cause is in the log.
    #[error("the database could not be brought up to date")]
    Backfill,
    /// Nobody has the address that was named.
    #[error("there is no account with this address")]
    UnknownAccount,
    /// Something failed half-way, and nothing was changed; the cause is in the log.
    #[error("nothing was changed")]
    Unfinished,
    /// A folder, file or socket failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Whose way of answering a route follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Tidepool's shoreline and seagull: `{"code", "reason"}`; whatever is wrong with a token is 401.
    Account,
    /// Tidepool's hydrophone: `{"code", "reason"}`; no token 401, a bad one 403, not allowed 401.
    Confirm,
    /// Tidepool's gatekeeper: the message alone, as a JSON text; whatever is wrong with a token, and not allowed, is 401.
    Access,
    /// Tidepool's clinic service: `{"message"}`; no token 400, a bad one 401, not allowed 403.
    Clinic,
    /// Our own: CBOR `{0: code, 1: message}`, of a conflict with `2:` what has moved on; what one may not see does not exist.
    Tidelock,
}

/// Why a request was not done.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The request carries no session token.
    TokenMissing,
    /// The session token is unknown or expired.
    TokenInvalid,
    /// The table of authority says no. What was asked for goes to the audit log.
    Refused(Refusal),
    /// An answer that is the same in every scheme but for its clothes.
    Status(StatusCode, &'static str, Cow<'static, str>),
    /// Something has moved on, and the client is told what.
    MovedOn(Conflict, &'static str),
    /// Tidepool's 400 without a body.
    EmptyBadRequest,
    /// Too often; again after so many seconds.
    RateLimited(u64),
    /// Our side. The cause is in the log, never in the answer.
    Internal,
}

/// Who was refused what.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Whose session asked.
    pub actor: String,
    /// For what.
    pub action: &'static str,
    /// About whose data.
    pub subject: String,
    /// About which clinic, or empty.
    pub clinic: String,
}

impl Failure {
    /// The request makes no sense.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Status(StatusCode::BAD_REQUEST, "invalid_input", message.into())
    }

    /// What it is about does not exist.
    pub fn not_found(message: &'static str) -> Self {
        Self::Status(StatusCode::NOT_FOUND, "not_found", message.into())
    }

    /// It is there, but not in a state that allows this.
    pub fn forbidden(message: &'static str) -> Self {
        Self::Status(StatusCode::FORBIDDEN, "forbidden", message.into())
    }

    /// Somebody else was first.
    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Status(StatusCode::CONFLICT, "conflict", message.into())
    }

    /// Something that a write rests on has moved on.
    pub fn moved_on(kind: ConflictKind, message: &'static str) -> Self {
        Self::MovedOn(Conflict { kind, entity: None, rev: None }, message)
    }

    /// What was asked for would leave something in a state that it must not be in.
    pub fn unprocessable(message: &'static str) -> Self {
        Self::Status(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", message.into())
    }

    /// More than one request may carry.
    pub fn too_large() -> Self {
        Self::Status(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "request too large".into())
    }

    /// Something of ours failed; the cause goes to the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::Internal
    }

    /// The answer, in the clothes of `scheme`.
    pub fn render(&self, scheme: Scheme) -> Response {
        let (status, code, message) = self.parts(scheme);
        if matches!(self, Self::EmptyBadRequest) {
            return status.into_response();
        }
        let mut response = match scheme {
            Scheme::Account | Scheme::Confirm => {
                (status, axum::Json(json!({ "code": status.as_u16(), "reason": message }))).into_response()
            }
            Scheme::Access => (status, axum::Json(json!(message))).into_response(),
            Scheme::Clinic => (status, axum::Json(json!({ "message": message }))).into_response(),
            Scheme::Tidelock => (
                status,
                [(header::CONTENT_TYPE, tidelock::wire::CONTENT_TYPE)],
                problem(code, &message, self.conflict_details()),
            )
                .into_response(),
        };
        if let Self::RateLimited(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        response
    }

    const fn conflict_details(&self) -> Option<Conflict> {
        match self {
            Self::MovedOn(conflict, _) => Some(*conflict),
            _ => None,
        }
    }

    fn parts(&self, scheme: Scheme) -> (StatusCode, &'static str, Cow<'static, str>) {
        let (status, code, message) = match self {
            Self::TokenMissing => match scheme {
                Scheme::Clinic => (StatusCode::BAD_REQUEST, "not_authenticated", "session token is missing"),
                _ => (StatusCode::UNAUTHORIZED, "not_authenticated", "No x-tidepool-session-token was found"),
            },
            Self::TokenInvalid => match scheme {
                Scheme::Clinic => (StatusCode::UNAUTHORIZED, "not_authenticated", "session token is invalid"),
                Scheme::Confirm => {
                    (StatusCode::FORBIDDEN, "not_authenticated", "The x-tidepool-session-token was invalid")
                }
                Scheme::Account | Scheme::Access => {
                    (StatusCode::UNAUTHORIZED, "not_authenticated", "Not authorized for requested operation")
                }
                _ => (StatusCode::UNAUTHORIZED, "not_authenticated", "The x-tidepool-session-token was invalid"),
            },
            Self::Refused(_) => match scheme {
                Scheme::Access => (StatusCode::UNAUTHORIZED, "forbidden", "Unauthorized"),
                Scheme::Account | Scheme::Confirm => {
                    (StatusCode::UNAUTHORIZED, "forbidden", "Not authorized for requested operation")
                }
                Scheme::Clinic => (
                    StatusCode::FORBIDDEN,
                    "forbidden",
                    "security requirements failed: not authorized for requested operation",
                ),
                Scheme::Tidelock => (StatusCode::NOT_FOUND, "not_found", "not found"),
            },
            Self::Status(status, code, message) => return (*status, code, message.clone()),
            Self::MovedOn(_, message) => (StatusCode::CONFLICT, "conflict", *message),
            Self::EmptyBadRequest => (StatusCode::BAD_REQUEST, "invalid_input", "bad request"),
            Self::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many requests"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error"),
        };
        (status, code, message.into())
    }
}

fn problem(code: &str, message: &str, conflict: Option<Conflict>) -> Vec<u8> {
    tidelock_crypto::cbor::encode(&Problem { code: code.to_owned(), message: message.to_owned(), conflict })
}

impl From<Box<tidelock::Error>> for Failure {
    /// What a client sent does not hold.
    fn from(error: Box<tidelock::Error>) -> Self {
        let status = match *error {
            tidelock::Error::Internal { .. } => return Self::internal(error),
            tidelock::Error::Conflict { .. } => StatusCode::CONFLICT,
            tidelock::Error::NotFound => StatusCode::NOT_FOUND,
            tidelock::Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        let message = match &*error {
            // The library speaks to a client about a platform here; the platform speaks about what a client sent.
            tidelock::Error::Tampered { what } => format!("refused: {what}"),
            other => other.to_string(),
        };
        Self::Status(status, error.code(), message.into())
    }
}

impl From<tidelock_crypto::Error> for Failure {
    fn from(error: tidelock_crypto::Error) -> Self {
        Box::<tidelock::Error>::from(error).into()
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            // Too much at once, and nothing broken: what is asked again later is answered.
            tracing::warn!("all connections to the database are taken");
            return Self::Status(
                StatusCode::SERVICE_UNAVAILABLE,
                "network",
                "too much at once; try again later".into(),
            );
        }
        Self::internal(format_args!("database: {error}"))
    }
}

impl From<getrandom::Error> for Failure {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(format_args!("random: {error}"))
    }
}

impl IntoResponse for Failure {
    /// Leaves the failure in the response for the layer that knows the scheme.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_busy_is_asked_again_later_and_one_that_fails_is_not() {
        let status = |error: sqlx::Error| Failure::from(error).render(Scheme::Tidelock).status();
        assert_eq!(status(sqlx::Error::PoolTimedOut), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(status(sqlx::Error::RowNotFound), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
