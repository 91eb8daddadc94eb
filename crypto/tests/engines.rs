//! The two engines with each other, in browsers: whatever one makes, the other takes; and what WebCrypto keeps, it keeps.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use tidelock_crypto::{AgreementKey, Engine, Error, SecretKey, SigningKey, cose, hpke, random, software};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn web_crypto() -> Engine {
    let engine = Engine::detect();
    assert!(matches!(engine, Engine::WebCrypto(_)), "the browser has no WebCrypto");
    engine
}

/// Every pair of engines, of one with itself too.
fn pairs() -> [(Engine, Engine); 4] {
    let (software, web_crypto) = (Engine::Software, web_crypto());
    [
        (software.clone(), software.clone()),
        (software.clone(), web_crypto.clone()),
        (web_crypto.clone(), software),
        (web_crypto.clone(), web_crypto),
    ]
}

/// Random contents of sizes around those at which something changes.
fn contents() -> Vec<Vec<u8>> {
    let content = |size| {
        let mut content = vec![0; size];
        random::fill(&mut content).unwrap();
        content
    };
    [0, 1, 15, 16, 17, 32, 1000, 2048, 2049, 10_000].map(content).into()
}

#[wasm_bindgen_test]
async fn one_seals_and_the_other_opens() {
    for (sealer, opener) in pairs() {
        let scalar = software::generate_private_key().unwrap();
        let recipient = opener.import_agreement_key(&scalar).await.unwrap();
        let key = SecretKey::random().unwrap();
        for content in contents() {
            let sealed = hpke::seal(&sealer, recipient.public(), b"info", &content, &content).await.unwrap();
            assert_eq!(*hpke::open(&opener, &recipient, b"info", &content, &sealed).await.unwrap(), content);
            let nonce = random::bytes().unwrap();
            let sealed = sealer.seal_with_nonce(&key, &nonce, b"aad", &content).await.unwrap();
            assert_eq!(*opener.open_with_nonce(&key, &nonce, b"aad", &sealed).await.unwrap(), content);
            assert_eq!(opener.seal_with_nonce(&key, &nonce, b"aad", &content).await, Ok(sealed));
        }
    }
}

#[wasm_bindgen_test]
async fn one_signs_and_the_other_verifies() {
    for (signer, verifier) in pairs() {
        let scalar = software::generate_private_key().unwrap();
        let imported = signer.import_signing_key(&scalar).await.unwrap();
        let generated = signer.generate_signing_key().await.unwrap();
        for key in [imported, generated] {
            for content in contents() {
                let message = cose::sign1(&signer, &key, b"label", &content).await.unwrap();
                let message = cose::Sign1::decode(&message).unwrap();
                assert_eq!(message.verify(&verifier, key.public(), b"label").await, Ok(content.as_slice()));
                assert_eq!(message.verify(&verifier, key.public(), b"other").await, Err(Error::Signature));
            }
        }
    }
}

#[wasm_bindgen_test]
async fn both_agree() {
    for (one, other) in pairs() {
        for _ in 0..20 {
            let (mine, theirs) =
                (one.generate_agreement_key().await.unwrap(), other.generate_agreement_key().await.unwrap());
            let agreed = one.agree(&mine, theirs.public()).await.unwrap();
            assert_eq!(other.agree(&theirs, mine.public()).await.unwrap(), agreed);
        }
    }
}

#[wasm_bindgen_test]
async fn keys_come_back_from_where_they_were_kept() {
    let engine = web_crypto();
    let scalar = software::generate_private_key().unwrap();

    let agreement = engine.import_agreement_key(&scalar).await.unwrap();
    let kept = AgreementKey::from_crypto_key(agreement.crypto_key().unwrap().clone(), *agreement.public());
    let sealed = hpke::seal(&Engine::Software, kept.public(), b"", b"", b"content").await.unwrap();
    assert_eq!(hpke::open(&engine, &kept, b"", b"", &sealed).await.unwrap().as_slice(), b"content");

    let signing = engine.import_signing_key(&scalar).await.unwrap();
    let kept = SigningKey::from_crypto_key(signing.crypto_key().unwrap().clone(), *signing.public());
    let signature = engine.sign(&kept, b"message").await.unwrap();
    assert_eq!(software::verify(kept.public(), b"message", &signature), Ok(()));

    assert!(software::import_agreement_key(&scalar).unwrap().crypto_key().is_none());
    assert!(software::import_signing_key(&scalar).unwrap().crypto_key().is_none());
}

#[wasm_bindgen_test]
async fn private_keys_are_not_extractable() {
    let engine = web_crypto();
    let scalar = software::generate_private_key().unwrap();
    let agreement = [engine.import_agreement_key(&scalar).await, engine.generate_agreement_key().await];
    let signing = [engine.import_signing_key(&scalar).await, engine.generate_signing_key().await];
    let agreement = agreement.map(|key| ("deriveBits", key.unwrap().crypto_key().unwrap().clone()));
    let signing = signing.map(|key| ("sign", key.unwrap().crypto_key().unwrap().clone()));
    for (usage, key) in agreement.into_iter().chain(signing) {
        assert!(!key.extractable());
        assert_eq!(key.type_(), "private");
        let usages = js_sys::Array::from(&js_sys::Reflect::get(&key, &JsValue::from_str("usages")).unwrap());
        assert_eq!(usages.join(" "), usage);
    }
}

#[wasm_bindgen_test]
async fn software_says_that_it_cannot_use_a_crypto_key() {
    let engine = web_crypto();
    let agreement = engine.generate_agreement_key().await.unwrap();
    let refused = Engine::Software.agree(&agreement, agreement.public()).await;
    assert_eq!(refused, Err(Error::NeedsWebCrypto));
    let signing = engine.generate_signing_key().await.unwrap();
    assert_eq!(Engine::Software.sign(&signing, b"").await, Err(Error::NeedsWebCrypto));
}

/// A key in memory is software's, whichever engine is asked: so that one runtime can hold both kinds.
#[wasm_bindgen_test]
async fn web_crypto_takes_keys_in_memory() {
    let engine = web_crypto();
    let key = Engine::Software.generate_signing_key().await.unwrap();
    let signature = engine.sign(&key, b"message").await.unwrap();
    assert_eq!(engine.verify(key.public(), b"message", &signature).await, Ok(()));
}
