//! Requests to one platform: session token, retries, and the several shapes in which errors come.

use std::cell::RefCell;

use serde::Serialize;
use tidelock_crypto::bulk::{self, Bulk};
use tidelock_crypto::cbor::{self, Decode, Encode};

use super::{Control, LocalPending, Method, Request, Response, Transport};
use crate::error::{Error, Result};
use crate::json::{self, Json};
use crate::rest::rest;
use crate::wire::{self, Problem};

/// How often a request that is safe to repeat is sent at most.
const ATTEMPTS: u32 = 4;

/// The first pause before a repetition, in milliseconds; each further one is twice as long.
const PAUSE: u32 = 250;

/// A platform and the session with it.
pub struct Platform<T> {
    transport: T,
    origin: String,
    token: RefCell<Option<String>>,
}

/// The body of a request.
enum Body {
    None,
    Json(Vec<u8>),
    Cbor(Vec<u8>),
    Bytes(Bulk),
}

impl<T: Transport> Platform<T> {
    /// A platform of that origin, such as `https://platform.example`, without a session.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when the text is no origin.
    pub fn new(transport: T, origin: &str) -> Result<Self> {
        let origin = origin.trim_end_matches('/');
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', '@'])) {
            return Err(Error::invalid("url", "the origin of a platform looks like https://platform.example"));
        }
        Ok(Self { transport, origin: origin.to_owned(), token: RefCell::new(None) })
    }

    /// The origin, to which identities and share codes are bound.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The time by this device's clock, in milliseconds since the epoch.
    pub fn now(&self) -> u64 {
        self.transport.now()
    }

    /// Lets others have this thread between two pieces of long work.
    pub(super) fn rest(&self) -> LocalPending<'_, ()> {
        Box::pin(rest())
    }

    /// Waits until the deferred part of this program is there.
    ///
    /// # Errors
    /// [`Error::Network`] when it cannot be loaded.
    pub(super) async fn deferred(&self) -> Result<()> {
        Ok(self.transport.deferred().await?)
    }

    /// The token of the session.
    pub fn token(&self) -> Option<String> {
        self.token.borrow().clone()
    }

    /// Goes on with the session of that token.
    pub fn set_token(&self, token: Option<String>) {
        *self.token.borrow_mut() = token;
    }

    /// Reads JSON.
    pub(super) fn get_json<'a>(&'a self, path: &'a str, control: &'a Control) -> LocalPending<'a, Result<Json>> {
        Box::pin(async move { parse_json(self.call(Method::Get, path, Body::None, control).await?) })
    }

    /// Reads a JSON array.
    pub(super) async fn get_list(&self, path: &str, control: &Control) -> Result<Vec<Json>> {
        self.get_json(path, control).await?.elements().ok_or_else(not_as_documented)
    }

    /// Sends JSON and reads JSON.
    pub(super) async fn send_json(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        control: &Control,
    ) -> Result<Json> {
        parse_json(self.call(method, path, Body::Json(json::to_bytes(body)?), control).await?)
    }

    /// Sends a request whose answer does not matter.
    pub(super) async fn send_empty(&self, method: Method, path: &str, control: &Control) -> Result<()> {
        self.call(method, path, Body::None, control).await.map(drop)
    }

    /// Sends a request of Tidepool's with the JSON of its body, if it has one, and answers the JSON that comes back: `null`
    /// where nothing does.
    ///
    /// # Errors
    /// What the platform refuses, and [`Error::Network`] when it cannot be reached.
    pub fn tidepool<'a>(
        &'a self,
        method: Method,
        path: &'a str,
        body: Option<String>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<String>> {
        Box::pin(async move {
            let body = body.map_or(Body::None, |body| Body::Json(body.into_bytes()));
            let answer = self.call(method, path, body, control).await?;
            String::from_utf8(or_null(answer)).map_err(|_| not_as_documented())
        })
    }

    /// Reads CBOR below [`wire::PREFIX`].
    pub(super) async fn get_cbor<A: Decode>(&self, path: &str, control: &Control) -> Result<A> {
        Ok(cbor::decode(&self.call_ours(Method::Get, path, Body::None, control).await?)?)
    }

    /// Sends CBOR below [`wire::PREFIX`].
    pub(super) fn send_cbor<'a>(
        &'a self,
        method: Method,
        path: &'a str,
        body: &dyn Encode,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<u8>>> {
        self.call_ours(method, path, Body::Cbor(cbor::encode(body)), control)
    }

    fn call_ours<'a>(
        &'a self,
        method: Method,
        path: &'a str,
        body: Body,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<u8>>> {
        let path = [wire::PREFIX, path].concat();
        Box::pin(async move { self.call(method, &path, body, control).await })
    }

    /// Reads bytes below [`wire::PREFIX`].
    pub(super) fn get_bulk<'a>(&'a self, path: &'a str, control: &'a Control) -> LocalPending<'a, Result<Bulk>> {
        let path = [wire::PREFIX, path].concat();
        Box::pin(async move { self.exchange(Method::Get, &path, Body::None, control).await })
    }

    /// Puts bytes below [`wire::PREFIX`].
    pub(super) fn put_bulk<'a>(
        &'a self,
        path: &'a str,
        bytes: &Bulk,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        let path = [wire::PREFIX, path].concat();
        let body = Body::Bytes(bytes.clone());
        Box::pin(async move { self.exchange(Method::Put, &path, body, control).await.map(drop) })
    }

    /// Sends stored bytes again, exactly as they are.
    pub(super) fn send_bytes<'a>(
        &'a self,
        path: &'a str,
        json: bool,
        body: Vec<u8>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<u8>>> {
        self.call(Method::Post, path, if json { Body::Json(body) } else { Body::Cbor(body) }, control)
    }

    /// Sends a request with a header of its own, once, and keeps the token that comes back.
    pub(super) fn authenticate<'a>(
        &'a self,
        method: Method,
        path: &'a str,
        header: Option<(&'static str, String)>,
        body: Option<Vec<u8>>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<u8>>> {
        Box::pin(async move {
            let mut request = self.request(method, path, body.map_or(Body::None, Body::Json));
            request.headers.extend(header);
            let response = self.send_once(&request, control).await?;
            // Tidepool says here of a session that has ended what it says elsewhere of somebody who may not.
            if response.status == 401 {
                return Err(Error::NotAuthenticated.into());
            }
            let response = accept(response)?;
            if let Some(token) = response.header(wire::SESSION_TOKEN) {
                self.set_token(Some(token.to_owned()));
            }
            Ok(bulk::into_vec(response.body))
        })
    }

    fn request(&self, method: Method, path: &str, body: Body) -> Request {
        let mut headers = Vec::new();
        headers.extend(self.token().map(|token| (wire::SESSION_TOKEN, token)));
        let body = match body {
            Body::None => None,
            Body::Json(bytes) => {
                headers.push(("content-type", "application/json".to_owned()));
                Some(bulk::from_vec(bytes))
            }
            Body::Cbor(bytes) => {
                headers.push(("content-type", wire::CONTENT_TYPE.to_owned()));
                Some(bulk::from_vec(bytes))
            }
            Body::Bytes(bytes) => {
                headers.push(("content-type", wire::BYTES.to_owned()));
                Some(bytes)
            }
        };
        Request { method, path: path.to_owned(), headers, body }
    }

    /// Sends a request, again where that is safe: reading always is, and everything of ours that writes is
    /// recognised by the platform when it comes a second time. What Tidepool's routes create is sent once.
    fn call<'a>(
        &'a self,
        method: Method,
        path: &'a str,
        body: Body,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<u8>>> {
        Box::pin(async move { self.exchange(method, path, body, control).await.map(bulk::into_vec) })
    }

    /// The same, with the answer as it came.
    fn exchange<'a>(
        &'a self,
        method: Method,
        path: &'a str,
        body: Body,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Bulk>> {
        Box::pin(async move {
            let repeatable = method == Method::Get || method == Method::Put || matches!(body, Body::Cbor(_));
            let request = self.request(method, path, body);
            let mut attempt = 1;
            loop {
                control.check()?;
                let outcome = match self.send_once(&request, control).await {
                    Ok(response) => accept(response),
                    Err(error) => Err(error),
                };
                match outcome {
                    Err(error)
                        if matches!(*error, Error::Network { .. } | Error::Timeout)
                            && repeatable
                            && attempt < ATTEMPTS =>
                    {
                        self.transport.wait(PAUSE << (attempt - 1)).await;
                        attempt += 1;
                    }
                    outcome => return outcome.map(|response| response.body),
                }
            }
        })
    }

    async fn send_once(&self, request: &Request, control: &Control) -> Result<Response> {
        Ok(self.transport.send(request, control).await?)
    }
}

