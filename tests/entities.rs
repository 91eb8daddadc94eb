//! Who may do what with a single entity: every rule of the state machine, each refusal with its text, and what holds
//! whatever anybody does in whatever order.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use tidelock::keys::{Compartment, DataOwnerKind, Identity, KeyName, VaultKey};
use tidelock::records::{
    Basis, Capacity, ContentLeaf, EntityState, Header, Leaf, Manifest, Revision, Step, WrapsLeaf, is_about_rights,
};
use tidelock::sharing::{ChainName, Delegate, Delegation, Permissions, Rights, Undelegation, VaultLog};
use tidelock::{Error, Id};
use tidelock_crypto::cbor::{Flag, List};
use tidelock_crypto::{Digest, cbor};
use world::{ENGINE, NOW, found, point, same, wait};

const ALICE: &str = "alice";
const CLINIC: &str = "clinic";

fn fingerprint(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

fn delegate(name: &str) -> Delegate {
    let digest = fingerprint(name);
    let kind = if name == CLINIC { DataOwnerKind::Clinic } else { DataOwnerKind::Practitioner };
    Delegate { id: name.to_owned(), kind, fingerprint: digest, statement: digest, agreement: point() }
}

/// A vault whose log has one key for each compartment: three entries.
struct Vault {
    alice: Identity,
    log: VaultLog,
    keys: Vec<VaultKey>,
}

impl Vault {
    fn new() -> Self {
        let alice = found(ALICE);
        let mut log = VaultLog::new(alice.statement().clone());
        let mint =
            |compartment| wait(log.mint_key(&ENGINE, alice.signing(), KeyName::first(compartment), None, NOW)).unwrap();
        let keys = Compartment::ALL.into_iter().map(mint).collect();
        Self { alice, log, keys }
    }

    /// The same with a grant of the first `keys` keys, as the fourth entry.
    fn granting(name: &str, permissions: Permissions, keys: usize) -> Self {
        let mut vault = Self::new();
        let keys = &vault.keys[..keys];
        wait(vault.log.grant(&ENGINE, vault.alice.signing(), &delegate(name), permissions, keys, NOW)).unwrap();
        vault
    }

    fn revoke(&mut self, name: &str) {
        wait(self.log.revoke(&ENGINE, self.alice.signing(), name, Vec::new(), NOW)).unwrap();
    }

    /// The next version, or the next epoch, of the key of the data compartment.
    fn mint(&mut self, name: KeyName) {
        let previous = (name.version > 1).then(|| self.keys[0].clone());
        self.keys[0] = wait(self.log.mint_key(&ENGINE, self.alice.signing(), name, previous.as_ref(), NOW)).unwrap();
    }
}

static PLAIN: LazyLock<Vault> = LazyLock::new(Vault::new);
const VIEW: Permissions = Permissions { view: true, upload: false, note: false };
const UPLOAD: Permissions = Permissions { view: true, upload: true, note: false };

fn id(number: u8) -> Id {
    Id::of_source(b"a key", &[number])
}

/// What one revision does; the rest of its leaf follows.
#[derive(Clone, Debug, Default)]
struct Change {
    /// The number of the record, and of the key: the present one where it is the same.
    content: Option<(u8, u8)>,
    added: Vec<(&'static str, Rights)>,
    revoked: Vec<&'static str>,
    deleted: bool,
    to: Option<Compartment>,
    kind: Option<&'static str>,
    /// How many wraps there are; otherwise as many as there must be.
    wraps: Option<u64>,
}

fn content(record: u8, key: u8) -> Change {
    Change { content: Some((record, key)), ..Change::default() }
}

fn share(added: &[(&'static str, Rights)]) -> Change {
    Change { added: added.to_vec(), ..Change::default() }
}

fn end(revoked: &[&'static str]) -> Change {
    Change { revoked: revoked.to_vec(), ..Change::default() }
}

impl Change {
    fn adding(self, added: &[(&'static str, Rights)]) -> Self {
        Self { added: added.to_vec(), ..self }
    }

    fn ending(self, revoked: &[&'static str]) -> Self {
        Self { revoked: revoked.to_vec(), ..self }
    }
}

/// One entity, and what is tried with it.
#[derive(Clone)]
struct Entity<'a> {
    vault: &'a Vault,
    number: u64,
    state: Option<EntityState>,
}

impl<'a> Entity<'a> {
    fn of(vault: &'a Vault) -> Self {
        Self { vault, number: vault.log.number(), state: None }
    }

    /// Created by the owner, with delegations.
    fn shared(vault: &'a Vault, added: &[(&'static str, Rights)]) -> Self {
        let mut entity = Self::of(vault);
        entity.apply(ALICE, &content(0, 0).adding(added)).unwrap();
        entity
    }

    fn leaf(&self, change: &Change) -> (Leaf, Option<Header>) {
        let state = self.state.as_ref();
        let sequence = state.map_or(1, |state| state.sequence + 1);
        let previous = state.map(|state| state.rev);
        let mut leaf = Leaf::new(id(0), sequence, previous);
        leaf.added = List(
            change
                .added
                .iter()
                .map(|(name, rights)| {
                    let Delegate { id, kind, fingerprint, .. } = delegate(name.trim_end_matches('\''));
                    // A name with a prime is the same person under a new identity.
                    let fingerprint = if name.ends_with('\'') { Digest::of(name.as_bytes()) } else { fingerprint };
                    Delegation { delegate: id, kind, fingerprint, rights: *rights }
                })
                .collect(),
        );
        leaf.revoked = List(
            change
                .revoked
                .iter()
                .map(|name| Undelegation { delegate: (*name).to_owned(), fingerprint: fingerprint(name) })
                .collect(),
        );
        leaf.deleted = Flag(change.deleted);
        let mut header = None;
        if let Some((record, key)) = change.content {
            let plain = Digest::of(&[record]);
            leaf.content = Some(ContentLeaf { sealed: plain, plain });
            let commitment = Digest::of(&[key]);
            leaf.keeps_key = Flag(state.is_some_and(|state| state.commitment == Some(commitment)));
            let now = state.map_or(Compartment::Data, |state| state.compartment);
            let compartment = change.to.unwrap_or(now);
            leaf.moved_from = (compartment != now).then_some(now);
            let kind = change.kind.unwrap_or("DataSample").to_owned();
            let (vault, batch) = (ALICE.to_owned(), id(key));
            header = Some(Header {
                vault,
                entity: id(0),
                kind,
                compartment,
                batch,
                sequence,
                previous,
                commitment,
                links: vec![],
            });
        }
        (leaf, header)
    }

    fn step(&self, author: &str, leaf: Leaf, header: Option<Header>) -> Result<EntityState, &'static str> {
        let owner = self.vault.alice.statement().digest();
        let (user, own) =
            if author == CLINIC { ("doctor", Some(CLINIC)) } else { (author.trim_end_matches('\''), None) };
        let capacity = own.map(|clinic| Capacity {
            clinic: clinic.to_owned(),
            root: fingerprint(clinic),
            head: fingerprint("head"),
        });
        let manifest = Manifest {
            vault: ALICE.to_owned(),
            author: user.to_owned(),
            fingerprint: if author == ALICE { owner } else { fingerprint(author) },
            capacity,
            number: 1,
            previous: owner,
            log_number: self.number,
            log_head: owner,
            size: 1,
            root: owner,
            time: NOW + self.state.as_ref().map_or(0, |state| state.sequence),
        };
        let chain = Arc::new(ChainName { author: user.to_owned(), capacity: own.unwrap_or(user).to_owned() });
        let batch = header.as_ref().map(|header| header.batch);
        let step = Step { log: &self.vault.log, manifest: &manifest, chain: &chain, batch, same: &same };
        let revision = Revision { rev: leaf.hash(), leaf, header };
        EntityState::next(self.state.as_ref(), &revision, None, &step).map_err(|error| match *error {
            Error::Tampered { what } => what,
            other => panic!("{other}"),
        })
    }

    /// The state after a change, with as many wraps as it takes.
    fn after(&self, author: &str, change: &Change) -> Result<EntityState, &'static str> {
        let (leaf, header) = self.leaf(change);
        let with = |number: u64| {
            let wraps = (number > 0).then_some(WrapsLeaf { number, root: fingerprint("wraps") });
            self.step(author, Leaf { wraps, ..leaf.clone() }, header.clone())
        };
        if let Some(number) = change.wraps {
            return with(number);
        }
        (0..10).map(with).find(|outcome| *outcome != Err(LEFT_OUT)).unwrap()
    }

    fn apply(&mut self, author: &str, change: &Change) -> Result<(), &'static str> {
        self.state = Some(self.after(author, change)?);
        Ok(())
    }

    fn refuses(&self, author: &str, change: &Change, reason: &str) {
        assert_eq!(self.after(author, change).err(), Some(reason), "{author}: {change:?}");
    }

    fn state(&self) -> &EntityState {
        self.state.as_ref().unwrap()
    }

    fn standing(&self) -> Vec<(&str, Rights)> {
        self.state().delegations.iter().map(|standing| (standing.delegate.as_str(), standing.rights)).collect()
    }
}

use Rights::{Read, Write};

const FOLLOW: &str = "an entity whose revisions do not follow one another";
const GONE: &str = "a change of an entity that was deleted";
const OLDER: &str = "a revision under an older vault log than the one before";
const CREATED: &str = "an entity created by somebody who had no right to";
const DELETED: &str = "an entity deleted by somebody who had no right to";
const NOT_STANDING: &str = "a revocation of a delegation that does not stand";
const NOT_GIVEN: &str = "a delegation revoked by somebody who did not give it";
const TO_OWNER: &str = "a delegation to the owner";
const TO_ONESELF: &str = "a delegation to oneself";
const NO_ACCESS: &str = "a delegation by somebody who had no access";
const MORE: &str = "a delegation of more rights than its author has";
const LESS: &str = "a delegation that takes rights away";
const REPLACED: &str = "a delegation that replaces somebody else's";
const WRITTEN: &str = "a write by somebody who had no right to it";
const MOVED: &str = "an entity that was turned into another kind or moved by somebody else";
const OTHER_KEY: &str = "content that says it keeps a key and has another";
const OLD_KEY: &str = "content that says it has a new key and keeps the old one";
const EXPOSED: &str = "content under a key that somebody who lost access still has";
const LEFT_OUT: &str = "a co-delegate was left out of a new key";

#[test]
fn revisions_follow_one_another() {
    let mut entity = Entity::of(&PLAIN);
    entity.apply(ALICE, &content(1, 1)).unwrap();
    let first = entity.clone();
    entity.apply(ALICE, &content(2, 2)).unwrap();
    assert_eq!((entity.state().sequence, entity.state().key_sequence), (2, 2));

    let (replayed, header) = first.leaf(&content(2, 2));
    assert_eq!(entity.step(ALICE, replayed, header).err(), Some(FOLLOW), "the same sequence again");
    let (mut forged, header) = entity.leaf(&content(3, 3));
    forged.previous = Some(fingerprint("another"));
    assert_eq!(entity.step(ALICE, forged, header).err(), Some(FOLLOW));
    let (first, header) = Entity::of(&PLAIN).leaf(&content(1, 1));
    assert_eq!(entity.step(ALICE, first, header).err(), Some(FOLLOW), "a second first revision");
}

#[test]
fn what_is_deleted_stays_deleted() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Read), ("carol", Write)]);
    let delete = Change { deleted: true, ..Change::default() };
    entity.refuses("bob", &delete, DELETED);
    entity.refuses("mallory", &delete, DELETED);
    assert!(entity.after(ALICE, &delete).is_ok());
    entity.apply("carol", &delete).unwrap();
    for change in [content(1, 1), share(&[("dave", Read)]), delete] {
        entity.refuses(ALICE, &change, GONE);
    }
}

