//! Rests between the pieces of long work, so that the thread that draws is not blocked.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;

use super::call::called;

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
    // It is never rejected.
    let _ = called(&rest).await;
}
