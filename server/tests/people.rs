//! Persons who invite persons: the statuses of Tidepool's contract, and that nothing is served before it is accepted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use axum::http::Method;
use common::people::{ENGINE, NOW, Owner, drafts};
use common::world::{audited, delegate, everything, list};
use common::{Answer, DAY, HOUR, Person, Platform};
use serde_json::{Value, json};
use tidelock::sharing::Permissions;
use tidelock::wire::json::{PermissionMap, to_base64url};
use tidelock::wire::{Bundle, CompletedInvitation, InvitationState, People};
use tidelock_crypto::cbor;

const VIEW: Permissions = Permissions { view: true, upload: false, note: false };
const MORE: Permissions = Permissions { view: true, upload: true, note: true };

/// Two persons, a third, and a platform.
struct Cast {
    platform: Platform,
    jill: Person,
    bob: Person,
    stranger: Person,
}

impl Cast {
    async fn new() -> Self {
        let platform = Platform::new().await;
        let jill = platform.verified_person("jill").await;
        let bob = platform.verified_person("bob").await;
        let stranger = platform.verified_person("stranger").await;
        Self { platform, jill, bob, stranger }
    }

    async fn send(&self, email: &str) -> Answer {
        let body = json!({ "email": email, "permissions": { "view": {} }, "nickname": "Bob" });
        self.platform.post(&format!("/confirm/send/invite/{}", self.jill.id), &self.jill.token, body).await
    }

    async fn invite(&self) -> String {
        self.send(&self.bob.email).await.expect(200).json()["key"].as_str().unwrap().to_owned()
    }

    async fn answer(&self, how: &str, who: &Person, key: Value) -> Answer {
        let path = format!("/confirm/{how}/invite/{}/{}", who.id, self.jill.id);
        self.platform.put(&path, &who.token, json!({ "key": key })).await
    }

    async fn accept(&self, key: &str) -> Answer {
        self.answer("accept", &self.bob, json!(key)).await
    }

    async fn share(&self) {
        let key = self.invite().await;
        self.accept(&key).await.expect(200);
    }

    async fn received(&self) -> Answer {
        self.platform.get(&format!("/confirm/invitations/{}", self.bob.id), &self.bob.token).await
    }

    async fn sent(&self) -> Answer {
        self.platform.get(&format!("/confirm/invite/{}", self.jill.id), &self.jill.token).await
    }

    fn pair(&self) -> String {
        format!("/access/{}/{}", self.jill.id, self.bob.id)
    }

    async fn patch(&self, key: &str, token: &str) -> Answer {
        self.platform.raw(Method::PATCH, &format!("/confirm/resend/invite/{key}"), Some(token), Vec::new()).await
    }
}

#[track_caller]
fn reason(answer: Answer, status: u16, reason: &str) {
    let body = answer.expect(status).json();
    assert_eq!(body, json!({ "code": status, "reason": reason }));
}

