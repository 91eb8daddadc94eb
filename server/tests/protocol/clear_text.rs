//! Nothing that our client wrote is readable where the platform keeps it.

use std::fs;
use std::path::Path;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use tidelock::keys::Backup;
use tidelock::recovery_code::RecoveryCode;
use tidelock::wire::StoredBackup;
use tidelock_crypto::cbor;

use crate::world::{Person, Shared, control, get};

/// The private keys of a person, out of her backup.
async fn secret_keys(person: &Person, recovery_code: &str) -> Vec<Vec<u8>> {
    let token = person.session.platform().token().unwrap();
    let path = format!("/v1/tidelock/identities/{}/backup", person.id());
    let stored: StoredBackup = cbor::decode(&person.network.raw(&get(&path, &token)).await.body).unwrap();
    let code = RecoveryCode::parse(recovery_code).unwrap();
    let restored = Backup::decode(&stored.backup).unwrap().open(person.id(), &code).unwrap();
    // A map of three byte strings of 32 bytes: each is preceded by its key and two bytes that say so.
    let encoded = cbor::encode(&restored.secrets);
    encoded[1..].chunks(35).map(|entry| entry[3..].to_vec()).collect()
}

fn everything_below(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            everything_below(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn the_platforms_files_hold_no_reading_no_name_and_no_secret() {
    let shared = Shared::new().await;
    shared.alice.import(&["glucose 287 recognisable", "before breakfast recognisable"]).await.unwrap();
    shared.doctor_reads().await.unwrap();
    let recovery_code = shared.alice.session.recovery_code().await.unwrap().unwrap();
    shared.alice.session.revoke(&shared.clinic, &control()).await.unwrap();

    let mut files = Vec::new();
    everything_below(&shared.world.folder, &mut files);
    assert!(files.iter().any(|(name, _)| name.ends_with("-wal")), "the write-ahead log is looked at, too");
    assert!(files.iter().any(|(name, _)| name.ends_with(".eml")), "and the mail");
    let all: Vec<u8> = files.iter().flat_map(|(_, content)| content.clone()).collect();
    assert!(contains(&all, b"Harbour Clinic"), "the search finds what is in clear on purpose");
    assert!(contains(&all, shared.alice.email.as_bytes()), "the account's address is in clear on purpose");

    let bare = recovery_code.replace('-', "");
    let mut needles: Vec<Vec<u8>> = [
        "recognisable",
        "Alice",
        "Appleseed",
        "1984-08-24",
        "\"comment\"",
        "meter one",
        &recovery_code,
        &bare,
        crate::world::PASSWORD,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    for secret in secret_keys(&shared.alice, &recovery_code).await {
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        needles.push(hex.to_uppercase().into_bytes());
        needles.push(hex.into_bytes());
        needles.push(Base64::encode_string(&secret).trim_end_matches('=').as_bytes().to_vec());
        needles.push(Base64UrlUnpadded::encode_string(&secret).into_bytes());
        needles.push(secret);
    }
    for needle in needles {
        assert!(!contains(&all, &needle), "{:?} stands in clear at the platform", String::from_utf8_lossy(&needle));
    }
}
