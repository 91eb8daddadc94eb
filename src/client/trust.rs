//! Whom the client believes: what is pinned, and to whom something may be sealed.

use std::rc::Rc;

use tidelock_crypto::Digest;

use super::clinics::check_age;
use super::remembered::{Pin, Verified};
use super::{LocalPending, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::keys::{Clinic, DataOwnerKind};
use crate::sharing::Delegate;

/// Somebody whose identity nobody has verified, as an application's own directory is asked about him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// His id.
    pub id: String,
    /// What kind of data owner.
    pub kind: DataOwnerKind,
    /// The fingerprint of the identity that the platform shows; a clinic's is its root's.
    pub fingerprint: Digest,
    /// A clinic's name, as its statement says it.
    pub name: Option<String>,
}

/// Asks an application's own directory whether an identity is the right one.
pub type Ask = dyn Fn(Introduction) -> LocalPending<'static, Result<bool>>;

/// To whom something may be sealed whose identity has not been verified.
#[derive(Clone, Default)]
pub enum Trust {
    /// To nobody.
    #[default]
    Verified,
    /// To the identity that the platform showed first.
    FirstUse,
    /// To whom the application's own directory knows.
    Ask(Rc<Ask>),
}

/// Whose identity the caller accepts unverified, in one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Accept {
    /// Nobody's.
    #[default]
    Nobody,
    /// Everybody's.
    Everybody,
    /// Those of these ids.
    These(Vec<String>),
}

impl Accept {
    fn names(&self, id: &str) -> bool {
        match self {
            Self::Nobody => false,
            Self::Everybody => true,
            Self::These(ids) => ids.iter().any(|named| named == id),
        }
    }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Says to whom something may be sealed whose identity has not been verified; otherwise to nobody.
    pub fn set_trust(&self, trust: Trust) {
        self.known.borrow_mut().trust = trust;
    }