#[tokio::test]
async fn b1_an_invitation_is_sent() {
    let cast = Cast::new().await;
    let path = format!("/confirm/send/invite/{}", cast.jill.id);
    let token = &cast.jill.token;
    for body in ["no json", "[]", r#"{"email":1,"permissions":{}}"#, r#"{"email":"nobody","permissions":{}}"#] {
        let answer = cast.platform.raw(Method::POST, &path, Some(token), body.into()).await;
        reason(answer, 400, "Error decoding the confirmation");
    }
    for body in [json!({}), json!({ "email": "a@b.org" }), json!({ "email": "", "permissions": { "view": {} } })] {
        assert!(cast.platform.post(&path, token, body).await.expect(400).body.is_empty());
    }
    let body = json!({ "email": "Bob@Example.org", "permissions": { "view": {}, "root": {} }, "nickname": " Bob " });
    reason(
        cast.platform.raw(Method::POST, &path, None, body.to_string().into_bytes()).await,
        401,
        "No x-tidepool-session-token was found",
    );
    reason(cast.platform.post(&path, "none", body.clone()).await, 403, "The x-tidepool-session-token was invalid");
    let refused = cast.platform.post(&path, &cast.stranger.token, body.clone()).await;
    reason(refused, 401, "Not authorized for requested operation");
    let sent = cast.platform.post(&path, token, body.clone()).await.expect(200).json();
    assert_eq!(sent["email"], "bob@example.org");
    assert_eq!(sent["type"], "careteam_invitation");
    assert_eq!(sent["status"], "pending");
    assert_eq!(sent["context"], json!({ "permissions": { "view": {} }, "nickname": "Bob" }));
    assert_eq!(sent["creator"]["userid"], cast.jill.id.as_str());
    assert!(sent.get("clinicId").is_none() && sent["expiresAt"].is_string());
    reason(cast.platform.post(&path, token, body).await, 409, "There is already an existing invite");
    reason(cast.send(&cast.jill.email).await, 409, "The user is already an existing member");
    cast.accept(sent["key"].as_str().unwrap()).await.expect(200);
    reason(cast.send(&cast.bob.email).await, 409, "The user is already an existing member");

    let mail = cast.platform.mail_to(&cast.bob.email, "share invitation");
    assert!(mail.contains(&format!("/invitations/received/{}", sent["key"].as_str().unwrap())), "{mail}");
    assert!(!mail.contains("jill") && !mail.contains(&cast.jill.id), "{mail}");
}

#[tokio::test]
async fn b2_and_b7_both_sides_list_it() {
    let cast = Cast::new().await;
    reason(cast.received().await, 404, "Nothing found");
    reason(cast.sent().await, 404, "Nothing found");
    let key = cast.invite().await;
    let received = cast.received().await.expect(200).json();
    assert_eq!(received[0]["key"], key.as_str());
    assert_eq!(received[0]["tidelock"]["granted"], false);
    assert_eq!(cast.sent().await.expect(200).json()[0]["email"], cast.bob.email.as_str());
    for who in [&cast.jill, &cast.stranger] {
        let path = format!("/confirm/invitations/{}", cast.bob.id);
        reason(cast.platform.get(&path, &who.token).await, 401, "Not authorized for requested operation");
    }
    // Whoever signs up later finds what was sent before.
    cast.send("later@example.org").await.expect(200);
    let later = cast.platform.person("Later").await;
    let path = format!("/confirm/invitations/{}", later.id);
    assert_eq!(cast.platform.get(&path, &later.token).await.expect(200).json().as_array().unwrap().len(), 1);
    // What has expired is listed for whoever sent it, as such, and for nobody else.
    cast.platform.wait(8 * DAY);
    let jill = cast.platform.sign_in(&cast.jill.email, common::PASSWORD).await.token();
    let bob = cast.platform.sign_in(&cast.bob.email, common::PASSWORD).await.token();
    let sent = cast.platform.get(&format!("/confirm/invite/{}", cast.jill.id), &jill).await.expect(200).json();
    assert_eq!(sent[0]["tidelock"]["expired"], true);
    cast.platform.get(&format!("/confirm/invitations/{}", cast.bob.id), &bob).await.expect(404);
}

