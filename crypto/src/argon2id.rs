use crate::{Pending, Result, SecretKey};

/// 32 bytes of Argon2id (RFC 9106, version 0x13, one lane) over `password` and `salt`.
///
/// `memory_kib` is in KiB. In WebAssembly the function given to `set_argon2id` computes it, in a module of its own: memory
/// of WebAssembly never shrinks. Natively it is computed where the future is polled, and takes that thread for its time.
///
/// # Errors
/// [`Argon2id`](crate::Error::Argon2id) if the salt is shorter than 8 bytes, a parameter is out of range, or the memory is
/// not to be had; in WebAssembly also [`Argon2idMissing`](crate::Error::Argon2idMissing) and
/// [`Argon2idNotLoaded`](crate::Error::Argon2idNotLoaded).
pub fn argon2id<'a>(
    password: &'a [u8],
    salt: &'a [u8],
    memory_kib: u32,
    iterations: u32,
) -> Pending<'a, Result<SecretKey>> {
    Box::pin(compute(password, salt, memory_kib, iterations))
}

#[cfg(not(target_arch = "wasm32"))]
async fn compute(password: &[u8], salt: &[u8], memory_kib: u32, iterations: u32) -> Result<SecretKey> {
    let hash = tidelock_argon2id::argon2id(password, salt, memory_kib, iterations).ok_or(crate::Error::Argon2id)?;
    Ok(SecretKey::from_bytes(*hash))
}

#[cfg(target_arch = "wasm32")]
use module::compute;
#[cfg(target_arch = "wasm32")]
pub use module::set_argon2id;

/// Argon2id as a function of JavaScript.
#[cfg(target_arch = "wasm32")]
mod module {
    use std::cell::RefCell;

    use js_sys::{Function, Reflect, Uint8Array};
    use wasm_bindgen::{JsCast, JsValue};

    use crate::{Error, Result, SecretKey, promised};

    thread_local! {
        static FUNCTION: RefCell<Option<Function>> = const { RefCell::new(None) };
    }

    /// Sets the function that computes Argon2id from now on: `(password: Uint8Array, salt: Uint8Array, memoryKib: number,
    /// iterations: number) => Promise<Uint8Array | undefined>`, as [`argon2id`](crate::argon2id) has them.
    ///
    /// It promises `undefined` where Argon2id cannot run with these parameters, and rejects where it cannot be loaded.
    pub fn set_argon2id(function: Function) {
        FUNCTION.set(Some(function));
    }

    pub(super) async fn compute(password: &[u8], salt: &[u8], memory_kib: u32, iterations: u32) -> Result<SecretKey> {
        let Some(function) = FUNCTION.with_borrow(Clone::clone) else {
            return Err(Error::Argon2idMissing);
        };
        let (password, salt) = (Uint8Array::from(password), Uint8Array::from(salt));
        let called = function.call4(&JsValue::UNDEFINED, &password, &salt, &memory_kib.into(), &iterations.into());
        let hash = promised(called).await;
        // JavaScript's copies of secrets are overwritten where they were.
        password.fill(0, 0, password.length());
        let hash = hash.map_err(|error| not_loaded(&error))?;
        if hash.is_undefined() {
            return Err(Error::Argon2id);
        }
        let hash = hash.unchecked_into::<Uint8Array>();
        let bytes = zeroize::Zeroizing::new(hash.to_vec());
        hash.fill(0, 0, hash.length());
        bytes.as_slice().try_into().map(SecretKey::from_bytes).map_err(|_| Error::Argon2id)
    }

    fn not_loaded(error: &JsValue) -> Error {
        let message = Reflect::get(error, &JsValue::from_str("message")).ok().and_then(|message| message.as_string());
        Error::Argon2idNotLoaded(message.map_or_else(|| "an unknown exception".into(), String::into_boxed_str))
    }
}
