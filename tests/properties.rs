//! Whatever bytes arrive: no parser panics, what a parser accepts it writes again to the same bytes, and a change of
//! any bit of something signed or sealed is noticed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use tidelock::json::Json;
use tidelock::keys::{
    Backup, Clinic, ClinicBundle, ClinicHead, ClinicRoot, ClinicStatement, IdentityStatement, MemberEnvelope, Roster,
    Succession,
};
use tidelock::records::{Batch, EntityState, Header, Item, Leaf, Manifest, Write};
use tidelock::recovery_code::RecoveryCode;
use tidelock::sharing::{GiveBack, InvitationDetails, LogEntry, SeenLog, VaultLog, VaultOwner};
use tidelock::signed::{Signed, Statement, Unverified};
use tidelock::wire::{
    AddedWraps, AttachmentChunks, Bundle, ClinicKeys, EntitiesRequest, FinishedAttachment, FoundDataOwner, GiveBacks,
    ListRequest, LogEntries, NewAttachment, NewGiveBack, NewHead, NewIdentity, NewShareCode, OwnManifests, Problem,
    Recoveries, Refounding, Statements, StoredBackup, WritePage, Written, json,
};
use tidelock::{Id, Result};
use tidelock_crypto::cbor::{Decode, Encode};
use tidelock_crypto::{Engine, cbor, cose};

const PLATFORM: &str = "https://platform.example";
const ENGINE: Engine = Engine::Software;

fn wait<F: Future>(future: F) -> F::Output {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the software engine never waits"),
    }
}

/// Bytes of every kind from the published record.
static PUBLISHED: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors/protocol.json")).unwrap());