fn parse_json(body: Vec<u8>) -> Result<Json> {
    Json::parse(&or_null(body)).ok_or_else(not_as_documented)
}

/// Tidepool answers some successes with no body, or with the text `OK`.
fn or_null(body: Vec<u8>) -> Vec<u8> {
    if body.is_empty() || body == b"OK" { b"null".to_vec() } else { body }
}

fn not_as_documented() -> Box<Error> {
    Error::internal("the platform's answer is not what its API says")
}

/// Turns an answer that is not a success into an error.
fn accept(response: Response) -> Result<Response> {
    if (200..300).contains(&response.status) {
        return Ok(response);
    }
    let ours = response.header("content-type").is_some_and(|kind| kind.starts_with(wire::CONTENT_TYPE));
    let body = bulk::into_vec(response.body.clone());
    if ours && let Ok(problem) = cbor::decode::<Problem>(&body) {
        let rev = problem.conflict.and_then(|conflict| conflict.rev);
        return match rev.filter(|_| response.status == 409) {
            Some(rev) => Err(Error::Conflict { current: Some(rev.to_string()) }.into()),
            None => Err(error_of(response.status, &response, Some(&problem.code), &problem.message).into()),
        };
    }
    // `reason` is how Tidepool's confirm and auth services say it, `message` how its clinic service does.
    let said = Json::parse(&body)
        .and_then(|body| body.get("reason").or_else(|| body.get("message")))
        .and_then(|said| said.as_text())
        .unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned());
    Err(error_of(response.status, &response, None, &said).into())
}