#[test]
fn a_log_number_never_falls() {
    let mut entity = Entity::shared(&PLAIN, &[]);
    entity.number = 2;
    entity.refuses(ALICE, &content(1, 1), OLDER);
}

#[test]
fn only_who_may_write_creates() {
    let entity = Entity::of(&PLAIN);
    entity.refuses("bob", &content(1, 1), CREATED);
    entity.refuses("alice'", &content(1, 1), CREATED);
    assert_eq!(entity.step(ALICE, Leaf::new(id(0), 1, None), None).err(), Some(CREATED), "without content");

    let viewer = Vault::granting("bob", VIEW, 1);
    Entity::of(&viewer).refuses("bob", &content(1, 1), CREATED);
    let writer = Vault::granting("bob", UPLOAD, 1);
    Entity::of(&writer).apply("bob", &content(1, 1)).unwrap();
    let notes = Change { to: Some(Compartment::Notes), ..content(1, 1) };
    Entity::of(&writer).refuses("bob", &notes, CREATED);
    // Without any key he may write what he cannot read, and change nothing that is there.
    let blind = Vault::granting("bob", Permissions { view: false, upload: true, note: false }, 0);
    Entity::of(&blind).apply("bob", &content(1, 1)).unwrap();
    Entity::shared(&blind, &[]).refuses("bob", &content(1, 1), WRITTEN);
}

