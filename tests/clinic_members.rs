//! How a clinic's people change: who has which of its keys, what earlier heads say, and the published vectors of it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use serde_json::{Value, json};
use tidelock::keys::{
    Clinic, ClinicBundle, ClinicHead, DataOwnerKind, EnvelopePurpose, Identity, IdentitySecrets, IdentityStatement,
    MemberEnvelope, Person, Role,
};
use tidelock::signed::Unverified;
use tidelock_crypto::{Digest, SecretKey, cbor, hpke, software};
use world::{ENGINE, NOW, point, text, wait};

const PLATFORM: &str = "https://platform.example";
const CLINIC: &str = "5f9bb0b7a6b9b2a6b9b2a6b9";

/// The three private scalars of an identity.
struct Scalars {
    agreement: SecretKey,
    signing: SecretKey,
    rotation: SecretKey,
}

tidelock_crypto::cbor_map!(Scalars { 0: agreement, 1: signing, 2: rotation });

impl Scalars {
    fn of(owner: &str) -> Self {
        let scalar = |key: &str| {
            let seed = Digest::of_parts(&[b"tidelock clinic vector ", owner.as_bytes(), b" ", key.as_bytes()]);
            hpke::derive_key_pair(seed.as_bytes()).unwrap().0
        };
        Self { agreement: scalar("agreement"), signing: scalar("signing"), rotation: scalar("rotation") }
    }

    fn secrets(&self) -> IdentitySecrets {
        cbor::decode(&cbor::encode(self)).unwrap()
    }
}

fn person(owner: &str) -> Identity {
    let kind = DataOwnerKind::Practitioner;
    wait(Scalars::of(owner).secrets().found(&ENGINE, owner, kind, PLATFORM, point(), NOW)).unwrap()
}

/// A clinic as it is published at one time.
struct Published {
    bundle: ClinicBundle,
    envelopes: Vec<MemberEnvelope>,
}

impl Published {
    fn open(&self) -> Clinic {
        wait(Clinic::open(&ENGINE, &self.bundle, CLINIC, PLATFORM)).unwrap()
    }

    fn change(&self, by: &Identity, people: &[(&Identity, Role)], rekey: bool, now: u64) -> Self {
        let people: Vec<Person<'_>> =
            people.iter().map(|(person, role)| Person { identity: person.statement(), role: *role }).collect();
        let changed = self.open();
        let changed = wait(changed.change(&ENGINE, by, &self.envelopes, &people, rekey, now)).unwrap();
        Self { bundle: changed.0.bundle(), envelopes: changed.1 }
    }

    /// How many agreement keys somebody opens.
    fn keys(&self, of: &Identity) -> Result<usize, &'static str> {
        let clinic = self.open();
        let opened = wait(clinic.agreement_keys(&ENGINE, of, &self.envelopes));
        opened.map(|keys| keys.len()).map_err(|error| error.code())
    }
}

/// Founded by Dora, joined by Nora as a member and by Sven as an administrator; then Nora goes.
struct Story {
    dora: Identity,
    nora: Identity,
    sven: Identity,
    times: Vec<Published>,
}

impl Story {
    fn tell() -> Self {
        let (dora, nora, sven) = (person("dora"), person("nora"), person("sven"));
        let (clinic, envelopes) = wait(Clinic::found(&ENGINE, CLINIC, PLATFORM, "Harbour Clinic", &dora, NOW)).unwrap();
        let founded = Published { bundle: clinic.bundle(), envelopes };
        let (admin, member) = (Role::Admin, Role::Member);
        let joined = founded.change(&dora, &[(&dora, admin), (&nora, member), (&sven, admin)], false, NOW + 1);
        let left = joined.change(&sven, &[(&sven, admin), (&dora, admin)], true, NOW + 2);
        Self { dora, nora, sven, times: vec![founded, joined, left] }
    }
}

