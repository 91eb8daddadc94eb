//! Single entities from end to end: written, shared, read by a delegate who has nothing else of the vault, and every lie
//! that a platform or another delegate can tell about them.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
mod world;

use served::serve;
use tidelock::Id;
use tidelock::keys::{Compartment, KeyName};
use tidelock::records::{Author, Draft, EntityState, Evidence, History, KeptKey, Known, Scribe, Write};
use tidelock::sharing::{Permissions, Rights, Undelegation};
use tidelock::signed::Unverified;
use tidelock::wire::{Bundle, CutoffProof};
use tidelock_crypto::cbor::List;
use tidelock_crypto::{cbor, merkle};
use world::{ENGINE, NOW, World, same, text, wait};

use Rights::{Read, Write as ReadAndWrite};

#[test]
fn a_delegate_reads_what_was_shared_and_what_came_after() {
    let mut world = World::shared();
    assert_eq!([world.now("alice"), world.now("bob"), world.now("carol")].map(Result::unwrap), ["one"; 3]);
    assert_eq!(text(world.now("dave")), "no_access");

    // Carol has no vault key: she keeps the entity's, and writes without a batch.
    let two = Draft { kept: Some(world.kept()), ..world.record("two") };
    let write = world.compose("carol", None, vec![two]);
    assert!(write.batch.is_none() && write.items[0].wraps.is_empty());
    world.accept("carol", write).unwrap();
    assert_eq!([world.now("alice"), world.now("bob")].map(Result::unwrap), ["two"; 2]);
    assert_eq!(world.opened.last().unwrap().content.body(), b"two", "and so does who reads the whole vault");

    // Bob shares on, and touches no content.
    let write = world.compose("bob", None, vec![world.share(&[("dave", Read)])]);
    assert!(write.items[0].header.is_none());
    world.accept("bob", write).unwrap();
    assert_eq!(world.now("dave").unwrap(), "two");
    assert_eq!(world.state().author.author, "carol");

    // Who had read up to there is served what came after.
    let known = world.state().clone();
    let three = Draft { kept: Some(world.kept()), ..world.record("three") };
    world.write("alice", three);
    let bundle = serve("alice", world.entity, &world.writes, &world.states, "dave", known.sequence, |_| Vec::new());
    let manifests = world.proven(&bundle).unwrap();
    let seen = Known { state: Some(&known), seen: Some((known.sequence, known.rev)) };
    let evidence = Evidence::verify(&bundle.entities[0], &manifests, &world.log, seen, "dave", &same).unwrap();
    assert_eq!(evidence.state, *world.state());
    assert_eq!(evidence.open(&world.key()).unwrap().body(), b"three");
    assert_eq!(evidence.state.commitment, Some(world.key().commitment()), "so the key that he has opens it");
}

#[test]
fn after_a_revocation_there_is_a_new_key_and_nobody_is_left_out() {
    let mut world = World::shared();
    let revoked = vec![Undelegation { delegate: "bob".to_owned(), fingerprint: world.delegate("bob").fingerprint }];
    let old = world.key();
    let remaining = vec![world.delegate("carol")];
    let two = Draft { revoked: revoked.clone(), remaining, ..world.record("two") };
    let mut left_out = world.clone();
    world.write("alice", two.clone());
    assert_eq!(world.now("carol").unwrap(), "two");
    assert_eq!(text(world.now("bob")), "no_access");
    assert!(world.key().commitment() != old.commitment());

    let key = left_out.keys[0].clone();
    let write = left_out.compose("alice", Some(&key), vec![Draft { remaining: Vec::new(), ..two }]);
    assert_eq!(text(left_out.accept("alice", write)), "a co-delegate was left out of a new key");
    let kept = Draft { revoked, kept: Some(left_out.kept()), ..left_out.record("two") };
    let write = left_out.compose("alice", Some(&key), vec![kept]);
    assert_eq!(text(left_out.accept("alice", write)), "content under a key that somebody who lost access still has");
}

