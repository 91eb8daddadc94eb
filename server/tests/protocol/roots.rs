//! Administrators who go: the clinic gets another root, nobody who shares with it has to do anything, and what they kept deceives
//! nobody who has seen what came after.

use tidelock::client::{
    Accept, Acquaintance, Actor, Automatic, CodeState, Method, NewCode, Query, Request, Trust, What,
};
use tidelock::keys::{Clinic, ClinicBundle, MemberEnvelope, Person as Entrant, Role, Roster};
use tidelock::sharing::{Rights, VaultLog};
use tidelock::signed::Signed;
use tidelock::wire::json::{CertifiedClinic, to_base64url};
use tidelock::wire::{Bundle, ClinicKeys, NewHead, ServedClinic, WritePage};
use tidelock_crypto::cbor::{self, List};

use crate::members::joins;
use crate::rotation::Kept;
use crate::single::{automatically, comment, new, of, put, trusting};
use crate::world::{ENGINE, ORIGIN, Person, Shared, World, clinic_keys, code, control, get, log_of, records, values};

/// A record that is shared with a clinic of two administrators, and with a person.
struct Harbour {
    world: World,
    alice: Person,
    bob: Person,
    doctor: Person,
    /// The administrator who goes.
    sven: Person,
    clinic: String,
    code: String,
}

/// What an administrator has who keeps everything.
struct Hoard {
    clinic: Clinic,
    envelopes: Vec<MemberEnvelope>,
    vault: Kept,
}

impl Hoard {
    /// The clinic as he goes on with it, against the others.
    async fn fork(&self, sven: &Person) -> ClinicBundle {
        let identity = sven.session.identity();
        let alone = [Entrant { identity: identity.statement(), role: Role::Admin }];
        let now = self.clinic.head().body().time + 1_000;
        self.clinic.change(ENGINE, identity, &self.envelopes, &alone, now).await.unwrap().0.bundle()
    }

    /// The clinic under the root that he knows, with a head of that many numbers more.
    async fn under_the_old_root(&self, sven: &Person, more: u64) -> ClinicBundle {
        let mut clinic = self.clinic.clone();
        let root = clinic.root_key(ENGINE, sven.session.identity(), &self.envelopes).await.unwrap();
        for _ in 0..more {
            clinic.renew_head(ENGINE, &root, clinic.head().body().time + 1_000).await.unwrap();
        }
        clinic.bundle()
    }
}

impl Harbour {
    async fn new() -> Self {
        let Shared { world, alice, doctor, clinic, code } = Shared::new().await;
        let sven = Person::practitioner(&world, "Sven Second").await;
        joins(&world, &doctor, &clinic, &sven, Role::Admin).await;
        let bob = trusting(&world, "Bob Brother").await;
        alice.session.set_trust(Trust::FirstUse);
        automatically(&alice, Automatic::Everything, &[&bob], Rights::Write).await.unwrap();
        Self { world, alice, bob, doctor, sven, clinic, code }
    }

    async fn hoard(&self) -> Hoard {
        let (clinic, envelopes) = clinic_keys(&self.sven, &self.clinic).await;
        Hoard { clinic, envelopes, vault: Kept::of_member(&self.sven, &self.clinic, &self.alice).await }
    }

    async fn writes(&self, by: &Person, value: &str) {
        let (vault, actor) = (Some(self.alice.id()), Actor::Clinic(&self.clinic));
        let written = by.session.write_records(vault, actor, "DataSample", records(&[value]), &control()).await;
        assert_eq!(written.unwrap().created, 1);
    }

    async fn read_by(&self, member: &Person) -> tidelock::Result<Vec<String>> {
        member.values_of(self.alice.id(), &self.clinic).await
    }

    async fn read_by_bob(&self) -> tidelock::Result<Vec<String>> {
        values(self.bob.session.read_records(Some(self.alice.id()), Actor::Person, "DataSample", &control()).await?)
    }

    /// The versions of root and statement that the clinic publishes.
    async fn versions(&self) -> (u32, u32) {
        let (clinic, _) = clinic_keys(&self.doctor, &self.clinic).await;
        (clinic.root().body().version, clinic.statement().body().version)
    }

    /// The log of the patient, as anybody reads it.
    async fn log(&self) -> VaultLog {
        log_of(&self.alice, &self.alice).await
    }

