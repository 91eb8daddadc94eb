//! Rests between the pieces of long work, so that a thread that draws is not blocked.

/// Waits until what waits for this thread has been done, if it has waited for long.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) async fn rest() {}

#[cfg(target_arch = "wasm32")]
pub(crate) use function::rest;
#[cfg(target_arch = "wasm32")]
pub use function::set_rest;

/// Rests behind a function of JavaScript.
#[cfg(target_arch = "wasm32")]
mod function {
    use std::cell::RefCell;

    use js_sys::Function;
    use wasm_bindgen::JsValue;

    use tidelock_crypto::promised;

    thread_local! {
        static FUNCTION: RefCell<Option<Function>> = const { RefCell::new(None) };
    }

    /// Sets the function that waits until what waits for this thread has been done: `() => Promise<void>`.
    pub fn set_rest(function: Function) {
        FUNCTION.set(Some(function));
    }

    /// Waits until what waits for this thread has been done. Where nobody has said how, nothing waits.
    pub(crate) async fn rest() {
        let Some(function) = FUNCTION.with_borrow(Clone::clone) else { return };
        // It is never rejected.
        let _ = promised(function.call0(&JsValue::UNDEFINED)).await;
    }
}