#[test]
fn who_lost_access_is_served_nothing_that_opens() {
    let mut world = World::shared();
    let stale = world.served("bob");
    let wrap = stale.entities[0].wrap.clone();
    let revoked = vec![Undelegation { delegate: "bob".to_owned(), fingerprint: world.delegate("bob").fingerprint }];
    world.write("alice", Draft { revoked, ..world.draft() });
    assert!(world.state().due);
    // The platform serves him his old wrap, which does open what is still there.
    let mut bundle = world.served("bob");
    assert!(bundle.entities[0].wrap == wrap);
    bundle.entities[0].batch = None;
    assert_eq!(text(world.reads("bob", &bundle, Known::default())), "no_access");
    assert_eq!(world.now("carol").unwrap(), "one");
}

#[test]
fn a_moved_entity_says_where_it_was() {
    let mut world = World::shared();
    let remaining = vec![world.delegate("bob"), world.delegate("carol")];
    let moved = Draft { moved_from: Some(Compartment::Data), remaining, ..world.record("moved") };
    let private = world.keys[2].clone();
    let write = world.compose("alice", Some(&private), vec![moved]);
    world.accept("alice", write).unwrap();
    let again = Draft { kept: Some(world.kept()), ..world.record("again") };
    world.write("carol", again);
    assert_eq!(world.now("bob").unwrap(), "again");
    assert_eq!(world.state().compartment, Compartment::Private);
    let bundle = world.served("bob");
    let manifests = world.proven(&bundle).unwrap();
    let evidence =
        Evidence::verify(&bundle.entities[0], &manifests, &world.log, Known::default(), "bob", &same).unwrap();
    assert_eq!(evidence.state, *world.state(), "as who reads the whole vault has it");
}

#[test]
fn a_deleted_entity_is_gone_and_its_content_need_not_be_served() {
    let mut world = World::shared();
    let known = world.state().clone();
    world.write("carol", Draft { deleted: true, ..world.draft() });
    assert!(world.state().deleted);
    assert_eq!(text(world.now("bob")), "not_found");
    let bundle = serve("alice", world.entity, &world.writes, &world.states, "bob", known.sequence, |_| Vec::new());
    let manifests = world.proven(&bundle).unwrap();
    let seen = Known { state: Some(&known), seen: None };
    let evidence = Evidence::verify(&bundle.entities[0], &manifests, &world.log, seen, "bob", &same).unwrap();
    assert!(evidence.state.deleted);

    // Who reads the whole vault misses a content only of what has been deleted.
    let mut without = world.writes[0].clone();
    without.items[0].sealed = None;
    let mut reader = History::default();
    let by = |name: &str| Author { statement: world.person(name).statement(), clinic: None };
    wait(reader.accept(&ENGINE, &world.log, by("alice"), &without)).unwrap();
    assert_eq!(text(reader.check_complete(&world.log)), "a content that is withheld");
    wait(reader.accept(&ENGINE, &world.log, by("carol"), &world.writes[1])).unwrap();
    reader.check_complete(&world.log).unwrap();
}

