//! Whom the client knows: statements and clinics that were verified.

use std::rc::Rc;

use minicbor::bytes::ByteVec;
use tidelock_crypto::Digest;

use super::remembered::Verified;
use super::{Control, LocalPending, Method, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::keys::{Clinic, ClinicHead, Compartment, DataOwnerKind, IdentityStatement, Succession, Successions};
use crate::records::{Capacity, EntityState, Manifest, Write};
use crate::sharing::{Delegate, Grant, VaultLog, VaultOwner};
use crate::signed::{Signed, Unverified};
use crate::wire::{ClinicKeys, NewHead, ServedClinic, Statements};

/// A verified statement.
pub(super) type Published = Rc<Signed<IdentityStatement>>;

/// Statements and clinics that were fetched and verified.
#[derive(Default)]
pub(super) struct Directory {
    /// All versions that were served.
    statements: Vec<Published>,
    /// Which of them, and which roots of clinics, were accepted by those before.
    pub(super) successions: Rc<Successions>,
    /// As they were served last.
    clinics: Vec<Rc<Clinic>>,
    /// As they were under earlier heads.
    earlier: Vec<Rc<Clinic>>,
}

impl Directory {
    /// The newest statement of a person.
    pub(super) fn newest(&self, owner: &str) -> Option<&Published> {
        let of_owner = self.statements.iter().filter(|statement| statement.body().owner == owner);
        of_owner.max_by_key(|statement| statement.body().version)
    }

    /// Of the versions of a person's identity that are served, those that are believed because of one of them: those that it
    /// names before it, itself, and those that were accepted since.
    ///
    /// # Errors
    /// [`Error::IdentityChanged`] when it is not served, or not what it names before it.
    pub(super) fn believed(&self, owner: &str, versions: &[Published], fingerprint: &Digest) -> Result<Vec<Published>> {
        let mut believed: Vec<Published> = Vec::with_capacity(versions.len());
        let mut before = Some(*fingerprint);
        for version in versions.iter().rev() {
            if before == Some(version.digest()) {
                before = version.body().predecessor;
                believed.insert(0, version.clone());
            }
        }
        if before.is_some() {
            return Err(Error::IdentityChanged { owner: owner.to_owned() }.into());
        }
        for version in versions {
            let last = believed.last().map(|last| last.digest());
            if last.is_some_and(|last| last != version.digest() && self.successions.lead(&last, &version.digest())) {
                believed.push(version.clone());
            }
        }
        Ok(believed)
    }

    /// The statement of a person with that fingerprint.
    pub(super) fn statement(&self, owner: &str, fingerprint: &Digest) -> Option<&Published> {
        self.statements.iter().find(|known| known.body().owner == owner && known.digest() == *fingerprint)
    }

    pub(super) fn clinic(&self, id: &str) -> Option<&Rc<Clinic>> {
        self.clinics.iter().find(|clinic| clinic.id() == id)
    }

    /// A clinic as it was under the head that somebody saw. Where the platform has not kept that head, which it did not always do,
    /// it is the clinic as it is.
    pub(super) fn clinic_under(&self, capacity: &Capacity) -> Option<&Rc<Clinic>> {
        let under = |clinic: &&Rc<Clinic>| clinic.id() == capacity.clinic && clinic.head().digest() == capacity.head;
        self.clinics.iter().chain(&self.earlier).find(under).or_else(|| self.clinic(&capacity.clinic))
    }

    /// Whether a grant is to a clinic that has a newer key by now: whoever has left the clinic since has the vault keys.
    pub(super) fn is_outdated(&self, grant: &Grant) -> bool {
        let clinic = self.clinic(&grant.delegate).filter(|_| grant.kind == DataOwnerKind::Clinic);
        clinic.is_some_and(|clinic| clinic.statement().digest() != grant.statement)
    }

    /// Whether one of the grants that stand is such a grant.
    pub(super) fn any_outdated(&self, log: &VaultLog) -> bool {
        log.standings().iter().any(|standing| self.is_outdated(standing.grant))
    }

    /// Whether the keys of an epoch are burnt: somebody has them who has left a clinic, and the owner has made no new ones yet.
    pub(super) fn is_burnt(&self, log: &VaultLog, compartment: Compartment, epoch: u32) -> bool {
        log.entitled(compartment, epoch).iter().any(|standing| self.is_outdated(standing.grant))
    }

    /// Whether an entity's next content needs a new key because of somebody who has left a clinic. Of a clinic that got it singly
    /// nobody says which of its people have its key: once somebody has left, each content has a new one.
    pub(super) fn needs_key(&self, log: &VaultLog, state: &EntityState) -> bool {
        let has_changed = |clinic: &Rc<Clinic>| clinic.statement().body().version > 1;
        self.is_burnt(log, state.compartment, state.epoch)
            || state.delegations.iter().any(|standing| self.clinic(&standing.delegate).is_some_and(has_changed))
    }

    /// A person's newest identity, or a clinic's, to seal to.
    pub(super) fn delegate(&self, id: &str) -> Option<Delegate> {
        match self.clinic(id) {
            Some(clinic) => Some(Delegate::from(&**clinic)),
            None => self.newest(id).map(|statement| Delegate::from(&**statement)),
        }
    }

    /// Somebody who is named by a fingerprint already.
    pub(super) fn named(&self, id: &str, fingerprint: &Digest) -> Option<Delegate> {
        match self.clinic(id).filter(|clinic| clinic.has_had(fingerprint)) {
            Some(clinic) => Some(Delegate::from(&**clinic)),
            None => self.statement(id, fingerprint).map(|statement| Delegate::from(&**statement)),
        }
    }

    pub(super) fn add_statement(&mut self, statement: Published) {
        if self.statement(&statement.body().owner, &statement.digest()).is_none() {
            self.statements.push(statement);
        }
    }

    pub(super) fn add_clinic(&mut self, clinic: Clinic) {
        self.clinics.retain(|known| known.id() != clinic.id());
        self.clinics.push(Rc::new(clinic));
    }

    /// Forgets how clinics are now, and who accepted whom: what was taken over on the platform's word has turned out to be wrong.
    pub(super) fn disbelieve(&mut self) {
        self.successions = Rc::default();
        self.forget_clinics();
    }

    /// Forgets how clinics are now, since they may have changed.
    pub(super) fn forget_clinics(&mut self) {
        self.clinics.clear();
    }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// A person's newest statement; where there is a pin, the newest that is believed because of it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person has none, [`Error::IdentityChanged`] when the pinned one is not served.
    pub(super) fn statement<'a>(
        &'a self,
        owner: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Signed<IdentityStatement>>> {
        Box::pin(async move {
            if owner == self.account.id {
                return Ok(self.identity.statement().clone());
            }
            let versions = self.versions(owner, control).await?;
            let newest = match self.remembered().pin(owner).await? {
                Some(pin) => self.known.borrow().directory.believed(owner, &versions, &pin.fingerprint)?.pop(),
                None => versions.last().cloned(),
            };
            Ok((*newest.ok_or(Error::NotFound)?).clone())
        })
    }

    /// A person's statements, as the platform serves them now.
    pub(super) fn statements<'a>(
        &'a self,
        owner: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Statements>> {
        Box::pin(async move { self.platform.get_cbor(&["/identities/", owner].concat(), control).await })
    }

    /// All versions of a person's identity, as the platform serves them now: verified, in their order.
    // It is in the deferred part of the module.
    pub(super) fn versions<'a>(
        &'a self,
        owner: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Vec<Published>>> {
        Box::pin(async move {
            let served = self.statements(owner, control).await?;
            self.take_statements(owner, &served).await
        })
    }

    /// A clinic's keys as it publishes them, whatever is pinned.
    pub(super) fn unchecked_keys<'a>(
        &'a self,
        clinic: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<(Clinic, ClinicKeys)>> {
        Box::pin(async move {
            let keys: ClinicKeys = self.platform.get_cbor(&["/clinics/", clinic, "/keys"].concat(), control).await?;
            let opened = Clinic::open(&self.engine, &keys.bundle, clinic, self.platform.origin()).await?;
            Ok((opened, keys))
        })
    }

    /// A clinic's keys as it publishes them, checked against what was pinned and seen before.
    ///
    /// # Errors
    /// [`Error::IdentityChanged`] when another root is pinned that has not accepted this one, [`Error::Tampered`] when the head is
    /// older than one seen.
    pub(super) fn clinic_keys<'a>(
        &'a self,
        clinic: &'a str,
        control: &'a Control,
    ) -> LocalPending<'a, Result<(Clinic, ClinicKeys)>> {
        Box::pin(async move {
            let (opened, keys) = self.unchecked_keys(clinic, control).await?;
            self.check_pin(&opened).await?;
            Ok((opened, keys))
        })
    }

    /// Publishes a clinic's head.
    pub(super) async fn publish_head(&self, clinic: &Clinic, control: &Control) -> Result<()> {
        let body = NewHead { head: clinic.head().bytes().to_vec().into() };
        let path = ["/clinics/", clinic.id(), "/head"].concat();
        self.platform.send_cbor(Method::Put, &path, &body, control).await.map(drop)
    }

    /// The version of a person's identity that something signed names. What it may do is said by the log and by delegations,
    /// which name versions, too.
    fn version<'a>(
        &'a self,
        owner: &'a str,
        fingerprint: &'a Digest,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Published>> {
        Box::pin(async move {
            if *fingerprint == self.identity.fingerprint() {
                return Ok(Rc::new(self.identity.statement().clone()));
            }
            self.platform.deferred().await?;
            let versions = self.versions(owner, control).await?;
            let version = versions.into_iter().find(|version| version.digest() == *fingerprint);
            Ok(version.ok_or(Error::Tampered { what: "a manifest of another author" })?)
        })
    }

    /// The identity, and the clinic, in whose name a write was signed.
    pub(super) fn author<'a>(
        &'a self,
        directory: &'a mut Directory,
        write: &'a Write,
        control: &'a Control,
    ) -> LocalPending<'a, Result<(Published, Option<Rc<Clinic>>)>> {
        Box::pin(async move {
            let manifest = Unverified::<Manifest>::decode(&write.manifest)?;
            let claims = manifest.claims();
            if directory.statement(&claims.author, &claims.fingerprint).is_none() {
                directory.add_statement(self.version(&claims.author, &claims.fingerprint, control).await?);
            }
            let statement = directory.statement(&claims.author, &claims.fingerprint).ok_or(Error::NotFound)?;
            let known = &self.known.borrow().directory;
            let clinic = claims.capacity.as_ref().and_then(|capacity| known.clinic_under(capacity));
            Ok((statement.clone(), clinic.cloned()))
        })
    }

    /// Takes over a person's statements, each of which is verified once; gives them in their order.
    ///
    /// # Errors
    /// [`Error::Tampered`] when one does not follow the one before it, or a succession is not what it says.
    pub(super) fn take_statements<'a>(
        &'a self,
        owner: &'a str,
        served: &'a Statements,
    ) -> LocalPending<'a, Result<Vec<Published>>> {
        Box::pin(async move {
            let mut versions: Vec<Published> = Vec::with_capacity(served.statements.len());
            for bytes in &served.statements {
                let digest = Unverified::<IdentityStatement>::decode(bytes)?.digest();
                let known = self.known.borrow().directory.statement(owner, &digest).cloned();
                let statement = match known {
                    Some(statement) => statement,
                    None => {
                        let origin = self.platform.origin();
                        let statement = Rc::new(IdentityStatement::open(&self.engine, bytes, owner, origin).await?);
                        self.known.borrow_mut().directory.add_statement(statement.clone());
                        statement
                    }
                };
                statement.body().check_follows(versions.last().map(|before| &**before))?;
                versions.push(statement);
            }
            self.take_successions(&versions, &served.successions).await?;
            Ok(versions)
        })
    }

    /// Takes over which of a person's versions accepted the next.
    fn take_successions<'a>(
        &'a self,
        versions: &'a [Published],
        served: &'a [ByteVec],
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            for bytes in served {
                let from = Unverified::<Succession>::decode(bytes)?.claims().before;
                let mut pairs = versions.iter().zip(versions.iter().skip(1));
                let pair = pairs.find(|(before, _)| before.digest() == from);
                let (before, after) = pair.ok_or(Error::Tampered { what: "a succession between other identities" })?;
                if !self.known.borrow().directory.successions.lead(&from, &after.digest()) {
                    let succession = Succession::open(&self.engine, bytes, before, after).await?;
                    Rc::make_mut(&mut self.known.borrow_mut().directory.successions).add(&succession);
                }
            }
            Ok(())
        })
    }

    /// Takes over what a clinic publishes.
    pub(super) fn take_clinic<'a>(&'a self, served: &'a ServedClinic) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let known = self.known.borrow().directory.clinic(&served.clinic).cloned();
            let clinic = match known.filter(|clinic| clinic.bundle() == served.bundle) {
                Some(clinic) => clinic,
                None => {
                    let origin = self.platform.origin();
                    let clinic = Clinic::open(&self.engine, &served.bundle, &served.clinic, origin).await?;
                    self.check_pin(&clinic).await?;
                    self.known.borrow_mut().directory.add_clinic(clinic.clone());
                    Rc::new(clinic)
                }
            };
            for bytes in served.heads.iter() {
                let digest = Unverified::<ClinicHead>::decode(bytes)?.digest();
                if self.known.borrow().directory.earlier.iter().any(|known| known.head().digest() == digest) {
                    continue;
                }
                if let Some(earlier) = clinic.under(&self.engine, bytes, &served.rosters).await? {
                    self.known.borrow_mut().directory.earlier.push(Rc::new(earlier));
                }
            }
            Ok(())
        })
    }

    /// The owner of a vault under all identities that are to be believed, see [`Directory::believed`].
    ///
    /// # Errors
    /// [`Error::IdentityChanged`] when the pinned one is not among those that were served.
    // It is in the deferred part of the module.
    pub(super) fn take_owner<'a>(
        &'a self,
        owner: &'a str,
        served: &'a Statements,
    ) -> LocalPending<'a, Result<Vec<VaultOwner>>> {
        Box::pin(async move {
            let versions = self.take_statements(owner, served).await?;
            let newest = versions.last().ok_or(Error::NotFound)?;
            let pin = self.remembered().pin(owner).await?;
            let fingerprint = match pin {
                _ if owner == self.account.id => self.identity.fingerprint(),
                Some(pin) => pin.fingerprint,
                None => {
                    self.pin(&Delegate::from(&**newest), Verified::FirstUse).await?;
                    newest.digest()
                }
            };
            let believed = self.known.borrow().directory.believed(owner, &versions, &fingerprint)?;
            Ok(believed.iter().map(|version| VaultOwner::from(&**version)).collect())
        })
    }
}
