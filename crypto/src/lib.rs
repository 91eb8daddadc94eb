//! The cryptography of Tidelock.
//!
//! Suite 1, and nothing else: P-256 key agreement and ECDSA, HPKE base mode, AES-256-GCM, HKDF-SHA-256, Argon2id,
//! COSE_Sign1 over deterministic CBOR, RFC 9162 Merkle trees. The primitives are those of the RustCrypto crates and, in
//! browsers and Node, those of WebCrypto; an [`Engine`] chooses. Nothing here touches a network, a clock or a store.
#![forbid(unsafe_code)]

pub mod aead;
mod argon2id;
pub mod bulk;
pub mod cbor;
pub mod cose;
mod digest;
mod engine;
mod error;
pub mod hpke;
pub mod kdf;
pub mod merkle;
mod pending;
#[cfg(target_arch = "wasm32")]
mod promised;
mod public_key;
pub mod random;
mod secret_key;
mod signature;
pub mod stream;

pub use argon2id::argon2id;
#[cfg(target_arch = "wasm32")]
pub use argon2id::set_argon2id;
pub use digest::Digest;
pub use engine::{AgreementKey, Engine, SigningKey, software};
#[cfg(target_arch = "wasm32")]
pub use engine::{WebCrypto, set_chunk_workers};
pub use error::{Error, Result};
pub use kdf::{Prk, hmac_sha256};
pub use pending::{Pending, all};
#[cfg(target_arch = "wasm32")]
pub use promised::{Promised, promised};
pub use public_key::PublicKey;
pub use secret_key::SecretKey;
pub use signature::Signature;
pub use zeroize::Zeroizing;
