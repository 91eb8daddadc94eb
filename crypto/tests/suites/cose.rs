//! COSE_Sign1: the examples of RFC 9052 and what is refused.

use tidelock_crypto::{Engine, Error, PublicKey, Signature, cose};

use super::{hex, secret};

/// The private key "11" of RFC 9052's appendix C.7.2 and its public half.
const PRIVATE: &str = "57c92077664146e876760c9520d054aa93c3afb04e306705db6090308507b4d3";
const PUBLIC: &str = "04 bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff
                      20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e";
const PAYLOAD: &[u8] = b"This is the content.";

/// External associated data and signature: RFC 9052 C.2.1, and `sign1-tests/sign-pass-02` of the working group's examples.
const EXAMPLES: [(&str, &str); 2] = [
    (
        "",
        "8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e
         2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36",
    ),
    (
        "11aa22bb33cc44dd55006699",
        "10729cd711cb3813d8d8e944a8da7111e7b258c9bdca6135f7ae1adbee950989
         1267837e1e33bd36c150326ae62755c6bd8e540c3e8f92d7d225e8db72b8820b",
    ),
];

/// Their unprotected headers carry a key id, which ours do not; what is signed, and the signature, are the same.
pub async fn rfc9052_examples(engine: &Engine) -> usize {
    let key = engine.import_signing_key(&secret(PRIVATE)).await.unwrap();
    let public = PublicKey::from_slice(&hex(PUBLIC)).unwrap();
    assert_eq!(key.public(), &public);
    for (external_aad, signature) in EXAMPLES {
        let external_aad = hex(external_aad);
        let signature = Signature::from_bytes(hex(signature).try_into().unwrap());
        let signed = cose::Sign1 { payload: PAYLOAD.to_vec(), signature };
        assert_eq!(signed.verify(engine, &public, &external_aad).await, Ok(PAYLOAD));
        assert_eq!(signed.verify(engine, &public, b"another").await, Err(Error::Signature));
        let expected = [
            hex("d28443a10126a0545468697320697320746865"),
            hex("20636f6e74656e742e5840"),
            signature.as_bytes().to_vec(),
        ];
        assert_eq!(signed.encode(), expected.concat()[1..]);
        assert_eq!(cose::Sign1::decode(&signed.encode()), Ok(signed));

        let ours = cose::sign1(engine, &key, &external_aad, PAYLOAD).await.unwrap();
        let ours = cose::Sign1::decode(&ours).unwrap();
        assert_eq!(ours.verify(engine, &public, &external_aad).await, Ok(PAYLOAD));
    }
    EXAMPLES.len()
}

/// What is a COSE_Sign1, or nearly, but not in the one form that is accepted.
pub async fn malformed(_: &Engine) -> usize {
    let signature = "5840".to_owned() + &"01".repeat(64);
    let cases = [
        ("tagged", format!("d28443a10126a04101{signature}")),
        ("a key id", format!("8443a10126a10442313141 01{signature}")),
        ("another algorithm (ES384)", format!("8444a1013822a04101{signature}")),
        ("no algorithm", format!("8440a04101{signature}")),
        ("an empty protected map", format!("8441a0a04101{signature}")),
        ("a detached payload", format!("8443a10126a0f6{signature}")),
        ("the payload as text", format!("8443a10126a06101{signature}")),
        ("three elements", "8343a10126a04101".to_owned()),
        ("five elements", format!("8543a10126a04101{signature}00")),
        ("an indefinite array", format!("9f43a10126a04101{signature}ff")),
        ("a payload length in two bytes", format!("8443a10126a0580101{signature}")),
        ("an indefinite payload", format!("8443a10126a05f4101ff{signature}")),
        ("an indefinite header", format!("8443a10126bfff4101{signature}")),
        ("a signature of 63 bytes", format!("8443a10126a04101583f{}", "01".repeat(63))),
        ("a signature of 65 bytes", format!("8443a10126a041015841{}", "01".repeat(65))),
        ("trailing bytes", format!("8443a10126a04101{signature}00")),
        ("nothing", String::new()),
        ("a cut", "8443a10126a04101".to_owned()),
        ("no array", "a0".to_owned()),
    ];
    for (name, message) in &cases {
        assert!(cose::Sign1::decode(&hex(message)).is_err(), "{name}");
    }
    assert!(cose::Sign1::decode(&hex(&format!("8443a10126a04101{signature}"))).is_ok());
    cases.len()
}
