//! The table of authority, walked through: everybody who may have to do with a vault, at every route of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::Platform;
use common::people::{ENGINE, NOW, Owner, Practice, draft, drafts};
use common::world::{delegate, everything, wanted};
use tidelock::Id;
use tidelock::keys::{Compartment, KeyName};
use tidelock::records::Draft;
use tidelock::sharing::{GiveBack, Giving, Permissions, Returned, Rights};
use tidelock::wire::{AddedWraps, Bundle, EntitiesRequest, ListRequest, LogEntries, NewGiveBack};
use tidelock_crypto::cbor;
use tidelock_server::storage::{Database, accounts};

const VIEW: Permissions = Permissions { view: true, upload: false, note: false };
const UPLOAD: Permissions = Permissions { view: false, upload: true, note: false };

/// What somebody is answered at each route of a vault: statuses, and for entities how many there are.
async fn answers(
    platform: &Platform,
    vault: &Owner,
    entities: &[Id],
    bodies: &[Vec<u8>; 4],
    (token, clinic): (&str, Option<&str>),
) -> Vec<u16> {
    let mut answers = Vec::new();
    for path in ["log", "writes", "tips", "give_backs"] {
        answers.push(platform.get(&vault.path(path), token).await.status.as_u16());
    }
    for (path, body) in ["log", "wraps", "writes", "give_backs"].into_iter().zip(bodies) {
        let answer = platform.raw(Method::POST, &vault.path(path), Some(token), body.clone()).await;
        answers.push(answer.status.as_u16());
    }
    let clinic = clinic.map(str::to_owned);
    let list = ListRequest { clinic: clinic.clone(), ..everything(Some(vault.vault())) };
    let single = EntitiesRequest { clinic, ..wanted(entities) };
    for (path, body) in [("entities/list", cbor::encode(&list)), ("entities", cbor::encode(&single))] {
        let answer = platform.raw(Method::POST, &format!("/v1/tidelock/{path}"), Some(token), body).await;
        let served = cbor::decode::<Bundle>(&answer.body).map(|bundle| bundle.entities.len() as u16);
        answers.push(served.unwrap_or(answer.status.as_u16()));
    }
    answers
}

#[tokio::test]
async fn each_party_at_each_route() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let [bob, carol, dave] =
        [Owner::new(&platform, "bob").await, Owner::new(&platform, "carol").await, Owner::new(&platform, "dave").await];
    let (stranger, administrator) = (platform.person("stranger").await, platform.person("administrator").await);
    let viewers = Practice::of(&platform, "viewer").await;
    let uploaders = Practice::of(&platform, "uploader").await;
    let invited = Practice::of(&platform, "invited").await;

    // One entity of each of two epochs; the first is delegated to Dave.
    let shared = Draft { added: vec![(delegate(&dave), Rights::Read)], ..draft(Id::random().unwrap(), None) };
    let first = shared.id;
    let write = jill.store(&platform, vec![shared]).await;
    let old = jill.keys[0].clone();
    let name = KeyName { compartment: Compartment::Data, epoch: 2, version: 1 };
    let new = jill.mint(&platform, name, None).await;
    jill.keys[0] = new.clone();
    let second = jill.store(&platform, drafts(1)).await.parse().unwrap().revisions[0].leaf.entity;
    // Grants of both epochs, of the first, and of none; and one that nobody has accepted.
    jill.keys = vec![old.clone(), new.clone()];
    jill.grant(&platform, &delegate(&bob), VIEW, &[old.clone(), new.clone()]).await;
    jill.grant(&platform, &delegate(&carol), VIEW, &[old]).await;
    viewers.share(&platform, &mut jill, VIEW).await;
    uploaders.share(&platform, &mut jill, UPLOAD).await;
    invited.invite(&platform, &mut jill, VIEW).await.expect(200);
    let database = Database::open(&platform.database()).await.unwrap();
    let mut transaction = database.write().await.unwrap();
    accounts::set_administrator(&mut transaction, &administrator.id, true).await.unwrap();
    transaction.commit().await.unwrap();

    // A write that is there already, which others may not send as theirs; and what Bob gives to an identity that is not hers.
    let giving = Giving { giver: &bob.identity, capacity: None, log: &jill.log, to: carol.identity.statement() };
    let given = GiveBack::seal(&ENGINE, giving, &Returned::default(), (1, 1), NOW).await.unwrap();
    let bodies = [
        cbor::encode(&LogEntries { entries: Vec::new(), unwrapped: cbor::Flag(false) }),
        cbor::encode(&AddedWraps { batches: Vec::new() }),
        cbor::encode(&write),
        cbor::encode(&NewGiveBack { message: given.bytes().to_vec().into() }),
    ];
    let member = |practice: &Practice| (practice.admin.person.token.clone(), Some(practice.id.clone()));
    let person = |token: &String| (token.clone(), None);
    // Who; read log, writes, tips, what was given back; write log, wraps, writes, give back; entities of a list, of two by id.
    let table = [
        ("owner", person(&jill.person.token), [200, 200, 200, 200, 200, 200, 200, 404, 2, 2]),
        ("stranger", person(&stranger.token), [404, 404, 404, 404, 404, 404, 404, 404, 404, 0]),
        ("grantee of everything", person(&bob.person.token), [200, 200, 404, 404, 404, 200, 400, 409, 2, 2]),
        ("grantee of one epoch", person(&carol.person.token), [200, 404, 404, 404, 404, 404, 400, 400, 1, 1]),
        ("delegate", person(&dave.person.token), [200, 404, 404, 404, 404, 404, 400, 400, 1, 1]),
        ("clinic that views", member(&viewers), [200, 200, 404, 404, 404, 200, 400, 400, 2, 2]),
        ("clinic that uploads", member(&uploaders), [200, 404, 404, 404, 404, 404, 400, 400, 404, 0]),
        ("clinic that was invited", member(&invited), [404, 404, 404, 404, 404, 404, 404, 404, 404, 0]),
        ("administrator", person(&administrator.token), [200, 200, 404, 404, 404, 404, 404, 404, 2, 2]),
    ];
    for (who, (token, clinic), expected) in table {
        let reader = (token.as_str(), clinic.as_deref());
        assert_eq!(answers(&platform, &jill, &[first, second], &bodies, reader).await, expected, "{who}");
    }
}
