//! Errors as JavaScript gets them: plain objects from which the TypeScript face makes a `TidelockError`.

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::Error;
use crate::recovery_code::RecoveryCodeError;
use crate::share_code::ShareCodeError;

/// The result of a binding.
pub(crate) type JsResult<A> = Result<A, Failure>;

/// An error on its way to JavaScript.
#[derive(Debug)]
pub struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

#[derive(Serialize)]
struct Thrown {
    code: &'static str,
    message: String,
    retryable: bool,
    details: Details,
}

/// What an application may want to show or act on.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestions: Option<Vec<char>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

fn details(error: &Error) -> Details {
    let none = Details::default();
    match error {
        Error::InvalidShareCode(ShareCodeError::WrongSymbol { position, found, suggestions }) => Details {
            position: Some(*position),
            found: Some(found.to_string()),
            suggestions: Some(suggestions.to_vec()),
            ..none
        },
        Error::InvalidShareCode(ShareCodeError::TooShort { found } | ShareCodeError::TooLong { found })
        | Error::InvalidRecoveryCode(RecoveryCodeError::WrongLength { found }) => {
            Details { found: Some(found.to_string()), ..none }
        }
        Error::InvalidRecoveryCode(RecoveryCodeError::WrongSymbol { position, found }) => {
            Details { position: Some(*position), found: Some(found.to_string()), ..none }
        }
        Error::InvalidRecoveryCode(RecoveryCodeError::Mistyped { position, .. }) => {
            Details { position: Some(*position), ..none }
        }
        Error::ClinicNotVerified { reason } | Error::Tampered { what: reason } => {
            Details { reason: Some((*reason).to_owned()), ..none }
        }
        Error::NotVerified { owner } | Error::IdentityChanged { owner } => {
            Details { owner: Some(owner.clone()), ..none }
        }
        Error::Forbidden { reason } | Error::Network { reason } | Error::Internal { reason } => {
            Details { reason: Some(reason.clone()), ..none }
        }
        Error::InvalidInput { field, reason } => Details { field: Some(field), reason: Some(reason.clone()), ..none },
        Error::Conflict { current } => Details { current: current.clone(), ..none },
        Error::RateLimited { retry_after } => Details { retry_after: Some(*retry_after), ..none },
        _ => none,
    }
}

impl From<Failure> for JsValue {
    fn from(Failure(error): Failure) -> Self {
        let thrown = Thrown {
            code: error.code(),
            message: error.to_string(),
            retryable: error.retryable(),
            details: details(&error),
        };
        serde_wasm_bindgen::to_value(&thrown).unwrap_or_else(|_| Self::from_str(error.code()))
    }
}
