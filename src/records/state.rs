//! What follows from the leaves of one entity: its key, its author, and who may do what with it.

use std::sync::Arc;

use tidelock_crypto::{Digest, cbor_map, cbor_number};

use super::{Header, Leaf, Manifest, Revision};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Compartment, DataOwnerKind};
use crate::sharing::{ChainName, Delegation, Rights, VaultLog};

/// By which right somebody gave access to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// As the owner of the vault.
    Owner,
    /// By a grant of the vault log. It ends with the grant.
    Grant,
    /// By a delegation of the same entity. It ends with that delegation.
    Delegation,
}

cbor_number!(Basis { 1: Owner, 2: Grant, 3: Delegation });

/// A delegation that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingDelegation {
    /// The delegate's id.
    pub delegate: String,
    /// What kind of data owner the delegate is.
    pub kind: DataOwnerKind,
    /// The delegate's fingerprint; a clinic's is its root's.
    pub fingerprint: Digest,
    /// The rights.
    pub rights: Rights,
    /// Who gave it, and in whose name.
    pub by: Arc<ChainName>,
    /// By which right.
    pub basis: Basis,
    /// How many entries the vault log had.
    pub log_number: u64,
    /// The number of the revision that gave it.
    pub sequence: u64,
    /// When, in milliseconds since the epoch, by the clock of who gave it.
    pub time: u64,
}

cbor_map!(StandingDelegation {
    0: delegate,
    1: kind,
    2: fingerprint,
    3: rights,
    4: by,
    5: basis,
    6: log_number,
    7: sequence,
    8: time
});

/// What follows from the leaves of an entity from the first to one of them.
///
/// This is the only place that knows the rights of single entities: readers of a whole vault, readers of a single
/// entity, writers and the platform all call [`next`](Self::next). Its encoding is for keeping, and no part of the
/// protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityState {
    /// The number of the newest revision.
    pub sequence: u64,
    /// Its leaf hash.
    pub rev: Digest,
    /// The entity's type.
    pub kind: String,
    /// In which compartment it is.
    pub compartment: Compartment,
    /// The epoch of the vault keys that open it.
    pub epoch: u32,
    /// How many entries the vault log had at the newest revision.
    pub log_number: u64,
    /// The number of the revision that the entity's key came with.
    pub key_sequence: u64,
    /// How many entries the vault log had then.
    pub key_log: u64,
    /// The batch of the key; unknown where only a later header has been seen.
    pub batch: Option<Id>,
    /// The commitment to the key; likewise.
    pub commitment: Option<Digest>,
    /// The number of the revision with the newest content.
    pub content_sequence: u64,
    /// SHA-256 of that content's salt and record.
    pub plain: Digest,
    /// Who wrote that record, and in whose name.
    pub author: Arc<ChainName>,
    /// Who sealed it again, without changing it.
    pub sealed_by: Option<Arc<ChainName>>,
    /// Whether somebody has lost access and there has been no new key since.
    pub due: bool,
    /// Whether the entity is deleted.
    pub deleted: bool,
    /// When the entity was created, in milliseconds since the epoch, by the author's clock.
    pub created: u64,
    /// When its record was changed, by the author's clock.
    pub modified: u64,
    /// The delegations that stand, in ascending order of the delegates' ids.
    pub delegations: Vec<StandingDelegation>,
}

cbor_map!(EntityState {
    0: sequence,
    1: rev,
    2: kind,
    3: compartment,
    4: epoch,
    5: log_number,
    6: key_sequence,
    7: key_log,
    8: batch,
    9: commitment,
    10: content_sequence,
    11: plain,
    12: author,
    13: sealed_by,
    14: due,
    15: deleted,
    16: created,
    17: modified,
    18: delegations
});

