//! HPKE: the vectors of RFC 9180, our own published ones, and messages that `@hpke/core` sealed.

use serde::Deserialize;
use tidelock_crypto::{Engine, Error, PublicKey, hpke};

use super::{hex, secret};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rfc9180 {
    #[serde(rename = "kdf_id")]
    kdf: u16,
    #[serde(rename = "aead_id")]
    aead: u16,
    mode: u8,
    info: String,
    #[serde(rename = "ikmR")]
    ikm_r: String,
    #[serde(rename = "skRm")]
    sk_r: String,
    #[serde(rename = "pkRm")]
    pk_r: String,
    #[serde(rename = "ikmE")]
    ikm_e: String,
    #[serde(rename = "skEm")]
    sk_e: String,
    #[serde(rename = "pkEm")]
    pk_e: String,
    #[serde(rename = "ikmS")]
    ikm_s: Option<String>,
    #[serde(rename = "skSm")]
    sk_s: Option<String>,
    #[serde(rename = "pkSm")]
    pk_s: Option<String>,
    #[serde(rename = "shared_secret")]
    shared_secret: Option<String>,
    aad: Option<String>,
    plaintext: Option<String>,
    ciphertext: Option<String>,
}

#[derive(Deserialize)]
struct File<T> {
    vectors: Vec<T>,
}

fn rfc9180() -> Vec<Rfc9180> {
    let text = include_str!("../../../tests/vectors/rfc9180-p256.json");
    serde_json::from_str::<File<_>>(text).unwrap().vectors
}

/// DeriveKeyPair, of whichever suite: it depends on the KEM alone.
pub async fn rfc9180_key_pairs(engine: &Engine) -> usize {
    let mut count = 0;
    for vector in rfc9180() {
        let sender = vector.ikm_s.zip(vector.sk_s).zip(vector.pk_s).map(|((ikm, sk), pk)| (ikm, sk, pk));
        let pairs = [(vector.ikm_r, vector.sk_r, vector.pk_r), (vector.ikm_e, vector.sk_e, vector.pk_e)];
        for (ikm, private, public) in pairs.into_iter().chain(sender) {
            let derived = hpke::derive_key_pair(&hex(&ikm)).unwrap();
            assert_eq!(derived, (secret(&private), PublicKey::from_slice(&hex(&public)).unwrap()));
            assert_eq!(engine.import_agreement_key(&derived.0).await.unwrap().public(), &derived.1);
            count += 1;
        }
    }
    count
}

/// Decap in base mode, of whichever suite.
pub async fn rfc9180_shared_secrets(engine: &Engine) -> usize {
    let mut count = 0;
    for vector in rfc9180() {
        let Some(shared_secret) = vector.shared_secret else { continue };
        let recipient = engine.import_agreement_key(&secret(&vector.sk_r)).await.unwrap();
        let decapsulated = hpke::decapsulate(engine, &recipient, &hex(&vector.pk_e)).await.unwrap();
        assert_eq!(decapsulated, secret(&shared_secret));
        count += 1;
    }
    count
}

/// Seal and open, of the one suite used here.
pub async fn rfc9180_messages(engine: &Engine) -> usize {
    let mut count = 0;
    for vector in rfc9180() {
        let (Some(aad), Some(plaintext), Some(ciphertext)) = (vector.aad, vector.plaintext, vector.ciphertext) else {
            continue;
        };
        assert_eq!((vector.mode, vector.kdf, vector.aead), (0, 1, 2));
        let message = Message {
            recipient_private_key: vector.sk_r,
            recipient_public_key: vector.pk_r,
            ephemeral_private_key: Some(vector.sk_e),
            info: vector.info,
            aad,
            plaintext,
            sealed: vector.pk_e + &ciphertext,
        };
        message.check(engine).await;
        count += 1;
    }
    count
}

/// A message as the files in `tests/vectors` give it; all bytes in hexadecimal digits.
#[derive(Deserialize)]
struct Message {
    recipient_private_key: String,
    recipient_public_key: String,
    ephemeral_private_key: Option<String>,
    info: String,
    aad: String,
    plaintext: String,
    sealed: String,
}

impl Message {
    async fn check(&self, engine: &Engine) {
        let (info, aad, plaintext, sealed) = (hex(&self.info), hex(&self.aad), hex(&self.plaintext), hex(&self.sealed));
        let recipient = engine.import_agreement_key(&secret(&self.recipient_private_key)).await.unwrap();
        assert_eq!(recipient.public().as_bytes().as_slice(), hex(&self.recipient_public_key));
        assert_eq!(*hpke::open(engine, &recipient, &info, &aad, &sealed).await.unwrap(), plaintext);
        if let Some(ephemeral) = &self.ephemeral_private_key {
            let ephemeral = engine.import_agreement_key(&secret(ephemeral)).await.unwrap();
            let again =
                hpke::seal_with_ephemeral(engine, &ephemeral, recipient.public(), &info, &aad, &plaintext).await;
            assert_eq!(again.unwrap(), sealed);
        }
    }
}

async fn messages(engine: &Engine, text: &str) -> usize {
    let messages = serde_json::from_str::<File<Message>>(text).unwrap().vectors;
    for message in &messages {
        message.check(engine).await;
    }
    messages.len()
}

/// Our own vectors, which `@hpke/core` opens too.
pub async fn published_messages(engine: &Engine) -> usize {
    messages(engine, include_str!("../../../tests/vectors/hpke.json")).await
}

/// What `@hpke/core` sealed.
pub async fn messages_of_hpke_js(engine: &Engine) -> usize {
    messages(engine, include_str!("../../../tests/vectors/hpke-core.json")).await
}

/// A message with any byte changed, cut short at any place, or with another info or associated data, does not open.
pub async fn changed_messages(engine: &Engine) -> usize {
    let recipient = engine.generate_agreement_key().await.unwrap();
    let sealed = hpke::seal(engine, recipient.public(), b"info", b"aad", b"plaintext").await.unwrap();
    assert_eq!(hpke::open(engine, &recipient, b"info", b"aad", &sealed).await.unwrap().as_slice(), b"plaintext");
    let mut count = 0;
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        assert_eq!(hpke::open(engine, &recipient, b"info", b"aad", &changed).await, Err(Error::Decryption));
        assert_eq!(hpke::open(engine, &recipient, b"info", b"aad", &sealed[..index]).await, Err(Error::Decryption));
        count += 2;
    }
    assert_eq!(hpke::open(engine, &recipient, b"Info", b"aad", &sealed).await, Err(Error::Decryption));
    assert_eq!(hpke::open(engine, &recipient, b"info", b"", &sealed).await, Err(Error::Decryption));
    let other = engine.generate_agreement_key().await.unwrap();
    assert_eq!(hpke::open(engine, &other, b"info", b"aad", &sealed).await, Err(Error::Decryption));
    count + 3
}