#[tokio::test]
async fn b3_it_is_accepted() {
    let cast = Cast::new().await;
    let key = cast.invite().await;
    let path = format!("/confirm/accept/invite/{}/{}", cast.bob.id, cast.jill.id);
    let answer = cast.platform.raw(Method::PUT, &path, Some(&cast.bob.token), b"no json".to_vec()).await;
    reason(answer, 400, "Error decoding the confirmation");
    for missing in [Value::Null, json!("")] {
        assert!(cast.answer("accept", &cast.bob, missing).await.expect(400).body.is_empty());
    }
    let by_jill = cast.platform.put(&path, &cast.jill.token, json!({ "key": key })).await;
    reason(by_jill, 401, "Not authorized for requested operation");
    let forbidden = "Forbidden to perform requested operation";
    reason(cast.answer("accept", &cast.bob, json!("unknown")).await, 404, "No matching invite was found");
    reason(cast.answer("accept", &cast.stranger, json!(key)).await, 403, forbidden);
    let other = format!("/confirm/accept/invite/{}/{}", cast.bob.id, cast.stranger.id);
    reason(cast.platform.put(&other, &cast.bob.token, json!({ "key": key })).await, 403, forbidden);
    cast.platform.get(&cast.pair(), &cast.jill.token).await.expect(404);
    assert_eq!(cast.accept(&key).await.expect(200).body, b"OK");
    reason(cast.accept(&key).await, 403, forbidden);
    assert_eq!(cast.platform.get(&cast.pair(), &cast.jill.token).await.expect(200).json(), json!({ "view": {} }));
    cast.received().await.expect(404);
    cast.sent().await.expect(404);

    // What has expired is refused, even between listing and accepting.
    let short = json!({ "email": cast.stranger.email, "permissions": {}, "tidelock": { "expires": cast.platform.now() + HOUR } });
    let path = format!("/confirm/send/invite/{}", cast.jill.id);
    let sent = cast.platform.post(&path, &cast.jill.token, short).await.expect(200).json();
    let key = sent["key"].clone();
    let listed = format!("/confirm/invitations/{}", cast.stranger.id);
    cast.platform.get(&listed, &cast.stranger.token).await.expect(200);
    cast.platform.wait(2 * HOUR);
    reason(cast.answer("accept", &cast.stranger, key).await, 403, forbidden);
    for expires in [0, cast.platform.now(), cast.platform.now() + 400 * DAY] {
        let body = json!({ "email": "c@example.org", "permissions": {}, "tidelock": { "expires": expires } });
        cast.platform.post(&path, &cast.jill.token, body).await.expect(400);
    }
    assert_eq!(audited(&cast.platform, "invitation.answer").await.len(), 2);
}

#[tokio::test]
async fn only_a_confirmed_address_accepts() {
    let cast = Cast::new().await;
    let carol = cast.platform.person("carol").await;
    let key = cast.send(&carol.email).await.expect(200).json()["key"].clone();
    // The mail with the invitation is the last one; the first one's link is gone with it only from this test's sight.
    let refused = cast.answer("accept", &carol, key.clone()).await.expect(403).json();
    assert!(refused["reason"].as_str().unwrap().starts_with("The e-mail address is not verified"), "{refused}");
    cast.answer("dismiss", &carol, key.clone()).await.expect(403);
    let path = format!("/confirm/send/signup/{}", carol.id);
    cast.platform.post(&path, &cast.jill.token, json!({})).await.expect(401);
    cast.platform.wait(1);
    cast.platform.post(&path, &carol.token, json!({})).await.expect(200);
    reason(
        cast.platform.raw(Method::PUT, "/confirm/accept/signup/unknown", None, Vec::new()).await,
        404,
        "No matching signup confirmation was found",
    );
    let user = async || cast.platform.get("/auth/user", &carol.token).await.expect(200).json()["emailVerified"].clone();
    assert_eq!(user().await, false);
    cast.platform.verify(&carol.email).await.expect(200);
    assert_eq!(user().await, true);
    cast.platform.verify(&carol.email).await.expect(200);
    cast.answer("accept", &carol, key).await.expect(200);
    cast.platform.post(&path, &carol.token, json!({})).await.expect(403);

    // Without a session, and without saying who has an account; a link ends.
    let dave = cast.platform.person("dave").await;
    let again = async |email: &str| {
        cast.platform.raw(Method::POST, &format!("/confirm/resend/signup/{email}"), None, Vec::new()).await.expect(200)
    };
    let before = cast.platform.mails().len();
    again("nobody@example.org").await;
    again(&carol.email).await;
    assert_eq!(cast.platform.mails().len(), before);
    cast.platform.wait(1);
    again(&dave.email).await;
    assert_eq!(cast.platform.mails().len(), before + 1);
    cast.platform.wait(31 * DAY);
    cast.platform.verify(&dave.email).await.expect(404);
}

