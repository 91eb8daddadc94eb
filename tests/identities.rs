//! Identities that are compared, accepted by those before them, and go on with a vault.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use tidelock::keys::{
    Compartment, Identity, IdentitySecrets, IdentityStatement, KeyName, SafetyNumber, Succession, Successions,
};
use tidelock::records::Draft;
use tidelock::sharing::{Permissions, Rights, SeenLog, VaultLog, VaultOwner};
use tidelock::signed::Signed;
use tidelock_crypto::{Digest, cbor};
use world::{ENGINE, NOW, World, point, text, wait};

const PLATFORM: &str = "https://platform.example";

fn next(before: &Signed<IdentityStatement>) -> (IdentitySecrets, Identity) {
    let secrets = IdentitySecrets::generate().unwrap();
    let identity = wait(secrets.found_next(&ENGINE, before, point(), NOW)).unwrap();
    (secrets, identity)
}

fn versions() -> (IdentitySecrets, Identity, IdentitySecrets, Identity) {
    let secrets = IdentitySecrets::generate().unwrap();
    let kind = tidelock::keys::DataOwnerKind::Patient;
    let first = wait(secrets.found(&ENGINE, "alice", kind, PLATFORM, point(), NOW)).unwrap();
    let (later, second) = next(first.statement());
    (secrets, first, later, second)
}

#[test]
fn a_next_version_names_the_one_before() {
    let (_, first, _, second) = versions();
    let statement = second.statement().body();
    assert_eq!((statement.version, statement.predecessor), (2, Some(first.fingerprint())));
    assert_eq!((&statement.owner, statement.kind), (&first.statement().body().owner, first.statement().body().kind));
    assert!(statement.signing != first.statement().body().signing);
    wait(IdentityStatement::open(&ENGINE, second.statement().bytes(), "alice", PLATFORM)).unwrap();
}

#[test]
fn only_the_rotation_key_of_the_version_before_accepts_the_next() {
    let (secrets, first, later, second) = versions();
    let (_, third) = next(second.statement());
    let opened = |bytes: &[u8], before: &Identity, after: &Identity| {
        wait(Succession::open(&ENGINE, bytes, before.statement(), after.statement()))
    };
    let step = wait(secrets.succeed(&ENGINE, first.statement(), second.statement())).unwrap();
    let other = "a succession between other identities";
    let step = opened(step.bytes(), &first, &second).unwrap();
    assert_eq!(text(opened(step.bytes(), &second, &third)), other);
    let skip = wait(secrets.succeed(&ENGINE, first.statement(), third.statement())).unwrap();
    assert_eq!(text(opened(skip.bytes(), &first, &third)), other, "not the next");
    let forged = wait(later.succeed(&ENGINE, first.statement(), second.statement())).unwrap();
    assert_eq!(text(opened(forged.bytes(), &first, &second)), other, "by another key");
    let mut claim = step.body().clone();
    let thief = wait(ENGINE.generate_signing_key()).unwrap();
    let unsigned = wait(Signed::sign(&ENGINE, &thief, claim.clone())).unwrap();
    assert_eq!(
        text(opened(unsigned.bytes(), &first, &second)),
        "a signature, ciphertext or encoding does not verify",
        "who has everything but the rotation key"
    );
    claim.owner = "bob".to_owned();
    let key = wait(ENGINE.generate_signing_key()).unwrap();
    let foreign = wait(Signed::sign(&ENGINE, &key, claim)).unwrap();
    assert_eq!(text(opened(foreign.bytes(), &first, &second)), other);

    let mut successions = Successions::default();
    assert!(!successions.lead(&first.fingerprint(), &second.fingerprint()));
    successions.add(&wait(later.succeed(&ENGINE, second.statement(), third.statement())).unwrap());
    successions.add(&step);
    let prints = [&first, &second, &third].map(Identity::fingerprint);
    for (from, before) in prints.iter().enumerate() {
        for (to, after) in prints.iter().enumerate() {
            assert_eq!(successions.lead(before, after), from <= to, "{from} to {to}");
        }
    }
}

