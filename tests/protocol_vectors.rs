//! One small record, from the identity of its owner to a revocation, as bytes that other implementations can open.
//!
//! What is random is taken from the committed file; everything else in the file is computed here a second time, from
//! the formulas of `docs/protocol.md`, and the library must open, verify and refuse what the file says.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "protocol_vectors/entities.rs"]
mod entities;
#[path = "protocol_vectors/recovery.rs"]
mod recovery;
mod served;

use std::collections::BTreeMap;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use tidelock::keys::{
    Backup, BackupKey, Clinic, ClinicBundle, ClinicHead, ClinicRoot, ClinicStatement, Compartment, DataOwnerKind,
    EnvelopePurpose, Identity, IdentitySecrets, IdentityStatement, KeyName, MemberEnvelope, Roster, VaultKey,
};
use tidelock::records::{
    Author, Capacity, Draft, History, Manifest, PATIENT, Revision, Scribe, Wrap, WrapTo, Write, link,
};
use tidelock::recovery_code::{RecoveryCode, RecoveryCodeError};
use tidelock::share_code::{CodeContext, ShareCode};
use tidelock::sharing::{Action, Delegate, InvitationDetails, LogEntry, Permissions, VaultLog};
use tidelock::signed::{Signed, Statement, Unverified};
use tidelock::{Error, Id};
use tidelock_crypto::cbor::{Encode, List};
use tidelock_crypto::{
    AgreementKey, Digest, Engine, Prk, PublicKey, SecretKey, Signature, SigningKey, aead, cbor, cose, hmac_sha256,
    hpke, kdf, merkle, software,
};

const PLATFORM: &str = "https://platform.example";
const ALICE: &str = "a1b2c3d4e5";
const DORA: &str = "d0c70r0001";
const CLINIC: &str = "63e1f4a5b6c7d8e9f0a1b2c3";
const NOW: u64 = 1_780_000_000_000;
const EXPIRES: u64 = 1_811_536_000_000;
const ENGINE: Engine = Engine::Software;

/// The futures of the software engine never wait.
fn wait<F: Future>(future: F) -> F::Output {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the software engine never waits"),
    }
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The labelled encoding, written out.
fn labelled<T: Encode>(label: &str, body: &T) -> Vec<u8> {
    cbor::encode(&(1_u8, 1_u8, label, body))
}

fn expand<T: Encode>(key: &SecretKey, label: &str, body: &T) -> SecretKey {
    Prk::from_key(key).expand_key(&labelled(label, body))
}

fn sha256(parts: &[&[u8]]) -> Digest {
    Digest::of(&parts.concat())
}

fn secret(bytes: &[u8]) -> SecretKey {
    SecretKey::from_slice(bytes).unwrap()
}

/// The three private scalars of an identity, as they are encoded inside a backup.
#[derive(Clone)]
struct Scalars {
    agreement: SecretKey,
    signing: SecretKey,
    rotation: SecretKey,
}

tidelock_crypto::cbor_map!(Scalars { 0: agreement, 1: signing, 2: rotation });

impl Scalars {
    fn of(owner: &str) -> Self {
        let scalar = |key: &str| {
            let seed = Digest::of_parts(&[b"tidelock protocol vector ", owner.as_bytes(), b" ", key.as_bytes()]);
            hpke::derive_key_pair(seed.as_bytes()).unwrap().0
        };
        Self { agreement: scalar("agreement"), signing: scalar("signing"), rotation: scalar("rotation") }
    }

    fn secrets(&self) -> IdentitySecrets {
        cbor::decode(&cbor::encode(self)).unwrap()
    }

    fn agreement(&self) -> AgreementKey {
        software::import_agreement_key(&self.agreement).unwrap()
    }

    fn signing(&self) -> SigningKey {
        software::import_signing_key(&self.signing).unwrap()
    }
}

/// Everything in the file that cannot be computed from something else in it.
struct Story {
    recovery_secret: [u8; 16],
    alice: Vec<u8>,
    dora: Vec<u8>,
    backup: Vec<u8>,
    bundle: ClinicBundle,
    envelopes: Vec<MemberEnvelope>,
    nonce: [u8; 16],
    log: Vec<Vec<u8>>,
    details: Vec<u8>,
    writes: Vec<Vec<u8>>,
    refused: Vec<u8>,
    /// Told after everything else, from what the rest leads to; empty where it has not been told.
    entities: entities::Told,
    /// Likewise, after that.
    recovery: recovery::Told,
}

fn patient() -> InvitationDetails {
    InvitationDetails { full_name: "Alice Appleseed".to_owned(), birth_date: Some("1984-08-24".to_owned()) }
}