#[test]
fn who_was_left_out_of_what_is_new_writes_nothing_new() {
    let mut vault = Vault::granting("bob", UPLOAD, 1);
    let before = Entity::shared(&vault, &[]).state;
    let data = KeyName { compartment: Compartment::Data, epoch: 2, version: 1 };
    vault.mint(data);
    Entity::of(&vault).refuses("bob", &content(1, 1), CREATED);
    // What was there before, he may still change: it stays in its epoch.
    let mut old = Entity { state: before, ..Entity::of(&vault) };
    old.apply("bob", &content(1, 1)).unwrap();
    assert_eq!(old.state().epoch, 1);
    let new = Entity::shared(&vault, &[]);
    assert_eq!(new.state().epoch, 2);
    new.refuses("bob", &content(1, 1), WRITTEN);
    new.refuses("bob", &share(&[("carol", Read)]), NO_ACCESS);
}

#[test]
fn rights_never_grow() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Read), ("carol", Write)]);
    entity.refuses("mallory", &share(&[("dave", Read)]), NO_ACCESS);
    entity.refuses("bob'", &share(&[("dave", Read)]), NO_ACCESS);
    entity.refuses("bob", &share(&[("dave", Write)]), MORE);
    entity.refuses("bob", &content(1, 0), WRITTEN);
    entity.refuses("carol", &share(&[(ALICE, Read)]), TO_OWNER);
    entity.refuses("carol", &share(&[("carol'", Write)]), TO_ONESELF);
    entity.apply("bob", &share(&[("dave", Read)])).unwrap();
    entity.apply("carol", &content(1, 0).adding(&[("erin", Write)])).unwrap();
    assert_eq!(entity.standing(), [("bob", Read), ("carol", Write), ("dave", Read), ("erin", Write)]);
    let dave = entity.state().standing("dave").unwrap();
    assert_eq!((dave.by.author.as_str(), dave.basis, dave.sequence), ("bob", Basis::Delegation, 2));
}

