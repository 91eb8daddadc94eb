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
    #[cfg(not(target_arch = "wasm32"))]
    fill(&mut bytes)?;
    #[cfg(target_arch = "wasm32")]
    ahead::take(&mut bytes)?;
    Ok(bytes)
}

/// Random bytes drawn ahead: a call out of WebAssembly takes longer than sealing what the bytes are for.
#[cfg(target_arch = "wasm32")]
mod ahead {
    use std::cell::RefCell;

    use super::fill;
    use crate::Result;

    /// How many bytes are drawn at once.
    const SUPPLY: usize = 4_096;

    thread_local! {
        static SUPPLIES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    /// Fills `bytes`. What is taken is taken away, and is given to nobody else.
    pub(super) fn take(bytes: &mut [u8]) -> Result<()> {
        SUPPLIES.with_borrow_mut(|supplies| {
            if supplies.len() < bytes.len() {
                supplies.resize(SUPPLY.max(bytes.len()), 0);
                if let Err(error) = fill(supplies) {
                    supplies.clear();
                    return Err(error);
                }
            }
            let rest = supplies.len() - bytes.len();
            for (taken, supplied) in bytes.iter_mut().zip(supplies.iter_mut().skip(rest)) {
                *taken = core::mem::take(supplied);
            }
            supplies.truncate(rest);
            Ok(())
        })
    }
}