#[test]
fn a_safety_number_is_the_same_for_both_and_for_nobody_else() {
    let (alice, bob) = (Digest::of(b"alice"), Digest::of(b"bob"));
    let number = SafetyNumber::new(PLATFORM, ("alice", &alice), ("bob", &bob));
    assert_eq!(number, SafetyNumber::new(PLATFORM, ("bob", &bob), ("alice", &alice)));
    assert_eq!(number.digits().len(), 71);
    let groups: Vec<&str> = number.digits().split(' ').collect();
    assert!(groups.len() == 12 && groups.iter().all(|group| group.len() == 5));
    let other = SafetyNumber::new(PLATFORM, ("alice", &alice), ("bob", &Digest::of(b"mallory")));
    assert_eq!(other.digits()[..35], number.digits()[..35], "the half of who is the same");
    assert!(other.digits()[36..] != number.digits()[36..]);
    assert!(
        SafetyNumber::new("https://elsewhere.example", ("alice", &alice), ("bob", &bob)).digits() != number.digits()
    );

    assert!(number.matches(number.digits()) && number.matches(&number.digits().replace(' ', "-")));
    assert!(number.matches(&format!(" {}\n", number.code())));
    assert!(number.code().starts_with("tidelock:"));
    assert!(!number.matches(other.digits()) && !number.matches(other.code()) && !number.matches(""));
    let mistyped =
        number.digits().replacen(&number.digits()[..1], if number.digits().starts_with('1') { "2" } else { "1" }, 1);
    assert!(!number.matches(&mistyped));
    let hidden = format!("{} {}", other.code(), number.digits());
    assert!(!number.matches(&hidden), "a code is compared as a whole");
}

/// Alice's vault, of which Dave has the whole record, and her next identity.
fn lost() -> (World, Identity) {
    let mut world = World::shared();
    let (alice, dave) = (world.person("alice").clone(), world.delegate("dave"));
    let permissions = Permissions { view: true, upload: true, note: false };
    let keys = vec![world.keys[0].clone()];
    wait(world.log.grant(&ENGINE, alice.signing(), &dave, permissions, &keys, NOW)).unwrap();
    let two = Draft { kept: Some(world.kept()), ..world.record("two") };
    world.write("dave", two);
    let (_, again) = next(alice.statement());
    (world, again)
}

fn refound(
    log: &mut VaultLog,
    by: &Identity,
    cutoffs: Vec<tidelock::sharing::Cutoff>,
) -> Result<(), Box<tidelock::Error>> {
    wait(log.refound(&ENGINE, by.signing(), VaultOwner::from(by.statement()), cutoffs, NOW))
}

