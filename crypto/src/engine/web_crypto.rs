use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, JsString, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, CryptoKeyPair, EcdhKeyDeriveParams};
use zeroize::Zeroizing;

use super::keys::{PrivateAgreementKey, PrivateSigningKey};
use crate::bulk::Bulk;
use crate::{
    AgreementKey, Digest, Error, Pending, PublicKey, Result, SecretKey, Signature, SigningKey, aead, promised,
};

/// The WebCrypto engine: `crypto.subtle` of a window, a worker or Node.
///
/// Private keys are made and imported as non-extractable, with the one usage they have. Points and signatures are checked
/// in software first, because engines differ in what they check, and none of them minds a high `s`.
#[derive(Clone, Debug)]
pub struct WebCrypto(Rc<Calls>);

/// `crypto.subtle`, and what it is called with. All of it is made once: each string that goes to JavaScript is decoded there,
/// which for the small operations would take as long as the rest of the call.
#[derive(Debug)]
struct Calls {
    subtle: Subtle,
    raw: JsString,
    /// The curve for key agreement, and what `deriveBits` is called with once the other's key is set.
    ecdh: EcdhKeyDeriveParams,
    /// The curve for signatures, and their hash.
    ecdsa: Object,
    aes_gcm: Object,
    derive_bits: Array,
    verify: Array,
    no_usages: Array,
}

#[wasm_bindgen]
extern "C" {
    /// `SubtleCrypto`, where what would be made anew for each call can be given as it is. Nothing needs to be caught:
    /// operations that answer with promises reject them and do not throw (Web IDL §3.7.7).
    #[derive(Debug)]
    type Subtle;

    #[wasm_bindgen(method, js_name = generateKey)]
    fn generate(this: &Subtle, algorithm: &Object, extractable: bool, usages: &Array) -> Promise;

    #[wasm_bindgen(method, js_name = importKey)]
    fn import(
        this: &Subtle,
        format: &JsString,
        bytes: &Uint8Array,
        algorithm: &Object,
        extractable: bool,
        usages: &Array,
    ) -> Promise;

    #[wasm_bindgen(method, js_name = exportKey)]
    fn export(this: &Subtle, format: &JsString, key: &CryptoKey) -> Promise;

    #[wasm_bindgen(method, js_name = deriveBits)]
    fn derive_bits(this: &Subtle, algorithm: &Object, key: &CryptoKey, bits: u32) -> Promise;

    #[wasm_bindgen(method)]
    fn sign(this: &Subtle, algorithm: &Object, key: &CryptoKey, message: &[u8]) -> Promise;

    #[wasm_bindgen(method)]
    fn verify(this: &Subtle, algorithm: &Object, key: &CryptoKey, signature: &[u8], message: &[u8]) -> Promise;

    #[wasm_bindgen(method)]
    fn encrypt(this: &Subtle, algorithm: &Object, key: &CryptoKey, plaintext: &[u8]) -> Promise;

    #[wasm_bindgen(method)]
    fn decrypt(this: &Subtle, algorithm: &Object, key: &CryptoKey, ciphertext: &[u8]) -> Promise;

    #[wasm_bindgen(method, js_name = encrypt)]
    fn encrypt_bulk(this: &Subtle, algorithm: &Object, key: &CryptoKey, plaintext: &Bulk) -> Promise;

    #[wasm_bindgen(method, js_name = decrypt)]
    fn decrypt_bulk(this: &Subtle, algorithm: &Object, key: &CryptoKey, ciphertext: &Bulk) -> Promise;

    #[wasm_bindgen(method)]
    fn digest(this: &Subtle, hash: &str, bytes: &Bulk) -> Promise;
}

impl WebCrypto {
    /// The engine of this global object, or `None` where there is none: an insecure context, an old runtime.
    pub(super) fn find() -> Option<Self> {
        let crypto = get(&js_sys::global(), "crypto").ok().filter(JsValue::is_object)?;
        let subtle = get(&crypto, "subtle").ok().filter(JsValue::is_object)?;
        let object = |members: &[(&str, JsValue)]| object(members).ok();
        Some(Self(Rc::new(Calls {
            subtle: subtle.unchecked_into(),
            raw: "raw".into(),
            ecdh: object(&[("name", "ECDH".into()), ("namedCurve", "P-256".into())])?.unchecked_into(),
            ecdsa: object(&[("name", "ECDSA".into()), ("namedCurve", "P-256".into()), ("hash", "SHA-256".into())])?,
            aes_gcm: object(&[("name", "AES-GCM".into())])?,
            derive_bits: usages(&["deriveBits"]),
            verify: usages(&["verify"]),
            no_usages: usages(&[]),
        })))
    }

    pub(super) async fn generate_agreement_key(&self) -> Result<AgreementKey> {
        let (private, public) = self.generate(&self.0.ecdh, &self.0.derive_bits).await?;
        Ok(AgreementKey { public, private: PrivateAgreementKey::WebCrypto(private) })
    }