    /// Checks a clinic against what is pinned, and remembers a newer head, and a newer root that the pinned one has accepted. What
    /// is seen for the first time is pinned on the platform's word.
    ///
    /// # Errors
    /// See [`clinic_keys`](Self::clinic_keys).
    pub(super) fn check_pin<'a>(&'a self, clinic: &'a Clinic) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let changed = || Error::IdentityChanged { owner: clinic.id().to_owned() };
            let pin = self.remembered().pin(clinic.id()).await?;
            if pin.as_ref().is_some_and(|pin| !clinic.follows(&pin.fingerprint, pin.head)) {
                return Err(changed().into());
            }
            for succession in clinic.successions() {
                if !Rc::make_mut(&mut self.known.borrow_mut().directory.successions).add_root(succession) {
                    return Err(changed().into());
                }
            }
            let mut verified = Verified::FirstUse;
            if let Some(pin) = pin {
                let number = clinic.head().body().number;
                if number < pin.head {
                    return Err(Error::tampered("a clinic head that is older than one seen before"));
                }
                if number == pin.head && pin.head_digest.is_some_and(|digest| digest != clinic.head().digest()) {
                    return Err(Error::tampered("two clinic heads with one number"));
                }
                if number == pin.head {
                    return Ok(());
                }
                verified = pin.verified;
            }
            self.pin_clinic(clinic, verified).await
        })
    }

    /// Pins a clinic as it is now.
    pub(super) fn pin_clinic<'a>(&'a self, clinic: &'a Clinic, verified: Verified) -> LocalPending<'a, Result<()>> {
        let pin = self.pin_of_clinic(clinic, verified);
        Box::pin(async move { self.remembered().put_pin(clinic.id(), pin).await })
    }

    fn pin_of_clinic(&self, clinic: &Clinic, verified: Verified) -> Pin {
        Pin {
            fingerprint: clinic.fingerprint(),
            verified,
            since: self.platform.now(),
            name: clinic.statement().body().name.clone(),
            head: clinic.head().body().number,
            head_digest: Some(clinic.head().digest()),
        }
    }

    /// Pins an identity that has been believed in some way, under the name that it went by before.
    pub(super) fn pin<'a>(&'a self, delegate: &'a Delegate, verified: Verified) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let before = self.remembered().pin(&delegate.id).await?;
            self.remembered().put_pin(&delegate.id, self.pin_of(delegate, verified, before)).await
        })
    }

    fn pin_of(&self, delegate: &Delegate, verified: Verified, before: Option<Pin>) -> Pin {
        if let Some(clinic) = self.known.borrow().directory.clinic(&delegate.id) {
            return self.pin_of_clinic(clinic, verified);
        }
        let name = before.map(|pin| pin.name).unwrap_or_default();
        let fingerprint = delegate.fingerprint;
        Pin { fingerprint, verified, since: self.platform.now(), name, head: 0, head_digest: None }
    }

    /// Checks that something may be sealed to all of these who have not had it so far.
    ///
    /// # Errors
    /// [`Error::NotVerified`] with all whose identities have not been verified, [`Error::IdentityChanged`] when another one
    /// is pinned, [`Error::ClinicStale`] when a clinic's head is too old.
    pub(super) fn may_seal_to<'a>(
        &'a self,
        delegates: &'a [Delegate],
        accept: &'a Accept,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let mut unverified: Vec<String> = Vec::new();
            let mut pins = Vec::new();
            for delegate in delegates {
                let clinic = self.known.borrow().directory.clinic(&delegate.id).cloned();
                if let Some(clinic) = &clinic {
                    check_age(clinic, self.platform.now())?;
                }
                if unverified.contains(&delegate.id)
                    || self.is_trusted(delegate, clinic.as_deref(), accept, &mut pins).await?
                {
                    continue;
                }
                unverified.push(delegate.id.clone());
            }
            self.remembered().put_pins(&pins).await?;
            if unverified.is_empty() {
                return Ok(());
            }
            let owner = unverified.remove(0);
            Err(Error::NotVerified { owner, others: unverified }.into())
        })
    }

    /// Whether somebody's identity is pinned under that fingerprint, or a clinic's under that of a later root, and was verified by
    /// more than the platform's word.
    pub(super) fn is_verified<'a>(&'a self, id: &'a str, fingerprint: &'a Digest) -> LocalPending<'a, Result<bool>> {
        Box::pin(async move {
            let Some(pin) = self.remembered().pin(id).await?.filter(Pin::is_verified) else { return Ok(false) };
            let known = self.known.borrow();
            let clinic = known.directory.clinic(id).filter(|clinic| clinic.fingerprint() == pin.fingerprint);
            Ok(pin.fingerprint == *fingerprint || clinic.is_some_and(|clinic| clinic.has_had(fingerprint)))
        })
    }

    /// Whether the second fingerprint is that of an accepted successor of the first.
    fn precedes(&self, before: &Digest, now: &Digest) -> bool {
        before != now && self.known.borrow().directory.successions.lead(before, now)
    }

    /// Whether something may be sealed to somebody; the pin goes to the others, where there is to be a new one.
    fn is_trusted<'a>(
        &'a self,
        delegate: &'a Delegate,
        clinic: Option<&'a Clinic>,
        accept: &'a Accept,
        pins: &'a mut Vec<(String, Pin)>,
    ) -> LocalPending<'a, Result<bool>> {
        Box::pin(async move {
            if delegate.fingerprint == self.identity.fingerprint() {
                return Ok(true);
            }
            let before = self.remembered().pin(&delegate.id).await?;
            match &before {
                // The clinic has gone on since it was asked for.
                Some(pin) if clinic.is_some() && self.precedes(&delegate.fingerprint, &pin.fingerprint) => {
                    return Err(Error::Conflict { current: None }.into());
                }
                Some(pin) if pin.fingerprint != delegate.fingerprint => {
                    return Err(Error::IdentityChanged { owner: delegate.id.clone() }.into());
                }
                Some(pin) if pin.is_verified() => return Ok(true),
                _ => {}
            }
            let trust = self.known.borrow().trust.clone();
            let verified = match trust {
                _ if accept.names(&delegate.id) => Verified::FirstUse,
                Trust::Verified => return Ok(false),
                Trust::FirstUse => Verified::FirstUse,
                Trust::Ask(ask) => {
                    let Delegate { id, kind, fingerprint, .. } = delegate.clone();
                    let name = clinic.map(|clinic| clinic.statement().body().name.clone());
                    if !ask(Introduction { id, kind, fingerprint, name }).await? {
                        return Ok(false);
                    }
                    Verified::Directory
                }
            };
            if before.as_ref().is_none_or(|pin| pin.verified != verified) {
                pins.push((delegate.id.clone(), self.pin_of(delegate, verified, before)));
            }
            Ok(true)
        })
    }
}