#[test]
fn an_owner_goes_on_under_another_identity() {
    let (mut world, again) = lost();
    let (before, alice) = (world.log.clone(), world.person("alice").clone());
    let number = before.number();
    let tips = world.history.tips();
    assert_eq!(tips.len(), 2, "her own chain and Dave's");
    refound(&mut world.log, &again, tips).unwrap();
    let log = &world.log;
    assert_eq!(
        (log.owner_at(number).fingerprint(), log.owner().fingerprint()),
        (alice.fingerprint(), again.fingerprint())
    );
    assert!(log.standing("dave").is_none() && before.standing("dave").is_some());
    assert!(log.standing_at("dave", number).is_some(), "until then");
    assert!(log.ended("dave", number, number + 1) && log.ended("carol", number, number + 1));
    assert!(log.lost(Compartment::Private, number, number + 1));
    assert_eq!(log.exposed().len(), 3, "every key");
    assert!(wait(log.open_as_owner(&ENGINE, again.agreement())).unwrap().is_empty());

    // Who knew nothing of it reads it, once he has verified the new identity; the old one signs nothing any more.
    let read = |known: bool| {
        let mut read = VaultLog::new(alice.statement());
        if known {
            read.add_owner(VaultOwner::from(again.statement()));
        }
        let entries: Vec<_> = log.entries_after(0).map(<[u8]>::to_vec).collect();
        let outcome = entries.iter().try_for_each(|entry| wait(read.append(&ENGINE, entry)));
        (read, outcome)
    };
    let (read_up_to, outcome) = read(false);
    assert_eq!((text(outcome), read_up_to.number()), ("identity_changed", number));
    let (mut read, outcome) = read(true);
    outcome.unwrap();
    assert_eq!((read.head(), read.seen()), (log.head(), log.seen()));
    assert_eq!(cbor::decode::<SeenLog>(&cbor::encode(&read.seen())).unwrap(), read.seen());
    assert_eq!(cbor::encode(&before.seen())[0], 0x82, "as ever where nothing was refounded");
    let next_version = KeyName::first(Compartment::Data).next_version();
    let old = wait(read.mint_key(&ENGINE, alice.signing(), next_version, Some(&world.keys[0]), NOW)).map(drop);
    assert!(old.is_ok(), "it can be signed");
    let forged = read.entries_after(number + 1).next().unwrap().to_vec();
    assert!(wait(world.log.clone().append(&ENGINE, &forged)).is_err(), "and is believed by nobody");
    assert_eq!(text(refound(&mut world.log.clone(), &alice, vec![])), "a log that goes on under an older identity");
    assert_eq!(text(refound(&mut world.log.clone(), &again, vec![])), "a log that goes on under an older identity");

    // With the key that Dave gives back she mints the next, and grants it to him again.
    let given = world.keys[0].clone();
    let key = wait(world.log.mint_key(&ENGINE, again.signing(), next_version, Some(&given), NOW)).unwrap();
    let permissions = Permissions { view: true, upload: true, note: false };
    let dave = world.delegate("dave");
    wait(world.log.grant(&ENGINE, again.signing(), &dave, permissions, &[key], NOW)).unwrap();
    let private = KeyName { compartment: Compartment::Private, epoch: 2, version: 1 };
    wait(world.log.mint_key(&ENGINE, again.signing(), private, None, NOW)).unwrap();
    let opened: Vec<_> = wait(world.log.open_as_owner(&ENGINE, again.agreement())).unwrap();
    let names: Vec<_> = opened.iter().map(tidelock::keys::VaultKey::name).collect();
    assert_eq!(
        names,
        [next_version, KeyName::first(Compartment::Data), private],
        "what was given back, and what is new"
    );
    let person = world.person("dave").clone();
    assert_eq!(wait(world.log.open_as_delegate(&ENGINE, &dave, person.agreement())).unwrap().len(), 2);

    // What was written before stands, as far as she signed that it does.
    assert!(world.history.check_complete(&world.log).is_ok());
    let mut shorter = before.clone();
    let mut tips = world.history.tips();
    tips.remove(1);
    refound(&mut shorter, &again, tips).unwrap();
    let mut reader = tidelock::records::History::default();
    let known = world.clone();
    let authors = ["alice", "dave"].map(|name| known.author(name));
    wait(reader.accept(&ENGINE, &shorter, authors[0], &world.writes[0])).unwrap();
    let late = wait(reader.accept(&ENGINE, &shorter, authors[1], &world.writes[1])).map(drop);
    assert_eq!(text(late), "a write that a revocation does not let stand");
    let later = tidelock::Id::random().unwrap();
    let stale = Draft::record(later, "DataSample", b"late".to_vec(), Vec::new(), None).unwrap();
    let keys = world.keys.clone();
    world.log = before;
    let stale = world.compose("alice", Some(&keys[0]), vec![stale]);
    assert_eq!(
        text(wait(reader.accept(&ENGINE, &shorter, authors[0], &stale)).map(drop)),
        "a write that a revocation does not let stand",
        "by the identity that was lost"
    );
}

#[test]
fn delegations_that_rested_on_a_grant_end_when_an_owner_goes_on() {
    let (mut world, again) = lost();
    let three = Draft { added: world.delegates(&[("dave", Rights::Read)]), kept: Some(world.kept()), ..world.draft() };
    assert!(world.state().standing("dave").is_none());
    world.write("carol", three);
    refound(&mut world.log, &again, world.history.tips()).unwrap();
    let mut state = world.state().clone();
    assert!(!state.lapse(&world.log, world.log.number()), "what Alice gave one by one stays");
    assert_eq!(state.delegations.len(), 3);

    let (mut world, again) = lost();
    let from_dave =
        Draft { added: world.delegates(&[("bob", Rights::Write)]), kept: Some(world.kept()), ..world.draft() };
    let write = world.compose("dave", None, vec![from_dave]);
    world.accept("dave", write).unwrap();
    refound(&mut world.log, &again, world.history.tips()).unwrap();
    let mut state = world.state().clone();
    assert!(state.lapse(&world.log, world.log.number()) && state.due);
    assert!(state.standing("bob").is_none() && state.standing("carol").is_some());
}

