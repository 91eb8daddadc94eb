use zeroize::Zeroizing;

use super::keys::{PrivateAgreementKey, PrivateSigningKey, StreamKey};
use super::software;
use crate::Pending;
use crate::{AgreementKey, PublicKey, Result, SecretKey, Signature, SigningKey, aead};
#[cfg(target_arch = "wasm32")]
use crate::{Error, WebCrypto};

/// An implementation of the operations that are worth handing to WebCrypto: curve work and large contents.
///
/// Both engines give the same answers and pass the same vectors. A private key is used by whoever holds it: a key in
/// memory by software, whatever the engine, a `CryptoKey` by WebCrypto only. In native builds every future is `Send`.
#[derive(Clone, Debug, Default)]
pub enum Engine {
    /// The RustCrypto crates; needs nothing but random numbers.
    #[default]
    Software,
    /// `SubtleCrypto` of a window, a worker or Node.
    #[cfg(target_arch = "wasm32")]
    WebCrypto(WebCrypto),
}

/// Up to this many bytes software seals faster than a call to WebCrypto takes (about 25 µs, against 9 µs per KiB).
const SMALL: usize = 2048;

#[cfg_attr(
    not(target_arch = "wasm32"),
    expect(clippy::unused_async, reason = "the methods wait only for WebCrypto, which native builds do not have")
)]
impl Engine {
    /// WebCrypto where it is, software elsewhere (natively, in insecure contexts, in old runtimes).
    #[must_use]
    pub fn detect() -> Self {
        #[cfg(target_arch = "wasm32")]
        if let Some(web_crypto) = WebCrypto::find() {
            return Self::WebCrypto(web_crypto);
        }
        Self::Software
    }

