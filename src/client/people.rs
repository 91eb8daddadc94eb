//! Sharing with persons: inviting by an address or a link, completing what had to wait, removing. How they answer: [`received`](super::received).

use minicbor::bytes::ByteVec;
use serde::Serialize;
use tidelock_crypto::cbor;

use super::acquaintances::query;
use super::remembered::Verified;
use super::trust::Accept;
use super::vault::Vault;
use super::{Control, LocalPending, Method, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::json::{self, Json};
use crate::sharing::{Delegate, InvitationPlace, InvitationSecret, LinkSide, Permissions};
use crate::wire::json::{PermissionMap, PersonGrant, to_base64url};
use crate::wire::{self, CompletedInvitation, GivenShare, InvitationState, People};

/// Where the sharing with a person stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonState {
    /// She has been invited and has not answered.
    Pending,
    /// Nobody with that address has an account with keys yet.
    WaitingForIdentity,
    /// The own client has not sealed anything to her yet: her identity is not verified.
    WaitingForGrant,
    /// She can read.
    Sharing,
    /// She has declined.
    Declined,
    /// She did not answer in time.
    Expired,
}

/// A person who has, or has been offered, access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonAccess {
    /// Her id, where there is an account.
    pub id: Option<String>,
    /// The name under which her identity is pinned; empty where there is none.
    pub name: String,
    /// The address that was invited.
    pub email: Option<String>,
    /// What the owner calls her.
    pub nickname: Option<String>,
    /// Whether her identity was verified.
    pub verified: bool,
    /// Where it stands.
    pub state: PersonState,
    /// What was granted, or is offered.
    pub permissions: Permissions,
    /// Since when the grant stands, in milliseconds since the epoch.
    pub since: Option<u64>,
    /// The key of the invitation, if there was one.
    pub invitation: Option<String>,
    /// Until when the invitation can be accepted, in milliseconds since the epoch.
    pub expires: Option<u64>,
    /// The link of the invitation, on the device that sent it, until it has been used.
    pub link: Option<String>,
}

/// Whom to invite to what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPersonInvitation {
    /// Her address.
    pub email: String,
    /// What she may do.
    pub permissions: Permissions,
    /// What the owner calls her, in clear at the platform.
    pub nickname: Option<String>,
    /// Until when she may accept, in milliseconds since the epoch; the platform's usual time if nothing is said.
    pub expires: Option<u64>,
}

/// An invitation that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentInvitation {
    /// Its key.
    pub key: String,
    /// A link that verifies both sides, to be handed over by a way that is not the platform's.
    pub link: String,
    /// Where it stands.
    pub state: PersonState,
}

/// The body of `POST /confirm/send/invite/{userId}`.
#[derive(Serialize)]
struct Invitation<'a> {
    email: &'a str,
    permissions: PermissionMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'a str>,
    tidelock: PersonGrant,
}

/// Nothing: what somebody may do who is removed.
#[derive(Serialize)]
struct Nothing {}

