//! A platform that lies, and knows every share code. Every lie ends in an error, never in data.

use serde_json::{Value, json};
use tidelock::client::{Actor, Request, Response};
use tidelock::keys::{Clinic, Identity, IdentitySecrets, IdentityStatement};
use tidelock::records::{Capacity, Draft, History, Item, Revision, Scribe, WrapTo, Write};
use tidelock::share_code::{CodeContext, ShareCode};
use tidelock::sharing::{ChainName, Delegate, VaultLog};
use tidelock::signed::{Signed, Unverified};
use tidelock::wire::json::{from_base64url, to_base64url};
use tidelock::wire::{ClinicKeys, LogEntries, Statements, WritePage};
use tidelock::{Id, keys};
use tidelock_crypto::cbor;

use crate::world::{ALL, ENGINE, ORIGIN, Person, Shared, World, code, control, get, log_of, records, writes_of};

/// What the platform does to a log.
type LogLie = fn(&mut LogEntries);

/// What the platform does to a page of writes.
type PageLie = Box<dyn Fn(&mut WritePage)>;

fn is_look_up(request: &Request) -> bool {
    request.path.starts_with("/v1/clinics/share_code/")
}

/// Changes what the platform says of a clinic that is looked up.
fn lie_about_clinic(person: &Person, lie: impl Fn(&mut Value) + 'static) {
    person.network.tamper(move |request, response| {
        if is_look_up(request) {
            let mut found: Value = serde_json::from_slice(&response.body).unwrap();
            lie(&mut found);
            response.body = serde_json::to_vec(&found).unwrap();
        }
    });
}

async fn looked_up(person: &Person, share_code: &str) -> Value {
    let token = person.session.platform().token().unwrap();
    let served = person.network.raw(&get(&format!("/v1/clinics/share_code/{share_code}"), &token)).await;
    serde_json::from_slice(&served.body).unwrap()
}

/// Rewrites the body of an answer whose path has such a part.
fn rewrite<A>(person: &Person, part: &'static str, change: impl Fn(&mut A) + 'static)
where
    A: cbor::Encode + cbor::Decode,
{
    person.network.tamper(move |request, response| {
        if request.method.as_str() == "GET" && request.path.contains(part) && response.status == 200 {
            let mut body: A = cbor::decode(&response.body).unwrap();
            change(&mut body);
            response.body = cbor::encode(&body);
        }
    });
}

struct TwoClinics {
    world: World,
    alice: Person,
    mallory: Person,
    share_code: String,
    clinic: String,
    other_code: String,
}

impl TwoClinics {
    async fn new() -> Self {
        let world = World::new().await;
        let alice = Person::patient(&world, "Alice Appleseed").await;
        let doctor = Person::practitioner(&world, "Dora Doctor").await;
        let mallory = Person::practitioner(&world, "Mallory").await;
        let (clinic, share_code) = doctor.clinic("Harbour Clinic").await;
        let (_, other_code) = mallory.clinic("Harbour Clinic").await;
        Self { world, alice, mallory, share_code, clinic, other_code }
    }
}