    async fn known(&self, by: &Person) -> Acquaintance {
        let known = by.session.acquaintances().await.unwrap();
        known.into_iter().find(|known| known.id == self.clinic).unwrap()
    }
}

/// Serves something else of a clinic, wherever it is served to that person.
fn lie(person: &Person, clinic: &str, change: impl Fn(&mut ServedClinic) + 'static) {
    let clinic = clinic.to_owned();
    person.network.tamper(move |request, response| {
        let change = |served: &mut List<ServedClinic>| {
            served.0.iter_mut().filter(|served| served.clinic == clinic).for_each(&change);
        };
        if response.status != 200 {
            return;
        }
        if request.path.contains("/writes?") {
            let mut page: WritePage = cbor::decode(&response.body).unwrap();
            change(&mut page.clinics);
            response.body = cbor::encode(&page);
        } else if request.path.ends_with("/entities") || request.path.ends_with("/entities/list") {
            let mut bundle: Bundle = cbor::decode(&response.body).unwrap();
            let mut clinics = List(std::mem::take(&mut bundle.clinics));
            change(&mut clinics);
            bundle.clinics = clinics.0;
            response.body = cbor::encode(&bundle);
        } else if request.path.ends_with("/keys") && request.method == Method::Get {
            let mut keys: ClinicKeys = cbor::decode(&response.body).unwrap();
            let (heads, rosters) = (List::default(), List::default());
            let mut served = List(vec![ServedClinic { clinic: clinic.clone(), bundle: keys.bundle, heads, rosters }]);
            change(&mut served);
            keys.bundle = served.0.remove(0).bundle;
            response.body = cbor::encode(&keys);
        }
    });
}

#[tokio::test]
async fn what_an_administrator_kept_who_left_opens_nothing_that_comes_after() {
    let harbour = Harbour::new().await;
    let Harbour { world, alice, doctor, sven, clinic, .. } = &harbour;
    harbour.writes(sven, "by Sven").await;
    let had = ["by Sven", "one", "three", "two"];
    assert_eq!(alice.own_values().await.unwrap(), had);
    let hoard = harbour.hoard().await;
    assert_eq!(hoard.vault.opens(alice).await, had);
    let (before, verified) = (hoard.clinic.fingerprint(), harbour.known(alice).await.verified);
    assert_eq!((harbour.known(alice).await.fingerprint, verified), (before, "shareCode"));

    sven.session.leave_clinic(clinic, &control()).await.unwrap();
    assert_eq!(harbour.versions().await, (1, 1), "until another administrator is on line");
    doctor.session.list_clinics(&control()).await.unwrap();
    assert_eq!(harbour.versions().await, (2, 2));
    let (now, envelopes) = clinic_keys(doctor, clinic).await;
    assert_eq!((envelopes.len(), now.root().body().predecessor), (2, Some(before)));
    doctor.session.list_clinics(&control()).await.unwrap();
    assert_eq!(clinic_keys(doctor, clinic).await.0.head().digest(), now.head().digest(), "once");

    // The patient has not been on line; the others read and write on.
    harbour.writes(doctor, "by the clinic").await;
    assert_eq!(hoard.vault.opens(alice).await, had);
    let meanwhile = ["by Sven", "by the clinic", "one", "three", "two"];
    assert_eq!(harbour.read_by(doctor).await.unwrap(), meanwhile);
    assert_eq!(harbour.read_by_bob().await.unwrap(), meanwhile);
    assert!(harbour.read_by(sven).await.is_err());

    // Her client, which has been open all the time, follows without a word.
    alice.import(&["by Alice"]).await.unwrap();
    let everything = ["by Alice", "by Sven", "by the clinic", "one", "three", "two"];
    assert_eq!(alice.own_values().await.unwrap(), everything);
    let log = harbour.log().await;
    let grant = log.standing(clinic).unwrap().grant;
    assert_eq!((grant.fingerprint, grant.statement), (now.fingerprint(), now.statement().digest()));
    let known = harbour.known(alice).await;
    assert_eq!((known.fingerprint, known.verified), (now.fingerprint(), "shareCode"), "as it was verified");
    harbour.writes(doctor, "after").await;
    let at_last = ["after", "by Alice", "by Sven", "by the clinic", "one", "three", "two"];
    assert_eq!(hoard.vault.opens(alice).await, had);
    for reader in [&alice.again(world).await, alice] {
        assert_eq!(reader.own_values().await.unwrap(), at_last);
    }
    assert_eq!(harbour.read_by_bob().await.unwrap(), at_last);
    // Whoever joins later has it all, too, and the next who goes takes the next root with him.
    let nurse = Person::practitioner(world, "Nora Nurse").await;
    joins(world, doctor, clinic, &nurse, Role::Admin).await;
    assert_eq!(harbour.read_by(&nurse).await.unwrap(), at_last);
    nurse.session.remove_member(clinic, doctor.id(), &control()).await.unwrap();
    let (third, _) = clinic_keys(&nurse, clinic).await;
    assert_eq!((third.root().body().version, third.has_had(&before)), (3, true));
    harbour.writes(&nurse, "by Nora").await;
    assert!(alice.own_values().await.unwrap().contains(&"by Nora".to_owned()));
    assert_eq!(harbour.read_by(&nurse).await.unwrap().len(), 8);
    assert_eq!(nurse.session.list_patients(clinic, &control()).await.unwrap()[0].full_name, "Alice Appleseed");
}