#[test]
fn whoever_has_the_newest_key_has_all_and_whoever_went_has_it_not() {
    let Story { dora, nora, sven, times } = Story::tell();
    let [founded, joined, left] = &times[..] else { panic!() };
    let counts = |of: &Identity| [founded, joined, left].map(|published| published.keys(of));
    assert_eq!(counts(&dora), [Ok(1), Ok(1), Ok(2)]);
    assert_eq!(counts(&nora), [Err("no_access"), Ok(1), Err("no_access")]);
    assert_eq!(counts(&sven), [Err("no_access"), Ok(1), Ok(2)]);
    let root = |published: &Published, of| {
        let clinic = published.open();
        wait(clinic.root_key(&ENGINE, of, &published.envelopes)).map(drop).map_err(|error| error.code())
    };
    assert_eq!(root(joined, &sven), Ok(()));
    assert_eq!(root(joined, &nora), Err("no_access"), "she is no administrator");
    assert_eq!(left.open().statement().body().version, 2);
    assert_eq!(joined.open().statement().digest(), founded.open().statement().digest());

    // With the envelopes that she kept she opens nothing of the new version.
    let clinic = left.open();
    let kept = wait(clinic.agreement_keys(&ENGINE, &nora, &joined.envelopes));
    assert_eq!(kept.err().map(|error| error.code()), Some("no_access"));
}

#[test]
fn an_earlier_head_says_who_was_there() {
    let Story { dora, nora, times, .. } = Story::tell();
    let now = times[2].open();
    let rosters = [times[1].bundle.roster.clone(), times[0].bundle.roster.clone()];
    let under = |at: usize, rosters: &[_]| wait(now.under(&ENGINE, &times[at].bundle.head, rosters));
    let then = under(1, &rosters).unwrap().unwrap();
    let is_member = |clinic: &Clinic, of: &Identity| clinic.member(of.owner(), &of.fingerprint()).is_some();
    assert!(is_member(&then, &nora) && !is_member(&now, &nora) && is_member(&now, &dora));
    assert_eq!((then.statement().body().version, then.head().body().number), (1, 2));
    assert_eq!(then.version_named(&now.statement().digest()), Some(2));
    let first = under(0, &rosters).unwrap().unwrap();
    assert!(!is_member(&first, &nora));
    assert!(under(1, &rosters[1..]).unwrap().is_none(), "its roster was not served");
    // The head of another clinic is none of this one's.
    let (other, _) = wait(Clinic::found(&ENGINE, CLINIC, PLATFORM, "Harbour Clinic", &nora, NOW)).unwrap();
    let forged = wait(now.under(&ENGINE, other.head().bytes(), &rosters));
    assert_eq!(text(forged), "a signature, ciphertext or encoding does not verify");
}

