//! The key of a content in chunks, in WebAssembly: WebCrypto's, or workers', where there are some.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use crate::bulk::Bulk;
use crate::{Digest, Error, Result, SecretKey, WebCrypto, aead, promised};

thread_local! {
    static WORKERS: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Sets the function by which workers seal and open chunks from now on: `(seal: boolean, secret: Uint8Array, bytes:
/// Uint8Array, spare?: Uint8Array) => Promise<[bytes: Uint8Array | undefined, digest: Uint8Array] | undefined>`.
///
/// `secret` is key ‖ nonce. It promises what the bytes became, or `undefined` where they do not open, and the SHA-256 of the
/// sealed chunk; `undefined` where no worker had them. It moves `secret`, bytes to open and the memory of `spare`, which is that
/// of a sealed chunk that is done with, but not bytes to seal. Where it throws, a worker is gone with what was moved.
pub fn set_chunk_workers(function: Function) {
    WORKERS.set(Some(function));
}

/// The AES-256-GCM key of a content.
#[derive(Clone)]
pub(crate) struct ChunkKey {
    web_crypto: WebCrypto,
    /// For workers, each of which is given it with each chunk.
    secret: SecretKey,
    /// For where there is none: non-extractable, imported when it is needed.
    imported: OnceCell<CryptoKey>,
    /// The memory of sealed chunks that are done with: as much as were under way at once.
    spare: Rc<RefCell<Vec<Bulk>>>,
}

impl ChunkKey {
    pub(super) fn new(web_crypto: &WebCrypto, secret: SecretKey) -> Self {
        Self { web_crypto: web_crypto.clone(), secret, imported: OnceCell::new(), spare: Rc::default() }
    }

    /// Seals a chunk and hashes it.
    pub(crate) async fn seal(&self, nonce: &[u8; aead::NONCE], chunk: &Bulk) -> Result<(Bulk, Digest)> {
        // If the thread that has a copy of the chunk is gone, it is sealed here, as it is where there is none.
        if let Ok(Some((Some(sealed), digest))) = self.in_worker(true, nonce, chunk).await {
            return Ok((sealed, digest));
        }
        let sealed = self.web_crypto.seal_bulk(&self.imported().await?, nonce, chunk).await?;
        let digest = self.web_crypto.digest(&sealed).await?;
        Ok((sealed, digest))
    }

    /// Opens a sealed chunk and hashes it.
    pub(crate) async fn open(&self, nonce: &[u8; aead::NONCE], sealed: &Bulk) -> Result<(Result<Bulk>, Digest)> {
        if let Some((opened, digest)) = self.in_worker(false, nonce, sealed).await? {
            return Ok((opened.ok_or(Error::Decryption), digest));
        }
        let key = self.imported().await?;
        // Both at once.
        let digest = self.web_crypto.digest(sealed);
        let opened = self.web_crypto.open_bulk(&key, nonce, sealed).await;
        Ok((opened, digest.await?))
    }

    /// Takes the memory of a sealed chunk, for the next one.
    pub(crate) fn reuse(&self, sealed: Bulk) {
        self.spare.borrow_mut().push(sealed);
    }

    async fn imported(&self) -> Result<CryptoKey> {
        if let Some(key) = self.imported.get() {
            return Ok(key.clone());
        }
        let key = self.web_crypto.import_stream_key(&self.secret).await?;
        Ok(self.imported.get_or_init(|| key).clone())
    }

    async fn in_worker(
        &self,
        seal: bool,
        nonce: &[u8; aead::NONCE],
        bytes: &Bulk,
    ) -> Result<Option<(Option<Bulk>, Digest)>> {
        let Some(function) = WORKERS.with_borrow(Clone::clone) else { return Ok(None) };
        let secret = Zeroizing::new([self.secret.expose().as_slice(), nonce].concat());
        let secret = Uint8Array::from(secret.as_slice());
        let spare = if seal { self.spare.borrow_mut().pop() } else { None };
        let lost = |_| Error::WebCrypto("a worker".into());
        let outcome = promised(function.call4(&JsValue::UNDEFINED, &seal.into(), &secret, bytes, &spare.into())).await;
        // What was moved has no length.
        if secret.length() > 0 {
            secret.fill(0, 0, secret.length());
        }
        let outcome = outcome.map_err(lost)?;
        let Ok(outcome) = outcome.dyn_into::<Array>() else { return Ok(None) };
        let digest = outcome.get(1).unchecked_into::<Bulk>().to_vec();
        let digest = digest.try_into().map_err(|_| Error::WebCrypto("digest".into()))?;
        Ok(Some((outcome.get(0).dyn_into().ok(), Digest::from_bytes(digest))))
    }
}
