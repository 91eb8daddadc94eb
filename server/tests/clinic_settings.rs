//! What a clinic decides for itself: medical record numbers, and whether it wants mail.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::people::{ALL, Owner, Practice};
use common::{Person, Platform};
use serde_json::{Value, json};

/// Invites the clinic and answers the path of the invitation.
async fn invited(platform: &Platform, patient: &Person, clinic: &str, code: &str) -> String {
    let key = platform.invite(patient, code, json!({ "view": {} })).await;
    format!("/v1/clinics/{clinic}/invites/patients/{key}")
}

#[tokio::test]
async fn medical_record_numbers_are_as_the_clinic_wants_them() {
    let platform = Platform::new().await;
    let (jill, bob, admin) =
        (platform.person("jill").await, platform.person("bob").await, platform.person("admin").await);
    let (clinic, code) = platform.clinic(&admin, "Seastar").await;
    let settings = format!("/v1/clinics/{clinic}/settings/mrn");
    let nothing = json!({ "required": false, "unique": false });
    assert_eq!(platform.get(&settings, &admin.token).await.expect(200).json(), nothing);
    platform.get(&settings, &jill.token).await.expect(403);
    let both = json!({ "required": true, "unique": true });
    platform.put(&settings, &jill.token, both.clone()).await.expect(403);
    platform.put(&settings, &admin.token, json!({ "required": true })).await.expect(400);
    assert_eq!(platform.put(&settings, &admin.token, both.clone()).await.expect(200).json(), Value::Null);
    assert_eq!(platform.get(&settings, &admin.token).await.expect(200).json(), both);

    let hers = invited(&platform, &jill, &clinic, &code).await;
    for body in [json!({}), json!({ "mrn": "" }), json!({ "mrn": "  " })] {
        let answer = platform.put(&hers, &admin.token, body).await.expect(400);
        assert_eq!(answer.json()["reason"], "Error creating patient because MRN is required");
    }
    let patient = json!({ "mrn": "12345", "fullName": "Jill Jellyfish", "birthDate": "1984-08-24" });
    platform.put(&hers, &admin.token, patient).await.expect(200);
    let his = invited(&platform, &bob, &clinic, &code).await;
    let answer = platform.put(&his, &admin.token, json!({ "mrn": "12345" })).await.expect(400);
    assert_eq!(answer.json()["reason"], "Error creating patient because MRN is not unique");
    platform.put(&his, &admin.token, json!({ "mrn": "67890" })).await.expect(200);

    // The same for changes of it, but for one's own number.
    let of = |person: &Person| format!("/v1/clinics/{clinic}/patients/{}", person.id);
    platform.put(&of(&bob), &admin.token, json!({ "mrn": "12345" })).await.expect(400);
    platform.put(&of(&bob), &jill.token, json!({ "mrn": "1" })).await.expect(403);
    let body = json!({ "mrn": "12345", "fullName": "Jill J.", "tags": ["635c1d388ddfbdd65bb73f15"] });
    let changed = platform.put(&of(&jill), &admin.token, body).await.expect(200).json();
    assert_eq!((&changed["mrn"], &changed["fullName"]), (&json!("12345"), &json!("Jill J.")));
    assert_eq!(platform.get(&of(&jill), &admin.token).await.json()["tags"], json!(["635c1d388ddfbdd65bb73f15"]));
}

#[tokio::test]
async fn of_sealed_patients_no_number_is_asked_for() {
    let platform = Platform::new().await;
    let practice = Practice::of(&platform, "admin").await;
    let settings = format!("/v1/clinics/{}/settings/mrn", practice.id);
    let both = json!({ "required": true, "unique": true });
    platform.put(&settings, &practice.admin.person.token, both).await.expect(200);
    let mut jill = Owner::new(&platform, "jill").await;
    practice.share(&platform, &mut jill, ALL).await;
}

/// How many mails tell of an invitation.
fn invitations(platform: &Platform) -> usize {
    platform.mails().iter().filter(|mail| mail.contains("/invitations/")).count()
}

#[tokio::test]
async fn a_clinic_that_wants_no_mail_gets_none() {
    let platform = Platform::new().await;
    let (jill, bob, admin) =
        (platform.person("jill").await, platform.person("bob").await, platform.person("admin").await);
    let (clinic, code) = platform.clinic(&admin, "Seastar").await;
    invited(&platform, &jill, &clinic, &code).await;
    assert_eq!(invitations(&platform), 1);
    let path = format!("/v1/clinics/{clinic}/suppressed_notifications");
    let quiet = json!({ "suppressedNotifications": { "patientClinicInvitation": true } });
    platform.post(&path, &jill.token, quiet.clone()).await.expect(403);
    platform.post(&path, &admin.token, json!({})).await.expect(400);
    platform.raw(Method::POST, &path, None, Vec::new()).await.expect(400);
    platform.post(&path, &admin.token, quiet).await.expect(200);
    let shown = platform.get(&format!("/v1/clinics/{clinic}"), &admin.token).await.json();
    assert_eq!(shown["suppressedNotifications"], json!({ "patientClinicInvitation": true }));
    invited(&platform, &bob, &clinic, &code).await;
    assert_eq!(invitations(&platform), 1);
}
