//! The table of authority, walked through: everybody, at every route, in every state. What has to be answered is in
//! `authority.json`; who is not named there is refused, and what he is refused looks as if it did not exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use common::people::{ENGINE, NOW, Owner, Practice, draft, drafts};
use common::world::{delegate, everything, wanted};
use common::{Answer, Person, Platform};
use serde_json::{Value, json};
use tidelock::Id;
use tidelock::keys::{Compartment, KeyName};
use tidelock::records::{Draft, attachment_root};
use tidelock::sharing::{GiveBack, Giving, Permissions, Returned, Rights};
use tidelock::wire::{
    AddedWraps, Bundle, ClinicKeys, EntitiesRequest, FinishedAttachment, ListRequest, LogEntries, NewAttachment,
    NewGiveBack, NewHead, NewIdentity, NewShareCode,
};
use tidelock_crypto::{Digest, cbor};
use tidelock_server::storage::clinics::{self, Member};
use tidelock_server::storage::{Database, accounts};

const VIEW: Permissions = Permissions { view: true, upload: false, note: false };
const UPLOAD: Permissions = Permissions { view: false, upload: true, note: false };

/// Whom and what a request names: the real ones, or ones that do not exist.
#[derive(Clone)]
struct Ids {
    owner: String,
    address: String,
    clinic: String,
    code: String,
    key: String,
    entities: Vec<Id>,
    attachment: Id,
}

impl Ids {
    fn absent(&self) -> Self {
        Self {
            owner: "00000000-0000-4000-8000-000000000000".to_owned(),
            address: "nobody@example.org".to_owned(),
            clinic: "0".repeat(24),
            key: "unknown".to_owned(),
            entities: self.entities.iter().map(|_| Id::random().unwrap()).collect(),
            attachment: Id::random().unwrap(),
            ..self.clone()
        }
    }

    fn fill(&self, path: &str) -> String {
        let Self { owner, address, clinic, code, key, attachment, .. } = self;
        let attachment = &attachment.to_string();
        let names = [
            ("{owner}", owner),
            ("{ownersAddress}", address),
            ("{clinic}", clinic),
            ("{code}", code),
            ("{key}", key),
            ("{attachment}", attachment),
        ];
        names.into_iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
    }
}

/// Somebody: his session, and the clinic in whose name he asks, if he asks in one's.
struct Party {
    name: &'static str,
    id: String,
    token: Option<String>,
    clinic: Option<String>,
}

struct World {
    platform: Platform,
    jill: Owner,
    bob: Owner,
    carol: Owner,
    clinic: Practice,
    uploader: Practice,
    invited: Practice,
    parties: Vec<Party>,
    ids: Ids,
    bodies: BTreeMap<&'static str, Vec<u8>>,
}

/// Helps to run a clinic, or did.
async fn member(platform: &Platform, clinic: &str, name: &str, still: bool) -> Person {
    let person = platform.person(name).await;
    let roles = vec![clinics::MEMBER.to_owned()];
    let (created, updated) = (platform.now(), platform.now());
    let member = Member { clinic: clinic.to_owned(), account: person.id.clone(), roles, created, updated };
    let database = Database::open(&platform.database()).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    clinics::insert_member(&mut transaction, &member).await.unwrap();
    transaction.commit().await.unwrap();
    let path = format!("/v1/clinics/{clinic}/clinicians");
    platform.get(&path, &person.token).await.expect(200);
    if !still {
        let mut transaction = database.write().await.unwrap();
        let remove = sqlx::query("DELETE FROM clinic_members WHERE clinic = $1 AND account = $2");
        remove.bind(clinic).bind(&person.id).execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }
    person
}

const CHUNK: &[u8] = b"a sealed chunk with its tag";

fn finished() -> FinishedAttachment {
    FinishedAttachment { chunks: 1, root: attachment_root(&[Digest::of(CHUNK)]) }
}

/// An attachment of one chunk beside the first entity.
async fn attach(platform: &Platform, jill: &Owner, ids: &Ids) {
    let new = NewAttachment { id: ids.attachment, entity: ids.entities[0] };
    let requests = [
        (Method::POST, "", cbor::encode(&new)),
        (Method::PUT, "/{attachment}/chunks/0", CHUNK.to_vec()),
        (Method::POST, "/{attachment}", cbor::encode(&finished())),
    ];
    for (method, path, body) in requests {
        let path = ids.fill(&["/v1/tidelock/vaults/{owner}/attachments", path].concat());
        platform.raw(method, &path, Some(&jill.person.token), body).await.expect(200);
    }
}

