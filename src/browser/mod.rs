//! The bindings for JavaScript: thin, no logic of their own.
//!
//! What they export is private to the package; its TypeScript face is what applications use.

mod attachments;
mod call;
mod control;
mod deferred;
mod entities;
mod error;
mod fetch;
mod key_store;
mod members;
mod open;
mod people;
mod plain;
mod promise;
mod recovery;
mod session;
mod share_codes;
mod sharing;
mod values;

use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;

pub use attachments::{DownloadHandle, UploadHandle, chunk_size};
pub use deferred::set_deferred;
pub use key_store::KeyStore;
pub use open::{recover, resume, sign_in, sign_up, start_over};
pub use plain::PlainHandle;
pub use session::{ClinicCardHandle, SessionHandle};

use crate::share_code::ShareCode;
use error::JsResult;

/// The version of this package.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// All error codes, joined by blanks: the TypeScript face is tested against them.
#[wasm_bindgen(js_name = errorCodes)]
#[must_use]
pub fn error_codes() -> String {
    crate::CODES.join(" ")
}

/// Sets the function that computes Argon2id: `(password, salt, memoryKib, iterations) => Promise<Uint8Array | undefined>`.
#[wasm_bindgen(js_name = setArgon2id)]
pub fn set_argon2id(function: Function) {
    tidelock_crypto::set_argon2id(function);
}

/// Sets the function that waits until what waits for this thread has been done: `() => Promise<void>`.
#[wasm_bindgen(js_name = setRest)]
pub fn set_rest(rest: Function) {
    crate::rest::set_rest(rest);
}

/// Sets the function that hands jobs to workers: `(jobs: Uint8Array[]) => Promise<Uint8Array[] | undefined>`.
#[wasm_bindgen(js_name = setWorkers)]
pub fn set_workers(function: Function) {
    crate::workers::set_workers(Some(function));
}

/// Sets the function by which workers seal and open the chunks of files.
#[wasm_bindgen(js_name = setChunkWorkers)]
pub fn set_chunk_workers(function: Function) {
    tidelock_crypto::set_chunk_workers(function);
}

/// The canonical form of a share code that somebody typed.
///
/// # Errors
/// `invalid_share_code`, with the position of a wrong symbol.
#[wasm_bindgen(js_name = checkShareCode)]
pub fn check_share_code(typed: &str) -> JsResult<String> {
    Ok(ShareCode::parse(typed).map_err(Box::<crate::Error>::from)?.to_string())
}
