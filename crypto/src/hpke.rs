//! HPKE (RFC 9180), base mode, single-shot: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
//!
//! The key schedule is written here, over the primitives of the engine, because it must run over a private key that
//! WebCrypto does not let out. One message, one encapsulation: sequence number 0 is the only one.

use zeroize::Zeroizing;

use crate::kdf::{self, Prk};
use crate::{AgreementKey, Engine, Error, Pending, PublicKey, Result, SecretKey, aead, software};

/// Bytes of an encapsulated key: an uncompressed point.
pub const ENCAPSULATED_KEY: usize = 65;

/// "KEM" ‖ kem_id: DHKEM(P-256, HKDF-SHA256).
const KEM_SUITE: &[u8] = b"KEM\x00\x10";
/// "HPKE" ‖ kem_id ‖ kdf_id ‖ aead_id: the KEM, HKDF-SHA256, AES-256-GCM.
const HPKE_SUITE: &[u8] = b"HPKE\x00\x10\x00\x01\x00\x02";
const MODE_BASE: u8 = 0;
/// LabeledExtract("", "psk_id_hash", ""): without a PSK it is the same for every message of this suite.
const PSK_ID_HASH: &[u8; 32] = b"\x8f\xc3\xae\xb8\x32\x49\x0a\x4b\x5a\xb3\xe4\x20\x23\x28\x7d\xb2\
    \x9a\x1f\x4b\xc7\xc2\x22\xc0\xdf\x22\x87\x27\xb7\x0a\x40\x21\x12";

/// Seals `plaintext` to `recipient`: encapsulated key (65 bytes) ‖ ciphertext ‖ tag (16 bytes).
///
/// # Errors
/// [`Error::PublicKey`] if the recipient's key is no point of the curve; [`Error::Random`]; WebCrypto's refusal.
pub fn seal<'a>(
    engine: &'a Engine,
    recipient: &'a PublicKey,
    info: &'a [u8],
    aad: &'a [u8],
    plaintext: &'a [u8],
) -> Pending<'a, Result<Vec<u8>>> {
    Box::pin(async move {
        let ephemeral = engine.generate_agreement_key().await?;
        seal_with_ephemeral(engine, &ephemeral, recipient, info, aad, plaintext).await
    })
}

/// [`seal`] with an ephemeral key that is given, for known-answer tests.
///
/// An ephemeral key used for two messages to one recipient gives them one AEAD key and one nonce.
#[doc(hidden)]
pub async fn seal_with_ephemeral(
    engine: &Engine,
    ephemeral: &AgreementKey,
    recipient: &PublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>> {
    let agreed = engine.agree(ephemeral, recipient).await?;
    let shared_secret = extract_and_expand(&agreed, ephemeral.public(), recipient)?;
    let (key, nonce) = key_schedule(&shared_secret, info)?;
    let mut sealed = ephemeral.public().as_bytes().to_vec();
    sealed.append(&mut engine.for_content(plaintext.len()).seal_with_nonce(&key, &nonce, aad, plaintext).await?);
    Ok(sealed)
}

/// Opens what [`seal`] sealed to `recipient`.
///
/// # Errors
/// [`Error::Decryption`] if key, info, associated data or message are not those that were sealed;
/// `Error::NeedsWebCrypto` if the private half is a `CryptoKey` and the engine is software.
pub fn open<'a>(
    engine: &'a Engine,
    recipient: &'a AgreementKey,
    info: &'a [u8],
    aad: &'a [u8],
    sealed: &'a [u8],
) -> Pending<'a, Result<Zeroizing<Vec<u8>>>> {
    Box::pin(async move {
        let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED_KEY).ok_or(Error::Decryption)?;
        let shared_secret = match decapsulate(engine, recipient, encapsulated).await {
            // A point that is not on the curve came in the message: it is the message that is wrong.
            Err(Error::PublicKey) => return Err(Error::Decryption),
            shared_secret => shared_secret?,
        };
        let (key, nonce) = key_schedule(&shared_secret, info)?;
        engine.for_content(ciphertext.len()).open_with_nonce(&key, &nonce, aad, ciphertext).await
    })
}