impl World {
    /// One entity of each of two epochs, the first delegated to Dave; nothing else is shared.
    async fn new() -> Self {
        let platform = Platform::new().await;
        let mut jill = Owner::new(&platform, "jill").await;
        let [bob, carol, dave] = [
            Owner::new(&platform, "bob").await,
            Owner::new(&platform, "carol").await,
            Owner::new(&platform, "dave").await,
        ];
        let clinic = Practice::of(&platform, "viewer").await;
        let uploader = Practice::of(&platform, "uploader").await;
        let invited = Practice::of(&platform, "invited").await;
        let (present, former) =
            (member(&platform, &clinic.id, "member", true).await, member(&platform, &clinic.id, "former", false).await);
        let (administrator, stranger) = (platform.person("administrator").await, platform.person("stranger").await);
        let database = Database::open(&platform.database()).await.unwrap();
        let mut transaction = database.write().await.unwrap();
        accounts::set_administrator(&mut transaction, &administrator.id, true).await.unwrap();
        transaction.commit().await.unwrap();

        let shared = Draft { added: vec![(delegate(&dave), Rights::Read)], ..draft(Id::random().unwrap(), None) };
        let first = shared.id;
        let write = jill.store(&platform, vec![shared]).await;
        let old = jill.keys[0].clone();
        let name = KeyName { compartment: Compartment::Data, epoch: 2, version: 1 };
        let new = jill.mint(&platform, name, None).await;
        jill.keys[0] = new.clone();
        let second = jill.store(&platform, drafts(1)).await.parse().unwrap().revisions[0].leaf.entity;
        jill.keys = vec![old, new];

        let party = |name, person: &Person, clinic: Option<&Practice>| Party {
            name,
            id: person.id.clone(),
            token: Some(person.token.clone()),
            clinic: clinic.map(|clinic| clinic.id.clone()),
        };
        let parties = vec![
            party("owner", &jill.person, None),
            party("grantee", &bob.person, None),
            party("epochGrantee", &carol.person, None),
            party("delegate", &dave.person, None),
            party("clinicAdmin", &clinic.admin.person, Some(&clinic)),
            party("clinicMember", &present, Some(&clinic)),
            party("formerMember", &former, None),
            party("uploaderAdmin", &uploader.admin.person, Some(&uploader)),
            party("invitedAdmin", &invited.admin.person, Some(&invited)),
            party("administrator", &administrator, None),
            party("stranger", &stranger, None),
            Party { name: "forged", id: String::new(), token: Some("forged".to_owned()), clinic: None },
            Party { name: "nobody", id: String::new(), token: None, clinic: None },
        ];
        let ids = Ids {
            owner: jill.person.id.clone(),
            address: jill.person.email.clone(),
            clinic: clinic.id.clone(),
            code: clinic.code.clone(),
            key: "unknown".to_owned(),
            entities: vec![first, second],
            attachment: Id::random().unwrap(),
        };
        attach(&platform, &jill, &ids).await;
        let bodies = Self::bodies(&jill, &bob, &carol, &clinic, cbor::encode(&write)).await;
        Self { platform, jill, bob, carol, clinic, uploader, invited, parties, ids, bodies }
    }

