//! Share codes: what is forgiven, what is refused and how, and the codes that certify.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};
use tidelock::share_code::{ALPHABET, CodeContext, ShareCode, ShareCodeError};
use tidelock_crypto::{Digest, cbor};

/// All ways of typing `ABCD-EFGH-JKLM`.
const FORGIVEN: [&str; 24] = [
    "ABCD-EFGH-JKLM",
    "ABCDEFGHJKLM",
    "abcd-efgh-jklm",
    "AbCd-eFgH-jKlM",
    "ABCD EFGH JKLM",
    "  ABCD-EFGH-JKLM\n",
    "A B C D E F G H J K L M",
    "ABCD -EFGH - JKLM",
    "ABCDE-FGHJ-KLM",
    "-ABCD-EFGH-JKLM-",
    "ABCD--EFGH---JKLM",
    "ABCD\tEFGH\r\nJKLM",
    "ABCD\u{2010}EFGH\u{2011}JKLM",
    "ABCD\u{2012}EFGH\u{2013}JKLM",
    "ABCD\u{2014}EFGH\u{2015}JKLM",
    "ABCD\u{2212}EFGH\u{FF0D}JKLM",
    "ABCD\u{AD}EFGH\u{AD}JKLM",
    "ABCD\u{FE58}EFGH\u{FE63}JKLM",
    "ABCD\u{30FC}EFGH\u{301C}JKLM",
    "ABCD\u{A0}EFGH\u{202F}JKLM",
    "ABCD\u{2003}EFGH\u{3000}JKLM",
    "ABCD\u{200B}EFGH\u{2060}JKLM",
    "\u{FEFF}ABCD-EFGH-JKLM",
    "\u{202A}ABCD-EFGH-JKLM\u{202C}",
];

fn wrong(position: usize, found: char, suggestions: &'static [char]) -> ShareCodeError {
    ShareCodeError::WrongSymbol { position, found, suggestions }
}

/// Texts that are no share codes, and what is said about each.
fn malformed() -> Vec<(&'static str, ShareCodeError)> {
    use ShareCodeError::{Empty, TooLong, TooShort};
    vec![
        ("", Empty),
        ("   ", Empty),
        ("--", Empty),
        ("\u{200B}\u{FEFF}\u{2014}", Empty),
        ("A", TooShort { found: 1 }),
        ("ABCD", TooShort { found: 4 }),
        ("ABCD-EFGH", TooShort { found: 8 }),
        ("ABCD-EFGH-JKL", TooShort { found: 11 }),
        ("ABCD-EFGH-JKLMN", TooLong { found: 13 }),
        ("ABCD-EFGH-JKLM-NPQR", TooLong { found: 16 }),
        ("ABCD-EFGH-JKLM ABCD-EFGH-JKLM", TooLong { found: 24 }),
        ("IBCD-EFGH-JKLM", wrong(1, 'I', &['L', 'J'])),
        ("iBCD-EFGH-JKLM", wrong(1, 'i', &['L', 'J'])),
        ("ABCD-EFGI-JKLM", wrong(8, 'I', &['L', 'J'])),
        ("ABCD-EFGH-JKLO", wrong(12, 'O', &['Q', 'D'])),
        ("abcd-efgh-jklo", wrong(12, 'o', &['Q', 'D'])),
        ("ABC0-EFGH-JKLM", wrong(4, '0', &['Q', 'D', '8'])),
        ("ABCD-1FGH-JKLM", wrong(5, '1', &['L', '7'])),
        ("A B C D 1", wrong(5, '1', &['L', '7'])),
        ("10OI", wrong(1, '1', &['L', '7'])),
        ("ABCD-EFGH-JKLM0", wrong(13, '0', &['Q', 'D', '8'])),
        ("ABCD-EFG|-JKLM", wrong(8, '|', &['L', 'J'])),
        ("ABCD-EFG!-JKLM", wrong(8, '!', &['L', 'J'])),
        ("$BCD-EFGH-JKLM", wrong(1, '$', &['S', '5'])),
        ("@BCD-EFGH-JKLM", wrong(1, '@', &['A'])),
        ("ABCD.EFGH.JKLM", wrong(5, '.', &[])),
        ("ABCD_EFGH_JKLM", wrong(5, '_', &[])),
        ("ABCD/EFGH/JKLM", wrong(5, '/', &[])),
        ("\"ABCD-EFGH-JKLM\"", wrong(1, '"', &[])),
        ("ABCD-EFGH-JKLM.", wrong(13, '.', &[])),
        ("ÄBCD-EFGH-JKLM", wrong(1, 'Ä', &[])),
        ("ABCD-EFGH-JKLß", wrong(12, 'ß', &['B', '8'])),
        ("\u{410}BCD-EFGH-JKLM", wrong(1, '\u{410}', &['A'])),
        ("A\u{412}CD-EFGH-JKLM", wrong(2, '\u{412}', &['B', '8'])),
        ("ABCD-EFG\u{397}-JKLM", wrong(8, '\u{397}', &['H'])),
        ("ABCD-EFGH-J\u{212A}LM", wrong(10, '\u{212A}', &['K'])),
        ("\u{17F}BCD-EFGH-JKLM", wrong(1, '\u{17F}', &['S'])),
        ("\u{FF21}BCD-EFGH-JKLM", wrong(1, '\u{FF21}', &['A'])),
        ("ABCD-EFGH-JKL\u{FF4D}", wrong(12, '\u{FF4D}', &['M'])),
        ("ABC\u{FF10}-EFGH-JKLM", wrong(4, '\u{FF10}', &['Q', 'D', '8'])),
        ("ABCD-EFGH-JKL\u{1F600}", wrong(12, '\u{1F600}', &[])),
        ("ABCD-EFGH-JKL\u{663}", wrong(12, '\u{663}', &[])),
        ("https://example.org/ABCD-EFGH-JKLM", wrong(6, ':', &[])),
        ("ABCD\0EFGH", wrong(5, '\0', &[])),
    ]
}

