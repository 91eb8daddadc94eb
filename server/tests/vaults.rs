//! Identities, vault logs, writes and clinic keys: what the platform takes in, and what it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::people::{ALL, ENGINE, NOW, Owner, Practice, draft, drafts, page};
use common::{DAY, ORIGIN, Platform};
use serde_json::json;
use tidelock::Id;
use tidelock::keys::{Clinic, Compartment, DataOwnerKind, Identity, KeyName};
use tidelock::records::{Capacity, Revision, Scribe, WrapTo};
use tidelock::sharing::{ChainName, Cutoff, Delegate, Permissions};
use tidelock::wire::json::{CertifiedClinic, to_base64url};
use tidelock::wire::{ClinicKeys, LogEntries, MAXIMUM_ITEMS, NewHead, NewIdentity, Statements, StoredBackup, Written};
use tidelock_crypto::merkle::Frontier;
use tidelock_crypto::{cbor, merkle};

#[tokio::test]
async fn an_identity_is_published_once() {
    let platform = Platform::new().await;
    let jill = Owner::unpublished(&platform, "jill").await;
    let stranger = platform.person("stranger").await;
    let path = format!("/v1/tidelock/identities/{}", jill.vault());
    assert_eq!(platform.get(&path, &stranger.token).await.expect(404).problem(), "not_found");
    jill.publish(&platform).await.expect(201);
    // The answer was lost, the request comes again.
    jill.publish(&platform).await.expect(201);

    let served: Statements = cbor::decode(&platform.get(&path, &stranger.token).await.expect(200).body).unwrap();
    assert_eq!(served.statements, [jill.identity.statement().bytes().to_vec().into()]);
    let answer = platform.get(&format!("{path}/backup"), &jill.person.token).await.expect(200);
    assert_eq!(cbor::decode::<StoredBackup>(&answer.body).unwrap().backup.as_slice(), b"sealed backup");
    platform.get(&format!("{path}/backup"), &stranger.token).await.expect(404);

    let second = Owner::keys_of(&jill.person, ORIGIN).await;
    let body = |statement: &Identity, log: Vec<Vec<u8>>| {
        cbor::encode(&NewIdentity {
            statement: statement.statement().bytes().to_vec().into(),
            backup: Vec::new().into(),
            succession: None,
            log: log.into_iter().map(Into::into).collect(),
        })
    };
    let token = Some(jill.person.token.as_str());
    assert_eq!(platform.raw(Method::POST, &path, token, body(&second, vec![])).await.expect(409).problem(), "conflict");
    platform.raw(Method::POST, &path, token, b"no CBOR".to_vec()).await.expect(400);

    // Somebody else's statement, a statement for another platform, a log that does not fit: nothing is stored of any.
    let path = format!("/v1/tidelock/identities/{}", stranger.id);
    let token = Some(stranger.token.as_str());
    platform.raw(Method::POST, &path, token, body(&second, vec![])).await.expect(400);
    let elsewhere = Owner::keys_of(&stranger, "https://elsewhere.example").await;
    platform.raw(Method::POST, &path, token, body(&elsewhere, vec![])).await.expect(400);
    let own = Owner::keys_of(&stranger, ORIGIN).await;
    let entries = jill.log.entries_after(0).map(<[u8]>::to_vec).collect();
    platform.raw(Method::POST, &path, token, body(&own, entries)).await.expect(409);
    platform.get(&path, &stranger.token).await.expect(404);
    platform.raw(Method::POST, &path, Some(&jill.person.token), body(&own, vec![])).await.expect(404);
}