#[tokio::test]
async fn a_clinics_keys_that_are_replaced_withheld_or_mixed_are_refused() {
    let TwoClinics { alice, mallory, share_code, clinic, other_code, .. } = TwoClinics::new().await;
    let other = looked_up(&mallory, &other_code).await;

    for member in ["root", "statement", "roster", "head", "nonce"] {
        let theirs = other["tidelock"][member].clone();
        lie_about_clinic(&alice, move |found| found["tidelock"][member] = theirs.clone());
        assert_eq!(code(alice.look_up(&share_code).await), "clinic_not_verified", "another clinic's {member}");
        lie_about_clinic(&alice, move |found| {
            found["tidelock"].as_object_mut().unwrap().remove(member);
        });
        assert_eq!(code(alice.look_up(&share_code).await), "clinic_not_verified", "no {member}");
        lie_about_clinic(&alice, move |found| {
            let mut bytes = from_base64url(found["tidelock"][member].as_str().unwrap()).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            found["tidelock"][member] = to_base64url(&bytes).into();
        });
        assert_eq!(code(alice.look_up(&share_code).await), "clinic_not_verified", "an altered {member}");
    }
    lie_about_clinic(&alice, |found| {
        found.as_object_mut().unwrap().remove("tidelock");
    });
    assert_eq!(code(alice.look_up(&share_code).await), "clinic_not_verified", "a downgrade to plain Tidepool");
    lie_about_clinic(&alice, |found| found["tidelock"]["expires"] = (u64::MAX / 2).into());
    assert_eq!(code(alice.look_up(&share_code).await), "clinic_not_verified", "the expiry is certified, too");
    let theirs = other.clone();
    lie_about_clinic(&alice, move |found| *found = theirs.clone());
    assert_eq!(code(alice.look_up(&share_code).await), "clinic_not_verified", "another clinic altogether");

    // The platform founds the clinic anew with keys of its own, and makes the nonce up as well.
    let impostor = mallory.session.identity().clone();
    let now = 1_780_000_000_000;
    let (forged, _) = Clinic::found(ENGINE, &clinic, ORIGIN, "Harbour Clinic", &impostor, now).await.unwrap();
    let bundle = forged.bundle();
    lie_about_clinic(&alice, move |found| {
        for (member, bytes) in [
            ("root", &bundle.root),
            ("statement", &bundle.statement),
            ("roster", &bundle.roster),
            ("head", &bundle.head),
        ] {
            found["tidelock"][member] = to_base64url(bytes).into();
        }
        found["tidelock"]["nonce"] = to_base64url(&[7; 16]).into();
    });
    assert_eq!(code(alice.look_up(&share_code).await), "clinic_not_verified", "keys and a nonce of its own");

    alice.network.honest();
    assert_eq!(alice.look_up(&share_code).await.unwrap().name(), "Harbour Clinic");
}

#[tokio::test]
async fn a_clinic_that_was_not_heard_of_for_a_month_is_stale_and_an_old_code_expires() {
    let TwoClinics { world, alice, share_code, .. } = TwoClinics::new().await;
    world.advance(29);
    let alice = alice.again(&world).await;
    alice.look_up(&share_code).await.unwrap();
    world.advance(4);
    let alice = alice.again(&world).await;
    assert_eq!(code(alice.look_up(&share_code).await), "clinic_stale");
    world.advance(365);
    let alice = alice.again(&world).await;
    assert!(matches!(code(alice.look_up(&share_code).await), "expired" | "share_code_not_found"));
}

#[tokio::test]
async fn a_clinic_that_was_pinned_cannot_be_replaced_or_rolled_back() {
    let shared = Shared::new().await;
    let Shared { world, alice, doctor, clinic, code: share_code } = &shared;
    let token = alice.session.platform().token().unwrap();
    let old = alice.network.raw(&get(&format!("/v1/tidelock/clinics/{clinic}/keys"), &token)).await;

    // The administrator signs in two days later: her client renews the head, and Alice's client sees the new one.
    world.advance(2);
    let doctor = doctor.again(world).await;
    doctor.session.list_clinics(&control()).await.unwrap();
    let alice = alice.again(world).await;
    alice.look_up(share_code).await.unwrap();
    lie_about_clinic(&alice, move |found| {
        let old: ClinicKeys = cbor::decode(&old.body).unwrap();
        found["tidelock"]["head"] = to_base64url(&old.bundle.head).into();
    });
    assert_eq!(code(alice.look_up(share_code).await), "tampered", "an outdated head");

    let impostor = doctor.session.identity().clone();
    let (forged, _) = Clinic::found(ENGINE, clinic, ORIGIN, "Harbour Clinic", &impostor, 0).await.unwrap();
    let bundle = forged.bundle();
    rewrite(&alice, "/writes", move |page: &mut WritePage| {
        page.clinics.0.iter_mut().for_each(|served| served.bundle = bundle.clone());
    });
    shared
        .doctor
        .session
        .write_records(Some(alice.id()), Actor::Clinic(clinic), "DataSample", records(&["x"]), &control())
        .await
        .unwrap_err();
    let doctor_wrote = doctor
        .session
        .write_records(Some(alice.id()), Actor::Clinic(clinic), "DataSample", records(&["x"]), &control())
        .await;
    assert_eq!(doctor_wrote.unwrap().created, 1);
    assert_eq!(code(alice.own_values().await), "identity_changed", "another root for a pinned clinic");
}

