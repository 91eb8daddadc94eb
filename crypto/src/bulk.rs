//! Bytes of large contents, where the engine works on them: in JavaScript's memory in browsers and Node, so that they are
//! not copied into WebAssembly's, which never shrinks, and out of it again; in ours elsewhere.

/// The bytes.
#[cfg(not(target_arch = "wasm32"))]
pub type Bulk = Vec<u8>;

/// The bytes.
#[cfg(target_arch = "wasm32")]
pub type Bulk = js_sys::Uint8Array;

/// Hands bytes over.
#[must_use]
pub fn from_vec(bytes: Vec<u8>) -> Bulk {
    #[cfg(not(target_arch = "wasm32"))]
    return bytes;
    #[cfg(target_arch = "wasm32")]
    Bulk::from(bytes.as_slice())
}

/// Takes bytes back.
#[must_use]
pub fn into_vec(bulk: Bulk) -> Vec<u8> {
    #[cfg(not(target_arch = "wasm32"))]
    return bulk;
    #[cfg(target_arch = "wasm32")]
    bulk.to_vec()
}

/// How many bytes they are.
#[must_use]
pub fn length(bulk: &Bulk) -> usize {
    #[cfg(not(target_arch = "wasm32"))]
    return bulk.len();
    #[cfg(target_arch = "wasm32")]
    (bulk.length() as usize)
}