#[tokio::test]
async fn a_log_goes_on_and_never_forks() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let fork = jill.log.clone();
    let (signing, key) = (jill.identity.signing().clone(), jill.keys[0].clone());
    let before = jill.log.number();
    let name = KeyName::first(Compartment::Data).next_version();
    jill.log.mint_key(&ENGINE, &signing, name, Some(&key), NOW).await.unwrap();
    jill.append(&platform, before).await.expect(200);
    // Again, and with what was there before.
    jill.append(&platform, before).await.expect(200);
    jill.append(&platform, 0).await.expect(200);

    let mut other = Owner { log: fork, ..jill };
    other.log.mint_key(&ENGINE, &signing, name, Some(&key), NOW).await.unwrap();
    assert_eq!(other.append(&platform, before).await.expect(409).problem(), "conflict");
    let token = other.person.token.as_str();
    let served: LogEntries =
        cbor::decode(&platform.get(&other.path("log?after=1"), token).await.expect(200).body).unwrap();
    assert_eq!(served.entries.len(), 3);
    platform.get(&other.path("log?after=x"), token).await.expect(400);

    // An entry whose signature was touched.
    let mut next = Vec::from(other.log.entries_after(before).next().unwrap());
    *next.last_mut().unwrap() ^= 1;
    let body = cbor::encode(&LogEntries { entries: vec![next.into()], unwrapped: cbor::Flag(false) });
    let answer = platform.raw(Method::POST, &other.path("log"), Some(token), body).await;
    assert!(answer.status.is_client_error());

    let stranger = platform.person("stranger").await;
    let refused = platform.get(&other.path("log"), &stranger.token).await.expect(404);
    let nobody = platform.get("/v1/tidelock/vaults/nobody/log", &stranger.token).await.expect(404);
    assert_eq!(refused.body, nobody.body);
}

#[tokio::test]
async fn records_are_written_and_read() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let first = jill.write(drafts(3)).await;
    let cursor: Written = cbor::decode(&jill.send(&platform, &first).await.expect(200).body).unwrap();
    // The answer was lost, the request comes again: the same place, and nothing twice.
    let again: Written = cbor::decode(&jill.send(&platform, &first).await.expect(200).body).unwrap();
    assert_eq!(again, cursor);
    let parsed = first.parse().unwrap();
    jill.chain.push(merkle::leaf_hash(parsed.manifest.payload()));
    jill.store(&platform, drafts(2)).await;

    let token = jill.person.token.clone();
    let all = page(&platform, &jill, &token, "").await;
    assert!(!all.more);
    assert_eq!(all.writes.len(), 2);
    assert_eq!(all.writes[0].write, first);
    let one = page(&platform, &jill, &token, "?limit=1").await;
    assert!(one.more && one.writes.len() == 1);
    let rest = page(&platform, &jill, &token, &format!("?after={}&limit=1", cursor.cursor)).await;
    assert!(!rest.more && rest.writes == all.writes[1..]);

    let Revision { leaf, rev, .. } = &parsed.revisions[1];
    let second = jill.store(&platform, vec![draft(leaf.entity, Some((1, *rev)))]).await;

    let stranger = platform.person("stranger").await;
    platform.get(&jill.path("writes"), &stranger.token).await.expect(404);
    let answer = platform.raw(Method::POST, &jill.path("writes"), Some(&stranger.token), cbor::encode(&second)).await;
    assert_eq!(answer.expect(404).problem(), "not_found");
}

#[tokio::test]
async fn places_are_numbers_of_64_bits() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    jill.store(&platform, drafts(1)).await;
    // As if the vault had seen more writes than 32 bits count.
    let before = u64::from(u32::MAX) + 5;
    platform.count_writes(jill.vault(), before).await;
    let latest = jill.store(&platform, drafts(1)).await;

    let token = jill.person.token.clone();
    let served = page(&platform, &jill, &token, &format!("?after={before}")).await;
    assert_eq!(served.writes.iter().map(|stored| stored.cursor).collect::<Vec<_>>(), [before + 1]);
    assert_eq!(served.writes[0].write, latest);
    for after in [before + 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
        let served = page(&platform, &jill, &token, &format!("?after={after}")).await;
        assert!(served.writes.is_empty() && !served.more, "after {after}");
        let log = platform.get(&jill.path(&format!("log?after={after}")), &token).await.expect(200);
        assert!(cbor::decode::<LogEntries>(&log.body).unwrap().entries.is_empty(), "after {after}");
    }
    for nonsense in ["18446744073709551616", "-1", "1.0", ""] {
        for list in ["writes", "log"] {
            platform.get(&jill.path(&format!("{list}?after={nonsense}")), &token).await.expect(400);
        }
    }
}

