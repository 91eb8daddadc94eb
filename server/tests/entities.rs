//! Single entities: what the platform takes in, whom it serves, and what it serves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;
#[path = "../../tests/served/mod.rs"]
mod served;

use axum::http::Method;
use common::Platform;
use common::people::{ALL, ENGINE, NOW, Owner, Practice, draft, drafts, page};
use common::world::{Who, World, ask, audited, delegate, kept, post, same, wanted};
use sqlx::{Connection as _, Row as _};
use tidelock::Id;
use tidelock::records::{Author, Draft, Evidence, History, Known, ProvenManifest, Scribe, WrapTo};
use tidelock::sharing::{ChainName, Cutoff, Delegate, Permissions, Rights};
use tidelock::wire::{Bundle, ConflictKind, EntitiesRequest, KnownLog, Wanted};
use tidelock_crypto::merkle::Frontier;
use tidelock_crypto::{Digest, merkle};
use tidelock_server::storage::Database;

use Rights::{Read, Write as ReadAndWrite};

#[tokio::test]
async fn an_entity_is_served_as_the_model_serves_it() {
    let mut world = World::shared().await;
    world.write(Who::Carol, world.changed().await).await;
    world.write(Who::Carol, world.share(Who::Dave, Read).await).await;
    for (who, known) in [(Who::Jill, 0), (Who::Bob, 0), (Who::Carol, 1), (Who::Dave, 0), (Who::Dave, 2)] {
        let id = world.owner(who).person.id.clone();
        let vault = world.jill.vault().to_owned();
        let mut model = served::serve(&vault, world.entity, &world.writes, &world.states, &id, known, |_| Vec::new());
        // What the reader knows is not served again.
        if known >= world.state().content_sequence {
            let entity = &mut model.entities[0];
            (entity.header, entity.sealed, entity.batch) = (None, None, None);
        }
        let request = EntitiesRequest {
            wanted: vec![Wanted { entity: world.entity, vault: Some(vault.clone()), known: Some(known) }],
            known: vec![KnownLog { vault: vault.clone(), number: 1 }],
            identities: vec![world.dave.person.id.clone(), "nobody".to_owned()],
            clinic: None,
        };
        let bundle = world.ask(who, &request).await;
        assert_eq!(bundle.entities, model.entities, "{who:?} from {known}");
        assert_eq!(bundle.manifests, model.manifests, "{who:?} from {known}");
        // Owner, log after what is known, and the people.
        assert_eq!(bundle.vaults.len(), 1);
        let own = world.jill.identity.statement().bytes().to_vec();
        assert_eq!(bundle.vaults[0].vault, vault);
        assert_eq!(bundle.vaults[0].statements.statements, [own.into()]);
        let entries: Vec<Vec<u8>> = world.jill.log.entries_after(1).map(<[u8]>::to_vec).collect();
        assert_eq!(bundle.vaults[0].log.iter().map(|entry| entry.to_vec()).collect::<Vec<_>>(), entries);
        let mut people: Vec<_> = bundle.identities.iter().map(|identity| identity.owner.clone()).collect();
        let mut expected = vec![world.dave.person.id.clone()];
        if known == 0 {
            expected.push(vault);
        }
        if known < 3 {
            expected.push(world.carol.person.id.clone());
        }
        people.sort();
        expected.sort();
        assert_eq!(people, expected);
        assert!(bundle.clinics.is_empty() && bundle.next.is_none());
    }
    for who in [Who::Jill, Who::Bob, Who::Carol, Who::Dave] {
        assert_eq!(world.reads(who).await, Ok(br#"{"value":5.4}"#.to_vec()), "{who:?}");
    }
}

#[tokio::test]
async fn only_those_are_served_who_may_see_it() {
    let mut world = World::new().await;
    world.write(Who::Jill, draft(world.entity, None)).await;
    assert!(world.get(Who::Jill).await.entities.len() == 1);
    assert_eq!(world.get(Who::Bob).await, Bundle::default());
    // What one may not see, and what does not exist, look the same; but the first is noted.
    assert_eq!(world.ask(Who::Bob, &wanted(&[Id::random().unwrap()])).await, Bundle::default());
    assert_eq!(audited(&world.platform, "entity.").await, ["entity.read refused"]);
    world.platform.get(&world.jill.path("log"), &world.bob.person.token).await.expect(404);
    // Nor can he write.
    let write = world.compose(Who::Bob, vec![world.changed().await]).await;
    assert_eq!(world.send(Who::Bob, &write).await.expect(404).problem(), "not_found");

    world.write(Who::Jill, world.share(Who::Bob, Read).await).await;
    assert_eq!(world.reads(Who::Bob).await, Ok(br#"{"value":5.4}"#.to_vec()));
    // A delegate reads the log, and nothing else of the vault.
    world.platform.get(&world.jill.path("log"), &world.bob.person.token).await.expect(200);
    world.platform.get(&world.jill.path("writes"), &world.bob.person.token).await.expect(404);
    let other = world.jill.store(&world.platform, drafts(1)).await;
    world.follow_others(other.clone()).await;
    let other = other.parse().unwrap().revisions[0].leaf.entity;
    let both = world.ask(Who::Bob, &wanted(&[other, world.entity])).await;
    assert_eq!(both.entities.iter().map(|entity| entity.entity).collect::<Vec<_>>(), [world.entity]);
    // In the order in which they were asked for.
    let both = world.ask(Who::Jill, &wanted(&[other, world.entity])).await;
    assert_eq!(both.entities.iter().map(|entity| entity.entity).collect::<Vec<_>>(), [other, world.entity]);
    // In another vault it is not.
    let elsewhere = Wanted { entity: world.entity, vault: Some(world.bob.vault().to_owned()), known: None };
    let request = EntitiesRequest { wanted: vec![elsewhere], ..wanted(&[]) };
    assert_eq!(world.ask(Who::Jill, &request).await, Bundle::default());

    world.write(Who::Jill, world.unshare(Who::Bob)).await;
    assert_eq!(world.reads(Who::Bob).await, Err("not served".to_owned()));
    world.platform.get(&world.jill.path("log"), &world.bob.person.token).await.expect(404);
    let mut events = vec!["entity.read refused"; 3];
    events.insert(0, "entity.delegate granted");
    events.push("entity.undelegate revoked");
    assert_eq!(audited(&world.platform, "entity.").await, events);

    let many = wanted(&vec![world.entity; 1_001]);
    assert_eq!(post(&world.platform, &world.jill.person.token, &many).await.expect(413).problem(), "too_large");
    let token = &world.jill.person.token;
    world.platform.raw(Method::POST, "/v1/tidelock/entities", Some(token), b"no CBOR".to_vec()).await.expect(400);
    let clinic = EntitiesRequest { clinic: Some("000000000000000000000000".to_owned()), ..wanted(&[]) };
    post(&world.platform, token, &clinic).await.expect(404);
}

#[tokio::test]
async fn each_does_what_he_may() {
    let mut world = World::shared().await;
    // Bob reads. He shares on for reading, and that is all.
    let forbidden = [
        world.changed().await,
        Draft { deleted: true, ..world.draft() },
        world.share(Who::Dave, ReadAndWrite).await,
        world.unshare(Who::Carol),
    ];
    for draft in forbidden {
        assert_eq!(world.offer(Who::Bob, draft).await.expect(403).problem(), "forbidden");
    }
    // Nothing new is written with a delegation.
    assert_eq!(world.offer(Who::Carol, draft(Id::random().unwrap(), None)).await.expect(403).problem(), "forbidden");
    world.write(Who::Bob, world.share(Who::Dave, Read).await).await;
    assert_eq!(world.reads(Who::Dave).await, Ok(br#"{"value":5.4}"#.to_vec()));
    // Carol changes it, and gives Dave more.
    world.write(Who::Carol, world.changed().await).await;
    world.write(Who::Carol, world.share(Who::Dave, ReadAndWrite).await).await;
    world.write(Who::Dave, world.changed().await).await;
    // He leaves; he has nothing more to say.
    world.write(Who::Dave, world.unshare(Who::Dave)).await;
    world.platform.get(&world.jill.path("log"), &world.dave.person.token).await.expect(404);
    let write = world.compose(Who::Dave, vec![world.changed().await]).await;
    world.send(Who::Dave, &write).await.expect(404);
    // After that, the key is somebody's who lost access: nothing more is written under it.
    assert_eq!(world.offer(Who::Carol, world.changed().await).await.expect(400).problem(), "tampered");
    let remaining = vec![delegate(&world.bob), delegate(&world.carol)];
    let renewed = Draft { remaining, ..draft(world.entity, world.history.entity(&world.entity)) };
    // A co-delegate who is left out of a new key.
    let forgetful = Draft { remaining: vec![delegate(&world.bob)], ..renewed.clone() };
    assert_eq!(world.offer(Who::Jill, forgetful).await.expect(400).problem(), "tampered");
    world.write(Who::Jill, renewed).await;
    for who in [Who::Jill, Who::Bob, Who::Carol] {
        assert_eq!(world.reads(who).await, Ok(br#"{"value":5.4}"#.to_vec()), "{who:?}");
    }
}

#[tokio::test]
async fn wraps_that_are_missing_or_others_are_refused() {
    let world = World::shared().await;
    let sound = world.compose(Who::Jill, vec![world.share(Who::Dave, Read).await]).await;
    let mut touched = sound.clone();
    touched.items[0].wraps.0.clear();
    assert_eq!(world.send(Who::Jill, &touched).await.expect(400).problem(), "invalid_input");
    let mut touched = sound.clone();
    let mut wrap = touched.items[0].wraps[0].clone();
    wrap.sealed = b"something else".to_vec().into();
    touched.items[0].wraps.0 = vec![wrap.clone()];
    assert_eq!(world.send(Who::Jill, &touched).await.expect(400).problem(), "tampered");
    let mut touched = sound.clone();
    touched.items[0].wraps.0.push(wrap);
    assert_eq!(world.send(Who::Jill, &touched).await.expect(400).problem(), "tampered");
    let changed = world.compose(Who::Jill, vec![world.changed().await]).await;
    let mut touched = changed.clone();
    touched.items[0].sealed = None;
    assert_eq!(world.send(Who::Jill, &touched).await.expect(400).problem(), "invalid_input");
    world.send(Who::Jill, &sound).await.expect(200);
    // In a whole vault's writes nobody is served wraps.
    let served = page(&world.platform, &world.jill, &world.jill.person.token, "").await;
    assert!(served.writes.iter().flat_map(|stored| &stored.write.items).all(|item| item.wraps.is_empty()));
}

#[tokio::test]
async fn conflicts_say_what_has_moved_on() {
    let mut world = World::shared().await;
    let stale = world.changed().await;
    world.write(Who::Carol, world.changed().await).await;
    let conflict = world.offer(Who::Jill, stale).await.expect(409).conflict();
    let current = world.state().rev;
    assert_eq!(
        (conflict.kind, conflict.entity, conflict.rev),
        (ConflictKind::Entity, Some(world.entity), Some(current))
    );
    // A first revision of what there is; a later one of what there is not.
    let conflict = world.offer(Who::Jill, draft(world.entity, None)).await.expect(409).conflict();
    assert_eq!((conflict.entity, conflict.rev), (Some(world.entity), Some(current)));
    let nothing = Id::random().unwrap();
    let later = draft(nothing, Some((1, current)));
    let conflict = world.offer(Who::Jill, later).await.expect(409).conflict();
    assert_eq!((conflict.kind, conflict.entity, conflict.rev), (ConflictKind::Entity, Some(nothing), None));
    // An id that another vault has.
    let taken = world.bob.write(vec![draft(world.entity, None)]).await;
    let conflict = world.bob.send(&world.platform, &taken).await.expect(409).conflict();
    assert_eq!((conflict.kind, conflict.entity, conflict.rev), (ConflictKind::Entity, Some(world.entity), None));

    // The author's chain.
    let forgetful = Scribe { identity: &world.jill.identity, capacity: None, size: 0, root: Frontier::new().root() };
    let key = Some(WrapTo::VaultKey(&world.jill.keys[0]));
    let forgetful = forgetful.write(&ENGINE, &world.jill.log, key, vec![world.changed().await], NOW).await.unwrap();
    assert_eq!(world.send(Who::Jill, &forgetful).await.expect(409).conflict().kind, ConflictKind::Chain);
    // The log.
    let old = world.compose(Who::Jill, vec![world.changed().await]).await;
    let key = world.jill.keys[0].clone();
    world.jill.mint(&world.platform, key.name().next_version(), Some(&key)).await;
    assert_eq!(world.send(Who::Jill, &old).await.expect(409).conflict().kind, ConflictKind::Log);
}

#[tokio::test]
async fn a_key_that_somebody_lost_and_a_head_that_is_old_are_conflicts() {
    let platform = Platform::new().await;
    let practice = Practice::new(&platform).await;
    let mut jill = Owner::new(&platform, "jill").await;
    practice.share(&platform, &mut jill, ALL).await;
    let capacity = tidelock::records::Capacity { head: Digest::of(b"older"), ..practice.capacity() };
    let stale = practice.write(&jill, &capacity, drafts(1)).await;
    assert_eq!(practice.send(&platform, &jill, &stale).await.expect(409).conflict().kind, ConflictKind::ClinicHead);
    jill.revoke(&platform, &practice.id, Vec::new()).await.expect(200);
    let exposed = jill.write(drafts(1)).await;
    assert_eq!(jill.send(&platform, &exposed).await.expect(409).conflict().kind, ConflictKind::Key);
}

/// How many pieces of the ciphertexts there are in the database's file, once what was written before is worked off.
async fn in_the_file(world: &World) -> usize {
    let mut connection = sqlx::AnyConnection::connect(&world.platform.database()).await.unwrap();
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    let file = std::fs::read(world.platform.folder.path().join("tidelock.sqlite")).unwrap();
    let sealed = world.writes.iter().flat_map(|write| &write.items).filter_map(|item| item.sealed.as_ref());
    // A page of the file has 4096 bytes.
    let pieces = sealed.flat_map(|sealed| sealed.chunks(1_000)).map(|piece| &piece[..16]);
    pieces.filter(|piece| file.windows(16).any(|window| window == *piece)).count()
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let mut world = World::shared().await;
    // Small enough to lie beside other rows, and large enough to have pages of its own.
    world.write(Who::Carol, world.changed().await).await;
    let large = Draft::record(world.entity, "DataSample", vec![b' '; 50_000], Vec::new(), None).unwrap();
    let large = Draft { content: large.content, ..world.changed().await };
    world.write(Who::Carol, large).await;
    let known = world.get(Who::Bob).await;
    assert!(in_the_file(&world).await > 50);
    world.write(Who::Carol, Draft { deleted: true, ..world.draft() }).await;

    // Of the contents nothing is left; the leaves stay.
    let served = page(&world.platform, &world.jill, &world.jill.person.token, "").await;
    assert_eq!(served.writes.len(), 4);
    assert!(served.writes.iter().flat_map(|stored| &stored.write.items).all(|item| item.sealed.is_none()));
    let mut history = History::default();
    for stored in &served.writes {
        let author = if stored.write.manifest == world.writes[0].manifest { &world.jill } else { &world.carol };
        let author = Author { statement: author.identity.statement(), clinic: None };
        history.accept(&ENGINE, &world.jill.log, author, &stored.write).await.unwrap();
    }
    history.check_complete(&world.jill.log).unwrap();
    assert!(history.state(&world.entity).unwrap().deleted);

    // Not in the file, either.
    assert_eq!(in_the_file(&world).await, 0);

    // The owner, and who knew it, are served the tombstone.
    for who in [Who::Jill, Who::Bob] {
        let bundle = world.get(who).await;
        let entity = &bundle.entities[0];
        assert_eq!(entity.leaves.len(), 4);
        assert!(entity.header.is_none() && entity.sealed.is_none() && entity.batch.is_none() && entity.wrap.is_none());
    }
    let manifests = world.proven(&known).await;
    let bob = &world.bob.person.id;
    let before =
        Evidence::verify(&known.entities[0], &manifests, &world.jill.log, Known::default(), bob, &same).unwrap().state;
    let request = EntitiesRequest {
        wanted: vec![Wanted { entity: world.entity, vault: None, known: Some(before.sequence) }],
        ..wanted(&[])
    };
    let after = world.ask(Who::Bob, &request).await;
    let manifests = world.proven(&after).await;
    let seen = Known { state: Some(&before), seen: None };
    let evidence = Evidence::verify(&after.entities[0], &manifests, &world.jill.log, seen, bob, &same).unwrap();
    assert!(evidence.state.deleted);

    // Nobody brings it back, and its id is never used again.
    assert_eq!(world.offer(Who::Jill, world.changed().await).await.expect(400).problem(), "tampered");
    let conflict = world.offer(Who::Jill, draft(world.entity, None)).await.expect(409).conflict();
    assert_eq!(conflict.rev, Some(world.state().rev));
}

#[tokio::test]
async fn a_clinic_is_served_what_its_grant_covers_and_what_is_delegated_to_it() {
    let platform = Platform::new().await;
    let mut practice = Practice::new(&platform).await;
    let mut jill = Owner::new(&platform, "jill").await;
    let data = jill.store(&platform, drafts(1)).await;
    let note = Id::random().unwrap();
    let scribe = |jill: &Owner| (jill.chain.size(), jill.chain.root());
    let (size, root) = scribe(&jill);
    let notes = Scribe { identity: &jill.identity, capacity: None, size, root };
    let notes = notes
        .write(&ENGINE, &jill.log, Some(WrapTo::VaultKey(&jill.keys[1])), vec![draft(note, None)], NOW)
        .await
        .unwrap();
    jill.send(&platform, &notes).await.expect(200);
    jill.chain.push(merkle::leaf_hash(notes.parse().unwrap().manifest.payload()));
    let data = data.parse().unwrap().revisions[0].leaf.entity;
    let token = practice.admin.person.token.clone();
    let as_clinic = |ids: &[Id]| EntitiesRequest { clinic: Some(practice.id.clone()), ..wanted(ids) };
    let ids = |bundle: &Bundle| bundle.entities.iter().map(|entity| entity.entity).collect::<Vec<_>>();

    assert!(ids(&ask(&platform, &token, &as_clinic(&[data, note])).await).is_empty());
    let view = Permissions { view: true, ..Permissions::default() };
    practice.share(&platform, &mut jill, view).await;
    let bundle = ask(&platform, &token, &as_clinic(&[data, note])).await;
    assert_eq!(ids(&bundle), [data]);
    // As a person he has nothing of the patient's.
    assert!(ids(&ask(&platform, &token, &wanted(&[data])).await).is_empty());
    // As a clinic that is not his, nobody asks.
    post(&platform, &jill.person.token, &as_clinic(&[data])).await.expect(404);

    // What the patient takes away without a signature is not served any more, either.
    let path = format!("/v1/clinics/{}/patients/{}/permissions", practice.id, jill.vault());
    platform.put(&path, &jill.person.token, serde_json::json!({ "note": {} })).await.expect(200);
    assert!(ids(&ask(&platform, &token, &as_clinic(&[data, note])).await).is_empty());

    // A delegation needs no grant.
    let (size, root) = scribe(&jill);
    let shared =
        Draft { added: vec![(Delegate::from(&practice.clinic), ReadAndWrite)], ..draft(Id::random().unwrap(), None) };
    let single = shared.id;
    let write = Scribe { identity: &jill.identity, capacity: None, size, root };
    let write =
        write.write(&ENGINE, &jill.log, Some(WrapTo::VaultKey(&jill.keys[0])), vec![shared], NOW).await.unwrap();
    jill.send(&platform, &write).await.expect(200);
    jill.chain.push(merkle::leaf_hash(write.parse().unwrap().manifest.payload()));
    let bundle = ask(&platform, &token, &as_clinic(&[data, single])).await;
    assert_eq!(ids(&bundle), [single]);
    let served = &bundle.entities[0];
    assert_eq!(served.wrap.as_ref().map(|wrap| (wrap.sequence, wrap.position)), Some((1, 0)));

    // The clinic's people write with it what the platform's record of the clinic does not allow.
    let key = {
        let mut history = History::default();
        let author = Author { statement: jill.identity.statement(), clinic: None };
        for stored in page(&platform, &jill, &jill.person.token, "").await.writes {
            history.accept(&ENGINE, &jill.log, author, &stored.write).await.unwrap();
        }
        (kept(&jill, &history, single).await, history.state(&single).unwrap().rev)
    };
    let changed = Draft { kept: Some(key.0), ..draft(single, Some((1, key.1))) };
    let refused = practice.write(&jill, &practice.capacity(), drafts(1)).await;
    assert_eq!(practice.send(&platform, &jill, &refused).await.expect(403).problem(), "forbidden");
    let write = practice.write(&jill, &practice.capacity(), vec![changed]).await;
    practice.send(&platform, &jill, &write).await.expect(200);
    practice.chain.push(merkle::leaf_hash(write.parse().unwrap().manifest.payload()));
    let bundle = ask(&platform, &jill.person.token, &wanted(&[single])).await;
    assert_eq!(bundle.clinics.iter().map(|clinic| &clinic.clinic).collect::<Vec<_>>(), [&practice.id]);
    assert_eq!(bundle.clinics[0].bundle, practice.clinic.bundle());

    // Revoked, with what it wrote standing: every later reader gets the proof.
    let chain = ChainName { author: practice.admin.person.id.clone(), capacity: practice.id.clone() };
    let cutoff = Cutoff { chain, size: practice.chain.size(), root: practice.chain.root() };
    jill.revoke(&platform, &practice.id, vec![cutoff]).await.expect(200);
    let bundle = ask(&platform, &jill.person.token, &wanted(&[single])).await;
    assert_eq!(bundle.manifests.iter().map(|manifest| manifest.proofs.len()).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(bundle.manifests[1].proofs[0].number, jill.log.number());
    let author = Author { statement: practice.admin.identity.statement(), clinic: Some(&practice.clinic) };
    ProvenManifest::verify(&ENGINE, &jill.log, author, &bundle.manifests[1]).await.unwrap();
}

#[tokio::test]
async fn a_database_of_before_is_carried_over() {
    let platform = Platform::new().await;
    let practice = Practice::new(&platform).await;
    let mut jill = Owner::new(&platform, "jill").await;
    practice.share(&platform, &mut jill, ALL).await;
    let parent = Digest::of(b"parent");
    let linked = |id, replaces| {
        let record = Draft::record(id, "DataSample", b"{}".to_vec(), vec![parent], None).unwrap();
        Draft { replaces, ..record }
    };
    let ids: Vec<Id> = (0..3).map(|_| Id::random().unwrap()).collect();
    let first = jill.store(&platform, ids.iter().map(|id| linked(*id, None)).collect()).await;
    let first = &first.parse().unwrap().revisions[0];
    // Twice as many as are carried over at once.
    for _ in 0..2 {
        jill.store(&platform, drafts(1_000)).await;
    }
    let again = linked(first.leaf.entity, Some((1, first.rev)));
    let write = practice.write(&jill, &practice.capacity(), vec![again]).await;
    practice.send(&platform, &jill, &write).await.expect(200);
    let token = jill.person.token.clone();
    let before = (tables(&platform).await, ask(&platform, &token, &wanted(&ids)).await);
    assert_eq!(before.1.entities.len(), 3);
    assert_eq!(before.0[0].len(), 2_003);
    assert_eq!(before.0[1].len(), 3);

    // As it was before the platform knew of single entities.
    let database = Database::open(&platform.database()).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    let new = ["entities", "entity_links", "delegations", "entity_wraps", "batches", "batch_wraps", "chores", "grants"];
    let newer = ["former_backups", "successions", "give_backs", "people", "confirmations"];
    let newest = ["clinic_statements", "clinic_rosters", "clinic_heads", "share_code_uses", "clinic_settings"];
    let roots = ["clinic_roots"];
    let live = ["events", "event_counts", "event_places"];
    let files = ["attachments", "attachment_chunks"];
    for table in new.into_iter().chain(newer).chain(newest).chain(roots).chain(live).chain(files) {
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP TABLE {table}"))).execute(&mut *transaction).await.unwrap();
    }
    for change in [
        "ALTER TABLE accounts DROP COLUMN administrator",
        "DROP INDEX invitations_by_email",
        "DROP INDEX invitations_pending_person",
        "ALTER TABLE invitations DROP COLUMN sender_proof",
        "ALTER TABLE invitations DROP COLUMN receiver_proof",
        "ALTER TABLE share_codes DROP COLUMN uses",
        "ALTER TABLE share_codes DROP COLUMN outdated",
        "ALTER TABLE writes DROP COLUMN bytes",
    ] {
        sqlx::query(change).execute(&mut *transaction).await.unwrap();
    }
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version >= 7").execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    database.close().await;
    let platform = Platform::in_folder(platform.folder, |_| {}).await;
    let after = (tables(&platform).await, ask(&platform, &token, &wanted(&ids)).await);
    assert!(after == before);
    // And it goes on from there.
    let conflict = linked(first.leaf.entity, Some((1, first.rev)));
    let write = jill.write(vec![conflict]).await;
    assert_eq!(jill.send(&platform, &write).await.expect(409).conflict().kind, ConflictKind::Entity);
    jill.store(&platform, drafts(1)).await;
}

/// The rows of entities, links, batches and writes, as texts.
async fn tables(platform: &Platform) -> [Vec<String>; 4] {
    let database = Database::open(&platform.database()).await.unwrap();
    let mut transaction = database.read().await.unwrap();
    let mut tables = Vec::new();
    for statement in [
        "SELECT vault || hex(entity) || kind || compartment || epoch || cursor || author || capacity || taken || due || deleted
         || content_sequence || hex(state) FROM entities ORDER BY vault, entity",
        "SELECT hex(link) || vault || hex(entity) FROM entity_links ORDER BY link, vault, entity",
        "SELECT vault || hex(batch) || cursor || epoch FROM batches ORDER BY vault, batch",
        "SELECT vault || cursor || bytes FROM writes ORDER BY vault, cursor",
    ] {
        let rows = sqlx::query(statement).fetch_all(&mut *transaction).await.unwrap();
        tables.push(rows.iter().map(|row| row.get(0)).collect());
    }
    tables.try_into().unwrap()
}