#[test]
fn one_delegation_stands_for_each_delegate() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Read), ("carol", Write)]);
    for same_or_less in [("bob", Read), ("carol", Read), ("carol", Write)] {
        entity.refuses(ALICE, &share(&[same_or_less]), LESS);
    }
    // Who may write gives more to somebody whom the owner let read; his giving is now what it rests on.
    entity.apply("carol", &share(&[("bob", Write)])).unwrap();
    assert_eq!(entity.standing(), [("bob", Write), ("carol", Write)]);
    entity.apply(ALICE, &end(&["carol"])).unwrap();
    assert_eq!(entity.standing(), []);
}

#[test]
fn a_new_identity_takes_the_place_of_the_old_one_only_by_who_gave() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Write), ("carol", Write)]);
    entity.apply("bob", &share(&[("dave", Write)])).unwrap();
    entity.refuses("carol", &share(&[("bob'", Write)]), REPLACED);
    entity.refuses("carol", &share(&[("dave'", Write)]), REPLACED);
    // What the old identity gave ends with it, and somebody has lost access: a new key is due.
    entity.apply(ALICE, &share(&[("bob'", Read)])).unwrap();
    assert_eq!(entity.standing(), [("bob", Read), ("carol", Write)]);
    assert!(entity.state().due);
    entity.refuses("bob", &share(&[("erin", Read)]), NO_ACCESS);
    entity.apply("bob'", &share(&[("erin", Read)])).unwrap();
}

