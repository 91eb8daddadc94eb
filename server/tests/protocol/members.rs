//! Clinics with members: whoever joins reads everything without any patient doing anything, and whoever goes reads nothing more.

use tidelock::client::{Accept, Actor, Automatic, MemberState, Query, Trust};
use tidelock::keys::{DataOwnerKind, Role};
use tidelock::sharing::Rights;

use crate::rotation::Kept;
use crate::single::{automatically, put, trusting};
use crate::world::{Person, Shared, World, clinic_keys, code, control, log_of, records, values};

/// Somebody joins the clinic: invited, accepted, verified.
pub(crate) async fn joins(world: &World, admin: &Person, clinic: &str, member: &Person, role: Role) {
    accepts(world, admin, clinic, member, role).await;
    let accept = Accept::These(vec![member.id().to_owned()]);
    let completed = admin.session.complete_members(clinic, &accept, &control()).await.unwrap();
    assert_eq!(completed.added, [member.id().to_owned()]);
}

async fn state(by: &Person, clinic: &str, of: &Person) -> MemberState {
    let listed = by.session.list_members(clinic, &control()).await.unwrap();
    listed.iter().find(|member| member.id.as_deref() == Some(of.id())).unwrap().state
}

async fn accepts(world: &World, admin: &Person, clinic: &str, member: &Person, role: Role) {
    admin.session.invite_member(clinic, &member.email, role, &control()).await.unwrap();
    let invitations = member.session.list_membership_invitations(&control()).await.unwrap();
    let invitation = invitations.iter().find(|invitation| invitation.clinic == clinic).unwrap();
    assert_eq!(invitation.role, role);
    member.verify(world).await;
    member.session.accept_membership(&invitation.key, &control()).await.unwrap();
}

#[tokio::test]
async fn a_new_member_reads_everything_without_the_patient() {
    let Shared { world, alice, doctor, clinic, .. } = Shared::new().await;
    let nurse = Person::practitioner(&world, "Nora Nurse").await;
    accepts(&world, &doctor, &clinic, &nurse, Role::Member).await;
    let sent = alice.network.requests.borrow().len();

    // Nobody has verified her yet: the platform alone lets nobody in.
    assert_eq!(code(nurse.values_of(alice.id(), &clinic).await), "no_access");
    doctor.session.list_clinics(&control()).await.unwrap();
    assert_eq!(code(nurse.values_of(alice.id(), &clinic).await), "no_access");
    let waiting = doctor.session.complete_members(&clinic, &Accept::Nobody, &control()).await.unwrap();
    assert_eq!(waiting.waiting, [nurse.id().to_owned()]);
    assert_eq!(state(&doctor, &clinic, &nurse).await, MemberState::Waiting);

    // Once she is, the administrator's client does it by itself.
    let number = nurse.session.safety_number(doctor.id(), &control()).await.unwrap().number;
    doctor.session.confirm_identity(nurse.id(), number.digits(), &control()).await.unwrap();
    doctor.session.list_clinics(&control()).await.unwrap();
    assert_eq!(nurse.values_of(alice.id(), &clinic).await.unwrap(), ["one", "three", "two"]);
    let found = nurse.session.list_patients(&clinic, &control()).await.unwrap();
    assert_eq!((found.len(), found[0].full_name.as_str()), (1, "Alice Appleseed"));
    assert_eq!(state(&nurse, &clinic, &nurse).await, MemberState::Member);

    // What she writes, everybody reads; what was written before under older heads stays what it was.
    doctor
        .session
        .write_records(Some(alice.id()), Actor::Clinic(&clinic), "DataSample", records(&["doctor's"]), &control())
        .await
        .unwrap();
    world.advance(2);
    let (doctor, nurse) = (doctor.again(&world).await, nurse.again(&world).await);
    doctor.session.list_clinics(&control()).await.unwrap();
    nurse
        .session
        .write_records(Some(alice.id()), Actor::Clinic(&clinic), "DataSample", records(&["nurse's"]), &control())
        .await
        .unwrap();
    assert_eq!(alice.network.requests.borrow().len(), sent, "the patient has done nothing");
    let everything = ["doctor's", "nurse's", "one", "three", "two"];
    let alice = alice.again(&world).await;
    assert_eq!(alice.own_values().await.unwrap(), everything);
    assert_eq!(doctor.values_of(alice.id(), &clinic).await.unwrap(), everything);
    assert_eq!(nurse.values_of(alice.id(), &clinic).await.unwrap(), everything);

    // She is no administrator: the root key is not hers.
    let (published, envelopes) = clinic_keys(&nurse, &clinic).await;
    assert_eq!(envelopes.len(), 1);
    assert_eq!(published.roster().body().members.len(), 2);
}

