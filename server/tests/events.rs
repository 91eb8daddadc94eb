//! Live events: who is told what, and that nothing is lost when the connection or the server is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use common::people::{ALL, Owner, Practice, draft};
use common::world::delegate;
use common::{Person, Platform, TOKEN};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sqlx::Connection as _;
use tidelock::Id;
use tower::ServiceExt as _;

/// A stream of events.
struct Ear {
    body: Body,
    text: String,
    last: String,
}

impl Ear {
    async fn request(platform: &Platform, token: &str, last: Option<&str>) -> axum::http::Response<Body> {
        let mut request = Request::get("/v1/tidelock/events").header(TOKEN, token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        platform.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn new(platform: &Platform, token: &str, last: Option<&str>) -> Self {
        let response = Self::request(platform, token, last).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        Self { body: response.into_body(), text: String::new(), last: String::new() }
    }

    /// One that is ready.
    async fn ready(platform: &Platform, person: &Person) -> Self {
        let mut ear = Self::new(platform, &person.token, None).await;
        assert_eq!(ear.next().await, Some(("ready".to_owned(), json!({}))));
        ear
    }

    /// The next event, past all comments; `None` at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((message, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                let found = field("event").map(|kind| {
                    self.last = field("id").unwrap().to_owned();
                    (kind.to_owned(), serde_json::from_str(field("data").unwrap()).unwrap())
                });
                self.text = rest.to_owned();
                if found.is_some() {
                    return found;
                }
            }
            let frame = self.body.frame().await?.unwrap();
            self.text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }

    /// So many events, in order.
    async fn take(&mut self, count: usize) -> Vec<(String, Value)> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(self.next().await.unwrap());
        }
        taken
    }
}

fn event(kind: &str, about: Value) -> (String, Value) {
    (kind.to_owned(), about)
}

#[tokio::test]
async fn both_sides_of_an_invitation_are_told() {
    let platform = Platform::new().await;
    let (jill, admin, stranger) =
        (platform.person("jill").await, platform.person("admin").await, platform.person("stranger").await);
    let (clinic, code) = platform.clinic(&admin, "Seastar").await;
    let (mut hers, mut theirs) = (Ear::ready(&platform, &jill).await, Ear::ready(&platform, &admin).await);
    let mut nobodys = Ear::ready(&platform, &stranger).await;
    let about = json!({ "dataOwnerId": jill.id, "clinicId": clinic });

    let key = platform.invite(&jill, &code, json!({ "view": {} })).await;
    assert_eq!(hers.next().await.unwrap(), event("access", about.clone()));
    assert_eq!(theirs.next().await.unwrap(), event("invitations", json!({ "clinicId": clinic })));

    platform.put(&format!("/v1/clinics/{clinic}/invites/patients/{key}"), &admin.token, json!({})).await.expect(200);
    assert_eq!(hers.next().await.unwrap(), event("access", about.clone()));
    let told = theirs.take(2).await;
    assert!(told.contains(&event("invitations", json!({ "clinicId": clinic }))), "{told:?}");
    assert!(told.contains(&event("access", about.clone())), "{told:?}");

    platform.delete(&format!("/v1/clinics/{clinic}/patients/{}", jill.id), &jill.token).await.expect(204);
    assert_eq!(hers.next().await.unwrap(), event("access", about.clone()));
    assert_eq!(theirs.next().await.unwrap(), event("access", about));

    // Whom all this does not concern hears his own first.
    let (moon, _) = platform.clinic(&stranger, "Moon").await;
    platform.invite(&stranger, &code, json!({ "view": {} })).await;
    let own = json!({ "dataOwnerId": stranger.id, "clinicId": clinic });
    assert_eq!(nobodys.next().await.unwrap(), event("access", own));
    assert_ne!(moon, clinic);
}

