//! Random bytes from the platform: the operating system's generator, or `crypto.getRandomValues`.

use crate::{Error, Result};

/// Fills `bytes` with random bytes.
///
/// # Errors
/// [`Error::Random`] if the platform has none to give.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|_| Error::Random)
}

/// `N` random bytes, for what is not a key: nonces, ids, salts. Keys are [`SecretKey::random`](crate::SecretKey::random).
///
/// # Errors
/// [`Error::Random`] if the platform has none to give.
pub fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}
