//! How a clinic's people change: who has which of its keys, what earlier heads say, and the published vectors of it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use minicbor::bytes::ByteVec;
use serde_json::{Value, json};
use tidelock::keys::{
    Clinic, ClinicBundle, ClinicHead, ClinicRoot, ClinicStatement, DataOwnerKind, EnvelopePurpose, Identity,
    IdentitySecrets, IdentityStatement, MemberEnvelope, Person, Role, RootSuccession, Successions,
};
use tidelock::signed::{Signed, Unverified};
use tidelock_crypto::{AgreementKey, Digest, SecretKey, SigningKey, cbor, hpke, software};
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

    fn change(&self, by: &Identity, people: &[(&Identity, Role)], now: u64) -> Self {
        let people: Vec<Person<'_>> =
            people.iter().map(|(person, role)| Person { identity: person.statement(), role: *role }).collect();
        let changed = self.open();
        let changed = wait(changed.change(&ENGINE, by, &self.envelopes, &people, now)).unwrap();
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
        let joined = founded.change(&dora, &[(&dora, admin), (&nora, member), (&sven, admin)], NOW + 1);
        let left = joined.change(&sven, &[(&sven, admin), (&dora, admin)], NOW + 2);
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
    assert_eq!(text(forged), FOREIGN);
}

/// Founded by Dora, joined by Nora as a member and by Sven as an administrator; then Sven becomes a member, and goes.
struct Replaced {
    dora: Identity,
    nora: Identity,
    sven: Identity,
    times: Vec<Published>,
}

const FOREIGN: &str = "something under another clinic's root";
const NOT_THEN: &str = "a clinic head under a root that was not the clinic's then";
const NOT_IN_TURN: &str = "a clinic's roots that do not follow one another";

impl Replaced {
    fn tell() -> Self {
        let (dora, nora, sven) = (person("dora"), person("nora"), person("sven"));
        let (clinic, envelopes) = wait(Clinic::found(&ENGINE, CLINIC, PLATFORM, "Harbour Clinic", &dora, NOW)).unwrap();
        let founded = Published { bundle: clinic.bundle(), envelopes };
        let (admin, member) = (Role::Admin, Role::Member);
        let joined = founded.change(&dora, &[(&dora, admin), (&nora, admin), (&sven, admin)], NOW + 1);
        let became = joined.change(&dora, &[(&dora, admin), (&nora, admin), (&sven, member)], NOW + 2);
        let left = became.change(&dora, &[(&dora, admin), (&sven, member)], NOW + 3);
        let went = left.change(&dora, &[(&dora, admin)], NOW + 4);
        Self { dora, nora, sven, times: vec![founded, joined, became, left, went] }
    }

    fn root(&self, at: usize, of: &Identity) -> Result<SigningKey, &'static str> {
        let (clinic, envelopes) = (self.times[at].open(), &self.times[at].envelopes);
        wait(clinic.root_key(&ENGINE, of, envelopes)).map_err(|error| error.code())
    }
}

#[test]
fn whoever_was_an_administrator_does_not_have_the_next_root() {
    let story = Replaced::tell();
    let Replaced { dora, nora, sven, times } = &story;
    let versions = |published: &Published| {
        let clinic = published.open();
        let (head, roster) = (clinic.head().body().number, clinic.roster().body().number);
        (clinic.root().body().version, clinic.statement().body().version, roster, head)
    };
    let expected = [(1, 1, 1, 1), (1, 1, 2, 2), (2, 2, 3, 3), (3, 3, 4, 4), (3, 4, 5, 5)];
    assert_eq!(times.iter().map(versions).collect::<Vec<_>>(), expected);
    // Who became a member reads on, as a member; who went does not.
    assert_eq!(story.root(1, sven).map(drop), Ok(()));
    assert_eq!(story.root(2, sven).map(drop), Err("no_access"));
    assert_eq!(times.iter().map(|time| time.keys(dora)).collect::<Vec<_>>(), [1, 1, 2, 3, 4].map(Ok));
    assert_eq!(times[3].keys(sven), Ok(3));
    assert_eq!([times[3].keys(nora), times[4].keys(sven)], [Err("no_access"); 2]);
    for kept in &times[..3] {
        assert!(wait(times[3].open().root_key(&ENGINE, nora, &kept.envelopes)).is_err());
    }

    // What was seen before is what this one has become; of another that one accepted, it is not.
    let (first, now) = (times[0].open(), times[4].open());
    assert!(now.has_had(&first.fingerprint()) && !first.has_had(&now.fingerprint()));
    assert!(now.follows(&first.fingerprint(), 2) && !now.follows(&first.fingerprint(), 3));
    let mut successions = Successions::default();
    assert!(now.successions().all(|succession| successions.add_root(succession)));
    assert!(now.successions().all(|succession| successions.add_root(succession)), "as before");
    assert!(successions.lead(&first.fingerprint(), &now.fingerprint()));
    assert!(!successions.lead(&now.fingerprint(), &first.fingerprint()));
    let other = times[1].change(nora, &[(nora, Role::Admin)], NOW + 5).open();
    assert!(!other.follows(&times[2].open().fingerprint(), 3));
    assert!(!other.successions().all(|succession| successions.add_root(succession)), "two for one root");
}

