//! The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: “Online Authenticated-Encryption and its Nonce-Reuse
//! Misuse-Resistance”, CRYPTO 2015) over AES-256-GCM: a content in chunks, each of which can be opened by itself, and none of
//! which can be moved, left out or taken for the last one.
//!
//! The nonce of a chunk is prefix (7 bytes) ‖ position (4 bytes, big-endian, from 0) ‖ 1 if it is the last, 0 otherwise. Key
//! and prefix are 39 bytes of HKDF-Expand of a stream key that is used for one content only. A sealed chunk is
//! ciphertext ‖ tag (16 bytes).

use zeroize::Zeroizing;

use crate::bulk::Bulk;
use crate::engine::{Engine, StreamKey};
use crate::{Digest, Error, Pending, Prk, Result, SecretKey, aead};

/// Bytes of a nonce before the position.
const PREFIX: usize = 7;

/// Where a chunk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// How many chunks are before it.
    pub index: u32,
    /// Whether none comes after it.
    pub last: bool,
}

/// A sealed chunk with its SHA-256, as [`Stream::hash`] found it.
#[derive(Clone, Debug)]
pub struct HashedChunk {
    sealed: Bulk,
    digest: Digest,
}

impl HashedChunk {
    /// Its SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The sealed chunk.
    pub fn sealed(&self) -> &Bulk {
        &self.sealed
    }

    /// The sealed chunk.
    pub fn into_sealed(self) -> Bulk {
        self.sealed
    }
}

/// The key of one content.
#[derive(Clone, Debug)]
pub struct Stream {
    key: StreamKey,
    prefix: [u8; PREFIX],
}

impl Stream {
    /// Derives the key of a content. `info` says which content it is.
    ///
    /// # Errors
    /// [`Error::NeedsWebCrypto`] in a build for WebAssembly without WebCrypto; WebCrypto's refusal.
    pub fn new<'a>(engine: &'a Engine, secret: &'a SecretKey, info: &'a [u8]) -> Pending<'a, Result<Self>> {
        Box::pin(async move {
            let mut derived = Zeroizing::new([0; 32 + PREFIX]);
            Prk::from_key(secret).expand(info, derived.as_mut_slice())?;
            let (key, rest) = derived.split_first_chunk::<32>().ok_or(Error::Length { what: "a stream key" })?;
            let prefix = *rest.first_chunk().ok_or(Error::Length { what: "a stream key" })?;
            Ok(Self { key: engine.stream_key(SecretKey::from_bytes(*key)).await?, prefix })
        })
    }

    /// Seals a chunk. The same position must never be sealed twice with different chunks: see [`aead::seal_with_nonce`].
    ///
    /// # Errors
    /// WebCrypto's refusal.
    pub fn seal<'a>(&'a self, position: Position, chunk: &'a Bulk) -> Pending<'a, Result<Bulk>> {
        Box::pin(async move {
            let nonce = self.nonce(position);
            match &self.key {
                #[cfg(not(target_arch = "wasm32"))]
                StreamKey::Software(key) => aead::seal_with_nonce(key, &nonce, &[], chunk),
                #[cfg(target_arch = "wasm32")]
                StreamKey::WebCrypto(web_crypto, key) => web_crypto.seal_bulk(key, &nonce, chunk).await,
            }
        })
    }

    /// Opens what [`seal`](Self::seal) sealed.
    ///
    /// # Errors
    /// [`Error::Decryption`] if it was sealed under another key or at another position, or was altered.
    pub fn open<'a>(&'a self, position: Position, sealed: &'a Bulk) -> Pending<'a, Result<Bulk>> {
        Box::pin(async move {
            let nonce = self.nonce(position);
            match &self.key {
                #[cfg(not(target_arch = "wasm32"))]
                StreamKey::Software(key) => Ok(std::mem::take(&mut *aead::open_with_nonce(key, &nonce, &[], sealed)?)),
                #[cfg(target_arch = "wasm32")]
                StreamKey::WebCrypto(web_crypto, key) => web_crypto.open_bulk(key, &nonce, sealed).await,
            }
        })
    }

    /// Hashes a sealed chunk, by the engine of this key. The chunk may be moved to another thread for that.
    ///
    /// # Errors
    /// [`Error::WebCrypto`] when WebCrypto refuses, or that thread is gone, and the chunk with it.
    pub fn hash(&self, sealed: Bulk) -> Pending<'_, Result<HashedChunk>> {
        Box::pin(async move {
            let (sealed, digest) = match &self.key {
                #[cfg(not(target_arch = "wasm32"))]
                StreamKey::Software(_) => {
                    let digest = Digest::of(&sealed);
                    (sealed, digest)
                }
                #[cfg(target_arch = "wasm32")]
                StreamKey::WebCrypto(web_crypto, _) => web_crypto.digest(sealed).await?,
            };
            Ok(HashedChunk { sealed, digest })
        })
    }

    fn nonce(&self, Position { index, last }: Position) -> [u8; aead::NONCE] {
        let mut nonce = [0; aead::NONCE];
        let parts = self.prefix.into_iter().chain(index.to_be_bytes()).chain([u8::from(last)]);
        nonce.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        nonce
    }
}
