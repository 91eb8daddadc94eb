//! Identities in several versions, and owners who get their keys back and go on with their vault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::people::{ALL, ENGINE, NOW, Owner, Practice, draft, drafts};
use common::world::{Who, World, ask, audited, delegate, wanted};
use common::{Answer, DAY, PASSWORD, Platform};
use serde_json::json;
use tidelock::keys::{Compartment, KeyName};
use tidelock::records::{Draft, Scribe, WrapTo};
use tidelock::sharing::{Cutoff, Delegate, GiveBack, Giving, Permissions, Returned, Rights, VaultOwner};
use tidelock::wire::{
    ConflictKind, GiveBacks, LogEntries, NewGiveBack, NewIdentity, Recoveries, Refounding, Statements, StoredBackup,
};
use tidelock_crypto::cbor;

const VIEW: Permissions = Permissions { view: true, upload: false, note: false };

async fn backup(platform: &Platform, owner: &Owner, query: &str) -> Vec<u8> {
    let path = format!("/v1/tidelock/identities/{}/backup{query}", owner.person.id);
    let answer = platform.get(&path, &owner.person.token).await.expect(200);
    cbor::decode::<StoredBackup>(&answer.body).unwrap().backup.to_vec()
}

#[tokio::test]
async fn an_identity_gets_next_versions() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let path = format!("/v1/tidelock/identities/{}", jill.person.id);
    let (secrets, second, succession) = jill.next().await;
    // A succession that somebody else signed, or that is for another version.
    let (_, other, for_other) = jill.next().await;
    let stranger = Owner::new(&platform, "stranger").await;
    let forged = stranger.secrets.succeed(&ENGINE, jill.identity.statement(), second.statement()).await.unwrap();
    for wrong in [forged.bytes().to_vec(), for_other, b"nonsense".to_vec()] {
        jill.succeed(&platform, &second, Some(wrong)).await.expect(400);
    }
    // With entries of the log, and by somebody else.
    let body = NewIdentity {
        statement: second.statement().bytes().to_vec().into(),
        backup: Vec::new().into(),
        log: vec![b"entry".to_vec().into()],
        succession: None,
    };
    platform.raw(Method::POST, &path, Some(&jill.person.token), cbor::encode(&body)).await.expect(400);
    platform.raw(Method::POST, &path, Some(&stranger.person.token), cbor::encode(&body)).await.expect(404);

    jill.succeed(&platform, &second, Some(succession.clone())).await.expect(201);
    jill.succeed(&platform, &second, Some(succession.clone())).await.expect(201);
    let conflict = jill.succeed(&platform, &other, None).await.expect(409).conflict();
    assert_eq!(conflict.kind, ConflictKind::Identity);
    let served: Statements = cbor::decode(&platform.get(&path, &stranger.person.token).await.expect(200).body).unwrap();
    let statements = [&jill.identity, &second].map(|identity| identity.statement().bytes().to_vec().into());
    assert_eq!(served.statements, statements);
    assert_eq!(*served.successions, [succession.into()]);
    assert_eq!(backup(&platform, &jill, "").await, b"backup 2");
    assert_eq!(backup(&platform, &jill, "?version=2").await, b"backup 2");
    assert_eq!(backup(&platform, &jill, "?version=1").await, b"sealed backup");
    platform.get(&format!("{path}/backup?version=3"), &jill.person.token).await.expect(404);
    platform.get(&format!("{path}/backup?version=1"), &stranger.person.token).await.expect(404);

    // What the one before signs is not taken any more, and the log goes on under it only until it is refounded.
    let write = jill.write(drafts(1)).await;
    assert_eq!(jill.send(&platform, &write).await.expect(409).conflict().kind, ConflictKind::Identity);
    (jill.secrets, jill.identity) = (secrets, second);
    let write = jill.write(drafts(1)).await;
    assert_eq!(jill.send(&platform, &write).await.expect(403).problem(), "forbidden");

    // Three a day.
    for _ in 0..2 {
        let (secrets, next, _) = jill.next().await;
        jill.succeed(&platform, &next, None).await.expect(201);
        (jill.secrets, jill.identity) = (secrets, next);
    }
    let (_, next, _) = jill.next().await;
    assert_eq!(jill.succeed(&platform, &next, None).await.expect(429).problem(), "rate_limited");
    platform.wait(DAY);
    jill.person.token = platform.sign_in("jill@example.org", PASSWORD).await.token();
    jill.succeed(&platform, &next, None).await.expect(201);
}

/// One entity that Carol may change, who has another identity since.
async fn renewed(accepted: bool) -> World {
    let mut world = World::shared().await;
    let (_, next, succession) = world.carol.next().await;
    world.carol.succeed(&world.platform, &next, accepted.then_some(succession)).await.expect(201);
    world.carol.identity = next;
    world
}