#[test]
fn lies_of_a_platform_are_noticed() {
    let mut world = World::shared();
    let write = world.compose("bob", None, vec![world.share(&[("dave", Read)])]);
    world.accept("bob", write).unwrap();
    let two = Draft { kept: Some(world.kept()), ..world.record("two") };
    world.write("alice", two);
    let honest = world.served("bob");
    let of_dave = world.served("dave");
    assert_eq!(world.reads("bob", &honest, Known::default()).unwrap(), "two");

    let not_held = "a leaf that its manifest does not hold";
    let not_signed = "wraps that are not those their author signed";
    type Lie = Box<dyn Fn(&mut Bundle)>;
    let lies: Vec<(&str, Lie)> = vec![
        // More rights in a delegation: the leaf is another.
        (
            not_held,
            Box::new(|bundle| {
                let leaf = &mut bundle.entities[0].leaves[0].leaf;
                let mut read: tidelock::records::Leaf = cbor::decode(leaf).unwrap();
                read.added.0[0].rights = ReadAndWrite;
                *leaf = read.encode().into();
            }),
        ),
        (not_held, Box::new(|bundle| bundle.entities[0].leaves[1].manifest = 0)),
        (not_held, Box::new(|bundle| bundle.entities[0].leaves[1].manifest = 9)),
        (not_held, Box::new(|bundle| bundle.entities[0].leaves[0].index = 1)),
        (not_held, Box::new(|bundle| bundle.entities[0].vault = "bob".to_owned())),
        (not_held, Box::new(|bundle| bundle.entities[0].entity = Id::random().unwrap())),
        (
            "an entity whose revisions do not follow one another",
            Box::new(|bundle| drop(bundle.entities[0].leaves.remove(1))),
        ),
        (
            "an entity whose revisions do not follow one another",
            Box::new(|bundle| bundle.entities[0].leaves.swap(1, 2)),
        ),
        (
            "a ciphertext that is not the one its author signed",
            Box::new(|bundle| {
                let sealed = bundle.entities[0].sealed.as_mut().unwrap();
                let mut bytes = sealed.to_vec();
                bytes[20] ^= 1;
                *sealed = bytes.into();
            }),
        ),
        ("an entity created by somebody who had no right to", Box::new(|bundle| bundle.entities[0].header = None)),
        (
            not_signed,
            Box::new(move |bundle| {
                let wrap = of_dave.entities[0].wrap.clone().unwrap();
                bundle.entities[0].wrap.as_mut().unwrap().wrap = wrap.wrap;
            }),
        ),
        (not_signed, Box::new(|bundle| bundle.entities[0].wrap.as_mut().unwrap().position = 1)),
        (not_signed, Box::new(|bundle| bundle.entities[0].wrap.as_mut().unwrap().proof.clear())),
        (not_signed, Box::new(|bundle| bundle.entities[0].wrap.as_mut().unwrap().sequence = 2)),
        (
            "a signature, ciphertext or encoding does not verify",
            Box::new(|bundle| {
                let manifest = &mut bundle.manifests[1].manifest;
                let mut bytes = manifest.to_vec();
                *bytes.last_mut().unwrap() ^= 1;
                *manifest = bytes.into();
            }),
        ),
    ];
    for (number, (reason, lie)) in lies.iter().enumerate() {
        let mut bundle = honest.clone();
        lie(&mut bundle);
        assert_eq!(text(world.reads("bob", &bundle, Known::default())), *reason, "lie {number}");
    }
    // Without its newest leaves an entity is old; only who has seen more can tell.
    let seen = Known { state: None, seen: Some((3, world.state().rev)) };
    let older = serve("alice", world.entity, &world.writes[..2], &world.states, "bob", 0, |_| Vec::new());
    assert_eq!(world.reads("bob", &older, Known::default()).unwrap(), "one");
    assert_eq!(text(world.reads("bob", &older, seen)), "an entity that is older than one seen before");
    let other = Known { state: None, seen: Some((3, world.states[0].rev)) };
    assert_eq!(text(world.reads("bob", &honest, other)), "an entity that was forked");
    // A content of which nothing but the leaf is served.
    let known = world.states[1].clone();
    let mut bundle = serve("alice", world.entity, &world.writes, &world.states, "bob", 2, |_| Vec::new());
    (bundle.entities[0].header, bundle.entities[0].sealed) = (None, None);
    let seen = Known { state: Some(&known), seen: None };
    assert_eq!(text(world.reads("bob", &bundle, seen)), "a content that is withheld");
}

#[test]
fn a_delegate_who_is_given_another_key_says_so() {
    // Alice wraps to Bob a key that is not the one in the header.
    let mut world = World::new();
    let record = Draft { added: world.delegates(&[("carol", Read)]), ..world.record("one") };
    world.write("alice", record);
    let other = World::shared().key();
    let added = world.delegates(&[("bob", Read)]);
    let kept = Some(KeptKey { key: other, ..world.kept() });
    let write = world.compose("alice", None, vec![Draft { added, kept, ..world.draft() }]);
    world.accept("alice", write).unwrap();
    assert_eq!(text(world.now("bob")), "a delegate's key that is not the one committed to");
    assert_eq!(world.now("carol").unwrap(), "one");
}