#[tokio::test]
async fn a_second_administrator_runs_the_clinic_too() {
    let world = World::new().await;
    let doctor = Person::practitioner(&world, "Dora Doctor").await;
    let (clinic, _) = doctor.clinic("Harbour Clinic").await;
    let second = Person::sign_up(&world, "Sven Second", DataOwnerKind::Practitioner).await;
    let nurse = Person::practitioner(&world, "Nora Nurse").await;
    joins(&world, &doctor, &clinic, &second, Role::Admin).await;
    joins(&world, &second, &clinic, &nurse, Role::Member).await;
    let (published, envelopes) = clinic_keys(&second, &clinic).await;
    assert_eq!((published.roster().body().members.len(), envelopes.len()), (3, 2));
    second.session.change_role(&clinic, nurse.id(), Role::Admin, &control()).await.unwrap();
    assert_eq!(clinic_keys(&nurse, &clinic).await.1.len(), 2);
    // A share code that she shows certifies the same root.
    let code = nurse.session.share_code(&clinic, &control()).await.unwrap();
    assert_eq!(doctor.look_up(&code.code).await.unwrap().id(), clinic);
}

/// A record that is shared with a clinic of several people, and with a person.
struct Staffed {
    world: World,
    alice: Person,
    bob: Person,
    doctor: Person,
    nurse: Person,
    clinic: String,
}

impl Staffed {
    async fn new() -> Self {
        let Shared { world, alice, doctor, clinic, .. } = Shared::new().await;
        let nurse = Person::practitioner(&world, "Nora Nurse").await;
        joins(&world, &doctor, &clinic, &nurse, Role::Member).await;
        let bob = trusting(&world, "Bob Brother").await;
        alice.session.set_trust(Trust::FirstUse);
        automatically(&alice, Automatic::Everything, &[&bob], Rights::Write).await.unwrap();
        Self { world, alice, bob, doctor, nurse, clinic }
    }

    async fn writes_at_clinic(&self, member: &Person, value: &str) {
        let (vault, actor) = (Some(self.alice.id()), Actor::Clinic(&self.clinic));
        let written = member.session.write_records(vault, actor, "DataSample", records(&[value]), &control()).await;
        assert_eq!(written.unwrap().created, 1);
    }

    async fn bobs_values(&self) -> Vec<String> {
        let read = self.bob.session.read_records(Some(self.alice.id()), Actor::Person, "DataSample", &control()).await;
        values(read.unwrap()).unwrap()
    }