    /// A fresh key pair for key agreement; with WebCrypto its private half never leaves it.
    ///
    /// # Errors
    /// [`Error::Random`](crate::Error::Random), or WebCrypto's refusal.
    pub fn generate_agreement_key<'a>(&'a self) -> Pending<'a, Result<AgreementKey>> {
        Box::pin(async move {
            match self {
                Self::Software => software::generate_agreement_key(),
                #[cfg(target_arch = "wasm32")]
                Self::WebCrypto(web_crypto) => web_crypto.generate_agreement_key().await,
            }
        })
    }

    /// A fresh key pair for signing; with WebCrypto its private half never leaves it.
    ///
    /// # Errors
    /// [`Error::Random`](crate::Error::Random), or WebCrypto's refusal.
    pub async fn generate_signing_key(&self) -> Result<SigningKey> {
        match self {
            Self::Software => software::generate_signing_key(),
            #[cfg(target_arch = "wasm32")]
            Self::WebCrypto(web_crypto) => web_crypto.generate_signing_key().await,
        }
    }

    /// The key pair for key agreement with this private scalar; with WebCrypto as a non-extractable `CryptoKey`.
    ///
    /// # Errors
    /// [`Error::PrivateKey`](crate::Error::PrivateKey) if it is zero or not below the group's order.
    pub fn import_agreement_key<'a>(&'a self, scalar: &'a SecretKey) -> Pending<'a, Result<AgreementKey>> {
        Box::pin(async move {
            let key = software::import_agreement_key(scalar)?;
            match self {
                Self::Software => Ok(key),
                #[cfg(target_arch = "wasm32")]
                Self::WebCrypto(web_crypto) => web_crypto.import_agreement_key(scalar, key.public()).await,
            }
        })
    }

    /// The key pair for signing with this private scalar; with WebCrypto as a non-extractable `CryptoKey`.
    ///
    /// # Errors
    /// [`Error::PrivateKey`](crate::Error::PrivateKey) if it is zero or not below the group's order.
    pub fn import_signing_key<'a>(&'a self, scalar: &'a SecretKey) -> Pending<'a, Result<SigningKey>> {
        Box::pin(async move {
            let key = software::import_signing_key(scalar)?;
            match self {
                Self::Software => Ok(key),
                #[cfg(target_arch = "wasm32")]
                Self::WebCrypto(web_crypto) => web_crypto.import_signing_key(scalar, key.public()).await,
            }
        })
    }

    /// ECDH (NIST SP 800-56A): the x coordinate of the shared point. It is no key yet; derive one from it.
    ///
    /// # Errors
    /// [`Error::PublicKey`](crate::Error::PublicKey) if `public` is no point of the curve;
    /// `Error::NeedsWebCrypto` if the private half is a `CryptoKey` and this engine is software.
    pub fn agree<'a>(&'a self, private: &'a AgreementKey, public: &'a PublicKey) -> Pending<'a, Result<SecretKey>> {
        Box::pin(async move {
            match &private.private {
                PrivateAgreementKey::Software(scalar) => software::agree(scalar, public),
                #[cfg(target_arch = "wasm32")]
                PrivateAgreementKey::WebCrypto(key) => self.web_crypto()?.agree(key, public).await,
            }
        })
    }

    /// ECDSA over SHA-256 of `message`, with a low `s`. Deterministic (RFC 6979) in software, randomised in WebCrypto.
    ///
    /// # Errors
    /// `Error::NeedsWebCrypto` if the private half is a `CryptoKey` and this engine is software; WebCrypto's refusal.
    pub fn sign<'a>(&'a self, private: &'a SigningKey, message: &'a [u8]) -> Pending<'a, Result<Signature>> {
        Box::pin(async move {
            match &private.private {
                PrivateSigningKey::Software(key) => software::sign(key, message),
                #[cfg(target_arch = "wasm32")]
                PrivateSigningKey::WebCrypto(key) => self.web_crypto()?.sign(key, message).await,
            }
        })
    }

    /// Verifies an ECDSA signature over SHA-256 of `message`; its `s` must be low.
    ///
    /// # Errors
    /// [`Error::Signature`](crate::Error::Signature) if it does not verify;
    /// [`Error::PublicKey`](crate::Error::PublicKey) if the key is no point of the curve.
    pub fn verify<'a>(
        &'a self,
        public: &'a PublicKey,
        message: &'a [u8],
        signature: &'a Signature,
    ) -> Pending<'a, Result<()>> {
        Box::pin(async move {
            match self {
                Self::Software => software::verify(public, message, signature),
                #[cfg(target_arch = "wasm32")]
                Self::WebCrypto(web_crypto) => web_crypto.verify(public, message, signature).await,
            }
        })
    }

    /// [`aead::seal_with_nonce`] in this engine, whatever the size. The nonce must never be used twice under one key.
    ///
    /// # Errors
    /// As [`aead::seal_with_nonce`], and WebCrypto's refusal.
    pub async fn seal_with_nonce(
        &self,
        key: &SecretKey,
        nonce: &[u8; aead::NONCE],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>> {
        match self {
            Self::Software => aead::seal_with_nonce(key, nonce, aad, plaintext),
            #[cfg(target_arch = "wasm32")]
            Self::WebCrypto(web_crypto) => web_crypto.seal_after(Vec::new(), key, nonce, aad, plaintext).await,
        }
    }

    /// [`aead::open_with_nonce`] in this engine, whatever the size.
    ///
    /// # Errors
    /// As [`aead::open_with_nonce`], and WebCrypto's refusal.
    pub async fn open_with_nonce(
        &self,
        key: &SecretKey,
        nonce: &[u8; aead::NONCE],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        match self {
            Self::Software => aead::open_with_nonce(key, nonce, aad, ciphertext),
            #[cfg(target_arch = "wasm32")]
            Self::WebCrypto(web_crypto) => web_crypto.open_with_nonce(key, nonce, aad, ciphertext).await,
        }
    }

    /// The key for a content in chunks, see [`Stream`](crate::stream::Stream): in WebAssembly WebCrypto's, which alone is fast
    /// enough for large contents, natively in software.
    pub(crate) fn stream_key(&self, key: SecretKey) -> Result<StreamKey> {
        #[cfg(not(target_arch = "wasm32"))]
        return Ok(StreamKey::Software(key));
        #[cfg(target_arch = "wasm32")]
        Ok(StreamKey::WebCrypto(super::chunk_key::ChunkKey::new(self.web_crypto()?, key)))
    }

    /// The engine that is faster for a content of `length` bytes.
    pub(crate) const fn for_content(&self, length: usize) -> &Self {
        if length > SMALL { self } else { &Self::Software }
    }

    #[cfg(target_arch = "wasm32")]
    fn web_crypto(&self) -> Result<&WebCrypto> {
        match self {
            Self::Software => Err(Error::NeedsWebCrypto),
            Self::WebCrypto(web_crypto) => Ok(web_crypto),
        }
    }
}