#[tokio::test]
async fn an_accepted_identity_has_the_rights_of_the_one_before() {
    let world = renewed(true).await;
    // To share with it is to share with the one before.
    let lesser = world.offer(Who::Jill, world.share(Who::Carol, Rights::Read).await).await;
    assert_eq!(lesser.expect(400).problem(), "tampered");
    world.offer(Who::Carol, world.changed().await).await.expect(200);
}

#[tokio::test]
async fn an_identity_that_nobody_accepted_has_none() {
    let mut world = renewed(false).await;
    assert_eq!(world.offer(Who::Carol, world.changed().await).await.expect(403).problem(), "forbidden");
    world.write(Who::Jill, world.share(Who::Carol, Rights::Read).await).await;
    let standing = world.state().standing(&world.carol.person.id).unwrap();
    assert_eq!((standing.fingerprint, standing.rights), (world.carol.identity.fingerprint(), Rights::Read));
}

/// A vault with one entity that Carol may change, that Bob has by a grant, and from which he gave it to Dave.
async fn world() -> World {
    let mut world = World::new().await;
    let added = vec![(delegate(&world.carol), Rights::Write)];
    world.write(Who::Jill, Draft { added, ..draft(world.entity, None) }).await;
    let (to_bob, keys) = (delegate(&world.bob), world.jill.keys[..1].to_vec());
    world.jill.grant(&world.platform, &to_bob, VIEW, &keys).await;
    world.write(Who::Bob, world.share(Who::Dave, Rights::Read).await).await;
    world
}

async fn recoveries(platform: &Platform, token: &str, query: &str) -> Vec<(String, u64, u64)> {
    let answer = platform.get(&format!("/v1/tidelock/recoveries{query}"), token).await.expect(200);
    let owners = cbor::decode::<Recoveries>(&answer.body).unwrap().owners;
    owners.into_iter().map(|recovery| (recovery.owner, recovery.entities, recovery.grants)).collect()
}

/// What somebody gives back of a vault, as one part.
async fn give_back(world: &World, giver: Who, to: &tidelock::keys::Identity, part: (u64, u64)) -> Vec<u8> {
    let giver = &world.owner(giver).identity;
    let giving = Giving { giver, capacity: None, log: &world.jill.log, to: to.statement() };
    let returned = Returned { vault_keys: world.jill.keys[..1].to_vec(), entity_keys: Vec::new() };
    GiveBack::seal(&ENGINE, giving, &returned, part, NOW).await.unwrap().bytes().to_vec()
}

async fn give(world: &World, who: Who, message: &[u8]) -> Answer {
    let body = cbor::encode(&NewGiveBack { message: message.to_vec().into() });
    let token = Some(world.owner(who).person.token.as_str());
    world.platform.raw(Method::POST, &world.jill.path("give_backs"), token, body).await
}

async fn given(world: &World) -> Vec<Vec<u8>> {
    let answer = world.platform.get(&world.jill.path("give_backs"), &world.jill.person.token).await.expect(200);
    cbor::decode::<GiveBacks>(&answer.body).unwrap().messages.into_iter().map(Into::into).collect()
}

