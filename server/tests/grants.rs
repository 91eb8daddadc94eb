//! Grants to persons: what is served to them from when to when, what rests on them, and what whoever has everything may do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::Platform;
use common::people::{ENGINE, NOW, Owner, Practice, draft, drafts, page};
use common::world::{Who, World, ask, audited, delegate, everything, list, wanted};
use serde_json::json;
use tidelock::Id;
use tidelock::keys::{ClinicBundle, Compartment, DataOwnerKind, KeyName, VaultKey};
use tidelock::records::{Batch, BatchOrigin, Draft, Holder, Scribe, Wrap, WrapTo, Write};
use tidelock::sharing::{ChainName, Cutoff, Permissions, Rights, VaultLog};
use tidelock::wire::{
    AddedWraps, BatchWraps, Bundle, ClinicKeys, ConflictKind, EntitiesRequest, FoundDataOwner, LogEntries, OwnManifests,
};
use tidelock_crypto::merkle::Frontier;
use tidelock_crypto::{cbor, merkle};

const VIEW: Permissions = Permissions { view: true, upload: false, note: false };
const UPLOAD: Permissions = Permissions { view: true, upload: true, note: false };

/// The entities of a vault that somebody is served.
async fn listed(platform: &Platform, token: &str, vault: &str) -> Result<Vec<Id>, u16> {
    let answer = list(platform, token, &everything(Some(vault))).await;
    if answer.status.as_u16() != 200 {
        return Err(answer.status.as_u16());
    }
    let bundle: Bundle = cbor::decode(&answer.body).unwrap();
    Ok(bundle.entities.iter().map(|entity| entity.entity).collect())
}

/// A write of one record by somebody into somebody else's vault.
async fn write_into(vault: &Owner, author: &Owner, chain: &Frontier, key: &VaultKey) -> Write {
    let (size, root) = (chain.size(), chain.root());
    let scribe = Scribe { identity: &author.identity, capacity: None, size, root };
    scribe.write(&ENGINE, &vault.log, Some(WrapTo::VaultKey(key)), drafts(1), NOW).await.unwrap()
}

fn entity(write: &Write) -> Id {
    write.parse().unwrap().revisions[0].leaf.entity
}

#[tokio::test]
async fn a_person_is_served_what_was_granted() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let bob = Owner::new(&platform, "bob").await;
    let token = bob.person.token.clone();
    let first = entity(&jill.store(&platform, drafts(1)).await);
    let statuses = async |jill: &Owner| {
        let mut statuses = Vec::new();
        for path in [jill.path("log"), jill.path("writes")] {
            statuses.push(platform.get(&path, &token).await.status.as_u16());
        }
        statuses
    };
    assert_eq!(statuses(&jill).await, [404, 404]);
    let to_bob = delegate(&bob);
    let key = jill.keys[0].clone();
    jill.grant(&platform, &to_bob, VIEW, std::slice::from_ref(&key)).await;
    assert_eq!(statuses(&jill).await, [200, 200]);
    assert_eq!(listed(&platform, &token, jill.vault()).await, Ok(vec![first]));
    assert_eq!(ask(&platform, &token, &wanted(&[first])).await.entities.len(), 1);
    // Nothing of it is a patient's record at a clinic.
    let path = format!("/v1/patients/{}/clinics", jill.vault());
    assert_eq!(platform.get(&path, &jill.person.token).await.expect(200).json(), json!([]));

    // To read is not to write.
    let mut chain = Frontier::new();
    let path = jill.path("writes");
    let send = async |write: &Write| platform.raw(Method::POST, &path, Some(&token), cbor::encode(write)).await;
    let early = write_into(&jill, &bob, &chain, &key).await;
    assert_eq!(send(&early).await.expect(403).problem(), "forbidden");
    jill.grant(&platform, &to_bob, UPLOAD, std::slice::from_ref(&key)).await;
    let write = write_into(&jill, &bob, &chain, &key).await;
    send(&write).await.expect(200);
    chain.push(merkle::leaf_hash(write.parse().unwrap().manifest.payload()));
    let second = entity(&write);

    // What comes with a new epoch is for those who have its key.
    let later = jill.mint(&platform, KeyName { compartment: Compartment::Data, epoch: 2, version: 1 }, None).await;
    jill.keys[0] = later.clone();
    let third = entity(&jill.store(&platform, drafts(1)).await);
    assert_eq!(statuses(&jill).await, [200, 404]);
    assert_eq!(listed(&platform, &token, jill.vault()).await, Ok(vec![first, second]));
    assert_eq!(ask(&platform, &token, &wanted(&[third])).await.entities.len(), 0);
    let late = write_into(&jill, &bob, &chain, &later).await;
    assert_eq!(send(&late).await.expect(403).problem(), "forbidden");
    jill.grant(&platform, &to_bob, UPLOAD, &[key.clone(), later.clone()]).await;
    assert_eq!(statuses(&jill).await, [200, 200]);
    assert_eq!(listed(&platform, &token, jill.vault()).await, Ok(vec![first, second, third]));

    // The end: what he wrote stands, and nothing is served.
    let chain_name = ChainName { author: bob.person.id.clone(), capacity: bob.person.id.clone() };
    let cutoff = Cutoff { chain: chain_name, size: chain.size(), root: chain.root() };
    let log = jill.log.clone();
    let conflict = jill.revoke(&platform, &bob.person.id, Vec::new()).await.expect(409).conflict();
    assert_eq!(conflict.kind, ConflictKind::Chain);
    jill.log = log;
    jill.revoke(&platform, &bob.person.id, vec![cutoff]).await.expect(200);
    assert_eq!(statuses(&jill).await, [404, 404]);
    assert_eq!(listed(&platform, &token, jill.vault()).await, Err(404));
    let bundle = ask(&platform, &jill.person.token, &wanted(&[second])).await;
    assert_eq!(bundle.manifests[0].proofs.len(), 1);
    // His own he may read still.
    let own = own_manifests(&platform, &token, jill.vault(), "").await;
    assert_eq!(own, OwnManifests { manifests: vec![write.manifest], more: false });
}

