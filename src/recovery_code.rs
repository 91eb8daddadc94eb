//! Recovery codes: the way back that is made at sign-up, shown once and kept on paper.
//!
//! A recovery code is 128 random bits written as 26 symbols of the alphabet of share codes (the last symbol carries
//! three bits and two zeros), followed by two check symbols, in seven groups of four. The 28 symbols are a shortened
//! Reed–Solomon code over GF(32) with the primitive polynomial x⁵ + x² + 1 and the roots α and α²: one mistyped symbol
//! is not only noticed but named, with what it should probably be.

use std::fmt;

use tidelock_crypto::cbor::Encode;
use tidelock_crypto::{SecretKey, kdf, random};
use zeroize::{Zeroize, Zeroizing};

use crate::share_code::ALPHABET;
use crate::signed::labelled;

/// The number of symbols that carry the secret.
const DATA_SYMBOLS: usize = 26;
/// The number of all symbols.
const SYMBOLS: usize = DATA_SYMBOLS + 2;
/// The number of bytes of the secret.
const SECRET_SIZE: usize = 16;

/// Why a text is not a recovery code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryCodeError {
    /// A character that occurs in no recovery code.
    #[error("'{found}' (symbol {position}) does not occur in recovery codes")]
    WrongSymbol {
        /// Its place among the symbols, from 1.
        position: usize,
        /// What was typed.
        found: char,
    },
    /// Not 28 symbols.
    #[error("a recovery code has 28 symbols, this has {found}")]
    WrongLength {
        /// How many there are.
        found: usize,
    },
    /// The check symbols say that one symbol is wrong, and which.
    #[error("symbol {position} is probably mistyped: '{expected}' would fit")]
    Mistyped {
        /// Its place among the symbols, from 1.
        position: usize,
        /// The symbol that would make the code valid.
        expected: char,
    },
    /// The check symbols say that several symbols are wrong.
    #[error("several symbols are mistyped; compare the code with your copy")]
    SeveralMistyped,
    /// The code is well formed, but opens nothing.
    #[error("this recovery code is not the one of this account")]
    WrongCode,
}

/// A recovery code. It is wiped when dropped and shows itself only on request.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<[u8; SECRET_SIZE]>);

impl RecoveryCode {
    /// Draws a new code.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn random() -> Result<Self, tidelock_crypto::Error> {
        Ok(Self(Zeroizing::new(random::bytes()?)))
    }

    /// The code of these 16 bytes.
    pub fn from_bytes(secret: [u8; SECRET_SIZE]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// Reads what a person typed: case, blanks and dashes do not matter.
    ///
    /// # Errors
    /// What is wrong and, where it can be told, with which symbol.
    pub fn parse(text: &str) -> Result<Self, RecoveryCodeError> {
        let mut symbols = Zeroizing::new(Vec::with_capacity(SYMBOLS));
        for found in text.chars().filter(|found| found.is_alphanumeric()) {
            let upper = found.to_ascii_uppercase();
            match ALPHABET.iter().position(|symbol| char::from(*symbol) == upper) {
                Some(value) => symbols.push(value as u8),
                None => return Err(RecoveryCodeError::WrongSymbol { position: symbols.len() + 1, found }),
            }
        }
        if symbols.len() != SYMBOLS {
            return Err(RecoveryCodeError::WrongLength { found: symbols.len() });
        }
        check(&symbols)?;
        let (data, _) = symbols.split_at(DATA_SYMBOLS);
        let mut secret = Zeroizing::new([0; SECRET_SIZE]);
        let mut bits = 0_u32;
        let mut count = 0;
        let mut bytes = secret.iter_mut();
        for symbol in data {
            bits = (bits << 5) | u32::from(*symbol);
            count += 5;
            if count >= 8
                && let Some(byte) = bytes.next()
            {
                count -= 8;
                *byte = (bits >> count) as u8;
                bits &= (1 << count) - 1;
            }
        }
        if bits != 0 {
            return Err(RecoveryCodeError::SeveralMistyped);
        }
        Ok(Self(secret))
    }

    /// The code in groups of four, for showing to its owner once.
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut symbols = Zeroizing::new(Vec::with_capacity(SYMBOLS));
        let mut bits = 0_u32;
        let mut count = 0;
        for byte in self.0.iter() {
            bits = (bits << 8) | u32::from(*byte);
            count += 8;
            while count >= 5 {
                count -= 5;
                symbols.push((bits >> count) as u8);
                bits &= (1 << count) - 1;
            }
        }
        symbols.push((bits << (5 - count)) as u8);
        let (first, second) = check_symbols(&symbols);
        symbols.extend([first, second]);
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + SYMBOLS / 4));
        for (index, symbol) in symbols.iter().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push('-');
            }
            text.push(symbol_of(*symbol));
        }
        bits.zeroize();
        text
    }

    /// The key under which the code seals something of its owner's.
    pub(crate) fn key(&self, label: &str, context: &dyn Encode) -> SecretKey {
        kdf::extract(b"tidelock/1/recovery code", &*self.0).expand_key(&labelled(label, context))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RecoveryCode").finish_non_exhaustive()
    }
}

