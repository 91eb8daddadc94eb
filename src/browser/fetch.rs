//! Requests by the runtime's `fetch`, which browsers, workers and Node have.

use gloo_net::http::{Headers, Request as HttpRequest};
use js_sys::{Array, Function, Promise, Uint8Array};
use tidelock_crypto::promised;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, Blob, RequestInit};

use super::call::message_of;
use super::deferred::loaded;
use crate::client::{Control, Request, Response, Transport, TransportError};
use crate::wire;

/// How long one request may take, in milliseconds. An upload of the largest batch over a slow line takes a while.
const TIMEOUT: u32 = 60_000;

/// Bodies with more bytes than this are sent as blobs.
const LARGE: u32 = 32 * 1024;

/// The answers' headers that the client reads.
const HEADERS: [&str; 3] = [wire::SESSION_TOKEN, "content-type", "retry-after"];

#[wasm_bindgen]
extern "C" {
    type AbortController;

    #[wasm_bindgen(constructor)]
    fn new() -> AbortController;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> AbortSignal;

    #[wasm_bindgen(method, getter)]
    fn abort(this: &AbortController) -> Function<fn(JsValue) -> JsValue>;

    /// An `AbortSignal` as something to listen to.
    type Watched;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add_listener(this: &Watched, event: &str, listener: &Function<fn() -> JsValue>);

    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn remove_listener(this: &Watched, event: &str, listener: &Function<fn() -> JsValue>);

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(done: &Function, milliseconds: u32);
}

/// The transport of browsers and Node.
pub(crate) struct Fetch {
    origin: String,
}

impl Fetch {
    pub(crate) fn new(origin: &str) -> Self {
        Self { origin: origin.trim_end_matches('/').to_owned() }
    }

    async fn try_send(&self, request: &Request, signal: &AbortSignal) -> Result<Response, String> {
        let said = |error: JsValue| message_of(&error);
        let options = RequestInit::new();
        options.set_method(request.method.as_str());
        options.set_signal(Some(signal));
        let headers = Headers::new();
        request.headers.iter().for_each(|(name, value)| headers.set(name, value));
        options.set_headers(&headers.into_raw());
        if let Some(body) = &request.body {
            if body.length() > LARGE {
                // Chromium takes many times as long for a large array.
                let blob = Blob::new_with_u8_array_sequence(&Array::of1(body)).map_err(said)?;
                options.set_body(&blob);
            } else {
                options.set_body(body);
            }
        }
        let url = [&self.origin, request.path.as_str()].concat();
        // gloo-net's own builder makes a second request and a URL, to join queries with: that takes as long as the rest.
        let built = web_sys::Request::new_with_str_and_init(&url, &options).map_err(said)?;
        let answer = HttpRequest::from(built).send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let header = |name: &str| answer.headers().get(name).map(|value| (name.to_owned(), value));
        let headers = HEADERS.into_iter().filter_map(header).collect();
        // Whatever comes stays where JavaScript has it: the chunk of a file is opened there.
        let body = promised(web_sys::Response::from(answer).array_buffer().map(JsValue::from)).await.map_err(said)?;
        Ok(Response { status, headers, body: Uint8Array::new(&body) })
    }
}

impl Transport for Fetch {
    async fn send(&self, request: &Request, control: &Control) -> Result<Response, TransportError> {
        let aborted = || control.signal.as_ref().is_some_and(AbortSignal::aborted);
        if aborted() {
            return Err(TransportError::Aborted);
        }
        let timeout = AbortSignal::timeout_with_u32(TIMEOUT);
        // `fetch` fails with the reason of its signal. An application aborts with whatever it likes, and gloo-net panics
        // at what is no `Error`: so the request has a signal of its own, which is aborted without a reason.
        let controller = AbortController::new();
        let abort = controller.abort().bind1(&controller, &JsValue::UNDEFINED);
        let signals = [control.signal.as_ref(), Some(&timeout)];
        let watched = || signals.into_iter().flatten().map(JsCast::unchecked_ref::<Watched>);
        watched().for_each(|signal| signal.add_listener("abort", &abort));
        let outcome = self.try_send(request, &controller.signal()).await;
        // An application's signal may live as long as its page.
        watched().for_each(|signal| signal.remove_listener("abort", &abort));
        match outcome {
            Ok(response) => Ok(response),
            Err(_) if aborted() => Err(TransportError::Aborted),
            Err(_) if timeout.aborted() => Err(TransportError::Timeout),
            Err(said) => Err(TransportError::Unreachable(said)),
        }
    }

    async fn wait(&self, milliseconds: u32) {
        let promise = Promise::new(&mut |resolve, _| set_timeout(&resolve, milliseconds));
        // A timer's promise is never rejected.
        let _ = promised(Ok(promise.into())).await;
    }

    async fn deferred(&self) -> Result<(), TransportError> {
        loaded().await
    }

    fn now(&self) -> u64 {
        js_sys::Date::now() as u64
    }
}
