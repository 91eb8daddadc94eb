//! HPKE with other implementations: the `hpke` crate both ways, and the vectors that `@hpke/core` reads (its own messages
//! are among the suites of `vectors.rs`).
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use ::hpke::aead::AesGcm256;
use ::hpke::kdf::HkdfSha256;
use ::hpke::kem::DhP256HkdfSha256;
use ::hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal};
use data_encoding::HEXLOWER;
use serde::Serialize;
use tidelock_crypto::{Engine, PublicKey, SecretKey, hpke};

#[test]
fn with_the_hpke_crate() {
    let engine = Engine::Software;
    for length in [0usize, 1, 31, 32, 33, 1000, 100_000] {
        let plaintext = vec![7; length];
        let (info, aad) = (&plaintext[..length.min(50)], &plaintext[..length / 3]);

        let ikm = SecretKey::random().unwrap();
        let (scalar, public) = hpke::derive_key_pair(ikm.expose()).unwrap();
        let (their_private, their_public) = DhP256HkdfSha256::derive_keypair(ikm.expose());
        assert_eq!(their_private.to_bytes().as_slice(), scalar.expose());
        assert_eq!(their_public.to_bytes().as_slice(), public.as_bytes());

        let sealed = pollster::block_on(hpke::seal(&engine, &public, info, aad, &plaintext)).unwrap();
        let encapsulated = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(&sealed[..65]).unwrap();
        let opened = single_shot_open::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
            &OpModeR::Base,
            &their_private,
            &encapsulated,
            info,
            &sealed[65..],
            aad,
        );
        assert_eq!(opened.unwrap(), plaintext);

        let (encapsulated, ciphertext) = single_shot_seal::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
            &OpModeS::Base,
            &their_public,
            info,
            &plaintext,
            aad,
        )
        .unwrap();
        let sealed = [encapsulated.to_bytes().as_slice(), &ciphertext].concat();
        let recipient = pollster::block_on(engine.import_agreement_key(&scalar)).unwrap();
        assert_eq!(*pollster::block_on(hpke::open(&engine, &recipient, info, aad, &sealed)).unwrap(), plaintext);
    }
}

#[derive(Serialize)]
struct File {
    about: &'static str,
    vectors: Vec<Message>,
}

#[derive(Serialize)]
struct Message {
    recipient_private_key: String,
    recipient_public_key: String,
    ephemeral_private_key: String,
    info: String,
    aad: String,
    plaintext: String,
    sealed: String,
}

/// A message that is the same every time: its keys are derived from its number.
fn message(number: u8, info: &[u8], aad: &[u8], plaintext: &[u8]) -> Message {
    let engine = Engine::Software;
    let pair = |role: &[u8]| {
        let ikm = tidelock_crypto::Digest::of_parts(&[b"tidelock hpke vector", role, &[number]]);
        hpke::derive_key_pair(ikm.as_bytes()).unwrap()
    };
    let ((recipient, public), (ephemeral, _)) = (pair(b"recipient"), pair(b"ephemeral"));
    let key = pollster::block_on(engine.import_agreement_key(&ephemeral)).unwrap();
    let sealed = pollster::block_on(hpke::seal_with_ephemeral(&engine, &key, &public, info, aad, plaintext)).unwrap();
    Message {
        recipient_private_key: HEXLOWER.encode(recipient.expose()),
        recipient_public_key: HEXLOWER.encode(PublicKey::as_bytes(&public)),
        ephemeral_private_key: HEXLOWER.encode(ephemeral.expose()),
        info: HEXLOWER.encode(info),
        aad: HEXLOWER.encode(aad),
        plaintext: HEXLOWER.encode(plaintext),
        sealed: HEXLOWER.encode(&sealed),
    }
}

/// `TIDELOCK_WRITE_VECTORS=1 cargo test` writes the file anew.
#[test]
fn published_vectors_are_up_to_date() {
    let long: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let file = File {
        about: "HPKE (RFC 9180) base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, single-shot; sealed = \
                encapsulated key (65 bytes) || ciphertext || tag. All bytes in hexadecimal digits. Written by \
                crypto/tests/interoperability.rs.",
        vectors: vec![
            message(0, b"", b"", b""),
            message(1, b"info", b"", b"plaintext"),
            message(2, b"", b"associated data", b"plaintext"),
            message(3, b"info", b"associated data", &[0x5a; 32]),
            message(4, &long[..300], &long[..700], &long[..2000]),
            message(5, b"info", b"associated data", &long),
        ],
    };
    let text = serde_json::to_string_pretty(&file).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/hpke.json");
    if std::env::var_os("TIDELOCK_WRITE_VECTORS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text, "TIDELOCK_WRITE_VECTORS=1 writes the file anew");
}
