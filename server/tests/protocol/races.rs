//! Two people do at once what cannot both be: in whatever order their requests arrive, it ends in one state, and both see it.

use tidelock::Result;
use tidelock::client::{AccessState, ClinicCard, MemberState, NewClinic, Transport};
use tidelock::keys::Role;

use crate::members::joins;
use crate::turns::Orders;
use crate::world::{ALL, Person, World, clinic_keys, code, control, get};

/// A clinic with two who may answer.
struct Desk {
    world: World,
    doctor: Person,
    nurse: Person,
    clinic: String,
    card: ClinicCard,
    patients: usize,
}

impl Desk {
    async fn new() -> Self {
        let world = World::new().await;
        let doctor = Person::practitioner(&world, "Dora Doctor").await;
        let (clinic, code) = doctor.clinic("Harbour Clinic").await;
        let nurse = Person::practitioner(&world, "Nora Nurse").await;
        joins(&world, &doctor, &clinic, &nurse, Role::Admin).await;
        let card = nurse.look_up(&code).await.unwrap();
        Self { world, doctor, nurse, clinic, card, patients: 0 }
    }

    /// A patient who has invited the clinic, and the key of her invitation.
    async fn patient(&mut self) -> (Person, String) {
        self.patients += 1;
        let patient = Person::patient(&self.world, &format!("Patient {}", self.patients)).await;
        patient.session.invite_clinic(&self.card, ALL, &control()).await.unwrap();
        let pending = self.doctor.session.list_invitations(&self.clinic, &control()).await.unwrap();
        (patient, pending[0].key.clone())
    }

    /// What the patient sees of the sharing; and that both of the clinic see just that.
    async fn state(&self, patient: &Person, what: &str) -> Option<AccessState> {
        let listed = patient.session.list_access(&control()).await.unwrap();
        let state = listed.first().map(|access| access.state);
        let shares = state == Some(AccessState::Sharing);
        for member in [&self.doctor, &self.nurse] {
            let pending = member.session.list_invitations(&self.clinic, &control()).await.unwrap();
            assert!(pending.is_empty(), "{what}");
            let patients = member.session.list_patients(&self.clinic, &control()).await.unwrap();
            assert_eq!(patients.iter().any(|listed| listed.id == patient.id()), shares, "{what}");
            let read = member.values_of(patient.id(), &self.clinic).await;
            match shares {
                true => assert!(read.unwrap().is_empty(), "{what}"),
                false => assert_eq!(code(read), "not_found", "{what}"),
            }
        }
        state
    }
}

#[tokio::test]
async fn one_accepts_while_another_declines() {
    let mut desk = Desk::new().await;
    let mut orders = Orders::new();
    let mut ends = [0, 0];
    while orders.is_left() {
        let (patient, key) = desk.patient().await;
        let (nothing, too) = (control(), control());
        let (accepted, declined) = orders
            .meet(
                [&desk.doctor.network, &desk.nurse.network],
                desk.doctor.session.accept_invitation(&desk.clinic, &key, &nothing),
                desk.nurse.session.decline_invitation(&desk.clinic, &key, &too),
            )
            .await;
        let what = format!("order {}: {accepted:?} {declined:?}", orders.tried);
        assert!(accepted.is_ok() != declined.is_ok(), "{what}");
        let expected = if accepted.is_ok() { AccessState::Sharing } else { AccessState::Declined };
        assert_eq!(desk.state(&patient, &what).await, Some(expected), "{what}");
        ends[usize::from(accepted.is_ok())] += 1;
    }
    assert!(ends[0] > 0 && ends[1] > 0, "{ends:?}");
}

#[tokio::test]
async fn the_patient_takes_back_what_the_clinic_accepts() {
    let mut desk = Desk::new().await;
    let mut orders = Orders::new();
    let mut ends = [0, 0];
    while orders.is_left() {
        let (patient, key) = desk.patient().await;
        let (nothing, too) = (control(), control());
        let (accepted, cancelled) = orders
            .meet(
                [&desk.doctor.network, &patient.network],
                desk.doctor.session.accept_invitation(&desk.clinic, &key, &nothing),
                patient.session.cancel_invitation(&key, &too),
            )
            .await;
        let what = format!("order {}: {accepted:?} {cancelled:?}", orders.tried);
        let state = desk.state(&patient, &what).await;
        match (accepted, cancelled) {
            // Her client was told that there is nothing to take back any more, and says so.
            (Ok(()), Err(_)) => assert_eq!(state, Some(AccessState::Sharing), "{what}"),
            (_, Ok(())) => assert_eq!(state, None, "{what}"),
            (Err(_), Err(_)) => panic!("{what}"),
        }
        ends[usize::from(state.is_some())] += 1;
    }
    assert!(orders.tried > 200 && ends[0] > 0 && ends[1] > 0, "{} orders, {ends:?}", orders.tried);
}

