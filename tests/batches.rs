//! Batches: to whom a writer wraps a batch key, who opens it, and whom a reader lets it be wrapped to.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use tidelock::keys::{Compartment, KeyName, VaultKey};
use tidelock::records::{Batch, BatchKey, BatchOrigin, Draft, History, Holder, Known, Manifest, Wrap, WrapTo, Write};
use tidelock::sharing::{Delegate, Permissions, Rights};
use tidelock::signed::Unverified;
use tidelock_crypto::{AgreementKey, cbor};
use world::{ENGINE, NOW, World, text, wait};

const EVERYTHING: Permissions = Permissions { view: true, upload: true, note: false };
const BLIND: Permissions = Permissions { view: false, upload: true, note: false };
const NOT_ENTITLED: &str = "a batch sealed to somebody who is not entitled";
const NOT_USABLE: &str = "a batch under a key that nothing could be written under";

fn grant(world: &mut World, name: &str, permissions: Permissions, keys: &[VaultKey]) {
    let (alice, delegate) = (world.person("alice").clone(), world.delegate(name));
    wait(world.log.grant(&ENGINE, alice.signing(), &delegate, permissions, keys, NOW)).unwrap();
}

fn revoke(world: &mut World, name: &str) {
    let (alice, cutoffs) = (world.person("alice").clone(), world.history.cutoffs(name));
    wait(world.log.revoke(&ENGINE, alice.signing(), name, cutoffs, NOW)).unwrap();
}

/// Alice's vault, of which Carol has the whole record, and Dave had it: every key is exposed.
fn burnt() -> World {
    let mut world = World::shared();
    let keys = vec![world.keys[0].clone()];
    grant(&mut world, "carol", EVERYTHING, &keys);
    grant(&mut world, "dave", EVERYTHING, &keys);
    revoke(&mut world, "dave");
    world
}

fn own(world: &World, name: &str) -> Vec<(Delegate, AgreementKey)> {
    vec![(world.delegate(name), world.person(name).agreement().clone())]
}

fn origin(write: &Write) -> BatchOrigin {
    BatchOrigin::from(Unverified::<Manifest>::decode(&write.manifest).unwrap().claims())
}

fn open(world: &World, write: &Write, name: &str, vault_keys: &[VaultKey]) -> Result<BatchKey, Box<tidelock::Error>> {
    let own = own(world, name);
    let batch = write.batch.as_ref().unwrap();
    wait(batch.open(&ENGINE, &Holder { vault_keys, own: &own }, &origin(write)))
}

fn kinds(write: &Write) -> Vec<String> {
    let kind = |wrap: &Wrap| match wrap {
        Wrap::Vault { key, .. } => format!("vault key {}", key.version),
        Wrap::DropBox { key, .. } => format!("drop box {}", key.version),
        Wrap::Identity { recipient, .. } => recipient.clone(),
    };
    write.batch.as_ref().unwrap().wraps.iter().map(kind).collect()
}

/// What everybody is offered to wrap to who has these keys.
fn choose<'a>(world: &World, keys: &'a [VaultKey], identities: &'a [Delegate]) -> WrapTo<'a> {
    WrapTo::choose(&world.log, Compartment::Data, 1, keys, identities).unwrap()
}

#[test]
fn who_has_no_vault_key_writes_to_its_drop_box() {
    let mut world = World::shared();
    grant(&mut world, "dave", BLIND, &[]);
    let two = Draft::record(tidelock::Id::random().unwrap(), "DataSample", b"two".to_vec(), Vec::new(), None).unwrap();
    let write = world.compose_to("dave", Some(choose(&world, &[], &[])), vec![two]);
    assert_eq!(kinds(&write), ["drop box 1"]);
    assert_eq!(text(open(&world, &write, "dave", &[])), "no_access", "not even who wrote it");
    world.accept("dave", write.clone()).unwrap();
    assert_eq!(world.opened.last().unwrap().content.body(), b"two");

    // A delegate of one entity gives it a new key, because somebody lost access.
    let revoked = vec![tidelock::sharing::Undelegation {
        delegate: "bob".to_owned(),
        fingerprint: world.delegate("bob").fingerprint,
    }];
    let three = Draft { revoked, remaining: vec![world.delegate("carol")], ..world.record("three") };
    let refused = world.compose_to("carol", Some(choose(&world, &[], &[])), vec![three.clone()]);
    assert_eq!(text(world.accept("carol", refused)), "a delegation revoked by somebody who did not give it");
    let three = Draft { revoked: Vec::new(), remaining: vec![world.delegate("bob"), world.delegate("carol")], ..three };
    let write = world.compose_to("carol", Some(choose(&world, &[], &[])), vec![three]);
    world.accept("carol", write).unwrap();
    assert_eq!(["alice", "bob", "carol"].map(|name| world.now(name).unwrap()), ["three"; 3]);
}