#[test]
fn nobody_is_served_an_older_log_than_he_has_seen() {
    let (mut world, again) = lost();
    let before = world.log.clone();
    let alice = world.person("alice").clone();
    refound(&mut world.log, &again, world.history.tips()).unwrap();
    let after = world.log.seen();
    assert_eq!(after.owner, Some(again.fingerprint()));
    let mut known = before.clone();
    known.add_owner(VaultOwner::from(again.statement()));
    assert_eq!(text(known.check_continues(&after)), "a vault log that is older than one seen before");

    // Whoever has the old identity goes on with the log: the new one drops what it added.
    let mut thief = before.clone();
    let name = KeyName { compartment: Compartment::Data, epoch: 2, version: 1 };
    for epoch in 2..5 {
        wait(thief.mint_key(&ENGINE, alice.signing(), KeyName { epoch, ..name }, None, NOW)).unwrap();
    }
    world.log.check_continues(&thief.seen()).unwrap();
    assert_eq!(text(thief.check_continues(&after)), "a vault log that was forked");
    let mut forked = before.clone();
    wait(forked.mint_key(&ENGINE, alice.signing(), name, None, NOW)).unwrap();
    refound(&mut forked, &again, world.history.tips()).unwrap();
    assert_eq!(
        text(forked.check_continues(&after)),
        "a vault log that was forked",
        "the new identity does not fork itself"
    );
    assert_eq!(text(before.check_continues(&thief.seen())), "a vault log that is older than one seen before");
    // A log in which another identity goes on that the reader has not verified.
    let (_, other) = next(again.statement());
    let mut elsewhere = before.clone();
    refound(&mut elsewhere, &other, world.history.tips()).unwrap();
    assert_eq!(text(elsewhere.check_continues(&after)), "a vault log that was forked");
}

#[test]
fn versions_follow_one_another() {
    let (_, first, _, second) = versions();
    let (_, third) = next(second.statement());
    let (_, other, _, _) = versions();
    let follows = |version: &Identity, before: Option<&Identity>| {
        text(version.statement().body().check_follows(before.map(Identity::statement)))
    };
    assert_eq!(follows(&first, None), "accepted");
    assert_eq!(follows(&second, Some(&first)), "accepted");
    assert_eq!(follows(&third, Some(&second)), "accepted");
    let out_of_order = "versions of an identity that do not follow one another";
    assert_eq!(follows(&second, None), out_of_order);
    assert_eq!(follows(&third, Some(&first)), out_of_order);
    assert_eq!(follows(&second, Some(&second)), out_of_order);
    assert_eq!(follows(&first, Some(&first)), out_of_order);
    assert_eq!(follows(&second, Some(&other)), out_of_order, "after another first version");
}

#[test]
fn an_accepted_identity_has_the_rights_of_the_one_before() {
    let secrets = IdentitySecrets::generate().unwrap();
    let kind = tidelock::keys::DataOwnerKind::Practitioner;
    let carol = wait(secrets.found(&ENGINE, "carol", kind, PLATFORM, point(), NOW)).unwrap();
    let (_, again) = next(carol.statement());
    let mut world = World::new();
    *world.people.iter_mut().find(|person| person.owner() == "carol").unwrap() = carol.clone();
    let one = Draft { added: world.delegates(&[("carol", Rights::Write)]), ..world.record("one") };
    world.write("alice", one);
    let stranger = world.clone();
    *world.people.iter_mut().find(|person| person.owner() == "carol").unwrap() = again.clone();
    let two = Draft { kept: Some(world.kept()), ..world.record("two") };
    let write = world.compose("carol", None, vec![two]);
    assert_eq!(text(world.clone().accept("carol", write.clone())), "a write by somebody who had no right to it");
    assert_eq!(text(stranger.clone().accept("carol", write.clone())), "a manifest of another author");

    let mut successions = Successions::default();
    successions.add(&wait(secrets.succeed(&ENGINE, carol.statement(), again.statement())).unwrap());
    world.history.set_successions(&successions);
    world.accept("carol", write).unwrap();
    assert_eq!(world.state().author.author, "carol");
    assert_eq!(world.state().standing("carol").unwrap().fingerprint, carol.fingerprint(), "as it was given");
    // What she wrote before, she wrote under the identity of then.
    let mut reader = world.history.restarted();
    let by = |statement| tidelock::records::Author { statement, clinic: None };
    let alice = world.person("alice").statement();
    wait(reader.accept(&ENGINE, &world.log, by(alice), &world.writes[0])).unwrap();
    wait(reader.accept(&ENGINE, &world.log, by(again.statement()), &world.writes[1])).unwrap();
    // And one by one.
    let bundle = world.served("alice");
    let manifests = world.proven(&bundle).unwrap();
    let evidence = |same: &dyn Fn(&Digest, &Digest) -> bool| {
        let known = tidelock::records::Known::default();
        let served = &bundle.entities[0];
        text(tidelock::records::Evidence::verify(served, &manifests, &world.log, known, "alice", same))
    };
    assert_eq!(evidence(&|before, now| successions.lead(before, now)), "accepted");
    assert_eq!(evidence(&|before, now| before == now), "a write by somebody who had no right to it");
}
