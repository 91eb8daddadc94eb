//! Argon2id, and nothing else.
//!
//! It is a crate of its own because WebAssembly memory never shrinks: in browsers and Node it is compiled to a module of
//! its own, each call runs in a new instance of it, and the tens of megabytes go with the instance. Natively it is a
//! function like any other. `tidelock-crypto` calls it either way.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

/// 32 bytes of Argon2id (RFC 9106, version 0x13, one lane) over `password` and `salt`.
///
/// `memory_kib` is in KiB. `None` if the salt is shorter than 8 bytes, a parameter is out of range, or the memory is not
/// to be had.
#[must_use]
pub fn argon2id(password: &[u8], salt: &[u8], memory_kib: u32, iterations: u32) -> Option<Zeroizing<[u8; 32]>> {
    let params = Params::new(memory_kib, iterations, 1, Some(32)).ok()?;
    let mut out = Zeroizing::new([0; 32]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password, salt, out.as_mut_slice()).ok()?;
    Some(out)
}

/// What the module exports. Nothing of it is wiped: the instance does not outlive the call.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = argon2id)]
#[must_use]
pub fn exported(password: &[u8], salt: &[u8], memory_kib: u32, iterations: u32) -> Option<Vec<u8>> {
    argon2id(password, salt, memory_kib, iterations).map(|hash| hash.to_vec())
}
