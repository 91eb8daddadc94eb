//! The main job: a patient shares her record with a clinic, and revokes.

use tidelock::client::{AccessState, Actor, Opened, Platform, Session};
use tidelock::records::{BatchOrigin, Holder, Manifest};
use tidelock::sharing::Permissions;
use tidelock_crypto::Engine;

use crate::world::{ORIGIN, PASSWORD, Person, Shared, World, clinic_keys, code, control, get, records};

#[tokio::test]
async fn a_patient_shares_with_a_clinic_and_revokes() {
    let shared = Shared::new().await;
    let Shared { alice, doctor, clinic, .. } = &shared;
    assert_eq!(shared.doctor_reads().await.unwrap(), ["one", "three", "two"]);

    let access = alice.session.list_access(&control()).await.unwrap();
    assert_eq!(access.len(), 1);
    assert_eq!((access[0].name.as_str(), access[0].verified), ("Harbour Clinic", true));
    assert_eq!(access[0].state, AccessState::Sharing);
    let patients = doctor.session.list_patients(clinic, &control()).await.unwrap();
    assert_eq!(patients[0].full_name, "Alice Appleseed");
    assert_eq!(patients[0].birth_date.as_deref(), Some("1984-08-24"));

    alice.import(&["four"]).await.unwrap();
    assert_eq!(shared.doctor_reads().await.unwrap(), ["four", "one", "three", "two"], "new data is seen at once");

    alice.session.revoke(clinic, &control()).await.unwrap();
    assert_eq!(code(shared.doctor_reads().await), "not_found");
    assert_eq!(alice.session.list_access(&control()).await.unwrap(), []);
    alice.import(&["five"]).await.unwrap();
    assert_eq!(alice.own_values().await.unwrap(), ["five", "four", "one", "three", "two"]);
    assert_eq!(code(shared.doctor_reads().await), "not_found");
}

#[tokio::test]
async fn a_clinic_sees_nothing_before_it_accepts_and_strangers_never_do() {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    let doctor = Person::practitioner(&world, "Dora Doctor").await;
    let stranger = Person::practitioner(&world, "Sam Stranger").await;
    let (clinic, share_code) = doctor.clinic("Harbour Clinic").await;
    let (elsewhere, _) = stranger.clinic("Elsewhere").await;
    alice.import(&["one"]).await.unwrap();
    alice.invite(&share_code.to_lowercase().replace('-', "  ")).await.unwrap();

    assert_eq!(code(doctor.values_of(alice.id(), &clinic).await), "not_found");
    let pending = doctor.session.list_invitations(&clinic, &control()).await.unwrap();
    assert_eq!(pending[0].full_name, "Alice Appleseed");
    assert_eq!(code(stranger.values_of(alice.id(), &elsewhere).await), "not_found");
    assert_eq!(code(stranger.session.list_invitations(&clinic, &control()).await), "forbidden");
    assert_eq!(alice.session.list_access(&control()).await.unwrap()[0].state, AccessState::Pending);
    assert_eq!(code(alice.invite(&share_code).await), "conflict", "one invitation is enough");

    doctor.session.accept_invitation(&clinic, &pending[0].key, &control()).await.unwrap();
    assert_eq!(doctor.values_of(alice.id(), &clinic).await.unwrap(), ["one"]);
    assert_eq!(code(stranger.values_of(alice.id(), &elsewhere).await), "not_found");
}

#[tokio::test]
async fn an_invitation_that_is_declined_or_taken_back_hands_over_nothing() {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    let doctor = Person::practitioner(&world, "Dora Doctor").await;
    let (clinic, share_code) = doctor.clinic("Harbour Clinic").await;

    alice.invite(&share_code).await.unwrap();
    let key = alice.session.list_access(&control()).await.unwrap()[0].invitation.clone().unwrap();
    alice.session.cancel_invitation(&key, &control()).await.unwrap();
    assert_eq!(doctor.session.list_invitations(&clinic, &control()).await.unwrap(), []);
    assert_eq!(alice.session.list_access(&control()).await.unwrap(), []);

    alice.invite(&share_code).await.unwrap();
    let pending = doctor.session.list_invitations(&clinic, &control()).await.unwrap();
    doctor.session.decline_invitation(&clinic, &pending[0].key, &control()).await.unwrap();
    let alice = alice.again(&world).await;
    let access = alice.session.list_access(&control()).await.unwrap();
    assert_eq!(access[0].state, AccessState::Declined);
    assert_eq!(access[0].permissions, Permissions::default(), "her client has revoked the grant");

    alice.session.cancel_invitation(&access[0].invitation.clone().unwrap(), &control()).await.unwrap();
    assert_eq!(alice.session.list_access(&control()).await.unwrap(), [], "a declined invitation can be put away");
}