#[tokio::test]
async fn an_invitation_expires_while_the_clinic_accepts_it() {
    let mut desk = Desk::new().await;
    let clock = desk.world.network();
    let world = desk.world.clone();
    clock.tamper(move |_, _| world.advance_minutes(2));
    let tick = get("/health", "");
    let mut orders = Orders::new();
    let mut ends = [0, 0];
    while orders.is_left() {
        let (patient, key) = desk.patient().await;
        desk.world.advance_minutes(7 * 24 * 60 - 1);
        desk.doctor = desk.doctor.again(&desk.world).await;
        let nothing = control();
        let (accepted, _) = orders
            .meet(
                [&desk.doctor.network, &clock],
                desk.doctor.session.accept_invitation(&desk.clinic, &key, &nothing),
                clock.send(&tick, &nothing),
            )
            .await;
        let what = format!("order {}: {accepted:?}", orders.tried);
        desk.nurse = desk.nurse.again(&desk.world).await;
        let patient = patient.again(&desk.world).await;
        let expected = if accepted.is_ok() { AccessState::Sharing } else { AccessState::Expired };
        assert_eq!(desk.state(&patient, &what).await, Some(expected), "{what}");
        // An administrator who lists the clinics renews the head.
        desk.nurse.session.list_clinics(&nothing).await.unwrap();
        desk.card = desk.nurse.look_up(&desk.card.code).await.unwrap();
        ends[usize::from(accepted.is_ok())] += 1;
    }
    assert!(ends[0] > 0 && ends[1] > 0, "{ends:?}");
}

/// How many orders are tried of those in which either of two administrators begins: there are thousands, and each needs a clinic.
const REMOVALS: usize = 40;

#[tokio::test]
async fn two_administrators_remove_each_other() -> Result<()> {
    let world = World::new().await;
    let doctor = Person::practitioner(&world, "Dora Doctor").await;
    let second = Person::practitioner(&world, "Sven Second").await;
    for [first, other] in [[&doctor, &second], [&second, &doctor]] {
        let mut orders = Orders::new();
        while orders.is_left() && orders.tried < REMOVALS {
            // Who invites too often has to wait.
            world.advance_minutes(10);
            let new = NewClinic { name: format!("Clinic {}", orders.tried), ..NewClinic::default() };
            let clinic = first.session.create_clinic(&new, &control()).await?.id;
            joins(&world, first, &clinic, other, Role::Admin).await;
            let (nothing, too) = (control(), control());
            let (one, two) = orders
                .meet(
                    [&first.network, &other.network],
                    first.session.remove_member(&clinic, other.id(), &nothing),
                    other.session.remove_member(&clinic, first.id(), &too),
                )
                .await;
            let what = format!("order {}: {one:?} {two:?}", orders.tried);
            assert!(one.is_ok() != two.is_ok(), "{what}");
            let (stays, goes) = if one.is_ok() { (first, other) } else { (other, first) };
            let (published, envelopes) = clinic_keys(stays, &clinic).await;
            assert_eq!((published.statement().body().version, envelopes.len()), (2, 2), "{what}");
            let people = stays.session.list_members(&clinic, &control()).await?;
            assert_eq!(people.len(), 1, "{what}");
            assert_eq!((people[0].id.as_deref(), people[0].state), (Some(stays.id()), MemberState::Member), "{what}");
            assert!(clinic_keys(goes, &clinic).await.1.is_empty(), "{what}");
            assert_eq!(code(goes.session.list_members(&clinic, &control()).await), "forbidden", "{what}");
        }
        assert_eq!(orders.tried, REMOVALS);
    }
    Ok(())
}