    /// Changes one of the records that are there.
    async fn changes(&self, member: &Person, before: &str, after: &str) {
        let actor = Actor::Clinic(&self.clinic);
        let query = Query { vault: Some(self.alice.id().to_owned()), ..Query::default() };
        let listed = member.session.list(actor, query, &control()).await.unwrap().found;
        let found =
            listed.iter().find(|found| String::from_utf8_lossy(found.body().unwrap()).contains(before)).unwrap();
        member.session.apply(actor, vec![put(found, after)], &Accept::Nobody, &control()).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_removed_member_kept_opens_nothing_that_is_written_after() {
    let staffed = Staffed::new().await;
    let Staffed { world, alice, bob, doctor, nurse, clinic } = &staffed;
    let had = ["one", "three", "two"];
    assert_eq!(nurse.values_of(alice.id(), clinic).await.unwrap(), had);
    let kept = Kept::of_member(nurse, clinic, alice).await;
    assert_eq!(kept.opens(alice).await, had, "what she had, she had");

    doctor.session.remove_member(clinic, nurse.id(), &control()).await.unwrap();
    assert_eq!(code(nurse.values_of(alice.id(), clinic).await), "no_access");
    assert_eq!(code(nurse.session.list_patients(clinic, &control()).await), "forbidden");

    // The patient has not been on line. Members and others write meanwhile, new things and changes of old ones.
    alice.forget_requests();
    staffed.writes_at_clinic(doctor, "by the clinic").await;
    let (vault, record) = (Some(alice.id()), records(&["by Bob"]));
    let by_bob = bob.session.write_records(vault, Actor::Person, "DataSample", record, &control()).await.unwrap();
    assert_eq!(by_bob.created, 1);
    staffed.changes(doctor, "one", "changed by the clinic").await;
    assert!(alice.requests().is_empty());
    assert_eq!(kept.opens(alice).await, had);
    let meanwhile = ["by Bob", "by the clinic", "changed by the clinic", "three", "two"];
    assert_eq!(doctor.values_of(alice.id(), clinic).await.unwrap(), meanwhile);
    assert_eq!(staffed.bobs_values().await, meanwhile);

    // She writes herself, with a vault that she has had open all the time: her client settles first.
    alice.import(&["by Alice"]).await.unwrap();
    let everything = ["by Alice", "by Bob", "by the clinic", "changed by the clinic", "three", "two"];
    assert_eq!(kept.opens(alice).await, had);
    assert_eq!(alice.own_values().await.unwrap(), everything);
    assert_eq!(doctor.values_of(alice.id(), clinic).await.unwrap(), everything);
    assert_eq!(staffed.bobs_values().await, everything);
    let (now, _) = clinic_keys(doctor, clinic).await;
    assert_eq!(now.statement().body().version, 2);
    assert_eq!(log_of(alice, alice).await.standing(clinic).unwrap().grant.statement, now.statement().digest());

    // Nothing more is to be done, and everything is under vault keys again: whoever is granted it later reads all of it.
    staffed.writes_at_clinic(doctor, "after").await;
    staffed.changes(doctor, "two", "changed again").await;
    let other = Person::practitioner(world, "Olga Other").await;
    let (other_clinic, other_code) = other.clinic("Hill Clinic").await;
    alice.invite(&other_code).await.unwrap();
    other.accept_all(&other_clinic).await.unwrap();
    let at_last = ["after", "by Alice", "by Bob", "by the clinic", "changed again", "changed by the clinic", "three"];
    assert_eq!(other.values_of(alice.id(), &other_clinic).await.unwrap(), at_last);
    assert_eq!(kept.opens(alice).await, had);
    // So does whoever joins the clinic later.
    let new = Person::practitioner(world, "Nina New").await;
    joins(world, doctor, clinic, &new, Role::Member).await;
    assert_eq!(new.values_of(alice.id(), clinic).await.unwrap(), at_last);
    assert_eq!(new.session.list_patients(clinic, &control()).await.unwrap()[0].full_name, "Alice Appleseed");
}

#[tokio::test]
async fn wrapping_what_was_written_meanwhile_goes_on_after_an_interruption() {
    let staffed = Staffed::new().await;
    let Staffed { world, alice, doctor, nurse, clinic, .. } = &staffed;
    doctor.session.remove_member(clinic, nurse.id(), &control()).await.unwrap();
    staffed.writes_at_clinic(doctor, "meanwhile").await;
    let alice = alice.again(world).await;
    alice.network.sever("/wraps");
    assert_eq!(code(alice.own_values().await), "network");
    alice.network.honest();
    // Another device of hers, which knows nothing of it, goes on before anybody else is let in.
    let alice = alice.again(world).await;
    let other = Person::practitioner(world, "Olga Other").await;
    let (other_clinic, other_code) = other.clinic("Hill Clinic").await;
    alice.invite(&other_code).await.unwrap();
    other.accept_all(&other_clinic).await.unwrap();
    let everything = ["meanwhile", "one", "three", "two"];
    assert_eq!(other.values_of(alice.id(), &other_clinic).await.unwrap(), everything);
}

#[tokio::test]
async fn whoever_left_by_himself_reads_nothing_once_an_administrator_was_on_line() {
    let staffed = Staffed::new().await;
    let Staffed { alice, doctor, nurse, clinic, .. } = &staffed;
    let kept = Kept::of_member(nurse, clinic, alice).await;
    nurse.session.leave_clinic(clinic, &control()).await.unwrap();
    assert_eq!(code(nurse.session.list_patients(clinic, &control()).await), "forbidden");
    doctor.session.list_clinics(&control()).await.unwrap();
    staffed.writes_at_clinic(doctor, "after").await;
    assert_eq!(kept.opens(alice).await, ["one", "three", "two"]);
    assert_eq!(alice.own_values().await.unwrap(), ["after", "one", "three", "two"]);
}

#[tokio::test]
async fn of_two_administrators_who_remove_each_other_one_stays() {
    let world = World::new().await;
    let doctor = Person::practitioner(&world, "Dora Doctor").await;
    let (clinic, _) = doctor.clinic("Harbour Clinic").await;
    let second = Person::practitioner(&world, "Sven Second").await;
    joins(&world, &doctor, &clinic, &second, Role::Admin).await;
    let (nothing, too) = (control(), control());
    let (one, other) = tokio::join!(
        doctor.session.remove_member(&clinic, second.id(), &nothing),
        second.session.remove_member(&clinic, doctor.id(), &too),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let (stays, goes) = if one.is_ok() { (&doctor, &second) } else { (&second, &doctor) };
    let (published, envelopes) = clinic_keys(stays, &clinic).await;
    assert_eq!((published.statement().body().version, envelopes.len()), (2, 2));
    assert_eq!(published.roster().body().members.len(), 1);
    assert!(clinic_keys(goes, &clinic).await.1.is_empty());
    assert_eq!(code(goes.session.list_members(&clinic, &control()).await), "forbidden");
    assert_eq!(code(stays.session.leave_clinic(&clinic, &control()).await), "invalid_input", "one stays always");
}

#[tokio::test]
async fn two_administrators_who_change_the_people_at_once_lose_nobody() {
    let world = World::new().await;
    let doctor = Person::practitioner(&world, "Dora Doctor").await;
    let (clinic, _) = doctor.clinic("Harbour Clinic").await;
    let second = Person::practitioner(&world, "Sven Second").await;
    let nurse = Person::practitioner(&world, "Nora Nurse").await;
    joins(&world, &doctor, &clinic, &second, Role::Admin).await;
    joins(&world, &doctor, &clinic, &nurse, Role::Member).await;
    let new = Person::practitioner(&world, "Nina New").await;
    accepts(&world, &doctor, &clinic, &new, Role::Member).await;
    // One removes the nurse while the other lets the new one in.
    let accept = Accept::These(vec![new.id().to_owned()]);
    let (nothing, too) = (control(), control());
    let (removed, added) = tokio::join!(
        doctor.session.remove_member(&clinic, nurse.id(), &nothing),
        second.session.complete_members(&clinic, &accept, &too),
    );
    assert!(removed.is_ok() && added.is_ok(), "{removed:?} {added:?}");
    // Whichever came last has composed it anew on the other's.
    second.session.complete_members(&clinic, &accept, &control()).await.unwrap();
    let (published, _) = clinic_keys(&second, &clinic).await;
    let mut people: Vec<&str> = published.roster().body().members.iter().map(|member| member.user.as_str()).collect();
    let mut expected = [doctor.id(), second.id(), new.id()];
    people.sort_unstable();
    expected.sort_unstable();
    assert_eq!(people, expected);
    assert_eq!(published.statement().body().version, 2);
    assert_eq!(clinic_keys(&new, &clinic).await.1.len(), 1);
    assert!(clinic_keys(&nurse, &clinic).await.1.is_empty());
}
