//! Safety numbers: what two people compare to be sure of one another's identities.

use base64ct::{Base64UrlUnpadded, Encoding};
use tidelock_crypto::Digest;

use crate::signed::labelled;

const LABEL: &str = "safety number";

/// A party, and the fingerprint of the identity that is compared; a clinic's is its root's.
pub type Party<'a> = (&'a str, &'a Digest);

/// The number of two parties at a platform: the same for both, and another as soon as one of them has another identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafetyNumber {
    digits: String,
    code: String,
}

impl SafetyNumber {
    /// Computes it. `platform` is the platform's origin.
    pub fn new(platform: &str, one: Party<'_>, other: Party<'_>) -> Self {
        let (first, second) = if one.0 <= other.0 { (one, other) } else { (other, one) };
        let mut digits = String::new();
        for (owner, fingerprint) in [first, second] {
            let half = Digest::of(&labelled(LABEL, &(platform, owner, fingerprint)));
            for group in half.as_bytes().chunks_exact(5) {
                let number = group.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte)) % 100_000;
                push_group(&mut digits, number);
            }
        }
        let parties = [first, second].map(|(owner, fingerprint)| (owner, fingerprint));
        let code = Base64UrlUnpadded::encode_string(&labelled(LABEL, &(platform, parties.as_slice())));
        Self { digits, code: ["tidelock:", &code].concat() }
    }

    /// Twelve groups of five digits, separated by blanks: the first six for the party whose id comes first.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The text of a QR code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether what somebody typed or scanned is this number. Of what was typed, whatever is no digit is skipped.
    pub fn matches(&self, typed: &str) -> bool {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let typed = typed.trim();
        typed == self.code || !typed.starts_with("tidelock:") && digits(typed) == digits(&self.digits)
    }
}

/// Appends a group of five digits.
fn push_group(digits: &mut String, number: u64) {
    if !digits.is_empty() {
        digits.push(' ');
    }
    for place in [10_000, 1_000, 100, 10, 1] {
        let digit = u32::try_from(number / place % 10).unwrap_or_default();
        digits.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
}