#[tokio::test]
async fn a_patients_identity_is_pinned_when_she_is_accepted() {
    let shared = Shared::new().await;
    let impostor = IdentitySecrets::generate().unwrap();
    let owner = shared.alice.id();
    let backup = *impostor_public(&impostor).await.agreement().public();
    let forged = impostor.found(ENGINE, owner, keys::DataOwnerKind::Patient, ORIGIN, backup, 0).await.unwrap();
    let forged = forged.statement().bytes().to_vec();
    rewrite(&shared.doctor, "/identities/", move |statements: &mut Statements| {
        statements.statements = vec![forged.clone().into()];
    });
    assert_eq!(code(shared.doctor_reads().await), "identity_changed");
    shared.doctor.network.honest();
    assert_eq!(shared.doctor_reads().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_patient_whose_details_do_not_open_spoils_no_list() {
    let world = World::new().await;
    let (alice, mallory) = (Person::patient(&world, "Alice").await, Person::patient(&world, "Mallory").await);
    let doctor = Person::practitioner(&world, "Doctor").await;
    let (clinic, share_code) = doctor.clinic("Clinic").await;
    alice.invite(&share_code).await.unwrap();
    mallory.invite(&share_code).await.unwrap();
    let spoil = |spoilt: String| {
        move |_: &Request, response: &mut Response| {
            let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else { return };
            let listed = match body.get_mut("data") {
                Some(data) => data,
                None => &mut body,
            };
            for entry in listed.as_array_mut().into_iter().flatten() {
                if [entry.get("creatorId"), entry.get("id")].contains(&Some(&Value::from(spoilt.as_str()))) {
                    entry["tidelock"] = json!({ "details": "AAAA" });
                }
            }
            response.body = serde_json::to_vec(&body).unwrap();
        }
    };
    doctor.network.tamper(spoil(mallory.id().to_owned()));
    let listed = doctor.session.list_invitations(&clinic, &control()).await.unwrap();
    let of = |id: &str| listed.iter().find(|listed| listed.patient == id).unwrap();
    assert_eq!((of(alice.id()).full_name.as_str(), of(alice.id()).problem.as_deref()), ("Alice", None));
    assert_eq!(of(mallory.id()).problem.as_deref().map(tidelock::Error::code), Some("tampered"));
    let accepted = doctor.session.accept_invitation(&clinic, &of(mallory.id()).key, &control()).await;
    assert_eq!(code(accepted), "tampered");
    doctor.session.accept_invitation(&clinic, &of(alice.id()).key, &control()).await.unwrap();

    doctor.network.honest();
    assert_eq!(doctor.accept_all(&clinic).await.unwrap(), 1);
    doctor.network.tamper(spoil(alice.id().to_owned()));
    let patients = doctor.session.list_patients(&clinic, &control()).await.unwrap();
    assert_eq!(patients.len(), 2);
    let alice = patients.iter().find(|patient| patient.id == alice.id()).unwrap();
    // The name under which she was accepted.
    assert_eq!(alice.full_name, "Alice");
    assert_eq!(alice.problem.as_deref().map(tidelock::Error::code), Some("tampered"));
}

async fn impostor_public(secrets: &IdentitySecrets) -> Identity {
    let key = tidelock_crypto::software::generate_private_key().unwrap();
    let public = *ENGINE.import_agreement_key(&key).await.unwrap().public();
    secrets.found(ENGINE, "nobody", keys::DataOwnerKind::Patient, ORIGIN, public, 0).await.unwrap()
}

#[tokio::test]
async fn a_log_that_is_altered_reordered_shortened_or_extended_is_refused() {
    let shared = Shared::new().await;
    shared.doctor_reads().await.unwrap();
    let lies: [(&str, LogLie); 5] = [
        ("a grant altered", |log| {
            let last = log.entries.len() - 1;
            let mut bytes = log.entries[last].to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            log.entries[last] = bytes.into();
        }),
        ("entries in another order", |log| log.entries.swap(0, 1)),
        ("the grant omitted", |log| drop(log.entries.pop())),
        ("an entry in the middle omitted", |log| drop(log.entries.remove(1))),
        ("an entry twice", |log| log.entries.push(log.entries[3].clone())),
    ];
    for (what, lie) in lies {
        rewrite(&shared.doctor, "/log?", lie);
        assert_eq!(code(shared.doctor_reads().await), "tampered", "{what}");
        let alice = shared.alice.again(&shared.world).await;
        rewrite(&alice, "/log?", lie);
        assert_eq!(code(alice.own_values().await), "tampered", "{what}, shown to the owner");
    }
    shared.doctor.network.honest();
    assert_eq!(shared.doctor_reads().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_grant_that_the_owner_never_signed_gives_nothing() {
    let shared = Shared::new().await;
    let mallory = Person::practitioner(&shared.world, "Mallory").await;
    // Mallory signs a grant to herself, as the next entry of Alice's log.
    let mut log = log_of(&shared.alice, &shared.alice).await;
    let delegate = Delegate::from(mallory.session.identity().statement());
    log.grant(ENGINE, mallory.session.identity().signing(), &delegate, ALL, &[], 0).await.unwrap();
    let forged = log.entries_after(log.number() - 1).next().unwrap().to_vec();
    rewrite(&shared.doctor, "/log?", move |log: &mut LogEntries| log.entries.push(forged.clone().into()));
    assert_eq!(code(shared.doctor_reads().await), "tampered");
}

#[tokio::test]
async fn a_log_that_was_forked_is_noticed_by_whoever_has_seen_the_other_branch() {
    let shared = Shared::new().await;
    // An owner whose device was restored from an old image signs a second entry with a number that is taken.
    let mut branch = VaultLog::new(shared.alice.session.identity().statement().clone());
    let log = log_of(&shared.alice, &shared.alice).await;
    for entry in log.entries_after(0).take(3) {
        branch.append(ENGINE, entry).await.unwrap();
    }
    let clinic_keys = branch.open_as_owner(ENGINE, shared.alice.session.identity().agreement()).await.unwrap();
    let doctor = Delegate::from(shared.doctor.session.identity().statement());
    let data: Vec<_> =
        clinic_keys.into_iter().filter(|key| key.name().compartment == keys::Compartment::Data).collect();
    let signing = shared.alice.session.identity().signing();
    branch.grant(ENGINE, signing, &doctor, ALL, &data, 0).await.unwrap();
    let forked: Vec<Vec<u8>> = branch.entries_after(0).map(<[u8]>::to_vec).collect();

    shared.doctor_reads().await.unwrap();
    rewrite(&shared.doctor, "/log?", move |log: &mut LogEntries| {
        log.entries = forked.iter().map(|entry| entry.clone().into()).collect();
    });
    assert_eq!(code(shared.doctor_reads().await), "tampered");
}

#[tokio::test]
async fn writes_that_are_swapped_replayed_reordered_or_withheld_are_refused() {
    let shared = Shared::new().await;
    shared.alice.import(&["later one", "later two"]).await.unwrap();
    assert_eq!(shared.doctor_reads().await.unwrap().len(), 5);
    let bob = Person::patient(&shared.world, "Bob").await;
    bob.import(&["bob's"]).await.unwrap();
    let foreign = writes_of(&bob, bob.id()).await;

    let lies: Vec<(&str, PageLie)> = vec![
        (
            "ciphertexts swapped between entities",
            Box::new(|page: &mut WritePage| {
                let items = &mut page.writes[1].write.items;
                let first = items[0].sealed.clone();
                items[0].sealed = std::mem::replace(&mut items[1].sealed, first);
            }),
        ),
        ("entities swapped whole", Box::new(|page: &mut WritePage| page.writes[1].write.items.swap(0, 1))),
        ("an entity left out", Box::new(|page: &mut WritePage| drop(page.writes[1].write.items.pop()))),
        (
            "one bit of a ciphertext",
            Box::new(|page: &mut WritePage| {
                let item: &mut Item = &mut page.writes[1].write.items[0];
                let mut bytes = item.sealed.as_ref().unwrap().to_vec();
                bytes[20] ^= 1;
                item.sealed = Some(bytes.into());
            }),
        ),
        (
            "the batch of another write",
            Box::new(|page: &mut WritePage| {
                page.writes[1].write.batch = page.writes[2].write.batch.clone();
            }),
        ),
        (
            "a manifest replayed",
            Box::new(|page: &mut WritePage| {
                let mut again = page.writes[1].clone();
                again.cursor = 99;
                page.writes.push(again);
            }),
        ),
        (
            "writes in another order",
            Box::new(|page: &mut WritePage| {
                let first = page.writes[1].write.clone();
                page.writes[1].write = std::mem::replace(&mut page.writes[2].write, first);
            }),
        ),
        ("the newest write withheld", Box::new(|page: &mut WritePage| drop(page.writes.pop()))),
        ("a write in the middle withheld", Box::new(|page: &mut WritePage| drop(page.writes.remove(1)))),
        (
            "a write of another vault",
            Box::new(move |page: &mut WritePage| {
                page.writes[1].write = foreign.writes[1].write.clone();
            }),
        ),
    ];
    for (what, lie) in lies {
        rewrite(&shared.doctor, "/writes?", lie);
        assert_eq!(code(shared.doctor_reads().await), "tampered", "{what}");
    }
    shared.doctor.network.honest();
    assert_eq!(shared.doctor_reads().await.unwrap().len(), 5);
}

/// What a member of a clinic writes when he bypasses his own client and the platform lets him.
async fn forge(shared: &Shared, log: &VaultLog, history: &[Write]) -> Write {
    let body = b"{\"comment\":\"forged\"}".to_vec();
    let draft = Draft::record(Id::random().unwrap(), "DataSample", body, Vec::new(), None).unwrap();
    forge_draft(shared, log, history, draft).await
}

async fn forge_draft(shared: &Shared, log: &VaultLog, history: &[Write], draft: Draft) -> Write {
    let token = shared.doctor.session.platform().token().unwrap();
    let served = shared.doctor.network.raw(&get(&format!("/v1/tidelock/clinics/{}/keys", shared.clinic), &token)).await;
    let keys: ClinicKeys = cbor::decode(&served.body).unwrap();
    let clinic = Clinic::open(ENGINE, &keys.bundle, &shared.clinic, ORIGIN).await.unwrap();
    let identity = shared.doctor.session.identity();
    let private = clinic.agreement_key(ENGINE, identity, &keys.envelopes).await.unwrap();
    let vault_keys = log.open_as_delegate(ENGINE, &Delegate::from(&clinic), &private).await.unwrap();
    let key = vault_keys.iter().find(|key| key.name().compartment == keys::Compartment::Data).unwrap();
    let mut own = tidelock_crypto::merkle::Frontier::new();
    for write in history {
        let manifest = Unverified::<tidelock::records::Manifest>::decode(&write.manifest).unwrap();
        if manifest.claims().chain() == chain(shared) {
            own.push(tidelock_crypto::merkle::leaf_hash(manifest.payload()));
        }
    }
    let capacity = Capacity { clinic: shared.clinic.clone(), root: clinic.fingerprint(), head: clinic.head().digest() };
    let scribe = Scribe { identity, capacity: Some(&capacity), size: own.size(), root: own.root() };
    scribe.write(ENGINE, log, Some(WrapTo::VaultKey(key)), vec![draft], 0).await.unwrap()
}

fn chain(shared: &Shared) -> ChainName {
    ChainName { author: shared.doctor.id().to_owned(), capacity: shared.clinic.clone() }
}

#[tokio::test]
async fn a_revoked_clinics_later_or_backdated_write_is_refused_by_every_reader() {
    let shared = Shared::new().await;
    let before = log_of(&shared.alice, &shared.alice).await;
    let stands = shared
        .doctor
        .session
        .write_records(
            Some(shared.alice.id()),
            Actor::Clinic(&shared.clinic),
            "DataSample",
            records(&["stands"]),
            &control(),
        )
        .await;
    assert_eq!(stands.unwrap().created, 1);
    let history: Vec<Write> =
        writes_of(&shared.alice, shared.alice.id()).await.writes.into_iter().map(|stored| stored.write).collect();
    // Written under the log as it was before the revocation: a write that claims to be old.
    let backdated = forge(&shared, &before, &history).await;

    shared.alice.session.revoke(&shared.clinic, &control()).await.unwrap();
    assert_eq!(shared.alice.own_values().await.unwrap(), ["one", "stands", "three", "two"]);

    // The platform takes it in all the same, and serves it.
    let cursor = history.len() as u64 + 1;
    let served = backdated.clone();
    rewrite(&shared.alice, "/writes?", move |page: &mut WritePage| {
        page.writes.push(tidelock::wire::StoredWrite { cursor, write: served.clone(), added: Default::default() });
    });
    assert_eq!(code(shared.alice.own_values().await), "tampered", "a back-dated write");
    shared.alice.network.honest();
    assert_eq!(shared.alice.own_values().await.unwrap().len(), 4);

    // And one that does not hide when it was written.
    let after = log_of(&shared.alice, &shared.alice).await;
    let statement = shared.doctor.session.identity().statement();
    let later = relabelled(&backdated, &after, shared.doctor.session.identity()).await;
    let mut reader = History::new(Vec::new());
    let clinic_bundle = looked_up(&shared.alice, &shared.code).await;
    let clinic = opened(&clinic_bundle, &shared.clinic).await;
    let alice_statement = shared.alice.session.identity().statement();
    for write in &history {
        let by_alice = Unverified::<tidelock::records::Manifest>::decode(&write.manifest).unwrap();
        let author = if by_alice.claims().capacity.is_none() {
            tidelock::records::Author { statement: alice_statement, clinic: None }
        } else {
            tidelock::records::Author { statement, clinic: Some(&clinic) }
        };
        reader.accept(ENGINE, &after, author, write).await.unwrap();
    }
    let author = tidelock::records::Author { statement, clinic: Some(&clinic) };
    assert_eq!(code(reader.accept(ENGINE, &after, author, &later).await), "tampered", "a later write");
}

/// The same write under another log head, signed anew.
async fn relabelled(write: &Write, log: &VaultLog, identity: &Identity) -> Write {
    let manifest = Unverified::<tidelock::records::Manifest>::decode(&write.manifest).unwrap();
    let body =
        tidelock::records::Manifest { log_number: log.number(), log_head: log.head(), ..manifest.claims().clone() };
    let manifest = Signed::sign(ENGINE, identity.signing(), body).await.unwrap();
    Write { manifest: manifest.bytes().to_vec().into(), ..write.clone() }
}

async fn opened(found: &Value, clinic: &str) -> Clinic {
    let certified: tidelock::wire::json::CertifiedClinic = serde_json::from_value(found["tidelock"].clone()).unwrap();
    Clinic::open(ENGINE, &certified.bundle().unwrap(), clinic, ORIGIN).await.unwrap()
}

#[tokio::test]
async fn the_server_refuses_what_clients_would_refuse() {
    let shared = Shared::new().await;
    let before = log_of(&shared.alice, &shared.alice).await;
    let history: Vec<Write> =
        writes_of(&shared.alice, shared.alice.id()).await.writes.into_iter().map(|stored| stored.write).collect();
    let backdated = forge(&shared, &before, &history).await;
    shared.alice.session.revoke(&shared.clinic, &control()).await.unwrap();
    let token = shared.doctor.session.platform().token().unwrap();
    let request = Request {
        method: tidelock::client::Method::Post,
        path: format!("/v1/tidelock/vaults/{}/writes", shared.alice.id()),
        headers: vec![
            (tidelock::wire::SESSION_TOKEN, token),
            ("content-type", tidelock::wire::CONTENT_TYPE.to_owned()),
        ],
        body: Some(cbor::encode(&backdated)),
    };
    let answer: Response = shared.doctor.network.raw(&request).await;
    assert_eq!(answer.status, 404, "as if the vault did not exist");
}

#[tokio::test]
async fn nobody_turns_an_entity_into_another_type_under_its_owners_eyes() {
    let shared = Shared::new().await;
    let log = log_of(&shared.alice, &shared.alice).await;
    let served = writes_of(&shared.alice, shared.alice.id()).await.writes;
    let history: Vec<Write> = served.into_iter().map(|stored| stored.write).collect();
    let Revision { leaf, rev, .. } = history[1].parse().unwrap().revisions.into_iter().next().unwrap();
    let draft = Draft {
        replaces: Some((leaf.sequence, rev)),
        ..Draft::record(leaf.entity, "Patient", b"{}".to_vec(), Vec::new(), None).unwrap()
    };
    let forged = forge_draft(&shared, &log, &history, draft).await;

    let token = shared.doctor.session.platform().token().unwrap();
    let headers =
        vec![(tidelock::wire::SESSION_TOKEN, token), ("content-type", tidelock::wire::CONTENT_TYPE.to_owned())];
    let path = format!("/v1/tidelock/vaults/{}/writes", shared.alice.id());
    let method = tidelock::client::Method::Post;
    let request = Request { method, path, headers, body: Some(cbor::encode(&forged)) };
    assert_eq!(shared.doctor.network.raw(&request).await.status, 403, "the platform refuses it");

    let cursor = history.len() as u64 + 1;
    rewrite(&shared.alice, "/writes?", move |page: &mut WritePage| {
        page.writes.push(tidelock::wire::StoredWrite { cursor, write: forged.clone(), added: Default::default() });
    });
    assert_eq!(code(shared.alice.own_values().await), "tampered", "and so does every reader");
}

#[tokio::test]
async fn rights_are_taken_away_by_revoking_only() {
    let shared = Shared::new().await;
    let mut log = log_of(&shared.alice, &shared.alice).await;
    let found = looked_up(&shared.alice, &shared.code).await;
    let delegate = Delegate::from(&opened(&found, &shared.clinic).await);
    let less = tidelock::sharing::Permissions { upload: false, ..ALL };
    let signing = shared.alice.session.identity().signing();
    assert_eq!(code(log.grant(ENGINE, signing, &delegate, less, &[], 0).await), "tampered");
}

#[tokio::test]
async fn a_share_code_certifies_everything_it_is_bound_to() {
    let shared = Shared::new().await;
    let found = looked_up(&shared.alice, &shared.code).await;
    let clinic = opened(&found, &shared.clinic).await;
    let nonce: [u8; 16] = from_base64url(found["tidelock"]["nonce"].as_str().unwrap()).unwrap().try_into().unwrap();
    let context = CodeContext {
        platform: ORIGIN.to_owned(),
        clinic: shared.clinic.clone(),
        root_fingerprint: clinic.fingerprint(),
        expires: found["tidelock"]["expires"].as_u64().unwrap(),
    };
    let share_code = ShareCode::parse(&shared.code).unwrap();
    assert!(share_code.certifies(&context, &nonce).await.unwrap());
    let alice: &Signed<IdentityStatement> = shared.alice.session.identity().statement();
    for altered in [
        CodeContext { platform: "https://platform.test.evil".to_owned(), ..context.clone() },
        CodeContext { clinic: "000000000000000000000000".to_owned(), ..context.clone() },
        CodeContext { root_fingerprint: alice.digest(), ..context.clone() },
        CodeContext { expires: context.expires + 1, ..context.clone() },
    ] {
        assert!(!share_code.certifies(&altered, &nonce).await.unwrap(), "{altered:?}");
    }
}

#[tokio::test]
async fn an_identity_that_is_withheld_is_not_replaced() {
    let shared = Shared::new().await;
    let withhold = |network: &crate::world::Network| {
        network.tamper(|request, response| {
            if request.path.starts_with("/v1/tidelock/identities/") {
                response.status = 404;
            }
        });
    };
    for (device, expected) in
        [(shared.alice.device.clone(), "tampered"), (crate::world::Device::default(), "recovery_needed")]
    {
        let network = shared.world.network();
        withhold(&network);
        let outcome = Person::sign_in_over(network, &shared.alice.email, &device).await;
        assert_eq!(code(outcome.map(|_| ())), expected);
    }
    let alice = shared.alice.again(&shared.world).await;
    assert_eq!(alice.own_values().await.unwrap(), ["one", "three", "two"], "the keys are the same as before");
}