#[tokio::test]
async fn a_write_that_does_not_hold_changes_nothing() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let good = jill.store(&platform, drafts(2)).await;
    let Revision { leaf, rev, .. } = good.parse().unwrap().revisions[0].clone();

    // One entity of two has moved on: neither is stored.
    jill.store(&platform, vec![draft(leaf.entity, Some((1, rev)))]).await;
    let stale = jill.write(vec![draft(Id::random().unwrap(), None), draft(leaf.entity, Some((1, rev)))]).await;
    assert_eq!(jill.send(&platform, &stale).await.expect(409).problem(), "conflict");
    // A second first revision.
    let twice = jill.write(vec![draft(leaf.entity, None)]).await;
    jill.send(&platform, &twice).await.expect(409);
    // A manifest that forgets the ones before it.
    let forgetful = Scribe { identity: &jill.identity, capacity: None, size: 0, root: Frontier::new().root() };
    let forgetful =
        forgetful.write(&ENGINE, &jill.log, Some(WrapTo::VaultKey(&jill.keys[0])), drafts(1), NOW).await.unwrap();
    jill.send(&platform, &forgetful).await.expect(409);
    // Ciphertext, leaf, signature that were touched.
    let sound = jill.write(drafts(2)).await;
    let mut touched = sound.clone();
    touched.items[0].sealed = Some(b"something else".to_vec().into());
    assert_eq!(jill.send(&platform, &touched).await.expect(400).problem(), "tampered");
    let mut touched = sound.clone();
    touched.items.pop();
    jill.send(&platform, &touched).await.expect(400);
    let mut touched = sound.clone();
    let mut manifest = touched.manifest.to_vec();
    *manifest.last_mut().unwrap() ^= 1;
    touched.manifest = manifest.into();
    jill.send(&platform, &touched).await.expect(400);
    // Too many.
    let many = jill.write(drafts(MAXIMUM_ITEMS + 1)).await;
    assert_eq!(jill.send(&platform, &many).await.expect(413).problem(), "too_large");

    let token = jill.person.token.clone();
    assert_eq!(page(&platform, &jill, &token, "").await.writes.len(), 2);
    // What was refused is in nobody's way.
    jill.send(&platform, &sound).await.expect(200);
}

#[tokio::test]
async fn a_write_under_an_older_log_is_a_conflict() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let old = jill.write(drafts(1)).await;
    let key = jill.keys[0].clone();
    jill.mint(&platform, KeyName::first(Compartment::Data).next_version(), Some(&key)).await;
    assert_eq!(jill.send(&platform, &old).await.expect(409).problem(), "conflict");
}

#[tokio::test]
async fn a_thousand_records_in_one_request() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    jill.store(&platform, drafts(MAXIMUM_ITEMS)).await;
    let token = jill.person.token.clone();
    assert_eq!(page(&platform, &jill, &token, "").await.writes[0].write.items.len(), MAXIMUM_ITEMS);
}

#[tokio::test]
async fn a_certifying_code_brings_the_clinics_keys() {
    let platform = Platform::new().await;
    let practice = Practice::new(&platform).await;
    let jill = platform.person("jill").await;
    let path = format!("/v1/clinics/share_code/{}", practice.code);
    let found = platform.get(&path, &jill.token).await.expect(200).json();
    let certified: CertifiedClinic = serde_json::from_value(found["tidelock"].clone()).unwrap();
    assert_eq!(certified.bundle().unwrap(), practice.clinic.bundle());
    assert_eq!(certified.nonce, to_base64url(&[7; 16]));
    platform.wait(30 * DAY);
    let jill = platform.sign_in("jill@example.org", common::PASSWORD).await.token();
    platform.get(&path, &jill).await.expect(410);
}