#[tokio::test]
async fn b4_it_is_dismissed() {
    let cast = Cast::new().await;
    let key = cast.invite().await;
    let forbidden = "Forbidden to perform requested operation";
    reason(cast.answer("dismiss", &cast.bob, json!("unknown")).await, 404, "No matching invite was found");
    reason(cast.answer("dismiss", &cast.stranger, json!(key)).await, 403, forbidden);
    assert!(cast.answer("dismiss", &cast.bob, Value::Null).await.expect(400).body.is_empty());
    assert!(cast.answer("dismiss", &cast.bob, json!(key)).await.expect(200).body.is_empty());
    reason(cast.answer("dismiss", &cast.bob, json!(key)).await, 403, forbidden);
    reason(cast.accept(&key).await, 403, forbidden);
    cast.received().await.expect(404);
    assert_eq!(cast.sent().await.expect(200).json()[0]["status"], "declined");
    // It does not stand in the way of another.
    let again = cast.invite().await;
    assert_eq!(cast.sent().await.expect(200).json().as_array().unwrap().len(), 1);
    cast.accept(&again).await.expect(200);
    reason(cast.answer("dismiss", &cast.bob, json!(again)).await, 403, forbidden);
    cast.platform.get(&cast.pair(), &cast.bob.token).await.expect(200);
}

#[tokio::test]
async fn b5_it_is_taken_back() {
    let cast = Cast::new().await;
    let path = format!("/confirm/{}/invited/BOB@example.org", cast.jill.id);
    reason(cast.platform.put(&path, &cast.jill.token, json!({})).await, 404, "No matching invite was found");
    let key = cast.invite().await;
    reason(cast.platform.put(&path, &cast.bob.token, json!({})).await, 401, "Not authorized for requested operation");
    assert!(cast.platform.put(&path, &cast.jill.token, json!({})).await.expect(200).body.is_empty());
    cast.accept(&key).await.expect(403);
    cast.sent().await.expect(404);
    // What has been accepted is no invitation any more.
    cast.share().await;
    cast.platform.put(&path, &cast.jill.token, json!({})).await.expect(404);
    cast.platform.get(&cast.pair(), &cast.bob.token).await.expect(200);
}

#[tokio::test]
async fn b6_it_is_sent_again() {
    let cast = Cast::new().await;
    let key = cast.invite().await;
    let before = cast.sent().await.json()[0].clone();
    let mails = cast.platform.mails().len();
    cast.platform.wait(HOUR);
    let again = cast.patch(&key, &cast.jill.token).await.expect(200).json();
    assert_eq!((&again["key"], &again["expiresAt"]), (&before["key"], &before["expiresAt"]));
    assert_ne!(again["created"], before["created"]);
    assert_eq!(cast.platform.mails().len(), mails + 1);
    let forbidden = "Forbidden to perform requested operation";
    reason(cast.patch(&key, &cast.bob.token).await, 403, forbidden);
    reason(cast.patch("unknown", &cast.jill.token).await, 403, forbidden);
    cast.accept(&key).await.expect(200);
    reason(cast.patch(&key, &cast.jill.token).await, 403, forbidden);
    let (_, code) = cast.platform.clinic(&cast.stranger, "Seastar").await;
    let to_clinic = cast.platform.invite(&cast.jill, &code, json!({ "view": {} })).await;
    reason(cast.patch(&to_clinic, &cast.jill.token).await, 403, forbidden);
}