    /// What is sent: it changes nothing where it is let through.
    async fn bodies(
        jill: &Owner,
        bob: &Owner,
        carol: &Owner,
        clinic: &Practice,
        write: Vec<u8>,
    ) -> BTreeMap<&'static str, Vec<u8>> {
        // Given to an identity that is not hers.
        let giving = Giving { giver: &bob.identity, capacity: None, log: &jill.log, to: carol.identity.statement() };
        let given = GiveBack::seal(&ENGINE, giving, &Returned::default(), (1, 1), NOW).await.unwrap();
        let identity = |statement: &[u8], log| NewIdentity {
            statement: statement.to_vec().into(),
            backup: b"sealed backup".to_vec().into(),
            succession: None,
            log,
        };
        let log = jill.log.entries_after(0).map(|entry| entry.to_vec().into()).collect();
        let (_, next, _) = bob.next().await;
        let code = NewShareCode {
            code: "AAAA-AAAA-AAAA".to_owned(),
            nonce: [7; 16].into(),
            expires: NOW + 1_000_000,
            label: None,
            uses: None,
            replaces: None,
        };
        let (bundle, envelopes) = (clinic.clinic.bundle(), Vec::new());
        BTreeMap::from([
            ("identity", cbor::encode(&identity(jill.identity.statement().bytes(), log))),
            ("the next identity of another", cbor::encode(&identity(next.statement().bytes(), Vec::new()))),
            ("no entries", cbor::encode(&LogEntries { entries: Vec::new(), unwrapped: cbor::Flag(false) })),
            ("a write of the owner's", write),
            ("no wraps", cbor::encode(&AddedWraps { batches: Vec::new() })),
            ("what the grantee gives back", cbor::encode(&NewGiveBack { message: given.bytes().to_vec().into() })),
            ("head", cbor::encode(&NewHead { head: bundle.head.clone() })),
            ("keys", cbor::encode(&ClinicKeys { bundle, envelopes, removed: cbor::List::default() })),
            ("a forged code", cbor::encode(&code)),
        ])
    }

    fn body(&self, cell: &Value, party: &Party, ids: &Ids) -> Vec<u8> {
        let (clinic, theirs) = (party.clinic.clone(), Some(ids.clinic.clone()));
        match cell["cbor"].as_str() {
            None => cell.get("body").map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            Some("nothing") => cbor::encode(&wanted(&[])),
            Some("nothing, in the clinic's name") => cbor::encode(&EntitiesRequest { clinic: theirs, ..wanted(&[]) }),
            Some("the attachment") => cbor::encode(&NewAttachment { id: ids.attachment, entity: ids.entities[0] }),
            Some("a chunk") => CHUNK.to_vec(),
            Some("its end") => cbor::encode(&finished()),
            Some("two entities") => cbor::encode(&EntitiesRequest { clinic, ..wanted(&ids.entities) }),
            Some("two entities, in the clinic's name") => {
                cbor::encode(&EntitiesRequest { clinic: theirs, ..wanted(&ids.entities) })
            }
            Some("a list, in the clinic's name") => {
                cbor::encode(&ListRequest { clinic: theirs, ..everything(Some(&ids.owner)) })
            }
            Some("a list") => cbor::encode(&ListRequest { clinic, ..everything(Some(&ids.owner)) }),
            Some(name) => self.bodies.get(name).unwrap_or_else(|| panic!("{name}: there is no such body")).clone(),
        }
    }

    async fn ask(&self, cell: &Value, party: &Party, ids: &Ids) -> Answer {
        let (method, path) = cell["call"].as_str().unwrap().split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let body = self.body(cell, party, ids);
        self.platform
            .raw(
                method,
                &ids.fill(path).replace("{self}", if party.id.is_empty() { "nobody" } else { &party.id }),
                party.token.as_deref(),
                body,
            )
            .await
    }

    /// Goes through the whole table in one state; answers every cell that is not as it has to be.
    async fn walk(&self, table: &Value, state: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        for cell in table["cells"].as_array().unwrap() {
            if cell["in"].as_array().is_some_and(|states| !states.contains(&json!(state))) {
                continue;
            }
            let refusals = &table["refusals"][cell["scheme"].as_str().unwrap()];
            let asked =
                |party: &&Party| !cell["without"].as_array().is_some_and(|left| left.contains(&json!(party.name)));
            for party in self.parties.iter().filter(asked) {
                let what = format!("{} ({}), {state}, {}", cell["call"], cell["action"], party.name);
                let allowed = [state, "*"].into_iter().find_map(|state| cell["may"][state][party.name].as_u64());
                let unknown = refusals[party.name].as_u64();
                let refused = cell["refused"].as_u64().or(refusals["refused"].as_u64());
                let expected = unknown.or(allowed).or(cell["else"].as_u64()).or(refused).unwrap();
                let answer = self.ask(cell, party, &self.ids).await;
                let given = if unknown.is_some() { u64::from(answer.status.as_u16()) } else { shown(cell, &answer) };
                if given != expected {
                    wrong.push(format!("{what}: {given} instead of {expected}"));
                }
                if unknown.is_none() && allowed.is_none() && cell["else"].is_null() && cell["known"].is_null() {
                    let absent = self.ask(cell, party, &self.ids.absent()).await;
                    if (absent.status, absent.body) != (answer.status, answer.body) {
                        wrong.push(format!("{what}: not as if it did not exist"));
                    }
                }
            }
        }
        wrong
    }

    /// The clinics are invited, two of them by now.
    async fn invite(&mut self) {
        let answer = self.clinic.invite(&self.platform, &mut self.jill, VIEW).await.expect(200);
        self.ids.key = answer.json()["key"].as_str().unwrap().to_owned();
        self.invited.invite(&self.platform, &mut self.jill, VIEW).await.expect(200);
    }

    /// One of them accepts, another one is shared with at once, and so are two persons.
    async fn share(&mut self) {
        let path = self.ids.fill("/v1/clinics/{clinic}/invites/patients/{key}");
        let token = &self.clinic.admin.person.token;
        self.platform.put(&path, token, json!({})).await.expect(200);
        let keys = self.jill.keys.clone();
        self.jill.grant(&self.platform, &delegate(&self.bob), VIEW, &keys).await;
        self.jill.grant(&self.platform, &delegate(&self.carol), VIEW, &keys[..1]).await;
        self.uploader.share(&self.platform, &mut self.jill, UPLOAD).await;
    }

    async fn end(&mut self) {
        for clinic in [&self.clinic.id, &self.uploader.id] {
            let path = format!("/v1/clinics/{clinic}/patients/{}", self.ids.owner);
            self.platform.delete(&path, &self.jill.person.token).await.expect(204);
        }
        for from in [&self.bob.person.id, &self.carol.person.id, &self.clinic.id, &self.uploader.id] {
            self.jill.revoke(&self.platform, from, Vec::new()).await.expect(200);
        }
    }
}