#[tokio::test]
async fn a_clinics_keys_are_its_administrators() {
    let platform = Platform::new().await;
    let mut practice = Practice::new(&platform).await;
    let jill = Owner::new(&platform, "jill").await;
    let path = format!("/v1/tidelock/clinics/{}/keys", practice.id);
    let keys: ClinicKeys =
        cbor::decode(&platform.get(&path, &practice.admin.person.token).await.expect(200).body).unwrap();
    assert_eq!(keys.envelopes.len(), 2);
    let public: ClinicKeys = cbor::decode(&platform.get(&path, &jill.person.token).await.expect(200).body).unwrap();
    assert_eq!(public.bundle, keys.bundle);
    assert!(public.envelopes.is_empty());
    platform.raw(Method::PUT, &path, Some(&jill.person.token), cbor::encode(&keys)).await.expect(404);

    // Another root, even for the same administrator, is not taken.
    let (_, other) = platform.clinic(&practice.admin.person, "Moon").await;
    let identity = &practice.admin.identity;
    let (fake, envelopes) = Clinic::found(&ENGINE, &practice.id, ORIGIN, "Fake", identity, NOW).await.unwrap();
    let fake = ClinicKeys { bundle: fake.bundle(), envelopes, removed: cbor::List::default() };
    let token = practice.admin.person.token.clone();
    platform.raw(Method::PUT, &path, Some(&token), cbor::encode(&fake)).await.expect(409);
    assert_ne!(other, practice.code);
    // A roster without the administrator who publishes it.
    let (clinic, _) = platform.clinic(&practice.admin.person, "Sun").await;
    let (sun, envelopes) = Clinic::found(&ENGINE, &clinic, ORIGIN, "Sun", &jill.identity, NOW).await.unwrap();
    let sun = ClinicKeys { bundle: sun.bundle(), envelopes, removed: cbor::List::default() };
    let sun_path = format!("/v1/tidelock/clinics/{clinic}/keys");
    platform.raw(Method::PUT, &sun_path, Some(&token), cbor::encode(&sun)).await.expect(400);

    // The head is renewed, and does not go back.
    let root = practice.clinic.root_key(&ENGINE, &practice.admin.identity, &keys.envelopes).await.unwrap();
    let head_path = format!("/v1/tidelock/clinics/{}/head", practice.id);
    let old = cbor::encode(&NewHead { head: practice.clinic.head().bytes().to_vec().into() });
    practice.clinic.renew_head(&ENGINE, &root, NOW + 1).await.unwrap();
    let new = cbor::encode(&NewHead { head: practice.clinic.head().bytes().to_vec().into() });
    platform.raw(Method::PUT, &head_path, Some(&jill.person.token), new.clone()).await.expect(404);
    platform.raw(Method::PUT, &head_path, Some(&token), new.clone()).await.expect(200);
    platform.raw(Method::PUT, &head_path, Some(&token), new).await.expect(200);
    platform.raw(Method::PUT, &head_path, Some(&token), old).await.expect(409);
}

