//! HKDF and HMAC.

use tidelock_crypto::{Engine, kdf};

use super::hex;

/// RFC 5869's appendix A.1 to A.3: salt, input, info, output.
pub async fn rfc5869(_: &Engine) -> usize {
    let sequence = |range: std::ops::RangeInclusive<u8>| range.collect::<Vec<u8>>();
    let cases = [
        (
            sequence(0..=0x0c),
            vec![0x0b; 22],
            sequence(0xf0..=0xf9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            sequence(0x60..=0xaf),
            sequence(0..=0x4f),
            sequence(0xb0..=0xff),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
             da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            vec![],
            vec![0x0b; 22],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for (salt, input, info, output) in &cases {
        let output = hex(output);
        let mut out = vec![0; output.len()];
        let prk = kdf::extract(salt, input);
        prk.expand(info, &mut out).unwrap();
        assert_eq!(out, output);
        assert_eq!(prk.expand_key(info).expose().as_slice(), &output[..32]);
    }
    cases.len()
}

/// RFC 4231's test cases 1 to 4, 6 and 7: key, data, output.
pub async fn rfc4231(_: &Engine) -> usize {
    let cases: [(Vec<u8>, &[u8], &str); 6] = [
        (vec![0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (vec![0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        ((1..=25).collect(), &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        (
            vec![0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            vec![0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. \
              The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, data, output) in &cases {
        let digest = kdf::hmac_sha256(key, data);
        assert_eq!(digest.as_bytes().as_slice(), hex(output));
        assert!(kdf::hmac_verify(key, data, &digest));
        assert!(!kdf::hmac_verify(key, b"something else", &digest));
    }
    cases.len()
}