#[tokio::test]
async fn an_administrator_who_becomes_a_member_reads_on_and_signs_nothing() {
    let harbour = Harbour::new().await;
    let Harbour { world, alice, doctor, sven, clinic, .. } = &harbour;
    doctor.session.change_role(clinic, sven.id(), Role::Member, &control()).await.unwrap();
    assert_eq!(harbour.versions().await, (2, 2));
    assert_eq!(clinic_keys(sven, clinic).await.1.len(), 1, "the agreement key alone");
    harbour.writes(sven, "by a member").await;
    assert_eq!(harbour.read_by(sven).await.unwrap(), ["by a member", "one", "three", "two"]);
    assert_eq!(alice.own_values().await.unwrap(), ["by a member", "one", "three", "two"]);
    let sven = sven.again(world).await;
    sven.session.list_clinics(&control()).await.unwrap();
    assert_eq!(harbour.read_by(&sven).await.unwrap().len(), 4);

    // Who makes himself a member leaves the rest to another.
    doctor.session.change_role(clinic, sven.id(), Role::Admin, &control()).await.unwrap();
    assert_eq!((harbour.versions().await, clinic_keys(&sven, clinic).await.1.len()), ((2, 2), 2));
    sven.session.change_role(clinic, sven.id(), Role::Member, &control()).await.unwrap();
    assert_eq!(harbour.versions().await, (2, 2));
    doctor.session.list_clinics(&control()).await.unwrap();
    assert_eq!((harbour.versions().await, clinic_keys(&sven, clinic).await.1.len()), ((3, 3), 1));
}

#[tokio::test]
async fn a_former_administrator_and_the_platform_deceive_nobody_who_has_seen_the_next_root() {
    let harbour = Harbour::new().await;
    let Harbour { alice, bob, doctor, sven, clinic, .. } = &harbour;
    let nurse = Person::practitioner(&harbour.world, "Nora Nurse").await;
    joins(&harbour.world, doctor, clinic, &nurse, Role::Member).await;
    let hoard = harbour.hoard().await;
    let last = hoard.clinic.head().body().number;
    doctor.session.remove_member(clinic, sven.id(), &control()).await.unwrap();
    harbour.writes(doctor, "after").await;
    let everything = ["after", "one", "three", "two"];
    let see = async || {
        let (own, by_doctor, by_nurse) =
            (alice.own_values().await, harbour.read_by(doctor).await, harbour.read_by(&nurse).await);
        [own, by_doctor, by_nurse, harbour.read_by_bob().await]
    };
    for seen in see().await {
        assert_eq!(seen.unwrap(), everything);
    }
    // Whatever he signs in the place of what was signed after he went.
    let forks = [
        (hoard.fork(sven).await, "another root that the old one has accepted, and a roster with himself"),
        (hoard.under_the_old_root(sven, 0).await, "as it was"),
        (hoard.under_the_old_root(sven, 9).await, "a newer head under the old root"),
    ];
    for (bundle, what) in forks {
        for person in [alice, bob, doctor, &nurse] {
            let bundle = bundle.clone();
            lie(person, clinic, move |served| served.bundle = bundle.clone());
        }
        for seen in see().await {
            assert_eq!(code(seen), "identity_changed", "{what}");
        }
        let (vault, data) = (Some(alice.id()), records(&["x"]));
        let written = bob.session.write_records(vault, Actor::Person, "DataSample", data, &control()).await;
        assert_eq!(code(written), "identity_changed", "{what}: nothing is sealed to it");
        let invited = doctor.session.complete_members(clinic, &Accept::Everybody, &control()).await;
        assert_eq!(code(invited), "identity_changed", "{what}");
        [alice, bob, doctor, &nurse].into_iter().for_each(|person| person.network.honest());
    }
    for seen in see().await {
        assert_eq!(seen.unwrap(), everything);
    }

    // Beside what is right, a head of the old root that is newer than its last, and a roster that it names.
    let bundle = hoard.under_the_old_root(sven, 1).await;
    for person in [alice, bob, doctor, &nurse] {
        let bundle = bundle.clone();
        lie(person, clinic, move |served| {
            served.heads.0.push(bundle.head.clone());
            served.rosters.0.push(bundle.roster.clone());
        });
    }
    assert_eq!(hoard.clinic.head().body().number, last);
    for seen in see().await {
        assert_eq!(code(seen), "tampered");
    }
}