#[tokio::test]
async fn b8_to_b12_access_is_read_and_changed() {
    let cast = Cast::new().await;
    let (platform, pair) = (&cast.platform, cast.pair());
    cast.share().await;
    let (jill, bob) = (cast.jill.id.clone(), cast.bob.id.clone());
    let of = |path: &str, id: &str| format!("/access/{path}{id}");
    let given = platform.get(&of("", &jill), &cast.jill.token).await.expect(200).json();
    assert_eq!(given, json!({ jill.clone(): { "root": {} }, bob.clone(): { "view": {} } }));
    let groups = platform.get(&of("groups/", &bob), &cast.bob.token).await.expect(200).json();
    assert_eq!(groups, json!({ bob.clone(): { "root": {} }, jill.clone(): { "view": {} } }));
    for path in [of("", &jill), of("groups/", &jill), pair.clone()] {
        assert_eq!(platform.get(&path, &cast.stranger.token).await.expect(401).json(), "Unauthorized");
        platform.raw(Method::GET, &path, None, Vec::new()).await.expect(401);
    }
    platform.get(&format!("/access/{jill}/{}", cast.stranger.id), &cast.jill.token).await.expect(404);
    assert_eq!(platform.get(&format!("/access/{jill}/{jill}"), &cast.jill.token).await.json(), json!({ "root": {} }));

    let more = json!({ "view": {}, "note": {}, "root": {}, "upload": {} });
    for token in [&cast.bob.token, &cast.stranger.token] {
        assert_eq!(platform.post(&pair, token, more.clone()).await.expect(401).json(), "Unauthorized");
    }
    let changed = platform.post(&pair, &cast.jill.token, more).await.expect(200).json();
    assert_eq!(changed, json!({ "view": {}, "note": {}, "upload": {} }));
    assert_eq!(platform.get(&pair, &cast.bob.token).await.json(), changed);
    platform.post(&pair, &cast.jill.token, json!([])).await.expect(400);
    // Nobody is let in by this who was not invited.
    let stranger = format!("/access/{jill}/{}", cast.stranger.id);
    platform.post(&stranger, &cast.jill.token, json!({ "view": {} })).await.expect(404);

    let users = async |who: &Person| {
        platform.get(&format!("/metadata/users/{}/users", who.id), &who.token).await.expect(200).json()
    };
    let seen = users(&cast.jill).await;
    assert_eq!((&seen[0]["userid"], &seen[0]["trusteePermissions"]), (&json!(bob), &changed));
    assert_eq!(users(&cast.bob).await[0]["trustorPermissions"], changed);
    assert_eq!(users(&cast.stranger).await, json!([]));
    platform.get(&format!("/metadata/users/{jill}/users"), &cast.bob.token).await.expect(401);

    // A stranger removes nobody; either of the two does.
    platform.post(&pair, &cast.stranger.token, json!({})).await.expect(401);
    for token in [&cast.jill.token, &cast.bob.token] {
        assert_eq!(platform.post(&pair, token, json!({})).await.expect(200).json(), Value::Null);
        platform.get(&pair, &cast.jill.token).await.expect(404);
        cast.share().await;
    }
    platform.raw(Method::POST, &pair, Some(&cast.bob.token), Vec::new()).await.expect(200);
    platform.post(&pair, &cast.bob.token, json!({})).await.expect(401);
    platform.post(&pair, &cast.jill.token, json!({})).await.expect(404);
    let revoked = audited(platform, "share.").await;
    assert_eq!(revoked.iter().filter(|event| event.ends_with("revoked")).count(), 3, "{revoked:?}");
}

/// An owner and somebody with keys, both with confirmed addresses.
struct Keys {
    platform: Platform,
    jill: Owner,
    bob: Owner,
}

impl Keys {
    async fn new() -> Self {
        let platform = Platform::new().await;
        let mut jill = Owner::new(&platform, "jill").await;
        let bob = Owner::new(&platform, "bob").await;
        for owner in [&jill, &bob] {
            platform.verify(&owner.person.email).await.expect(200);
        }
        jill.store(&platform, drafts(1)).await;
        Self { platform, jill, bob }
    }