#[test]
fn only_who_gave_takes_away() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Write), ("carol", Write)]);
    entity.apply("bob", &share(&[("dave", Read)])).unwrap();
    entity.apply("dave", &share(&[("erin", Read)])).unwrap();
    entity.refuses(ALICE, &end(&["mallory"]), NOT_STANDING);
    entity.refuses("carol", &end(&["dave"]), NOT_GIVEN);
    entity.refuses("mallory", &end(&["bob"]), NOT_GIVEN);
    entity.refuses("bob'", &end(&["dave"]), NOT_GIVEN);
    // Who gave it ends it, and what rests on it; so does who has it, and the owner.
    let mut by_giver = entity.clone();
    by_giver.apply("bob", &end(&["dave"])).unwrap();
    assert_eq!(by_giver.standing(), [("bob", Write), ("carol", Write)]);
    let mut by_himself = entity.clone();
    by_himself.apply("dave", &end(&["dave"])).unwrap();
    assert_eq!(by_himself.standing(), [("bob", Write), ("carol", Write)]);
    entity.apply(ALICE, &end(&["bob"])).unwrap();
    assert_eq!(entity.standing(), [("carol", Write)]);
    entity.refuses("bob", &content(1, 1), WRITTEN);
    entity.refuses("erin", &share(&[("dave", Read)]), NO_ACCESS);
}

#[test]
fn who_revokes_may_keep_those_further_down_as_his_own() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Write)]);
    entity.apply("bob", &share(&[("carol", Read)])).unwrap();
    entity.apply(ALICE, &content(1, 1).ending(&["bob"]).adding(&[("carol", Read)])).unwrap();
    assert_eq!(entity.standing(), [("carol", Read)]);
    assert_eq!(entity.state().standing("carol").unwrap().basis, Basis::Owner);
    // Who leaves leaves nobody behind.
    entity.apply("carol", &end(&["carol"]).adding(&[("dave", Read)])).unwrap();
    assert_eq!(entity.standing(), []);
}

#[test]
fn after_somebody_lost_access_there_is_a_new_key_for_everybody_else() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Read), ("carol", Write), ("dave", Read)]);
    entity.refuses(ALICE, &content(1, 0).ending(&["bob"]), EXPOSED);
    let kept_with_revocation = Change { wraps: Some(3), ..content(1, 1).ending(&["bob"]) };
    entity.refuses(ALICE, &kept_with_revocation, LEFT_OUT);
    entity.apply(ALICE, &end(&["bob"])).unwrap();
    assert!(entity.state().due);
    entity.refuses("carol", &content(1, 0), EXPOSED);
    entity.refuses("carol", &Change { wraps: Some(1), ..content(1, 1) }, LEFT_OUT);
    entity.apply("carol", &Change { wraps: Some(2), ..content(1, 1) }).unwrap();
    assert!(!entity.state().due);
    assert_eq!((entity.state().key_sequence, entity.state().commitment), (3, Some(Digest::of(&[1]))));
    // Sharing once more wraps to the new delegate only.
    entity.refuses(ALICE, &Change { wraps: Some(3), ..share(&[("erin", Read)]) }, LEFT_OUT);
    entity.refuses(ALICE, &Change { wraps: Some(0), ..share(&[("erin", Read)]) }, LEFT_OUT);
    entity.apply(ALICE, &Change { wraps: Some(1), ..share(&[("erin", Read)]) }).unwrap();
    // And a content that keeps the key wraps it to nobody.
    entity.refuses(ALICE, &Change { wraps: Some(3), ..content(2, 1) }, LEFT_OUT);
    entity.apply(ALICE, &content(2, 1)).unwrap();
}

#[test]
fn a_key_is_the_one_that_the_leaf_speaks_of() {
    let entity = Entity::shared(&PLAIN, &[]);
    let (mut leaf, header) = entity.leaf(&content(1, 1));
    leaf.keeps_key = Flag(true);
    assert_eq!(entity.step(ALICE, leaf, header).err(), Some(OTHER_KEY));
    let (mut leaf, header) = entity.leaf(&content(1, 0));
    leaf.keeps_key = Flag(false);
    assert_eq!(entity.step(ALICE, leaf, header).err(), Some(OLD_KEY));
}

#[test]
fn nobody_but_the_owner_moves_and_nobody_changes_a_type() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Write)]);
    let there = Change { to: Some(Compartment::Private), ..content(1, 1) };
    entity.refuses("bob", &there, MOVED);
    entity.refuses(ALICE, &Change { kind: Some("Patient"), ..content(1, 1) }, MOVED);
    let (mut silent, header) = entity.leaf(&there);
    silent.moved_from = None;
    assert_eq!(entity.step(ALICE, silent, header).err(), Some(MOVED));
    let (mut idle, header) = entity.leaf(&content(1, 1));
    idle.moved_from = Some(Compartment::Data);
    assert_eq!(entity.step(ALICE, idle, header).err(), Some(MOVED));
    entity.apply(ALICE, &there).unwrap();
    assert_eq!((entity.state().compartment, entity.standing()), (Compartment::Private, vec![("bob", Write)]));
}

