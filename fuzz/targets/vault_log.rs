//! Entries of a vault log. The first byte says how many entries of the published record go before; the rest is appended as it
//! came, as the body of an entry that is in its place, and as the payload of an entry that was verified before.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tidelock::keys::{Compartment, IdentityStatement};
use tidelock::sharing::{Action, LogEntry, VaultLog, VaultOwner};
use tidelock::signed::{Statement, labelled};
use tidelock_crypto::cose::Sign1;
use tidelock_crypto::{Engine, Signature, cbor};

/// The log of the record in tests/vectors/protocol.json, after each of its entries; in the end the owner goes on under
/// another identity.
static LOGS: LazyLock<Vec<VaultLog>> = LazyLock::new(|| {
    let record: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/vectors/protocol.json")).expect("the record is JSON");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let bytes = |value: &serde_json::Value| -> Vec<u8> {
        let digits = text(value);
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("digits")).collect()
    };
    let owner = &record["identities"][0];
    let (statement, id, platform) =
        (bytes(&owner["statement"]["bytes"]), text(&owner["owner"]), text(&record["platform"]));
    let later = bytes(&record["recovery"]["identity"]["statement"]["bytes"]);
    let opened = |bytes: &[u8]| {
        pollster::block_on(IdentityStatement::open(&Engine::Software, bytes, &id, &platform)).expect("a statement")
    };
    let mut first = VaultLog::new(opened(&statement));
    first.add_owner(VaultOwner::from(opened(&later)));
    let mut logs = vec![first];
    let entries = [&record["log"], &record["batches"]["log"], &record["recovery"]["log"]];
    for entry in entries.into_iter().flat_map(|entries| entries.as_array().expect("a log")) {
        let mut next = logs.last().expect("there is one").clone();
        next.append_trusted(&bytes(&entry["bytes"])).expect("a valid entry");
        logs.push(next);
    }
    logs
});

/// An envelope without a signature that would hold.
fn envelope(payload: Vec<u8>) -> Vec<u8> {
    Sign1 { payload, signature: Signature::from_bytes([1; 64]) }.encode()
}

/// Asks a log everything that is derived from it.
fn look_at(log: &VaultLog) {
    for compartment in Compartment::ALL {
        if let Some(key) = log.current(compartment) {
            assert!(log.mint(&key).is_some());
            assert_eq!(log.is_exposed(&key), !log.is_usable_at(&key, log.number()));
        }
    }
    for standing in log.standings() {
        let grant = standing.grant;
        assert_eq!(log.standing_at(&grant.delegate, log.number()).map(|standing| standing.grant), Some(grant));
        assert_eq!(log.cutoffs_after(&grant.delegate, standing.number).count(), 0);
    }
    assert_eq!(log.entries_after(0).count() as u64, log.number());
    log.check_continues(&log.seen()).expect("a log continues itself");
    log.exposed();
    log.cutoffs().count();
}

fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    let before = &LOGS[usize::from(*first) % LOGS.len()];
    for bytes in [data.to_vec(), envelope(data.to_vec())] {
        let mut log = before.clone();
        if pollster::block_on(log.append(&Engine::Software, &bytes)).is_ok() {
            // Nobody here can sign: it is the next entry of the record.
            let next = &LOGS[usize::from(*first) % LOGS.len() + 1];
            assert_eq!(log.head(), next.head());
        }
        let mut log = before.clone();
        if log.append_trusted(&bytes).is_ok() {
            look_at(&log);
        }
    }
    let Ok(action) = cbor::decode::<Action>(data) else { return };
    let mut log = before.clone();
    let entry = LogEntry {
        vault: log.vault().to_owned(),
        author: log.owner().fingerprint(),
        number: log.number() + 1,
        previous: log.head(),
        time: 0,
        action,
    };
    let bytes = envelope(labelled(LogEntry::LABEL, &entry));
    assert!(pollster::block_on(log.append(&Engine::Software, &bytes)).is_err());
    if log.append_trusted(&bytes).is_ok() {
        look_at(&log);
    }
});