    /// Revokes what Bob has, and draws the next keys.
    async fn revoke(&mut self) {
        let bob = self.bob.person.id.clone();
        self.jill.revoke(&self.platform, &bob, Vec::new()).await.expect(200);
        for name in self.jill.log.exposed() {
            let place = self.jill.keys.iter().position(|key| key.name() == name).unwrap();
            let before = self.jill.keys[place].clone();
            self.jill.keys[place] = self.jill.mint(&self.platform, name.next_version(), Some(&before)).await;
        }
    }

    /// Signs a grant; answers the entries.
    async fn sign(&mut self, permissions: Permissions) -> Vec<Vec<u8>> {
        let before = self.jill.log.number();
        let keys = self.jill.keys[..if permissions.note { 2 } else { 1 }].to_vec();
        let (to, signing) = (delegate(&self.bob), self.jill.identity.signing().clone());
        self.jill.log.grant(&ENGINE, &signing, &to, permissions, &keys, NOW).await.unwrap();
        self.jill.log.entries_after(before).map(<[u8]>::to_vec).collect()
    }

    async fn send(&self, permissions: Permissions, log: Option<&[Vec<u8>]>) -> Answer {
        let log: Option<Vec<String>> = log.map(|log| log.iter().map(|entry| to_base64url(entry)).collect());
        let body = json!({
            "email": self.bob.person.email, "permissions": PermissionMap::from(permissions), "tidelock": { "log": log },
        });
        let path = format!("/confirm/send/invite/{}", self.jill.vault());
        self.platform.post(&path, &self.jill.person.token, body).await
    }

    async fn answer(&self, how: &str, key: &str) {
        let path = format!("/confirm/{how}/invite/{}/{}", self.bob.person.id, self.jill.vault());
        self.platform.put(&path, &self.bob.person.token, json!({ "key": key })).await.expect(200);
    }

    async fn complete(&self, key: &str, log: Vec<Vec<u8>>, token: &str) -> Answer {
        let body = CompletedInvitation { log: log.into_iter().map(Into::into).collect(), proof: None };
        let path = format!("/v1/tidelock/invitations/{key}");
        self.platform.raw(Method::POST, &path, Some(token), cbor::encode(&body)).await
    }

    /// How many entities Bob is served; of nothing served, the status.
    async fn served(&self) -> Result<usize, u16> {
        let answer = list(&self.platform, &self.bob.person.token, &everything(Some(self.jill.vault()))).await;
        match answer.status.as_u16() {
            200 => Ok(cbor::decode::<Bundle>(&answer.body).unwrap().entities.len()),
            status => {
                self.platform.get(&self.jill.path("log"), &self.bob.person.token).await.expect(404);
                self.platform.get(&self.jill.path("writes"), &self.bob.person.token).await.expect(404);
                Err(status)
            }
        }
    }

    async fn people(&self, who: &Owner) -> People {
        cbor::decode(&self.platform.get("/v1/tidelock/people", &who.person.token).await.expect(200).body).unwrap()
    }

    async fn state(&self) -> Option<InvitationState> {
        self.people(&self.jill).await.given.first().map(|given| given.state)
    }
}

