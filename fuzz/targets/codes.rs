//! Share codes and recovery codes as people type them: nothing panics, and what is read is written and read again as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidelock::recovery_code::{RecoveryCode, RecoveryCodeError};
use tidelock::share_code::{ShareCode, ShareCodeError};

fuzz_target!(|text: &str| {
    match ShareCode::parse(text) {
        Ok(code) => assert_eq!(ShareCode::parse(&code.to_string()), Ok(code)),
        Err(error @ ShareCodeError::WrongSymbol { position, found, .. }) => {
            assert!(position > 0 && position <= text.chars().count() && text.contains(found));
            assert!(!error.to_string().is_empty());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    match RecoveryCode::parse(text) {
        Ok(code) => {
            let shown = code.reveal();
            assert_eq!(*RecoveryCode::parse(&shown).expect("what is shown reads back").reveal(), *shown);
        }
        Err(RecoveryCodeError::WrongSymbol { position, found }) => {
            assert!(position > 0 && position <= text.chars().count() && text.contains(found));
        }
        // Whoever follows the advice has a code without mistyped symbols; its padding may still be wrong.
        Err(RecoveryCodeError::Mistyped { position, expected }) => {
            let symbols = text.chars().filter(|symbol| symbol.is_alphanumeric()).enumerate();
            let corrected: String =
                symbols.map(|(index, symbol)| if index + 1 == position { expected } else { symbol }).collect();
            assert!(!matches!(
                RecoveryCode::parse(&corrected),
                Err(RecoveryCodeError::Mistyped { .. } | RecoveryCodeError::WrongSymbol { .. })
            ));
        }
        Err(_) => {}
    }
});
