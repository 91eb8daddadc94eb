//! What persons offer to the own person, and share with her: answering, leaving. How they do it: [`people`](super::people).

use serde::Serialize;
use tidelock_crypto::Digest;

use super::people::is_about_one;
use super::remembered::Verified;
use super::{Control, LocalPending, Method, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::sharing::{Delegate, InvitationPlace, InvitationSecret, LinkSide, Permissions};
use crate::wire::json::{PersonProof, from_base64url, to_base64url};
use crate::wire::{People, ReceivedShare};

/// A person who asks to share her record with the own person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedInvitation {
    /// The key of the invitation.
    pub key: String,
    /// The owner's id.
    pub owner: String,
    /// The owner's address: the platform's word.
    pub email: String,
    /// The name under which the owner's identity is pinned; empty where there is none.
    pub name: String,
    /// Whether the owner's identity was verified.
    pub verified: bool,
    /// What is offered.
    pub permissions: Permissions,
    /// When it was made, as the platform writes times (RFC 3339).
    pub created: String,
    /// Until when it may be accepted, in milliseconds since the epoch.
    pub expires: Option<u64>,
    /// Whether there is a grant already; otherwise the owner's client completes it, when it is next on line.
    pub granted: bool,
}

/// A record that somebody shares with the own person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedRecord {
    /// The owner's id.
    pub owner: String,
    /// The name under which the owner's identity is pinned; empty where there is none.
    pub name: String,
    /// Whether the owner's identity was verified.
    pub verified: bool,
    /// What is allowed.
    pub permissions: Permissions,
    /// Since when, in milliseconds since the epoch.
    pub since: u64,
    /// Whether there is a grant already; otherwise the owner's client completes it, when it is next on line.
    pub granted: bool,
}

/// The body of the answer to an invitation.
#[derive(Serialize)]
struct Answer<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tidelock: Option<PersonProof>,
}

