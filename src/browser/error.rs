//! Errors as JavaScript gets them: plain objects from which the TypeScript face makes a `TidelockError`.

use wasm_bindgen::JsValue;

use super::values::Members;
use crate::Error;
use crate::recovery_code::RecoveryCodeError;
use crate::share_code::ShareCodeError;

/// The result of a binding.
pub(crate) type JsResult<A> = Result<A, Failure>;

/// An error on its way to JavaScript.
#[derive(Debug)]
pub struct Failure(Box<Error>);

impl From<Box<Error>> for Failure {
    fn from(error: Box<Error>) -> Self {
        Self(error)
    }
}

/// What an application may want to show or act on.
fn details(error: &Error) -> JsValue {
    let details = Members::default();
    match error {
        Error::InvalidShareCode(ShareCodeError::WrongSymbol { position, found, suggestions }) => {
            details.set("position", *position);
            details.set("found", found.to_string());
            details.set("suggestions", suggestions.iter().map(char::to_string).collect::<Vec<_>>());
        }
        Error::InvalidShareCode(ShareCodeError::TooShort { found } | ShareCodeError::TooLong { found })
        | Error::InvalidRecoveryCode(RecoveryCodeError::WrongLength { found }) => {
            details.set("found", found.to_string())
        }
        Error::InvalidRecoveryCode(RecoveryCodeError::WrongSymbol { position, found }) => {
            details.set("position", *position);
            details.set("found", found.to_string());
        }
        Error::InvalidRecoveryCode(RecoveryCodeError::Mistyped { position, .. }) => details.set("position", *position),
        Error::ClinicNotVerified { reason } | Error::Tampered { what: reason } => details.set("reason", *reason),
        Error::CodeEnded { how } => details.set("reason", *how),
        Error::NotVerified { owner, others } => {
            details.set("owner", owner);
            details.set("owners", [std::slice::from_ref(owner), others].concat());
        }
        Error::IdentityChanged { owner } => details.set("owner", owner),
        Error::Forbidden { reason } | Error::Network { reason } | Error::Internal { reason } => {
            details.set("reason", reason);
        }
        Error::InvalidInput { field, reason } => {
            details.set("field", *field);
            details.set("reason", reason);
        }
        Error::Conflict { current: Some(current) } => details.set("current", current),
        Error::RateLimited { retry_after } => details.set("retryAfter", *retry_after as f64),
        _ => {}
    }
    details.into()
}

impl From<Failure> for JsValue {
    fn from(Failure(error): Failure) -> Self {
        let thrown = Members::default();
        thrown.set("code", error.code());
        thrown.set("message", error.to_string());
        thrown.set("retryable", error.retryable());
        thrown.set("details", details(&error));
        thrown.into()
    }
}
