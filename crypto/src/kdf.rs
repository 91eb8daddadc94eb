//! HKDF-SHA-256 (RFC 5869) and HMAC-SHA-256 (RFC 2104).

use hkdf::{Hkdf, HkdfExtract};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{Digest, Error, Result, SecretKey};

/// HKDF-Extract: concentrates the entropy of `input` (which need not be uniform) into a pseudorandom key.
#[must_use]
pub fn extract(salt: &[u8], input: &[u8]) -> Prk {
    extract_parts(salt, &[input])
}

/// HKDF-Extract over the concatenation of `input`.
pub(crate) fn extract_parts(salt: &[u8], input: &[&[u8]]) -> Prk {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in input {
        extract.input_ikm(part);
    }
    Prk(extract.finalize().1)
}

/// The pseudorandom key between HKDF's two steps.
#[derive(Clone)]
pub struct Prk(Hkdf<Sha256>);

impl Prk {
    /// Takes a uniformly random key for a pseudorandom key, without extracting: RFC 5869 §3.3.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the only error is a key shorter than the hash, and a SecretKey is as long")]
    pub fn from_key(key: &SecretKey) -> Self {
        Self(Hkdf::from_prk(key.expose()).expect("32 bytes are enough"))
    }

    /// HKDF-Expand: fills `out`, at most 8,160 bytes.
    ///
    /// # Errors
    /// [`Error::Length`] if `out` is longer than that.
    pub fn expand(&self, info: &[u8], out: &mut [u8]) -> Result<()> {
        self.expand_parts(&[info], out)
    }

    /// HKDF-Expand with the concatenation of `info` as its info.
    ///
    /// # Errors
    /// [`Error::Length`] if `out` is longer than 8,160 bytes.
    pub fn expand_parts(&self, info: &[&[u8]], out: &mut [u8]) -> Result<()> {
        self.0.expand_multi_info(info, out).map_err(|_| Error::Length { what: "the output of HKDF" })
    }

    /// HKDF-Expand to a 32-byte key.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the only error is an output of more than 8,160 bytes, and this is 32")]
    pub fn expand_key(&self, info: &[u8]) -> SecretKey {
        let mut out = zeroize::Zeroizing::new([0; 32]);
        self.0.expand(info, out.as_mut_slice()).expect("32 bytes are few enough");
        SecretKey::from_bytes(*out)
    }
}

impl core::fmt::Debug for Prk {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Prk(…)")
    }
}

/// HMAC-SHA-256 of `message` under `key`, of any length.
///
/// Where the result is a secret or is compared with one, compare it by [`hmac_verify`].
#[must_use]
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Digest {
    hmac_sha256_parts(key, &[message])
}

/// HMAC-SHA-256 of the concatenation of `message`.
pub(crate) fn hmac_sha256_parts(key: &[u8], message: &[&[u8]]) -> Digest {
    Digest::from_bytes(mac(key, message).finalize().into_bytes().into())
}

/// Whether `expected` is the HMAC-SHA-256 of `message` under `key`, in constant time.
#[must_use]
pub fn hmac_verify(key: &[u8], message: &[u8], expected: &Digest) -> bool {
    mac(key, &[message]).verify_slice(expected.as_bytes()).is_ok()
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn mac(key: &[u8], message: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    for part in message {
        mac.update(part);
    }
    mac
}
