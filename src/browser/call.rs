//! Calling JavaScript, and what it says when something went wrong.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Calls a function and waits for what it promises.
///
/// # Errors
/// What it throws, or what its promise is rejected with.
pub(super) async fn called(function: &Function) -> Result<JsValue, JsValue> {
    let promise = function.call0(&JsValue::UNDEFINED)?;
    JsFuture::from(promise.unchecked_into::<Promise>()).await
}

/// What an exception says.
pub(super) fn message_of(error: &JsValue) -> String {
    let message = Reflect::get(error, &JsValue::from_str("message")).ok().and_then(|message| message.as_string());
    message.unwrap_or_default()
}
