//! AES-256-GCM (NIST SP 800-38D), in software: for the many small contents. Large ones are sealed in chunks, see
//! [`stream`](crate::stream).
//!
//! A sealed message is nonce (12 bytes, random) ‖ ciphertext ‖ tag (16 bytes). AES-GCM does not commit to its key: where
//! two readers must not be made to read different things, commit to the key beside it.

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use zeroize::Zeroizing;

use crate::{Error, Result, SecretKey, random};

/// Bytes of a nonce.
pub const NONCE: usize = 12;
/// Bytes of a tag.
pub const TAG: usize = 16;

/// Seals `plaintext` under a fresh random nonce: nonce ‖ ciphertext ‖ tag, 28 bytes longer than the plaintext.
///
/// A key may seal 2^32 messages so (SP 800-38D §8.3).
///
/// # Errors
/// [`Error::Random`] if there is no nonce to be had; [`Error::Length`] beyond 64 GiB.
pub fn seal(key: &SecretKey, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let nonce = random::bytes::<NONCE>()?;
    seal_after(nonce.to_vec(), key, &nonce, aad, plaintext)
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// [`Error::Decryption`] if key, associated data or message are not those that were sealed.
pub fn open(key: &SecretKey, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = split(sealed)?;
    open_with_nonce(key, nonce, aad, ciphertext)
}

/// Seals `plaintext` under a nonce that the caller answers for: ciphertext ‖ tag.
///
/// The same nonce must never be used twice under one key: both plaintexts and the authentication key would be lost.
///
/// # Errors
/// [`Error::Length`] beyond 64 GiB.
pub fn seal_with_nonce(key: &SecretKey, nonce: &[u8; NONCE], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    seal_after(Vec::new(), key, nonce, aad, plaintext)
}

/// Opens what [`seal_with_nonce`] sealed.
///
/// # Errors
/// [`Error::Decryption`] if key, nonce, associated data or message are not those that were sealed.
pub fn open_with_nonce(
    key: &SecretKey,
    nonce: &[u8; NONCE],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let (ciphertext, tag) = ciphertext.split_last_chunk::<TAG>().ok_or(Error::Decryption)?;
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    Aes256Gcm::new(key.expose().into())
        .decrypt_inout_detached(nonce.into(), aad, plaintext.as_mut_slice().into(), tag.into())
        .map_err(|_| Error::Decryption)?;
    Ok(plaintext)
}

/// Appends ciphertext and tag to `out`. Room for everything is reserved first, so that no plaintext is left behind in a
/// buffer that was outgrown.
fn seal_after(mut out: Vec<u8>, key: &SecretKey, nonce: &[u8; NONCE], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
    let start = out.len();
    out.reserve_exact(plaintext.len() + TAG);
    out.extend_from_slice(plaintext);
    let buffer = out.get_mut(start..).unwrap_or_default();
    let tag = Aes256Gcm::new(key.expose().into())
        .encrypt_inout_detached(nonce.into(), aad, buffer.into())
        .map_err(|_| Error::Length { what: "the plaintext" })?;
    out.extend_from_slice(&tag);
    Ok(out)
}

/// Nonce, and ciphertext with tag.
fn split(sealed: &[u8]) -> Result<(&[u8; NONCE], &[u8])> {
    sealed.split_first_chunk::<NONCE>().ok_or(Error::Decryption)
}