#[tokio::test]
async fn a_record_is_shared_written_to_and_revoked() {
    let platform = Platform::new().await;
    let mut practice = Practice::new(&platform).await;
    let mut jill = Owner::new(&platform, "jill").await;
    jill.store(&platform, drafts(2)).await;
    let token = practice.admin.person.token.clone();

    // Nothing is served before the clinic has accepted.
    let key = practice.invite(&platform, &mut jill, ALL).await.expect(200).json()["key"].as_str().unwrap().to_owned();
    platform.get(&jill.path("log"), &token).await.expect(404);
    platform.get(&jill.path("writes"), &token).await.expect(404);
    let invitations = format!("/v1/clinics/{}/invites/patients", practice.id);
    let waiting = platform.get(&invitations, &token).await.expect(200).json();
    assert_eq!(waiting[0]["tidelock"]["details"], to_base64url(b"sealed details"));
    let patient = platform.put(&format!("{invitations}/{key}"), &token, json!({})).await.expect(200).json();
    assert_eq!(patient["tidelock"]["details"], to_base64url(b"sealed details"));
    let served: LogEntries = cbor::decode(&platform.get(&jill.path("log"), &token).await.expect(200).body).unwrap();
    assert_eq!(served.entries.len() as u64, jill.log.number());
    assert_eq!(page(&platform, &jill, &token, "").await.writes.len(), 1);

    // The clinic writes, as itself only, and under the head that is the newest.
    let write = practice.write(&jill, &practice.capacity(), drafts(1)).await;
    practice.send(&platform, &jill, &write).await.expect(200);
    practice.chain.push(merkle::leaf_hash(write.parse().unwrap().manifest.payload()));
    let stale = Capacity { head: tidelock_crypto::Digest::of(b"older"), ..practice.capacity() };
    let stale = practice.write(&jill, &stale, drafts(1)).await;
    assert_eq!(practice.send(&platform, &jill, &stale).await.expect(409).problem(), "conflict");
    let elsewhere = Capacity { clinic: "000000000000000000000000".to_owned(), ..practice.capacity() };
    let elsewhere = practice.write(&jill, &elsewhere, drafts(1)).await;
    practice.send(&platform, &jill, &elsewhere).await.expect(404);

    // A revocation names every chain under the clinic as it stands, or is a conflict.
    let before = jill.log.number();
    let chain = ChainName { author: practice.admin.person.id.clone(), capacity: practice.id.clone() };
    let cutoff = Cutoff { chain, size: practice.chain.size(), root: practice.chain.root() };
    let signing = jill.identity.signing().clone();
    let granted = jill.log.clone();
    jill.log.revoke(&ENGINE, &signing, &practice.id, Vec::new(), NOW).await.unwrap();
    assert_eq!(jill.append(&platform, before).await.expect(409).problem(), "conflict");
    assert_eq!(page(&platform, &jill, &token, "").await.writes.len(), 2);
    jill.log = granted;
    jill.log.revoke(&ENGINE, &signing, &practice.id, vec![cutoff], NOW).await.unwrap();
    jill.append(&platform, before).await.expect(200);

    // From then on there is nothing there, for the clinic.
    for path in [jill.path("log"), jill.path("writes")] {
        platform.get(&path, &token).await.expect(404);
    }
    let late = practice.write(&jill, &practice.capacity(), drafts(1)).await;
    practice.send(&platform, &jill, &late).await.expect(404);
    platform.get(&format!("/v1/clinics/{}/patients/{}", practice.id, jill.vault()), &token).await.expect(404);
    // A key that the clinic has seen is not written under any more.
    let exposed = jill.write(drafts(1)).await;
    jill.send(&platform, &exposed).await.expect(409);
}

#[tokio::test]
async fn permissions_are_enforced() {
    let platform = Platform::new().await;
    let practice = Practice::new(&platform).await;
    let mut jill = Owner::new(&platform, "jill").await;
    practice.share(&platform, &mut jill, Permissions { view: true, ..Permissions::default() }).await;
    let token = &practice.admin.person.token;
    platform.get(&jill.path("writes"), token).await.expect(200);
    let write = practice.write(&jill, &practice.capacity(), drafts(1)).await;
    assert_eq!(practice.send(&platform, &jill, &write).await.expect(403).problem(), "forbidden");
    // The patient narrows it by Tidepool's route: the platform refuses at once.
    let path = format!("/v1/clinics/{}/patients/{}/permissions", practice.id, jill.vault());
    platform.put(&path, &jill.person.token, json!({ "upload": {} })).await.expect(200);
    platform.get(&jill.path("writes"), token).await.expect(404);
    platform.get(&jill.path("log"), token).await.expect(200);
    // More than the log grants is not to be had from the platform's record alone.
    assert_eq!(practice.send(&platform, &jill, &write).await.expect(403).problem(), "forbidden");
}