fn key(answer: &Answer) -> String {
    answer.json()["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_grant_that_came_with_an_invitation_is_served_when_it_is_accepted() {
    let mut keys = Keys::new().await;
    let log = keys.sign(VIEW).await;
    keys.send(MORE, Some(&log)).await.expect(400);
    let invited = key(&keys.send(VIEW, Some(&log)).await.expect(200));
    assert_eq!(keys.served().await, Err(404));
    assert_eq!(keys.state().await, Some(InvitationState::Pending));
    // Whatever else is signed for the same person meanwhile: it was not accepted, and it is what will be.
    let token = keys.jill.person.token.clone();
    keys.sign(MORE).await;
    keys.jill.append(&keys.platform, keys.jill.log.number() - 1).await.expect(200);
    assert_eq!(keys.served().await, Err(404));
    keys.answer("accept", &invited).await;
    assert_eq!(keys.served().await, Ok(1));
    let pair = format!("/access/{}/{}", keys.jill.vault(), keys.bob.vault());
    let given = keys.platform.get(&pair, &token).await.expect(200).json();
    assert_eq!(given, json!({ "view": {}, "upload": {}, "note": {} }));
    let received = keys.people(&keys.bob).await.received;
    assert_eq!((received[0].owner.as_str(), received[0].granted.0), (keys.jill.vault(), true));

    // What Jill takes away without a signature is gone at once, and no other grant brings it back.
    keys.platform.post(&pair, &token, json!({ "upload": {} })).await.expect(200);
    list(&keys.platform, &keys.bob.person.token, &everything(Some(keys.jill.vault()))).await.expect(404);
    keys.platform.post(&pair, &token, json!({})).await.expect(200);
    assert_eq!(keys.served().await, Err(404));
    keys.sign(MORE).await;
    keys.jill.append(&keys.platform, keys.jill.log.number() - 1).await.expect(200);
    assert_eq!(keys.served().await, Err(404));
    // With a revocation it is over; what is granted then is another thing, without an invitation.
    keys.revoke().await;
    assert_eq!(keys.state().await, None);
    keys.sign(VIEW).await;
    keys.jill.append(&keys.platform, keys.jill.log.number() - 1).await.expect(200);
    assert_eq!(keys.served().await, Ok(1));
}

#[tokio::test]
async fn what_was_declined_or_has_expired_is_served_by_no_other_grant() {
    for how in ["dismiss", "expire", "cancel"] {
        let mut keys = Keys::new().await;
        let log = keys.sign(VIEW).await;
        let invited = key(&keys.send(VIEW, Some(&log)).await.expect(200));
        let path = format!("/confirm/{}/invited/{}", keys.jill.vault(), keys.bob.person.email);
        match how {
            "dismiss" => keys.answer("dismiss", &invited).await,
            "cancel" => drop(keys.platform.put(&path, &keys.jill.person.token, json!({})).await.expect(200)),
            _ => {
                keys.platform.wait(8 * DAY);
                for owner in [&mut keys.jill, &mut keys.bob] {
                    owner.person.token = keys.platform.sign_in(&owner.person.email, common::PASSWORD).await.token();
                }
            }
        }
        assert_eq!(keys.served().await, Err(404), "{how}");
        keys.sign(MORE).await;
        keys.jill.append(&keys.platform, keys.jill.log.number() - 1).await.expect(200);
        assert_eq!(keys.served().await, Err(404), "{how}");
        let expected = match how {
            "dismiss" => Some(InvitationState::Declined),
            "cancel" => None,
            _ => Some(InvitationState::Expired),
        };
        assert_eq!(keys.state().await, expected, "{how}");
    }
}

#[tokio::test]
async fn a_revocation_ends_the_invitation_and_the_access() {
    let mut keys = Keys::new().await;
    let log = keys.sign(VIEW).await;
    let invited = key(&keys.send(VIEW, Some(&log)).await.expect(200));
    let bob = keys.bob.person.id.clone();
    keys.revoke().await;
    let path = format!("/confirm/accept/invite/{bob}/{}", keys.jill.vault());
    keys.platform.put(&path, &keys.bob.person.token, json!({ "key": invited })).await.expect(403);
    let log = keys.sign(VIEW).await;
    let invited = key(&keys.send(VIEW, Some(&log)).await.expect(200));
    keys.answer("accept", &invited).await;
    assert_eq!(keys.served().await, Ok(1));
    keys.revoke().await;
    assert_eq!(keys.served().await, Err(404));
    assert_eq!(keys.people(&keys.bob).await.received, []);
}

#[tokio::test]
async fn an_invitation_is_completed_before_or_after_it_is_accepted() {
    for accepted in [false, true] {
        let mut keys = Keys::new().await;
        let token = keys.jill.person.token.clone();
        let invited = key(&keys.send(VIEW, None).await.expect(200));
        let waiting = keys.people(&keys.jill).await.given.remove(0);
        assert_eq!((waiting.person.as_deref(), waiting.has_identity.0), (Some(keys.bob.vault()), true));
        if accepted {
            keys.answer("accept", &invited).await;
            assert_eq!(keys.served().await, Err(404));
        }
        let before = keys.jill.log.clone();
        let wrong = keys.sign(MORE).await;
        keys.complete(&invited, wrong, &token).await.expect(400);
        keys.jill.log = before;
        let log = keys.sign(VIEW).await;
        keys.complete(&invited, log.clone(), &keys.bob.person.token).await.expect(404);
        keys.complete("unknown", log.clone(), &token).await.expect(404);
        keys.complete(&invited, log.clone(), &token).await.expect(200);
        keys.complete(&invited, log, &token).await.expect(200);
        if !accepted {
            assert_eq!(keys.served().await, Err(404));
            keys.answer("accept", &invited).await;
        }
        assert_eq!(keys.served().await, Ok(1));
    }
    // What has ended waits for nothing.
    let mut keys = Keys::new().await;
    let invited = key(&keys.send(VIEW, None).await.expect(200));
    keys.answer("dismiss", &invited).await;
    let log = keys.sign(VIEW).await;
    keys.complete(&invited, log, &keys.jill.person.token).await.expect(404);
    assert_eq!(keys.served().await, Err(404));
}

#[tokio::test]
async fn nobody_is_waited_for_until_there_is_an_identity() {
    let platform = Platform::new().await;
    let jill = Owner::new(&platform, "jill").await;
    let path = format!("/confirm/send/invite/{}", jill.vault());
    let body = json!({ "email": "bob@example.org", "permissions": { "view": {} } });
    platform.post(&path, &jill.person.token, body).await.expect(200);
    let given = async || {
        let answer = platform.get("/v1/tidelock/people", &jill.person.token).await.expect(200);
        let given = cbor::decode::<People>(&answer.body).unwrap().given.remove(0);
        (given.person, given.has_identity.0)
    };
    assert_eq!(given().await, (None, false));
    let bob = Owner::unpublished(&platform, "bob").await;
    assert_eq!(given().await, (Some(bob.vault().to_owned()), false));
    bob.publish(&platform).await.expect(201);
    assert_eq!(given().await, (Some(bob.vault().to_owned()), true));
}

#[tokio::test]
async fn a_writer_who_was_removed_writes_nothing_more() {
    let mut keys = Keys::new().await;
    let log = keys.sign(MORE).await;
    let invited = key(&keys.send(MORE, Some(&log)).await.expect(200));
    keys.answer("accept", &invited).await;
    let pair = format!("/access/{}/{}", keys.jill.vault(), keys.bob.vault());
    let write = async |keys: &Keys| {
        let scribe = tidelock::records::Scribe {
            identity: &keys.bob.identity,
            capacity: None,
            size: 0,
            root: tidelock_crypto::merkle::Frontier::new().root(),
        };
        let wrap = tidelock::records::WrapTo::VaultKey(&keys.jill.keys[0]);
        let write = scribe.write(&ENGINE, &keys.jill.log, Some(wrap), drafts(1), NOW).await.unwrap();
        let token = Some(keys.bob.person.token.as_str());
        keys.platform.raw(Method::POST, &keys.jill.path("writes"), token, cbor::encode(&write)).await
    };
    keys.platform.post(&pair, &keys.jill.person.token, json!({ "view": {} })).await.expect(200);
    write(&keys).await.expect(403);
    keys.platform.post(&pair, &keys.bob.person.token, json!({})).await.expect(200);
    write(&keys).await.expect(404);
}