/// Under what a revision was made.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    /// The vault's log, in which the manifest's log number and head have been found.
    pub log: &'a VaultLog,
    /// The manifest that lists the leaf.
    pub manifest: &'a Manifest,
    /// Its chain.
    pub chain: &'a Arc<ChainName>,
    /// The batch of the write, where the whole write is at hand.
    pub batch: Option<Id>,
    /// Whether the second fingerprint is the first or an accepted successor of it.
    pub same: &'a dyn Fn(&Digest, &Digest) -> bool,
}

const CREATED: &str = "an entity created by somebody who had no right to";
const DELETED: &str = "an entity deleted by somebody who had no right to";
const WRITTEN: &str = "a write by somebody who had no right to it";
const MOVED: &str = "an entity that was turned into another kind or moved by somebody else";
const REVOKED: &str = "a delegation revoked by somebody who did not give it";
const ADDED: &str = "a delegation by somebody who had no access";
const MORE: &str = "a delegation of more rights than its author has";
const REPLACED: &str = "a delegation that replaces somebody else's";

/// Whether an error of [`EntityState::next`] says that the author had no right to what he did, rather than that what he
/// sent has no valid form.
pub fn is_about_rights(error: &Error) -> bool {
    let texts = [CREATED, DELETED, WRITTEN, MOVED, REVOKED, ADDED, MORE, REPLACED];
    matches!(error, Error::Tampered { what } if texts.contains(what))
}

// One copy of the making of an error, not one for each rule.
#[inline(never)]
fn require(condition: bool, otherwise: &'static str) -> Result<()> {
    if condition { Ok(()) } else { Err(Error::tampered(otherwise)) }
}

/// Whether what is known before and what is known now, as far as they are, are the same.
fn fits<T: PartialEq>(before: Option<T>, now: Option<T>) -> bool {
    before.is_none() || now.is_none() || before == now
}

/// The rights of an author in one entity, by each basis.
struct Entitlement<'a> {
    capacity: &'a str,
    rights: [(Basis, Option<Rights>); 3],
}

impl Entitlement<'_> {
    /// By what the author may do something that needs these rights.
    fn basis(&self, needed: Rights) -> Option<Basis> {
        self.rights.iter().find(|(_, rights)| *rights >= Some(needed)).map(|(basis, _)| *basis)
    }

    fn may_write(&self) -> bool {
        self.basis(Rights::Write).is_some()
    }

    /// Whether the author may end a delegation: the owner may end all, others what they gave or have. Who has no access
    /// has given nothing that stands.
    fn may_end(&self, delegation: &StandingDelegation) -> bool {
        self.basis(Rights::Read).is_some_and(|basis| {
            basis == Basis::Owner || delegation.by.capacity == self.capacity || delegation.delegate == self.capacity
        })
    }
}

impl<'a> Step<'a> {
    /// Under which fingerprint the log or a delegation must name the author.
    fn fingerprint(&self) -> &'a Digest {
        self.manifest.capacity.as_ref().map_or(&self.manifest.fingerprint, |capacity| &capacity.root)
    }

    /// The author's rights in an entity with that state, or in one that is created in that compartment.
    fn entitlement(&self, state: Option<&EntityState>, compartment: Compartment) -> Entitlement<'a> {
        let party = (self.chain.capacity.as_str(), self.fingerprint());
        entitlement(self.log, self.manifest.log_number, party, state, compartment, self.same)
    }
}