#[test]
fn a_former_root_signs_nothing_any_more() {
    let story = Replaced::tell();
    let (times, now) = (&story.times, story.times[4].open());
    let rosters: Vec<_> = times.iter().map(|time| time.bundle.roster.clone()).collect();
    let under = |head: &[u8]| wait(now.under(&ENGINE, head, &rosters));
    for (at, root) in [1, 1, 2, 3].into_iter().enumerate() {
        let then = under(&times[at].bundle.head).unwrap().unwrap();
        assert_eq!((then.root().body().version, then.fingerprint()), (root, times[at].open().fingerprint()));
        assert_eq!(then.roster().digest(), times[at].open().roster().digest());
        assert_eq!(then.version_named(&now.statement().digest()), Some(4));
    }
    // Nora, who knows the first root and the second, goes on with both.
    let mut rewritten = Vec::new();
    for (at, key) in [(1, story.root(1, &story.nora)), (2, story.root(2, &story.nora))] {
        let mut clinic = times[at].open();
        wait(clinic.renew_head(&ENGINE, &key.unwrap(), NOW + 6)).unwrap();
        assert_eq!(text(under(clinic.head().bytes())), NOT_THEN, "at {at}");
        rewritten.push(clinic.bundle());
    }
    let open = |bundle: &ClinicBundle| text(wait(Clinic::open(&ENGINE, bundle, CLINIC, PLATFORM)));
    assert_eq!(open(&rewritten[0]), "accepted", "to whoever has not seen the next root");
    assert!(!wait(Clinic::open(&ENGINE, &rewritten[0], CLINIC, PLATFORM)).unwrap().has_had(&now.fingerprint()));
    let ClinicBundle { former, root, .. } = times[4].bundle.clone();
    let forged = ClinicBundle { former, root, ..rewritten[1].clone() };
    assert_eq!(open(&forged), "a signature, ciphertext or encoding does not verify");
    // A head of a number that an earlier root has signed already.
    let key = story.root(4, &story.dora).unwrap();
    let body = ClinicHead { number: 3, ..now.head().body().clone() };
    let head = wait(Signed::sign(&ENGINE, &key, body)).unwrap();
    assert_eq!(text(under(head.bytes())), NOT_THEN);
    let forged = ClinicBundle { head: head.bytes().to_vec().into(), ..times[4].bundle.clone() };
    assert_eq!(open(&forged), NOT_THEN);
}

#[test]
fn all_roots_are_served_and_in_order() {
    let story = Replaced::tell();
    let other = story.times[1].change(&story.nora, &[(&story.nora, Role::Admin)], NOW + 5).bundle;
    let open = |change: &dyn Fn(&mut ClinicBundle)| {
        let mut bundle = story.times[4].bundle.clone();
        change(&mut bundle);
        text(wait(Clinic::open(&ENGINE, &bundle, CLINIC, PLATFORM)))
    };
    assert_eq!(open(&|_| {}), "accepted");
    assert_eq!(open(&|bundle| bundle.earlier.0.clear()), "accepted", "with a share code, only the current one");
    assert_eq!(open(&|bundle| bundle.former.0.clear()), NOT_IN_TURN);
    assert_eq!(open(&|bundle| drop(bundle.former.0.remove(0))), NOT_IN_TURN);
    assert_eq!(open(&|bundle| drop(bundle.former.0.pop())), NOT_IN_TURN);
    let unverified = "a signature, ciphertext or encoding does not verify";
    assert_eq!(open(&|bundle| bundle.former.0.reverse()), NOT_IN_TURN);
    let succession = other.former[0].succession.clone();
    assert_eq!(open(&|bundle| bundle.former.0[0].succession = succession.clone()), NOT_IN_TURN, "of another root");
    let succession = story.times[4].bundle.former[1].succession.clone();
    assert_eq!(open(&|bundle| bundle.former.0[0].succession = succession.clone()), unverified);
    assert_eq!(open(&|bundle| bundle.former.0[1].root = other.root.clone()), unverified);
    // A succession that somebody else signs.
    let root = Unverified::<ClinicRoot>::decode(&story.times[4].bundle.root).unwrap().digest();
    let (before, clinic, platform) = (story.times[2].open().fingerprint(), CLINIC.to_owned(), PLATFORM.to_owned());
    let own = RootSuccession { clinic, platform, before, after: root, last_head: 3 };
    let signed = |body: RootSuccession, key: &SigningKey| -> ByteVec {
        wait(Signed::sign(&ENGINE, key, body)).unwrap().bytes().to_vec().into()
    };
    let (first, second) = (story.root(1, &story.sven).unwrap(), story.root(2, &story.dora).unwrap());
    for (body, key, expected) in [
        (own.clone(), &second, "accepted"),
        (own.clone(), &first, unverified),
        (RootSuccession { clinic: "another".to_owned(), ..own.clone() }, &second, NOT_IN_TURN),
        (RootSuccession { platform: "https://another".to_owned(), ..own.clone() }, &second, NOT_IN_TURN),
        (RootSuccession { before: root, ..own.clone() }, &second, NOT_IN_TURN),
        (RootSuccession { last_head: 2, ..own.clone() }, &second, NOT_IN_TURN),
        (RootSuccession { last_head: 4, ..own }, &second, NOT_IN_TURN),
    ] {
        let succession = signed(body.clone(), key);
        assert_eq!(open(&|bundle| bundle.former.0[1].succession = succession.clone()), expected, "{body:?}");
    }
}

