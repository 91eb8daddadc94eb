//! Everything that must not be guessed, and every id, from the operating system's generator.

use base64ct::{Base64UrlUnpadded, Encoding as _};

/// `N` random bytes.
///
/// # Errors
/// The operating system's, when it has no randomness to give.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// `N` random bytes in lower-case hexadecimal digits.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn hex<const N: usize>() -> Result<String, getrandom::Error> {
    Ok(to_hex(&bytes::<N>()?))
}

/// `N` random bytes in base64url, unpadded.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn base64url<const N: usize>() -> Result<String, getrandom::Error> {
    Ok(Base64UrlUnpadded::encode_string(&bytes::<N>()?))
}

/// A version 4 UUID (RFC 9562 §5.4): Tidepool's form of a user id.
///
/// # Errors
/// As [`bytes`].
pub(crate) fn uuid() -> Result<String, getrandom::Error> {
    let mut bytes = bytes::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = to_hex(&bytes);
    for position in [20, 16, 12, 8] {
        text.insert(position, '-');
    }
    Ok(text)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_forms_that_tidepool_expects() {
        let id = uuid().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]));
        assert_eq!(id.matches('-').count(), 4);
        assert_eq!(hex::<12>().unwrap().len(), 24);
        assert_eq!(base64url::<24>().unwrap().len(), 32);
    }
}
