//! Argon2id: known answers natively, and what a function of JavaScript is asked for in browsers. What that function then
//! computes is tested in tests/node/argon2id.test.mjs, with the same vectors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use tidelock_crypto::{Error, argon2id};

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::{Error, argon2id};
    use pollster::block_on;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct File {
        vectors: Vec<Vector>,
        refused: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        password: String,
        salt: String,
        memory: u32,
        iterations: u32,
        #[serde(default)]
        output: String,
    }

    #[test]
    fn known_answers() {
        let file: File = serde_json::from_str(include_str!("../../tests/vectors/argon2id.json")).unwrap();
        assert!(!file.vectors.is_empty() && !file.refused.is_empty());
        let hash = |vector: &Vector| {
            block_on(argon2id(vector.password.as_bytes(), vector.salt.as_bytes(), vector.memory, vector.iterations))
        };
        for vector in &file.vectors {
            let output = data_encoding::HEXLOWER.decode(vector.output.as_bytes()).unwrap();
            assert_eq!(hash(vector).unwrap().expose().as_slice(), output);
        }
        for vector in &file.refused {
            assert_eq!(hash(vector), Err(Error::Argon2id));
        }
        println!("Argon2id: {} vectors, {} refusals", file.vectors.len(), file.refused.len());
    }

    #[test]
    fn it_may_be_waited_for_on_another_thread() {
        let pending = argon2id(b"password", b"somesalt", 64, 1);
        let hash = std::thread::scope(|scope| scope.spawn(|| block_on(pending)).join()).unwrap();
        assert!(hash.is_ok());
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use super::{Error, argon2id};
    use js_sys::Function;
    use tidelock_crypto::set_argon2id;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_browser);

    /// What comes of it when the function does this.
    async fn with(body: &str) -> Result<[u8; 32], Error> {
        set_argon2id(Function::new_with_args("password, salt, memoryKib, iterations", body));
        argon2id(b"password", b"somesalt", 65_536, 3).await.map(|key| *key.expose())
    }

    #[wasm_bindgen_test]
    async fn a_function_of_javascript_computes_it() {
        assert_eq!(argon2id(b"password", b"somesalt", 65_536, 3).await, Err(Error::Argon2idMissing));

        let arguments = "new TextDecoder().decode(password) + new TextDecoder().decode(salt) + memoryKib + iterations";
        let body = format!(
            "return Promise.resolve(Uint8Array.from({{ length: 32 }}, (_, index) => ({arguments}).charCodeAt(index)))"
        );
        let mut expected = [0; 32];
        expected[..22].copy_from_slice(b"passwordsomesalt655363");
        assert_eq!(with(&body).await, Ok(expected));

        assert_eq!(with("return Promise.resolve(undefined)").await, Err(Error::Argon2id));
        assert_eq!(with("return Promise.resolve(new Uint8Array(31))").await, Err(Error::Argon2id));
        let lost = Err(Error::Argon2idNotLoaded("lost".into()));
        assert_eq!(with("return Promise.reject(new Error('lost'))").await, lost);
        assert_eq!(with("throw new Error('lost')").await, lost);
    }
}
