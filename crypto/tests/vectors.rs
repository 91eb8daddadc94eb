//! Known answers, given by other people, over every engine: natively software, in browsers software and WebCrypto.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod suites;

/// Turns suites (async functions of an engine that return how many vectors they ran) into tests.
macro_rules! over_every_engine {
    ($($module:ident::$suite:ident),+ $(,)?) => {
        $(
            #[cfg(not(target_arch = "wasm32"))]
            #[test]
            fn $suite() {
                let count = pollster::block_on(suites::$module::$suite(&tidelock_crypto::Engine::Software));
                println!("{}: {count} vectors, software", stringify!($suite));
                assert!(count > 0);
            }
        )+

        #[cfg(target_arch = "wasm32")]
        mod browser {
            use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

            use tidelock_crypto::Engine;

            wasm_bindgen_test_configure!(run_in_browser);

            /// In which browser the tests run.
            fn browser() -> &'static str {
                let member = |object: &_, name: &str| js_sys::Reflect::get(object, &name.into()).unwrap();
                let agent = member(&member(&js_sys::global(), "navigator"), "userAgent").as_string().unwrap();
                if agent.contains("Firefox") { "Firefox" } else { "Chromium" }
            }

            $(
                #[wasm_bindgen_test]
                async fn $suite() {
                    let web_crypto = Engine::detect();
                    assert!(matches!(web_crypto, Engine::WebCrypto(_)), "the browser has no WebCrypto");
                    for (name, engine) in [("software", Engine::Software), ("WebCrypto", web_crypto)] {
                        let count = super::suites::$module::$suite(&engine).await;
                        console_log!("{}: {count} vectors, {name} in {}", stringify!($suite), browser());
                        assert!(count > 0);
                    }
                }
            )+
        }
    };
}

over_every_engine! {
    wycheproof::aes_256_gcm,
    wycheproof::ecdh_p256_points,
    wycheproof::ecdh_p256_subject_public_key_infos,
    wycheproof::ecdsa_p256_fixed_length,
    wycheproof::ecdsa_p256_der,
    wycheproof::hkdf_sha_256,
    hpke::rfc9180_key_pairs,
    hpke::rfc9180_shared_secrets,
    hpke::rfc9180_messages,
    hpke::published_messages,
    hpke::messages_of_hpke_js,
    hpke::changed_messages,
    cose::rfc9052_examples,
    cose::malformed,
    cbor::rfc8949_appendix_a,
    cbor::not_deterministic,
    merkle::certificate_transparency,
    merkle::every_leaf_of_every_tree,
    keys::refused_keys,
    keys::high_s,
    keys::large_contents,
    kdf::rfc5869,
    kdf::rfc4231,
}