#[tokio::test]
async fn a_clinics_people_and_whom_it_invites_are_told() {
    let platform = Platform::new().await;
    let (admin, nurse) = (platform.person("admin").await, platform.person("nurse").await);
    let (clinic, _) = platform.clinic(&admin, "Seastar").await;
    let (mut theirs, mut hers) = (Ear::ready(&platform, &admin).await, Ear::ready(&platform, &nurse).await);
    let invites = format!("/v1/clinics/{clinic}/invites/clinicians");
    let invite = async || {
        let body = json!({ "email": nurse.email, "roles": ["CLINIC_MEMBER"] });
        let invited = platform.post(&invites, &admin.token, body).await.expect(200).json();
        invited["inviteId"].as_str().unwrap().to_owned()
    };
    let members = event("members", json!({ "clinicId": clinic }));
    let invitations = event("invitations", json!({ "clinicId": clinic }));

    let key = invite().await;
    assert_eq!((theirs.next().await.unwrap(), hers.next().await.unwrap()), (members.clone(), invitations.clone()));
    platform.delete(&format!("{invites}/{key}"), &admin.token).await.expect(200);
    assert_eq!((theirs.next().await.unwrap(), hers.next().await.unwrap()), (members.clone(), invitations.clone()));

    let own = |key: &str| format!("/v1/clinicians/{}/invites/{key}", nurse.id);
    let key = invite().await;
    assert_eq!((theirs.next().await.unwrap(), hers.next().await.unwrap()), (members.clone(), invitations.clone()));
    platform.delete(&own(&key), &nurse.token).await.expect(200);
    assert_eq!((theirs.next().await.unwrap(), hers.next().await.unwrap()), (members.clone(), invitations.clone()));

    let key = invite().await;
    assert_eq!((theirs.next().await.unwrap(), hers.next().await.unwrap()), (members.clone(), invitations.clone()));
    platform.verify(&nurse.email).await.expect(200);
    platform.put(&own(&key), &nurse.token, json!({})).await.expect(200);
    assert_eq!(theirs.next().await.unwrap(), members.clone());
    assert_eq!(hers.take(2).await, [members.clone(), invitations.clone()]);

    let clinician = |person: &Person| format!("/v1/clinics/{clinic}/clinicians/{}", person.id);
    let body = json!({ "roles": ["CLINIC_ADMIN"] });
    platform.put(&clinician(&nurse), &admin.token, body).await.expect(200);
    assert_eq!((theirs.next().await.unwrap(), hers.next().await.unwrap()), (members.clone(), members.clone()));
    platform.delete(&clinician(&nurse), &admin.token).await.expect(200);
    assert_eq!((theirs.next().await.unwrap(), hers.next().await.unwrap()), (members.clone(), members.clone()));

    // Who has gone hears of what is her own, and nothing of the clinic.
    invite().await;
    let key = invitations_of(&platform, &nurse).await;
    platform.put(&own(&key), &nurse.token, json!({})).await.expect(200);
    // Of the same that was not heard yet, only the newest is told.
    assert_eq!(theirs.next().await.unwrap(), members.clone());
    assert_eq!(hers.take(2).await, [members.clone(), invitations.clone()]);
    platform.delete(&clinician(&nurse), &nurse.token).await.expect(200);
    assert_eq!((theirs.next().await.unwrap(), hers.next().await.unwrap()), (members.clone(), members.clone()));
    let body = json!({ "email": "other@example.org", "roles": ["CLINIC_MEMBER"] });
    platform.post(&invites, &admin.token, body).await.expect(200);
    assert_eq!(theirs.next().await.unwrap(), members);
    let (moon, _) = platform.clinic(&nurse, "Moon").await;
    let body = json!({ "email": "other@example.org", "roles": ["CLINIC_MEMBER"] });
    platform.post(&format!("/v1/clinics/{moon}/invites/clinicians"), &nurse.token, body).await.expect(200);
    assert_eq!(hers.next().await.unwrap(), event("members", json!({ "clinicId": moon })));
}