#[test]
fn what_rests_on_a_grant_ends_with_it() {
    let mut vault = Vault::granting(CLINIC, UPLOAD, 1);
    let mut entity = Entity::shared(&vault, &[("carol", Write)]);
    entity.apply(CLINIC, &share(&[("bob", Write)])).unwrap();
    entity.apply("bob", &share(&[("dave", Read)])).unwrap();
    let granted = entity.state().standing("bob").unwrap();
    assert_eq!((granted.basis, granted.by.capacity.as_str()), (Basis::Grant, CLINIC));
    let before = entity.state;
    vault.revoke(CLINIC);
    vault.mint(KeyName::first(Compartment::Data).next_version());

    let mut entity = Entity { state: before, ..Entity::of(&vault) };
    entity.refuses(CLINIC, &content(1, 1), WRITTEN);
    entity.refuses("bob", &content(1, 1), WRITTEN);
    entity.refuses("dave", &share(&[("erin", Read)]), NO_ACCESS);
    entity.refuses("carol", &content(1, 0), EXPOSED);
    entity.apply("carol", &content(1, 1)).unwrap();
    assert_eq!(entity.standing(), [("carol", Write)]);

    let mut alone = entity.state().clone();
    assert!(!alone.lapse(&vault.log, vault.log.number()), "nothing is left to lapse");
}

#[test]
fn whoever_loses_the_whole_record_loses_its_keys() {
    let mut vault = Vault::granting("bob", VIEW, 1);
    let before = Entity::shared(&vault, &[]).state;
    vault.revoke("bob");
    vault.mint(KeyName::first(Compartment::Data).next_version());
    let entity = Entity { state: before, ..Entity::of(&vault) };
    entity.refuses(ALICE, &content(1, 0), EXPOSED);
    entity.after(ALICE, &content(1, 1)).unwrap();
}

#[test]
fn a_record_is_by_whoever_wrote_it_first() {
    let mut entity = Entity::shared(&PLAIN, &[("bob", Write), ("carol", Write)]);
    entity.apply("bob", &content(1, 0)).unwrap();
    let modified = entity.state().modified;
    entity.apply("carol", &content(1, 2)).unwrap();
    let state = entity.state();
    assert_eq!((state.author.author.as_str(), state.modified), ("bob", modified));
    assert_eq!(state.sealed_by.as_ref().unwrap().author, "carol");
    entity.apply("carol", &content(3, 2)).unwrap();
    assert_eq!(entity.state().author.author, "carol");
    assert_eq!((entity.state().sealed_by.clone(), entity.state().created), (None, NOW));
}

#[test]
fn leaves_have_members_that_go_together() {
    let sound = |leaf: &Leaf| leaf.check().is_ok();
    let content = Some(ContentLeaf { sealed: fingerprint("sealed"), plain: fingerprint("plain") });
    let first = Leaf { content, ..Leaf::new(id(0), 1, None) };
    let second = Leaf { sequence: 2, previous: Some(first.hash()), ..first.clone() };
    assert!(sound(&first) && sound(&second));
    let named = |names: &[&str]| {
        List(
            names
                .iter()
                .map(|name| Delegation {
                    delegate: (*name).to_owned(),
                    kind: DataOwnerKind::Practitioner,
                    fingerprint: fingerprint(name),
                    rights: Read,
                })
                .collect(),
        )
    };
    let ended = |names: &[&str]| {
        List(
            names
                .iter()
                .map(|name| Undelegation { delegate: (*name).to_owned(), fingerprint: fingerprint(name) })
                .collect(),
        )
    };
    assert!(sound(&Leaf { added: named(&["a", "b"]), revoked: ended(&["c"]), ..second.clone() }));
    let wrong = [
        Leaf { sequence: 0, ..first.clone() },
        Leaf { sequence: 2, ..first.clone() },
        Leaf { sequence: 1, ..second.clone() },
        Leaf { keeps_key: Flag(true), ..first.clone() },
        Leaf { moved_from: Some(Compartment::Data), ..first },
        Leaf { content: None, ..second.clone() },
        Leaf { deleted: Flag(true), ..second.clone() },
        Leaf { moved_from: Some(Compartment::Data), keeps_key: Flag(true), ..second.clone() },
        Leaf { added: named(&["b", "a"]), ..second.clone() },
        Leaf { added: named(&["a", "a"]), ..second.clone() },
        Leaf { revoked: ended(&["b", "a"]), ..second.clone() },
        Leaf { added: named(&["a"]), revoked: ended(&["a"]), ..second.clone() },
    ];
    for leaf in &wrong {
        assert!(!sound(leaf), "{leaf:?}");
    }
    let tombstone = Leaf { content: None, deleted: Flag(true), ..second };
    assert!(sound(&tombstone));
    assert!(!sound(&Leaf { sequence: 1, previous: None, ..tombstone }));
}