#[tokio::test]
async fn keys_are_given_back() {
    let mut world = world().await;
    let stranger = Owner::new(&world.platform, "stranger").await;
    let vault = world.jill.vault().to_owned();
    assert!(recoveries(&world.platform, &world.bob.person.token, "").await.is_empty());
    let (secrets, second, _) = world.jill.next().await;
    let unpublished = give_back(&world, Who::Bob, &second, (1, 1)).await;
    assert_eq!(give(&world, Who::Bob, &unpublished).await.expect(409).conflict().kind, ConflictKind::Identity);
    world.jill.succeed(&world.platform, &second, None).await.expect(201);

    // Only those with whom something was shared see it.
    for (who, entities, grants) in [(Who::Bob, 0, 1), (Who::Carol, 1, 0), (Who::Dave, 1, 0)] {
        let token = &world.owner(who).person.token;
        assert_eq!(recoveries(&world.platform, token, "").await, [(vault.clone(), entities, grants)], "{who:?}");
    }
    for person in [&world.jill.person, &stranger.person] {
        assert!(recoveries(&world.platform, &person.token, "").await.is_empty());
    }
    let elsewhere = "/v1/tidelock/recoveries?clinic=000000000000000000000000";
    world.platform.get(elsewhere, &world.bob.person.token).await.expect(404);

    let from_bob = give_back(&world, Who::Bob, &second, (1, 1)).await;
    give(&world, Who::Bob, &from_bob).await.expect(200);
    let [one, two] =
        [give_back(&world, Who::Carol, &second, (1, 2)).await, give_back(&world, Who::Carol, &second, (2, 2)).await];
    for part in [&two, &one, &two] {
        give(&world, Who::Carol, part).await.expect(200);
    }
    // The same part again replaces it.
    let again = give_back(&world, Who::Carol, &second, (1, 2)).await;
    give(&world, Who::Carol, &again).await.expect(200);
    let mut expected = vec![from_bob.clone(), again, two];
    if world.carol.person.id < world.bob.person.id {
        expected.rotate_left(1);
    }
    (world.jill.secrets, world.jill.identity) = (secrets, second);
    assert_eq!(given(&world).await, expected);

    // By somebody else, in somebody else's name, for somebody else, for another identity, touched, too large.
    let of_stranger =
        Giving { giver: &stranger.identity, capacity: None, log: &world.jill.log, to: world.jill.identity.statement() };
    let of_stranger = GiveBack::seal(&ENGINE, of_stranger, &Returned::default(), (1, 1), NOW).await.unwrap();
    let body = cbor::encode(&NewGiveBack { message: of_stranger.bytes().to_vec().into() });
    let path = world.jill.path("give_backs");
    world.platform.raw(Method::POST, &path, Some(&stranger.person.token), body).await.expect(404);
    give(&world, Who::Dave, &from_bob).await.expect(400);
    let mut touched = from_bob.clone();
    *touched.last_mut().unwrap() ^= 1;
    assert_eq!(give(&world, Who::Bob, &touched).await.expect(400).problem(), "tampered");
    let none = give_back(&world, Who::Bob, &world.jill.identity, (3, 2)).await;
    give(&world, Who::Bob, &none).await.expect(400);
    assert_eq!(give(&world, Who::Bob, &[0; 262_145]).await.expect(413).problem(), "too_large");
    for person in [&world.bob.person, &stranger.person] {
        world.platform.get(&path, &person.token).await.expect(404);
        world.platform.delete(&path, &person.token).await.expect(404);
        world.platform.get(&world.jill.path("tips"), &person.token).await.expect(404);
    }
    assert_eq!(given(&world).await, expected);
    world.platform.delete(&path, &world.jill.person.token).await.expect(200);
    assert!(given(&world).await.is_empty());
}

#[tokio::test]
async fn clinics_give_back_in_their_own_name() {
    let mut world = World::new().await;
    let practice = Practice::new(&world.platform).await;
    practice.share(&world.platform, &mut world.jill, ALL).await;
    let token = practice.admin.person.token.clone();
    let (secrets, second, _) = world.jill.next().await;
    world.jill.succeed(&world.platform, &second, None).await.expect(201);
    let query = format!("?clinic={}", practice.id);
    assert_eq!(recoveries(&world.platform, &token, &query).await, [(world.jill.vault().to_owned(), 0, 1)]);
    assert!(recoveries(&world.platform, &token, "").await.is_empty());
    // Each in his own name and in the clinic's is another giver, and only its people give in its name.
    let capacity = practice.capacity();
    let mut messages = Vec::new();
    for (giver, capacity) in
        [(&practice.admin, Some(&capacity)), (&practice.admin, None), (&world.bob, Some(&capacity))]
    {
        let giving = Giving { giver: &giver.identity, capacity, log: &world.jill.log, to: second.statement() };
        let message =
            GiveBack::seal(&ENGINE, giving, &Returned::default(), (1, 1), NOW).await.unwrap().bytes().to_vec();
        let body = cbor::encode(&NewGiveBack { message: message.clone().into() });
        let path = world.jill.path("give_backs");
        let answer = world.platform.raw(Method::POST, &path, Some(&giver.person.token), body).await;
        messages.push((answer.status.as_u16(), message));
    }
    assert_eq!(messages.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 200, 404]);
    (world.jill.secrets, world.jill.identity) = (secrets, second);
    let given = given(&world).await;
    assert!(given.len() == 2 && messages[..2].iter().all(|(_, message)| given.contains(message)));
}

async fn tips(world: &World) -> Refounding {
    let answer = world.platform.get(&world.jill.path("tips"), &world.jill.person.token).await.expect(200);
    cbor::decode(&answer.body).unwrap()
}