#[test]
fn a_write_stands_only_as_far_as_a_revocation_lets_it() {
    let mut world = World::shared();
    let everything = Permissions { view: true, upload: true, note: false };
    let (alice, dave) = (world.person("alice").clone(), world.delegate("dave"));
    let keys = vec![world.keys[0].clone()];
    wait(world.log.grant(&ENGINE, alice.signing(), &dave, everything, &keys, NOW)).unwrap();
    let two = Draft { remaining: vec![world.delegate("bob"), world.delegate("carol")], ..world.record("two") };
    world.write("dave", two.clone());
    let backdated = world.compose("dave", Some(&keys[0]), vec![Draft { replaces: world.draft().replaces, ..two }]);
    let cutoffs = world.history.cutoffs("dave");
    assert_eq!(cutoffs[0].size, 1);
    wait(world.log.revoke(&ENGINE, alice.signing(), "dave", cutoffs, NOW)).unwrap();
    let number = world.log.number();
    let proof = move |write: &Write| {
        let author =
            &Unverified::<tidelock::records::Manifest>::decode(&write.manifest).unwrap().claims().author.clone();
        // The tree of one manifest: nothing is left to prove it with.
        if author == "dave" { vec![CutoffProof { number, proof: Vec::new() }] } else { Vec::new() }
    };
    let bundle = serve("alice", world.entity, &world.writes, &world.states, "bob", 0, proof);
    assert_eq!(world.reads("bob", &bundle, Known::default()).unwrap(), "two");
    let mut without = bundle.clone();
    without.manifests[1].proofs = List::default();
    assert_eq!(text(world.reads("bob", &without, Known::default())), "a write that a revocation does not let stand");

    // What he signed afterwards under the log of before is let stand by nobody.
    assert_eq!(text(world.clone().accept("dave", backdated.clone())), "a write that a revocation does not let stand");
    let mut writes = world.writes.clone();
    writes.push(backdated);
    let mut states = world.states.clone();
    states.push(EntityState { sequence: 3, ..states[1].clone() });
    let bundle = serve("alice", world.entity, &writes, &states, "bob", 0, proof);
    assert_eq!(text(world.reads("bob", &bundle, Known::default())), "a write that a revocation does not let stand");
}

#[test]
fn a_chain_never_goes_back_to_an_older_log() {
    let mut world = World::shared();
    let before = world.log.clone();
    let alice = world.person("alice").clone();
    let next = KeyName::first(Compartment::Data).next_version();
    let key = world.keys[0].clone();
    wait(world.log.mint_key(&ENGINE, alice.signing(), next, Some(&key), NOW)).unwrap();
    world.write("alice", Draft { kept: Some(world.kept()), ..world.record("two") });
    let draft = Draft::record(Id::random().unwrap(), "DataSample", b"three".to_vec(), Vec::new(), None).unwrap();
    let mut old = world.clone();
    old.log = before;
    let write = old.compose("alice", Some(&key), vec![draft]);
    assert_eq!(text(world.accept("alice", write)), "a manifest under an older vault log than the one before");
}

#[test]
fn a_write_says_what_goes_with_it() {
    let world = World::shared();
    let key = world.keys[0].clone();
    let sound = world.compose(
        "alice",
        Some(&key),
        vec![Draft { remaining: vec![world.delegate("bob"), world.delegate("carol")], ..world.record("two") }],
    );
    assert!(sound.is_complete(&sound.parse().unwrap().revisions));
    let mut served = sound.clone();
    served.items[0].wraps = List::default();
    assert!(!served.is_complete(&served.parse().unwrap().revisions), "readers are served no wraps of others");
    let mut dropped = sound.clone();
    dropped.items[0].wraps.0.pop();
    assert_eq!(text(dropped.parse()), "wraps that are not those their author signed");
    let mut without = sound.clone();
    without.batch = None;
    assert_eq!(text(without.parse()), "an entity that does not belong where it stands");
    let mut idle = world.compose("alice", Some(&key), vec![Draft { kept: Some(world.kept()), ..world.record("two") }]);
    idle.batch = sound.batch;
    assert_eq!(text(idle.parse()), "a batch that does not belong to its manifest");
    let scribe = Scribe { identity: world.person("carol"), capacity: None, size: 0, root: merkle::root(&[]) };
    let refused = wait(scribe.write(&ENGINE, &world.log, None, vec![world.record("two")], NOW));
    assert_eq!(text(refused), "no_access", "no key without the vault's");
}
