//! The application's key store: an object with `get`, `put` and `delete`, in browsers over IndexedDB.

use js_sys::{Object, Reflect, Uint8Array};
use tidelock_crypto::{AgreementKey, PublicKey, SigningKey};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::CryptoKey;

use crate::client::{IdentityKeys, Store};
use crate::error::{Error, Result};

#[wasm_bindgen]
extern "C" {
    /// Keeps values by name; what is put are byte arrays and objects of `CryptoKey`s, which IndexedDB can hold.
    pub type KeyStore;

    #[wasm_bindgen(method, catch)]
    async fn get(this: &KeyStore, name: &str) -> std::result::Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn put(this: &KeyStore, name: &str, value: &JsValue) -> std::result::Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn delete(this: &KeyStore, name: &str) -> std::result::Result<JsValue, JsValue>;
}

const AGREEMENT: &str = "agreement";
const AGREEMENT_PUBLIC: &str = "agreementPublic";
const SIGNING: &str = "signing";
const SIGNING_PUBLIC: &str = "signingPublic";

/// The store of one platform: its origin stands before every name.
pub(crate) struct JsStore {
    store: KeyStore,
    origin: String,
}

impl JsStore {
    pub(crate) fn new(store: KeyStore, origin: &str) -> Self {
        Self { store, origin: origin.to_owned() }
    }

    fn name(&self, name: &str) -> String {
        [&self.origin, "/", name].concat()
    }

    async fn read(&self, name: &str) -> Result<Option<JsValue>> {
        let value = self.store.get(&self.name(name)).await.map_err(|error| failed(&error))?;
        Ok(if value.is_undefined() || value.is_null() { None } else { Some(value) })
    }

    async fn write(&self, name: &str, value: &JsValue) -> Result<()> {
        self.store.put(&self.name(name), value).await.map(drop).map_err(|error| failed(&error))
    }
}

fn failed(error: &JsValue) -> Box<Error> {
    let said = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    Error::internal(format!("the key store failed: {}", said.unwrap_or_default()))
}

fn damaged() -> Box<Error> {
    Error::internal("what this device had stored is damaged")
}

impl Store for JsStore {
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self.read(name).await? {
            None => Ok(None),
            Some(value) => value.dyn_into::<Uint8Array>().map(|bytes| Some(bytes.to_vec())).map_err(|_| damaged()),
        }
    }

    async fn put(&self, name: &str, value: &[u8]) -> Result<()> {
        self.write(name, &Uint8Array::from(value)).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.store.delete(&self.name(name)).await.map(drop).map_err(|error| failed(&error))
    }

    async fn keys(&self, owner: &str) -> Result<Option<IdentityKeys>> {
        let Some(stored) = self.read(&[owner, "/keys"].concat()).await? else {
            return Ok(None);
        };
        let field = |name: &str| Reflect::get(&stored, &name.into()).map_err(|_| damaged());
        let key = |name: &str| field(name)?.dyn_into::<CryptoKey>().map_err(|_| damaged());
        let public = |name: &str| -> Result<PublicKey> {
            let bytes = field(name)?.dyn_into::<Uint8Array>().map_err(|_| damaged())?.to_vec();
            PublicKey::from_slice(&bytes).map_err(|_| damaged())
        };
        Ok(Some(IdentityKeys {
            agreement: AgreementKey::from_crypto_key(key(AGREEMENT)?, public(AGREEMENT_PUBLIC)?),
            signing: SigningKey::from_crypto_key(key(SIGNING)?, public(SIGNING_PUBLIC)?),
        }))
    }

    async fn put_keys(&self, owner: &str, keys: &IdentityKeys) -> Result<()> {
        // Without WebCrypto a key could only be stored in the open, and that is not done.
        let (Some(agreement), Some(signing)) = (keys.agreement.crypto_key(), keys.signing.crypto_key()) else {
            return Err(Error::Unsupported.into());
        };
        let stored = Object::new();
        let set = |name: &str, value: &JsValue| {
            Reflect::set(&stored, &name.into(), value).map(drop).map_err(|error| failed(&error))
        };
        set(AGREEMENT, agreement)?;
        set(AGREEMENT_PUBLIC, &Uint8Array::from(keys.agreement.public().as_bytes().as_slice()))?;
        set(SIGNING, signing)?;
        set(SIGNING_PUBLIC, &Uint8Array::from(keys.signing.public().as_bytes().as_slice()))?;
        self.write(&[owner, "/keys"].concat(), &stored).await
    }
}
