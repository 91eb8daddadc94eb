//! What JavaScript says when something went wrong.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// What an exception says.
pub(super) fn message_of(error: &JsValue) -> String {
    let message = Reflect::get(error, &JsValue::from_str("message")).ok().and_then(|message| message.as_string());
    message.unwrap_or_default()
}
