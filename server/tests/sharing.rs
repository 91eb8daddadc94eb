//! A patient shares with a clinic by its code: the tables of Tidepool's behaviour, route by route.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::{DAY, ORIGIN, Person, Platform};
use serde_json::{Value, json};

struct Cast {
    platform: Platform,
    jill: Person,
    stranger: Person,
    admin: Person,
    clinic: String,
    code: String,
}

impl Cast {
    async fn new() -> Self {
        let platform = Platform::new().await;
        let (jill, stranger) = (platform.person("jill").await, platform.person("stranger").await);
        let admin = platform.person("admin").await;
        let (clinic, code) = platform.clinic(&admin, "Seastar").await;
        Self { platform, jill, stranger, admin, clinic, code }
    }

    fn send_path(&self) -> String {
        format!("/confirm/send/invite/{}/clinic", self.jill.id)
    }

    fn invitation(&self, key: &str) -> String {
        format!("/v1/clinics/{}/invites/patients/{key}", self.clinic)
    }

    fn patient(&self) -> String {
        format!("/v1/clinics/{}/patients/{}", self.clinic, self.jill.id)
    }

    async fn invite(&self) -> String {
        self.platform.invite(&self.jill, &self.code, json!({ "view": {}, "note": {}, "upload": {} })).await
    }

    async fn share(&self) -> String {
        let key = self.invite().await;
        self.platform.put(&self.invitation(&key), &self.admin.token, json!({})).await.expect(200);
        key
    }

    async fn sent(&self) -> Value {
        self.platform.get(&format!("/confirm/invite/{}", self.jill.id), &self.jill.token).await.json()
    }
}

#[tokio::test]
async fn a_clinic_is_founded() {
    let Cast { platform, jill, admin, clinic, code, .. } = Cast::new().await;
    assert_eq!(clinic.len(), 24);
    let new = json!({
        "name": " Moon ", "address": "1 Milly Mole Lane", "city": "Palo Alto", "country": "US", "postalCode": "94301",
        "phoneNumbers": [{ "type": "Office", "number": "+1 555" }], "preferredBgUnits": "mmol/L", "tier": "tier9000",
    });
    let moon = platform.post("/v1/clinics", &admin.token, new).await.expect(200).json();
    assert_eq!(moon["name"], "Moon");
    assert_eq!(moon["preferredBgUnits"], "mmol/L");
    assert_eq!(moon["phoneNumbers"][0]["number"], "+1 555");
    assert_eq!(moon["tier"], "tier0100");
    for body in [
        json!({}),
        json!({ "name": " " }),
        json!({ "name": "x", "city": 3 }),
        json!({ "name": "x", "preferredBgUnits": "kg" }),
    ] {
        platform.post("/v1/clinics", &admin.token, body).await.expect(400);
    }
    platform.get("/v1/clinics", &admin.token).await.expect(403);

    let path = format!("/v1/clinicians/{}/clinics", admin.id);
    let mine = platform.get(&path, &admin.token).await.expect(200).json();
    assert_eq!(mine.as_array().unwrap().len(), 2);
    assert_eq!(mine[0]["clinician"]["roles"], json!(["CLINIC_ADMIN"]));
    assert_eq!(mine[0]["clinician"]["id"], admin.id.as_str());
    platform.get(&path, &jill.token).await.expect(403);

    // Everybody may read what a clinic says about itself; its code is for those who were given it.
    let path = format!("/v1/clinics/{clinic}");
    assert_eq!(platform.get(&path, &admin.token).await.expect(200).json()["shareCode"], code.as_str());
    assert_eq!(platform.get(&path, &jill.token).await.expect(200).json().get("shareCode"), None);
    platform.get("/v1/clinics/000000000000000000000000", &jill.token).await.expect(404);
    platform.get(&format!("{path}/clinicians"), &admin.token).await.expect(200);
    platform.get(&format!("{path}/clinicians"), &jill.token).await.expect(403);
}

