//! Rests between the pieces of long work, so that a thread that draws is not blocked.

use tidelock_crypto::all;

/// How many operations of WebCrypto are done without a rest: a few milliseconds of work.
const PIECE: usize = 64;

/// [`all`], with rests: some browsers do what WebCrypto is asked for on the thread that asks.
///
/// # Errors
/// Those of the futures.
pub(crate) async fn all_with_rests<F, A, E>(futures: Vec<F>) -> Result<Vec<A>, E>
where
    F: Future<Output = Result<A, E>> + Unpin,
{
    let mut left = futures.into_iter();
    let mut results = Vec::with_capacity(left.len());
    while left.len() > 0 {
        rest().await;
        results.append(&mut all(left.by_ref().take(PIECE).collect()).await?);
    }
    Ok(results)
}

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