/// The rights of a party, named by id and fingerprint, when the log had that many entries.
fn entitlement<'a>(
    log: &VaultLog,
    number: u64,
    (capacity, fingerprint): (&'a str, &Digest),
    state: Option<&EntityState>,
    compartment: Compartment,
    same: &dyn Fn(&Digest, &Digest) -> bool,
) -> Entitlement<'a> {
    let is_owner = capacity == log.vault() && *fingerprint == log.owner_at(number).fingerprint();
    let granted = || {
        let standing = log.standing_at(capacity, number)?;
        let grant = standing.grant;
        if !same(&grant.fingerprint, fingerprint) {
            return None;
        }
        let epoch = state.map_or_else(|| log.epoch_at(compartment, number), |state| state.epoch);
        let covered = standing.covers(compartment, epoch);
        // To create, no key is needed. But who was left out of what is written from now on writes nothing new.
        let creates = state.is_none() && !grant.keys.iter().any(|key| key.compartment == compartment);
        match grant.permissions {
            permissions if permissions.may_write(compartment) && (covered || creates) => Some(Rights::Write),
            permissions if covered && permissions.compartments().any(|part| part == compartment) => Some(Rights::Read),
            _ => None,
        }
    };
    let delegated = || {
        let standing = state?.standing(capacity)?;
        same(&standing.fingerprint, fingerprint).then_some(standing.rights)
    };
    let rights = [
        (Basis::Owner, is_owner.then_some(Rights::Write)),
        (Basis::Grant, granted()),
        (Basis::Delegation, delegated()),
    ];
    Entitlement { capacity, rights }
}

impl EntityState {
    /// The state after one more revision, if it continues the state before and its author was allowed to make it.
    ///
    /// `place` is the type and the compartment that the entity has after a revision whose header is not at hand.
    ///
    /// # Errors
    /// [`Error::Tampered`] with what is wrong, see also [`is_about_rights`].
    pub fn next(
        before: Option<&Self>,
        revision: &Revision,
        place: Option<(&str, Compartment)>,
        step: &Step<'_>,
    ) -> Result<Self> {
        let Revision { leaf, header, .. } = revision;
        let place = header.as_ref().map(|header| (header.kind.as_str(), header.compartment)).or(place);
        let follows = before.map(|state| (state.sequence, state.rev));
        if follows != leaf.previous.map(|previous| (leaf.sequence - 1, previous)) {
            return Err(Error::tampered("an entity whose revisions do not follow one another"));
        }
        let mut state = match (before, place) {
            (Some(before), _) => before.clone(),
            (None, Some((kind, compartment))) => Self::created(step, kind, compartment),
            (None, None) => return Err(Error::tampered(CREATED)),
        };
        state.advance(revision, place, step)?;
        Ok(state)
    }

    /// Makes this state, of which a new entity has one with the sequence 0, into the next.
    ///
    /// It is apart from [`next`](Self::next) so that what is left of a state that failed is dropped in one place.
    fn advance(&mut self, revision: &Revision, place: Option<(&str, Compartment)>, step: &Step<'_>) -> Result<()> {
        let Revision { leaf, rev, header } = revision;
        let number = step.manifest.log_number;
        let first = self.sequence == 0;
        require(!self.deleted, "a change of an entity that was deleted")?;
        require(number >= self.log_number, "a revision under an older vault log than the one before")?;
        self.lapse(step.log, number);
        let author = step.entitlement((!first).then_some(&*self), self.compartment);
        require(!first || author.may_write() && leaf.has_new_key(), CREATED)?;
        self.sequence = leaf.sequence;
        self.rev = *rev;
        self.log_number = number;
        if leaf.deleted.0 {
            self.deleted = true;
            return require(author.may_write(), DELETED);
        }
        let mut lost = false;
        for revoked in leaf.revoked.iter() {
            let standing = self.standing(&revoked.delegate);
            let standing = standing.filter(|standing| (step.same)(&standing.fingerprint, &revoked.fingerprint));
            require(standing.is_some(), "a revocation of a delegation that does not stand")?;
            require(standing.is_some_and(|standing| author.may_end(standing)), REVOKED)?;
            self.remove(&revoked.delegate);
            lost = true;
        }
        for added in leaf.added.iter() {
            lost |= self.add(added, &author, step)?;
        }
        // An author who ends his own access leaves nothing behind.
        lost |= self.close();
        if leaf.content.is_some() && !first {
            require(author.may_write(), WRITTEN)?;
            lost |= step.log.lost(self.compartment, self.key_log, number);
            self.take_place(place, leaf, &author, step)?;
        }
        self.due |= lost;
        if let Some(content) = &leaf.content {
            self.take_key(leaf, header.as_ref(), step)?;
            self.take_content(content.plain, step);
        }
        let expected = if leaf.has_new_key() { self.delegations.len() } else { leaf.added.len() };
        let wraps = leaf.wraps.map_or(0, |wraps| wraps.number);
        let complete = wraps == expected as u64 && leaf.wraps.is_some() == (expected > 0);
        require(complete, "a co-delegate was left out of a new key")
    }