#[tokio::test]
async fn what_was_signed_with_the_old_root_convinces_no_patient_who_types_the_new_code() {
    let harbour = Harbour::new().await;
    let Harbour { world, doctor, sven, clinic, code: old_code, .. } = &harbour;
    let hoard = harbour.hoard().await;
    doctor.session.remove_member(clinic, sven.id(), &control()).await.unwrap();
    let new_code = doctor.session.share_code(clinic, &control()).await.unwrap().code;
    assert_ne!(new_code, *old_code);
    let carol = Person::patient(world, "Carol").await;
    assert_eq!(code(carol.look_up(old_code).await), "expired", "it was replaced");
    for bundle in [hoard.fork(sven).await, hoard.under_the_old_root(sven, 3).await] {
        carol.network.tamper(move |request, response| {
            if request.path.contains("/share_code/") {
                let mut found: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
                let honest: CertifiedClinic = serde_json::from_value(found["tidelock"].clone()).unwrap();
                let nonce = tidelock::wire::json::from_base64url(&honest.nonce).unwrap();
                let forged = CertifiedClinic::new(&nonce, honest.expires, &bundle);
                found["tidelock"] = serde_json::to_value(forged).unwrap();
                response.body = serde_json::to_vec(&found).unwrap();
            }
        });
        assert_eq!(code(carol.look_up(&new_code).await), "clinic_not_verified");
    }
    // Roots before that do not lead to the one that the code certifies.
    let forged = hoard.fork(sven).await.former;
    carol.network.tamper(move |request, response| {
        if request.path.contains("/share_code/") {
            let mut found: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
            found["tidelock"]["former"] = to_base64url(&cbor::encode(&forged)).into();
            response.body = serde_json::to_vec(&found).unwrap();
        }
    });
    assert_eq!(code(carol.look_up(&new_code).await), "clinic_not_verified");
    carol.network.honest();
    carol.import(&["carol's"]).await.unwrap();
    carol.invite(&new_code).await.unwrap();
    assert_eq!(doctor.accept_all(clinic).await.unwrap(), 1);
    assert_eq!(doctor.values_of(carol.id(), clinic).await.unwrap(), ["carol's"]);
    // Whoever has verified the root before looks up what it has become.
    assert_eq!(harbour.alice.look_up(&new_code).await.unwrap().id(), clinic);
}

