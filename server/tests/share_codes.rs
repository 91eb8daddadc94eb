//! Share codes over their life: several at once, labels, numbers of uses, their end; and how often one may try.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use std::time::Duration;

use axum::http::Method;
use common::people::{ALL, Owner, Practice};
use common::{BEGIN, DAY, ORIGIN, Person, Platform};
use serde_json::{Value, json};
use tidelock::share_code::{CodeContext, ShareCode};
use tidelock::sharing::Delegate;
use tidelock::wire::json::to_base64url;
use tidelock::wire::{ListedShareCode, NewShareCode, ShareCodeLabel, ShareCodes};
use tidelock_crypto::cbor;
use tidelock_server::Rate;

fn path(practice: &Practice, rest: &str) -> String {
    format!("/v1/tidelock/clinics/{}/share_codes{rest}", practice.id)
}

/// Registers one more code of a practice; the nonce tells them apart.
async fn register(
    platform: &Platform,
    practice: &Practice,
    nonce: u8,
    change: impl FnOnce(&mut NewShareCode),
) -> String {
    let expires = (platform.now() + 30 * DAY) as u64;
    let mut new = NewShareCode {
        code: String::new(),
        nonce: [nonce; 16].into(),
        expires,
        label: None,
        uses: None,
        replaces: None,
    };
    change(&mut new);
    let context = CodeContext {
        platform: ORIGIN.to_owned(),
        clinic: practice.id.clone(),
        root_fingerprint: practice.clinic.fingerprint(),
        expires: new.expires,
    };
    new.code = ShareCode::certify(&context, &[nonce; 16]).await.unwrap().to_string();
    let token = Some(practice.admin.person.token.as_str());
    platform.raw(Method::POST, &path(practice, ""), token, cbor::encode(&new)).await.expect(201);
    new.code
}

async fn list(platform: &Platform, practice: &Practice) -> Vec<ListedShareCode> {
    let answer = platform.get(&path(practice, ""), &practice.admin.person.token).await.expect(200);
    cbor::decode::<ShareCodes>(&answer.body).unwrap().codes
}

/// Status and words of looking a code up.
async fn look_up(platform: &Platform, person: &Person, code: &str) -> (u16, String) {
    let answer = platform.get(&format!("/v1/clinics/share_code/{code}"), &person.token).await;
    (answer.status.as_u16(), answer.json()["message"].as_str().unwrap_or_default().to_owned())
}

async fn shown(platform: &Platform, practice: &Practice) -> Value {
    let path = format!("/v1/clinics/{}", practice.id);
    platform.get(&path, &practice.admin.person.token).await.expect(200).json()["shareCode"].clone()
}

fn gone(how: &str) -> (u16, String) {
    (410, format!("this share code has {how}"))
}

#[tokio::test]
async fn several_codes_lead_to_one_clinic_until_each_ends_in_its_own_way() {
    let platform = Platform::new().await;
    let practice = Practice::of(&platform, "admin").await;
    let first = practice.code.clone();
    let (jill, bob) = (platform.person("jill").await, platform.person("bob").await);
    platform.wait(1);
    let single = register(&platform, &practice, 1, |new| {
        new.uses = Some(1);
        new.label = Some("letter to Jill".to_owned());
    })
    .await;
    platform.wait(1);
    let short = register(&platform, &practice, 2, |new| new.expires = (BEGIN + DAY) as u64).await;
    for code in [&first, &single, &short] {
        assert_eq!(look_up(&platform, &jill, code).await.0, 200, "{code}");
    }
    // What anybody may use is shown, what is for one patient is not.
    assert_eq!(shown(&platform, &practice).await, short.as_str());
    let listed = list(&platform, &practice).await;
    let codes: Vec<_> = listed.iter().map(|code| code.code.as_str()).collect();
    assert_eq!(codes, [&short, &single, &first]);
    assert_eq!((listed[1].label.as_deref(), listed[1].uses, listed[1].used), (Some("letter to Jill"), Some(1), 0));
    assert_eq!(listed.iter().map(|code| code.shown.0).collect::<Vec<_>>(), [true, false, false]);

    // One patient has used it: nobody else may, but she may go on with it.
    platform.invite(&jill, &single, json!({ "view": {} })).await;
    assert_eq!(look_up(&platform, &bob, &single).await, gone("been used up"));
    assert_eq!(look_up(&platform, &jill, &single).await.0, 200);
    let send = format!("/confirm/send/invite/{}/clinic", bob.id);
    let body = json!({ "shareCode": single, "permissions": { "view": {} } });
    let answer = platform.post(&send, &bob.token, body).await.expect(410);
    assert_eq!(answer.json(), json!({ "code": 410, "reason": "this share code has been used up" }));
    assert_eq!(list(&platform, &practice).await[1].used, 1);
    let received = format!("/v1/clinics/{}/invites/patients", practice.id);
    let received = platform.get(&received, &practice.admin.person.token).await.expect(200).json();
    assert_eq!(received[0]["tidelock"], json!({ "shareCode": single, "shareCodeLabel": "letter to Jill" }));

    // Replaced by another.
    platform.wait(1);
    let next = register(&platform, &practice, 3, |new| new.replaces = Some(first.clone())).await;
    assert_eq!(look_up(&platform, &bob, &first).await, gone("been disabled"));
    assert_eq!(look_up(&platform, &bob, &next).await.0, 200);
    assert_eq!(shown(&platform, &practice).await, next.as_str());

    // Disabled: the next that anybody may use is shown, and none when there is none.
    let admin = practice.admin.person.token.as_str();
    platform.delete(&path(&practice, &format!("/{next}")), admin).await.expect(200);
    assert_eq!(look_up(&platform, &bob, &next).await, gone("been disabled"));
    assert_eq!(shown(&platform, &practice).await, short.as_str());
    platform.delete(&path(&practice, &format!("/{short}")), admin).await.expect(200);
    assert_eq!(shown(&platform, &practice).await, Value::Null);
    platform.delete(&path(&practice, "/AAAA-AAAA-AAAA"), admin).await.expect(404);

    let last = register(&platform, &practice, 4, |new| new.expires = (BEGIN + DAY) as u64).await;
    platform.wait(DAY);
    let bob = Person { token: platform.sign_in(&bob.email, common::PASSWORD).await.token(), ..bob };
    assert_eq!(look_up(&platform, &bob, &last).await, gone("expired"));
    assert_eq!(look_up(&platform, &bob, "AAAA-AAAA-AAAA").await, (404, "not found".to_owned()));
}

