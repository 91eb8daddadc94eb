//! Share links: a share code with the whole fingerprint of the clinic's root, for QR codes and mail.
//!
//! Both are in the fragment, which a browser sends to nobody. Whoever has the link needs no stretched hash: a platform would
//! have to find another key with the same 256-bit fingerprint.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use tidelock_crypto::Digest;

use crate::error::{Error, Result};
use crate::share_code::ShareCode;

/// A share link. Displays as what follows the platform's origin: `/share#XXXX-YYYY-ZZZZ.` and the fingerprint, base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareLink {
    /// The code.
    pub code: ShareCode,
    /// The fingerprint of the clinic's root.
    pub fingerprint: Digest,
}

impl ShareLink {
    /// Reads a link, or only its fragment, as it was scanned or pasted. Which page it leads to does not matter.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when the fragment has not the form of one, [`Error::InvalidShareCode`] when its code has not.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || Error::invalid("link", "a share link ends with # and then the code and the fingerprint");
        let text = text.trim();
        let fragment = text.split_once('#').map_or(text, |(_, fragment)| fragment);
        let (code, fingerprint) = fragment.rsplit_once('.').ok_or_else(invalid)?;
        let mut bytes = [0; 32];
        match Base64UrlUnpadded::decode(fingerprint, &mut bytes) {
            Ok(decoded) if decoded.len() == 32 => {}
            _ => return Err(invalid()),
        }
        Ok(Self { code: ShareCode::parse(code)?, fingerprint: Digest::from_bytes(bytes) })
    }
}

impl fmt::Display for ShareLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/share#{}.{}", self.code, self.fingerprint)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let code = ShareCode::parse("ABCD-EFGH-JKLM").unwrap();
        let link = ShareLink { code, fingerprint: Digest::from_bytes([0xfb; 32]) };
        let text = link.to_string();
        assert_eq!(text, "/share#ABCD-EFGH-JKLM.-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
        let fragment = text.split_once('#').unwrap().1;
        for form in [&format!("https://platform.example{text}"), &format!(" {text}\n"), fragment] {
            assert_eq!(ShareLink::parse(form).unwrap(), link);
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        let code = ShareCode::parse("ABCD-EFGH-JKLM").unwrap();
        let good = ShareLink { code, fingerprint: Digest::from_bytes([7; 32]) }.to_string();
        let short = good.get(..good.len() - 1).unwrap();
        for wrong in
            ["", "ABCD-EFGH-JKLM", "https://platform.example/share", short, &format!("{good}A"), &format!("{good}=")]
        {
            let code = ShareLink::parse(wrong).unwrap_err();
            assert_eq!(code.code(), "invalid_input", "{wrong}");
        }
        assert_eq!(ShareLink::parse(&good.replace("ABCD", "AB0D")).unwrap_err().code(), "invalid_share_code");
    }
}
