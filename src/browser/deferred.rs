//! The deferred part of the module: functions that are rarely used, in a file that is loaded when one of them is.
//!
//! `scripts/split.mjs` moves the bindings there that are promised by [`deferred`](super::promise::deferred), and all that
//! only they use.

use std::cell::RefCell;

use js_sys::Function;
use tidelock_crypto::promised;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::call::message_of;
use crate::client::TransportError;

thread_local! {
    static LOAD: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Sets the function that loads the deferred part: `() => Promise<void>`, which may be called any number of times.
#[wasm_bindgen(js_name = setDeferred)]
pub fn set_deferred(load: Function) {
    LOAD.set(Some(load));
}

/// Waits until the deferred part is there. A module that was not split has no function to load it, and needs none.
///
/// # Errors
/// When it cannot be loaded; a later call tries again.
pub(crate) async fn loaded() -> Result<(), TransportError> {
    let Some(load) = LOAD.with_borrow(Clone::clone) else {
        return Ok(());
    };
    let load = promised(load.call0(&JsValue::UNDEFINED)).await;
    load.map(drop).map_err(|error| TransportError::Unreachable(message_of(&error)))
}
