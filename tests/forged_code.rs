//! Share codes that somebody tries to forge: what a platform with keys of its own has to search for, and that it has found
//! nothing before it has found all of it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use pollster::block_on;
use tidelock::share_code::{ALPHABET, CodeContext, ShareCode};
use tidelock_crypto::{Digest, argon2id, cbor};

/// Bits in a code.
const BITS: u32 = 60;

/// How much a hash costs: what memory in KiB, how many passes.
type Cost = (u32, u32);

/// For searching: as little as Argon2id takes.
const CHEAP: Cost = (8, 1);
/// What share codes cost.
const REAL: Cost = (64 * 1024, 3);

/// What the clinic's code certifies.
fn context() -> CodeContext {
    CodeContext {
        platform: "https://tidelock.example".to_owned(),
        clinic: "2fe2488217ee43e1b2e83c2f".to_owned(),
        root_fingerprint: Digest::of(b"the clinic's root"),
        expires: 1_800_000_000_000,
    }
}

/// What the platform would like it to certify: the same clinic with a root of the platform's own.
fn forged() -> CodeContext {
    CodeContext { root_fingerprint: Digest::of(b"the platform's root"), ..context() }
}

fn nonce(number: u64) -> [u8; 16] {
    Digest::of(&number.to_be_bytes()).as_bytes()[..16].try_into().unwrap()
}

/// The 60 bits of a code at some cost: those of [`ShareCode::certify`], at the real one.
fn bits_of(context: &CodeContext, nonce: &[u8; 16], (memory, passes): Cost) -> u64 {
    let hash = block_on(argon2id(&cbor::encode(context), nonce, memory, passes)).unwrap();
    u64::from_be_bytes(*hash.expose().first_chunk().unwrap()) >> (64 - BITS)
}

/// Searches for a nonce under which the platform's root has a code that begins as the clinic's does, with so many bits;
/// answers it, and how many it has tried.
fn forge(code: u64, bits: u32, cost: Cost) -> ([u8; 16], u64) {
    let begins = |other: u64| (other ^ code) >> (BITS - bits) == 0;
    (1..).map(|tries| (nonce(tries), tries)).find(|(nonce, _)| begins(bits_of(&forged(), nonce, cost))).unwrap()
}

#[test]
fn what_is_computed_here_is_the_code() {
    let code = block_on(ShareCode::certify(&context(), &nonce(0))).unwrap();
    assert_eq!(bits_of(&context(), &nonce(0), REAL), code.bits());
}

/// Short codes are forged, by trying: each symbol more costs 32 times as much. It is the length that protects, and the price.
#[test]
fn codes_of_fewer_bits_are_forged() {
    let code = bits_of(&context(), &nonce(0), CHEAP);
    let mut effort = Vec::new();
    for bits in [5, 10, 15] {
        let (found, tries) = forge(code, bits, CHEAP);
        let like = bits_of(&forged(), &found, CHEAP);
        assert_eq!(like >> (BITS - bits), code >> (BITS - bits), "{bits} bits are forged");
        assert_ne!(like, code, "the other {} are not", BITS - bits);
        // Ten times the expected number is not needed in one of 20,000 cases; what is searched is always the same.
        assert!(tries <= 10 << bits, "{tries} tries for {bits} bits");
        effort.push(tries);
    }
    assert!(effort.is_sorted() && effort[2] > 32 * effort[0] / 10, "{effort:?}");
}

/// One symbol is forged at the real price, too. Whoever compares all twelve refuses what was found.
#[test]
fn a_code_that_is_forged_in_part_certifies_nothing() {
    let code = block_on(ShareCode::certify(&context(), &nonce(0))).unwrap();
    let (found, _) = forge(code.bits(), 5, REAL);
    let like = block_on(ShareCode::certify(&forged(), &found)).unwrap();
    assert_eq!(like.to_string()[..1], code.to_string()[..1]);
    assert!(!block_on(code.certifies(&forged(), &found)).unwrap());
    // Nor do the clinic's own nonce, or the nonce that was found with the clinic's own root.
    assert!(!block_on(code.certifies(&forged(), &nonce(0))).unwrap());
    assert!(!block_on(code.certifies(&context(), &found)).unwrap());
}

/// No symbol can be another one, no two can change places, and no bit of what is certified can be another one.
#[test]
fn every_substitution_is_refused() {
    let code = block_on(ShareCode::certify(&context(), &nonce(0))).unwrap();
    let symbols: Vec<u8> = code.to_string().bytes().filter(|symbol| *symbol != b'-').collect();
    let parse = |symbols: &[u8]| ShareCode::parse(std::str::from_utf8(symbols).unwrap()).unwrap();
    let mut others = Vec::new();
    for place in 0..symbols.len() {
        for symbol in ALPHABET.iter().filter(|symbol| **symbol != symbols[place]) {
            let mut other = symbols.clone();
            other[place] = *symbol;
            others.push(parse(&other));
        }
        for with in place + 1..symbols.len() {
            let mut other = symbols.clone();
            other.swap(place, with);
            if other != symbols {
                others.push(parse(&other));
            }
        }
    }
    assert!(others.len() > 12 * 31);
    // Hashed once: a code certifies what has exactly its bits.
    assert!(others.iter().all(|other| *other != code));
    for other in others.iter().step_by(60) {
        assert!(!block_on(other.certifies(&context(), &nonce(0))).unwrap(), "{other}");
    }
    // Every bit of root and nonce, at the cheap price: another code, with more than its last bits.
    let cheap = bits_of(&context(), &nonce(0), CHEAP);
    for bit in 0..256 {
        let mut root = *context().root_fingerprint.as_bytes();
        root[bit / 8] ^= 1 << (bit % 8);
        let other = CodeContext { root_fingerprint: Digest::from_bytes(root), ..context() };
        assert_ne!(bits_of(&other, &nonce(0), CHEAP) >> 20, cheap >> 20, "bit {bit} of the root");
    }
    for bit in 0..128 {
        let mut other = nonce(0);
        other[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(bits_of(&context(), &other, CHEAP) >> 20, cheap >> 20, "bit {bit} of the nonce");
    }
}
