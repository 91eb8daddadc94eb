use core::fmt;

use crate::PublicKey;

/// A P-256 key pair for key agreement. The private half is a scalar in memory or a non-extractable `CryptoKey`.
#[derive(Clone)]
pub struct AgreementKey {
    pub(super) public: PublicKey,
    pub(super) private: PrivateAgreementKey,
}

/// A P-256 key pair for ECDSA. The private half is a scalar in memory or a non-extractable `CryptoKey`.
#[derive(Clone)]
pub struct SigningKey {
    pub(super) public: PublicKey,
    pub(super) private: PrivateSigningKey,
}

#[derive(Clone)]
pub(super) enum PrivateAgreementKey {
    Software(p256::SecretKey),
    #[cfg(target_arch = "wasm32")]
    WebCrypto(web_sys::CryptoKey),
}

/// RustCrypto's signing key, and not the bare scalar, because making one costs a multiplication.
#[derive(Clone)]
pub(super) enum PrivateSigningKey {
    Software(p256::ecdsa::SigningKey),
    #[cfg(target_arch = "wasm32")]
    WebCrypto(web_sys::CryptoKey),
}

/// The AES-256-GCM key of a content in chunks.
#[derive(Clone)]
pub(crate) enum StreamKey {
    #[cfg(not(target_arch = "wasm32"))]
    Software(crate::SecretKey),
    #[cfg(target_arch = "wasm32")]
    WebCrypto(super::chunk_key::ChunkKey),
}

impl AgreementKey {
    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl SigningKey {
    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }
}

#[cfg(target_arch = "wasm32")]
impl AgreementKey {
    /// The private half as a `CryptoKey`, to be kept in IndexedDB; `None` if it is in memory.
    #[must_use]
    pub const fn crypto_key(&self) -> Option<&web_sys::CryptoKey> {
        match &self.private {
            PrivateAgreementKey::Software(_) => None,
            PrivateAgreementKey::WebCrypto(key) => Some(key),
        }
    }

    /// Puts together what was kept: a private ECDH key with the usage `deriveBits`, and its public half.
    #[must_use]
    pub const fn from_crypto_key(key: web_sys::CryptoKey, public: PublicKey) -> Self {
        Self { public, private: PrivateAgreementKey::WebCrypto(key) }
    }
}

#[cfg(target_arch = "wasm32")]
impl SigningKey {
    /// The private half as a `CryptoKey`, to be kept in IndexedDB; `None` if it is in memory.
    #[must_use]
    pub const fn crypto_key(&self) -> Option<&web_sys::CryptoKey> {
        match &self.private {
            PrivateSigningKey::Software(_) => None,
            PrivateSigningKey::WebCrypto(key) => Some(key),
        }
    }

    /// Puts together what was kept: a private ECDSA key with the usage `sign`, and its public half.
    #[must_use]
    pub const fn from_crypto_key(key: web_sys::CryptoKey, public: PublicKey) -> Self {
        Self { public, private: PrivateSigningKey::WebCrypto(key) }
    }
}

impl fmt::Debug for AgreementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgreementKey({:?}, …)", self.public)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?}, …)", self.public)
    }
}

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamKey(…)")
    }
}
