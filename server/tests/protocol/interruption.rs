//! Lost answers, ended sessions, a killed server, two devices: nothing is lost, nothing doubled.

use std::cell::Cell;
use std::rc::Rc;

use tidelock::client::Actor;
use tidelock::client::Control;

use tidelock::keys::DataOwnerKind;

use crate::world::{Device, LOST, Person, Shared, World, code, control, records};

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("reading {number:05}")).collect()
}

async fn import(person: &Person, names: &[String]) -> tidelock::Result<(u64, u64)> {
    person.import(&names.iter().map(String::as_str).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn answers_that_are_lost_are_asked_for_again_and_nothing_is_doubled() {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    let turn = Rc::new(Cell::new(0));
    alice.network.tamper(move |request, response| {
        turn.set(turn.get() + 1);
        if request.path.contains("/writes") && turn.get() % 2 == 0 {
            response.status = LOST;
        }
    });
    let names = names(3_500);
    assert_eq!(import(&alice, &names).await.unwrap(), (3_500, 0));
    alice.network.honest();
    assert_eq!(alice.own_values().await.unwrap(), names);
}

#[tokio::test]
async fn an_import_that_a_dead_network_cut_off_completes_after_signing_in_again() {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    let sent = Rc::new(Cell::new(0));
    alice.network.tamper(move |request, response| {
        if request.method.as_str() == "POST" && request.path.contains("/writes") {
            sent.set(sent.get() + 1);
            if sent.get() > 2 {
                response.status = LOST;
            }
        }
    });
    let names = names(4_000);
    assert_eq!(code(import(&alice, &names).await), "network");

    // The browser is closed, the server's process is killed: neither has anything but what it has stored.
    let world = world.restarted().await;
    let alice = alice.again(&world).await;
    let (created, already_there) = import(&alice, &names).await.unwrap();
    assert_eq!(created + already_there, 4_000);
    assert!(already_there >= 3_000, "what was sent is there, answered or not: {already_there}");
    assert_eq!(alice.own_values().await.unwrap(), names);
}

#[tokio::test]
async fn a_session_that_expires_in_mid_upload_is_said_so_and_the_upload_goes_on() {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    let sent = Rc::new(Cell::new(0));
    let clock = world.clone();
    alice.network.tamper(move |request, _| {
        if request.method.as_str() == "POST" && request.path.contains("/writes") {
            sent.set(sent.get() + 1);
            if sent.get() == 2 {
                clock.advance(2);
            }
        }
    });
    let names = names(4_000);
    assert_eq!(code(import(&alice, &names).await), "not_authenticated");
    let alice = alice.again(&world).await;
    // The write that was refused for want of a session is sent first of all, as it was.
    assert_eq!(import(&alice, &names).await.unwrap(), (1_000, 3_000));
    assert_eq!(alice.own_values().await.unwrap(), names);
}

#[tokio::test]
async fn an_import_can_be_cancelled_and_repeated() {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    let done = Rc::new(Cell::new(0));
    let (report, ask) = (done.clone(), done.clone());
    let control = Control::default()
        .with_progress(move |count, total| {
            assert_eq!(total, 3_000);
            report.set(count);
        })
        .with_cancellation(move || ask.get() >= 1_000);
    let names = names(3_000);
    let all = records(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let cancelled = alice.session.write_records(None, Actor::Person, "DataSample", all, &control).await;
    assert_eq!(code(cancelled), "aborted");
    assert_eq!(done.get(), 1_000);
    assert_eq!(import(&alice, &names).await.unwrap(), (2_000, 1_000));
}

#[tokio::test]
async fn two_devices_of_one_owner_write_without_forking() {
    let world = World::new().await;
    let here = Person::patient(&world, "Alice Appleseed").await;
    let there = Person::sign_in(&world, &here.email, &here.device.copy()).await.unwrap();
    for turn in 0..4 {
        here.import(&[&format!("here {turn}")]).await.unwrap();
        let written = there.import(&[&format!("there {turn}")]).await;
        assert!(written.is_ok(), "the other device reads on and writes: {written:?}");
    }
    let values = here.own_values().await.unwrap();
    assert_eq!(values.len(), 8);
    assert_eq!(there.own_values().await.unwrap(), values);
}

#[tokio::test]
async fn a_revocation_whose_answer_was_lost_has_happened_once() {
    let shared = Shared::new().await;
    shared.alice.network.tamper(|request, response| {
        if request.method.as_str() == "POST" && request.path.ends_with("/log") {
            response.status = LOST;
        }
    });
    assert_eq!(code(shared.alice.session.revoke(&shared.clinic, &control()).await), "network");
    let alice = shared.alice.again(&shared.world).await;
    alice.import(&["after"]).await.unwrap();
    assert_eq!(alice.session.list_access(&control()).await.unwrap(), []);
    assert_eq!(code(shared.doctor_reads().await), "not_found");
    assert_eq!(code(alice.session.revoke(&shared.clinic, &control()).await), "not_found", "there is nothing left");
}

#[tokio::test]
async fn an_invitation_expires() {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    let doctor = Person::practitioner(&world, "Dora Doctor").await;
    let (clinic, share_code) = doctor.clinic("Harbour Clinic").await;
    alice.invite(&share_code).await.unwrap();
    world.advance(8);
    let doctor = doctor.again(&world).await;
    let pending = doctor.session.list_invitations(&clinic, &control()).await.unwrap();
    for invitation in pending {
        let accepted = doctor.session.accept_invitation(&clinic, &invitation.key, &control()).await;
        assert!(matches!(code(accepted), "forbidden" | "expired"));
    }
    assert_eq!(code(doctor.values_of(alice.id(), &clinic).await), "not_found");
}

#[tokio::test]
async fn a_sign_up_that_was_cut_off_anywhere_is_completed_by_signing_up_or_in_again() {
    for part in ["/identities/", "/writes"] {
        for sign_up_again in [true, false] {
            let world = World::new().await;
            let (network, device) = (world.network(), Device::default());
            let name = "Alice Appleseed";
            network.sever(part);
            let cut_off = Person::try_sign_up(network.clone(), device.clone(), name, DataOwnerKind::Patient).await;
            assert_eq!(code(cut_off.map(|_| ())), "network", "{part}");
            let alice = if sign_up_again {
                Person::try_sign_up(world.network(), device, name, DataOwnerKind::Patient).await.unwrap()
            } else {
                Person::sign_in(&world, "alice.appleseed@example.org", &device).await.unwrap()
            };
            assert_eq!(alice.session.full_name(&control()).await.unwrap(), name);
            assert!(alice.session.recovery_code().await.unwrap().is_some(), "the recovery code is still to be shown");
            let again = Person::try_sign_up(world.network(), Device::default(), name, DataOwnerKind::Patient).await;
            assert_eq!(code(again.map(|_| ())), "conflict", "an account that is complete is not made again");

            let doctor = Person::practitioner(&world, "Dora Doctor").await;
            let (clinic, share_code) = doctor.clinic("Harbour Clinic").await;
            alice.invite(&share_code).await.unwrap();
            let pending = doctor.session.list_invitations(&clinic, &control()).await.unwrap();
            assert_eq!(pending[0].full_name, name);
        }
    }
}

#[tokio::test]
async fn a_clinics_write_whose_answer_was_lost_is_there_once() {
    let shared = Shared::new().await;
    let (patient, clinic) = (shared.alice.id().to_owned(), shared.clinic.as_str());
    let import = async |person: &Person, values: &[&str]| {
        let new = records(values);
        person.session.write_records(Some(&patient), Actor::Clinic(clinic), "DataSample", new, &control()).await
    };
    shared.doctor.network.sever("/writes");
    assert_eq!(code(import(&shared.doctor, &["from the clinic"]).await), "network");
    let doctor = shared.doctor.again(&shared.world).await;
    let imported = import(&doctor, &["from the clinic", "and another"]).await.unwrap();
    assert_eq!((imported.created, imported.already_there), (1, 1), "what was signed before is sent first, as it was");
    assert_eq!(shared.alice.own_values().await.unwrap(), ["and another", "from the clinic", "one", "three", "two"]);
}