#[tokio::test]
async fn what_a_revoked_clinic_kept_does_not_open_what_is_written_afterwards() {
    let shared = Shared::new().await;
    let kept = shared.doctor.device.copy();
    shared.doctor_reads().await.unwrap();
    // What a hostile platform would have served: every answer of before, and everything of afterwards.
    let owner_statement = shared.alice.session.identity().statement().clone();

    shared.alice.session.revoke(&shared.clinic, &control()).await.unwrap();
    shared.alice.import(&["after"]).await.unwrap();

    let alice = shared.alice.id().to_owned();
    let token = shared.alice.session.platform().token().unwrap();
    let doctor = Person::sign_in(&shared.world, &shared.doctor.email, &kept).await.unwrap();
    // The platform breaks its own rules: whatever the doctor asks of this vault it answers as if Alice had asked.
    let as_alice = doctor.network.clone();
    as_alice.honest();
    let log = as_alice.raw(&get(&format!("/v1/tidelock/vaults/{alice}/log?after=0"), &token)).await;
    let writes = as_alice.raw(&get(&format!("/v1/tidelock/vaults/{alice}/writes?after=0"), &token)).await;
    assert_eq!((log.status, writes.status), (200, 200), "the test has the whole record in hand");
    doctor.network.tamper(move |request, response| {
        if request.path.contains("/log?") {
            *response = log.clone();
        } else if request.path.contains("/writes?") {
            *response = writes.clone();
        }
    });
    assert_eq!(code(doctor.values_of(&alice, &shared.clinic).await), "no_access");

    // And with the keys themselves: every key the grant ever gave, against every batch there is now.
    let (log, writes) = raw_record(&doctor, &alice).await;
    let (clinic, envelopes) = clinic_keys(&doctor, &shared.clinic).await;
    let private = clinic.agreement_key(&Engine::Software, doctor.session.identity(), &envelopes).await.unwrap();
    let delegate = tidelock::sharing::Delegate::from(&clinic);
    let mut before = tidelock::sharing::VaultLog::new(owner_statement);
    let mut kept_keys = Vec::new();
    for entry in &log {
        before.append(&Engine::Software, entry).await.unwrap();
        if let Ok(keys) = before.open_as_delegate(&Engine::Software, &delegate, &private).await {
            kept_keys = keys;
        }
    }
    assert!(!kept_keys.is_empty(), "the doctor does hold the keys of before");
    let mut opened = Vec::new();
    for write in &writes {
        let manifest = tidelock::signed::Unverified::<Manifest>::decode(&write.manifest).unwrap();
        let (holder, origin) = (Holder { vault_keys: &kept_keys, own: &[] }, BatchOrigin::from(manifest.claims()));
        opened.push(write.batch.as_ref().unwrap().open(&Engine::Software, &holder, &origin).await.is_ok());
    }
    assert_eq!(opened, [true, true, false], "her person, three readings, and not what came after");
}

async fn raw_record(person: &Person, vault: &str) -> (Vec<Vec<u8>>, Vec<tidelock::records::Write>) {
    use tidelock::client::Transport;
    let token = person.session.platform().token().unwrap();
    let served = |path: String| {
        let (network, token) = (person.network.clone(), token.clone());
        async move { network.send(&get(&path, &token), &control()).await.unwrap().body }
    };
    let log = served(format!("/v1/tidelock/vaults/{vault}/log?after=0")).await;
    let log: tidelock::wire::LogEntries = tidelock_crypto::cbor::decode(&log).unwrap();
    let page = served(format!("/v1/tidelock/vaults/{vault}/writes?after=0")).await;
    let page: tidelock::wire::WritePage = tidelock_crypto::cbor::decode(&page).unwrap();
    let entries = log.entries.iter().map(|entry| entry.to_vec()).collect();
    (entries, page.writes.into_iter().map(|stored| stored.write).collect())
}

