//! Promises of the bindings.

use std::cell::RefCell;
use std::pin::Pin;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::deferred::loaded;
use super::error::Failure;
use crate::error::Result;

/// The work of a binding.
type Work = Pin<Box<dyn Future<Output = Result<JsValue>>>>;

/// Runs a future and promises its result.
///
/// The bindings return promises of this one kind instead of being `async`: the machinery of a promise would otherwise
/// be compiled once for each of them.
pub(crate) fn promise(work: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
    begin(Box::pin(work))
}

/// The same for what is rarely used: the future is in the deferred part of the module, which is loaded first.
pub(crate) fn deferred(work: impl Future<Output = Result<JsValue>> + 'static) -> Promise {
    begin_deferred(Box::pin(work))
}

fn begin(work: Work) -> Promise {
    future_to_promise(async move { work.await.map_err(|error| Failure::from(error).into()) })
}

thread_local! {
    /// Work that could not begin. What drops it is in the deferred part, too, so it waits until that is there.
    static UNBEGUN: RefCell<Vec<Work>> = const { RefCell::new(Vec::new()) };
}

// scripts/split.mjs finds what is deferred by the calls of this function.
#[inline(never)]
fn begin_deferred(work: Work) -> Promise {
    begin(Box::pin(async move {
        if let Err(error) = loaded().await {
            UNBEGUN.with_borrow_mut(|unbegun| unbegun.push(work));
            return Err(error.into());
        }
        drop(UNBEGUN.take());
        work.await
    }))
}

/// The result of work that comes to nothing but its end.
pub(crate) fn done(outcome: Result<()>) -> Result<JsValue> {
    outcome.map(|()| JsValue::UNDEFINED)
}
