//! Who joins a clinic, what its people may do, and who leaves: the table of Tidepool's behaviour, route by route.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::{Answer, Person, Platform};
use serde_json::{Value, json};

struct Cast {
    platform: Platform,
    admin: Person,
    nurse: Person,
    stranger: Person,
    clinic: String,
}

impl Cast {
    async fn new() -> Self {
        let platform = Platform::new().await;
        let (admin, nurse) = (platform.person("admin").await, platform.verified_person("nurse").await);
        let stranger = platform.verified_person("stranger").await;
        let (clinic, _) = platform.clinic(&admin, "Seastar").await;
        Self { platform, admin, nurse, stranger, clinic }
    }

    fn invites(&self) -> String {
        format!("/v1/clinics/{}/invites/clinicians", self.clinic)
    }

    fn clinician(&self, person: &Person) -> String {
        format!("/v1/clinics/{}/clinicians/{}", self.clinic, person.id)
    }

    fn own(person: &Person) -> String {
        format!("/v1/clinicians/{}/invites", person.id)
    }

    async fn invite(&self, by: &Person, email: &str, roles: Value) -> Answer {
        self.platform.post(&self.invites(), &by.token, json!({ "email": email, "roles": roles })).await
    }

    async fn join(&self, person: &Person, role: &str) {
        let invited = self.invite(&self.admin, &person.email, json!([role])).await.expect(200).json();
        let path = format!("{}/{}", Self::own(person), invited["inviteId"].as_str().unwrap());
        self.platform.put(&path, &person.token, json!({})).await.expect(200);
    }

    async fn roles(&self) -> Vec<(String, Value)> {
        let path = format!("/v1/clinics/{}/clinicians", self.clinic);
        let listed = self.platform.get(&path, &self.admin.token).await.expect(200).json();
        let role = |member: &Value| (member["email"].as_str().unwrap().to_owned(), member["roles"].clone());
        listed.as_array().unwrap().iter().map(role).collect()
    }
}

#[tokio::test]
async fn a_member_is_invited_and_joins() {
    let cast = Cast::new().await;
    let Cast { platform, admin, nurse, stranger, clinic } = &cast;
    let invited = cast.invite(admin, " Nurse@Example.org ", json!(["CLINIC_MEMBER"])).await.expect(200).json();
    let key = invited["inviteId"].as_str().unwrap().to_owned();
    assert_eq!(invited["email"], "nurse@example.org");
    assert_eq!(invited["roles"], json!(["CLINIC_MEMBER"]));
    assert_eq!(invited.get("id"), None);
    let mail = platform.mail_to(&nurse.email, "Seastar");
    assert!(mail.contains("nurse@example.org") && mail.contains("Seastar") && !mail.contains(&key), "{mail}");
    assert_eq!(cast.roles().await.len(), 2);

    // Twice is once, however the address is written; whoever is a member is not invited again.
    let twice = cast.invite(admin, "NURSE@example.org", json!(["CLINIC_ADMIN"])).await.expect(409);
    assert_eq!(twice.json(), json!({ "message": "duplicate: clinician is already a member of the clinic" }));
    cast.invite(admin, &admin.email, json!(["CLINIC_ADMIN"])).await.expect(409);

    let at_clinic = format!("{}/{key}", cast.invites());
    let read = platform.get(&at_clinic, &admin.token).await.expect(200).json();
    assert_eq!(
        (&read["key"], &read["type"], &read["status"]),
        (&json!(key), &json!("clinician_invitation"), &json!("pending"))
    );
    assert_eq!(read["clinicId"], clinic.as_str());
    let sent = platform.mails().len();
    platform.wait(1_000);
    let again = platform.raw(Method::PATCH, &at_clinic, Some(&admin.token), Vec::new()).await.expect(200).json();
    assert_eq!(again["key"], key.as_str());
    assert_eq!(platform.mails().len(), sent + 1);

    let mine = platform.get(&Cast::own(nurse), &nurse.token).await.expect(200).json();
    assert_eq!(mine.as_array().unwrap().len(), 1);
    assert_eq!(mine[0]["restrictions"], json!({ "canAccept": true }));
    assert_eq!(mine[0]["creator"]["clinicName"], "Seastar");
    assert_eq!(mine[0]["context"]["roles"], json!(["CLINIC_MEMBER"]));

    let own = format!("{}/{key}", Cast::own(nurse));
    let joined = platform.put(&own, &nurse.token, json!({})).await.expect(200).json();
    assert_eq!((&joined["id"], &joined["roles"]), (&json!(nurse.id), &json!(["CLINIC_MEMBER"])));
    // Answered is answered.
    platform.put(&own, &nurse.token, json!({})).await.expect(404);
    platform.delete(&own, &nurse.token).await.expect(404);
    platform.get(&at_clinic, &admin.token).await.expect(404);
    platform.get(&Cast::own(nurse), &nurse.token).await.expect(404);
    platform.get(&cast.clinician(nurse), &nurse.token).await.expect(200);
    platform.get(&format!("/v1/clinics/{clinic}/patients"), &nurse.token).await.expect(200);
    platform.get(&format!("/v1/clinics/{clinic}/patients"), &stranger.token).await.expect(403);
    assert!(platform.audit().await.contains(&("member.answer".to_owned(), "accepted".to_owned())));
}

