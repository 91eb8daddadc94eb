//! What holds for all inputs: decoders never panic and accept one form only, and what is sealed opens.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

use minicbor::bytes::{ByteArray, ByteVec};
use proptest::prelude::*;
use tidelock_crypto::cbor::{Decode, Encode};
use tidelock_crypto::merkle::{self, Frontier};
use tidelock_crypto::{Digest, Engine, PublicKey, SecretKey, Signature, aead, cbor, cose, hpke};

/// With both kinds of traits: those of the library, and the derived ones of `minicbor` as a second implementation.
#[derive(Debug, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Everything {
    #[n(0)]
    number: u64,
    #[n(1)]
    small: Option<u8>,
    #[n(2)]
    text: Option<String>,
    #[n(3)]
    bytes: Option<ByteVec>,
    #[n(4)]
    list: Option<Vec<Everything>>,
    #[n(6)]
    flag: Option<bool>,
    #[n(300)]
    array: Option<ByteArray<32>>,
}

tidelock_crypto::cbor_map!(Everything { 0: number, 1: small, 2: text, 3: bytes, 4: list, 6: flag, 300: array });

fn everything() -> impl Strategy<Value = Everything> {
    let leaf = (
        any::<u64>(),
        any::<Option<u8>>(),
        any::<Option<String>>(),
        any::<Option<Vec<u8>>>(),
        any::<Option<bool>>(),
        any::<Option<[u8; 32]>>(),
    )
        .prop_map(|(number, small, text, bytes, flag, array)| Everything {
            number,
            small,
            text,
            bytes: bytes.map(ByteVec::from),
            list: None,
            flag,
            array: array.map(ByteArray::from),
        });
    leaf.prop_recursive(3, 20, 4, |inner| {
        (any::<u64>(), proptest::collection::vec(inner, 0..4)).prop_map(|(number, list)| Everything {
            number,
            small: None,
            text: None,
            bytes: None,
            list: Some(list),
            flag: None,
            array: None,
        })
    })
}

/// Whatever decodes has exactly one encoding: the input.
fn decodes_canonically<T: Encode + Decode>(bytes: &[u8]) {
    if let Ok(value) = cbor::decode::<T>(bytes) {
        assert_eq!(cbor::encode(&value), bytes);
    }
}

/// What the second implementation reads, and would write again in the same way, is accepted; nothing else is.
fn agrees_with_derived(bytes: &[u8]) {
    let mut decoder = minicbor::Decoder::new(bytes);
    let derived = decoder.decode::<Everything>().ok();
    let derived = derived.filter(|value| minicbor::to_vec(value).unwrap() == bytes);
    assert_eq!(cbor::decode::<Everything>(bytes).ok(), derived);
}

fn all_decoders(bytes: &[u8]) {
    decodes_canonically::<Everything>(bytes);
    agrees_with_derived(bytes);
    decodes_canonically::<Vec<u64>>(bytes);
    decodes_canonically::<Digest>(bytes);
    decodes_canonically::<SecretKey>(bytes);
    decodes_canonically::<PublicKey>(bytes);
    decodes_canonically::<Signature>(bytes);
    decodes_canonically::<Frontier>(bytes);
    if let Ok(sign1) = cose::Sign1::decode(bytes) {
        assert_eq!(sign1.encode(), bytes);
    }
}

proptest! {
    #[test]
    fn encoding_round_trips(value in everything()) {
        let bytes = cbor::encode(&value);
        prop_assert_eq!(&minicbor::to_vec(&value).unwrap(), &bytes);
        prop_assert_eq!(minicbor::decode::<Everything>(&bytes).unwrap(), cbor::decode(&bytes).unwrap());
        prop_assert_eq!(cbor::decode::<Everything>(&bytes), Ok(value));
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        all_decoders(&bytes);
        let key = SecretKey::from_bytes([1; 32]);
        prop_assert!(aead::open(&key, b"", &bytes).is_err());
        let recipient = tidelock_crypto::software::import_agreement_key(&key).unwrap();
        prop_assert!(pollster::block_on(hpke::open(&Engine::Software, &recipient, b"", b"", &bytes)).is_err());
        if let Ok(key) = PublicKey::from_slice(&bytes) {
            prop_assert!(key.check().is_err());
        }
    }

    #[test]
    fn damaged_encodings_never_panic(value in everything(), at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = cbor::encode(&value);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        all_decoders(&bytes);
        all_decoders(&bytes[..at]);
    }

    #[test]
    fn damaged_signatures_never_verify(payload in any::<Vec<u8>>(), at in any::<proptest::sample::Index>(), bit in 0..8u8) {
        let engine = Engine::Software;
        let key = tidelock_crypto::software::import_signing_key(&SecretKey::from_bytes([1; 32])).unwrap();
        let mut message = pollster::block_on(cose::sign1(&engine, &key, b"label", &payload)).unwrap();
        let at = at.index(message.len());
        message[at] ^= 1 << bit;
        all_decoders(&message);
        if let Ok(sign1) = cose::Sign1::decode(&message) {
            prop_assert!(pollster::block_on(sign1.verify(&engine, key.public(), b"label")).is_err());
        }
    }

    #[test]
    fn what_is_sealed_opens(key in any::<[u8; 32]>(), aad in any::<Vec<u8>>(), content in any::<Vec<u8>>()) {
        let key = SecretKey::from_bytes(key);
        let mut sealed = aead::seal(&key, &aad, &content).unwrap();
        prop_assert_eq!(&*aead::open(&key, &aad, &sealed).unwrap(), &content);
        let last = sealed.len() - 1;
        sealed[last] ^= 1;
        prop_assert!(aead::open(&key, &aad, &sealed).is_err());
    }

    #[test]
    fn every_leaf_is_included(count in 1..200u64, index in any::<prop::sample::Index>(), flip in any::<prop::sample::Index>()) {
        let leaves: Vec<_> = (0..count).map(|leaf| merkle::leaf_hash(&leaf.to_be_bytes())).collect();
        let index = index.index(leaves.len());
        let proof = merkle::inclusion_proof(&leaves, index as u64).unwrap();
        let root = merkle::root(&leaves);
        prop_assert_eq!(merkle::verify_inclusion(&leaves[index], index as u64, count, &proof, &root), Ok(()));
        let other = flip.index(leaves.len());
        if other != index {
            prop_assert!(merkle::verify_inclusion(&leaves[other], index as u64, count, &proof, &root).is_err());
        }
    }
}
