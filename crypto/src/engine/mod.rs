//! Who does the curve work and the large contents: software, or WebCrypto.

#[cfg(target_arch = "wasm32")]
mod chunk_key;
mod keys;
mod select;
pub mod software;
#[cfg(target_arch = "wasm32")]
mod web_crypto;

#[cfg(target_arch = "wasm32")]
pub use chunk_key::set_chunk_workers;
pub(crate) use keys::StreamKey;
pub use keys::{AgreementKey, SigningKey};
pub use select::Engine;
#[cfg(target_arch = "wasm32")]
pub use web_crypto::WebCrypto;