#[tokio::test]
async fn only_what_is_granted_to_a_clinic_changes_what_it_may_do() {
    let platform = Platform::new().await;
    let practice = Practice::new(&platform).await;
    let mut jill = Owner::new(&platform, "jill").await;
    let view = Permissions { view: true, ..Permissions::default() };
    practice.share(&platform, &mut jill, view).await;
    let path = format!("/v1/clinics/{}/patients/{}", practice.id, jill.vault());
    let token = &practice.admin.person.token;
    let permissions = platform.get(&path, token).await.expect(200).json()["permissions"].clone();
    assert_eq!(permissions, json!({ "view": {} }));

    // To a person by another id: nothing of the clinic's changes, neither when it begins nor when it ends.
    let signing = jill.identity.signing().clone();
    let person = Delegate::from(practice.admin.identity.statement());
    for ends in [false, true] {
        let before = jill.log.number();
        if ends {
            jill.log.revoke(&ENGINE, &signing, &person.id, Vec::new(), NOW).await.unwrap();
        } else {
            jill.log.grant(&ENGINE, &signing, &person, ALL, &[], NOW).await.unwrap();
        }
        jill.append(&platform, before).await.expect(200);
        assert_eq!(platform.get(&path, token).await.expect(200).json()["permissions"], permissions);
    }

    // To a person by the clinic's own id: the clinic's grant has ended by it, and the clinic gets nothing of the person's.
    let before = jill.log.number();
    let person = Delegate { id: practice.id.clone(), ..person };
    jill.log.grant(&ENGINE, &signing, &person, ALL, &[], NOW).await.unwrap();
    jill.append(&platform, before).await.expect(200);
    platform.get(&path, token).await.expect(404);
    platform.get(&jill.path("writes"), token).await.expect(404);
}

#[tokio::test]
async fn an_invitation_and_its_grant_are_one() {
    let platform = Platform::new().await;
    let practice = Practice::new(&platform).await;
    let mut jill = Owner::new(&platform, "jill").await;
    let minted = jill.log.number();
    let log = jill.log.clone();
    // The grant says less than the invitation, or is a person's under the clinic's id: nothing is stored, neither of them.
    let path = format!("/confirm/send/invite/{}/clinic", jill.vault());
    let mut to_person = log.clone();
    let delegate = Delegate { kind: DataOwnerKind::Practitioner, ..Delegate::from(&practice.clinic) };
    let view = Permissions { view: true, ..Permissions::default() };
    to_person.grant(&ENGINE, jill.identity.signing(), &delegate, view, &jill.keys[..1], NOW).await.unwrap();
    for entries in [Vec::new(), to_person.entries_after(minted).map(to_base64url).collect()] {
        let body = json!({
            "shareCode": practice.code, "permissions": { "view": {} },
            "tidelock": { "log": entries, "details": to_base64url(b"sealed details") },
        });
        platform.post(&path, &jill.person.token, body).await.expect(400);
    }
    platform.get(&format!("/confirm/invite/{}", jill.vault()), &jill.person.token).await.expect(404);

    practice.invite(&platform, &mut jill, ALL).await.expect(200);
    // A second invitation is refused, and its grant with it.
    let after = jill.log.number();
    practice.invite(&platform, &mut jill, ALL).await.expect(409);
    let served: LogEntries =
        cbor::decode(&platform.get(&jill.path("log"), &jill.person.token).await.expect(200).body).unwrap();
    assert_eq!(served.entries.len() as u64, after);
    assert!(after > minted);

    // Revoking in the log takes the invitation back.
    let mut revoked = Owner { log, ..jill };
    for entry in served.entries.iter().skip(usize::try_from(minted).unwrap()) {
        revoked.log.append(&ENGINE, entry).await.unwrap();
    }
    let signing = revoked.identity.signing().clone();
    revoked.log.revoke(&ENGINE, &signing, &practice.id, Vec::new(), NOW).await.unwrap();
    revoked.append(&platform, after).await.expect(200);
    let path = format!("/v1/clinics/{}/invites/patients", practice.id);
    assert_eq!(platform.get(&path, &practice.admin.person.token).await.expect(200).json(), json!([]));
}