/// Signs a refound with these cut-offs, and what else there is, and sends it.
async fn refound(world: &mut World, cutoffs: Vec<Cutoff>) -> Answer {
    let before = world.jill.log.number();
    let (signing, owner) = (world.jill.identity.signing().clone(), VaultOwner::from(world.jill.identity.statement()));
    world.jill.log.refound(&ENGINE, &signing, owner, cutoffs, NOW).await.unwrap();
    let old = world.jill.keys[0].clone();
    let data = world.jill.log.mint_key(&ENGINE, &signing, old.name().next_version(), Some(&old), NOW).await.unwrap();
    // Of the other compartments nobody gave a key back: they begin another epoch.
    let notes = KeyName { compartment: Compartment::Notes, epoch: 2, version: 1 };
    world.jill.log.mint_key(&ENGINE, &signing, notes, None, NOW).await.unwrap();
    world.jill.keys.insert(0, data);
    world.jill.append(&world.platform, before).await
}

#[tokio::test]
async fn an_owner_goes_on_under_another_identity() {
    let mut world = world().await;
    let practice = Practice::new(&world.platform).await;
    practice.share(&world.platform, &mut world.jill, ALL).await;
    let (secrets, second, _) = world.jill.next().await;
    world.jill.succeed(&world.platform, &second, None).await.expect(201);
    let served = tips(&world).await;
    let entries: Vec<_> = world.jill.log.entries_after(0).map(|entry| entry.to_vec().into()).collect();
    assert_eq!((served.entries, served.tips.len()), (entries, 2));
    assert_eq!(served.tips, world.history.tips());

    // Not under another identity than the newest, and not with other cut-offs than what there is.
    let log = world.jill.log.clone();
    let (_, other, _) = world.jill.next().await;
    let first = std::mem::replace(&mut world.jill.identity, other);
    let conflict = refound(&mut world, served.tips.clone()).await.expect(409).conflict();
    assert_eq!(conflict.kind, ConflictKind::Identity);
    (world.jill.secrets, world.jill.identity) = (secrets, second);
    for cutoffs in [Vec::new(), served.tips[..1].to_vec()] {
        (world.jill.log, _) = (log.clone(), world.jill.keys.remove(0));
        let conflict = refound(&mut world, cutoffs).await.expect(409).conflict();
        assert_eq!(conflict.kind, ConflictKind::Chain);
    }
    (world.jill.log, _) = (log, world.jill.keys.remove(0));
    refound(&mut world, served.tips).await.expect(200);

    // Everything that rested on a grant has ended; what the owner gave singly stands.
    let token = world.bob.person.token.clone();
    world.platform.get(&world.jill.path("log"), &token).await.expect(404);
    world.platform.get(&world.jill.path("writes"), &practice.admin.person.token).await.expect(404);
    let served = |who: Who| {
        let token = world.owner(who).person.token.clone();
        let (platform, request) = (&world.platform, wanted(&[world.entity]));
        async move { ask(platform, &token, &request).await.entities.len() }
    };
    let counts = [served(Who::Jill).await, served(Who::Bob).await, served(Who::Carol).await, served(Who::Dave).await];
    assert_eq!(counts, [1, 0, 1, 0]);
    assert_eq!(audited(&world.platform, "entity.un").await, ["entity.undelegate revoked"]);
    assert!(recoveries(&world.platform, &world.carol.person.token, "").await.is_empty());
    // Readers get the proof that what was there before stands, and both identities.
    let bundle = world.get(Who::Carol).await;
    assert_eq!(bundle.manifests.iter().map(|manifest| manifest.proofs.len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(bundle.vaults[0].statements.statements.len(), 2);

    // She writes again; who has the old identity does not.
    let tips = world.history.tips();
    let own = tips.iter().find(|tip| tip.chain.author == world.jill.person.id).unwrap();
    let key = Some(WrapTo::VaultKey(&world.jill.keys[0]));
    for (identity, status) in [(&first, 409), (&world.jill.identity, 200)] {
        let scribe = Scribe { identity, capacity: None, size: own.size, root: own.root };
        let write = scribe.write(&ENGINE, &world.jill.log, key.clone(), drafts(1), NOW).await.unwrap();
        assert_eq!(world.jill.send(&world.platform, &write).await.status.as_u16(), status);
    }
    // The clinic gets it back without another invitation, as soon as she grants it.
    let keys = world.jill.keys[..1].to_vec();
    world.jill.grant(&world.platform, &Delegate::from(&practice.clinic), VIEW, &keys).await;
    let token = &practice.admin.person.token;
    world.platform.get(&world.jill.path("writes"), token).await.expect(200);
    let path = format!("/v1/clinics/{}/patients/{}", practice.id, world.jill.vault());
    assert_eq!(world.platform.get(&path, token).await.expect(200).json()["permissions"], json!({ "view": {} }));
    let served = world.platform.get(&world.jill.path("log"), token).await.expect(200);
    let entries = cbor::decode::<LogEntries>(&served.body).unwrap().entries;
    assert_eq!(entries.len() as u64, world.jill.log.number());
}