#[test]
fn statements_are_served_all_and_in_order() {
    let Story { times, .. } = Story::tell();
    let third = {
        let Story { dora, sven, times, .. } = Story::tell();
        (times[2].change(&dora, &[(&dora, Role::Admin)], NOW + 3), sven)
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
    assert_eq!(open(&|bundle| bundle.earlier.0[0] = foreign.clone()), FOREIGN);
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn described(people: [&Identity; 3], times: &[Published]) -> Value {
    let people: Vec<Value> = people
        .into_iter()
        .map(|person| {
            let scalars = Scalars::of(person.owner());
            json!({ "statement": hex(person.statement().bytes()), "agreement": hex(scalars.agreement.expose()) })
        })
        .collect();
    let times: Vec<Value> = times
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
        let Story { dora, nora, sven, times } = Story::tell();
        let mut file = described([&dora, &nora, &sven], &times);
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

/// What follows from the vectors of replaced roots by the formulas of the protocol.
fn computed_of_roots(file: &Value) -> Value {
    let dora = published_person(&file["people"][0]);
    let times: Vec<Published> = file["times"].as_array().unwrap().iter().map(published).collect();
    let now = times[4].open();
    let successions: Vec<Value> = now
        .successions()
        .map(|succession| {
            let RootSuccession { before, after, last_head, .. } = succession.body();
            json!({
                "digest": hex(succession.digest().as_bytes()),
                "before": hex(before.as_bytes()),
                "after": hex(after.as_bytes()),
                "last_head": last_head,
            })
        })
        .collect();
    let keys = wait(now.agreement_keys(&ENGINE, &dora, &times[4].envelopes)).unwrap();
    let statement = |(statement, _): &(&Signed<ClinicStatement>, AgreementKey)| {
        let body = statement.body();
        let info = tidelock::signed::labelled("previous clinic key", &(body.root, body.version));
        json!({ "root": hex(body.root.as_bytes()), "agreement": hex(cbor::encode(&body.agreement)), "previous_info": hex(info) })
    };
    json!({
        "roots": times.iter().map(|time| hex(time.open().fingerprint().as_bytes())).collect::<Vec<_>>(),
        "successions": successions,
        "statements": keys.iter().map(statement).collect::<Vec<_>>(),
        "root_key": hex(cbor::encode(wait(now.root_key(&ENGINE, &dora, &times[4].envelopes)).unwrap().public())),
    })
}

#[test]
fn the_published_roots_open_and_are_what_the_formulas_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/clinic-roots.json");
    if std::env::var_os("TIDELOCK_WRITE_VECTORS").is_some() {
        let Replaced { dora, nora, sven, times } = Replaced::tell();
        let mut file = described([&dora, &nora, &sven], &times);
        file["computed"] = computed_of_roots(&file);
        std::fs::write(path, serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
    }
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(file["computed"], computed_of_roots(&file));
    let times: Vec<Published> = file["times"].as_array().unwrap().iter().map(published).collect();
    for (time, described) in times.iter().zip(file["times"].as_array().unwrap()) {
        assert_eq!(hex(cbor::encode(&time.open().bundle())), described["bundle"].as_str().unwrap());
    }
    println!("clinic roots: {} vectors, software", times.len());
}