impl<T: Transport, S: Store> Session<T, S> {
    /// The invitations by persons that wait for an answer.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    pub fn list_received_invitations<'a>(
        &'a self,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<ReceivedInvitation>>> {
        Box::pin(async move {
            let path = ["/confirm/invitations/", &self.account.id].concat();
            let listed = match self.platform.get_list(&path, control).await {
                // That is how Tidepool says that there are none.
                Err(error) if *error == Error::NotFound => Vec::new(),
                listed => listed?,
            };
            let mut invitations = Vec::with_capacity(listed.len());
            for invitation in &listed {
                let owner = invitation.text("creatorId");
                let pin = self.remembered().pin(&owner).await?;
                let ours = invitation.get("tidelock").unwrap_or_default();
                let context = invitation.get("context").unwrap_or_default();
                invitations.push(ReceivedInvitation {
                    key: invitation.text("key"),
                    email: ours.text("email"),
                    name: pin.as_ref().map(|pin| pin.name.clone()).unwrap_or_default(),
                    verified: pin.is_some_and(|pin| pin.is_verified()),
                    owner,
                    permissions: context.get("permissions").unwrap_or(context).into(),
                    created: invitation.text("created"),
                    expires: ours.get("expires").and_then(|expires| expires.as_integer()),
                    granted: ours.get("granted").is_some_and(|granted| granted.is_true()),
                });
            }
            Ok(invitations)
        })
    }

    /// Accepts an invitation by a person, and pins her identity. With the link, both sides are verified: she when this is
    /// accepted, the own side when her client is next on line.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such invitation, [`Error::EmailNotVerified`] when the own address is not
    /// confirmed, [`Error::IdentityChanged`] when another identity of the owner is pinned, [`Error::InvalidInput`] when the
    /// link is another invitation's.
    pub fn accept_person<'a>(
        &'a self,
        key: &'a str,
        link: Option<&'a str>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let secret = link.map(|link| secret_of(link, key)).transpose()?;
            let mut listed = self.list_received_invitations(control).await?.into_iter();
            let invitation = listed.find(|invitation| invitation.key == key).ok_or(Error::NotFound)?;
            let owner = match self.statement(&invitation.owner, control).await {
                // She uses another client, and has no identity.
                Err(error) if *error == Error::NotFound => None,
                statement => Some(Delegate::from(&statement?)),
            };
            let mut tidelock = None;
            if let (Some(secret), Some(owner)) = (&secret, &owner) {
                let place = self.received_place(key, invitation.expires, (&owner.id, owner.fingerprint));
                self.remembered().put_link_secret(key, secret).await?;
                let proof = to_base64url(secret.prove(LinkSide::Receiver, place).as_bytes());
                tidelock = Some(PersonProof { proof: Some(proof) });
            }
            let path = ["/confirm/accept/invite/", &self.account.id, "/", &invitation.owner].concat();
            self.platform.send_json(Method::Put, &path, &Answer { key, tidelock }, control).await?;
            match owner {
                Some(owner) if self.remembered().pin(&owner.id).await?.is_none() => {
                    self.pin(&owner, Verified::Invitation).await
                }
                _ => Ok(()),
            }
        })
    }

    /// Declines an invitation by a person.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such invitation.
    pub fn dismiss_person<'a>(&'a self, key: &'a str, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let mut listed = self.list_received_invitations(control).await?.into_iter();
            let invitation = listed.find(|invitation| invitation.key == key).ok_or(Error::NotFound)?;
            let path = ["/confirm/dismiss/invite/", &self.account.id, "/", &invitation.owner].concat();
            let body = Answer { key, tidelock: None };
            self.platform.send_json(Method::Put, &path, &body, control).await.map(drop)
        })
    }

    /// The records that persons share with the own person.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    pub fn list_shared_records<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<Vec<SharedRecord>>> {
        Box::pin(async move {
            let people: People = self.platform.get_cbor("/people", control).await?;
            let mut records = Vec::with_capacity(people.received.len());
            for received in people.received {
                self.check_sender(&received, control).await?;
                let pin = self.remembered().pin(&received.owner).await?;
                records.push(SharedRecord {
                    name: pin.as_ref().map(|pin| pin.name.clone()).unwrap_or_default(),
                    verified: pin.is_some_and(|pin| pin.is_verified()),
                    owner: received.owner,
                    permissions: received.permissions,
                    since: received.since,
                    granted: received.granted.0,
                });
            }
            Ok(records)
        })
    }

    /// Gives up what a person shares with the own person: the platform refuses at once, and her client draws new keys.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when there is nothing to give up.
    pub fn leave<'a>(&'a self, owner: &'a str, control: &'a Control) -> LocalPending<'a, Result<()>> {
        self.end_share(owner, &self.account.id, control)
    }

    /// Believes the identity of an owner who has shown that she has the secret of the link that was used.
    pub(super) fn check_sender<'a>(
        &'a self,
        received: &'a ReceivedShare,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let (Some(key), Some(proof)) = (&received.key, &received.proof) else { return Ok(()) };
            let Some(secret) = self.remembered().link_secret(key).await? else { return Ok(()) };
            let owner = match self.statement(&received.owner, control).await {
                Err(error) if is_about_one(&error) => return Ok(()),
                statement => Delegate::from(&statement?),
            };
            let place = self.received_place(key, received.expires, (&received.owner, owner.fingerprint));
            if secret.proves(LinkSide::Sender, place, proof) {
                self.pin_by_link(&owner).await?;
                self.remembered().delete_link_secret(key).await?;
            }
            Ok(())
        })
    }

    fn received_place<'a>(
        &'a self,
        key: &'a str,
        expires: Option<u64>,
        sender: (&'a str, Digest),
    ) -> InvitationPlace<'a> {
        let receiver = (self.account.id.as_str(), self.identity.fingerprint());
        InvitationPlace { key, expires: expires.unwrap_or_default(), sender, receiver }
    }
}

/// The secret in a link, which has to be the link of that invitation.
fn secret_of(link: &str, key: &str) -> Result<InvitationSecret> {
    let wrong = || Error::invalid("link", "it is not the link of this invitation");
    let (_, fragment) = link.trim().split_once('#').ok_or_else(wrong)?;
    let (of, secret) = fragment.split_once('.').ok_or_else(wrong)?;
    if of != key {
        return Err(wrong());
    }
    InvitationSecret::from_slice(&from_base64url(secret).map_err(|_| wrong())?)
}
