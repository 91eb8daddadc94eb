//! Keys that are given back to an owner who lost hers.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use tidelock::keys::{Clinic, Compartment, Identity, IdentitySecrets, KeyName, VaultKey};
use tidelock::records::{Capacity, EntityKey};
use tidelock::sharing::{GiveBack, Giving, Returned, VaultLog, VaultOwner};
use tidelock::signed::{Signed, Unverified};
use tidelock::{Error, Id};
use world::{ENGINE, NOW, World, point, text, wait};

const ELSE: &str = "keys that are given back to somebody else";
const BY_ELSE: &str = "keys that are given back by somebody else";
const NOT_COMMITTED: &str = "a returned key that is not the one committed to";

struct Lost {
    world: World,
    again: Identity,
}

impl Lost {
    /// Alice has lost her keys, and made a new identity. Bob and Dave have what she shared.
    fn new() -> Self {
        let mut world = World::shared();
        let alice = world.person("alice").clone();
        let next = KeyName::first(Compartment::Data).next_version();
        let key = wait(world.log.mint_key(&ENGINE, alice.signing(), next, Some(&world.keys[0]), NOW)).unwrap();
        world.keys.push(key);
        let secrets = IdentitySecrets::generate().unwrap();
        let again = wait(secrets.found_next(&ENGINE, alice.statement(), point(), NOW)).unwrap();
        Self { world, again }
    }

    fn everything(&self) -> Returned {
        let entity_keys = vec![(self.world.entity, self.world.key())];
        Returned { vault_keys: vec![self.world.keys[3].clone()], entity_keys }
    }

    fn give(&self, giver: &str, returned: &Returned) -> Signed<GiveBack> {
        let giving = Giving {
            giver: self.world.person(giver),
            capacity: None,
            log: &self.world.log,
            to: self.again.statement(),
        };
        wait(GiveBack::seal(&ENGINE, giving, returned, (1, 1), NOW)).unwrap()
    }

    fn open(&self, giver: &str, bytes: &[u8], log: &VaultLog) -> Result<Returned, Box<Error>> {
        let giver = self.world.person(giver).statement();
        wait(GiveBack::open(&ENGINE, bytes, giver, None, log, &self.again))
    }
}

fn names(keys: &[VaultKey]) -> Vec<KeyName> {
    keys.iter().map(VaultKey::name).collect()
}

#[test]
fn what_is_given_back_opens_what_was_there() {
    let lost = Lost::new();
    let given = lost.give("dave", &lost.everything());
    let returned = lost.open("dave", given.bytes(), &lost.world.log).unwrap();
    let first = KeyName::first(Compartment::Data);
    assert_eq!(names(&returned.vault_keys), [first.next_version(), first], "with the versions before");
    assert_eq!(returned.vault_keys[1].commitment(), lost.world.keys[0].commitment());
    let commitment = lost.world.state().commitment.unwrap();
    assert!(returned.entity_key(&lost.world.entity, &commitment).unwrap().is_some());
    assert!(returned.entity_key(&Id::random().unwrap(), &commitment).unwrap().is_none());
    let other = Lost::new().world.key().commitment();
    assert_eq!(text(returned.entity_key(&lost.world.entity, &other)), NOT_COMMITTED, "of another entity");

    // She mints the next version with it.
    let (mut log, again) = (lost.world.log.clone(), &lost.again);
    let owner = VaultOwner::from(again.statement());
    wait(log.refound(&ENGINE, again.signing(), owner, lost.world.history.tips(), NOW)).unwrap();
    let third = first.next_version().next_version();
    wait(log.mint_key(&ENGINE, again.signing(), third, Some(&returned.vault_keys[0]), NOW)).unwrap();
    let opened = wait(log.open_as_owner(&ENGINE, again.agreement())).unwrap();
    assert_eq!(names(&opened), [third, first.next_version(), first]);
    assert!(lost.open("dave", given.bytes(), &log).is_ok(), "and after that, too");
}

#[test]
fn a_key_that_is_not_the_vaults_is_refused() {
    let lost = Lost::new();
    let data = KeyName::first(Compartment::Data);
    let other = VaultKey::generate("alice", data).unwrap();
    let unknown = VaultKey::generate("alice", KeyName { epoch: 7, ..data }).unwrap();
    for key in [other, unknown] {
        let given = lost.give("dave", &Returned { vault_keys: vec![key], entity_keys: Vec::new() });
        assert_eq!(text(lost.open("dave", given.bytes(), &lost.world.log)), NOT_COMMITTED);
    }
    // One that was minted after what the giver knows of the log.
    let mut early = Lost::new();
    let mut log = VaultLog::new(early.world.person("alice").statement());
    let entries: Vec<_> = early.world.log.entries_after(0).map(<[u8]>::to_vec).collect();
    for entry in &entries[..3] {
        log.append_trusted(entry).unwrap();
    }
    let whole = std::mem::replace(&mut early.world.log, log);
    let given = early.give("dave", &early.everything());
    assert_eq!(text(early.open("dave", given.bytes(), &whole)), NOT_COMMITTED);
    let twice =
        Returned { vault_keys: vec![early.world.keys[0].clone(), early.world.keys[0].clone()], entity_keys: vec![] };
    let given = early.give("dave", &twice);
    assert_eq!(text(early.open("dave", given.bytes(), &whole)), "returned keys out of their order");
}

