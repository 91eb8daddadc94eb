//! Share codes: what a clinic tells its patients, and what certifies the clinic's key to them.
//!
//! A share code is 60 bits, written as 12 symbols in three groups of four, `XXXX-YYYY-ZZZZ`. A *certifying* code is the
//! beginning of a stretched hash of the clinic's root key and a public nonce: whoever knows the code can recompute it, and
//! a platform that wants its own key to match must search for it. No secret has to be kept.

use std::fmt;
use std::str::FromStr;

use tidelock_crypto::cbor::{self, Encode, Writer};
use tidelock_crypto::{Digest, argon2id, random};

/// The symbols of share codes, in the order of their values: five bits each. `I`, `O`, `0` and `1` are not among them.
pub const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The same symbols, as suggestions give them.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which would refuse an index out of bounds")]
const CHARACTERS: [char; 32] = {
    let mut characters = [' '; 32];
    let mut value = 0;
    while value < 32 {
        characters[value] = ALPHABET[value] as char;
        value += 1;
    }
    characters
};

/// Symbols in a code.
const SYMBOLS: usize = 12;
/// Bits in a symbol.
const SYMBOL_BITS: u32 = 5;
/// Bits in a code.
const BITS: u32 = 60;

/// What separates symbols and groups besides blanks: Unicode's dash punctuation (category Pd), minus signs, hyphen bullets,
/// and the long vowel mark that Japanese keyboards have in the hyphen's place.
const DASHES: &str = "-\u{2D7}\u{58A}\u{5BE}\u{1400}\u{1806}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2043}\u{207B}\
    \u{208B}\u{2212}\u{2796}\u{2E17}\u{2E1A}\u{2E3A}\u{2E3B}\u{2E40}\u{2E5D}\u{301C}\u{3030}\u{30A0}\u{30FC}\u{FE31}\
    \u{FE32}\u{FE58}\u{FE63}\u{FF0D}\u{FF70}\u{10D6E}\u{10EAD}";

/// Argon2id's memory for a certifying code, in KiB: 64 MiB.
const MEMORY_KIB: u32 = 64 * 1024;
/// Argon2id's passes for a certifying code.
const ITERATIONS: u32 = 3;

/// Why a text is not a share code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareCodeError {
    /// Nothing was typed.
    #[error("no share code was given")]
    Empty,
    /// A character that occurs in no share code. It is never replaced silently.
    #[error("'{found}' (symbol {position}) does not occur in share codes{}", Perhaps(suggestions))]
    WrongSymbol {
        /// Its place among the symbols, from 1; blanks and dashes do not count.
        position: usize,
        /// What was typed, as it was typed.
        found: char,
        /// What it may have been, likeliest first; empty if there is no telling.
        suggestions: &'static [char],
    },
    /// Fewer than 12 symbols.
    #[error("a share code has 12 symbols, this has only {found}")]
    TooShort {
        /// How many there are.
        found: usize,
    },
    /// More than 12 symbols.
    #[error("a share code has 12 symbols, this has {found}")]
    TooLong {
        /// How many there are.
        found: usize,
    },
}

/// Suggestions as the end of a sentence.
struct Perhaps<'a>(&'a [char]);

impl fmt::Display for Perhaps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, symbol) in self.0.iter().enumerate() {
            let before = if index == 0 { "; perhaps it is" } else { " or" };
            write!(f, "{before} '{symbol}'")?;
        }
        Ok(())
    }
}

/// A share code. Displays in its canonical form, `XXXX-YYYY-ZZZZ`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShareCode(u64);

/// What a certifying code certifies: that this clinic, on this platform, has this root key, until then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeContext {
    /// Origin of the platform, as in a URL: scheme, host and port.
    pub platform: String,
    /// Id of the clinic on it.
    pub clinic: String,
    /// Fingerprint of the clinic's root key.
    pub root_fingerprint: Digest,
    /// When the code expires, in milliseconds since the epoch.
    pub expires: u64,
}

/// What is stretched: version, suite, label and the fields, in one array.
impl Encode for CodeContext {
    fn encode(&self, writer: &mut Writer) {
        let Self { platform, clinic, root_fingerprint, expires } = self;
        writer.items(&[&1_u8, &1_u8, &"share code", platform, clinic, root_fingerprint, expires]);
    }
}

impl ShareCode {
    /// Reads what somebody typed. Case, blanks and dashes of every kind are forgiven, missing or misplaced; wrong symbols
    /// are not.
    ///
    /// # Errors
    /// [`ShareCodeError`] says what is wrong, and where; a wrong symbol before a wrong number of them.
    pub fn parse(text: &str) -> Result<Self, ShareCodeError> {
        let (mut bits, mut found) = (0, 0);
        for character in text.chars().filter(|character| !is_separator(*character)) {
            found += 1;
            let Some(value) = value(character) else {
                return Err(ShareCodeError::WrongSymbol {
                    position: found,
                    found: character,
                    suggestions: suggestions(character),
                });
            };
            if found <= SYMBOLS {
                bits = bits << SYMBOL_BITS | value;
            }
        }
        match found {
            0 => Err(ShareCodeError::Empty),
            SYMBOLS => Ok(Self(bits)),
            1..SYMBOLS => Err(ShareCodeError::TooShort { found }),
            _ => Err(ShareCodeError::TooLong { found }),
        }
    }

