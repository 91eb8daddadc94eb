//! Other threads: workers of a browser or of Node, where there are some. They have nothing that lasts; a job brings what it
//! needs.

/// Hands a job over at once; what workers make of it, or nothing where there are none, or where it failed.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn run(_: &[u8]) -> impl Future<Output = Option<Vec<u8>>> + use<> {
    // Whoever runs natively has threads of his own, and calls from each of them.
    std::future::ready(None)
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

    /// Hands a job over at once; what workers make of it, or nothing where there are none, or where it failed.
    pub(crate) fn run(job: &[u8]) -> impl Future<Output = Option<Vec<u8>>> + use<> {
        let jobs = || Array::of1(&Uint8Array::from(job));
        let answers = FUNCTION.with_borrow(Clone::clone).map(|function| function.call1(&JsValue::UNDEFINED, &jobs()));
        async {
            let answers = promised(answers?).await.ok()?.dyn_into::<Array>().ok()?;
            Some(answers.get(0).unchecked_into::<Uint8Array>().to_vec())
        }
    }
}
