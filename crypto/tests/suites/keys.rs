//! Keys and signatures that are refused, and contents large enough for WebCrypto.

use tidelock_crypto::stream::{Position, SealedChunk, Stream};
use tidelock_crypto::{Digest, Engine, Error, Prk, PublicKey, SecretKey, Signature, aead, bulk};

use super::{hex, secret};

/// The order of P-256.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// The prime of its field.
const PRIME: &str = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";

/// Scalars out of range, points off the curve, and other encodings of points.
pub async fn refused_keys(engine: &Engine) -> usize {
    let too_large = "ff".repeat(32);
    let scalars = ["00".repeat(32), ORDER.to_owned(), too_large.clone()];
    for scalar in &scalars {
        assert_eq!(engine.import_agreement_key(&secret(scalar)).await.err(), Some(Error::PrivateKey));
        assert_eq!(engine.import_signing_key(&secret(scalar)).await.err(), Some(Error::PrivateKey));
    }
    let key = engine.generate_agreement_key().await.unwrap();
    let generator = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
                     4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    let generator = generator.split_whitespace().collect::<String>();
    assert!(engine.agree(&key, &PublicKey::from_slice(&hex(&format!("04{generator}"))).unwrap()).await.is_ok());
    let points = [
        format!("04{}", "00".repeat(64)),
        format!("04{too_large}{too_large}"),
        format!("04{PRIME}{PRIME}"),
        format!("04{}4", &generator[..127]),
        format!("04{}{}", &generator[64..], &generator[..64]),
    ];
    for point in &points {
        let point = PublicKey::from_slice(&hex(point)).unwrap();
        assert_eq!(engine.agree(&key, &point).await, Err(Error::PublicKey));
        let signature = Signature::from_bytes([1; 64]);
        assert_eq!(engine.verify(&point, b"", &signature).await, Err(Error::PublicKey));
    }
    let encodings = [
        String::new(),
        "00".to_owned(),
        format!("03{}", &generator[..64]),
        format!("06{generator}"),
        format!("07{generator}"),
        format!("04{}", &generator[..126]),
        format!("04{generator}00"),
    ];
    for encoding in &encodings {
        assert_eq!(PublicKey::from_slice(&hex(encoding)), Err(Error::PublicKey));
    }
    2 * scalars.len() + 2 * points.len() + encodings.len()
}

/// Signatures are made with a low `s`, and the other one of the two that verify is refused.
pub async fn high_s(engine: &Engine) -> usize {
    let key = engine.generate_signing_key().await.unwrap();
    for message in 0..20u8 {
        let signature = engine.sign(&key, &[message]).await.unwrap();
        assert_eq!(signature.to_low_s(), Ok(signature));
        assert_eq!(engine.verify(key.public(), &[message], &signature).await, Ok(()));
        let high = Signature::from_bytes(with_negated_s(signature.as_bytes()));
        assert_eq!(high.to_low_s(), Ok(signature));
        assert_eq!(engine.verify(key.public(), &[message], &high).await, Err(Error::Signature));
        assert_eq!(engine.verify(key.public(), b"another", &signature).await, Err(Error::Signature));
    }
    for scalar in ["00".repeat(32), ORDER.to_owned(), "ff".repeat(32)] {
        for signature in [scalar.clone() + &"01".repeat(32), "01".repeat(32) + &scalar] {
            let signature = Signature::from_bytes(hex(&signature).try_into().unwrap());
            assert_eq!(engine.verify(key.public(), b"", &signature).await, Err(Error::Signature));
        }
    }
    66
}

/// `n − s`, by hand.
fn with_negated_s(signature: &[u8; 64]) -> [u8; 64] {
    let order = hex(ORDER);
    let mut negated = *signature;
    let mut borrow = 0;
    for index in (0..32).rev() {
        let difference = i16::from(order[index]) - i16::from(signature[32 + index]) - borrow;
        borrow = i16::from(difference < 0);
        negated[32 + index] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    negated
}

/// Chunks are what AES-256-GCM makes of them in software under key and nonce of the construction, in either engine.
pub async fn large_contents(engine: &Engine) -> usize {
    let (secret, info) = (SecretKey::random().unwrap(), b"which content");
    let stream = Stream::new(engine, &secret, info);
    if cfg!(target_arch = "wasm32") && matches!(engine, Engine::Software) {
        assert!(matches!(stream, Err(Error::NeedsWebCrypto)));
        return 1;
    }
    let stream = stream.unwrap();
    let mut derived = [0; 39];
    Prk::from_key(&secret).expand(info, &mut derived).unwrap();
    let key = SecretKey::from_slice(&derived[..32]).unwrap();
    let sizes = [0, 1, 15, 16, 17, 65_536, 1 << 20];
    for (size, index) in sizes.into_iter().zip([0, 1, 255, 256, 65_536, 1 << 24, u32::MAX]) {
        let content: Vec<u8> = (0..size).map(|index| u8::try_from(index % 251).unwrap()).collect();
        for last in [false, true] {
            let position = Position { index, last };
            let nonce = [&derived[32..], &index.to_be_bytes(), &[u8::from(last)]].concat().try_into().unwrap();
            let expected = aead::seal_with_nonce(&key, &nonce, &[], &content).unwrap();
            let SealedChunk { bytes: sealed, digest } =
                stream.seal(position, &bulk::from_vec(content.clone())).await.unwrap();
            assert_eq!(digest, Digest::of(&expected));
            assert_eq!(bulk::length(&sealed), expected.len());
            let opened = stream.open(position, &sealed).await.unwrap();
            assert_eq!(opened.digest, digest);
            assert_eq!(bulk::into_vec(opened.chunk.unwrap()), content);
            assert_eq!(bulk::into_vec(sealed.clone()), expected);
            for other in [Position { last: !last, ..position }, Position { index: index ^ 1, ..position }] {
                assert!(matches!(stream.open(other, &sealed).await.unwrap().chunk, Err(Error::Decryption)));
            }
            let cut = bulk::from_vec(expected[1..].to_vec());
            assert!(matches!(stream.open(position, &cut).await.unwrap().chunk, Err(Error::Decryption)));
        }
    }
    for length in 0..aead::TAG {
        let short = bulk::from_vec(vec![0; length]);
        let opened = stream.open(Position { index: 0, last: true }, &short).await.unwrap();
        assert!(matches!(opened.chunk, Err(Error::Decryption)));
    }
    // One property, as where there is no WebCrypto: the numbers of vectors are compared between engines.
    1
}