    /// A random code, which certifies nothing.
    ///
    /// # Errors
    /// [`tidelock_crypto::Error::Random`] if there are no random numbers to be had.
    pub fn random() -> tidelock_crypto::Result<Self> {
        Ok(Self(u64::from_be_bytes(random::bytes()?) >> (u64::BITS - BITS)))
    }

    /// The code with these 60 bits, the first symbol in the most significant ones; `None` if there are more.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Option<Self> {
        if bits >> BITS == 0 { Some(Self(bits)) } else { None }
    }

    /// The 60 bits, the first symbol in the most significant ones.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The code that certifies `context` under this nonce: the first 60 bits of Argon2id (version 0x13, 64 MiB, 3 passes,
    /// 1 lane) over the deterministic CBOR of `[1, 1, "share code", platform, clinic, root fingerprint, expires]`, with
    /// the nonce as salt. It is random because the nonce is. Takes some tenths of a second of the thread, and 64 MiB for
    /// so long.
    ///
    /// # Errors
    /// [`tidelock_crypto::Error::Argon2id`] if the memory is not to be had; in WebAssembly also
    /// [`tidelock_crypto::Error::Argon2idNotLoaded`].
    pub async fn certify(context: &CodeContext, nonce: &[u8; 16]) -> tidelock_crypto::Result<Self> {
        let hash = argon2id(&cbor::encode(context), nonce, MEMORY_KIB, ITERATIONS).await?;
        let first = hash.expose().first_chunk().copied().unwrap_or_default();
        Ok(Self(u64::from_be_bytes(first) >> (u64::BITS - BITS)))
    }

    /// Whether this code certifies `context` under this nonce. Says nothing about whether it has expired.
    ///
    /// # Errors
    /// As [`certify`](Self::certify): then it is not known.
    pub async fn certifies(self, context: &CodeContext, nonce: &[u8; 16]) -> tidelock_crypto::Result<bool> {
        // One comparison of two machine words takes the same time whatever they are.
        Ok(Self::certify(context, nonce).await?.0 ^ self.0 == 0)
    }
}

impl fmt::Display for ShareCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, shift) in (0..BITS).step_by(SYMBOL_BITS as usize).rev().enumerate() {
            if index > 0 && index % 4 == 0 {
                f.write_str("-")?;
            }
            let value = usize::try_from(self.0 >> shift & 31).unwrap_or_default();
            let symbol = ALPHABET.get(value).copied().unwrap_or_default();
            write!(f, "{}", char::from(symbol))?;
        }
        Ok(())
    }
}

impl fmt::Debug for ShareCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShareCode({self})")
    }
}

impl FromStr for ShareCode {
    type Err = ShareCodeError;

    fn from_str(text: &str) -> Result<Self, ShareCodeError> {
        Self::parse(text)
    }
}

/// The five bits of a symbol. Only ASCII case is folded: Unicode's folds other letters into ours.
fn value(character: char) -> Option<u64> {
    let symbol = u8::try_from(character).ok()?.to_ascii_uppercase();
    ALPHABET.iter().position(|other| *other == symbol).map(|value| value as u64)
}

/// Blanks, dashes and invisible characters: what word processors, mail programs, keyboards and messengers put between
/// and around symbols.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || DASHES.chars().any(|dash| dash == character) || is_invisible(character)
}

/// Characters without width: soft hyphen, joiners, marks of direction, byte order mark, variation selectors.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// What somebody may have seen who typed a character that is not in the alphabet: a symbol that looks like it, in print
/// or by hand, or the same symbol typed with another keyboard switched on.
fn suggestions(character: char) -> &'static [char] {
    // Full-width forms (U+FF01 to U+FF5E) repeat ASCII, in its order.
    let character = match u32::from(character) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(character),
        _ => character,
    };
    if let Some(value) = value(character).and_then(|value| usize::try_from(value).ok()) {
        return CHARACTERS.get(value..=value).unwrap_or_default();
    }
    // Latin, then Cyrillic, then Greek letters: they look alike here, too.
    match character {
        'I' | 'i' | 'ı' | '|' | '!' | 'І' | 'і' | 'Ι' | 'ι' => &['L', 'J'],
        '1' => &['L', '7'],
        'O' | 'o' | 'О' | 'о' | 'Ο' | 'ο' => &['Q', 'D'],
        '0' | 'Ø' | 'ø' => &['Q', 'D', '8'],
        '$' | 'Ѕ' | 'ѕ' => &['S', '5'],
        '@' | 'А' | 'а' | 'Α' | 'α' => &['A'],
        'ß' | 'В' | 'в' | 'Β' | 'β' => &['B', '8'],
        'С' | 'с' => &['C'],
        'Е' | 'е' | 'Ε' | 'ε' => &['E'],
        'Н' | 'н' | 'Η' | 'η' => &['H'],
        'Ј' | 'ј' => &['J'],
        '\u{212A}' | 'К' | 'к' | 'Κ' | 'κ' => &['K'],
        'М' | 'м' | 'Μ' | 'μ' => &['M'],
        'Ν' | 'ν' => &['N'],
        'Р' | 'р' | 'Ρ' | 'ρ' => &['P'],
        'ſ' => &['S'],
        'Т' | 'т' | 'Τ' | 'τ' => &['T'],
        'Х' | 'х' | 'Χ' | 'χ' => &['X'],
        'У' | 'у' | 'Υ' | 'υ' => &['Y'],
        'Ζ' | 'ζ' => &['Z', '2'],
        _ => &[],
    }
}