fn error_of(status: u16, response: &Response, code: Option<&str>, said: &str) -> Error {
    // Bytes, because the search of one text in another that `str` has is a large part of the module for three words.
    let says = |words: &str| said.as_bytes().windows(words.len()).any(|window| window == words.as_bytes());
    let about_token = says("session token") || says("session-token");
    match (status, code) {
        (_, Some("recovery_needed")) => Error::RecoveryNeeded,
        (410, _) if says("used up") => Error::CodeEnded { how: "used_up" },
        (410, _) if says("disabled") => Error::CodeEnded { how: "disabled" },
        (410, _) if says("replaced") => Error::CodeEnded { how: "replaced" },
        (_, Some("expired")) | (410, _) => Error::Expired,
        (_, Some("unsupported")) | (405 | 501, _) => Error::Unsupported,
        // Tidepool's services disagree on the status of a missing, a bad and an insufficient token.
        (400 | 401 | 403, _) if about_token => Error::NotAuthenticated,
        (401, _) if says("uthorized") => Error::Forbidden { reason: said.to_owned() },
        (401, _) => Error::NotAuthenticated,
        (403, _) if says("is not verified") => Error::EmailNotVerified,
        (403, _) => Error::Forbidden { reason: said.to_owned() },
        (404, _) => Error::NotFound,
        (409 | 412, _) => Error::Conflict { current: None },
        (413, _) => Error::TooLarge,
        (429, _) => Error::RateLimited {
            retry_after: response.header("retry-after").and_then(|after| after.parse().ok()).unwrap_or(60),
        },
        (400 | 422, _) => Error::InvalidInput { field: "request", reason: said.to_owned() },
        (502..=504, _) => Error::Network { reason: format!("status {status}") },
        _ => Error::Internal { reason: format!("the platform answered with status {status}") },
    }
}