#[tokio::test]
async fn a_code_is_looked_up_however_it_is_typed() {
    let Cast { platform, jill, clinic, code, .. } = Cast::new().await;
    for typed in [code.clone(), code.to_lowercase(), code.replace('-', ""), code.replace('-', "%20")] {
        let found = platform.get(&format!("/v1/clinics/share_code/{typed}"), &jill.token).await.expect(200).json();
        assert_eq!(found["id"], clinic.as_str());
        assert_eq!(found["shareCode"], code.as_str());
        assert_eq!(found.get("tidelock"), None);
    }
    for wrong in ["AAAA-AAAA-AAAA", "AAAA", "OOOO-0000-IIII"] {
        let answer = platform.get(&format!("/v1/clinics/share_code/{wrong}"), &jill.token).await.expect(404);
        assert_eq!(answer.json(), json!({ "message": "not found" }));
    }
}

#[tokio::test]
async fn guessing_codes_is_slow() {
    let cast = Cast::new().await;
    for _ in 0..15 {
        cast.platform.get("/v1/clinics/share_code/AAAA-AAAA-AAAA", &cast.jill.token).await.expect(404);
        let body = json!({ "shareCode": "AAAA-AAAA-AAAA", "permissions": {} });
        cast.platform.post(&cast.send_path(), &cast.jill.token, body).await.expect(404);
    }
    let path = format!("/v1/clinics/share_code/{}", cast.code);
    let answer = cast.platform.get(&path, &cast.jill.token).await.expect(429);
    assert_eq!(answer.headers["retry-after"], "300");
    cast.platform.get(&path, &cast.stranger.token).await.expect(200);
    cast.platform.wait(300_000);
    cast.platform.get(&path, &cast.jill.token).await.expect(200);
}

#[tokio::test]
async fn a1_an_invitation_is_sent() {
    let cast = Cast::new().await;
    let permissions = json!({ "view": {}, "note": {}, "custodian": {} });
    let body = json!({ "shareCode": cast.code.to_lowercase(), "permissions": permissions });
    let sent = cast.platform.post(&cast.send_path(), &cast.jill.token, body).await.expect(200).json();
    assert_eq!(sent["type"], "careteam_invitation");
    assert_eq!(sent["status"], "pending");
    assert_eq!(sent["email"], "");
    assert_eq!(sent["clinicId"], cast.clinic.as_str());
    assert_eq!(sent["creatorId"], cast.jill.id.as_str());
    assert_eq!(sent["creator"]["userid"], cast.jill.id.as_str());
    assert_eq!(sent["context"], json!({ "view": {}, "note": {} }));
    assert_eq!(sent["created"], "2026-11-22T00:00:00.000Z");
    assert_eq!(sent["modified"], "0001-01-01T00:00:00Z");
    assert_eq!(sent["expiresAt"], "2026-11-29T00:00:00.000Z");
    assert_eq!(sent["restrictions"], Value::Null);
    assert_eq!(sent["key"].as_str().unwrap().len(), 32);
}

#[tokio::test]
async fn a1_refusals() {
    let cast = Cast::new().await;
    let (path, token) = (cast.send_path(), cast.jill.token.as_str());
    let good = json!({ "shareCode": cast.code, "permissions": { "view": {} } });
    let table = [
        (json!({ "permissions": {} }), 400, None),
        (json!({ "shareCode": "", "permissions": {} }), 400, None),
        (json!({ "shareCode": cast.code }), 400, None),
        (json!({ "shareCode": cast.code, "permissions": null }), 400, None),
        (json!({ "shareCode": cast.code, "permissions": 3 }), 400, Some("Error decoding the confirmation")),
        (json!("no object"), 400, Some("Error decoding the confirmation")),
        (json!({ "shareCode": "AAAA-AAAA-AAAA", "permissions": {} }), 404, Some("Error finding the clinic")),
    ];
    for (body, status, reason) in table {
        let answer = cast.platform.post(&path, token, body.clone()).await;
        assert_eq!(answer.status, status, "{body}");
        match reason {
            Some(reason) => assert_eq!(answer.json(), json!({ "code": status, "reason": reason })),
            None => assert!(answer.body.is_empty(), "{body}"),
        }
    }
    let answer = cast.platform.raw(Method::POST, &path, Some(token), b"{".to_vec()).await.expect(400);
    assert_eq!(answer.json()["reason"], "Error decoding the confirmation");
    let answer = cast.platform.raw(Method::POST, &path, None, Vec::new()).await.expect(401);
    assert_eq!(answer.json()["reason"], "No x-tidepool-session-token was found");
    cast.platform.post(&path, "made up", good.clone()).await.expect(403);
    let answer = cast.platform.post(&path, &cast.stranger.token, good.clone()).await.expect(401);
    assert_eq!(answer.json()["reason"], "Not authorized for requested operation");

    cast.platform.post(&path, token, good.clone()).await.expect(200);
    let answer = cast.platform.post(&path, token, good.clone()).await.expect(409);
    assert_eq!(answer.json()["reason"], "There is already an existing invite");
    let key = cast.sent().await[0]["key"].as_str().unwrap().to_owned();
    cast.platform.put(&cast.invitation(&key), &cast.admin.token, json!({})).await.expect(200);
    let answer = cast.platform.post(&path, token, good).await.expect(409);
    assert_eq!(answer.json()["reason"], "The user is already a patient of the clinic");
}