/// The key of the one invitation to work in a clinic that waits for a person.
async fn invitations_of(platform: &Platform, person: &Person) -> String {
    let path = format!("/v1/clinicians/{}/invites", person.id);
    let waiting = platform.get(&path, &person.token).await.expect(200).json();
    assert_eq!(waiting.as_array().unwrap().len(), 1);
    waiting[0]["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn both_sides_of_a_persons_invitation_are_told() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let mut hers = Ear::ready(&platform, &jill.person).await;
    let of_jill = json!({ "dataOwnerId": jill.person.id });
    let (access, invitations) = (event("access", of_jill.clone()), event("invitations", of_jill));
    let send = format!("/confirm/send/invite/{}", jill.person.id);
    let invitation = json!({ "email": "bob@example.org", "permissions": { "view": {}, "upload": {}, "note": {} } });
    platform.post(&send, &jill.person.token, invitation.clone()).await.expect(200);
    assert_eq!(hers.next().await.unwrap(), access.clone());

    // Whoever has the address signs up, with keys, and shows that it is his.
    let bob = Owner::unpublished(&platform, "bob").await;
    let mut his = Ear::ready(&platform, &bob.person).await;
    bob.publish(&platform).await.expect(201);
    assert_eq!(hers.next().await.unwrap(), access.clone());
    platform.verify(&bob.person.email).await.expect(200);
    assert_eq!(hers.next().await.unwrap(), access.clone());
    // Of his own log he is told, and nothing else yet.
    assert_eq!(his.next().await.unwrap(), event("access", json!({ "dataOwnerId": bob.person.id })));

    // The key is sealed to him; taking it back by the log alone takes the invitation back, too.
    let keys = jill.keys[..2].to_vec();
    jill.grant(&platform, &delegate(&bob), ALL, &keys).await;
    assert_eq!((hers.next().await.unwrap(), his.next().await.unwrap()), (access.clone(), access.clone()));
    jill.revoke(&platform, &bob.person.id, Vec::new()).await.expect(200);
    assert_eq!(hers.next().await.unwrap(), access.clone());
    assert_eq!(his.take(2).await, [invitations.clone(), access.clone()]);

    // Sent again, and answered.
    let sent = platform.post(&send, &jill.person.token, invitation).await.expect(200).json();
    assert_eq!((hers.next().await.unwrap(), his.next().await.unwrap()), (access.clone(), invitations.clone()));
    let path = format!("/confirm/dismiss/invite/{}/{}", bob.person.id, jill.person.id);
    platform.put(&path, &bob.person.token, json!({ "key": sent["key"] })).await.expect(200);
    assert_eq!((hers.next().await.unwrap(), his.next().await.unwrap()), (access, invitations));
}

#[tokio::test]
async fn whoever_may_read_is_told_that_something_was_written() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let mut bob = Owner::new(&platform, "bob").await;
    let practice = Practice::of(&platform, "admin").await;
    practice.share(&platform, &mut jill, ALL).await;
    let of_jill = json!({ "dataOwnerId": jill.person.id });
    let at_practice = json!({ "dataOwnerId": jill.person.id, "clinicId": practice.id });
    let (mut hers, mut his) = (Ear::ready(&platform, &jill.person).await, Ear::ready(&platform, &bob.person).await);
    let mut theirs = Ear::ready(&platform, &practice.admin.person).await;

    let keys = vec![jill.keys[0].clone()];
    jill.grant(&platform, &delegate(&bob), ALL, &keys).await;
    assert_eq!(his.next().await.unwrap(), event("access", of_jill.clone()));
    assert_eq!(hers.next().await.unwrap(), event("access", of_jill.clone()));
    jill.store(&platform, vec![draft(Id::random().unwrap(), None)]).await;
    assert_eq!(hers.next().await.unwrap(), event("record", of_jill.clone()));
    assert_eq!(his.next().await.unwrap(), event("record", of_jill.clone()));
    assert_eq!(theirs.next().await.unwrap(), event("record", at_practice));

    jill.revoke(&platform, &bob.person.id, Vec::new()).await.expect(200);
    assert_eq!(his.next().await.unwrap(), event("access", of_jill.clone()));
    let before = jill.keys[0].clone();
    let key = jill.mint(&platform, before.name().next_version(), Some(&before)).await;
    jill.keys[0] = key;
    jill.store(&platform, vec![draft(Id::random().unwrap(), None)]).await;
    // Who has lost access hears nothing of it: what he hears next is about himself.
    bob.store(&platform, vec![draft(Id::random().unwrap(), None)]).await;
    assert_eq!(his.next().await.unwrap(), event("record", json!({ "dataOwnerId": bob.person.id })));
}