#[tokio::test]
async fn only_the_clinics_people_see_codes_and_only_admins_change_them() {
    let platform = Platform::new().await;
    let practice = Practice::of(&platform, "admin").await;
    let (stranger, other) = (platform.person("stranger").await, Practice::of(&platform, "other").await);
    let code = format!("/{}", practice.code);
    let label = cbor::encode(&ShareCodeLabel { label: Some("waiting room".to_owned()) });
    for token in [&stranger.token, &other.admin.person.token] {
        platform.get(&path(&practice, ""), token).await.expect(404);
        platform.delete(&path(&practice, &code), token).await.expect(404);
        platform.raw(Method::PUT, &path(&practice, &code), Some(token), label.clone()).await.expect(404);
    }
    // Not through another clinic either.
    platform.delete(&path(&other, &code), &other.admin.person.token).await.expect(404);
    assert_eq!(look_up(&platform, &stranger, &practice.code).await.0, 200);

    let admin = Some(practice.admin.person.token.as_str());
    platform.raw(Method::PUT, &path(&practice, &code), admin, label).await.expect(200);
    assert_eq!(list(&platform, &practice).await[0].label.as_deref(), Some("waiting room"));
    let long = cbor::encode(&ShareCodeLabel { label: Some("x".repeat(101)) });
    platform.raw(Method::PUT, &path(&practice, &code), admin, long).await.expect(400);
    platform
        .raw(Method::PUT, &path(&practice, &code), admin, cbor::encode(&ShareCodeLabel { label: None }))
        .await
        .expect(200);
    assert_eq!(list(&platform, &practice).await[0].label, None);
}

#[tokio::test]
async fn who_was_looked_up_is_who_is_invited() {
    let platform = Platform::new().await;
    let (practice, other) = (Practice::of(&platform, "admin").await, Practice::of(&platform, "other").await);
    let mut jill = Owner::new(&platform, "jill").await;
    let before = jill.log.number();
    let keys: Vec<_> = jill.keys[..1].to_vec();
    let (delegate, signing) = (Delegate::from(&practice.clinic), jill.identity.signing().clone());
    let view = tidelock::sharing::Permissions { upload: false, note: false, ..ALL };
    jill.log.grant(&common::people::ENGINE, &signing, &delegate, view, &keys, common::people::NOW).await.unwrap();
    let log: Vec<String> = jill.log.entries_after(before).map(to_base64url).collect();
    let send = format!("/confirm/send/invite/{}/clinic", jill.person.id);
    let body = |code: &str, clinic: &str, root: String| {
        let ours = json!({ "log": log, "details": to_base64url(b"sealed"), "clinic": clinic, "root": root });
        json!({ "shareCode": code, "permissions": { "view": {} }, "tidelock": ours })
    };
    let root = || practice.clinic.fingerprint().to_string();
    // The code was edited after the clinic had been looked up.
    let edited = body(&other.code, &practice.id, root());
    let answer = platform.post(&send, &jill.person.token, edited).await.expect(409);
    assert_eq!(answer.json()["reason"], "the share code is not that of the clinic which was looked up");
    let edited = body(&practice.code, &practice.id, other.clinic.fingerprint().to_string());
    let answer = platform.post(&send, &jill.person.token, edited).await.expect(409);
    assert_eq!(answer.json()["reason"], "the clinic's root is not the one which was looked up");
    platform.post(&send, &jill.person.token, body(&practice.code, &practice.id, root())).await.expect(200);
}

#[tokio::test]
async fn one_address_may_try_so_often_whoever_signs_in_there() {
    let rate = Rate { count: 5, window: Duration::from_secs(60) };
    let platform = Platform::with(|config| config.rates.share_codes_address = rate).await;
    for name in ["a", "b", "c", "d", "e"] {
        let person = platform.person(name).await;
        assert_eq!(look_up(&platform, &person, "AAAA-AAAA-AAAA").await.0, 404);
    }
    let person = platform.person("f").await;
    let answer = platform.get("/v1/clinics/share_code/AAAA-AAAA-AAAA", &person.token).await.expect(429);
    assert_eq!(answer.headers["retry-after"], "60");
    platform.wait(60_000);
    assert_eq!(look_up(&platform, &person, "AAAA-AAAA-AAAA").await.0, 404);
}