    pub(super) async fn generate_signing_key(&self) -> Result<SigningKey> {
        let (private, public) = self.generate(&self.0.ecdsa, &usages(&["sign", "verify"])).await?;
        Ok(SigningKey { public, private: PrivateSigningKey::WebCrypto(private) })
    }

    pub(super) async fn import_agreement_key(&self, scalar: &SecretKey, public: &PublicKey) -> Result<AgreementKey> {
        let private = self.import_private(scalar, public, &self.0.ecdh, &self.0.derive_bits).await?;
        Ok(AgreementKey { public: *public, private: PrivateAgreementKey::WebCrypto(private) })
    }

    pub(super) async fn import_signing_key(&self, scalar: &SecretKey, public: &PublicKey) -> Result<SigningKey> {
        let private = self.import_private(scalar, public, &self.0.ecdsa, &usages(&["sign"])).await?;
        Ok(SigningKey { public: *public, private: PrivateSigningKey::WebCrypto(private) })
    }

    pub(super) async fn agree(&self, private: &CryptoKey, public: &PublicKey) -> Result<SecretKey> {
        public.check()?;
        let Calls { subtle, ecdh, no_usages, .. } = &*self.0;
        let other = self.import_public(public, ecdh, no_usages).await?;
        // The call reads it before it returns, and nobody else sets it meanwhile.
        ecdh.set_public(&other);
        let shared = wait(subtle.derive_bits(ecdh, private, 256)).await?;
        let shared = take_bytes(&shared);
        let shared = <[u8; 32]>::try_from(shared.as_slice()).map_err(|_| Error::WebCrypto("deriveBits".into()))?;
        Ok(SecretKey::from_bytes(shared))
    }

    pub(super) async fn sign(&self, private: &CryptoKey, message: &[u8]) -> Result<Signature> {
        let signature = wait(self.0.subtle.sign(&self.0.ecdsa, private, message)).await?;
        let signature = <[u8; 64]>::try_from(take_bytes(&signature).as_slice()).map_err(|_| Error::Signature)?;
        Signature::from_bytes(signature).to_low_s()
    }

    pub(super) async fn verify(&self, public: &PublicKey, message: &[u8], signature: &Signature) -> Result<()> {
        public.check()?;
        // That the scalars are in range is for WebCrypto to see.
        if !signature.has_low_s() {
            return Err(Error::Signature);
        }
        let Calls { subtle, ecdsa, verify, .. } = &*self.0;
        let key = self.import_public(public, ecdsa, verify).await?;
        let verified = subtle.verify(ecdsa, &key, signature.as_bytes(), message);
        if wait(verified).await?.is_truthy() { Ok(()) } else { Err(Error::Signature) }
    }

    /// Appends ciphertext and tag to `out`.
    pub(super) async fn seal_after(
        &self,
        mut out: Vec<u8>,
        key: &SecretKey,
        nonce: &[u8; aead::NONCE],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>> {
        let key = self.import_secret(&self.0.raw, key.expose(), &self.0.aes_gcm, &usages(&["encrypt"])).await?;
        let sealed = self.0.subtle.encrypt(&aes_gcm(nonce, aad)?, &key, plaintext);
        let start = out.len();
        out.resize(start + plaintext.len() + aead::TAG, 0);
        Uint8Array::new(&wait(sealed).await?).copy_to(out.get_mut(start..).unwrap_or_default());
        Ok(out)
    }

    pub(super) async fn open_with_nonce(
        &self,
        key: &SecretKey,
        nonce: &[u8; aead::NONCE],
        aad: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let key = self.import_secret(&self.0.raw, key.expose(), &self.0.aes_gcm, &usages(&["decrypt"])).await?;
        let opened = self.0.subtle.decrypt(&aes_gcm(nonce, aad)?, &key, ciphertext);
        Ok(take_bytes(&wait(opened).await.map_err(or_decryption)?))
    }

    async fn generate(&self, algorithm: &Object, usages: &Array) -> Result<(CryptoKey, PublicKey)> {
        let Calls { subtle, raw, .. } = &*self.0;
        let pair: CryptoKeyPair = wait(subtle.generate(algorithm, false, usages)).await?.unchecked_into();
        let public = wait(subtle.export(raw, &pair.get_public_key())).await?;
        Ok((pair.get_private_key(), PublicKey::from_slice(&Uint8Array::new(&public).to_vec())?))
    }

    /// Imports a key for many contents.
    pub(super) async fn import_stream_key(&self, key: &SecretKey) -> Result<CryptoKey> {
        self.import_secret(&self.0.raw, key.expose(), &self.0.aes_gcm, &usages(&["encrypt", "decrypt"])).await
    }

    pub(crate) async fn seal_bulk(&self, key: &CryptoKey, nonce: &[u8], plaintext: &Bulk) -> Result<Bulk> {
        let sealed = self.0.subtle.encrypt_bulk(&aes_gcm(nonce, &[])?, key, plaintext);
        Ok(Bulk::new(&wait(sealed).await?))
    }

    pub(crate) async fn open_bulk(&self, key: &CryptoKey, nonce: &[u8], sealed: &Bulk) -> Result<Bulk> {
        let opened = self.0.subtle.decrypt_bulk(&aes_gcm(nonce, &[])?, key, sealed);
        Ok(Bulk::new(&wait(opened).await.map_err(or_decryption)?))
    }

    /// SHA-256 of bytes, which is computed from now on, whenever it is waited for.
    pub(crate) fn digest(&self, bytes: &Bulk) -> Pending<'static, Result<Digest>> {
        let digest = wait(self.0.subtle.digest("SHA-256", bytes));
        Box::pin(async move {
            let digest =
                Bulk::new(&digest.await?).to_vec().try_into().map_err(|_| Error::WebCrypto("digest".into()))?;
            Ok(Digest::from_bytes(digest))
        })
    }

