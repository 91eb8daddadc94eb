//! Accounts, sessions and profiles.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::{DAY, HOUR, PASSWORD, Platform};
use serde_json::json;

#[tokio::test]
async fn an_account_is_made_once() {
    let platform = Platform::new().await;
    let new = json!({ "username": "Jill@Example.org", "emails": ["Jill@Example.org"], "password": PASSWORD, "roles": ["patient"] });
    let answer = platform.create(new.clone()).await.expect(201);
    let user = answer.json();
    assert_eq!(user["username"], "Jill@Example.org");
    assert_eq!(user["emails"], json!(["Jill@Example.org"]));
    assert_eq!(user["roles"], json!(["patient"]));
    assert_eq!(user["emailVerified"], false);
    assert_eq!(user["createdTime"], "2026-11-22T00:00:00.000Z");
    assert_eq!(user["userid"].as_str().unwrap().len(), 36);
    assert!(!String::from_utf8(answer.body.clone()).unwrap().contains("argon2"));
    platform.get("/auth/user", &answer.token()).await.expect(200);

    let again = platform.create(new).await.expect(409).json();
    assert_eq!(again, json!({ "code": 409, "reason": "User already exists" }));
    let other_case = json!({ "username": "jill@example.ORG", "emails": ["jill@example.ORG"], "password": PASSWORD });
    platform.create(other_case).await.expect(409);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_refused() {
    let platform = Platform::new().await;
    for body in [
        json!({}),
        json!([]),
        json!({ "username": "a@b.org", "emails": ["a@b.org"] }),
        json!({ "username": "a@b.org", "emails": ["a@b.org"], "password": "short" }),
        json!({ "username": "a@b.org", "emails": ["a@b.org"], "password": "x".repeat(300) }),
        json!({ "username": "nobody", "emails": ["nobody"], "password": PASSWORD }),
        json!({ "username": "a@b.org\r\nBcc: x@y.org", "password": PASSWORD }),
        json!({ "username": "a@b.org", "emails": ["someone@else.org"], "password": PASSWORD }),
        json!({ "username": "a@b.org", "emails": ["a@b.org", "someone@else.org"], "password": PASSWORD }),
        json!({ "username": "a@b.org", "emails": ["a@b.org"], "password": PASSWORD, "roles": ["administrator"] }),
    ] {
        let answer = platform.create(body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["code"], 400, "{body}");
    }
}

#[tokio::test]
async fn signing_in_and_out() {
    let platform = Platform::new().await;
    let jill = platform.person("jill").await;
    let answer = platform.sign_in("JILL@example.org", PASSWORD).await.expect(200);
    assert_eq!(answer.json()["userid"], jill.id.as_str());
    let token = answer.token();
    assert_ne!(token, jill.token);

    let renewed = platform.get("/auth/login", &token).await.expect(200);
    assert_eq!(renewed.json()["userid"], jill.id.as_str());
    assert_eq!(renewed.json()["isserver"], false);
    platform.get("/auth/user", &renewed.token()).await.expect(200);

    platform.post("/auth/logout", &token, json!(null)).await.expect(200);
    platform.get("/auth/user", &token).await.expect(401);
    platform.post("/auth/logout", &token, json!(null)).await.expect(200);
    platform.get("/auth/user", &jill.token).await.expect(200);

    let wrong = platform.sign_in("jill@example.org", "another password").await.expect(401);
    assert_eq!(wrong.json(), json!({ "code": 401, "reason": "No user matched the given details" }));
    let unknown = platform.sign_in("nobody@example.org", PASSWORD).await.expect(401);
    assert_eq!(unknown.body, wrong.body);
    let missing = platform.raw(Method::POST, "/auth/login", None, Vec::new()).await.expect(400);
    assert_eq!(missing.json()["reason"], "Missing id and/or password");
}

#[tokio::test]
async fn a_session_ends() {
    let platform = Platform::with(|config| config.session_lifetime = std::time::Duration::from_secs(3600)).await;
    let jill = platform.person("jill").await;
    platform.wait(HOUR - 1);
    platform.get("/auth/user", &jill.token).await.expect(200);
    platform.wait(1);
    // Each of Tidepool's services says so in its own way.
    let answer = platform.get("/auth/user", &jill.token).await.expect(401);
    assert_eq!(answer.json()["reason"], "Not authorized for requested operation");
    let answer = platform.get(&format!("/confirm/invite/{}", jill.id), &jill.token).await.expect(403);
    assert_eq!(answer.json()["reason"], "The x-tidepool-session-token was invalid");
    let answer = platform.get(&format!("/v1/patients/{}/clinics", jill.id), &jill.token).await.expect(401);
    assert_eq!(answer.json()["message"], "session token is invalid");
}

#[tokio::test]
async fn no_token_is_answered_in_each_services_way() {
    let platform = Platform::new().await;
    for (path, status) in
        [("/auth/user", 401), ("/confirm/invite/x", 401), ("/v1/clinics/x", 400), ("/v1/tidelock/identities/x", 401)]
    {
        platform.raw(Method::GET, path, None, Vec::new()).await.expect(status);
    }
}

#[tokio::test]
async fn guessing_passwords_is_slow() {
    let platform = Platform::new().await;
    platform.person("jill").await;
    for _ in 0..10 {
        platform.sign_in("jill@example.org", "wrong password").await.expect(401);
    }
    let answer = platform.sign_in("jill@example.org", PASSWORD).await.expect(429);
    assert_eq!(answer.headers["retry-after"], "900");
    platform.wait(HOUR);
    platform.sign_in("jill@example.org", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn one_sees_oneself_only() {
    let platform = Platform::new().await;
    let (jill, jack) = (platform.person("jill").await, platform.person("jack").await);
    platform.get(&format!("/auth/user/{}", jill.id), &jill.token).await.expect(200);
    platform.get("/auth/user/jill@example.org", &jill.token).await.expect(200);
    let other = platform.get(&format!("/auth/user/{}", jack.id), &jill.token).await.expect(401);
    let nobody = platform.get("/auth/user/00000000-0000-4000-8000-000000000000", &jill.token).await.expect(401);
    assert_eq!(other.body, nobody.body);
}

#[tokio::test]
async fn profiles_are_for_oneself_and_ones_clinics() {
    let platform = Platform::new().await;
    let (jill, doctor) = (platform.person("jill").await, platform.person("doctor").await);
    let path = format!("/metadata/{}/profile", jill.id);
    platform.get(&path, &jill.token).await.expect(404);
    platform.put(&path, &jill.token, json!({ "fullName": "Jill" })).await.expect(200);
    assert_eq!(platform.get(&path, &jill.token).await.expect(200).json(), json!({ "fullName": "Jill" }));
    platform.put(&path, &jill.token, json!("Jill")).await.expect(400);
    platform.put(&path, &doctor.token, json!({})).await.expect(401);
    platform.get(&path, &doctor.token).await.expect(401);

    let (clinic, code) = platform.clinic(&doctor, "Seastar").await;
    let key = platform.invite(&jill, &code, json!({ "view": {} })).await;
    platform.get(&path, &doctor.token).await.expect(401);
    platform.put(&format!("/v1/clinics/{clinic}/invites/patients/{key}"), &doctor.token, json!(null)).await.expect(200);
    platform.get(&path, &doctor.token).await.expect(200);
}

#[tokio::test]
async fn what_is_stored_outlives_the_server() {
    let platform = Platform::new().await;
    let jill = platform.person("jill").await;
    let folder = platform.folder;
    let platform = Platform::in_folder(folder, |_| {}).await;
    platform.get("/auth/user", &jill.token).await.expect(200);
    platform.wait(DAY);
    platform.get("/auth/user", &jill.token).await.expect(401);
}

#[tokio::test]
async fn a_body_has_its_limit() {
    let platform = Platform::new().await;
    let jill = platform.person("jill").await;
    let path = format!("/metadata/{}/profile", jill.id);
    let answer = platform.raw(Method::PUT, &path, Some(&jill.token), vec![b' '; 300 * 1024]).await.expect(413);
    assert_eq!(answer.json()["code"], 413);
    let path = format!("/v1/tidelock/vaults/{}/writes", jill.id);
    let body = vec![0; 4 * 1024 * 1024 + 1];
    let answer = platform.raw(Method::POST, &path, Some(&jill.token), body).await.expect(413);
    assert_eq!(answer.problem(), "too_large");
}
