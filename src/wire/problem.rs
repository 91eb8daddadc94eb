//! Errors of the routes under `/v1/tidelock/`.

use tidelock_crypto::cbor_map;

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A code of [`CODES`](crate::CODES).
    pub code: String,
    /// A sentence for developers.
    pub message: String,
}

cbor_map!(Problem { 0: code, 1: message });