#[tokio::test]
async fn those_who_remain_keep_reading_after_somebody_else_was_revoked() {
    let shared = Shared::new().await;
    let other = Person::practitioner(&shared.world, "Olga Other").await;
    let (other_clinic, other_code) = other.clinic("Hill Clinic").await;
    shared.alice.invite(&other_code).await.unwrap();
    other.accept_all(&other_clinic).await.unwrap();

    shared.alice.session.revoke(&shared.clinic, &control()).await.unwrap();
    shared.alice.import(&["after"]).await.unwrap();
    let values = other.values_of(shared.alice.id(), &other_clinic).await.unwrap();
    assert_eq!(values, ["after", "one", "three", "two"]);

    shared.alice.invite(&shared.code).await.unwrap();
    shared.doctor.accept_all(&shared.clinic).await.unwrap();
    assert_eq!(shared.doctor_reads().await.unwrap(), values, "who is invited again has everything again");
}

#[tokio::test]
async fn a_clinic_uploads_into_a_patients_record_and_both_read_it() {
    let shared = Shared::new().await;
    let (patient, clinic) = (shared.alice.id().to_owned(), shared.clinic.as_str());
    let written = shared
        .doctor
        .session
        .write_records(Some(&patient), Actor::Clinic(clinic), "DataSample", records(&["from the clinic"]), &control())
        .await
        .unwrap();
    assert_eq!(written.created, 1);
    let expected = ["from the clinic", "one", "three", "two"];
    assert_eq!(shared.alice.own_values().await.unwrap(), expected);
    assert_eq!(shared.doctor_reads().await.unwrap(), expected);

    shared.alice.session.revoke(clinic, &control()).await.unwrap();
    assert_eq!(shared.alice.own_values().await.unwrap(), expected, "what it wrote before it was revoked stands");
    let refused = shared
        .doctor
        .session
        .write_records(Some(&patient), Actor::Clinic(clinic), "DataSample", records(&["too late"]), &control())
        .await;
    assert_eq!(code(refused), "not_found");
}

#[tokio::test]
async fn the_recovery_code_brings_everything_back_on_an_empty_device() {
    let shared = Shared::new().await;
    let recovery_code = shared.alice.session.recovery_code().await.unwrap().unwrap();
    let mut mistyped: Vec<char> = recovery_code.chars().collect();
    mistyped[0] = if mistyped[0] == 'A' { 'B' } else { 'A' };
    let mistyped: String = mistyped.into_iter().collect();
    assert_eq!(code(shared.alice.session.confirm_recovery_code(&mistyped).await), "invalid_recovery_code");
    shared.alice.session.confirm_recovery_code(&recovery_code.to_lowercase()).await.unwrap();
    assert_eq!(shared.alice.session.recovery_code().await.unwrap(), None, "it is never shown again");

    let empty = crate::world::Device::default();
    let network = shared.world.network();
    let platform = Platform::new(network.clone(), ORIGIN).unwrap();
    let opened = Session::sign_in(platform, empty.clone(), Engine::Software, &shared.alice.email, PASSWORD, &control())
        .await
        .unwrap();
    let Opened::RecoveryNeeded(signed_in) = opened else { panic!("the keys are not on this device") };
    assert_eq!(code(signed_in.recover(&mistyped, &control()).await.map(drop)), "invalid_recovery_code");
    let identity = signed_in.recover(&recovery_code, &control()).await.unwrap();
    let session = signed_in.with(identity);
    let again = Person { session, network, device: empty, email: shared.alice.email.clone() };
    assert_eq!(again.own_values().await.unwrap(), ["one", "three", "two"]);
    assert_eq!(again.session.full_name(&control()).await.unwrap(), "Alice Appleseed");
    again.session.revoke(&shared.clinic, &control()).await.unwrap();
    assert_eq!(code(shared.doctor_reads().await), "not_found");
}

#[tokio::test]
async fn sharing_a_record_is_one_request_of_the_same_size_however_large_it_is() {
    let mut sizes = Vec::new();
    for count in [1, 2_500] {
        let world = World::new().await;
        let alice = Person::patient(&world, "Alice Appleseed").await;
        let doctor = Person::practitioner(&world, "Dora Doctor").await;
        let (_, share_code) = doctor.clinic("Harbour Clinic").await;
        let names: Vec<String> = (0..count).map(|number| format!("reading {number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(alice.import(&names).await.unwrap(), (count, 0));
        let card = alice.look_up(&share_code).await.unwrap();
        alice.network.requests.borrow_mut().clear();
        alice.session.invite_clinic(&card, crate::world::ALL, &control()).await.unwrap();
        let sent: Vec<_> = alice.network.requests.borrow().iter().filter(|(_, size)| *size > 0).cloned().collect();
        assert_eq!(sent.len(), 1, "one request carries everything: {sent:?}");
        sizes.push(sent[0].1);
    }
    assert!(sizes[0].abs_diff(sizes[1]) < 16, "the size does not grow with the record: {sizes:?}");
}
