//! JSON, read and written by what is there anyway: in WebAssembly by the runtime's own `JSON`, so that the module
//! carries no parser, elsewhere by serde_json.
//!
//! What is read is looked at member by member. Types with `Deserialize` would cost the module several times as much, and
//! with them came the formatting of floating-point numbers, for texts that nobody sees.

use serde::Serialize;

use crate::error::{Error, Result};

/// A JSON value that was read.
#[derive(Clone, Debug, Default)]
pub struct Json(engine::Value);

impl Json {
    /// Reads UTF-8 text; nothing when it is no JSON.
    pub fn parse(text: &[u8]) -> Option<Self> {
        engine::parse(str::from_utf8(text).ok()?).map(Self)
    }

    /// A member of an object; nothing when there is none, or null.
    pub fn get(&self, name: &str) -> Option<Self> {
        engine::get(&self.0, name).map(Self)
    }

    /// The text, when it is one.
    pub fn as_text(&self) -> Option<String> {
        engine::text(&self.0)
    }

    /// The number, when it is one that is whole, not negative, and kept exactly by JavaScript.
    pub fn as_integer(&self) -> Option<u64> {
        let number = engine::number(&self.0)?;
        let exact = number as u64;
        (exact as f64 == number && exact < 1 << 53).then_some(exact)
    }

    /// Whether it is `true`.
    pub fn is_true(&self) -> bool {
        engine::is_true(&self.0)
    }

    /// The elements, when it is an array.
    pub fn elements(&self) -> Option<Vec<Self>> {
        Some(engine::elements(&self.0)?.into_iter().map(Self).collect())
    }

    /// A text member of an object; empty when there is none.
    pub fn text(&self, name: &str) -> String {
        self.get(name).and_then(|member| member.as_text()).unwrap_or_default()
    }
}

/// Writes a value as JSON.
///
/// # Errors
/// [`Error::Internal`] when JSON cannot express the value.
pub fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    engine::write(value).ok_or_else(|| Error::internal("a value that JSON cannot express"))
}

#[cfg(target_arch = "wasm32")]
mod engine {
    use js_sys::{Array, JSON, Reflect};
    use serde::Serialize;
    use serde_wasm_bindgen::Serializer;
    use wasm_bindgen::JsCast;
    pub(super) use wasm_bindgen::JsValue as Value;

    impl From<Value> for super::Json {
        /// A value that a script handed in.
        fn from(value: Value) -> Self {
            Self(value)
        }
    }

    pub(super) fn parse(text: &str) -> Option<Value> {
        JSON::parse(text).ok()
    }

    pub(super) fn get(value: &Value, name: &str) -> Option<Value> {
        Reflect::get(value, &name.into()).ok().filter(|member| !member.is_null() && !member.is_undefined())
    }

    pub(super) fn text(value: &Value) -> Option<String> {
        value.as_string()
    }

    pub(super) fn number(value: &Value) -> Option<f64> {
        value.as_f64()
    }

    pub(super) fn is_true(value: &Value) -> bool {
        *value == true
    }

    pub(super) fn elements(value: &Value) -> Option<Vec<Value>> {
        value.dyn_ref::<Array>().map(Array::to_vec)
    }

    pub(super) fn write(value: &impl Serialize) -> Option<Vec<u8>> {
        let value = value.serialize(&Serializer::json_compatible()).ok()?;
        JSON::stringify(&value).ok()?.as_string().map(String::into_bytes)
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod engine {
    use serde::Serialize;
    pub(super) use serde_json::Value;

    pub(super) fn parse(text: &str) -> Option<Value> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn get(value: &Value, name: &str) -> Option<Value> {
        value.get(name).filter(|member| !member.is_null()).cloned()
    }

    pub(super) fn text(value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }

    pub(super) fn number(value: &Value) -> Option<f64> {
        value.as_f64()
    }

    pub(super) fn is_true(value: &Value) -> bool {
        *value == Value::Bool(true)
    }

    pub(super) fn elements(value: &Value) -> Option<Vec<Value>> {
        value.as_array().cloned()
    }

    pub(super) fn write(value: &impl Serialize) -> Option<Vec<u8>> {
        serde_json::to_vec(value).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, to_bytes};

    #[test]
    fn members_are_found_and_missing_ones_are_not() {
        let json = Json::parse(br#"{"id": "a", "null": null, "yes": true, "count": 3, "list": ["b"]}"#).unwrap();
        assert_eq!(json.text("id"), "a");
        assert!(json.get("null").is_none() && json.get("missing").is_none());
        assert!(json.get("yes").unwrap().is_true() && !json.get("id").unwrap().is_true());
        assert_eq!(json.get("list").unwrap().elements().unwrap()[0].as_text().unwrap(), "b");
        assert!(json.elements().is_none() && json.as_text().is_none());
        assert!(Json::parse(b"nothing").is_none() && Json::parse(&[0xff]).is_none());
        assert!(Json::default().get("id").is_none());
    }

    #[test]
    fn integers_are_exact_or_refused() {
        let integer = |text: &str| Json::parse(text.as_bytes()).unwrap().as_integer();
        assert_eq!(integer("0"), Some(0));
        assert_eq!(integer("9007199254740991"), Some((1 << 53) - 1));
        for text in ["-1", "1.5", "9007199254740992", "1e300", "\"1\"", "null"] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let bytes = to_bytes(&["a", "\u{1f600}\n"]).unwrap();
        let texts: Vec<_> = Json::parse(&bytes).unwrap().elements().unwrap().iter().map(Json::as_text).collect();
        assert_eq!(texts, [Some("a".to_owned()), Some("\u{1f600}\n".to_owned())]);
    }
}