impl Story {
    /// Tells the story anew, with fresh random values.
    fn tell() -> Self {
        wait(async {
            let (alice_scalars, dora_scalars) = (Scalars::of(ALICE), Scalars::of(DORA));
            let recovery_secret = *b"sixteen bytes ok";
            let code = RecoveryCode::from_bytes(recovery_secret);
            let found = async |scalars: &Scalars, owner, kind| {
                let key = BackupKey::generate().unwrap();
                let public = key.public(owner).unwrap();
                let secrets = scalars.secrets();
                let identity = secrets.found(&ENGINE, owner, kind, PLATFORM, public, NOW).await.unwrap();
                let backup = Backup::seal(&key, owner, identity.fingerprint(), &secrets, &code).unwrap();
                (identity, backup)
            };
            let (alice, backup) = found(&alice_scalars, ALICE, DataOwnerKind::Patient).await;
            let (dora, _) = found(&dora_scalars, DORA, DataOwnerKind::Practitioner).await;
            let (clinic, envelopes) =
                Clinic::found(&ENGINE, CLINIC, PLATFORM, "Harbour Clinic", &dora, NOW + 1).await.unwrap();

            let mut log = VaultLog::new(alice.statement().clone());
            let mut keys = Vec::new();
            for compartment in Compartment::ALL {
                let name = KeyName::first(compartment);
                keys.push(log.mint_key(&ENGINE, alice.signing(), name, None, NOW + 2).await.unwrap());
            }
            let mut history = History::default();
            let mut writes = Vec::new();
            let mut accept = |log: &VaultLog, author, write: Write| {
                wait(history.accept(&ENGINE, log, author, &write)).unwrap();
                writes.push(cbor::encode(&write));
                history.clone()
            };
            let own = Author { statement: alice.statement(), clinic: None };
            let for_clinic = Author { statement: dora.statement(), clinic: Some(&clinic) };

            // Alice writes who she is, and one reading that links to her.
            let link_secret = SecretKey::random().unwrap();
            let sample = Id::random().unwrap();
            let person = r#"{"firstName":"Alice","lastName":"Appleseed"}"#;
            let links = vec![link(&link_secret, "DataSample")];
            let drafts = vec![
                linked(Id::random().unwrap(), PATIENT, person, Vec::new(), Some(vec![link_secret.clone()])),
                linked(sample, "DataSample", r#"{"comment":"5.6 mmol/L"}"#, links.clone(), None),
            ];
            let root = merkle::root(&[]);
            let scribe = Scribe { identity: &alice, capacity: None, size: 0, root };
            let write = scribe.write(&ENGINE, &log, Some(WrapTo::VaultKey(&keys[0])), drafts, NOW + 3).await.unwrap();
            accept(&log, own, write);

            // She shares the record with a clinic, and a member writes in its name.
            let delegate = Delegate::from(&clinic);
            let permissions = Permissions { view: true, upload: true, note: true };
            log.grant(&ENGINE, alice.signing(), &delegate, permissions, &keys[..2], NOW + 4).await.unwrap();
            let details = patient().seal(&ENGINE, ALICE, alice.fingerprint(), &delegate).await.unwrap();
            let capacity = Capacity::from(&clinic);
            let scribe = Scribe { identity: &dora, capacity: Some(&capacity), size: 0, root };
            let drafts = vec![draft(Id::random().unwrap(), "DataSample", r#"{"comment":"HbA1c 6.1 %"}"#)];
            let write = scribe.write(&ENGINE, &log, Some(WrapTo::VaultKey(&keys[0])), drafts, NOW + 5).await.unwrap();
            let now = accept(&log, for_clinic, write);

            // She revokes; what the member signs afterwards under the old log does not stand.
            let (size, root) = now.chain(&now.cutoffs(CLINIC)[0].chain);
            let scribe = Scribe { identity: &dora, capacity: Some(&capacity), size, root };
            let drafts = vec![draft(Id::random().unwrap(), "DataSample", r#"{"comment":"too late"}"#)];
            let refused = scribe.write(&ENGINE, &log, Some(WrapTo::VaultKey(&keys[0])), drafts, NOW + 6).await.unwrap();
            log.revoke(&ENGINE, alice.signing(), CLINIC, now.cutoffs(CLINIC), NOW + 7).await.unwrap();
            for key in keys.iter_mut().take(2) {
                let next = key.name().next_version();
                *key = log.mint_key(&ENGINE, alice.signing(), next, Some(key), NOW + 7).await.unwrap();
            }

            // She corrects her reading, under the next key.
            let own_chain = now.seen().into_iter().find(|seen| seen.chain.author == ALICE).unwrap();
            let scribe = Scribe { identity: &alice, capacity: None, size: own_chain.size, root: own_chain.root };
            let drafts = vec![Draft {
                replaces: now.entity(&sample),
                ..linked(sample, "DataSample", r#"{"comment":"6.5 mmol/L"}"#, links, None)
            }];
            let write = scribe.write(&ENGINE, &log, Some(WrapTo::VaultKey(&keys[0])), drafts, NOW + 8).await.unwrap();
            accept(&log, own, write);

            Self {
                recovery_secret,
                alice: alice.statement().bytes().to_vec(),
                dora: dora.statement().bytes().to_vec(),
                backup: backup.encode(),
                bundle: clinic.bundle(),
                envelopes,
                nonce: tidelock_crypto::random::bytes().unwrap(),
                log: log.entries_after(0).map(<[u8]>::to_vec).collect(),
                details,
                writes,
                refused: cbor::encode(&refused),
                entities: entities::Told::default(),
                recovery: recovery::Told::default(),
            }
        })
    }

    fn of_file(file: &Value) -> Self {
        let list = |list: &Value, member: &str| -> Vec<Vec<u8>> {
            list.as_array().unwrap().iter().map(|entry| unhex(&entry[member])).collect()
        };
        let clinic = &file["clinic"];
        let part = |name: &str| unhex(&clinic[name]["bytes"]).into();
        Self {
            recovery_secret: unhex(&file["backup"]["recovery_secret"]).try_into().unwrap(),
            alice: unhex(&file["identities"][0]["statement"]["bytes"]),
            dora: unhex(&file["identities"][1]["statement"]["bytes"]),
            backup: unhex(&file["backup"]["bytes"]),
            bundle: ClinicBundle {
                root: part("root"),
                statement: part("statement"),
                roster: part("roster"),
                head: part("head"),
                earlier: List::default(),
                former: List::default(),
            },
            envelopes: list(&clinic["envelopes"], "bytes").iter().map(|bytes| cbor::decode(bytes).unwrap()).collect(),
            nonce: unhex(&file["share_code"]["nonce"]).try_into().unwrap(),
            log: list(&file["log"], "bytes"),
            details: unhex(&file["invitation"]["sealed"]),
            writes: list(&file["writes"], "bytes"),
            refused: unhex(&file["refused"]["write_after_revocation"]),
            entities: entities::Told::of_file(&file["entities"]),
            recovery: recovery::Told::of_file(file),
        }
    }
}

fn draft(id: Id, kind: &str, body: &str) -> Draft {
    Draft::record(id, kind, body.as_bytes().to_vec(), Vec::new(), None).unwrap()
}

fn linked(id: Id, kind: &str, body: &str, links: Vec<Digest>, secrets: Option<Vec<SecretKey>>) -> Draft {
    Draft::record(id, kind, body.as_bytes().to_vec(), links, secrets).unwrap()
}

/// A signed statement: opened by hand, verified by the library, and signed again to the same bytes.
fn signed<T: Statement + Clone>(bytes: &[u8], key: &SigningKey) -> (Signed<T>, Value) {
    let envelope = cose::Sign1::decode(bytes).unwrap();
    let aad = format!("tidelock/1/{}", T::LABEL).into_bytes();
    wait(software_verify(key.public(), &cose::to_be_signed(&aad, &envelope.payload), &envelope.signature));
    let statement = wait(Unverified::<T>::decode(bytes).unwrap().verify(&ENGINE, key.public())).unwrap();
    assert_eq!(statement.digest(), Digest::of(&envelope.payload));
    assert_eq!(envelope.payload, labelled(T::LABEL, statement.body()));
    let again = wait(Signed::sign(&ENGINE, key, statement.body().clone())).unwrap();
    assert_eq!(again.bytes(), bytes, "ECDSA is deterministic here (RFC 6979)");
    let json = json!({
        "bytes": hex(bytes),
        "external_data": String::from_utf8(aad).unwrap(),
        "payload": hex(&envelope.payload),
        "digest": hex(statement.digest()),
    });
    (statement, json)
}

async fn software_verify(key: &PublicKey, message: &[u8], signature: &Signature) {
    ENGINE.verify(key, message, signature).await.unwrap();
}

fn open_hpke(private: &AgreementKey, info: &[u8], sealed: &[u8]) -> Vec<u8> {
    wait(hpke::open(&ENGINE, private, info, &[], sealed)).unwrap().to_vec()
}

fn identity(owner: &str, bytes: &[u8]) -> (Identity, Value) {
    identity_of(owner, owner, bytes)
}

/// An identity whose scalars come from a name.
fn identity_of(name: &str, owner: &str, bytes: &[u8]) -> (Identity, Value) {
    let scalars = Scalars::of(name);
    let (_, statement) = signed::<IdentityStatement>(bytes, &scalars.signing());
    let opened = wait(IdentityStatement::open(&ENGINE, bytes, owner, PLATFORM)).unwrap();
    let rotation = software::import_signing_key(&scalars.rotation).unwrap();
    assert_eq!(opened.body().rotation_commitment, Digest::of(&labelled("rotation key", rotation.public())));
    let json = json!({
        "owner": owner,
        "agreement_private": hex(scalars.agreement.expose()),
        "agreement_public": hex(opened.body().agreement),
        "signing_private": hex(scalars.signing.expose()),
        "signing_public": hex(opened.body().signing),
        "rotation_private": hex(scalars.rotation.expose()),
        "rotation_public": hex(rotation.public()),
        "rotation_commitment": hex(opened.body().rotation_commitment),
        "fingerprint": hex(opened.digest()),
        "statement": statement,
    });
    (wait(scalars.secrets().restore(&ENGINE, opened)).unwrap(), json)
}

struct RawBackup {
    owner: String,
    fingerprint: Digest,
    sealed: minicbor::bytes::ByteVec,
    ways: Vec<RawWay>,
}

tidelock_crypto::cbor_map!(RawBackup { 0: owner, 1: fingerprint, 2: sealed, 3: ways });

struct RawWay {
    kind: u8,
    fields: Vec<minicbor::bytes::ByteVec>,
}

tidelock_crypto::cbor_array!(RawWay [kind, fields]);

struct LabelledBackup {
    version: u8,
    suite: u8,
    label: String,
    body: RawBackup,
}

tidelock_crypto::cbor_array!(LabelledBackup [version, suite, label, body]);

fn backup(story: &Story, alice: &Identity) -> Value {
    let code = RecoveryCode::from_bytes(story.recovery_secret);
    let restored = Backup::decode(&story.backup).unwrap().open(ALICE, &code).unwrap();
    assert_eq!(restored.fingerprint, alice.fingerprint());
    assert_eq!(cbor::encode(&restored.secrets), cbor::encode(&Scalars::of(ALICE)));
    let other = RecoveryCode::from_bytes([0; 16]);
    assert!(Backup::decode(&story.backup).unwrap().open(ALICE, &other).is_err());

    let LabelledBackup { version, suite, label, body: raw } = cbor::decode(&story.backup).unwrap();
    assert_eq!((version, suite, label.as_str(), raw.owner.as_str()), (1, 1, "backup", ALICE));
    let context = (ALICE, alice.fingerprint());
    let way_key =
        kdf::extract(b"tidelock/1/recovery code", &story.recovery_secret).expand_key(&labelled("backup key", &ALICE));
    let RawWay { kind, fields } = &raw.ways[0];
    assert_eq!((*kind, fields.len()), (1, 1));
    let key = secret(&aead::open(&way_key, &labelled("backup key", &context), &fields[0]).unwrap());
    let content_key = expand(&key, "backup content", &ALICE);
    let content = aead::open(&content_key, &labelled("backup content", &context), &raw.sealed).unwrap();
    assert_eq!(*content, cbor::encode(&Scalars::of(ALICE)));
    let seed = expand(&key, "backup key pair", &ALICE);
    let (private, public) = hpke::derive_key_pair(seed.expose()).unwrap();
    assert_eq!(public, alice.statement().body().backup);
    json!({
        "recovery_secret": hex(story.recovery_secret),
        "recovery_code": code.reveal().as_str(),
        "recovery_key": hex(way_key.expose()),
        "backup_key": hex(key.expose()),
        "content_key": hex(content_key.expose()),
        "content": hex(&*content),
        "key_pair_seed": hex(seed.expose()),
        "private": hex(private.expose()),
        "public": hex(public),
        "bytes": hex(&story.backup),
    })
}

fn clinic(story: &Story, dora: &Identity) -> (Clinic, AgreementKey, Value) {
    let clinic = wait(Clinic::open(&ENGINE, &story.bundle, CLINIC, PLATFORM)).unwrap();
    let scalars = Scalars::of(DORA);
    let mut opened = Vec::new();
    let envelopes: Vec<Value> = story
        .envelopes
        .iter()
        .map(|envelope| {
            let purpose: u8 = match envelope.purpose {
                EnvelopePurpose::Agreement => 1,
                EnvelopePurpose::Root => 2,
            };
            let context = (clinic.fingerprint(), DORA, dora.fingerprint(), purpose, envelope.version);
            let info = labelled("clinic key", &context);
            let key = open_hpke(&scalars.agreement(), &info, &envelope.sealed);
            opened.push((envelope.purpose, secret(&key)));
            json!({ "bytes": hex(cbor::encode(envelope)), "info": hex(info), "private_key": hex(key) })
        })
        .collect();
    assert_eq!(opened[0].0, EnvelopePurpose::Agreement);
    let agreement = software::import_agreement_key(&opened[0].1).unwrap();
    let root_key = software::import_signing_key(&opened[1].1).unwrap();
    let by_library = wait(clinic.agreement_key(&ENGINE, dora, &story.envelopes)).unwrap();
    assert_eq!(by_library.public(), agreement.public());
    assert_eq!(wait(clinic.root_key(&ENGINE, dora, &story.envelopes)).unwrap().public(), root_key.public());
    let json = json!({
        "id": CLINIC,
        "fingerprint": hex(clinic.fingerprint()),
        "root": signed::<ClinicRoot>(&story.bundle.root, &root_key).1,
        "statement": signed::<ClinicStatement>(&story.bundle.statement, &root_key).1,
        "roster": signed::<Roster>(&story.bundle.roster, &root_key).1,
        "head": signed::<ClinicHead>(&story.bundle.head, &root_key).1,
        "bundle": hex(cbor::encode(&story.bundle)),
        "envelopes": envelopes,
    });
    (clinic, agreement, json)
}

fn share_code(story: &Story, clinic: &Clinic) -> Value {
    let context = CodeContext {
        platform: PLATFORM.to_owned(),
        clinic: CLINIC.to_owned(),
        root_fingerprint: clinic.fingerprint(),
        expires: EXPIRES,
    };
    let code = wait(ShareCode::certify(&context, &story.nonce)).unwrap();
    let mut password = cbor::Writer::default();
    password.items(&[&1_u8, &1_u8, &"share code", &PLATFORM, &CLINIC, &clinic.fingerprint(), &EXPIRES]);
    let password = password.into_bytes();
    assert_eq!(cbor::encode(&context), password);
    json!({ "expires": EXPIRES, "nonce": hex(story.nonce), "password": hex(password), "code": code.to_string() })
}

/// The keys that the entries of the log hand over, by name.
type Keys = BTreeMap<(u8, u32, u32), SecretKey>;

fn numbers(name: &KeyName) -> (u8, u32, u32) {
    let compartment = Compartment::ALL.iter().position(|compartment| *compartment == name.compartment).unwrap() + 1;
    (compartment as u8, name.epoch, name.version)
}

struct Handed(Vec<SecretKey>);

tidelock_crypto::cbor_array!(Handed[0]);

fn log(story: &Story, alice: &Identity, clinic: &Clinic, private: &AgreementKey) -> (VaultLog, Keys, Value) {
    let scalars = Scalars::of(ALICE);
    let fingerprint = alice.fingerprint();
    let mut log = VaultLog::new(alice.statement().clone());
    let mut keys = Keys::new();
    let mut entries = Vec::new();
    for bytes in &story.log {
        let (entry, mut json) = signed::<LogEntry>(bytes, alice.signing());
        let mut opened = |to: (&str, Digest, Digest), private: &AgreementKey, names: &[KeyName], sealed: &[u8]| {
            let names: Vec<_> = names.iter().map(numbers).collect();
            let info = labelled("grant", &(ALICE, fingerprint, to, &names, entry.body().previous));
            let plaintext = open_hpke(private, &info, sealed);
            let Handed(handed) = cbor::decode(&plaintext).unwrap();
            assert_eq!(handed.len(), names.len());
            for (name, key) in names.into_iter().zip(handed) {
                assert_eq!(keys.entry(name).or_insert_with(|| key.clone()).expose(), key.expose());
            }
            json!({ "info": hex(info), "plaintext": hex(plaintext) })
        };
        let action = match &entry.body().action {
            Action::Mint(mint) => {
                let owner = (ALICE, fingerprint, fingerprint);
                let message = opened(owner, &scalars.agreement(), &[mint.key], &mint.sealed);
                json!({ "mint": message })
            }
            Action::Grant(grant) => {
                let to = (CLINIC, clinic.fingerprint(), clinic.statement().digest());
                json!({ "grant": opened(to, private, &grant.keys, &grant.sealed) })
            }
            Action::Revoke(_) => json!({ "revoke": {} }),
            Action::Refound(_) => json!({ "refound": {} }),
        };
        json["number"] = json!(entry.body().number);
        json["action"] = action;
        entries.push(json);
        wait(log.append(&ENGINE, bytes)).unwrap();
    }
    (log, keys, entries.into())
}

fn vault_keys(log: &VaultLog, keys: &Keys) -> Value {
    let describe = |(name, key): (&(u8, u32, u32), &SecretKey)| {
        let compartment = Compartment::ALL[usize::from(name.0) - 1];
        let named = KeyName { compartment, epoch: name.1, version: name.2 };
        let by_library = VaultKey::new(ALICE, named, key.clone());
        let derive = |label: &str| expand(key, label, &(ALICE, name));
        let mint = log.mint(&named).unwrap();
        let commitment = derive("vault key commitment");
        assert_eq!(mint.commitment.as_bytes(), commitment.expose());
        assert_eq!(by_library.commitment(), mint.commitment);
        let seed = derive("vault drop box");
        let (private, public) = hpke::derive_key_pair(seed.expose()).unwrap();
        assert_eq!(mint.drop_box, public);
        assert_eq!(by_library.drop_box().unwrap().1, public);
        let wrap_key = derive("vault wrap key");
        assert_eq!(by_library.wrap_key(), wrap_key);
        let previous_key = derive("previous vault key");
        let previous = mint.previous.as_ref().map(|sealed| {
            let before = aead::open(&previous_key, &labelled("previous vault key", &(ALICE, name)), sealed).unwrap();
            assert_eq!(*before, keys[&(name.0, name.1, name.2 - 1)].expose());
            hex(&*before)
        });
        json!({
            "compartment": name.0,
            "epoch": name.1,
            "version": name.2,
            "key": hex(key.expose()),
            "commitment": hex(mint.commitment),
            "wrap_key": hex(wrap_key.expose()),
            "drop_box_seed": hex(seed.expose()),
            "drop_box_private": hex(private.expose()),
            "drop_box_public": hex(public),
            "previous_key_key": hex(previous_key.expose()),
            "previous_key": previous,
        })
    };
    keys.iter().map(describe).collect()
}

struct RawContent {
    salt: minicbor::bytes::ByteArray<16>,
    body: minicbor::bytes::ByteVec,
    link_secrets: Option<Vec<SecretKey>>,
}

tidelock_crypto::cbor_map!(RawContent { 0: salt, 1: body, 2: link_secrets });

fn write(bytes: &[u8], keys: &Keys, history: &mut History, log: &VaultLog, author: Author<'_>) -> Value {
    let write: Write = cbor::decode(bytes).unwrap();
    let accepted = wait(history.accept(&ENGINE, log, author, &write)).unwrap();
    let manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap();
    let batch = write.batch.as_ref().unwrap();
    let Wrap::Vault { key: name, sealed } = &batch.wraps[0] else { panic!("another wrap") };
    let name = numbers(name);
    let wrap_key = expand(&keys[&name], "vault wrap key", &(ALICE, name));
    let data = labelled("batch wrap", &(batch.id, ALICE, name));
    let batch_key = secret(&aead::open(&wrap_key, &data, sealed).unwrap());
    let mut hashes = Vec::new();
    let mut entities = Vec::new();
    for (item, Revision { leaf, rev, header }) in write.items.iter().zip(&accepted) {
        let (header, header_bytes) = (header.as_ref().unwrap(), item.header.as_ref().unwrap());
        let sealed = item.sealed.as_ref().unwrap();
        let key = expand(&batch_key, "entity key", &leaf.entity);
        let commitment = expand(&key, "entity key commitment", &());
        assert_eq!(header.commitment.as_bytes(), commitment.expose());
        let content_key = expand(&key, "entity content", &());
        let plaintext = aead::open(&content_key, header_bytes, sealed).unwrap();
        let content: RawContent = cbor::decode(&plaintext).unwrap();
        let digests = leaf.content.as_ref().unwrap();
        assert_eq!(digests.sealed, sha256(&[header_bytes, sealed]));
        assert_eq!(digests.plain, sha256(&[&*content.salt, &content.body]));
        assert_eq!(*rev, sha256(&[&[0], &item.leaf]));
        let link_secrets: Vec<String> =
            content.link_secrets.iter().flatten().map(|secret| hex(secret.expose())).collect();
        hashes.push(*rev);
        entities.push(json!({
            "id": hex(leaf.entity.as_bytes()),
            "id_text": leaf.entity.to_string(),
            "kind": header.kind,
            "sequence": leaf.sequence,
            "entity_key": hex(key.expose()),
            "commitment": hex(header.commitment),
            "content_key": hex(content_key.expose()),
            "header": hex(&**header_bytes),
            "sealed": hex(&**sealed),
            "plaintext": hex(&*plaintext),
            "body": String::from_utf8(content.body.to_vec()).unwrap(),
            "links": header.links.iter().map(hex).collect::<Vec<_>>(),
            "link_secrets": link_secrets,
            "leaf": hex(&*item.leaf),
            "leaf_hash": hex(rev),
            "rev": rev.to_string(),
        }));
    }
    assert_eq!(manifest.claims().root, merkle::root(&hashes));
    let (size, root) = history.chain(&manifest.claims().chain());
    let author_key = Scalars::of(&manifest.claims().author).signing();
    json!({
        "bytes": hex(bytes),
        "author": manifest.claims().author,
        "capacity": manifest.claims().chain().capacity,
        "manifest": signed::<Manifest>(&write.manifest, &author_key).1,
        "batch_id": hex(batch.id.as_bytes()),
        "vault_key": [u32::from(name.0), name.1, name.2],
        "batch_key": hex(batch_key.expose()),
        "entities": entities,
        "manifest_root": hex(manifest.claims().root),
        "chain_size_after": size,
        "chain_root_after": hex(root),
    })
}

fn recovery_codes() -> Value {
    let secrets =
        [[0; 16], [0xff; 16], *b"sixteen bytes ok", *Digest::of(b"recovery").as_bytes().first_chunk().unwrap()];
    let valid: Vec<Value> = secrets
        .iter()
        .map(|secret| {
            let code = RecoveryCode::from_bytes(*secret).reveal();
            assert_eq!(*RecoveryCode::parse(&code.to_lowercase().replace('-', " ")).unwrap().reveal(), *code);
            json!({ "secret": hex(secret), "code": code.as_str() })
        })
        .collect();
    let shown = RecoveryCode::from_bytes(secrets[2]).reveal().replace('-', "");
    let replaced = |changes: &[(usize, char)]| {
        let mut typed: Vec<char> = shown.chars().collect();
        for (position, symbol) in changes {
            typed[position - 1] = *symbol;
        }
        typed.into_iter().collect::<String>()
    };
    let typed = [
        replaced(&[(1, 'A')]),
        replaced(&[(13, '9')]),
        replaced(&[(28, 'Z')]),
        replaced(&[(3, 'Z'), (17, 'A')]),
        // S₁ = 0; S₂ = 0; a place beyond the last symbol; a padding bit that is set, under check symbols that fit.
        replaced(&[(1, 'R'), (2, '9')]),
        replaced(&[(1, 'R'), (2, 'E')]),
        replaced(&[(1, 'N'), (2, 'M')]),
        replaced(&[(26, 'P'), (27, 'M'), (28, '4')]),
        // Said as it was typed, before the number of symbols, and wherever it stands.
        replaced(&[(5, '0')]),
        replaced(&[(5, 'i')]),
        replaced(&[(5, 'ſ')]),
        format!("-QPWZ|s7df {}", &shown[8..]).replace("PNSN", "pnsn-É"),
        "¼".to_owned(),
        shown[..27].to_owned(),
        format!("{shown}A"),
        " – !".to_owned(),
    ];
    let mistyped: Vec<Value> = typed
        .iter()
        .map(|text| match RecoveryCode::parse(text).unwrap_err() {
            RecoveryCodeError::Mistyped { position, expected } => {
                json!({ "text": text, "error": "mistyped", "position": position, "expected": expected })
            }
            RecoveryCodeError::WrongSymbol { position, found } => {
                json!({ "text": text, "error": "wrong symbol", "position": position, "found": found })
            }
            RecoveryCodeError::WrongLength { found } => {
                json!({ "text": text, "error": "wrong length", "symbols": found })
            }
            _ => json!({ "text": text, "error": "several mistyped" }),
        })
        .collect();
    json!({ "valid": valid, "mistyped": mistyped })
}

/// A backup whose first bytes were replaced, or that ends early: what is said about it, version and suite coming first.
fn other_versions(backup: &[u8]) -> Value {
    let with = |head: &[u8]| [head, &backup[3..]].concat();
    let cases = [
        with(&[0x84, 2, 1]),
        with(&[0x84, 1, 2]),
        with(&[0x84, 0, 1]),
        with(&[0x84, 0x19, 1, 0, 1]),
        // Another label, and nothing that could be a body.
        b"\x84\x02\x01\x64mine\x00".to_vec(),
        with(&[0x82, 2, 1]),
        vec![0x84, 2, 1, 0x41, 0],
        vec![0x85, 0x18, 0xff, 2],
        with(&[0x84, 0x18, 1, 1]),
        with(&[0x84, 0x20, 1]),
        with(&[0x83, 1, 1]),
        vec![0x84, 2],
        vec![],
    ];
    let (mut unsupported, mut tampered) = (Vec::new(), Vec::new());
    for case in cases {
        match *Backup::decode(&case).unwrap_err() {
            Error::Unsupported => unsupported.push(hex(&case)),
            error => {
                assert_eq!(error.code(), "tampered");
                tampered.push(hex(&case));
            }
        }
    }
    json!({ "unsupported": unsupported, "tampered": tampered })
}

/// The same signature with the other of the two possible values of `s`.
fn with_high_s(statement: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
        0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mut bytes = statement.to_vec();
    let start = bytes.len() - 32;
    let mut borrow = 0;
    for (s, order) in bytes[start..].iter_mut().zip(ORDER).rev() {
        let difference = i32::from(order) - i32::from(*s) - borrow;
        borrow = i32::from(difference < 0);
        *s = difference.rem_euclid(256) as u8;
    }
    bytes
}

/// The story in all detail.
fn describe(story: &Story) -> Value {
    let (alice, alice_json) = identity(ALICE, &story.alice);
    let (dora, dora_json) = identity(DORA, &story.dora);
    let backup = backup(story, &alice);
    let (clinic, private, clinic_json) = clinic(story, &dora);
    let share_code = share_code(story, &clinic);
    let (log, keys, log_json) = log(story, &alice, &clinic, &private);
    assert_eq!(log.standing(CLINIC).map(|standing| standing.number), None);
    let opened = wait(log.open_as_owner(&ENGINE, alice.agreement())).unwrap();
    assert_eq!(opened.len(), keys.len());
    assert!(log.exposed().is_empty());
    let exposed = KeyName::first(Compartment::Data);
    assert!(log.is_exposed(&exposed) && !log.is_exposed(&exposed.next_version()));

    let delegate = Delegate::from(&clinic);
    let to = (CLINIC, clinic.fingerprint(), clinic.statement().digest());
    let info = labelled("invitation details", &(ALICE, alice.fingerprint(), to));
    let details = open_hpke(&private, &info, &story.details);
    assert_eq!(details, cbor::encode(&patient()));
    let by_library =
        wait(InvitationDetails::open(&ENGINE, ALICE, alice.fingerprint(), &delegate, &private, &story.details));
    assert_eq!(by_library.unwrap(), patient());

    let mut history = History::default();
    let mut writes = Vec::new();
    for (index, bytes) in story.writes.iter().enumerate() {
        let author = match index {
            1 => Author { statement: dora.statement(), clinic: Some(&clinic) },
            _ => Author { statement: alice.statement(), clinic: None },
        };
        if index == 2 {
            let late: Write = cbor::decode(&story.refused).unwrap();
            let author = Author { statement: dora.statement(), clinic: Some(&clinic) };
            let refused = wait(history.clone().accept(&ENGINE, &log, author, &late));
            assert!(
                matches!(refused, Err(error) if error.code() == "tampered"),
                "a write that a revocation does not let stand"
            );
        }
        writes.push(write(bytes, &keys, &mut history, &log, author));
    }

    let link_secret = secret(&unhex(
        &writes[0]["entities"]
            .as_array()
            .unwrap()
            .iter()
            .find_map(|entity| entity["link_secrets"].get(0))
            .unwrap()
            .clone(),
    ));
    let link_value = link(&link_secret, "DataSample");
    assert_eq!(link_value, hmac_sha256(link_secret.expose(), &labelled("link", &"DataSample")));
    let import_key = |name: (u8, u32, u32)| expand(&keys[&name], "import ids", &(ALICE, name));
    let imported = |name: (u8, u32, u32), message: &[u8]| {
        let id = Id::of_source(import_key(name).expose(), message);
        assert_eq!(id.as_bytes(), &hmac_sha256(import_key(name).expose(), message).as_bytes()[..16]);
        json!({ "key": hex(import_key(name).expose()), "message": hex(message), "id": hex(id.as_bytes()) })
    };
    let by_clinic = labelled("clinic import", &(CLINIC, "meter 7, 2026-05-28T20:26:40Z"));

    let setting = entities::Setting {
        alice: &alice,
        dora: &dora,
        clinic: &clinic,
        private: &private,
        log: &log,
        keys: &keys,
        vault_keys: &opened,
        history: &history,
        link_secret: &link_secret,
    };
    let told = if story.entities.writes.is_empty() { setting.tell() } else { story.entities.clone() };
    let (entities, history) = entities::describe(&setting, &told);
    let told = &story.recovery;
    let told = if told.writes.is_empty() { recovery::tell(&setting, &history) } else { told.clone() };
    let (batches, recovery, safety_number) = recovery::describe(&setting, &history, &told);

    let high_s = with_high_s(&story.alice);
    let refused = wait(IdentityStatement::open(&ENGINE, &high_s, ALICE, PLATFORM));
    assert!(matches!(refused, Err(error) if error.code() == "tampered"));
    assert_eq!(with_high_s(&high_s), story.alice);
    let long_form = [&story.log[0][..3], &[0xa1, 0x01, 0x38, 0x06], &story.log[0][6..]].concat();
    assert!(Unverified::<LogEntry>::decode(&long_form).is_err());

    json!({
        "about": "One small record: two identities, a backup, a clinic with its share code, a vault log with three \
                  first keys, a grant, a revocation and two next keys, and three writes, one of them in the name of \
                  the clinic. Bytes are in hexadecimal digits, times in milliseconds since the epoch. How each value \
                  comes from the others is said in docs/protocol.md. Written by tests/protocol_vectors.rs.",
        "platform": PLATFORM,
        "recovery_codes": recovery_codes(),
        "other_versions": other_versions(&story.backup),
        "identities": [alice_json, dora_json],
        "backup": backup,
        "clinic": clinic_json,
        "share_code": share_code,
        "log": log_json,
        "vault_keys": vault_keys(&log, &keys),
        "invitation": { "info": hex(info), "plaintext": hex(details), "sealed": hex(&story.details) },
        "writes": writes,
        "links": [{ "secret": hex(link_secret.expose()), "child_type": "DataSample", "link": hex(link_value) }],
        "import_ids": [
            imported((3, 1, 1), b"tidelock: the owner"),
            imported((3, 1, 1), b"meter 7, 2026-05-28T20:26:40Z"),
            imported((1, 1, 1), &by_clinic),
        ],
        "entities": entities,
        "batches": batches,
        "recovery": recovery,
        "safety_number": safety_number,
        "refused": {
            "write_after_revocation": hex(&story.refused),
            "statement_with_high_s": hex(high_s),
        },
    })
}

/// `TIDELOCK_WRITE_VECTORS=1 cargo test` tells the story anew, `TIDELOCK_WRITE_VECTORS=entities` only from the single entity
/// on, `TIDELOCK_WRITE_VECTORS=recovery` only what comes last, the rest being frozen.
#[test]
fn the_published_record_opens_and_is_what_the_formulas_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/protocol.json");
    if let Some(part) = std::env::var_os("TIDELOCK_WRITE_VECTORS") {
        let file = || -> Value { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
        let recovery = recovery::Told::default();
        let story = match part.to_str() {
            Some("recovery") => Story { recovery, ..Story::of_file(&file()) },
            Some("entities") => Story { entities: entities::Told::default(), recovery, ..Story::of_file(&file()) },
            _ => Story::tell(),
        };
        let text = serde_json::to_string_pretty(&describe(&story)).unwrap() + "\n";
        assert!(text.len() < 200_000);
        std::fs::write(path, &text).unwrap();
    }
    let text = std::fs::read_to_string(path).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let again = serde_json::to_string_pretty(&describe(&Story::of_file(&file))).unwrap() + "\n";
    assert_eq!(text, again, "TIDELOCK_WRITE_VECTORS=1 writes the file anew");
}