    /// The state of an entity that does not exist yet.
    fn created(step: &Step<'_>, kind: &str, compartment: Compartment) -> Self {
        let number = step.manifest.log_number;
        let nothing = Digest::from_bytes([0; 32]);
        Self {
            sequence: 0,
            rev: nothing,
            kind: kind.to_owned(),
            compartment,
            epoch: step.log.epoch_at(compartment, number),
            log_number: number,
            key_sequence: 0,
            key_log: number,
            batch: None,
            commitment: None,
            content_sequence: 0,
            plain: nothing,
            author: step.chain.clone(),
            sealed_by: None,
            due: false,
            deleted: false,
            created: step.manifest.time,
            modified: 0,
            delegations: Vec::new(),
        }
    }

    /// Takes over where an entity is after a revision. Its type never changes, and only the owner moves it.
    fn take_place(
        &mut self,
        place: Option<(&str, Compartment)>,
        leaf: &Leaf,
        author: &Entitlement<'_>,
        step: &Step<'_>,
    ) -> Result<()> {
        let Some((kind, compartment)) = place else { return Ok(()) };
        let moved = compartment != self.compartment;
        let allowed = !moved || author.basis(Rights::Write) == Some(Basis::Owner);
        let said = leaf.moved_from == moved.then_some(self.compartment);
        require(kind == self.kind && allowed && said, MOVED)?;
        if moved {
            self.compartment = compartment;
            self.epoch = step.log.epoch_at(compartment, step.manifest.log_number);
        }
        Ok(())
    }

    /// Takes over the key of a content: the one that the entity has, which nobody who lost access may have, or a new
    /// one.
    fn take_key(&mut self, leaf: &Leaf, header: Option<&Header>, step: &Step<'_>) -> Result<()> {
        let (batch, commitment) = (header.map(|header| header.batch), header.map(|header| header.commitment));
        if leaf.keeps_key.0 {
            let other = "content that says it keeps a key and has another";
            require(fits(self.batch, batch) && fits(self.commitment, commitment), other)?;
            require(!self.due, "content under a key that somebody who lost access still has")?;
            self.batch = batch.or(self.batch);
            self.commitment = commitment.or(self.commitment);
            return Ok(());
        }
        let new = fits(step.batch, batch) && (commitment.is_none() || self.commitment != commitment);
        require(new, "content that says it has a new key and keeps the old one")?;
        (self.batch, self.commitment) = (batch, commitment);
        (self.key_sequence, self.key_log, self.due) = (self.sequence, step.manifest.log_number, false);
        Ok(())
    }

    /// Takes over a content: the record is by whoever wrote it first. Who seals it again, as it is, does not change it.
    fn take_content(&mut self, plain: Digest, step: &Step<'_>) {
        self.sealed_by = None;
        if self.content_sequence > 0 && self.plain == plain {
            self.sealed_by = Some(step.chain.clone());
        } else {
            (self.author, self.modified) = (step.chain.clone(), step.manifest.time);
        }
        (self.content_sequence, self.plain) = (self.sequence, plain);
    }