fn symbol_of(value: u8) -> char {
    ALPHABET.get(usize::from(value)).copied().map_or('?', char::from)
}

/// Multiplies in GF(32).
fn multiply(left: u8, right: u8) -> u8 {
    let mut product = 0;
    let mut shifted = left;
    for bit in 0..5 {
        if right >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted <<= 1;
        if shifted & 0x20 != 0 {
            shifted ^= 0x25;
        }
    }
    product
}

/// αⁿ in GF(32), where α = x.
fn power(exponent: usize) -> u8 {
    (0..exponent % 31).fold(1, |value, _| multiply(value, 2))
}

/// The inverse in GF(32): a³⁰, because a³¹ = 1 for every a but zero.
fn inverse(value: u8) -> u8 {
    (0..30).fold(1, |product, _| multiply(product, value))
}

/// The values of the code polynomial at α and α².
fn syndromes(symbols: &[u8]) -> (u8, u8) {
    symbols.iter().enumerate().fold((0, 0), |(first, second), (index, symbol)| {
        (first ^ multiply(*symbol, power(index)), second ^ multiply(*symbol, power(2 * index)))
    })
}

/// The two symbols that make both syndromes zero.
fn check_symbols(data: &[u8]) -> (u8, u8) {
    let (first, second) = syndromes(data);
    let (a, b) = (power(DATA_SYMBOLS), power(DATA_SYMBOLS + 1));
    let (c, d) = (power(2 * DATA_SYMBOLS), power(2 * (DATA_SYMBOLS + 1)));
    let determinant = inverse(multiply(a, d) ^ multiply(b, c));
    let x = multiply(determinant, multiply(first, d) ^ multiply(b, second));
    let y = multiply(determinant, multiply(a, second) ^ multiply(first, c));
    (x, y)
}

fn check(symbols: &[u8]) -> Result<(), RecoveryCodeError> {
    let (first, second) = syndromes(symbols);
    if first == 0 && second == 0 {
        return Ok(());
    }
    if first == 0 || second == 0 {
        return Err(RecoveryCodeError::SeveralMistyped);
    }
    let locator = multiply(second, inverse(first));
    let error = multiply(multiply(first, first), inverse(second));
    match symbols.iter().enumerate().find(|(index, _)| power(*index) == locator) {
        Some((index, symbol)) => {
            Err(RecoveryCodeError::Mistyped { position: index + 1, expected: symbol_of(symbol ^ error) })
        }
        None => Err(RecoveryCodeError::SeveralMistyped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back_however_it_is_typed() {
        for seed in 0..200_u8 {
            let mut secret = [seed; SECRET_SIZE];
            secret[usize::from(seed) % SECRET_SIZE] ^= 0x5a;
            let code = RecoveryCode::from_bytes(secret);
            let shown = code.reveal();
            assert_eq!(shown.len(), 34, "seven groups of four with dashes between");
            let careless = shown.to_lowercase().replace('-', " ");
            assert_eq!(*RecoveryCode::parse(&careless).unwrap().0, secret);
        }
    }

    #[test]
    fn every_single_mistyped_symbol_is_named() {
        let shown = RecoveryCode::from_bytes(*b"sixteen bytes ok").reveal().replace('-', "");
        for position in 0..SYMBOLS {
            for symbol in ALPHABET.iter().copied().map(char::from) {
                let mut typed: Vec<char> = shown.chars().collect();
                let expected = std::mem::replace(&mut typed[position], symbol);
                let typed: String = typed.into_iter().collect();
                if symbol == expected {
                    continue;
                }
                assert_eq!(
                    RecoveryCode::parse(&typed).unwrap_err(),
                    RecoveryCodeError::Mistyped { position: position + 1, expected }
                );
            }
        }
    }

    #[test]
    fn symbols_that_cannot_occur_and_wrong_lengths_are_told_apart() {
        assert_eq!(
            RecoveryCode::parse("ABCO").unwrap_err(),
            RecoveryCodeError::WrongSymbol { position: 4, found: 'O' }
        );
        assert_eq!(RecoveryCode::parse("ABCD").unwrap_err(), RecoveryCodeError::WrongLength { found: 4 });
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", RecoveryCode::from_bytes([7; SECRET_SIZE])), "RecoveryCode { .. }");
    }
}