#[tokio::test]
async fn an_invitation_is_declined_or_taken_back() {
    let cast = Cast::new().await;
    let Cast { platform, admin, nurse, stranger, .. } = &cast;
    for (by, status) in [("nurse", 200), ("admin", 200)] {
        let invited = cast.invite(admin, &nurse.email, json!(["CLINIC_ADMIN"])).await.expect(200).json();
        let key = invited["inviteId"].as_str().unwrap();
        let (own, at_clinic) = (format!("{}/{key}", Cast::own(nurse)), format!("{}/{key}", cast.invites()));
        let answer = match by {
            "nurse" => platform.delete(&own, &nurse.token).await,
            _ => platform.delete(&at_clinic, &admin.token).await,
        };
        assert_eq!(answer.expect(status).body, b"OK");
        platform.put(&own, &nurse.token, json!({})).await.expect(404);
        platform.raw(Method::PATCH, &at_clinic, Some(&admin.token), Vec::new()).await.expect(404);
        platform.delete(&at_clinic, &admin.token).await.expect(404);
    }
    assert_eq!(cast.roles().await.len(), 1);
    // Nobody's unknown key breaks anything, and nobody answers for somebody else.
    platform.put(&format!("{}/none", Cast::own(nurse)), &nurse.token, json!({})).await.expect(404);
    let key = cast.invite(admin, &nurse.email, json!(["CLINIC_MEMBER"])).await.json()["inviteId"].clone();
    let key = key.as_str().unwrap();
    platform.put(&format!("{}/{key}", Cast::own(stranger)), &stranger.token, json!({})).await.expect(404);
    platform.put(&format!("{}/{key}", Cast::own(nurse)), &stranger.token, json!({})).await.expect(401);
    platform.delete(&format!("{}/{key}", Cast::own(nurse)), &stranger.token).await.expect(401);
    platform.get(&Cast::own(nurse), &stranger.token).await.expect(401);
}

#[tokio::test]
async fn only_administrators_change_who_works_there() {
    let cast = Cast::new().await;
    let Cast { platform, admin, nurse, stranger, clinic } = &cast;
    cast.join(nurse, "CLINIC_MEMBER").await;
    for other in [nurse, stranger] {
        cast.invite(other, "new@example.org", json!(["CLINIC_MEMBER"])).await.expect(401);
        let path = cast.clinician(admin);
        platform.put(&path, &other.token, json!({ "roles": ["CLINIC_MEMBER"] })).await.expect(403);
        platform.delete(&path, &other.token).await.expect(403);
        platform.get(&format!("{}/none", cast.invites()), &other.token).await.expect(401);
    }
    for body in [
        json!({}),
        json!({ "email": "new@example.org" }),
        json!({ "email": "new@example.org", "roles": [] }),
        json!({ "email": "new@example.org", "roles": ["OWNER"] }),
        json!({ "email": "new@example.org", "roles": ["PRESCRIBER"] }),
        json!({ "email": "nobody", "roles": ["CLINIC_MEMBER"] }),
    ] {
        platform.post(&cast.invites(), &admin.token, body).await.expect(400);
    }
    platform.raw(Method::POST, &cast.invites(), None, Vec::new()).await.expect(401);
    platform.get(&format!("{}/none", cast.invites()), &admin.token).await.expect(404);

    let path = cast.clinician(nurse);
    platform.put(&path, &admin.token, json!({ "roles": ["OWNER"] })).await.expect(400);
    platform.put(&cast.clinician(stranger), &admin.token, json!({ "roles": ["CLINIC_MEMBER"] })).await.expect(404);
    platform.delete(&cast.clinician(stranger), &admin.token).await.expect(404);
    let body = json!({ "roles": ["CLINIC_ADMIN", "PRESCRIBER"] });
    let changed = platform.put(&path, &admin.token, body).await.expect(200).json();
    assert_eq!(changed["roles"], json!(["CLINIC_ADMIN", "PRESCRIBER"]));
    // Now she is one of the administrators, and removes the other.
    platform.delete(&cast.clinician(admin), &nurse.token).await.expect(200);
    platform.get(&format!("/v1/clinics/{clinic}/clinicians"), &admin.token).await.expect(403);
    assert!(platform.audit().await.contains(&("member.remove".to_owned(), "revoked".to_owned())));
}

#[tokio::test]
async fn a_clinic_always_has_an_administrator() {
    let cast = Cast::new().await;
    let Cast { platform, admin, nurse, clinic, .. } = &cast;
    cast.join(nurse, "CLINIC_MEMBER").await;
    let message = json!({ "message": "constraint violation: the clinic must have at least one admin" });
    assert_eq!(platform.delete(&cast.clinician(admin), &admin.token).await.expect(422).json(), message);
    let body = json!({ "roles": ["CLINIC_MEMBER"] });
    assert_eq!(platform.put(&cast.clinician(admin), &admin.token, body).await.expect(422).json(), message);
    let roles = cast.roles().await;
    assert!(roles.contains(&(admin.email.clone(), json!(["CLINIC_ADMIN"]))));
    // A member may leave whenever she wants to; then the platform refuses her.
    platform.delete(&cast.clinician(nurse), &nurse.token).await.expect(200);
    platform.get(&format!("/v1/clinics/{clinic}/patients"), &nurse.token).await.expect(403);
    platform.delete(&cast.clinician(nurse), &nurse.token).await.expect(404);
    cast.join(nurse, "CLINIC_ADMIN").await;
    platform.delete(&cast.clinician(admin), &admin.token).await.expect(200);
}
