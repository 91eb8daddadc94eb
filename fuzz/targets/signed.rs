//! COSE_Sign1 envelopes, every kind of signed statement, and the labelled structures that are not signed: nothing panics,
//! and what is decoded is encoded as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidelock::keys::{Backup, ClinicHead, ClinicRoot, ClinicStatement, IdentityStatement, Roster, Succession};
use tidelock::records::{Attachment, Header, Manifest, UnfinishedAttachment};
use tidelock::sharing::{GiveBack, LogEntry};
use tidelock::signed::{Statement, Unverified, labelled};
use tidelock_crypto::cose::Sign1;
use tidelock_crypto::{Engine, Signature};

/// As it came, and as the payload of an envelope: only so does mutation reach the body.
fn read<T: Statement>(data: &[u8], payload: &[u8]) {
    for bytes in [data, payload] {
        if let Ok(statement) = Unverified::<T>::decode(bytes) {
            assert_eq!(labelled(T::LABEL, statement.claims()), statement.payload());
        }
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(envelope) = Sign1::decode(data) {
        assert_eq!(envelope.encode(), data);
    }
    let payload = Sign1 { payload: data.to_vec(), signature: Signature::from_bytes([1; 64]) }.encode();
    read::<IdentityStatement>(data, &payload);
    read::<ClinicRoot>(data, &payload);
    read::<ClinicStatement>(data, &payload);
    read::<Roster>(data, &payload);
    read::<ClinicHead>(data, &payload);
    read::<LogEntry>(data, &payload);
    read::<Manifest>(data, &payload);
    read::<Succession>(data, &payload);
    read::<GiveBack>(data, &payload);
    if let Ok(backup) = Backup::decode(data) {
        assert_eq!(backup.encode(), data);
    }
    if let Ok(header) = Header::decode(data) {
        assert_eq!(header.encode(), data);
    }
    if let Ok(attachment) = Attachment::decode(data) {
        assert_eq!(attachment.encode(), data);
        assert!((1..=8_192).contains(&attachment.chunks()));
    }
    if let Ok(unfinished) = UnfinishedAttachment::decode(data) {
        assert_eq!(unfinished.encode(), data);
    }
    // Nothing that was made up is anybody's statement.
    for bytes in [data, &payload] {
        assert!(pollster::block_on(IdentityStatement::open(&Engine::Software, bytes, "", "")).is_err());
    }
});