#[test]
fn where_every_key_is_exposed_each_who_is_entitled_gets_his_own() {
    let mut world = burnt();
    assert_eq!(text(WrapTo::choose(&world.log, Compartment::Data, 1, &world.keys, &[])), "no_access");
    let entitled = world.log.entitled(Compartment::Data, 1);
    assert_eq!(entitled.iter().map(|standing| standing.grant.delegate.as_str()).collect::<Vec<_>>(), ["carol"]);
    let identities = [world.delegate("carol"), world.delegate("alice")];
    let two = Draft { remaining: vec![world.delegate("bob"), world.delegate("carol")], ..world.record("two") };
    let write = world.compose_to("carol", Some(choose(&world, &world.keys, &identities)), vec![two.clone()]);
    assert_eq!(kinds(&write), ["alice", "carol"], "the owner first");
    let keys = world.keys.clone();
    assert_eq!(text(open(&world, &write, "dave", &keys)), "no_access", "with every key that he ever had");
    open(&world, &write, "alice", &[]).unwrap();
    open(&world, &write, "carol", &[]).unwrap();

    let alice = own(&world, "alice");
    world.accept_as("carol", write, &alice).unwrap();
    assert_eq!(world.opened.last().unwrap().content.body(), b"two");
    let bundle = world.served("alice");
    assert_eq!(world.reads("alice", &bundle, Known::default()).unwrap(), "two", "and one by one");
    assert_eq!(world.now("bob").unwrap(), "two");

    // The next owner's client adds what a new key opens.
    let (signing, next) = (world.person("alice").clone(), KeyName::first(Compartment::Data).next_version());
    let key = wait(world.log.mint_key(&ENGINE, signing.signing(), next, Some(&keys[0]), NOW)).unwrap();
    let batch = world.state().batch.unwrap();
    let opened = open(&world, world.writes.last().unwrap(), "alice", &[]).unwrap();
    let added = Batch::wrap(batch, &opened, &key).unwrap();
    world.history.add_wraps(&batch, std::slice::from_ref(&added)).unwrap();
    let with =
        |keys: &[VaultKey]| wait(world.history.key(&ENGINE, &world.entity, &Holder { vault_keys: keys, own: &[] }));
    assert_eq!(with(std::slice::from_ref(&key)).unwrap().commitment(), world.state().commitment.unwrap());
    assert_eq!(text(with(&keys)), "no_access");
    let private = Batch::wrap(batch, &opened, &keys[2]).unwrap();
    assert_eq!(text(world.history.add_wraps(&batch, &[private])), NOT_USABLE);
    assert_eq!(text(world.history.add_wraps(&world.entity, &[added])), "wraps of a batch that is not there");
}

