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

/// A sealed chunk with its SHA-256.
#[derive(Clone, Debug)]
pub struct SealedChunk {
    /// Its bytes.
    pub bytes: Bulk,
    /// Their SHA-256.
    pub digest: Digest,
}

/// What a sealed chunk was opened to.
#[derive(Debug)]
pub struct OpenedChunk {
    /// The chunk, or [`Error::Decryption`] if it was sealed under another key or at another position, or was altered.
    pub chunk: Result<Bulk>,
    /// SHA-256 of the sealed one.
    pub digest: Digest,
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
    /// [`Error::NeedsWebCrypto`] in a build for WebAssembly without WebCrypto.
    pub fn new(engine: &Engine, secret: &SecretKey, info: &[u8]) -> Result<Self> {
        let mut derived = Zeroizing::new([0; 32 + PREFIX]);
        Prk::from_key(secret).expand(info, derived.as_mut_slice())?;
        let (key, rest) = derived.split_first_chunk::<32>().ok_or(Error::Length { what: "a stream key" })?;
        let prefix = *rest.first_chunk().ok_or(Error::Length { what: "a stream key" })?;
        Ok(Self { key: engine.stream_key(SecretKey::from_bytes(*key))?, prefix })
    }

    /// Seals a chunk and hashes what it became. The same position must never be sealed twice with different chunks: see
    /// [`aead::seal_with_nonce`].
    ///
    /// # Errors
    /// WebCrypto's refusal.
    pub fn seal<'a>(&'a self, position: Position, chunk: &'a Bulk) -> Pending<'a, Result<SealedChunk>> {
        Box::pin(async move {
            let nonce = self.nonce(position);
            let (bytes, digest) = match &self.key {
                #[cfg(not(target_arch = "wasm32"))]
                StreamKey::Software(key) => {
                    let sealed = aead::seal_with_nonce(key, &nonce, &[], chunk)?;
                    let digest = Digest::of(&sealed);
                    (sealed, digest)
                }
                #[cfg(target_arch = "wasm32")]
                StreamKey::WebCrypto(key) => key.seal(&nonce, chunk).await?,
            };
            Ok(SealedChunk { bytes, digest })
        })
    }

    /// Opens what [`seal`](Self::seal) sealed, and hashes what it was. It may be moved to another thread for that.
    ///
    /// # Errors
    /// [`Error::WebCrypto`] when WebCrypto refuses, or that thread is gone, and the chunk with it.
    pub fn open<'a>(&'a self, position: Position, sealed: &'a Bulk) -> Pending<'a, Result<OpenedChunk>> {
        Box::pin(async move {
            let nonce = self.nonce(position);
            let (chunk, digest) = match &self.key {
                #[cfg(not(target_arch = "wasm32"))]
                StreamKey::Software(key) => {
                    let opened = aead::open_with_nonce(key, &nonce, &[], sealed);
                    (opened.map(|mut opened| std::mem::take(&mut *opened)), Digest::of(sealed))
                }
                #[cfg(target_arch = "wasm32")]
                StreamKey::WebCrypto(key) => key.open(&nonce, sealed).await?,
            };
            Ok(OpenedChunk { chunk, digest })
        })
    }

    /// Takes the memory of a sealed chunk that is done with, so that the next one needs none, where that is worth something.
    pub fn reuse(&self, sealed: Bulk) {
        match &self.key {
            #[cfg(not(target_arch = "wasm32"))]
            StreamKey::Software(_) => drop(sealed),
            #[cfg(target_arch = "wasm32")]
            StreamKey::WebCrypto(key) => key.reuse(sealed),
        }
    }

    fn nonce(&self, Position { index, last }: Position) -> [u8; aead::NONCE] {
        let mut nonce = [0; aead::NONCE];
        let parts = self.prefix.into_iter().chain(index.to_be_bytes()).chain([u8::from(last)]);
        nonce.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        nonce
    }
}