#[tokio::test]
async fn a_fork_of_the_root_is_believed_only_when_it_is_verified() {
    let harbour = Harbour::new().await;
    let Harbour { alice, doctor, sven, clinic, .. } = &harbour;
    let hoard = harbour.hoard().await;
    doctor.session.remove_member(clinic, sven.id(), &control()).await.unwrap();
    let (honest, _) = clinic_keys(doctor, clinic).await;
    let alice = alice.again(&harbour.world).await;
    alice.own_values().await.unwrap();
    assert_eq!(harbour.known(&alice).await.fingerprint, honest.fingerprint());
    let alice = alice.again(&harbour.world).await;
    let fork = hoard.fork(sven).await;
    let forked = Clinic::open(ENGINE, &fork, clinic, ORIGIN).await.unwrap().fingerprint();
    lie(&alice, clinic, move |served| served.bundle = fork.clone());
    assert_eq!(code(alice.own_values().await), "identity_changed");
    let shown = alice.session.safety_number(clinic, &control()).await.unwrap();
    assert_eq!((shown.fingerprint, shown.verified), (forked, None), "what the platform shows");
    assert_eq!(harbour.known(&alice).await.fingerprint, honest.fingerprint(), "and nothing is taken over");

    // She compares numbers, which decides: here for the fork, and then for what is right.
    alice.session.confirm_identity(clinic, shown.number.digits(), &control()).await.unwrap();
    assert_eq!(harbour.known(&alice).await.fingerprint, forked);
    alice.network.honest();
    assert_eq!(code(alice.own_values().await), "identity_changed");
    let shown = alice.session.safety_number(clinic, &control()).await.unwrap();
    assert_eq!(shown.fingerprint, honest.fingerprint());
    alice.session.confirm_identity(clinic, shown.number.digits(), &control()).await.unwrap();
    assert_eq!(alice.own_values().await.unwrap(), ["one", "three", "two"]);
    assert_eq!(harbour.known(&alice).await.verified, "safetyNumber");
}

#[tokio::test]
async fn single_entities_that_a_clinic_had_under_the_old_root_stay_its_own() -> tidelock::Result<()> {
    let harbour = Harbour::new().await;
    let Harbour { alice, bob, doctor, sven, clinic, .. } = &harbour;
    let actor = Actor::Clinic(clinic);
    // What is private is in no grant.
    let created = alice.apply(new("HealthcareElement", "one")).await?;
    let id = created.entity.id;
    let compartment = tidelock::keys::Compartment::Private;
    let to = vec![(clinic.clone(), Rights::Write)];
    let shared = alice.apply(of(&created, What::Share { to })).await?;
    alice.apply(of(&shared, What::Move { compartment })).await?;
    let read = async |member: &Person| {
        let found = member.session.fetch(actor, &[id], None, &control()).await?.remove(0);
        Ok::<_, Box<tidelock::Error>>(found.ok_or(tidelock::Error::NotFound)?)
    };
    let changes = async |member: &Person, after: &str| {
        let change = put(&read(member).await?, after);
        member.session.apply(actor, vec![change], &Accept::Nobody, &control()).await.map(drop)
    };
    changes(sven, "by Sven").await?;
    let kept = harbour.hoard().await.vault;

    doctor.session.remove_member(clinic, sven.id(), &control()).await?;
    assert_eq!(comment(&read(doctor).await?), "by Sven");
    assert_eq!(read(doctor).await?.rights, Some(Rights::Write));
    changes(doctor, "by the doctor").await?;
    assert_eq!(alice.comment(id).await?, "by the doctor");
    alice.apply(put(&alice.read(id).await?, "by Alice")).await?;
    assert_eq!(comment(&read(doctor).await?), "by Alice");
    let opened = kept.opens(alice).await;
    assert!(!opened.contains(&"by the doctor".to_owned()) && !opened.contains(&"by Alice".to_owned()), "{opened:?}");

    // The clinic shares it on, and the patient sees and ends what she gave under the old root.
    doctor.session.set_trust(Trust::FirstUse);
    let to = vec![(bob.id().to_owned(), Rights::Read)];
    let shared = of(&read(doctor).await?, What::Share { to });
    doctor.session.apply(actor, vec![shared], &Accept::Nobody, &control()).await?;
    assert_eq!(bob.comment(id).await?, "by Alice");
    let delegated = Query { delegated: true, ..Query::default() };
    assert_eq!(doctor.session.list(actor, delegated, &control()).await?.found.len(), 1);
    assert_eq!(alice.session.entity_access(Actor::Person, id, None, &control()).await?.0.len(), 3);
    let from = vec![clinic.clone()];
    alice.apply(of(&alice.read(id).await?, What::Unshare { from, keep_descendants: false })).await?;
    assert_eq!(code(read(doctor).await), "not_found");
    assert_eq!(code(bob.read(id).await), "not_found");
    Ok(())
}