#[test]
fn what_is_given_back_is_for_one_place() {
    let lost = Lost::new();
    let Lost { world, again } = &lost;
    let given = lost.give("dave", &lost.everything());
    assert_eq!(text(lost.open("bob", given.bytes(), &world.log)), BY_ELSE);
    let signed_by = |key: &str, change: &dyn Fn(&mut GiveBack)| {
        let mut body = given.body().clone();
        change(&mut body);
        let forged = wait(Signed::sign(&ENGINE, world.person(key).signing(), body)).unwrap();
        text(lost.open("dave", forged.bytes(), &world.log))
    };
    let not_verified = "a signature, ciphertext or encoding does not verify";
    assert_eq!(signed_by("dave", &|_| {}), "accepted");
    assert_eq!(signed_by("bob", &|_| {}), not_verified);
    assert_eq!(signed_by("dave", &|body| body.vault = "bob".to_owned()), ELSE);
    assert_eq!(signed_by("dave", &|body| body.before = body.after), ELSE);
    assert_eq!(signed_by("dave", &|body| body.after = body.before), ELSE);
    assert_eq!(signed_by("dave", &|body| body.part = 0), ELSE);
    assert_eq!(signed_by("dave", &|body| body.part = 2), ELSE);
    assert_eq!(signed_by("dave", &|body| body.parts = 2), not_verified, "what is encrypted is for its part");
    assert_eq!(signed_by("dave", &|body| body.fingerprint = body.after), BY_ELSE);
    assert_eq!(signed_by("dave", &|body| body.log_head = body.after), "a vault log that was forked");
    let older = "a vault log that is older than one seen before";
    assert_eq!(signed_by("dave", &|body| body.log_number += 1), older);
    let mut spoilt = given.bytes().to_vec();
    *spoilt.last_mut().unwrap() ^= 1;
    assert_eq!(text(lost.open("dave", &spoilt, &world.log)), not_verified);

    let secrets = IdentitySecrets::generate().unwrap();
    let other = wait(secrets.found_next(&ENGINE, again.statement(), point(), NOW)).unwrap();
    let other = Lost { world: world.clone(), again: other };
    assert_eq!(text(other.open("dave", given.bytes(), &world.log)), ELSE, "to another identity of hers");
    assert_eq!(Unverified::<GiveBack>::decode(given.bytes()).unwrap().claims(), given.body());
}

#[test]
fn a_clinic_gives_back_by_one_of_its_people() {
    let lost = Lost::new();
    let dave = lost.world.person("dave");
    let found =
        |id: &str| wait(Clinic::found(&ENGINE, id, "https://platform.example", "Harbour Clinic", dave, NOW)).unwrap().0;
    let (clinic, other) = (found("clinic"), found("other"));
    let capacity = Capacity::from(&clinic);
    let give = |giver: &str| {
        let giver = lost.world.person(giver);
        let giving = Giving { giver, capacity: Some(&capacity), log: &lost.world.log, to: lost.again.statement() };
        wait(GiveBack::seal(&ENGINE, giving, &lost.everything(), (1, 1), NOW)).unwrap()
    };
    let open = |giver: &str, clinic: Option<&Clinic>| {
        let given = give(giver);
        let giver = lost.world.person(giver).statement();
        text(wait(GiveBack::open(&ENGINE, given.bytes(), giver, clinic, &lost.world.log, &lost.again)))
    };
    let elsewhere = "keys that are given back in the name of another clinic";
    assert_eq!(open("dave", Some(&clinic)), "accepted");
    assert_eq!(open("dave", Some(&other)), elsewhere);
    assert_eq!(open("dave", None), elsewhere);
    assert_eq!(open("bob", Some(&clinic)), elsewhere, "who is none of its people");
}

#[test]
fn many_keys_are_given_back_in_parts() {
    let lost = Lost::new();
    let key = lost.world.key();
    let entity_keys: Vec<(Id, EntityKey)> = (0..2_001).map(|_| (Id::random().unwrap(), key.clone())).collect();
    let parts = Returned { entity_keys: entity_keys.clone(), ..lost.everything() }.divide();
    let sizes: Vec<_> = parts.iter().map(|part| (part.vault_keys.len(), part.entity_keys.len())).collect();
    assert_eq!(sizes, [(1, 1_000), (0, 1_000), (0, 1)]);
    assert_eq!(Returned::default().divide().len(), 1);
    let giving =
        Giving { giver: lost.world.person("bob"), capacity: None, log: &lost.world.log, to: lost.again.statement() };
    let sealed = wait(GiveBack::seal(&ENGINE, giving, &parts[0], (1, 3), NOW)).unwrap();
    assert!(sealed.bytes().len() < 60_000, "{}", sealed.bytes().len());
    let returned = lost.open("bob", sealed.bytes(), &lost.world.log).unwrap();
    assert_eq!(returned.entity_keys.len(), 1_000);
    for (entity, _) in &entity_keys[..1_000] {
        assert!(returned.entity_key(entity, &key.commitment()).unwrap().is_some());
    }
    let sealed =
        wait(GiveBack::seal(&ENGINE, giving, &Returned { entity_keys, ..Returned::default() }, (1, 1), NOW)).unwrap();
    assert_eq!(text(lost.open("bob", sealed.bytes(), &lost.world.log)), "returned keys out of their order");
}
