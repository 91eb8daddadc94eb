//! Errors of the routes under `/v1/tidelock/`.

use minicbor::{Decode, Encode};

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Problem {
    /// A code of [`CODES`](crate::CODES).
    #[n(0)]
    pub code: String,
    /// A sentence for developers.
    #[n(1)]
    pub message: String,
}