/// Why somebody cannot be sealed to, which is no failure of completing the others.
pub(super) fn is_about_one(error: &Error) -> bool {
    matches!(error, Error::NotVerified { .. } | Error::IdentityChanged { .. } | Error::NotFound)
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Invites a person by her address. Where her identity is known and may be sealed to, the grant goes with the invitation;
    /// otherwise it follows when she has an identity that is verified, for instance by the link.
    ///
    /// # Errors
    /// [`Error::Conflict`] when she has been invited or shares already, [`Error::IdentityChanged`] when another identity of
    /// hers is pinned.
    pub fn invite_person<'a>(
        &'a self,
        new: &'a NewPersonInvitation,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<SentInvitation>> {
        Box::pin(async move {
            if new.permissions == Permissions::default() {
                return Err(Error::invalid("permissions", "grant at least one permission"));
            }
            let email = new.email.trim();
            let known = match self.find_data_owner(email, control).await {
                Err(error) if *error == Error::NotFound => None,
                found => Some(found?.0),
            };
            let delegate = match &known {
                Some(id) if *id == self.account.id => return Err(Error::invalid("email", "it is your own address")),
                Some(id) => Some(Delegate::from(&self.statement(id, control).await?)),
                None => None,
            };
            let trusted = match &delegate {
                None => None,
                Some(delegate) => match self.may_seal_to(std::slice::from_ref(delegate), accept).await {
                    Err(error) if matches!(*error, Error::NotVerified { .. }) => None,
                    outcome => outcome.map(|()| Some(delegate))?,
                },
            };
            let secret = InvitationSecret::generate()?;
            let key = self
                .in_vault(None, control, async |vault, _| {
                    // What stands may have been declined, or have expired, since the vault was opened.
                    if known.as_ref().is_some_and(|id| vault.log.standing(id).is_some()) {
                        self.settle(vault, control).await?;
                    }
                    let mut grant = PersonGrant { log: None, expires: new.expires };
                    let mut draft = None;
                    if let Some(delegate) = trusted {
                        if vault.log.standing(&delegate.id).is_some() {
                            return Err(Error::Conflict { current: None }.into());
                        }
                        let granted = self.draft_of_grant(vault, delegate, new.permissions).await?;
                        grant.log = Some(granted.entries_after(vault.log.number()).map(to_base64url).collect());
                        draft = Some(granted);
                    }
                    let permissions = new.permissions.into();
                    let invitation =
                        Invitation { email, permissions, nickname: new.nickname.as_deref(), tidelock: grant };
                    let path = ["/confirm/send/invite/", &self.account.id].concat();
                    if trusted.is_none() {
                        self.remembered().put_waiting(true).await?;
                    }
                    let body = json::to_bytes(&invitation)?;
                    let answer = self.send_signed(vault.log.vault(), path, true, body, control).await?;
                    // Not before: an invitation that there is already has a link of its own. The address is as the platform
                    // compares and lists it: the tables that it takes would be several kilobytes here.
                    let sent = Json::parse(&answer).unwrap_or_default();
                    self.remembered().put_link_secret(&sent.text("email"), &secret).await?;
                    if let Some(draft) = draft {
                        vault.log = draft;
                        self.remember(vault).await?;
                    }
                    Ok(sent.text("key"))
                })
                .await?;
            let state = match (trusted, &known) {
                (Some(_), _) => PersonState::Pending,
                (None, Some(_)) => PersonState::WaitingForGrant,
                (None, None) => PersonState::WaitingForIdentity,
            };
            Ok(SentInvitation { link: self.link(&key, &secret), key, state })
        })
    }

    fn link(&self, key: &str, secret: &InvitationSecret) -> String {
        [self.platform.origin(), "/invitation#", key, ".", &to_base64url(secret.expose())].concat()
    }

    /// All persons who have, or have been offered, access. What can be completed is completed first.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    pub fn list_people<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<Vec<PersonAccess>>> {
        Box::pin(async move {
            self.complete_invitations(&Accept::Nobody, control).await?;
            let people: People = self.platform.get_cbor("/people", control).await?;
            self.in_vault(None, control, async |vault, _| {
                let mut accesses = Vec::with_capacity(people.given.len());
                for given in people.given {
                    accesses.push(self.person_access(vault, given).await?);
                }
                Ok(accesses)
            })
            .await
        })
    }

    fn person_access<'a>(&'a self, vault: &'a Vault, given: GivenShare) -> LocalPending<'a, Result<PersonAccess>> {
        Box::pin(async move {
            let id = given.person.unwrap_or_default();
            let pin = self.remembered().pin(&id).await?;
            let standing = vault.log.standing(&id);
            let state = match given.state {
                InvitationState::Declined => PersonState::Declined,
                InvitationState::Expired => PersonState::Expired,
                _ if !given.has_identity.0 => PersonState::WaitingForIdentity,
                _ if standing.is_none() => PersonState::WaitingForGrant,
                InvitationState::Pending => PersonState::Pending,
                InvitationState::Accepted => PersonState::Sharing,
            };
            let secret = match &given.email {
                Some(email) => self.remembered().link_secret(email).await?,
                None => None,
            };
            let link = given.key.as_ref().zip(secret).map(|(key, secret)| self.link(key, &secret));
            let mut permissions = given.permissions;
            if let Some(standing) = standing {
                let signed = standing.grant.permissions;
                permissions.view &= signed.view;
                permissions.upload &= signed.upload;
                permissions.note &= signed.note;
            }
            Ok(PersonAccess {
                name: pin.as_ref().map(|pin| pin.name.clone()).unwrap_or_default(),
                verified: pin.is_some_and(|pin| pin.is_verified()),
                id: Some(id).filter(|id| !id.is_empty()),
                email: given.email,
                nickname: given.nickname,
                state,
                permissions,
                since: standing.map(|standing| standing.time),
                invitation: given.key,
                expires: given.expires,
                link,
            })
        })
    }

    /// Seals what invitations have waited for, to whoever has an identity now that may be sealed to. Gives how many are
    /// waiting still.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    pub fn complete_invitations<'a>(
        &'a self,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<u64>> {
        Box::pin(async move {
            let complete =
                || self.in_vault(None, control, async |vault, _| self.complete(vault, accept, control).await);
            match complete().await {
                // Another device of hers has written into the log: it has been closed, and is read anew.
                Err(error) if *error == Error::Conflict { current: None } => complete().await,
                outcome => outcome,
            }
        })
    }

    /// The same, in a vault that is open.
    pub(super) fn complete<'a>(
        &'a self,
        vault: &'a mut Vault,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<u64>> {
        Box::pin(async move {
            let people: People = self.platform.get_cbor("/people", control).await?;
            let mut waiting = 0;
            for given in &people.given {
                if !self.complete_one(vault, given, accept, control).await? {
                    waiting += 1;
                }
            }
            for received in &people.received {
                self.check_sender(received, control).await?;
            }
            self.remembered().put_waiting(waiting > 0).await?;
            Ok(waiting)
        })
    }

    /// Completes one invitation, if it can be. `false`: it is waiting still.
    fn complete_one<'a>(
        &'a self,
        vault: &'a mut Vault,
        given: &'a GivenShare,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<bool>> {
        Box::pin(async move {
            let open = matches!(given.state, InvitationState::Pending | InvitationState::Accepted);
            let (Some(key), Some(email), true) = (&given.key, &given.email, open) else { return Ok(true) };
            let Some(person) = given.person.as_ref().filter(|_| given.has_identity.0) else { return Ok(false) };
            let delegate = match self.statement(person, control).await {
                Err(error) if is_about_one(&error) => return Ok(false),
                statement => Delegate::from(&statement?),
            };
            let mut proof = None;
            if let (Some(secret), Some(shown)) = (self.remembered().link_secret(email).await?, &given.proof) {
                let place = InvitationPlace {
                    key,
                    expires: given.expires.unwrap_or_default(),
                    sender: (&self.account.id, self.identity.fingerprint()),
                    receiver: (person, delegate.fingerprint),
                };
                // Whoever has read the link, and nobody else, can show that.
                if secret.proves(LinkSide::Receiver, place, shown) {
                    self.pin_by_link(&delegate).await?;
                    proof = Some(ByteVec::from(secret.prove(LinkSide::Sender, place).as_bytes().to_vec()));
                }
            }
            let stands = vault.log.standing(person).is_some();
            if stands && proof.is_none() {
                return Ok(true);
            }
            let mut draft = vault.log.clone();
            if !stands {
                match self.may_seal_to(std::slice::from_ref(&delegate), accept).await {
                    Err(error) if is_about_one(&error) => return Ok(false),
                    outcome => outcome?,
                }
                draft = self.draft_of_grant(vault, &delegate, given.permissions).await?;
            }
            let log = draft.entries_after(vault.log.number()).map(|entry| entry.to_vec().into()).collect();
            let used = proof.is_some();
            let body = cbor::encode(&CompletedInvitation { log, proof });
            let path = [wire::PREFIX, "/invitations/", key].concat();
            match self.send_signed(vault.log.vault(), path, false, body, control).await {
                // It was declined, or taken back by another device, since it was listed.
                Err(error) if *error == Error::NotFound => return Ok(true),
                answered => answered?,
            };
            vault.log = draft;
            self.remember(vault).await?;
            if used {
                self.remembered().delete_link_secret(email).await?;
            }
            Ok(true)
        })
    }

    pub(super) fn pin_by_link<'a>(&'a self, delegate: &'a Delegate) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            if self.is_verified(&delegate.id, &delegate.fingerprint).await? {
                return Ok(());
            }
            self.pin(delegate, Verified::InvitationLink).await
        })
    }

    /// Takes back an invitation of a person, or removes one that was declined or has expired from the list.
    pub(super) fn cancel_person<'a>(&'a self, key: &'a str, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let people: People = self.platform.get_cbor("/people", control).await?;
            let mut given = people.given.into_iter();
            let given =
                given.find(|given| given.key.as_deref() == Some(key) && given.state != InvitationState::Accepted);
            let given = given.ok_or(Error::NotFound)?;
            let email = given.email.unwrap_or_default();
            if let Some(person) = &given.person {
                match self.revoke(person, control).await {
                    Err(error) if *error == Error::NotFound => {}
                    revoked => revoked?,
                }
            }
            self.remembered().delete_link_secret(&email).await?;
            let path = ["/confirm/", &self.account.id, "/invited/", &query(&email)].concat();
            match self.platform.send_empty(Method::Put, &path, control).await {
                // With the grant the platform has ended the invitation, too.
                Err(error) if *error == Error::NotFound => Ok(()),
                canceled => canceled,
            }
        })
    }

    /// Lets the platform send the mail with an invitation of a person again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when it does not wait for an answer.
    pub fn resend_invitation<'a>(&'a self, key: &'a str, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let path = ["/confirm/resend/invite/", key].concat();
            self.platform.send_empty(Method::Patch, &path, control).await
        })
    }

    /// Lets the platform refuse what a person could do with an owner's record.
    pub(super) fn end_share<'a>(
        &'a self,
        owner: &'a str,
        person: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let path = ["/access/", owner, "/", person].concat();
            self.platform.send_json(Method::Post, &path, &Nothing {}, control).await.map(drop)
        })
    }

    /// Confirms an address with the end of the link that was sent to it. It needs no session.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the link is not one that works.
    pub fn verify_email<'a>(&'a self, key: &'a str, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let path = ["/confirm/accept/signup/", &query(key)].concat();
            self.platform.send_empty(Method::Put, &path, control).await
        })
    }

    /// Lets the platform send another such link to the own address.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when it is confirmed already.
    pub fn resend_verification<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let path = ["/confirm/send/signup/", &self.account.id].concat();
            self.platform.send_empty(Method::Post, &path, control).await
        })
    }
}
