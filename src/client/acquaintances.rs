//! People and clinics one knows: comparing safety numbers, and finding somebody by an e-mail address.

use tidelock_crypto::Digest;

use super::remembered::Verified;
use super::{Actor, Control, LocalPending, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::keys::{Clinic, DataOwnerKind, SafetyNumber};
use crate::sharing::Delegate;
use crate::wire::FoundDataOwner;

/// Somebody whose identity is pinned on this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acquaintance {
    /// Who.
    pub id: String,
    /// The fingerprint; a clinic's is its root's.
    pub fingerprint: Digest,
    /// How the identity came to be believed: `shareCode`, `safetyNumber`, `invitation`,
    /// `invitationLink`, `firstUse` or `directory`.
    pub verified: &'static str,
    /// Since when, in milliseconds since the epoch.
    pub since: u64,
    /// The name that the identity went by then; empty where there was none.
    pub name: String,
}

/// A safety number that is to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The number.
    pub number: SafetyNumber,
    /// The fingerprint of the other side's identity.
    pub fingerprint: Digest,
    /// How this identity came to be believed, if it was.
    pub verified: Option<&'static str>,
}

impl<T: Transport, S: Store> Session<T, S> {
    /// The safety number of the person with somebody, under the newest identity that the platform shows of him.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is nobody of that id.
    pub fn safety_number<'a>(&'a self, id: &'a str, control: &'a Control) -> LocalPending<'a, Result<Compared>> {
        Box::pin(async move { Ok(self.compare(id, control).await?.0) })
    }

    /// The safety number, and whose identity it is of: the newest that the platform shows, whatever is pinned. Of a clinic that is
    /// not the pinned one nothing else is taken over.
    fn compare<'a>(
        &'a self,
        id: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<(Compared, Delegate, Option<Clinic>)>> {
        Box::pin(async move {
            let party = self.party(Actor::Person, control).await?;
            let changed = match self.ask(&party, &[], vec![id.to_owned()], control).await.map_err(|error| *error) {
                Ok(()) => None,
                Err(Error::IdentityChanged { owner }) if owner == id => Some(self.unchecked_keys(id, control).await?.0),
                Err(error) => return Err(error.into()),
            };
            let other = match &changed {
                Some(clinic) => Delegate::from(clinic),
                None => self.known.borrow().directory.delegate(id).ok_or(Error::NotFound)?,
            };
            let pin = self.remembered().pin(id).await?.filter(|pin| pin.fingerprint == other.fingerprint);
            let own = self.identity.fingerprint();
            let number = SafetyNumber::new(self.platform.origin(), (&self.account.id, &own), (id, &other.fingerprint));
            let verified = pin.map(|pin| pin.verified.as_str());
            Ok((Compared { number, fingerprint: other.fingerprint, verified }, other, changed))
        })
    }

    /// Believes the identity of somebody whose safety number, as he reads or shows it, is the same as here; instead of any
    /// other that was pinned for him.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when it is not; [`Error::NotFound`] when there is nobody of that id.
    pub fn confirm_identity<'a>(
        &'a self,
        id: &'a str,
        typed: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let (compared, other, changed) = self.compare(id, control).await?;
            if !compared.number.matches(typed) {
                return Err(Error::invalid("safetyNumber", "the numbers differ; do not share anything"));
            }
            match changed {
                Some(clinic) => {
                    self.known.borrow_mut().directory.disbelieve();
                    self.pin_clinic(&clinic, Verified::SafetyNumber).await
                }
                None => self.pin(&other, Verified::SafetyNumber).await,
            }
        })
    }

    /// Whose identities are pinned on this device.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn acquaintances(&self) -> Result<Vec<Acquaintance>> {
        let remembered = self.remembered();
        let mut known = Vec::new();
        for id in remembered.pinned().await? {
            let Some(pin) = remembered.pin(&id).await? else { continue };
            let (fingerprint, since, name) = (pin.fingerprint, pin.since, pin.name);
            known.push(Acquaintance { id, fingerprint, verified: pin.verified.as_str(), since, name });
        }
        Ok(known)
    }

    /// The id and the kind of who has this e-mail address. That is the platform's word alone: see
    /// [`safety_number`](Self::safety_number).
    ///
    /// # Errors
    /// [`Error::NotFound`] when nobody with an identity has it.
    pub fn find_data_owner<'a>(
        &'a self,
        email: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<(String, DataOwnerKind)>> {
        Box::pin(async move {
            let path = ["/data-owners?email=", &query(email.trim())].concat();
            let found: FoundDataOwner = self.platform.get_cbor(&path, control).await?;
            Ok((found.owner, found.kind))
        })
    }
}

/// A text as part of a query, or of a path: letters, digits and a few marks stay, every other byte is written as a number.
pub(super) fn query(text: &str) -> String {
    let mut query = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            query.push(char::from(byte));
        } else {
            query.push('%');
            for digit in [byte >> 4, byte & 15] {
                query.extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    query
}
