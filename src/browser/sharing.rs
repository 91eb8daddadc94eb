//! Sharing with persons, in the hands of JavaScript: rarely used.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::entities::{Members, accepted, array};
use super::people::value;
use super::promise::{deferred, done};
use super::session::SessionHandle;
use super::values;
use crate::client::{NewPersonInvitation, PersonAccess, PersonState, ReceivedInvitation, SharedRecord};
use crate::sharing::Permissions;

fn name_of(state: PersonState) -> &'static str {
    match state {
        PersonState::Pending => "pending",
        PersonState::WaitingForIdentity => "waitingForIdentity",
        PersonState::WaitingForGrant => "waitingForGrant",
        PersonState::Sharing => "sharing",
        PersonState::Declined => "declined",
        PersonState::Expired => "expired",
    }
}

pub(super) fn add_permissions(members: &mut Members, permissions: Permissions) {
    let mut inner = Members::new();
    inner.truth("view", permissions.view);
    inner.truth("upload", permissions.upload);
    inner.truth("note", permissions.note);
    members.json("permissions", &inner.end());
}

fn add_text(members: &mut Members, name: &str, text: Option<&String>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        members.text(name, text);
    }
}

fn add_number(members: &mut Members, name: &str, number: Option<u64>) {
    if let Some(number) = number {
        members.number(name, number);
    }
}

fn access(access: &PersonAccess) -> String {
    let mut members = Members::new();
    members.text("kind", "person");
    add_text(&mut members, "personId", access.id.as_ref());
    add_text(&mut members, "name", Some(&access.name));
    add_text(&mut members, "email", access.email.as_ref());
    add_text(&mut members, "nickname", access.nickname.as_ref());
    members.truth("verified", access.verified);
    members.text("state", name_of(access.state));
    add_permissions(&mut members, access.permissions);
    add_number(&mut members, "since", access.since);
    add_text(&mut members, "key", access.invitation.as_ref());
    add_number(&mut members, "expires", access.expires);
    add_text(&mut members, "link", access.link.as_ref());
    members.end()
}

fn received(invitation: &ReceivedInvitation) -> String {
    let mut members = Members::new();
    members.text("key", &invitation.key);
    members.text("ownerId", &invitation.owner);
    members.text("email", &invitation.email);
    add_text(&mut members, "name", Some(&invitation.name));
    members.truth("verified", invitation.verified);
    add_permissions(&mut members, invitation.permissions);
    members.text("created", &invitation.created);
    add_number(&mut members, "expires", invitation.expires);
    members.truth("granted", invitation.granted);
    members.end()
}

fn shared(record: &SharedRecord) -> String {
    let mut members = Members::new();
    members.text("ownerId", &record.owner);
    add_text(&mut members, "name", Some(&record.name));
    members.truth("verified", record.verified);
    add_permissions(&mut members, record.permissions);
    members.number("since", record.since);
    members.truth("granted", record.granted);
    members.end()
}

#[wasm_bindgen]
impl SessionHandle {
    /// Invites a person by her address.
    ///
    /// # Errors
    /// See [`Session::invite_person`](crate::client::Session::invite_person).
    #[wasm_bindgen(js_name = invitePerson)]
    pub fn invite_person(
        &self,
        email: String,
        permissions: JsValue,
        nickname: Option<String>,
        expires: Option<f64>,
        accept: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move {
            let (permissions, expires) = (values::permissions(permissions), expires.map(|expires| expires as u64));
            let new = NewPersonInvitation { email, permissions, nickname, expires };
            let sent = session.invite_person(&new, &accepted(accept), &control(None, signal)).await?;
            let mut members = Members::new();
            members.text("key", &sent.key);
            members.text("link", &sent.link);
            members.text("state", name_of(sent.state));
            value(&members.end())
        })
    }

    /// The persons who have, or were offered, access.
    ///
    /// # Errors
    /// See [`Session::list_people`](crate::client::Session::list_people).
    #[wasm_bindgen(js_name = listPeople)]
    pub fn list_people(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { value(&array(session.list_people(&control(None, signal)).await?.iter().map(access))) })
    }

    /// Seals what invitations have waited for.
    ///
    /// # Errors
    /// See [`Session::complete_invitations`](crate::client::Session::complete_invitations).
    #[wasm_bindgen(js_name = completeInvitations)]
    pub fn complete_invitations(&self, accept: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let waiting = session.complete_invitations(&accepted(accept), &control(None, signal)).await?;
            Ok((waiting as f64).into())
        })
    }

    /// Lets the mail with an invitation be sent again.
    ///
    /// # Errors
    /// See [`Session::resend_invitation`](crate::client::Session::resend_invitation).
    #[wasm_bindgen(js_name = resendInvitation)]
    pub fn resend_invitation(&self, key: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.resend_invitation(&key, &control(None, signal)).await) })
    }

    /// Changes what a clinic or a person may do.
    ///
    /// # Errors
    /// See [`Session::change_permissions`](crate::client::Session::change_permissions).
    #[wasm_bindgen(js_name = changePermissions)]
    pub fn change_permissions(&self, id: String, permissions: JsValue, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let permissions = values::permissions(permissions);
            done(session.change_permissions(&id, permissions, &control(None, signal)).await)
        })
    }

    /// The invitations by persons that wait for an answer.
    ///
    /// # Errors
    /// See [`Session::list_received_invitations`](crate::client::Session::list_received_invitations).
    #[wasm_bindgen(js_name = listReceivedInvitations)]
    pub fn list_received_invitations(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let listed = session.list_received_invitations(&control(None, signal)).await?;
            value(&array(listed.iter().map(received)))
        })
    }

    /// Accepts an invitation by a person.
    ///
    /// # Errors
    /// See [`Session::accept_person`](crate::client::Session::accept_person).
    #[wasm_bindgen(js_name = acceptPerson)]
    pub fn accept_person(&self, key: String, link: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.accept_person(&key, link.as_deref(), &control(None, signal)).await) })
    }

    /// Declines an invitation by a person.
    ///
    /// # Errors
    /// See [`Session::dismiss_person`](crate::client::Session::dismiss_person).
    #[wasm_bindgen(js_name = dismissPerson)]
    pub fn dismiss_person(&self, key: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.dismiss_person(&key, &control(None, signal)).await) })
    }

    /// The records that persons share with this one.
    ///
    /// # Errors
    /// See [`Session::list_shared_records`](crate::client::Session::list_shared_records).
    #[wasm_bindgen(js_name = listSharedRecords)]
    pub fn list_shared_records(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let records = session.list_shared_records(&control(None, signal)).await?;
            value(&array(records.iter().map(shared)))
        })
    }

    /// Gives up what a person shares.
    ///
    /// # Errors
    /// See [`Session::leave`](crate::client::Session::leave).
    pub fn leave(&self, owner: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.leave(&owner, &control(None, signal)).await) })
    }

    /// Confirms an address with the end of a link.
    ///
    /// # Errors
    /// See [`Session::verify_email`](crate::client::Session::verify_email).
    #[wasm_bindgen(js_name = verifyEmail)]
    pub fn verify_email(&self, key: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.verify_email(&key, &control(None, signal)).await) })
    }

    /// Asks for another such link.
    ///
    /// # Errors
    /// See [`Session::resend_verification`](crate::client::Session::resend_verification).
    #[wasm_bindgen(js_name = resendVerification)]
    pub fn resend_verification(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.resend_verification(&control(None, signal)).await) })
    }
}
