//! The people of a clinic: inviting them, giving them the clinic's keys, and taking the keys from those who go.

use std::collections::BTreeMap;

use serde::Serialize;
use tidelock_crypto::cbor::List;

use super::clinics::is_admin;
use super::directory::Published;
use super::trust::Accept;
use super::{Actor, Control, LocalPending, Method, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::keys::{Clinic, Member, Person, Role};
use crate::sharing::Delegate;
use crate::wire::ClinicKeys;

/// Where somebody stands with a clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// He has been invited and has not answered.
    Invited,
    /// He has accepted; an administrator has to verify his identity and to give him the clinic's keys.
    Waiting,
    /// He has the clinic's keys.
    Member,
}

/// Somebody who works in a clinic, or has been invited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicMember {
    /// His id, once he has accepted.
    pub id: Option<String>,
    /// His e-mail address.
    pub email: String,
    /// What he may do.
    pub role: Role,
    /// Where he stands.
    pub state: MemberState,
    /// The key of his invitation, while he has not answered.
    pub invitation: Option<String>,
}

/// An invitation to work in a clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipInvitation {
    /// Its key.
    pub key: String,
    /// The clinic's id.
    pub clinic: String,
    /// The clinic's name, as the platform says it.
    pub name: String,
    /// What the person may do there.
    pub role: Role,
    /// When it was made, as the platform writes times (RFC 3339).
    pub created: String,
}

/// What came of giving the clinic's keys to those who have accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompletedMembers {
    /// Who has them now and had not before.
    pub added: Vec<String>,
    /// Who has them no more.
    pub removed: Vec<String>,
    /// Whose identities have to be verified first, or who have none yet.
    pub waiting: Vec<String>,
}

/// How often the keys of a clinic are composed anew because another administrator was faster.
const ATTEMPTS: u32 = 4;

/// The body of `POST /v1/clinics/{id}/invites/clinicians`.
#[derive(Serialize)]
struct NewMember<'a> {
    email: &'a str,
    roles: [&'static str; 1],
}

/// The body of `PUT /v1/clinics/{id}/clinicians/{user}`.
#[derive(Serialize)]
struct NewRole {
    roles: [&'static str; 1],
}

fn name_of(role: Role) -> &'static str {
    match role {
        Role::Admin => "CLINIC_ADMIN",
        Role::Member => "CLINIC_MEMBER",
    }
}

fn role_of(clinician: &Json) -> Role {
    if is_admin(clinician) { Role::Admin } else { Role::Member }
}

