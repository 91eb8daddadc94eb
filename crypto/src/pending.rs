use core::pin::Pin;

/// A boxed future: `Send`, except in WebAssembly, where WebCrypto's promises are not.
///
/// Functions that many others wait for return one instead of being `async`: the compiler would otherwise write their
/// whole state machine again into each caller's, which makes a WebAssembly module half as large again.
#[cfg(not(target_arch = "wasm32"))]
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A boxed future: `Send`, except in WebAssembly, where WebCrypto's promises are not.
///
/// Functions that many others wait for return one instead of being `async`: the compiler would otherwise write their
/// whole state machine again into each caller's, which makes a WebAssembly module half as large again.
#[cfg(target_arch = "wasm32")]
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