async fn own_manifests(platform: &Platform, token: &str, vault: &str, query: &str) -> OwnManifests {
    let path = format!("/v1/tidelock/vaults/{vault}/manifests{query}");
    cbor::decode(&platform.get(&path, token).await.expect(200).body).unwrap()
}

#[tokio::test]
async fn a_chain_is_read_by_its_author() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let mut practice = Practice::new(&platform).await;
    practice.share(&platform, &mut jill, common::people::ALL).await;
    let mut own = Vec::new();
    for _ in 0..3 {
        own.push(jill.store(&platform, drafts(1)).await.manifest);
    }
    let write = practice.write(&jill, &practice.capacity(), drafts(1)).await;
    practice.send(&platform, &jill, &write).await.expect(200);
    practice.chain.push(merkle::leaf_hash(write.parse().unwrap().manifest.payload()));

    let (vault, token) = (jill.vault().to_owned(), jill.person.token.clone());
    assert_eq!(own_manifests(&platform, &token, &vault, "").await.manifests, own);
    assert_eq!(own_manifests(&platform, &token, &vault, "?after=1").await.manifests, own[1..]);
    assert!(own_manifests(&platform, &token, &vault, &format!("?after={}", u64::MAX)).await.manifests.is_empty());
    let token = practice.admin.person.token.clone();
    assert!(own_manifests(&platform, &token, &vault, "").await.manifests.is_empty());
    let in_the_name_of = format!("?after=0&capacity={}", practice.id);
    assert_eq!(own_manifests(&platform, &token, &vault, &in_the_name_of).await.manifests, [write.manifest]);
    platform.get(&format!("/v1/tidelock/vaults/{vault}/manifests?after=x"), &token).await.expect(400);
}

#[tokio::test]
async fn what_rests_on_a_grant_ends_with_it() {
    let mut world = World::new().await;
    world.write(Who::Jill, draft(world.entity, None)).await;
    let (to_bob, key) = (delegate(&world.bob), world.jill.keys[0].clone());
    world.jill.grant(&world.platform, &to_bob, VIEW, &[key]).await;
    // Bob by his grant, Dave by what Bob gave him; and Carol by the owner.
    world.write(Who::Bob, world.share(Who::Dave, Rights::Read).await).await;
    world.write(Who::Jill, world.share(Who::Carol, Rights::Read).await).await;
    let body = br#"{"value":5.4}"#.to_vec();
    for who in [Who::Jill, Who::Carol, Who::Dave] {
        assert_eq!(world.reads(who).await, Ok(body.clone()), "{who:?}");
    }
    let bob = world.bob.person.id.clone();
    let cutoffs = world.history.cutoffs(&bob);
    world.jill.revoke(&world.platform, &bob, cutoffs).await.expect(200);
    assert_eq!(world.reads(Who::Carol).await, Ok(body));
    for who in [Who::Bob, Who::Dave] {
        assert_eq!(world.reads(who).await, Err("not served".to_owned()), "{who:?}");
    }
    world.platform.get(&world.jill.path("log"), &world.dave.person.token).await.expect(404);
    assert_eq!(audited(&world.platform, "entity.un").await, ["entity.undelegate revoked"]);
    // A new key is due: nothing more is written under the one that is there.
    let old = world.jill.keys[0].clone();
    let new = world.jill.mint(&world.platform, old.name().next_version(), Some(&old)).await;
    world.jill.keys.insert(0, new);
    assert_eq!(world.offer(Who::Jill, world.changed().await).await.expect(400).problem(), "tampered");
    let remaining = vec![delegate(&world.carol)];
    world.write(Who::Jill, Draft { remaining, ..draft(world.entity, world.history.entity(&world.entity)) }).await;
    assert!(world.reads(Who::Carol).await.is_ok());
    world.write(Who::Jill, world.changed().await).await;
}

