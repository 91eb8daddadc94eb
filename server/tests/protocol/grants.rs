//! What stands in the log: who keeps which keys when somebody else is revoked, and to whom records link.

use tidelock::Id;
use tidelock::client::{Actor, Method, Request};
use tidelock::keys::{Compartment, KeyName};
use tidelock::records::{Draft, Manifest, PATIENT, Scribe, WrapTo};
use tidelock::sharing::{Delegate, Permissions, VaultLog};
use tidelock::signed::Unverified;
use tidelock::wire::{self, LogEntries};
use tidelock_crypto::{Digest, SecretKey, cbor, merkle};

use crate::world::{ALL, ENGINE, Person, Shared, World, clinic_keys, control, log_of, records, writes_of};

const VIEW: Permissions = Permissions { view: true, upload: false, note: false };
const NOTE: Permissions = Permissions { view: false, upload: false, note: true };
const NOTICE: &str = "Notice";

/// Sends something into the person's own vault that her client does not make by itself.
async fn post(person: &Person, part: &str, body: &impl cbor::Encode) {
    let token = person.session.platform().token().unwrap();
    let headers = vec![(wire::SESSION_TOKEN, token), ("content-type", wire::CONTENT_TYPE.to_owned())];
    let path = format!("{}/vaults/{}/{part}", wire::PREFIX, person.id());
    let request = Request { method: Method::Post, path, headers, body: Some(cbor::encode(body)) };
    let answer = person.network.raw(&request).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

/// Writes an entity into the owner's own vault, in any compartment and with any link secrets.
async fn write(owner: &Person, compartment: Compartment, kind: &str, text: &str, link_secret: Option<SecretKey>) {
    let log = log_of(owner, owner).await;
    let keys = log.open_as_owner(ENGINE, owner.session.identity().agreement()).await.unwrap();
    let name = log.current(compartment).unwrap();
    let key = keys.iter().find(|key| key.name() == name).unwrap();
    let mut chain = merkle::Frontier::new();
    for stored in writes_of(owner, owner.id()).await.writes {
        let manifest = Unverified::<Manifest>::decode(&stored.write.manifest).unwrap();
        if manifest.claims().chain().capacity == owner.id() {
            chain.push(merkle::leaf_hash(manifest.payload()));
        }
    }
    let body = format!("{{\"comment\":\"{text}\"}}").into_bytes();
    let secrets = link_secret.map(|secret| vec![secret]);
    let draft = Draft::record(Id::random().unwrap(), kind, body, Vec::new(), secrets).unwrap();
    let identity = owner.session.identity();
    let scribe = Scribe { identity, capacity: None, size: chain.size(), root: chain.root() };
    let key = Some(WrapTo::VaultKey(key));
    post(owner, "writes", &scribe.write(ENGINE, &log, key, vec![draft], 0).await.unwrap()).await;
}

/// A practitioner's clinic to which the patient has granted this, and which has accepted.
async fn clinic_with(world: &World, alice: &Person, name: &str, permissions: Permissions) -> (Person, String) {
    let doctor = Person::practitioner(world, &format!("{name} Doctor")).await;
    let (clinic, share_code) = doctor.clinic(name).await;
    let card = alice.look_up(&share_code).await.unwrap();
    alice.session.invite_clinic(&card, permissions, &control()).await.unwrap();
    assert_eq!(doctor.accept_all(&clinic).await.unwrap(), 1);
    (doctor, clinic)
}

fn granted(log: &VaultLog, delegate: &str) -> Vec<(Compartment, u32, u32)> {
    let parts = |key: &KeyName| (key.compartment, key.epoch, key.version);
    log.standing(delegate).unwrap().grant.keys.iter().map(parts).collect()
}

#[tokio::test]
async fn whoever_remains_keeps_every_key_when_another_loses_some() {
    let data_and_notes = Permissions { upload: false, ..ALL };
    for (lost, versions) in [(VIEW, (2, 1)), (NOTE, (1, 2))] {
        let world = World::new().await;
        let alice = Person::patient(&world, "Alice Appleseed").await;
        alice.import(&["before"]).await.unwrap();
        write(&alice, Compartment::Notes, NOTICE, "before", None).await;
        let (doctor, clinic) = clinic_with(&world, &alice, "Harbour Clinic", data_and_notes).await;
        let (_, revoked) = clinic_with(&world, &alice, "Hill Clinic", lost).await;

        alice.session.revoke(&revoked, &control()).await.unwrap();
        alice.import(&["after"]).await.unwrap();
        write(&alice, Compartment::Notes, NOTICE, "after", None).await;

        let log = log_of(&doctor, &alice).await;
        let expected = [(Compartment::Data, 1, versions.0), (Compartment::Notes, 1, versions.1)];
        assert_eq!(granted(&log, &clinic), expected);
        assert_eq!(doctor.values_of(alice.id(), &clinic).await.unwrap(), ["after", "before"]);
        let actor = Actor::Clinic(&clinic);
        let notes = doctor.session.read_records(Some(alice.id()), actor, NOTICE, &control()).await.unwrap();
        assert_eq!(notes.len(), 2, "notes of before and after");

        let (opened, envelopes) = clinic_keys(&doctor, &clinic).await;
        let private = opened.agreement_key(ENGINE, doctor.session.identity(), &envelopes).await.unwrap();
        let keys = log.open_as_delegate(ENGINE, &Delegate::from(&opened), &private).await.unwrap();
        assert_eq!(keys.len(), 3, "the newest keys and the version before of the one that was replaced");
    }
}

#[tokio::test]
async fn a_clinic_is_given_nothing_that_its_permissions_do_not_cover() {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    let (_, clinic) = clinic_with(&world, &alice, "Harbour Clinic", VIEW).await;
    let (_, revoked) = clinic_with(&world, &alice, "Hill Clinic", ALL).await;
    let before = log_of(&alice, &alice).await;
    assert_eq!(granted(&before, &clinic), [(Compartment::Data, 1, 1)]);
    alice.session.revoke(&revoked, &control()).await.unwrap();
    let after = log_of(&alice, &alice).await;
    assert_eq!(granted(&after, &clinic), [(Compartment::Data, 1, 2)]);
    assert!(after.standing(&revoked).is_none());
}

#[tokio::test]
async fn a_grant_to_a_person_does_not_depend_on_the_platforms_list_of_clinics() {
    let Shared { world, alice, clinic, .. } = Shared::new().await;
    let bob = Person::patient(&world, "Bob").await;
    let mut log = log_of(&alice, &alice).await;
    let before = log.number();
    let identity = alice.session.identity();
    let keys = log.open_as_owner(ENGINE, identity.agreement()).await.unwrap();
    let keys: Vec<_> = keys.into_iter().filter(|key| key.name().compartment != Compartment::Private).collect();
    let delegate = Delegate::from(bob.session.identity().statement());
    log.grant(ENGINE, identity.signing(), &delegate, ALL, &keys, 0).await.unwrap();
    let entries = log.entries_after(before).map(|entry| entry.to_vec().into()).collect();
    post(&alice, "log", &LogEntries { entries, unwrapped: cbor::Flag(false) }).await;

    // Opening her vault, her client settles what the platform's lists say of clinics.
    let alice = alice.again(&world).await;
    assert_eq!(alice.own_values().await.unwrap().len(), 3);
    assert_eq!(
        granted(&log_of(&alice, &alice).await, bob.id()),
        [(Compartment::Data, 1, 1), (Compartment::Notes, 1, 1)]
    );
    alice.session.revoke(&clinic, &control()).await.unwrap();
    let alice = alice.again(&world).await;
    alice.import(&["after"]).await.unwrap();
    let log = log_of(&alice, &alice).await;
    assert_eq!(granted(&log, bob.id()), [(Compartment::Data, 1, 2), (Compartment::Notes, 1, 2)]);
    let opened = log.open_as_delegate(ENGINE, &delegate, bob.session.identity().agreement()).await.unwrap();
    assert_eq!(opened.len(), 4);
}

/// The links of every sample in a vault, in the order of the writes.
async fn links(owner: &Person) -> Vec<Vec<Digest>> {
    let writes = writes_of(owner, owner.id()).await.writes.into_iter();
    let entities = writes.flat_map(|stored| stored.write.parse().unwrap().revisions);
    let headers = entities.filter_map(|revision| revision.header);
    headers.filter(|header| header.kind == "DataSample").map(|header| header.links).collect()
}

#[tokio::test]
async fn records_link_to_the_owner_whichever_patients_she_writes_about_later() {
    let Shared { world, alice, doctor, clinic, .. } = Shared::new().await;
    for (turn, secret) in [Some(SecretKey::random().unwrap()), None].into_iter().enumerate() {
        write(&alice, Compartment::Data, PATIENT, "a relative", secret).await;
        alice.import(&[&format!("in the same session, {turn}")]).await.unwrap();
        let samples = records(&[&format!("from the clinic, {turn}")]);
        let actor = Actor::Clinic(&clinic);
        doctor.session.write_records(Some(alice.id()), actor, "DataSample", samples, &control()).await.unwrap();
        alice.again(&world).await.import(&[&format!("in another session, {turn}")]).await.unwrap();
    }
    let links = links(&alice).await;
    assert_eq!(links.len(), 9, "three readings from before, too");
    assert!(links.iter().all(|found| found.len() == 1 && *found == links[0]), "{links:?}");
}
