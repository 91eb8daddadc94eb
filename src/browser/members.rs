//! The people of clinics in the hands of JavaScript: rarely used.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::entities::{Members, accepted, array, quoted};
use super::people::value;
use super::promise::{deferred, done};
use super::session::SessionHandle;
use crate::client::{ClinicMember, CompletedMembers, MemberState, MembershipInvitation};
use crate::error::{Error, Result};
use crate::keys::Role;

fn role(name: &str) -> Result<Role> {
    match name {
        "admin" => Ok(Role::Admin),
        "member" => Ok(Role::Member),
        _ => Err(Error::invalid("role", "admin or member")),
    }
}

const fn name_of(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

fn member(member: &ClinicMember) -> String {
    let mut members = Members::new();
    if let Some(id) = &member.id {
        members.text("id", id);
    }
    members.text("email", &member.email);
    members.text("role", name_of(member.role));
    members.text(
        "state",
        match member.state {
            MemberState::Invited => "invited",
            MemberState::Waiting => "waiting",
            MemberState::Member => "member",
        },
    );
    if let Some(key) = &member.invitation {
        members.text("invitation", key);
    }
    members.end()
}

fn invitation(invitation: &MembershipInvitation) -> String {
    let mut members = Members::new();
    members.text("key", &invitation.key);
    members.text("clinicId", &invitation.clinic);
    members.text("clinicName", &invitation.name);
    members.text("role", name_of(invitation.role));
    members.text("created", &invitation.created);
    members.end()
}

fn completed(completed: &CompletedMembers) -> String {
    let ids = |ids: &[String]| array(ids.iter().map(|id| quoted(id)));
    let mut members = Members::new();
    members.json("added", &ids(&completed.added));
    members.json("removed", &ids(&completed.removed));
    members.json("waiting", &ids(&completed.waiting));
    members.end()
}

#[wasm_bindgen]
impl SessionHandle {
    /// Invites somebody to work in a clinic; the key of the invitation.
    ///
    /// # Errors
    /// See [`Session::invite_member`](crate::client::Session::invite_member).
    #[wasm_bindgen(js_name = inviteMember)]
    pub fn invite_member(&self, clinic: String, email: String, name: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let key = session.invite_member(&clinic, &email, role(&name)?, &control(None, signal)).await?;
            Ok(JsValue::from_str(&key))
        })
    }

    /// Takes an invitation back that has not been answered, or sends its mail once more.
    ///
    /// # Errors
    /// See [`Session::cancel_member_invitation`](crate::client::Session::cancel_member_invitation).
    #[wasm_bindgen(js_name = memberInvitation)]
    pub fn member_invitation(&self, clinic: String, key: String, again: bool, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let control = control(None, signal);
            done(match again {
                true => session.resend_member_invitation(&clinic, &key, &control).await,
                false => session.cancel_member_invitation(&clinic, &key, &control).await,
            })
        })
    }

    /// The people of a clinic, and those who have been invited.
    ///
    /// # Errors
    /// See [`Session::list_members`](crate::client::Session::list_members).
    #[wasm_bindgen(js_name = listMembers)]
    pub fn list_members(&self, clinic: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let listed = session.list_members(&clinic, &control(None, signal)).await?;
            value(&array(listed.iter().map(member)))
        })
    }

    /// The invitations of clinics to the person.
    ///
    /// # Errors
    /// See [`Session::list_membership_invitations`](crate::client::Session::list_membership_invitations).
    #[wasm_bindgen(js_name = listMembershipInvitations)]
    pub fn list_membership_invitations(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let listed = session.list_membership_invitations(&control(None, signal)).await?;
            value(&array(listed.iter().map(invitation)))
        })
    }

    /// Accepts an invitation to work in a clinic, or declines it.
    ///
    /// # Errors
    /// See [`Session::accept_membership`](crate::client::Session::accept_membership).
    #[wasm_bindgen(js_name = answerMembership)]
    pub fn answer_membership(&self, key: String, accepts: bool, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let control = control(None, signal);
            done(match accepts {
                true => session.accept_membership(&key, &control).await,
                false => session.decline_membership(&key, &control).await,
            })
        })
    }

    /// Gives the clinic's keys to those who have accepted.
    ///
    /// # Errors
    /// See [`Session::complete_members`](crate::client::Session::complete_members).
    #[wasm_bindgen(js_name = completeMembers)]
    pub fn complete_members(&self, clinic: String, accept: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let accept = accepted(accept);
            value(&completed(&session.complete_members(&clinic, &accept, &control(None, signal)).await?))
        })
    }

    /// Makes a member an administrator, or an administrator a member.
    ///
    /// # Errors
    /// See [`Session::change_role`](crate::client::Session::change_role).
    #[wasm_bindgen(js_name = changeRole)]
    pub fn change_role(&self, clinic: String, user: String, name: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.change_role(&clinic, &user, role(&name)?, &control(None, signal)).await) })
    }

    /// Ends somebody's membership; one's own, if no other is named.
    ///
    /// # Errors
    /// See [`Session::remove_member`](crate::client::Session::remove_member).
    #[wasm_bindgen(js_name = removeMember)]
    pub fn remove_member(&self, clinic: String, user: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let control = control(None, signal);
            done(match user {
                Some(user) => session.remove_member(&clinic, &user, &control).await,
                None => session.leave_clinic(&clinic, &control).await,
            })
        })
    }
}