#[test]
fn a_batch_is_for_nobody_but_those_entitled() {
    let world = burnt();
    let two = |names: &[&str], change: &dyn Fn(&mut Batch)| {
        let identities: Vec<_> = names.iter().map(|name| world.delegate(name)).collect();
        let draft = Draft { remaining: vec![world.delegate("bob"), world.delegate("carol")], ..world.record("two") };
        let to = WrapTo::Identities(Compartment::Data, &identities);
        let mut write = world.compose_to("alice", Some(to), vec![draft]);
        change(write.batch.as_mut().unwrap());
        text(world.clone().accept_as("alice", write, &own(&world, "alice")))
    };
    assert_eq!(two(&["alice", "carol"], &|_| {}), "accepted");
    assert_eq!(two(&["alice"], &|_| {}), "accepted");
    assert_eq!(two(&["carol"], &|_| {}), NOT_ENTITLED, "the owner is left out");
    assert_eq!(two(&["alice", "bob"], &|_| {}), NOT_ENTITLED, "who has one entity has not the rest");
    assert_eq!(two(&["alice", "dave"], &|_| {}), NOT_ENTITLED, "who lost access");
    assert_eq!(two(&["alice", "carol"], &|batch| batch.wraps.swap(0, 1)), NOT_ENTITLED);
    assert_eq!(two(&["alice", "carol", "carol"], &|_| {}), "accepted", "nothing follows from which wraps there are");
    let other = |batch: &mut Batch| {
        let Wrap::Identity { fingerprint, .. } = &mut batch.wraps[1] else { panic!("another wrap") };
        *fingerprint = world.delegate("dave").fingerprint;
    };
    assert_eq!(two(&["alice", "carol"], &other), NOT_ENTITLED, "under another identity");
    let exposed = |batch: &mut Batch| {
        let key = BatchKey::generate().unwrap();
        batch.wraps.insert(0, Batch::wrap(batch.id, &key, &world.keys[0]).unwrap());
    };
    assert_eq!(two(&["alice"], &exposed), NOT_USABLE);

    let draft = Draft { remaining: vec![world.delegate("bob"), world.delegate("carol")], ..world.record("two") };
    let write = world.compose_to("alice", Some(WrapTo::DropBox(KeyName::first(Compartment::Data))), vec![draft]);
    assert_eq!(text(world.clone().accept("alice", write)), NOT_USABLE, "whose key somebody has who lost access");
}

#[test]
fn a_wrap_opens_in_its_place_only() {
    let world = World::shared();
    let drafts =
        || vec![Draft { remaining: vec![world.delegate("bob"), world.delegate("carol")], ..world.record("two") }];
    let name = KeyName::first(Compartment::Data);
    let identities = [world.delegate("alice")];
    for to in [WrapTo::DropBox(name), WrapTo::Identities(Compartment::Data, &identities)] {
        let write = world.compose_to("alice", Some(to.clone()), drafts());
        open(&world, &write, "alice", &world.keys).unwrap();
        let (mut elsewhere, mut other) = (write.clone(), write.clone());
        elsewhere.batch.as_mut().unwrap().id = world.entity;
        assert_eq!(open(&world, &elsewhere, "alice", &world.keys).unwrap_err().code(), "tampered");
        other.manifest = world.compose_to("bob", Some(to), drafts()).manifest;
        assert_eq!(open(&world, &other, "alice", &world.keys).unwrap_err().code(), "tampered");
    }
    let write = world.compose_to("alice", Some(WrapTo::Identities(Compartment::Data, &identities)), drafts());
    let mut moved = write.clone();
    let Wrap::Identity { recipient, .. } = &mut moved.batch.as_mut().unwrap().wraps[0] else { panic!("another wrap") };
    *recipient = "bob".to_owned();
    assert_eq!(text(open(&world, &moved, "bob", &[])), "no_access", "it was sealed to another statement");
}

#[test]
fn the_entities_of_a_batch_are_of_one_epoch() {
    let mut world = World::shared();
    let alice = world.person("alice").clone();
    let next = KeyName { compartment: Compartment::Data, epoch: 2, version: 1 };
    let key = wait(world.log.mint_key(&ENGINE, alice.signing(), next, None, NOW)).unwrap();
    world.keys.push(key);
    let identities = [world.delegate("alice")];
    let old = Draft { remaining: vec![world.delegate("bob"), world.delegate("carol")], ..world.record("two") };
    let new = Draft::record(tidelock::Id::random().unwrap(), "DataSample", b"new".to_vec(), Vec::new(), None).unwrap();
    let to = || Some(WrapTo::Identities(Compartment::Data, &identities));
    let both = world.compose_to("alice", to(), vec![old.clone(), new.clone()]);
    assert_eq!(text(world.clone().accept("alice", both)), "a batch for entities of several epochs");
    let alice = own(&world, "alice");
    for draft in [old, new] {
        let write = world.compose_to("alice", to(), vec![draft]);
        assert_eq!(cbor::decode::<Write>(&cbor::encode(&write)).unwrap(), write);
        world.accept_as("alice", write, &alice).unwrap();
    }
    assert!(matches!(choose(&world, &world.keys, &[]), WrapTo::VaultKey(key) if key.name().epoch == 1));
    assert_eq!(world.history.seen(), History::new(world.history.seen()).seen());
    assert_eq!(world.state().standing("bob").unwrap().rights, Rights::Read);
}