#[tokio::test]
async fn share_codes_are_replaced_with_the_root() {
    let harbour = Harbour::new().await;
    let Harbour { world, doctor, sven, clinic, code: first, .. } = &harbour;
    let expires = Some(doctor.session.platform().now() + 1_000_000_000);
    let new = NewCode { label: Some("letters".to_owned()), expires, uses: Some(3), replaces: None };
    let letters = doctor.session.create_share_code(clinic, new, &control()).await.unwrap();
    let gone = doctor.session.create_share_code(clinic, NewCode::default(), &control()).await.unwrap();
    doctor.session.disable_share_code(clinic, &gone.code, &control()).await.unwrap();
    let carol = Person::patient(world, "Carol").await;
    carol.invite(&letters.code).await.unwrap();

    // The line breaks between the new root and the new codes.
    doctor.network.sever("/share_codes");
    doctor.session.remove_member(clinic, sven.id(), &control()).await.unwrap();
    assert_eq!(harbour.versions().await, (2, 2));
    doctor.network.honest();
    let dan = Person::patient(world, "Dan").await;
    for old in [first, &letters.code, &gone.code] {
        let error = dan.look_up(old).await.unwrap_err();
        assert_eq!(*error, tidelock::Error::CodeEnded { how: "replaced" });
    }
    doctor.session.list_clinics(&control()).await.unwrap();
    let listed = doctor.session.list_share_codes(clinic, &control()).await.unwrap();
    assert_eq!(listed.len(), 5);
    let active: Vec<_> = listed.iter().filter(|code| code.state == CodeState::Active).collect();
    assert_eq!(active.len(), 2);
    for old in [first, &letters.code, &gone.code] {
        let old = listed.iter().find(|code| code.published.code == *old).unwrap();
        assert_eq!(old.state, CodeState::Disabled);
    }
    let renewed = active.iter().find(|code| code.label.is_some()).unwrap();
    assert_eq!(renewed.label.as_deref(), Some("letters"));
    assert_eq!((renewed.uses, renewed.used, Some(renewed.published.expires)), (Some(2), 0, expires));
    for new in &active {
        assert_eq!(dan.look_up(&new.published.code).await.unwrap().id(), clinic);
        dan.session.look_up_link(&new.published.link, &control()).await.unwrap();
    }
    doctor.session.list_clinics(&control()).await.unwrap();
    assert_eq!(doctor.session.list_share_codes(clinic, &control()).await.unwrap().len(), 5, "once");
    let shown = doctor.session.share_code(clinic, &control()).await.unwrap().code;
    assert!(active.iter().any(|code| code.published.code == shown && code.uses.is_none()));
    // Who was invited with the old one is accepted, and her grant follows.
    carol.import(&["carol's"]).await.unwrap();
    assert_eq!(doctor.accept_all(clinic).await.unwrap(), 1);
    assert_eq!(doctor.values_of(carol.id(), clinic).await.unwrap(), ["carol's"]);
}

async fn send(by: &Person, clinic: &str, what: &str, body: &impl cbor::Encode) -> u16 {
    let token = by.session.platform().token().unwrap();
    let headers =
        vec![(tidelock::wire::SESSION_TOKEN, token), ("content-type", tidelock::wire::CONTENT_TYPE.to_owned())];
    let path = format!("/v1/tidelock/clinics/{clinic}/{what}");
    by.network.raw(&Request { method: Method::Put, path, headers, body: Some(cbor::encode(body)) }).await.status
}