#[test]
fn statements_are_served_all_and_in_order() {
    let Story { times, .. } = Story::tell();
    let third = {
        let Story { dora, sven, times, .. } = Story::tell();
        (times[2].change(&dora, &[(&dora, Role::Admin)], true, NOW + 3), sven)
    };
    let open = |change: &dyn Fn(&mut ClinicBundle)| {
        let mut bundle = third.0.bundle.clone();
        change(&mut bundle);
        text(wait(Clinic::open(&ENGINE, &bundle, CLINIC, PLATFORM)))
    };
    let out_of_order = "a clinic's statements out of their order";
    assert_eq!(open(&|_| {}), "accepted");
    assert_eq!(open(&|bundle| bundle.earlier.0.clear()), "accepted", "with a share code, only the current one");
    assert_eq!(open(&|bundle| bundle.earlier.0.reverse()), out_of_order);
    assert_eq!(open(&|bundle| drop(bundle.earlier.0.remove(0))), out_of_order);
    assert_eq!(open(&|bundle| drop(bundle.earlier.0.pop())), out_of_order);
    let foreign = times[0].bundle.statement.clone();
    assert_eq!(
        open(&|bundle| bundle.earlier.0[0] = foreign.clone()),
        "a signature, ciphertext or encoding does not verify"
    );
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn described(story: &Story) -> Value {
    let people: Vec<Value> = [&story.dora, &story.nora, &story.sven]
        .into_iter()
        .map(|person| {
            let scalars = Scalars::of(person.owner());
            json!({ "statement": hex(person.statement().bytes()), "agreement": hex(scalars.agreement.expose()) })
        })
        .collect();
    let times: Vec<Value> = story
        .times
        .iter()
        .map(|published| {
            let envelopes: Vec<String> = published.envelopes.iter().map(|sealed| hex(cbor::encode(sealed))).collect();
            json!({ "bundle": hex(cbor::encode(&published.bundle)), "envelopes": envelopes })
        })
        .collect();
    json!({ "platform": PLATFORM, "clinic": CLINIC, "people": people, "times": times })
}

/// What follows from the rest of the file by the formulas of the protocol.
fn computed(file: &Value) -> Value {
    let people: Vec<Identity> = file["people"].as_array().unwrap().iter().map(published_person).collect();
    let times: Vec<Published> = file["times"].as_array().unwrap().iter().map(published).collect();
    let now = times[2].open();
    let (newest, before) = (now.statement(), times[1].open());
    let key = wait(now.agreement_keys(&ENGINE, &people[0], &times[2].envelopes)).unwrap();
    assert_eq!(*key[1].1.public(), before.statement().body().agreement);
    // By hand: the envelope, then what is sealed in the statement.
    let envelope = times[2].envelopes.iter().find(|envelope| {
        envelope.user == people[0].owner() && envelope.purpose == EnvelopePurpose::Agreement && envelope.version == 2
    });
    let labelled = |label: &str, place: &dyn cbor::Encode| tidelock::signed::labelled(label, place);
    let place = (now.fingerprint(), people[0].owner(), people[0].fingerprint(), EnvelopePurpose::Agreement, 2_u32);
    let info = labelled("clinic key", &place);
    let scalar = wait(hpke::open(&ENGINE, people[0].agreement(), &info, &[], &envelope.unwrap().sealed)).unwrap();
    let private = software::import_agreement_key(&SecretKey::from_slice(&scalar).unwrap()).unwrap();
    let previous_info = labelled("previous clinic key", &(now.fingerprint(), 2_u32));
    let sealed = newest.body().previous.clone().unwrap();
    let previous = wait(hpke::open(&ENGINE, &private, &previous_info, &[], &sealed)).unwrap();
    let head = Unverified::<ClinicHead>::decode(&times[1].bundle.head).unwrap();
    json!({
        "root": hex(now.fingerprint().as_bytes()),
        "agreement_keys": [hex(&*previous), hex(&*scalar)],
        "previous_info": hex(previous_info),
        "heads": times.iter().map(|time| hex(time.open().head().digest().as_bytes())).collect::<Vec<_>>(),
        "earlier_head": {
            "roster": hex(head.claims().roster.as_bytes()),
            "statement": hex(head.claims().statement.as_bytes()),
            "members": before.roster().body().members.iter().map(|member| member.user.clone()).collect::<Vec<_>>(),
        },
    })
}

fn published_person(described: &Value) -> Identity {
    let bytes = unhex(&described["statement"]);
    let owner = Unverified::<IdentityStatement>::decode(&bytes).unwrap().claims().owner.clone();
    let statement = wait(IdentityStatement::open(&ENGINE, &bytes, &owner, PLATFORM)).unwrap();
    let scalars = Scalars::of(&owner);
    assert_eq!(unhex(&described["agreement"]), scalars.agreement.expose());
    wait(scalars.secrets().restore(&ENGINE, statement)).unwrap()
}

fn published(described: &Value) -> Published {
    let envelopes = described["envelopes"].as_array().unwrap().iter();
    Published {
        bundle: cbor::decode(&unhex(&described["bundle"])).unwrap(),
        envelopes: envelopes.map(|envelope| cbor::decode(&unhex(envelope)).unwrap()).collect(),
    }
}

/// `TIDELOCK_WRITE_VECTORS=1 cargo test` makes the file anew.
#[test]
fn the_published_clinic_opens_and_is_what_the_formulas_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/clinic-members.json");
    if std::env::var_os("TIDELOCK_WRITE_VECTORS").is_some() {
        let mut file = described(&Story::tell());
        file["computed"] = computed(&file);
        std::fs::write(path, serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
    }
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(file["computed"], computed(&file));
    let times: Vec<Published> = file["times"].as_array().unwrap().iter().map(published).collect();
    for (time, described) in times.iter().zip(file["times"].as_array().unwrap()) {
        assert_eq!(hex(cbor::encode(&time.open().bundle())), described["bundle"].as_str().unwrap());
    }
    println!("clinic members: {} vectors, software", times.len());
}
