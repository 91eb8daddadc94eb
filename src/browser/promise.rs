//! Promises of the bindings.

use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::error::Failure;
use crate::error::Result;

/// Runs a future and promises its result.
///
/// The bindings return promises of this one kind instead of being `async`: the machinery of a promise would otherwise
/// be compiled once for each of them.
pub(crate) fn promise(work: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
    boxed(Box::pin(work))
}

fn boxed(work: Pin<Box<dyn Future<Output = Result<JsValue>>>>) -> Promise {
    future_to_promise(async move { work.await.map_err(|error| Failure::from(error).into()) })
}

/// The result of work that comes to nothing but its end.
pub(crate) fn done(outcome: Result<()>) -> Result<JsValue> {
    outcome.map(|()| JsValue::UNDEFINED)
}