/// A wrap of a batch's key to another vault key.
async fn wrap(owner: &Owner, write: &Write, to: &VaultKey) -> BatchWraps {
    let batch = write.batch.as_ref().unwrap();
    let origin = BatchOrigin::from(write.parse().unwrap().manifest.claims());
    let holder = Holder { vault_keys: &owner.keys, own: &[] };
    let key = batch.open(&ENGINE, &holder, &origin).await.unwrap();
    BatchWraps { batch: batch.id, wraps: vec![Batch::wrap(batch.id, &key, to).unwrap()] }
}

#[tokio::test]
async fn batches_are_wrapped_to_newer_keys() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let bob = Owner::new(&platform, "bob").await;
    let write = jill.store(&platform, drafts(1)).await;
    let path = jill.path("wraps");
    let token = jill.person.token.clone();
    let send = async |token: &str, batches: Vec<BatchWraps>| {
        platform.raw(Method::POST, &path, Some(token), cbor::encode(&AddedWraps { batches })).await
    };
    let old = jill.keys[0].clone();
    let stale = wrap(&jill, &write, &old).await;
    let new = jill.mint(&platform, old.name().next_version(), Some(&old)).await;
    let added = wrap(&jill, &write, &new).await;
    // Not to what is not the newest, to another compartment, by a drop box, to what there is not.
    let notes = wrap(&jill, &write, &jill.keys[1]).await;
    let boxed = Wrap::DropBox { key: new.name(), sealed: b"sealed".to_vec().into() };
    let boxed = BatchWraps { wraps: vec![boxed], ..added.clone() };
    for wrong in [stale, notes, boxed] {
        assert_eq!(send(&token, vec![wrong]).await.expect(400).problem(), "invalid_input");
    }
    let nothing = BatchWraps { batch: Id::random().unwrap(), ..added.clone() };
    send(&token, vec![added.clone(), nothing]).await.expect(404);
    assert_eq!(send(&token, vec![added.clone(); 1_001]).await.expect(413).problem(), "too_large");
    assert!(page(&platform, &jill, &token, "").await.writes[0].added.is_empty());
    send(&bob.person.token, vec![added.clone()]).await.expect(404);

    send(&token, vec![added.clone()]).await.expect(200);
    // Again, and by somebody else who has everything: it is there.
    jill.grant(&platform, &delegate(&bob), VIEW, std::slice::from_ref(&new)).await;
    send(&token, vec![added.clone()]).await.expect(200);
    send(&bob.person.token, vec![wrap(&jill, &write, &new).await]).await.expect(200);
    let served = page(&platform, &jill, &token, "").await;
    assert_eq!(served.writes[0].write, write);
    assert_eq!(*served.writes[0].added, added.wraps);
    let bundle = ask(&platform, &token, &wanted(&[entity(&write)])).await;
    let wraps = [write.batch.clone().unwrap().wraps, added.wraps.clone()].concat();
    assert_eq!(bundle.entities[0].batch.as_ref().unwrap().wraps, wraps);
    let holder = Holder { vault_keys: std::slice::from_ref(&new), own: &[] };
    let origin = BatchOrigin::from(write.parse().unwrap().manifest.claims());
    let served = bundle.entities[0].batch.clone().unwrap();
    assert!(Batch { wraps: wraps[1..].to_vec(), ..served }.open(&ENGINE, &holder, &origin).await.is_ok());

    // Not to a key that somebody who lost access holds.
    jill.revoke(&platform, &bob.person.id, Vec::new()).await.expect(200);
    assert_eq!(send(&token, vec![added]).await.expect(409).conflict().kind, ConflictKind::Key);
}