fn at(clinic: &str, rest: &[&str]) -> String {
    let mut path = ["/v1/clinics/", clinic].concat();
    for part in rest {
        path.push('/');
        path.push_str(part);
    }
    path
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Invites somebody to work in a clinic; the key of the invitation.
    ///
    /// # Errors
    /// [`Error::Conflict`] when he works there or is invited already, [`Error::Forbidden`] to whoever is no administrator.
    pub async fn invite_member(&self, clinic: &str, email: &str, role: Role, control: &Control) -> Result<String> {
        let body = NewMember { email: email.trim(), roles: [name_of(role)] };
        let path = at(clinic, &["invites", "clinicians"]);
        Ok(self.platform.send_json(Method::Post, &path, &body, control).await?.text("inviteId"))
    }

    /// Takes an invitation back that has not been answered.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn cancel_member_invitation(&self, clinic: &str, key: &str, control: &Control) -> Result<()> {
        self.platform.send_empty(Method::Delete, &at(clinic, &["invites", "clinicians", key]), control).await
    }

    /// Sends the mail of an invitation once more.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none that waits for an answer.
    pub async fn resend_member_invitation(&self, clinic: &str, key: &str, control: &Control) -> Result<()> {
        self.platform.send_empty(Method::Patch, &at(clinic, &["invites", "clinicians", key]), control).await
    }

    /// The people of a clinic, and those who have been invited.
    ///
    /// # Errors
    /// [`Error::Forbidden`] to whoever is no member.
    pub fn list_members<'a>(
        &'a self,
        clinic: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<ClinicMember>>> {
        Box::pin(async move {
            let listed = self.platform.get_list(&at(clinic, &["clinicians"]), control).await?;
            let (keys, _) = self.clinic_keys(clinic, control).await?;
            let roster = &keys.roster().body().members;
            let member = |clinician: &Json| {
                let id = Some(clinician.text("id")).filter(|id| !id.is_empty());
                // With another identity, the person herself waits for the keys again.
                let has_keys = |member: &Member, id: &str| {
                    let own = id == self.account.id;
                    member.user == id && (!own || member.fingerprint == self.identity.fingerprint())
                };
                let state = match &id {
                    None => MemberState::Invited,
                    Some(id) if roster.iter().any(|member| has_keys(member, id)) => MemberState::Member,
                    Some(_) => MemberState::Waiting,
                };
                let invitation = Some(clinician.text("inviteId")).filter(|key| id.is_none() && !key.is_empty());
                ClinicMember { id, email: clinician.text("email"), role: role_of(clinician), state, invitation }
            };
            Ok(listed.iter().map(member).collect())
        })
    }

    /// The invitations of clinics to the person.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    pub async fn list_membership_invitations(&self, control: &Control) -> Result<Vec<MembershipInvitation>> {
        let path = format!("/v1/clinicians/{}/invites", self.account.id);
        let listed = match self.platform.get_list(&path, control).await {
            // That is how Tidepool says that there are none.
            Err(error) if *error == Error::NotFound => Vec::new(),
            listed => listed?,
        };
        let invitation = |invitation: &Json| MembershipInvitation {
            key: invitation.text("key"),
            clinic: invitation.text("clinicId"),
            name: invitation.get("creator").unwrap_or_default().text("clinicName"),
            role: role_of(&invitation.get("context").unwrap_or_default()),
            created: invitation.text("created"),
        };
        Ok(listed.iter().map(invitation).collect())
    }

    /// Accepts an invitation to work in a clinic. The clinic's keys come from one of its administrators, once he has verified
    /// the person's identity.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such invitation.
    pub async fn accept_membership(&self, key: &str, control: &Control) -> Result<()> {
        let path = format!("/v1/clinicians/{}/invites/{key}", self.account.id);
        self.platform.send_empty(Method::Put, &path, control).await
    }

    /// Declines an invitation to work in a clinic.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such invitation.
    pub async fn decline_membership(&self, key: &str, control: &Control) -> Result<()> {
        let path = format!("/v1/clinicians/{}/invites/{key}", self.account.id);
        self.platform.send_empty(Method::Delete, &path, control).await
    }

    /// Gives the clinic's keys to those who have accepted and whose identities are verified or accepted here, and a new key to those
    /// who remain when somebody has left.
    ///
    /// # Errors
    /// [`Error::NoAccess`] to whoever is no administrator, [`Error::IdentityChanged`] when somebody's identity is not the
    /// pinned one.
    pub fn complete_members<'a>(
        &'a self,
        clinic: &'a str,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<CompletedMembers>> {
        self.change_people(clinic, None, accept, control)
    }

    /// Ends somebody's membership. Those who remain get a new key at once; what is written from then on he cannot open, whatever he
    /// has kept. With an administrator goes the clinic's root, and new share codes take the places of those that certified it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such member, [`Error::InvalidInput`] for the last administrator.
    pub fn remove_member<'a>(
        &'a self,
        clinic: &'a str,
        user: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            if user == self.account.id {
                return self.leave_clinic(clinic, control).await;
            }
            self.change_people(clinic, Some(user), &Accept::Nobody, control).await.map(drop)
        })
    }

    /// Leaves a clinic. Those who remain get a new key, and a new root where an administrator left, when an administrator's client
    /// is next on line.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for the last administrator.
    pub async fn leave_clinic(&self, clinic: &str, control: &Control) -> Result<()> {
        self.platform.send_empty(Method::Delete, &at(clinic, &["clinicians", &self.account.id]), control).await?;
        self.known.borrow_mut().forget_parties();
        Ok(())
    }

    /// Makes a member an administrator, or an administrator a member, with whom the clinic's root goes: the next one he does not
    /// have. Who makes himself a member leaves that to another administrator's client.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such member, [`Error::InvalidInput`] for the last administrator.
    pub fn change_role<'a>(
        &'a self,
        clinic: &'a str,
        user: &'a str,
        role: Role,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let path = at(clinic, &["clinicians", user]);
            self.platform.send_json(Method::Put, &path, &NewRole { roles: [name_of(role)] }, control).await?;
            if user == self.account.id && role == Role::Member {
                // The roster is for an administrator to change: one of those who remain.
                return Ok(());
            }
            self.change_people(clinic, None, &Accept::Nobody, control).await.map(drop)
        })
    }

    /// What an administrator's client does for a clinic whenever its clinics are listed; nothing where it is as it should be.
    pub(super) fn settle_people<'a>(
        &'a self,
        clinic: &'a Clinic,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let roles = self.listed_roles(clinic.id(), control).await?;
            let roster = &clinic.roster().body().members;
            let is_same = |member: &Member| roles.get(&member.user) == Some(&member.role);
            if roles.len() == roster.len() && roster.iter().all(is_same) {
                return self.renew_codes_if_possible(clinic, control).await;
            }
            match self.change_people(clinic.id(), None, &Accept::Nobody, control).await.map_err(|error| *error) {
                // Another administrator is at it; or somebody has to be verified again, which is for him to see who looks at
                // the members.
                Ok(_) | Err(Error::Conflict { .. } | Error::IdentityChanged { .. } | Error::NoAccess) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Who works in a clinic, and as what, as the platform lists it.
    fn listed_roles<'a>(
        &'a self,
        clinic: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<BTreeMap<String, Role>>> {
        Box::pin(async move {
            let listed = self.platform.get_list(&at(clinic, &["clinicians"]), control).await?;
            let mut roles = BTreeMap::new();
            for clinician in &listed {
                roles.insert(clinician.text("id"), role_of(clinician));
            }
            // Whoever is invited has no id yet.
            roles.remove("");
            Ok(roles)
        })
    }

    fn change_people<'a>(
        &'a self,
        clinic: &'a str,
        removed: Option<&'a str>,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<CompletedMembers>> {
        Box::pin(async move {
            let mut attempt = 1;
            loop {
                match self.change_people_once(clinic, removed, accept, control).await {
                    Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                    outcome => return outcome,
                }
            }
        })
    }

    /// Lets the roster follow the platform's list of members: one request, in which a membership may end, too.
    fn change_people_once<'a>(
        &'a self,
        clinic: &'a str,
        removed: Option<&'a str>,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<CompletedMembers>> {
        Box::pin(async move {
            let mut roles = self.listed_roles(clinic, control).await?;
            if let Some(removed) = removed {
                roles.remove(removed).ok_or(Error::NotFound)?;
            }
            let (before, keys) = self.clinic_keys(clinic, control).await?;
            let party = self.party(Actor::Person, control).await?;
            self.ask(&party, &[], roles.keys().cloned().collect(), control).await?;
            let mut outcome = CompletedMembers::default();
            let mut people: Vec<(Published, Role)> = Vec::with_capacity(roles.len());
            for (user, role) in roles {
                match self.believed_member(&before, &user, accept).await? {
                    Some(identity) => people.push((identity, role)),
                    None => outcome.waiting.push(user),
                }
            }
            let roster = &before.roster().body().members;
            let is_on = |user: &str| roster.iter().any(|member| member.user == user);
            for (identity, _) in &people {
                if !is_on(&identity.body().owner) {
                    outcome.added.push(identity.body().owner.clone());
                }
            }
            for member in roster {
                if !people.iter().any(|(identity, _)| identity.body().owner == member.user) {
                    outcome.removed.push(member.user.clone());
                }
            }
            let is_same = |(identity, role): &(Published, Role)| {
                before.member(&identity.body().owner, &identity.digest()).is_some_and(|member| member.role == *role)
            };
            if outcome.removed.is_empty() && removed.is_none() && people.iter().all(is_same) {
                return Ok(outcome);
            }
            let people: Vec<Person<'_>> =
                people.iter().map(|(identity, role)| Person { identity, role: *role }).collect();
            let now = self.platform.now();
            let (after, envelopes) = before.change(&self.engine, &self.identity, &keys.envelopes, &people, now).await?;
            let removed = List(removed.map(str::to_owned).into_iter().collect());
            let body = ClinicKeys { bundle: after.bundle(), envelopes, removed };
            self.platform.send_cbor(Method::Put, &["/clinics/", clinic, "/keys"].concat(), &body, control).await?;
            self.check_pin(&after).await?;
            {
                let mut known = self.known.borrow_mut();
                known.directory.add_clinic(after.clone());
                known.forget_parties();
            }
            self.renew_codes_if_possible(&after, control).await?;
            Ok(outcome)
        })
    }

    /// A member's newest identity, if it is the one on the roster, an accepted successor of it, or one that the clinic's keys may be
    /// sealed to.
    fn believed_member<'a>(
        &'a self,
        clinic: &'a Clinic,
        user: &'a str,
        accept: &'a Accept,
    ) -> LocalPending<'a, Result<Option<Published>>> {
        Box::pin(async move {
            let newest = {
                let directory = &self.known.borrow().directory;
                let Some(newest) = directory.newest(user).cloned() else { return Ok(None) };
                let known = clinic.roster().body().members.iter().find(|member| member.user == user);
                if known.is_some_and(|known| directory.successions.lead(&known.fingerprint, &newest.digest())) {
                    return Ok(Some(newest));
                }
                newest
            };
            match self.may_seal_to(&[Delegate::from(&*newest)], accept).await.map_err(|error| *error) {
                Ok(()) => Ok(Some(newest)),
                Err(Error::NotVerified { .. }) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
    }
}
