//! What functions of JavaScript promise.

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};

/// Waits for what a function promised that was called.
///
/// # Errors
/// What it threw, or what its promise is rejected with.
pub(crate) async fn promised(called: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(called?.unchecked_into::<Promise>()).await
}