    /// The rights of a party, named by id and fingerprint, as the log is now; by whatever right, the greatest.
    pub fn rights(
        &self,
        log: &VaultLog,
        party: (&str, &Digest),
        same: &dyn Fn(&Digest, &Digest) -> bool,
    ) -> Option<Rights> {
        let entitlement = entitlement(log, log.number(), party, Some(self), self.compartment, same);
        entitlement.rights.iter().filter_map(|(_, rights)| *rights).max()
    }

    /// Whether somebody who lost access has the key: then no content may be written under it.
    pub fn needs_key(&self, log: &VaultLog) -> bool {
        self.due || log.lost(self.compartment, self.key_log, log.number())
    }

    /// The delegation to a delegate that stands.
    pub fn standing(&self, delegate: &str) -> Option<&StandingDelegation> {
        let place = self.delegations.binary_search_by(|standing| standing.delegate.as_str().cmp(delegate));
        place.ok().and_then(|place| self.delegations.get(place))
    }

    /// Ends the delegations that rested on a grant which has been revoked up to that number of log entries, and what
    /// rested on them. Says whether there were any.
    pub fn lapse(&mut self, log: &VaultLog, number: u64) -> bool {
        let before = self.delegations.len();
        self.delegations.retain(|standing| {
            standing.basis != Basis::Grant || !log.ended(&standing.by.capacity, standing.log_number, number)
        });
        let lapsed = self.delegations.len() < before;
        if lapsed {
            self.close();
            self.due = true;
        }
        lapsed
    }

    /// The delegations that stand when those of some delegates have been revoked: to whom a new key is wrapped.
    pub fn standing_without<'a>(&self, revoked: impl Iterator<Item = &'a str>) -> Vec<StandingDelegation> {
        let mut state = self.clone();
        for delegate in revoked {
            state.remove(delegate);
        }
        state.delegations
    }

    /// Ends a delegation, and all that rest on it.
    fn remove(&mut self, delegate: &str) {
        self.delegations.retain(|standing| standing.delegate != delegate);
        self.close();
    }

    /// Ends the delegations whose delegators have no delegation any more. Says whether there were any.
    fn close(&mut self) -> bool {
        let before = self.delegations.len();
        while let Some(place) = self
            .delegations
            .iter()
            .position(|standing| standing.basis == Basis::Delegation && self.standing(&standing.by.capacity).is_none())
        {
            self.delegations.remove(place);
        }
        self.delegations.len() < before
    }

    /// Adds a delegation. Says whether one under another fingerprint ended with that.
    fn add(&mut self, added: &Delegation, author: &Entitlement<'_>, step: &Step<'_>) -> Result<bool> {
        require(added.delegate != step.log.vault(), "a delegation to the owner")?;
        require(added.delegate != author.capacity, "a delegation to oneself")?;
        require(author.basis(Rights::Read).is_some(), ADDED)?;
        let basis = author.basis(added.rights);
        require(basis.is_some(), MORE)?;
        let mut replaced = false;
        if let Some(standing) = self.standing(&added.delegate) {
            if (step.same)(&standing.fingerprint, &added.fingerprint) {
                require(added.rights > standing.rights, "a delegation that takes rights away")?;
            } else {
                require(author.may_end(standing), REPLACED)?;
                // What the old identity gave ends with it: the new one may have lesser rights.
                self.remove(&added.delegate);
                replaced = true;
            }
        }
        let delegation = StandingDelegation {
            delegate: added.delegate.clone(),
            kind: added.kind,
            fingerprint: added.fingerprint,
            rights: added.rights,
            by: step.chain.clone(),
            basis: basis.unwrap_or(Basis::Delegation),
            log_number: step.manifest.log_number,
            sequence: self.sequence,
            time: step.manifest.time,
        };
        match self.delegations.binary_search_by(|standing| standing.delegate.cmp(&added.delegate)) {
            Err(place) => self.delegations.insert(place, delegation),
            Ok(place) => {
                if let Some(standing) = self.delegations.get_mut(place) {
                    *standing = delegation;
                }
            }
        }
        Ok(replaced)
    }
}
