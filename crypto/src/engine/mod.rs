//! Who does the curve work and the large contents: software, or WebCrypto.

mod keys;
mod select;
pub mod software;
#[cfg(target_arch = "wasm32")]
mod web_crypto;

pub(crate) use keys::StreamKey;
pub use keys::{AgreementKey, SigningKey};
pub use select::Engine;
#[cfg(target_arch = "wasm32")]
pub use web_crypto::{WebCrypto, set_sha256};