    async fn import_public(&self, key: &PublicKey, algorithm: &Object, usages: &Array) -> Result<CryptoKey> {
        let Calls { subtle, raw, .. } = &*self.0;
        let imported = subtle.import(raw, &Uint8Array::from(key.as_bytes().as_slice()), algorithm, false, usages);
        Ok(wait(imported).await?.unchecked_into())
    }

    async fn import_private(
        &self,
        scalar: &SecretKey,
        public: &PublicKey,
        algorithm: &Object,
        usages: &Array,
    ) -> Result<CryptoKey> {
        self.import_secret(&"pkcs8".into(), &pkcs8(scalar, public), algorithm, usages).await
    }

    /// Imports a key as non-extractable. JavaScript's copy of the bytes is overwritten when WebCrypto is done with it.
    async fn import_secret(
        &self,
        format: &JsString,
        bytes: &[u8],
        algorithm: &Object,
        usages: &Array,
    ) -> Result<CryptoKey> {
        let bytes = Uint8Array::from(bytes);
        let key = wait(self.0.subtle.import(format, &bytes, algorithm, false, usages)).await;
        bytes.fill(0, 0, bytes.length());
        Ok(key?.unchecked_into())
    }
}

fn aes_gcm(nonce: &[u8], aad: &[u8]) -> Result<Object> {
    let algorithm = object(&[("name", "AES-GCM".into()), ("iv", Uint8Array::from(nonce).into())])?;
    if !aad.is_empty() {
        set(&algorithm, "additionalData", &Uint8Array::from(aad))?;
    }
    Ok(algorithm)
}

/// A P-256 private key as PKCS #8 (RFC 5958) around an `ECPrivateKey` (RFC 5915) with its public half.
fn pkcs8(scalar: &SecretKey, public: &PublicKey) -> Zeroizing<Vec<u8>> {
    /// version 0, id-ecPublicKey, prime256v1, and an octet string with version 1 and the octet string of the scalar.
    const HEAD: &[u8] = b"\x30\x81\x87\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
        \x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x04\x6d\x30\x6b\x02\x01\x01\x04\x20";
    /// `[1]`, and a bit string of the point.
    const MIDDLE: &[u8] = b"\xa1\x44\x03\x42\x00";
    let mut der = Zeroizing::new(Vec::with_capacity(HEAD.len() + 32 + MIDDLE.len() + 65));
    for part in [HEAD, scalar.expose(), MIDDLE, public.as_bytes()] {
        der.extend_from_slice(part);
    }
    der
}

/// The bytes of an `ArrayBuffer` that may hold a secret: they are overwritten where they were.
fn take_bytes(buffer: &JsValue) -> Zeroizing<Vec<u8>> {
    let view = Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>());
    let bytes = Zeroizing::new(view.to_vec());
    view.fill(0, 0, view.length());
    bytes
}

fn usages(names: &[&str]) -> Array {
    names.iter().map(|name| JsValue::from_str(name)).collect()
}

fn object(members: &[(&str, JsValue)]) -> Result<Object> {
    let object = Object::new();
    for (name, value) in members {
        set(&object, name, value)?;
    }
    Ok(object)
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<()> {
    Reflect::set(object, &JsValue::from_str(name), value).map(drop).map_err(|error| refused(&error))
}

fn get(object: &JsValue, name: &str) -> Result<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).map_err(|error| refused(&error))
}

fn wait(promise: Promise) -> impl Future<Output = Result<JsValue>> {
    let promised = promised(Ok(promise.into()));
    async move { promised.await.map_err(|error| refused(&error)) }
}

/// What WebCrypto says where a tag is not right.
fn or_decryption(error: Error) -> Error {
    match error {
        Error::WebCrypto(name) if &*name == "OperationError" => Error::Decryption,
        error => error,
    }
}

/// Only the name of the exception: its message is the runtime's own, and nobody's to rely on.
fn refused(error: &JsValue) -> Error {
    let name = Reflect::get(error, &JsValue::from_str("name")).ok().and_then(|name| name.as_string());
    Error::WebCrypto(name.map_or_else(|| "an unknown exception".into(), String::into_boxed_str))
}