#[test]
fn what_the_platform_refuses_as_forbidden_is_told_from_what_has_no_form() {
    let about = |what| is_about_rights(&Error::Tampered { what });
    assert!([CREATED, DELETED, NOT_GIVEN, NO_ACCESS, MORE, REPLACED, WRITTEN, MOVED].into_iter().all(about));
    assert!(![FOLLOW, GONE, OLDER, NOT_STANDING, OTHER_KEY, OLD_KEY, EXPOSED, LEFT_OUT].into_iter().any(about));
}

const NAMES: [&str; 5] = ["bob", "carol", "dave", "erin", "frank"];

fn change() -> impl Strategy<Value = (usize, Change)> {
    let rights = || prop_oneof![Just(Read), Just(Write)];
    let added = proptest::collection::btree_map(0..NAMES.len(), rights(), 0..3);
    let revoked = proptest::collection::btree_set(0..NAMES.len(), 0..2);
    let content = proptest::option::of((0..3_u8, 0..6_u8));
    (0..=NAMES.len() + 1, added, revoked, content).prop_map(|(author, added, revoked, content)| {
        let revoked: Vec<_> = revoked.into_iter().filter(|index| !added.contains_key(index)).collect();
        let added = added.into_iter().map(|(index, rights)| (NAMES[index], rights)).collect();
        let revoked = revoked.into_iter().map(|index| NAMES[index]).collect();
        (author, Change { content, added, revoked, ..Change::default() })
    })
}

proptest! {
    /// Whatever is tried, what is accepted keeps every delegation within the rights of who gave it, down to the owner or
    /// a grant, and who has no right changes nothing.
    #[test]
    fn rights_rest_on_greater_rights_down_to_the_owner(changes in proptest::collection::vec(change(), 1..40)) {
        static VAULT: LazyLock<Vault> = LazyLock::new(|| Vault::granting(CLINIC, UPLOAD, 1));
        let mut entity = Entity::shared(&VAULT, &[("bob", Read), ("carol", Write)]);
        for (author, change) in changes {
            if change.content.is_none() && change.added.is_empty() && change.revoked.is_empty() {
                continue;
            }
            let author = NAMES.get(author).copied().unwrap_or(if author == NAMES.len() { ALICE } else { CLINIC });
            let before = entity.clone();
            if entity.apply(author, &change).is_err() {
                continue;
            }
            let right = match author {
                ALICE | CLINIC => Some(Write),
                name => before.state().standing(name).map(|standing| standing.rights),
            };
            prop_assert!(right.is_some(), "{author} had no access: {change:?}");
            prop_assert!(change.content.is_none() || right == Some(Write));
            let (old, new) = (before.state(), entity.state());
            let ended = old.delegations.iter().any(|before| {
                new.standing(&before.delegate).is_none_or(|now| now.fingerprint != before.fingerprint)
            });
            let new_key = new.commitment != old.commitment;
            prop_assert_eq!(new.due, (old.due || ended) && !new_key);
            prop_assert!(change.content.is_none() || new_key || !(old.due || ended));
            for standing in &new.delegations {
                let mut at = standing;
                let mut steps = 0;
                while at.basis == Basis::Delegation {
                    let giver = new.standing(&at.by.capacity);
                    prop_assert!(giver.is_some_and(|giver| giver.rights >= at.rights), "{:?}", at);
                    at = giver.unwrap();
                    steps += 1;
                    prop_assert!(steps <= NAMES.len(), "a cycle");
                }
            }
            prop_assert!(new.delegations.is_sorted_by(|left, right| left.delegate < right.delegate));
            let kept = cbor::encode(new);
            prop_assert_eq!(&cbor::decode::<EntityState>(&kept).unwrap(), new);
        }
    }
}