#[tokio::test]
async fn an_address_says_who_has_it() {
    let platform = Platform::new().await;
    let jill = Owner::new(&platform, "jill").await;
    let bob = platform.person("bob").await;
    let path = |email: &str| format!("/v1/tidelock/data-owners?email={email}");
    for email in ["jill@example.org", "JILL@example.org"] {
        let found: FoundDataOwner =
            cbor::decode(&platform.get(&path(email), &bob.token).await.expect(200).body).unwrap();
        assert_eq!(found, FoundDataOwner { owner: jill.vault().to_owned(), kind: DataOwnerKind::Patient });
    }
    // Nobody's, a part of one, and one of somebody who has no keys to share with.
    for email in ["nobody@example.org", "jill", "bob@example.org"] {
        platform.get(&path(email), &bob.token).await.expect(404);
    }
    platform.get("/v1/tidelock/data-owners", &bob.token).await.expect(400);
    for _ in 0..25 {
        platform.get(&path("nobody@example.org"), &bob.token).await.expect(404);
    }
    assert_eq!(platform.get(&path("jill@example.org"), &bob.token).await.expect(429).problem(), "rate_limited");
    platform.get(&path("jill@example.org"), &jill.person.token).await.expect(200);
}

#[tokio::test]
async fn a_clinic_has_a_vault_of_its_own() {
    let platform = Platform::new().await;
    let practice = Practice::new(&platform).await;
    let stranger = Owner::new(&platform, "stranger").await;
    let token = practice.admin.person.token.clone();
    let path = format!("/v1/tidelock/clinics/{}/keys", practice.id);
    let keys: ClinicKeys = cbor::decode(&platform.get(&path, &token).await.expect(200).body).unwrap();
    let root = practice.clinic.root_key(&ENGINE, &practice.admin.identity, &keys.envelopes).await.unwrap();
    let mut log = VaultLog::new(&practice.clinic);
    let key = log.mint_key(&ENGINE, &root, KeyName::first(Compartment::Data), None, NOW).await.unwrap();
    let entries = cbor::encode(&LogEntries {
        entries: log.entries_after(0).map(|entry| entry.to_vec().into()).collect(),
        unwrapped: cbor::Flag(false),
    });
    let path = |rest: &str| format!("/v1/tidelock/vaults/{}/{rest}", practice.id);
    platform.raw(Method::POST, &path("log"), Some(&stranger.person.token), entries.clone()).await.expect(404);
    platform.raw(Method::POST, &path("log"), Some(&token), entries).await.expect(200);
    let served: LogEntries = cbor::decode(&platform.get(&path("log"), &token).await.expect(200).body).unwrap();
    assert_eq!(served.entries.len(), 1);

    // Its people write in its name, share, and are served as it.
    let capacity = practice.capacity();
    let identity = &practice.admin.identity;
    let scribe = Scribe { identity, capacity: Some(&capacity), size: 0, root: Frontier::new().root() };
    let shared = Draft { added: vec![(delegate(&stranger), Rights::Read)], ..draft(Id::random().unwrap(), None) };
    let id = shared.id;
    let write = scribe.write(&ENGINE, &log, Some(WrapTo::VaultKey(&key)), vec![shared], NOW).await.unwrap();
    platform.raw(Method::POST, &path("writes"), Some(&stranger.person.token), cbor::encode(&write)).await.expect(404);
    platform.raw(Method::POST, &path("writes"), Some(&token), cbor::encode(&write)).await.expect(200);
    platform.get(&path("writes"), &token).await.expect(200);
    let as_clinic = EntitiesRequest { clinic: Some(practice.id.clone()), ..wanted(&[id]) };
    let bundles =
        [ask(&platform, &token, &as_clinic).await, ask(&platform, &stranger.person.token, &wanted(&[id])).await];
    for bundle in &bundles {
        assert_eq!(bundle.entities.len(), 1);
        assert_eq!((bundle.vaults[0].vault.as_str(), bundle.vaults[0].log.len()), (practice.id.as_str(), 1));
        assert!(bundle.vaults[0].statements.statements.is_empty());
        let published: Vec<&ClinicBundle> = bundle.clinics.iter().map(|clinic| &clinic.bundle).collect();
        assert_eq!(published, [&practice.clinic.bundle()]);
    }
    assert_eq!(bundles.map(|bundle| bundle.entities[0].wrap.is_some()), [false, true]);
    // As herself she is nobody there.
    assert!(ask(&platform, &token, &wanted(&[id])).await.entities.is_empty());
    // In her own name she writes nothing into it.
    let scribe = Scribe { identity, capacity: None, size: 0, root: Frontier::new().root() };
    let own = scribe.write(&ENGINE, &log, Some(WrapTo::VaultKey(&key)), drafts(1), NOW).await.unwrap();
    platform.raw(Method::POST, &path("writes"), Some(&token), cbor::encode(&own)).await.expect(403);
}
