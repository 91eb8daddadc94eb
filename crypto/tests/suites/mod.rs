//! The suites: async functions of an engine. Each returns how many vectors it ran.

pub mod cbor;
pub mod cose;
pub mod hpke;
pub mod kdf;
pub mod keys;
pub mod merkle;
pub mod wycheproof;

/// Bytes from hexadecimal digits of either case; blanks between them are ignored.
pub fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).unwrap()
}

/// A secret key from hexadecimal digits.
pub fn secret(text: &str) -> tidelock_crypto::SecretKey {
    tidelock_crypto::SecretKey::from_bytes(hex(text).try_into().unwrap())
}