#[tokio::test]
async fn the_platform_takes_one_successor_of_a_root_and_nothing_more_of_the_root_itself() {
    let harbour = Harbour::new().await;
    let Harbour { world, doctor, sven, clinic, .. } = &harbour;
    let (before, envelopes) = clinic_keys(doctor, clinic).await;
    let identity = doctor.session.identity();
    let alone = [Entrant { identity: identity.statement(), role: Role::Admin }];
    let compose = async |clinic: &Clinic| {
        let (after, envelopes) = clinic.change(ENGINE, identity, &envelopes, &alone, 1).await.unwrap();
        ClinicKeys { bundle: after.bundle(), envelopes, removed: List::default() }
    };
    let root = before.root_key(ENGINE, identity, &envelopes).await.unwrap();
    // An administrator who becomes a member under the same root.
    let members = before.roster().body().members.iter().map(|member| tidelock::keys::Member {
        role: if member.user == sven.id() { Role::Member } else { member.role },
        ..member.clone()
    });
    let roster =
        Roster { number: before.roster().body().number + 1, root: before.fingerprint(), members: members.collect() };
    let roster = Signed::sign(ENGINE, &root, roster).await.unwrap();
    let head = before.head().body().clone();
    let head = tidelock::keys::ClinicHead { number: head.number + 1, roster: roster.digest(), ..head };
    let head = Signed::sign(ENGINE, &root, head).await.unwrap();
    let bundle =
        ClinicBundle { roster: roster.bytes().to_vec().into(), head: head.bytes().to_vec().into(), ..before.bundle() };
    let path = format!("/v1/clinics/{clinic}/clinicians/{}", sven.id());
    let token = doctor.session.platform().token().unwrap();
    let role =
        Request { method: Method::Put, body: Some(br#"{"roles":["CLINIC_MEMBER"]}"#.to_vec()), ..get(&path, &token) };
    assert_eq!(doctor.network.raw(&role).await.status, 200);
    let mut kept = ClinicKeys { bundle, envelopes: Vec::new(), removed: List::default() };
    for person in [doctor, sven] {
        let own = clinic_keys(person, clinic).await.1;
        kept.envelopes.extend(own);
    }
    assert_eq!(send(doctor, clinic, "keys", &kept).await, 400);

    // A root that says it ends another head than the last.
    let mut older = before.clone();
    older.renew_head(ENGINE, &root, 2).await.unwrap();
    let mut removing = compose(&older).await;
    removing.removed.0.push(sven.id().to_owned());
    assert_eq!(send(doctor, clinic, "keys", &removing).await, 409);
    let mut removing = compose(&before).await;
    removing.removed.0.push(sven.id().to_owned());
    let other = compose(&before).await;
    let without =
        ClinicKeys { bundle: ClinicBundle { former: List::default(), ..removing.bundle.clone() }, ..removing.clone() };
    assert!(send(doctor, clinic, "keys", &without).await >= 400, "without the root before");
    assert_eq!(send(doctor, clinic, "keys", &removing).await, 200);
    assert_eq!(harbour.versions().await, (2, 2));

    assert_eq!(send(doctor, clinic, "keys", &other).await, 409, "a second successor");
    assert_eq!(send(doctor, clinic, "keys", &kept).await, 409, "a roster under the old root");
    let head = NewHead { head: head.bytes().to_vec().into() };
    assert!((400..500).contains(&send(doctor, clinic, "head", &head).await), "a head under the old root");
    assert_eq!(harbour.versions().await, (2, 2));
    // What the platform stores survives it.
    let world = world.restarted().await;
    let doctor = doctor.again(&world).await;
    assert_eq!(clinic_keys(&doctor, clinic).await.0.bundle(), removing.bundle);
    assert_eq!(harbour.read_by(&doctor).await.unwrap(), ["one", "three", "two"]);
}

#[tokio::test]
async fn a_code_counts_for_more_than_what_the_platform_said_first() {
    let harbour = Harbour::new().await;
    let Harbour { world, doctor, sven, clinic, .. } = &harbour;
    let hoard = harbour.hoard().await;
    doctor.session.remove_member(clinic, sven.id(), &control()).await.unwrap();
    let share_code = doctor.session.share_code(clinic, &control()).await.unwrap().code;
    let carol = Person::patient(world, "Carol").await;
    let fork = hoard.fork(sven).await;
    lie(&carol, clinic, move |served| served.bundle = fork.clone());
    carol.session.safety_number(clinic, &control()).await.unwrap();
    assert_eq!(harbour.known(&carol).await.verified, "firstUse");
    carol.network.honest();
    carol.invite(&share_code).await.unwrap();
    let (honest, _) = clinic_keys(doctor, clinic).await;
    let known = harbour.known(&carol).await;
    assert_eq!((known.fingerprint, known.verified), (honest.fingerprint(), "shareCode"));
    carol.import(&["carol's"]).await.unwrap();
    assert_eq!(doctor.accept_all(clinic).await.unwrap(), 1);
    assert_eq!(doctor.values_of(carol.id(), clinic).await.unwrap(), ["carol's"]);
}
