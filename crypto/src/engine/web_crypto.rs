use js_sys::futures::JsFuture;
use js_sys::{Array, ArrayBuffer, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::keys::{PrivateAgreementKey, PrivateSigningKey};
use crate::bulk::Bulk;
use crate::{AgreementKey, Digest, Error, PublicKey, Result, SecretKey, Signature, SigningKey, aead};

/// The WebCrypto engine: `crypto.subtle` of a window, a worker or Node.
///
/// Private keys are made and imported as non-extractable, with the one usage they have. Points and signatures are checked
/// in software first, because engines differ in what they check, and none of them minds a high `s`.
#[derive(Clone, Debug)]
pub struct WebCrypto(SubtleCrypto);

impl WebCrypto {
    /// The engine of this global object, or `None` where there is none: an insecure context, an old runtime.
    pub(super) fn find() -> Option<Self> {
        let crypto = get(&js_sys::global(), "crypto").ok().filter(JsValue::is_object)?;
        let subtle = get(&crypto, "subtle").ok().filter(JsValue::is_object)?;
        Some(Self(subtle.unchecked_into()))
    }

    pub(super) async fn generate_agreement_key(&self) -> Result<AgreementKey> {
        let (private, public) = self.generate("ECDH", &["deriveBits"]).await?;
        Ok(AgreementKey { public, private: PrivateAgreementKey::WebCrypto(private) })
    }

    pub(super) async fn generate_signing_key(&self) -> Result<SigningKey> {
        let (private, public) = self.generate("ECDSA", &["sign", "verify"]).await?;
        Ok(SigningKey { public, private: PrivateSigningKey::WebCrypto(private) })
    }

    pub(super) async fn import_agreement_key(&self, scalar: &SecretKey, public: &PublicKey) -> Result<AgreementKey> {
        let private = self.import("pkcs8", &pkcs8(scalar, public), &curve("ECDH")?, &["deriveBits"]).await?;
        Ok(AgreementKey { public: *public, private: PrivateAgreementKey::WebCrypto(private) })
    }

    pub(super) async fn import_signing_key(&self, scalar: &SecretKey, public: &PublicKey) -> Result<SigningKey> {
        let private = self.import("pkcs8", &pkcs8(scalar, public), &curve("ECDSA")?, &["sign"]).await?;
        Ok(SigningKey { public: *public, private: PrivateSigningKey::WebCrypto(private) })
    }

    pub(super) async fn agree(&self, private: &CryptoKey, public: &PublicKey) -> Result<SecretKey> {
        public.check()?;
        let other = self.import("raw", public.as_bytes(), &curve("ECDH")?, &[]).await?;
        let algorithm = object(&[("name", "ECDH".into()), ("public", other.into())])?;
        let shared = wait(self.0.derive_bits_with_object(&algorithm, private, 256)).await?;
        let shared = take_bytes(&shared);
        let shared = <[u8; 32]>::try_from(shared.as_slice()).map_err(|_| Error::WebCrypto("deriveBits".into()))?;
        Ok(SecretKey::from_bytes(shared))
    }

    pub(super) async fn sign(&self, private: &CryptoKey, message: &[u8]) -> Result<Signature> {
        let signature = wait(self.0.sign_with_object_and_u8_array(&ecdsa()?, private, message)).await?;
        let signature = <[u8; 64]>::try_from(take_bytes(&signature).as_slice()).map_err(|_| Error::Signature)?;
        Signature::from_bytes(signature).to_low_s()
    }

    pub(super) async fn verify(&self, public: &PublicKey, message: &[u8], signature: &Signature) -> Result<()> {
        public.check()?;
        // That the scalars are in range is for WebCrypto to see.
        if !signature.has_low_s() {
            return Err(Error::Signature);
        }
        let key = self.import("raw", public.as_bytes(), &curve("ECDSA")?, &["verify"]).await?;
        let verified =
            self.0.verify_with_object_and_u8_array_and_u8_array(&ecdsa()?, &key, signature.as_bytes(), message);
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
        let key = self.import("raw", key.expose(), &object(&[("name", "AES-GCM".into())])?, &["encrypt"]).await?;
        let sealed = self.0.encrypt_with_object_and_u8_array(&aes_gcm(nonce, aad)?, &key, plaintext);
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
        let key = self.import("raw", key.expose(), &object(&[("name", "AES-GCM".into())])?, &["decrypt"]).await?;
        let opened = self.0.decrypt_with_object_and_u8_array(&aes_gcm(nonce, aad)?, &key, ciphertext);
        Ok(take_bytes(&wait(opened).await.map_err(or_decryption)?))
    }

    async fn generate(&self, algorithm: &str, usages: &[&str]) -> Result<(CryptoKey, PublicKey)> {
        let usages: Array = usages.iter().map(|usage| JsValue::from_str(usage)).collect();
        let pair = wait(self.0.generate_key_with_object(&curve(algorithm)?, false, &usages)).await?;
        let public = get(&pair, "publicKey")?.unchecked_into();
        let public = wait(self.0.export_key("raw", &public)).await?;
        Ok((get(&pair, "privateKey")?.unchecked_into(), PublicKey::from_slice(&Uint8Array::new(&public).to_vec())?))
    }

    /// Imports a key for many contents.
    pub(super) async fn import_stream_key(&self, key: &SecretKey) -> Result<CryptoKey> {
        let algorithm = object(&[("name", "AES-GCM".into())])?;
        self.import("raw", key.expose(), &algorithm, &["encrypt", "decrypt"]).await
    }

    pub(crate) async fn seal_bulk(&self, key: &CryptoKey, nonce: &[u8], plaintext: &Bulk) -> Result<Bulk> {
        let sealed = self.0.encrypt_with_object_and_buffer_source(&aes_gcm(nonce, &[])?, key, plaintext);
        Ok(Bulk::new(&wait(sealed).await?))
    }

    pub(crate) async fn open_bulk(&self, key: &CryptoKey, nonce: &[u8], sealed: &Bulk) -> Result<Bulk> {
        let opened = self.0.decrypt_with_object_and_buffer_source(&aes_gcm(nonce, &[])?, key, sealed);
        Ok(Bulk::new(&wait(opened).await.map_err(or_decryption)?))
    }

    /// SHA-256 of bytes.
    pub(crate) async fn digest(&self, bytes: &Bulk) -> Result<Digest> {
        let digest = wait(self.0.digest_with_str_and_buffer_source("SHA-256", bytes)).await?;
        let digest = Bulk::new(&digest).to_vec().try_into().map_err(|_| Error::WebCrypto("digest".into()))?;
        Ok(Digest::from_bytes(digest))
    }

    /// Imports a key as non-extractable. JavaScript's copy of the bytes is overwritten when WebCrypto is done with it.
    async fn import(&self, format: &str, bytes: &[u8], algorithm: &Object, usages: &[&str]) -> Result<CryptoKey> {
        let bytes = Uint8Array::from(bytes);
        let usages: Array = usages.iter().map(|usage| JsValue::from_str(usage)).collect();
        let key = wait(self.0.import_key_with_object(format, &bytes, algorithm, false, &usages)).await;
        bytes.fill(0, 0, bytes.length());
        Ok(key?.unchecked_into())
    }
}

/// The parameters of a key of P-256.
fn curve(algorithm: &str) -> Result<Object> {
    object(&[("name", algorithm.into()), ("namedCurve", "P-256".into())])
}

fn ecdsa() -> Result<Object> {
    object(&[("name", "ECDSA".into()), ("hash", "SHA-256".into())])
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

async fn wait(promise: Result<Promise, JsValue>) -> Result<JsValue> {
    let promise = promise.map_err(|error| refused(&error))?;
    JsFuture::from(promise).await.map_err(|error| refused(&error))
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