#[tokio::test]
async fn a2_what_was_sent() {
    let cast = Cast::new().await;
    let path = format!("/confirm/invite/{}", cast.jill.id);
    let answer = cast.platform.get(&path, &cast.jill.token).await.expect(404);
    assert_eq!(answer.json(), json!({ "code": 404, "reason": "Nothing found" }));
    let (_, other) = cast.platform.clinic(&cast.admin, "Moon").await;
    let first = cast.invite().await;
    cast.platform.wait(1000);
    cast.platform.invite(&cast.jill, &other, json!({})).await;
    let list = cast.platform.get(&path, &cast.jill.token).await.expect(200).json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    assert_eq!(list[0]["clinic"]["name"], "Moon");
    assert_eq!(list[1]["key"], first.as_str());
    cast.platform.delete(&cast.invitation(&first), &cast.admin.token).await.expect(200);
    assert_eq!(cast.sent().await[1]["status"], "declined");
    cast.platform.delete(&cast.invitation(&first), &cast.jill.token).await.expect(200);
    assert_eq!(cast.sent().await.as_array().unwrap().len(), 1);
    cast.platform.get(&path, &cast.stranger.token).await.expect(401);
    cast.platform.get(&path, &cast.admin.token).await.expect(401);
}

#[tokio::test]
async fn a3_what_waits_for_the_clinic() {
    let cast = Cast::new().await;
    let path = format!("/v1/clinics/{}/invites/patients", cast.clinic);
    assert_eq!(cast.platform.get(&path, &cast.admin.token).await.expect(200).json(), json!([]));
    let key = cast.invite().await;
    let list = cast.platform.get(&path, &cast.admin.token).await.expect(200).json();
    assert_eq!(list[0]["key"], key.as_str());
    let refused = cast.platform.get(&path, &cast.stranger.token).await.expect(401);
    cast.platform.get(&path, &cast.jill.token).await.expect(401);
    let no_clinic = "/v1/clinics/000000000000000000000000/invites/patients";
    assert_eq!(cast.platform.get(no_clinic, &cast.stranger.token).await.expect(401).body, refused.body);
    cast.platform.wait(7 * DAY);
    let admin = cast.platform.sign_in(&cast.admin.email, common::PASSWORD).await.token();
    assert_eq!(cast.platform.get(&path, &admin).await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn a4_an_invitation_is_accepted() {
    let cast = Cast::new().await;
    let key = cast.platform.invite(&cast.jill, &cast.code, json!({ "view": {}, "upload": {} })).await;
    let path = cast.invitation(&key);
    cast.platform.put(&path, &cast.stranger.token, json!({})).await.expect(401);
    cast.platform.put(&path, &cast.jill.token, json!({})).await.expect(401);
    let answer = cast.platform.put(&cast.invitation("unknown"), &cast.admin.token, json!({})).await.expect(404);
    assert_eq!(answer.json(), json!({ "code": 404, "reason": "No matching invite was found" }));
    cast.platform.put(&path, &cast.admin.token, json!("no object")).await.expect(400);
    let patient = cast.platform.raw(Method::PUT, &path, Some(&cast.admin.token), Vec::new()).await.expect(200).json();
    assert_eq!(patient["id"], cast.jill.id.as_str());
    assert_eq!(patient["permissions"], json!({ "view": {}, "upload": {} }));
    assert_eq!(patient["fullName"], "");
    assert_eq!(patient["tags"], json!([]));
    let answer = cast.platform.put(&path, &cast.admin.token, json!({})).await.expect(403);
    assert_eq!(answer.json()["reason"], "Forbidden to perform requested operation");
    assert_eq!(cast.platform.get(&cast.patient(), &cast.admin.token).await.expect(200).json(), patient);
}

#[tokio::test]
async fn a4_a_plain_client_may_say_who_the_patient_is() {
    let cast = Cast::new().await;
    let path = format!("/metadata/{}/profile", cast.jill.id);
    let profile = json!({ "fullName": "Jill Jellyfish", "patient": { "birthday": "1984-08-24" } });
    cast.platform.put(&path, &cast.jill.token, profile).await.expect(200);
    let key = cast.invite().await;
    let body = json!({ "mrn": "12345", "tags": ["635c1d388ddfbdd65bb73f15"] });
    let patient = cast.platform.put(&cast.invitation(&key), &cast.admin.token, body).await.expect(200).json();
    assert_eq!(patient["fullName"], "Jill Jellyfish");
    assert_eq!(patient["birthDate"], "1984-08-24");
    assert_eq!(patient["mrn"], "12345");
    assert_eq!(patient["tags"], json!(["635c1d388ddfbdd65bb73f15"]));
}

#[tokio::test]
async fn an_expired_invitation_is_over() {
    let cast = Cast::new().await;
    let key = cast.invite().await;
    cast.platform.wait(7 * DAY);
    let admin = cast.platform.sign_in("admin@example.org", common::PASSWORD).await.token();
    let jill = cast.platform.sign_in("jill@example.org", common::PASSWORD).await.token();
    let answer = cast.platform.put(&cast.invitation(&key), &admin, json!({})).await.expect(403);
    assert_eq!(answer.json()["reason"], "Forbidden to perform requested operation");
    cast.platform.get(&cast.patient(), &admin).await.expect(404);
    let path = format!("/confirm/invite/{}", cast.jill.id);
    let list = cast.platform.get(&path, &jill).await.expect(200).json();
    assert_eq!(list[0]["tidelock"], json!({ "expired": true }));

    // A new one takes its place; the old one does not stay beside it.
    let body = json!({ "shareCode": cast.code, "permissions": { "view": {} } });
    cast.platform.post(&cast.send_path(), &jill, body).await.expect(200);
    let list = cast.platform.get(&path, &jill).await.expect(200).json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_ne!(list[0]["key"], key.as_str());
}

#[tokio::test]
async fn a5_a6_declined_and_canceled() {
    let cast = Cast::new().await;
    let key = cast.invite().await;
    let path = cast.invitation(&key);
    cast.platform.delete(&path, &cast.stranger.token).await.expect(401);
    let missing = cast.platform.delete(&cast.invitation("unknown"), &cast.admin.token).await.expect(403);
    assert_eq!(missing.json()["reason"], "No matching invite was found");
    let declined = cast.platform.delete(&path, &cast.admin.token).await.expect(200).json();
    assert_eq!(declined["status"], "declined");
    assert_eq!(declined["creator"]["profile"], Value::Null);
    cast.platform.put(&path, &cast.admin.token, json!({})).await.expect(403);
    let canceled = cast.platform.delete(&path, &cast.jill.token).await.expect(200).json();
    assert_eq!(canceled["status"], "canceled");
    cast.platform.delete(&path, &cast.jill.token).await.expect(403);
    cast.platform.delete(&path, &cast.admin.token).await.expect(403);

    // A new one takes the place of what was declined: taking it back does not bring the old one to light.
    for _ in 0..2 {
        let key = cast.invite().await;
        cast.platform.delete(&cast.invitation(&key), &cast.admin.token).await.expect(200);
    }
    let key = cast.invite().await;
    let sent = cast.sent().await;
    assert_eq!((sent.as_array().unwrap().len(), &sent[0]["key"]), (1, &json!(key)));
    cast.platform.delete(&cast.invitation(&key), &cast.jill.token).await.expect(200);

    let key = cast.share().await;
    cast.platform.delete(&cast.invitation(&key), &cast.jill.token).await.expect(403);
    cast.platform.delete(&cast.invitation(&key), &cast.admin.token).await.expect(403);
}

#[tokio::test]
async fn a7_a_patients_clinics() {
    let cast = Cast::new().await;
    let path = format!("/v1/patients/{}/clinics", cast.jill.id);
    assert_eq!(cast.platform.get(&path, &cast.jill.token).await.expect(200).json(), json!([]));
    cast.share().await;
    let list = cast.platform.get(&format!("{path}?offset=0&limit=10"), &cast.jill.token).await.expect(200).json();
    assert_eq!(list[0]["clinic"]["id"], cast.clinic.as_str());
    assert_eq!(list[0]["patient"]["permissions"], json!({ "view": {}, "note": {}, "upload": {} }));
    assert_eq!(cast.platform.get(&format!("{path}?offset=1"), &cast.jill.token).await.json(), json!([]));
    cast.platform.get(&format!("{path}?limit=x"), &cast.jill.token).await.expect(400);
    cast.platform.get(&path, &cast.admin.token).await.expect(403);
}

#[tokio::test]
async fn a8_permissions_are_the_patients() {
    let cast = Cast::new().await;
    let path = format!("{}/permissions", cast.patient());
    let answer = cast.platform.put(&path, &cast.jill.token, json!({ "view": {} })).await.expect(404);
    assert_eq!(answer.json(), json!({ "message": "patient not found" }));
    cast.share().await;
    cast.platform.put(&path, &cast.admin.token, json!({ "view": {} })).await.expect(403);
    cast.platform.put(&path, &cast.stranger.token, json!({ "view": {} })).await.expect(403);
    cast.platform.put(&path, &cast.jill.token, json!([])).await.expect(400);
    let body = json!({ "view": {}, "note": {}, "custodian": {} });
    let answer = cast.platform.put(&path, &cast.jill.token, body).await.expect(200);
    assert_eq!(answer.json(), json!({ "view": {}, "note": {} }));
    cast.platform.delete(&format!("{path}/note"), &cast.admin.token).await.expect(403);
    cast.platform.delete(&format!("{path}/note"), &cast.jill.token).await.expect(204);
    let answer = cast.platform.delete(&format!("{path}/note"), &cast.jill.token).await.expect(404);
    assert_eq!(answer.json(), json!({ "message": "permission not found" }));
    cast.platform.put(&path, &cast.jill.token, json!({ "custodian": {} })).await.expect(204);
    cast.platform.get(&cast.patient(), &cast.admin.token).await.expect(404);

    cast.share().await;
    for permission in ["view", "upload", "note"] {
        cast.platform.delete(&format!("{path}/{permission}"), &cast.jill.token).await.expect(204);
    }
    cast.platform.get(&cast.patient(), &cast.admin.token).await.expect(404);
}

#[tokio::test]
async fn a9_the_sharing_ends() {
    let cast = Cast::new().await;
    let path = cast.patient();
    cast.platform.delete(&path, &cast.jill.token).await.expect(404);
    cast.share().await;
    cast.platform.delete(&path, &cast.stranger.token).await.expect(403);
    cast.platform.delete(&path, &cast.jill.token).await.expect(204);
    cast.platform.delete(&path, &cast.jill.token).await.expect(404);
    cast.share().await;
    cast.platform.delete(&path, &cast.admin.token).await.expect(204);
    let answer = cast.platform.delete(&path, &cast.admin.token).await.expect(404);
    assert_eq!(answer.json(), json!({ "message": "patient not found" }));
}

#[tokio::test]
async fn a10_a_clinics_patients() {
    let cast = Cast::new().await;
    let path = format!("/v1/clinics/{}/patients", cast.clinic);
    let empty = json!({ "data": [], "meta": { "count": 0 } });
    assert_eq!(cast.platform.get(&path, &cast.admin.token).await.expect(200).json(), empty);
    cast.share().await;
    let list = cast.platform.get(&path, &cast.admin.token).await.expect(200).json();
    assert_eq!(list["meta"]["count"], 1);
    assert_eq!(list["data"][0]["id"], cast.jill.id.as_str());
    assert_eq!(cast.platform.get(&format!("{path}?search=JILL"), &cast.admin.token).await.json(), list);
    assert_eq!(cast.platform.get(&format!("{path}?search=jack"), &cast.admin.token).await.json(), empty);
    let refused = cast.platform.get(&path, &cast.stranger.token).await.expect(403);
    let no_clinic = cast.platform.get("/v1/clinics/000000000000000000000000/patients", &cast.stranger.token).await;
    assert_eq!(no_clinic.expect(403).body, refused.body);
    cast.platform.get(&path, &cast.jill.token).await.expect(403);
    cast.platform.get(&cast.patient(), &cast.stranger.token).await.expect(403);
}

#[tokio::test]
async fn administrators_get_a_mail_with_a_link() {
    let cast = Cast::new().await;
    let profile = json!({ "fullName": "Jill Jellyfish" });
    cast.platform.put(&format!("/metadata/{}/profile", cast.jill.id), &cast.jill.token, profile).await.expect(200);
    let key = cast.invite().await;
    let mails = cast.platform.mails();
    assert_eq!(mails.iter().filter(|mail| mail.contains("share code")).count(), 1);
    let mail = cast.platform.mail_to("admin@example.org", "share code");
    assert!(mail.contains("To: admin@example.org"), "{mail}");
    assert!(
        mail.contains("From: \"Tidelock\" <no-reply@platform.example>")
            || mail.contains("From: Tidelock <no-reply@platform.example>"),
        "{mail}"
    );
    assert!(mail.contains(&format!("{ORIGIN}/invitations/{}/{key}", cast.clinic)), "{mail}");
    for word in ["Jill", "Jellyfish", "jill", &cast.jill.id, &cast.code] {
        assert!(!mail.contains(word), "{word} in {mail}");
    }
}

#[tokio::test]
async fn mail_that_cannot_be_sent_fails_nothing() {
    let cast = Cast::new().await;
    let folder = cast.platform.folder.path().join("mail");
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(folder, "a file where the folder should be").unwrap();
    cast.invite().await;
}

#[tokio::test]
async fn everything_that_matters_is_in_the_audit_log() {
    let cast = Cast::new().await;
    let key = cast.invite().await;
    cast.platform.wait(1);
    cast.platform.put(&cast.invitation(&key), &cast.stranger.token, json!({})).await.expect(401);
    cast.platform.wait(1);
    cast.platform.put(&cast.invitation(&key), &cast.admin.token, json!({})).await.expect(200);
    cast.platform.wait(1);
    cast.platform.delete(&cast.patient(), &cast.jill.token).await.expect(204);
    let audit = cast.platform.audit().await;
    let last: Vec<_> =
        audit.iter().rev().take(3).rev().map(|(action, outcome)| (action.as_str(), outcome.as_str())).collect();
    assert_eq!(
        last,
        [("invitation.accept", "refused"), ("invitation.accept", "accepted"), ("patient.remove", "revoked")]
    );
    assert!(audit.contains(&("invitation.send".to_owned(), "granted".to_owned())));
}

#[tokio::test]
async fn two_invitations_at_once_are_one() {
    let cast = Cast::new().await;
    let body = json!({ "shareCode": cast.code, "permissions": { "view": {} } });
    let path = cast.send_path();
    let send = || cast.platform.post(&path, &cast.jill.token, body.clone());
    let (one, two, three) = tokio::join!(send(), send(), send());
    let mut statuses = [one.status.as_u16(), two.status.as_u16(), three.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409]);
    assert_eq!(cast.sent().await.as_array().unwrap().len(), 1);
}
