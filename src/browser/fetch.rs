//! Requests by the runtime's `fetch`, which browsers, workers and Node have.

use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use crate::client::{Control, Method, Request, Response, Transport, TransportError};
use crate::wire;

/// How long one request may take, in milliseconds. An upload of the largest batch over a slow line takes a while.
const TIMEOUT: u32 = 60_000;

/// The answers' headers that the client reads.
const HEADERS: [&str; 3] = [wire::SESSION_TOKEN, "content-type", "retry-after"];

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = AbortSignal, js_name = any)]
    fn any_signal(signals: &Array) -> AbortSignal;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(done: &js_sys::Function, milliseconds: u32);
}

/// The transport of browsers and Node.
pub(crate) struct Fetch {
    origin: String,
}

impl Fetch {
    pub(crate) fn new(origin: &str) -> Self {
        Self { origin: origin.trim_end_matches('/').to_owned() }
    }

    async fn try_send(&self, request: &Request, signal: &AbortSignal) -> Result<Response, gloo_net::Error> {
        let method = match request.method {
            Method::Get => HttpMethod::GET,
            Method::Post => HttpMethod::POST,
            Method::Put => HttpMethod::PUT,
            Method::Delete => HttpMethod::DELETE,
        };
        let url = [&self.origin, request.path.as_str()].concat();
        let mut builder = RequestBuilder::new(&url).method(method).abort_signal(Some(signal));
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let built = match &request.body {
            Some(body) => builder.body(Uint8Array::from(body.as_slice()))?,
            None => builder.build()?,
        };
        let answer = built.send().await?;
        let header = |name: &str| answer.headers().get(name).map(|value| (name.to_owned(), value));
        let headers = HEADERS.into_iter().filter_map(header).collect();
        Ok(Response { status: answer.status(), headers, body: answer.binary().await? })
    }
}

impl Transport for Fetch {
    async fn send(&self, request: &Request, control: &Control) -> Result<Response, TransportError> {
        let timeout = AbortSignal::timeout_with_u32(TIMEOUT);
        let signal = match &control.signal {
            Some(signal) => any_signal(&Array::of2(signal, &timeout)),
            None => timeout.clone(),
        };
        match self.try_send(request, &signal).await {
            Ok(response) => Ok(response),
            Err(_) if control.signal.as_ref().is_some_and(AbortSignal::aborted) => Err(TransportError::Aborted),
            Err(_) if timeout.aborted() => Err(TransportError::Timeout),
            Err(error) => Err(TransportError::Unreachable(error.to_string())),
        }
    }

    async fn wait(&self, milliseconds: u32) {
        let promise = js_sys::Promise::new(&mut |resolve, _| set_timeout(&resolve, milliseconds));
        // A timer's promise is never rejected.
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    }

    fn now(&self) -> u64 {
        js_sys::Date::now() as u64
    }
}