/// Decap (RFC 9180 §4.1): the shared secret of the KEM, before the key schedule; for known-answer tests.
#[doc(hidden)]
pub async fn decapsulate(engine: &Engine, recipient: &AgreementKey, encapsulated: &[u8]) -> Result<SecretKey> {
    let encapsulated = PublicKey::from_slice(encapsulated)?;
    let agreed = engine.agree(recipient, &encapsulated).await?;
    extract_and_expand(&agreed, &encapsulated, recipient.public())
}

/// DeriveKeyPair (RFC 9180 §7.1.3): the P-256 key pair that `input`, at least 32 bytes of entropy, determines.
///
/// # Errors
/// [`Error::Length`] if `input` is shorter than 32 bytes; [`Error::PrivateKey`] with a probability of 2^-8192.
pub fn derive_key_pair(input: &[u8]) -> Result<(SecretKey, PublicKey)> {
    if input.len() < 32 {
        return Err(Error::Length { what: "the input of DeriveKeyPair" });
    }
    let prk = labeled_extract(KEM_SUITE, &[], b"dkp_prk", input);
    for counter in 0..=u8::MAX {
        let mut candidate = Zeroizing::new([0; 32]);
        labeled_expand(&prk, KEM_SUITE, b"candidate", &[counter], candidate.as_mut_slice())?;
        let scalar = SecretKey::from_bytes(*candidate);
        if let Ok(key) = software::import_agreement_key(&scalar) {
            return Ok((scalar, *key.public()));
        }
    }
    Err(Error::PrivateKey)
}

/// ExtractAndExpand (RFC 9180 §4.1): the KEM's shared secret.
fn extract_and_expand(agreed: &SecretKey, encapsulated: &PublicKey, recipient: &PublicKey) -> Result<SecretKey> {
    let prk = labeled_extract(KEM_SUITE, &[], b"eae_prk", agreed.expose());
    let mut context = encapsulated.as_bytes().to_vec();
    context.extend_from_slice(recipient.as_bytes());
    let mut shared_secret = Zeroizing::new([0; 32]);
    labeled_expand(&prk, KEM_SUITE, b"shared_secret", &context, shared_secret.as_mut_slice())?;
    Ok(SecretKey::from_bytes(*shared_secret))
}

/// KeySchedule (RFC 9180 §5.1) in base mode, with the default PSK and its default id: key and first nonce.
fn key_schedule(shared_secret: &SecretKey, info: &[u8]) -> Result<(SecretKey, [u8; aead::NONCE])> {
    // HKDF-Extract is HMAC under the salt, and there is none.
    let info_hash = kdf::hmac_sha256_parts(&[], &[b"HPKE-v1", HPKE_SUITE, b"info_hash", info]);
    let context = [&[MODE_BASE], PSK_ID_HASH.as_slice(), info_hash.as_bytes()].concat();
    let secret = labeled_extract(HPKE_SUITE, shared_secret.expose(), b"secret", &[]);
    let mut key = Zeroizing::new([0; 32]);
    labeled_expand(&secret, HPKE_SUITE, b"key", &context, key.as_mut_slice())?;
    let mut nonce = [0; aead::NONCE];
    labeled_expand(&secret, HPKE_SUITE, b"base_nonce", &context, &mut nonce)?;
    Ok((SecretKey::from_bytes(*key), nonce))
}

/// LabeledExtract (RFC 9180 §4).
fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], input: &[u8]) -> Prk {
    kdf::extract_parts(salt, &[b"HPKE-v1", suite, label, input])
}

/// LabeledExpand (RFC 9180 §4).
fn labeled_expand(prk: &Prk, suite: &[u8], label: &[u8], info: &[u8], out: &mut [u8]) -> Result<()> {
    let length = u16::try_from(out.len()).map_err(|_| Error::Length { what: "the output of LabeledExpand" })?;
    prk.expand_parts(&[&length.to_be_bytes(), b"HPKE-v1", suite, label, info], out)
}
