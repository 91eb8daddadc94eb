//! How requests reach the platform.

use std::future::{Future, ready};

use tidelock_crypto::bulk::Bulk;

use super::Control;
use crate::error::Error;

/// The methods that the platform's routes use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Create.
    Post,
    /// Replace.
    Put,
    /// Change.
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, beginning with a slash.
    pub path: String,
    /// Header names, lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if there is one.
    pub body: Option<Bulk>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Header names, lower case, and values; at least the session token, the content type and `retry-after`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bulk,
}

impl Response {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum TransportError {
    /// The platform could not be reached; the text says what the network said.
    Unreachable(String),
    /// It did not answer in time.
    Timeout,
    /// The caller cancelled.
    Aborted,
}

impl From<TransportError> for Box<Error> {
    fn from(error: TransportError) -> Self {
        Self::new(match error {
            TransportError::Unreachable(reason) => Error::Network { reason },
            TransportError::Timeout => Error::Timeout,
            TransportError::Aborted => Error::Aborted,
        })
    }
}

/// Sends requests, waits, and tells the time.
pub trait Transport {
    /// Sends one request and waits for the whole answer.
    fn send(&self, request: &Request, control: &Control) -> impl Future<Output = Result<Response, TransportError>>;

    /// Waits for so many milliseconds before something is tried again.
    fn wait(&self, milliseconds: u32) -> impl Future<Output = ()>;

    /// Waits until the part of this program is there that is loaded when it is first used, where there is one.
    fn deferred(&self) -> impl Future<Output = Result<(), TransportError>> {
        ready(Ok(()))
    }

    /// The time, in milliseconds since the epoch, by this device's clock.
    fn now(&self) -> u64;
}