#[tokio::test]
async fn what_was_missed_is_told_once_after_a_restart() {
    let platform = Platform::new().await;
    let (jill, admin) = (platform.person("jill").await, platform.person("admin").await);
    let (clinic, code) = platform.clinic(&admin, "Seastar").await;
    let mut ear = Ear::ready(&platform, &jill).await;
    let key = platform.invite(&jill, &code, json!({ "view": {} })).await;
    let about = json!({ "dataOwnerId": jill.id, "clinicId": clinic });
    assert_eq!(ear.next().await.unwrap(), event("access", about.clone()));
    let last = ear.last.clone();
    drop(ear);

    // Twice about the same, with something else between: of the same only the newest is told.
    let (moon, other) = platform.clinic(&admin, "Moon").await;
    let invitation = |key: &str| format!("/v1/clinics/{clinic}/invites/patients/{key}");
    platform.delete(&invitation(&key), &jill.token).await.expect(200);
    platform.invite(&jill, &other, json!({ "view": {} })).await;
    let key = platform.invite(&jill, &code, json!({ "view": {} })).await;

    let platform = Platform::in_folder(platform.folder, |_| {}).await;
    let mut ear = Ear::new(&platform, &jill.token, Some(&last)).await;
    let at_moon = json!({ "dataOwnerId": jill.id, "clinicId": moon });
    assert_eq!(ear.take(2).await, [event("access", at_moon), event("access", about.clone())]);
    // Whoever has heard all that is told what is new, and nothing twice.
    let last = ear.last.clone();
    let mut ear = Ear::new(&platform, &jill.token, Some(&last)).await;
    platform.put(&invitation(&key), &admin.token, json!({})).await.expect(200);
    assert_eq!(ear.next().await.unwrap(), event("access", about));
    assert_eq!(ear.last.parse::<i64>().unwrap(), last.parse::<i64>().unwrap() + 1);
}

#[tokio::test]
async fn too_much_was_missed_to_be_told() {
    let platform = Platform::new().await;
    let jill = platform.person("jill").await;
    // Numbers that this platform never gave: its data are older than the client's.
    for last in ["1", "-1001", "no number", "99999999999999999999"] {
        let mut ear = Ear::new(&platform, &jill.token, Some(last)).await;
        assert_eq!(ear.next().await.unwrap(), event("missed", json!({})), "{last}");
        assert_eq!(ear.last, "0");
    }
}

#[tokio::test]
async fn what_is_long_past_is_removed_and_nobody_elses() {
    let platform = Platform::new().await;
    let (jill, bob, admin) =
        (platform.person("jill").await, platform.person("bob").await, platform.person("admin").await);
    let (_, code) = platform.clinic(&admin, "Seastar").await;
    let (moon, other) = platform.clinic(&admin, "Moon").await;
    for person in [&jill, &bob] {
        platform.invite(person, &code, json!({ "view": {} })).await;
    }
    let mut connection = sqlx::AnyConnection::connect(&platform.database()).await.unwrap();
    // As many have come meanwhile.
    sqlx::query("UPDATE event_counts SET number = 1098 WHERE account = $1")
        .bind(&jill.id)
        .execute(&mut connection)
        .await
        .unwrap();
    let mut kept = async |person: &Person| -> Vec<i64> {
        let numbers = sqlx::query_scalar("SELECT number FROM events WHERE account = $1 ORDER BY number");
        numbers.bind(&person.id).fetch_all(&mut connection).await.unwrap()
    };
    let key = platform.invite(&jill, &other, json!({ "view": {} })).await;
    assert_eq!(kept(&jill).await, [1, 1099]);
    platform.delete(&format!("/v1/clinics/{moon}/invites/patients/{key}"), &jill.token).await.expect(200);
    assert_eq!(kept(&jill).await, [1100]);
    assert_eq!(kept(&bob).await, [1]);
}

#[tokio::test]
async fn nobody_listens_without_a_session() {
    let platform = Platform::new().await;
    let (jill, admin) = (platform.person("jill").await, platform.person("admin").await);
    let (_, code) = platform.clinic(&admin, "Seastar").await;
    platform.raw(Method::GET, "/v1/tidelock/events", None, Vec::new()).await.expect(401);
    platform.get("/v1/tidelock/events", "made up").await.expect(401);

    let mut ear = Ear::ready(&platform, &jill).await;
    let other = platform.sign_in(&jill.email, common::PASSWORD).await.token();
    platform.raw(Method::POST, "/auth/logout", Some(&jill.token), Vec::new()).await.expect(200);
    let jill = Person { token: other, ..jill };
    platform.invite(&jill, &code, json!({ "view": {} })).await;
    assert_eq!(ear.next().await, None);
}

#[tokio::test]
async fn one_account_has_so_many_listeners_and_no_more() {
    let platform = Platform::new().await;
    let (jill, jack) = (platform.person("jill").await, platform.person("jack").await);
    let mut ears = Vec::new();
    for _ in 0..32 {
        ears.push(Ear::ready(&platform, &jill).await);
    }
    let refused = Ear::request(&platform, &jill.token, None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "60");
    drop(ears.pop());
    Ear::ready(&platform, &jill).await;
    Ear::ready(&platform, &jack).await;
}
