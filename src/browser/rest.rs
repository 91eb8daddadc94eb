//! Rests between the pieces of long work, so that the thread that draws is not blocked.

use std::cell::RefCell;

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

thread_local! {
    static REST: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Sets the function that waits until what waits for this thread has been done: `() => Promise<void>`.
#[wasm_bindgen(js_name = setRest)]
pub fn set_rest(rest: Function) {
    REST.set(Some(rest));
}

/// Waits until what waits for this thread has been done. Where nobody has said how, nothing waits.
pub(super) async fn rest() {
    let Some(rest) = REST.with_borrow(Clone::clone) else { return };
    if let Ok(promise) = rest.call0(&JsValue::UNDEFINED) {
        // It is never rejected.
        let _ = JsFuture::from(promise.unchecked_into::<Promise>()).await;
    }
}