/// The status, or how much of what a cell is about is in the answer.
fn shown(cell: &Value, answer: &Answer) -> u64 {
    let status = u64::from(answer.status.as_u16());
    match cell["shows"].as_str() {
        Some("entities") if status == 200 => {
            u64::try_from(cbor::decode::<Bundle>(&answer.body).unwrap().entities.len()).unwrap()
        }
        Some(member) if status == 200 => u64::from(answer.json().get(member).is_some()),
        _ => status,
    }
}

fn table() -> Value {
    serde_json::from_str(include_str!("authority.json")).unwrap()
}

#[tokio::test]
async fn everybody_at_every_route_in_every_state() {
    let table = table();
    let mut world = World::new().await;
    let mut wrong = world.walk(&table, "before").await;
    world.invite().await;
    // Those who are invited see nothing before they accept, whatever the patient has signed already.
    wrong.extend(world.walk(&table, "invited").await);
    world.share().await;
    wrong.extend(world.walk(&table, "sharing").await);
    world.end().await;
    wrong.extend(world.walk(&table, "ended").await);
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn every_refusal_is_in_the_audit_log() {
    let mut world = World::new().await;
    world.parties.retain(|party| party.name == "stranger");
    let refused = |audit: Vec<(String, String)>| audit.iter().filter(|(_, outcome)| outcome == "refused").count();
    let before = refused(world.platform.audit().await);
    let mut table = table();
    let cells = table["cells"].as_array_mut().unwrap();
    // Those in which a stranger is refused; each is asked for twice, once where nothing is.
    cells.retain(|cell| cell["else"].is_null() && cell["in"].is_null());
    let cells = cells.len();
    assert!(cells > 30);
    assert_eq!(world.walk(&table, "before").await, Vec::<String>::new());
    // An entity that does not exist is of nobody's vault: there is nothing to note.
    assert_eq!(refused(world.platform.audit().await) - before, 2 * cells - 1);
}

/// The table of the server has no line that is not walked through, and the data file none that the server does not have.
#[test]
fn the_table_is_complete() {
    let table = table();
    let named = |member: &str| table[member].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let (parties, mut states) = (named("parties"), named("states"));
    states.insert("*".to_owned());
    let mut walked = BTreeSet::new();
    for cell in table["cells"].as_array().unwrap() {
        walked.insert(cell["action"].as_str().unwrap().to_owned());
        assert!(
            cell["without"].as_array().into_iter().flatten().all(|party| parties.contains(party.as_str().unwrap()))
        );
        for (state, may) in cell["may"].as_object().into_iter().flatten() {
            assert!(states.contains(state), "{state} in {cell}");
            for party in may.as_object().unwrap().keys() {
                assert!(parties.contains(party), "{party} in {cell}");
            }
        }
    }
    walked.extend(named("elsewhere"));
    let source = include_str!("../src/authority.rs");
    let rules = source.split_once("const fn rule").unwrap().1.split_once("pub const fn name").unwrap().0;
    // The name of an action is the one kind of text there, and has a full stop.
    let actions: BTreeSet<_> =
        rules.split('"').filter(|text| text.contains('.') && !text.contains(' ')).map(str::to_owned).collect();
    assert!(actions.len() > 30);
    assert_eq!(actions, walked);
}
