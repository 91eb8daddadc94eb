//! What workers run: jobs that the library hands over, see `tidelock::records::run_job`.
//!
//! It is a module of its own so that it can be compiled for speed and not for size, and with instructions that not every
//! browser has: where they are missing there are no workers, and the library does without.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::prelude::wasm_bindgen;

/// The encoded outcome of an encoded job; `undefined` where it fails.
#[wasm_bindgen(js_name = runJob)]
#[must_use]
pub fn run_job(job: Vec<u8>) -> Option<Vec<u8>> {
    tidelock::records::run_job(job)
}
