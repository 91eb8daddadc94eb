//! Clinics with members: whoever joins reads everything without any patient doing anything, and whoever goes reads nothing more.

use tidelock::client::{Accept, Actor, MemberState};
use tidelock::keys::{DataOwnerKind, Role};

use crate::world::{Person, Shared, World, clinic_keys, code, control};

/// Somebody joins the clinic: invited, accepted, verified.
pub(crate) async fn joins(admin: &Person, clinic: &str, member: &Person, role: Role) {
    accepts(admin, clinic, member, role).await;
    let accept = Accept::These(vec![member.id().to_owned()]);
    let completed = admin.session.complete_members(clinic, &accept, &control()).await.unwrap();
    assert_eq!(completed.added, [member.id().to_owned()]);
}

async fn state(by: &Person, clinic: &str, of: &Person) -> MemberState {
    let listed = by.session.list_members(clinic, &control()).await.unwrap();
    listed.iter().find(|member| member.id.as_deref() == Some(of.id())).unwrap().state
}

async fn accepts(admin: &Person, clinic: &str, member: &Person, role: Role) {
    admin.session.invite_member(clinic, &member.email, role, &control()).await.unwrap();
    let invitations = member.session.list_membership_invitations(&control()).await.unwrap();
    let invitation = invitations.iter().find(|invitation| invitation.clinic == clinic).unwrap();
    assert_eq!(invitation.role, role);
    member.session.accept_membership(&invitation.key, &control()).await.unwrap();
}

#[tokio::test]
async fn a_new_member_reads_everything_without_the_patient() {
    let Shared { world, alice, doctor, clinic, .. } = Shared::new().await;
    let nurse = Person::practitioner(&world, "Nora Nurse").await;
    accepts(&doctor, &clinic, &nurse, Role::Member).await;
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
        .write_records(
            Some(alice.id()),
            Actor::Clinic(&clinic),
            "DataSample",
            crate::world::records(&["doctor's"]),
            &control(),
        )
        .await
        .unwrap();
    world.advance(2);
    doctor.session.list_clinics(&control()).await.unwrap();
    nurse
        .session
        .write_records(
            Some(alice.id()),
            Actor::Clinic(&clinic),
            "DataSample",
            crate::world::records(&["nurse's"]),
            &control(),
        )
        .await
        .unwrap();
    assert_eq!(alice.network.requests.borrow().len(), sent, "the patient has done nothing");
    let everything = ["doctor's", "nurse's", "one", "three", "two"];
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
    joins(&doctor, &clinic, &second, Role::Admin).await;
    joins(&second, &clinic, &nurse, Role::Member).await;
    let (published, envelopes) = clinic_keys(&second, &clinic).await;
    assert_eq!((published.roster().body().members.len(), envelopes.len()), (3, 2));
    second.session.change_role(&clinic, nurse.id(), Role::Admin, &control()).await.unwrap();
    assert_eq!(clinic_keys(&nurse, &clinic).await.1.len(), 2);
    // A share code that she shows certifies the same root.
    let code = nurse.session.share_code(&clinic, &control()).await.unwrap();
    assert_eq!(doctor.look_up(&code.code).await.unwrap().id(), clinic);
}
