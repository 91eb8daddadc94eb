//! What the benchmarks measure without a platform: the library's own operations on bytes, one call for many.
#![cfg(target_arch = "wasm32")]

use std::ops::Deref;

use js_sys::{Function, Promise, Uint8Array};
use minicbor::bytes::ByteVec;
use tidelock::keys::{Compartment, DataOwnerKind, Identity, IdentitySecrets, KeyName, VaultKey};
use tidelock::records::{Author, Draft, History, Holder, Scribe, WrapTo, Write};
use tidelock::sharing::VaultLog;
use tidelock::{Error, Id};
use tidelock_crypto::{AgreementKey, Engine, PublicKey, SecretKey, all, cbor, hpke, merkle, software};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

const OWNER: &str = "00000000-0000-4000-8000-000000000000";
const PLATFORM: &str = "https://platform.example";
const NOW: u64 = 1_780_000_000_000;
/// How many entities the client puts into one write.
const BATCH: usize = 1_000;
const INFO: &[u8] = b"a benchmark";
/// Bytes of a public key, and of a wrapped key of 32 bytes: encapsulated key, ciphertext and tag.
const POINT: usize = 65;
const WRAPPED: usize = POINT + 32 + 16;

fn refused(error: impl Deref<Target = Error>) -> JsValue {
    JsValue::from_str(error.code())
}

fn broken(error: tidelock_crypto::Error) -> JsValue {
    JsValue::from_str(&error.to_string())
}

async fn found(engine: &Engine) -> Result<Identity, JsValue> {
    let secrets = IdentitySecrets::generate().map_err(refused)?;
    let rotation = software::generate_private_key().and_then(|key| software::import_agreement_key(&key));
    let rotation = *rotation.map_err(broken)?.public();
    secrets.found(engine, OWNER, DataOwnerKind::Patient, PLATFORM, rotation, NOW).await.map_err(refused)
}

/// Sets the function that hands jobs to workers from now on: `(jobs: Uint8Array[]) => Promise<Uint8Array[] | undefined>`.
#[wasm_bindgen(js_name = setWorkers)]
pub fn set_workers(function: Function) {
    tidelock::workers::set_workers(function);
}

/// A new identity: its keys and its signed statement.
#[wasm_bindgen(js_name = newIdentity)]
pub fn new_identity() -> Promise {
    future_to_promise(async { found(&Engine::detect()).await.map(|_| JsValue::UNDEFINED) })
}

/// Seals a fresh key of 32 bytes to each of these public keys (65 bytes each), by HPKE: the messages (113 bytes each).
#[wasm_bindgen]
pub fn wrap(recipients: Vec<u8>) -> Promise {
    future_to_promise(async move {
        let (engine, key) = (Engine::detect(), SecretKey::random().map_err(broken)?);
        let recipients: Result<Vec<PublicKey>, _> = recipients.chunks_exact(POINT).map(PublicKey::from_slice).collect();
        let recipients = recipients.map_err(broken)?;
        let sealing = recipients.iter().map(|to| hpke::seal(&engine, to, INFO, &[], key.expose())).collect();
        let wrapped: Vec<Vec<u8>> = all(sealing).await.map_err(broken)?;
        Ok(Uint8Array::from(wrapped.concat().as_slice()).into())
    })
}

/// Somebody to whom keys are wrapped.
#[wasm_bindgen]
pub struct Recipient {
    key: AgreementKey,
}

#[wasm_bindgen]
impl Recipient {
    /// A new one; with WebCrypto its private key never leaves it.
    pub fn generate() -> Promise {
        future_to_promise(async {
            Ok(Self { key: Engine::detect().generate_agreement_key().await.map_err(broken)? }.into())
        })
    }

    /// The public key, 65 bytes.
    #[wasm_bindgen(getter)]
    pub fn public(&self) -> Vec<u8> {
        self.key.public().as_bytes().to_vec()
    }

    /// Opens messages that were made by [`wrap`]; how many.
    pub fn unwrap(&self, wrapped: Vec<u8>) -> Promise {
        let key = self.key.clone();
        future_to_promise(async move {
            let engine = Engine::detect();
            let messages = wrapped.chunks_exact(WRAPPED);
            let opening = messages.map(|message| hpke::open(&engine, &key, INFO, &[], message)).collect();
            let opened = all(opening).await.map_err(broken)?;
            Ok(JsValue::from(opened.len() as u32))
        })
    }
}

/// A vault of which its owner has the key.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Vault {
    identity: Identity,
    log: VaultLog,
    key: VaultKey,
}

#[wasm_bindgen]
impl Vault {
    /// A new one, with nothing in it.
    pub fn found() -> Promise {
        future_to_promise(async {
            let engine = Engine::detect();
            let identity = found(&engine).await?;
            let mut log = VaultLog::new(identity.statement().clone());
            let name = KeyName::first(Compartment::Data);
            let key = log.mint_key(&engine, identity.signing(), name, None, NOW).await.map_err(refused)?;
            Ok(Self { identity, log, key }.into())
        })
    }

    /// Seals records, each with a key of its own, its header bound and its key committed to, in signed batches of 1,000, as the
    /// client writes them. `ends` says where each record ends in `bodies`. The writes, encoded.
    pub fn seal(&self, bodies: Vec<u8>, ends: Vec<u32>) -> Promise {
        let vault = self.clone();
        future_to_promise(async move {
            let engine = Engine::detect();
            // Each write is the first of its author: what a chain of writes costs does not depend on what is in them.
            let scribe = Scribe { identity: &vault.identity, capacity: None, size: 0, root: merkle::root(&[]) };
            let (mut writes, mut start): (Vec<ByteVec>, usize) = (Vec::new(), 0);
            for ends in ends.chunks(BATCH) {
                let mut drafts = Vec::with_capacity(ends.len());
                for end in ends {
                    let end = *end as usize;
                    let body = bodies.get(start..end).unwrap_or_default().to_vec();
                    let id = Id::random().map_err(refused)?;
                    drafts.push(Draft::record(id, "DataSample", body, Vec::new(), None).map_err(refused)?);
                    start = end;
                }
                let to = Some(WrapTo::VaultKey(&vault.key));
                let write = scribe.write(&engine, &vault.log, to, drafts, NOW).await.map_err(refused)?;
                writes.push(cbor::encode(&write).into());
            }
            Ok(Uint8Array::from(cbor::encode(&writes).as_slice()).into())
        })
    }

    /// Verifies and opens what [`seal`](Self::seal) wrote; how many records.
    pub fn open(&self, writes: Vec<u8>) -> Promise {
        let vault = self.clone();
        future_to_promise(async move {
            let engine = Engine::detect();
            let author = Author { statement: vault.identity.statement(), clinic: None };
            let holder = Holder { vault_keys: std::slice::from_ref(&vault.key), own: &[] };
            let writes: Vec<ByteVec> = cbor::decode(&writes).map_err(broken)?;
            let mut count = 0;
            for write in &writes {
                let write: Write = cbor::decode(write).map_err(broken)?;
                let mut history = History::default();
                let revisions = history.accept(&engine, &vault.log, author, &write).await.map_err(refused)?;
                let opened = history.open(&engine, &write, revisions, &holder, &|_| true).await.map_err(refused)?;
                count += opened.len();
            }
            Ok(JsValue::from(count as u32))
        })
    }
}
