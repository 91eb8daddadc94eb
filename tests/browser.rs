//! The bindings in a real browser: `npm run test:wasm`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn tells_its_version() {
    assert_eq!(tidelock::browser::version(), env!("CARGO_PKG_VERSION"));
}