fn published(pointer: &str) -> Vec<u8> {
    let text = PUBLISHED.pointer(pointer).and_then(Value::as_str).expect(pointer);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn samples() -> Vec<Vec<u8>> {
    [
        "/identities/0/statement/bytes",
        "/backup/bytes",
        "/clinic/root/bytes",
        "/clinic/statement/bytes",
        "/clinic/roster/bytes",
        "/clinic/head/bytes",
        "/clinic/bundle",
        "/clinic/envelopes/0/bytes",
        "/log/0/bytes",
        "/log/3/bytes",
        "/log/4/bytes",
        "/log/5/bytes",
        "/writes/0/bytes",
        "/writes/1/bytes",
        "/writes/1/manifest/bytes",
        "/writes/0/entities/0/header",
        "/writes/2/entities/0/leaf",
        "/invitation/plaintext",
        "/entities/writes/0/bytes",
        "/entities/writes/2/leaf",
        "/entities/bundle/bytes",
        "/batches/writes/0/bytes",
        "/batches/writes/1/bytes",
        "/recovery/succession/bytes",
        "/recovery/give_backs/0/bytes",
        "/recovery/log/0/bytes",
    ]
    .into_iter()
    .map(published)
    .collect()
}

/// Reads a structure; what is accepted is canonical.
fn structure<T: Decode + Encode>(bytes: &[u8]) {
    if let Ok(value) = cbor::decode::<T>(bytes) {
        assert_eq!(cbor::encode(&value), bytes);
    }
}

/// Reads a statement; what is accepted is canonical, and so is what it says.
fn statement<T: Statement>(bytes: &[u8]) {
    if let Ok(statement) = Unverified::<T>::decode(bytes) {
        assert_eq!(cose::Sign1::decode(bytes).unwrap().encode(), bytes);
        let payload = tidelock::signed::labelled(T::LABEL, statement.claims());
        assert_eq!(payload, statement.payload());
    }
}

/// Hands bytes to every parser there is.
fn parse_all(bytes: &[u8]) {
    statement::<IdentityStatement>(bytes);
    statement::<ClinicRoot>(bytes);
    statement::<ClinicStatement>(bytes);
    statement::<Roster>(bytes);
    statement::<ClinicHead>(bytes);
    statement::<LogEntry>(bytes);
    statement::<Manifest>(bytes);
    statement::<Succession>(bytes);
    statement::<GiveBack>(bytes);
    structure::<SeenLog>(bytes);
    structure::<ClinicBundle>(bytes);
    structure::<MemberEnvelope>(bytes);
    structure::<EntityState>(bytes);
    structure::<Leaf>(bytes);
    structure::<Batch>(bytes);
    structure::<Item>(bytes);
    structure::<Write>(bytes);
    structure::<InvitationDetails>(bytes);
    structure::<ClinicKeys>(bytes);
    structure::<AddedWraps>(bytes);
    structure::<NewAttachment>(bytes);
    structure::<AttachmentChunks>(bytes);
    structure::<FinishedAttachment>(bytes);
    structure::<Bundle>(bytes);
    structure::<EntitiesRequest>(bytes);
    structure::<ListRequest>(bytes);
    structure::<OwnManifests>(bytes);
    structure::<LogEntries>(bytes);
    structure::<FoundDataOwner>(bytes);
    structure::<GiveBacks>(bytes);
    structure::<NewGiveBack>(bytes);
    structure::<Recoveries>(bytes);
    structure::<Refounding>(bytes);
    structure::<NewHead>(bytes);
    structure::<NewIdentity>(bytes);
    structure::<NewShareCode>(bytes);
    structure::<Problem>(bytes);
    structure::<Statements>(bytes);
    structure::<StoredBackup>(bytes);
    structure::<WritePage>(bytes);
    structure::<Written>(bytes);
    if let Ok(write) = cbor::decode::<Write>(bytes) {
        let _ = write.parse();
    }
    if let Ok(header) = Header::decode(bytes) {
        assert_eq!(header.encode(), bytes);
    }
    if let Ok(backup) = Backup::decode(bytes) {
        assert_eq!(backup.encode(), bytes);
        let _ = backup.open("a1b2c3d4e5", &RecoveryCode::from_bytes([7; 16]));
    }
    if let Ok(bundle) = cbor::decode::<ClinicBundle>(bytes) {
        let _ = wait(Clinic::open(&ENGINE, &bundle, "63e1f4a5b6c7d8e9f0a1b2c3", PLATFORM));
    }
    let _ = wait(IdentityStatement::open(&ENGINE, bytes, "a1b2c3d4e5", PLATFORM));
}

fn log() -> VaultLog {
    VaultLog::new(identity("/identities/0/statement/bytes"))
}

fn identity(pointer: &str) -> Signed<IdentityStatement> {
    wait(IdentityStatement::open(&ENGINE, &published(pointer), "a1b2c3d4e5", PLATFORM)).unwrap()
}

fn next_statement() -> Signed<IdentityStatement> {
    identity("/recovery/identity/statement/bytes")
}

fn succession(bytes: &[u8]) -> Result<Signed<Succession>> {
    wait(Succession::open(&ENGINE, bytes, &identity("/identities/0/statement/bytes"), &next_statement()))
}

/// The log up to where the owner goes on under another identity, which is known.
fn log_before_refound() -> VaultLog {
    let mut log = log();
    log.add_owner(VaultOwner::from(next_statement()));
    for part in ["/log", "/batches/log"] {
        for number in 0..PUBLISHED.pointer(part).and_then(Value::as_array).unwrap().len() {
            log.append_trusted(&published(&format!("{part}/{number}/bytes"))).unwrap();
        }
    }
    log
}

/// Whether somebody who checks everything takes these bytes for what stands at this place.
fn accepted(pointer: &str, bytes: &[u8]) -> Result<()> {
    match pointer {
        "/identities/0/statement/bytes" => {
            wait(IdentityStatement::open(&ENGINE, bytes, "a1b2c3d4e5", PLATFORM)).map(drop)
        }
        "/log/0/bytes" => wait(log().append(&ENGINE, bytes)),
        "/recovery/log/0/bytes" => wait(log_before_refound().append(&ENGINE, bytes)),
        "/recovery/succession/bytes" => succession(bytes).map(drop),
        "/clinic/bundle" => {
            let bundle: ClinicBundle = cbor::decode(bytes)?;
            wait(Clinic::open(&ENGINE, &bundle, "63e1f4a5b6c7d8e9f0a1b2c3", PLATFORM)).map(drop)
        }
        "/backup/bytes" => {
            let code = RecoveryCode::from_bytes(*b"sixteen bytes ok");
            Backup::decode(bytes)?.open("a1b2c3d4e5", &code).map(drop)
        }
        _ => panic!("no such place"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse_all(&bytes);
    }

    #[test]
    fn spoilt_samples_never_panic(
        sample in any::<Index>(),
        edits in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
        cut in any::<Index>(),
        keep in any::<bool>(),
    ) {
        let samples = samples();
        let mut bytes = samples[sample.index(samples.len())].clone();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if !keep {
            bytes.truncate(cut.index(bytes.len()));
        }
        parse_all(&bytes);
    }

    #[test]
    fn texts_never_panic(text in any::<String>()) {
        let _ = RecoveryCode::parse(&text);
        let _ = text.parse::<Id>();
        let _ = json::from_base64url(&text);
        let _ = Json::parse(text.as_bytes()).and_then(|json| json::CertifiedClinic::of_json(&json));
    }

    #[test]
    fn recovery_codes_round_trip(secret in any::<[u8; 16]>(), at in 0..28_usize, symbol in 0..32_usize) {
        let code = RecoveryCode::from_bytes(secret).reveal();
        prop_assert_eq!(&*RecoveryCode::parse(&code).unwrap().reveal(), &*code);
        let mut typed: Vec<char> = code.replace('-', "").chars().collect();
        let symbol = char::from(tidelock::share_code::ALPHABET[symbol]);
        let right = std::mem::replace(&mut typed[at], symbol);
        prop_assert_eq!(RecoveryCode::parse(&typed.iter().collect::<String>()).is_ok(), right == symbol);
    }

    #[test]
    fn a_changed_bit_is_noticed(
        place in prop::sample::select(vec![
            "/identities/0/statement/bytes", "/log/0/bytes", "/clinic/bundle", "/backup/bytes",
            "/recovery/succession/bytes", "/recovery/log/0/bytes",
        ]),
        at in any::<Index>(),
        bit in 0..8_u32,
    ) {
        let mut bytes = published(place);
        prop_assert!(accepted(place, &bytes).is_ok());
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(accepted(place, &bytes).is_err(), "{} byte {} bit {}", place, at, bit);
    }
}

#[test]
fn every_sample_is_read_by_its_parser() {
    for bytes in samples() {
        parse_all(&bytes);
        for length in 0..bytes.len() {
            parse_all(&bytes[..length]);
        }
    }
}