#[test]
fn what_people_do_is_forgiven() {
    for text in FORGIVEN {
        let code = ShareCode::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(code.to_string(), "ABCD-EFGH-JKLM");
        assert_eq!(text.parse(), Ok(code));
    }
}

#[test]
fn wrong_symbols_are_not() {
    let cases = malformed();
    assert!(cases.len() >= 30);
    for (text, error) in cases {
        assert_eq!(ShareCode::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn errors_say_what_to_do() {
    let message = |text| ShareCode::parse(text).unwrap_err().to_string();
    assert_eq!(
        message("ABC0-EFGH-JKLM"),
        "'0' (symbol 4) does not occur in share codes; perhaps it is 'Q' or 'D' or '8'"
    );
    assert_eq!(message("ABC.EFGH"), "'.' (symbol 4) does not occur in share codes");
    assert_eq!(message("ABC"), "a share code has 12 symbols, this has only 3");
    assert_eq!(message("ABCD-EFGH-JKLM-N"), "a share code has 12 symbols, this has 13");
    assert_eq!(message(""), "no share code was given");
}

#[test]
fn all_symbols_have_their_values() {
    for (value, symbol) in ALPHABET.iter().enumerate() {
        let text = format!("AAAA-AAAA-AAA{}", char::from(*symbol));
        assert_eq!(ShareCode::parse(&text).unwrap().bits(), value as u64);
        let text = format!("{}AAA-AAAA-AAAA", char::from(*symbol));
        assert_eq!(ShareCode::parse(&text).unwrap().bits(), (value as u64) << 55);
    }
    assert_eq!(ShareCode::from_bits((1 << 60) - 1).unwrap().to_string(), "9999-9999-9999");
    assert_eq!(ShareCode::from_bits(1 << 60), None);
}

#[test]
fn random_codes_differ() {
    let codes: std::collections::HashSet<_> = (0..100).map(|_| ShareCode::random().unwrap()).collect();
    assert_eq!(codes.len(), 100);
}

#[test]
fn a_code_certifies_one_thing_only() {
    let nonce = [7; 16];
    let context = context(1);
    let certifies =
        |code: ShareCode, context: &CodeContext, nonce: &[u8; 16]| block_on(code.certifies(context, nonce)).unwrap();
    let code = block_on(ShareCode::certify(&context, &nonce)).unwrap();
    assert!(certifies(code, &context, &nonce));
    let others = [
        CodeContext { platform: "https://other.example".to_owned(), ..context.clone() },
        CodeContext { clinic: "another".to_owned(), ..context.clone() },
        CodeContext { root_fingerprint: Digest::of(b"another"), ..context.clone() },
        CodeContext { expires: context.expires + 1, ..context.clone() },
    ];
    for other in others {
        assert!(!certifies(code, &other, &nonce));
    }
    assert!(!certifies(code, &context, &[8; 16]));
    assert!(!certifies(ShareCode::from_bits(code.bits() ^ 1).unwrap(), &context, &nonce));
}

fn context(number: u8) -> CodeContext {
    CodeContext {
        platform: "https://tidelock.example".to_owned(),
        clinic: format!("clinic-{number}"),
        root_fingerprint: Digest::of(&[number]),
        expires: 1_800_000_000_000 + u64::from(number),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `TIDELOCK_WRITE_VECTORS=1 cargo test` writes the file anew.
#[test]
fn published_vectors_are_up_to_date() {
    let valid = |text: &&str| json!({ "text": text, "code": "ABCD-EFGH-JKLM" });
    let malformed: Vec<Value> = malformed().into_iter().map(|(text, error)| describe(text, &error)).collect();
    let certifying: Vec<Value> = (0..4).map(certifying).collect();
    let file = json!({
        "about": "Share codes. Bytes are in hexadecimal digits, times in milliseconds since the epoch, positions counted in symbols \
                  from 1; password and nonce are what goes into Argon2id. Written by tests/share_code.rs.",
        "valid": FORGIVEN.iter().map(valid).collect::<Vec<_>>(),
        "malformed": malformed,
        "certifying": certifying,
    });
    let text = serde_json::to_string_pretty(&file).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/share-code.json");
    if std::env::var_os("TIDELOCK_WRITE_VECTORS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text, "TIDELOCK_WRITE_VECTORS=1 writes the file anew");
}

fn describe(text: &str, error: &ShareCodeError) -> Value {
    match error {
        ShareCodeError::WrongSymbol { position, found, suggestions } => {
            json!({ "text": text, "error": "wrong symbol", "position": position, "found": found, "suggestions": suggestions })
        }
        ShareCodeError::TooShort { found } => json!({ "text": text, "error": "too short", "symbols": found }),
        ShareCodeError::TooLong { found } => json!({ "text": text, "error": "too long", "symbols": found }),
        _ => json!({ "text": text, "error": "empty" }),
    }
}

fn certifying(number: u8) -> Value {
    let context = context(number);
    let nonce: [u8; 16] = Digest::of(&[0xff, number]).as_bytes()[..16].try_into().unwrap();
    let code = block_on(ShareCode::certify(&context, &nonce)).unwrap();
    json!({
        "platform": context.platform,
        "clinic": context.clinic,
        "root_fingerprint": hex(context.root_fingerprint.as_bytes()),
        "expires": context.expires,
        "password": hex(&cbor::encode(&context)),
        "nonce": hex(&nonce),
        "bits": code.bits().to_string(),
        "code": code.to_string(),
    })
}

proptest! {
    #[test]
    fn codes_round_trip(bits in 0..1u64 << 60) {
        let code = ShareCode::from_bits(bits).unwrap();
        let text = code.to_string();
        prop_assert_eq!(text.len(), 14);
        prop_assert_eq!(ShareCode::parse(&text), Ok(code));
        prop_assert_eq!(ShareCode::parse(&text.to_lowercase().replace('-', " ")), Ok(code));
        prop_assert_eq!(code.bits(), bits);
    }

    #[test]
    fn nothing_panics_and_errors_point_at_what_is_there(text in any::<String>()) {
        match ShareCode::parse(&text) {
            Ok(code) => prop_assert_eq!(ShareCode::parse(&code.to_string()), Ok(code)),
            Err(ShareCodeError::WrongSymbol { position, found, .. }) => {
                prop_assert!(text.contains(found));
                prop_assert!(position >= 1 && position <= text.chars().count());
            }
            Err(_) => {}
        }
    }

    #[test]
    fn a_wrong_symbol_is_found_where_it_is(bits in 0..1u64 << 60, at in 0..12usize, symbol in "[01IOio.,;:#äλ]") {
        let code = ShareCode::from_bits(bits).unwrap().to_string().replace('-', "");
        let text = format!("{}{symbol}{}", &code[..at], &code[at + 1..]);
        let expected = symbol.chars().next().unwrap();
        let error = ShareCode::parse(&text).unwrap_err();
        let found_there =
            matches!(error, ShareCodeError::WrongSymbol { position, found, .. } if position == at + 1 && found == expected);
        prop_assert!(found_there);
    }
}
