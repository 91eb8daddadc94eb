use argon2::{Algorithm, Argon2, Params, Version};

use crate::{Error, Result, SecretKey};

/// 32 bytes of Argon2id (RFC 9106, version 0x13, one lane) over `password` and `salt`.
///
/// `memory_kib` is in KiB. WebAssembly memory never shrinks: in a browser, run it in an instance that is thrown away.
///
/// # Errors
/// [`Error::Argon2id`] if the salt is shorter than 8 bytes, a parameter is out of range, or the memory is not to be had.
pub fn argon2id(password: &[u8], salt: &[u8], memory_kib: u32, iterations: u32) -> Result<SecretKey> {
    let params = Params::new(memory_kib, iterations, 1, Some(32)).map_err(|_| Error::Argon2id)?;
    let mut out = zeroize::Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password, salt, out.as_mut_slice())
        .map_err(|_| Error::Argon2id)?;
    Ok(SecretKey::from_bytes(*out))
}
