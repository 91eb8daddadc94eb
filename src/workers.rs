//! Other threads: workers of a browser or of Node, where there are some. They have nothing that lasts; a job brings what it
//! needs.

#[cfg(not(target_arch = "wasm32"))]
use zeroize::Zeroizing;

/// What workers make of jobs, in their order; nothing where there are none, or where one failed.
#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::unused_async, reason = "it waits for workers, which native builds do not have")]
pub(crate) async fn run(_: Vec<Zeroizing<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    // Whoever runs natively has threads of his own, and calls from each of them.
    None
}

#[cfg(target_arch = "wasm32")]
pub(crate) use function::run;
#[cfg(target_arch = "wasm32")]
pub use function::set_workers;

/// Workers behind a function of JavaScript.
#[cfg(target_arch = "wasm32")]
mod function {
    use std::cell::RefCell;

    use js_sys::{Array, Function, Uint8Array};
    use tidelock_crypto::promised;
    use wasm_bindgen::{JsCast, JsValue};
    use zeroize::Zeroizing;

    thread_local! {
        static FUNCTION: RefCell<Option<Function>> = const { RefCell::new(None) };
    }

    /// Sets the function that hands jobs to workers from now on: `(jobs: Uint8Array[]) => Promise<Uint8Array[] | undefined>`.
    /// Without one there are none.
    ///
    /// It promises `undefined` where a job was not done.
    pub fn set_workers(function: Option<Function>) {
        FUNCTION.set(function);
    }

    /// What workers make of jobs, in their order; nothing where there are none, or where one failed.
    pub(crate) async fn run(jobs: Vec<Zeroizing<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
        let function = FUNCTION.with_borrow(Clone::clone)?;
        let jobs: Array = jobs.iter().map(|job| Uint8Array::from(job.as_slice())).collect();
        let answers = promised(function.call1(&JsValue::UNDEFINED, &jobs)).await.ok()?.dyn_into::<Array>().ok()?;
        Some(answers.iter().map(|answer| answer.unchecked_into::<Uint8Array>().to_vec()).collect())
    }
}
