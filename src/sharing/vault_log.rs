//! The vault log: who may do what, from when to when, as the owner signed it.
//!
//! The log is a chain of signed entries. Everything about access is derived from it by reading it through; it is short,
//! since it grows with the number of people and never with the size of the record.

use tidelock_crypto::cbor::{Decode, Encode, Invalid, Reader, Writer};
use tidelock_crypto::{Digest, Engine};

use super::{Action, LogEntry, VaultOwner};
use crate::error::{Error, Result};
use crate::keys::KeyName;
use crate::signed::{Signed, Unverified};

/// The verified log of one vault.
#[derive(Clone, Debug)]
pub struct VaultLog {
    /// The owner under the identity with which the log begins.
    first: VaultOwner,
    /// The owner's later identities, in the order of their versions.
    later: Vec<VaultOwner>,
    /// Those of them under which the log was continued, each with the number of the entry from which on.
    terms: Vec<(u64, VaultOwner)>,
    entries: Vec<Signed<LogEntry>>,
}

impl VaultLog {
    /// The empty log of an owner under an identity that has been verified or pinned: the one under which the log begins.
    pub fn new(owner: impl Into<VaultOwner>) -> Self {
        Self { first: owner.into(), later: Vec::new(), terms: Vec::new(), entries: Vec::new() }
    }

    /// Makes a later identity of the owner known, under which the log may be continued. They come in the order of their
    /// versions, and only after they have been verified.
    pub fn add_owner(&mut self, owner: VaultOwner) {
        if self.rank(&owner.fingerprint()).is_none() {
            self.later.push(owner);
        }
    }

    fn known(&self) -> impl Iterator<Item = &VaultOwner> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The place of an identity among those that are known.
    fn rank(&self, fingerprint: &Digest) -> Option<usize> {
        self.known().position(|owner| owner.fingerprint() == *fingerprint)
    }

    /// The owner's id.
    pub fn vault(&self) -> &str {
        self.owner().id()
    }

    /// The owner under the identity that is in force.
    pub fn owner(&self) -> &VaultOwner {
        self.owner_at(self.number())
    }

    /// The owner under the identity that was in force when the log had that many entries.
    pub fn owner_at(&self, number: u64) -> &VaultOwner {
        let term = self.terms.iter().rev().find(|(from, _)| *from <= number);
        term.map_or(&self.first, |(_, owner)| owner)
    }

    /// The number of the last entry; 0 when there is none.
    pub fn number(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The digest of the last entry; the owner's first fingerprint when there is none.
    pub fn head(&self) -> Digest {
        self.entries.last().map_or_else(|| self.first.fingerprint(), Signed::digest)
    }

    /// The digest of the entry of that number, or the owner's first fingerprint for 0.
    pub fn digest_at(&self, number: u64) -> Option<Digest> {
        match number.checked_sub(1) {
            None => Some(self.first.fingerprint()),
            Some(index) => self.entries.get(usize::try_from(index).ok()?).map(Signed::digest),
        }
    }

    /// The entries after that number, as COSE_Sign1 bytes.
    pub fn entries_after(&self, number: u64) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().skip(usize::try_from(number).unwrap_or(usize::MAX)).map(Signed::bytes)
    }

    /// Verifies an entry that somebody else served and appends it.
    ///
    /// # Errors
    /// [`Error::IdentityChanged`] when the owner goes on under an identity that has not been made known,
    /// [`Error::Tampered`] when the signature, the chain or the content does not fit.
    pub async fn append(&mut self, engine: &Engine, bytes: &[u8]) -> Result<()> {
        let claimed = Unverified::<LogEntry>::decode(bytes)?;
        let signing = *self.author(claimed.claims())?.signing();
        let entry = claimed.verify(engine, &signing).await?;
        self.push(entry)
    }

    /// Appends an entry that was verified before it was stored in a place of one's own.
    ///
    /// # Errors
    /// See [`append`](Self::append).
    pub fn append_trusted(&mut self, bytes: &[u8]) -> Result<()> {
        self.push(Unverified::<LogEntry>::decode(bytes)?.trust())
    }

    /// Checks an entry whose signature has been verified or was made here, and appends it.
    pub(super) fn push(&mut self, entry: Signed<LogEntry>) -> Result<()> {
        self.check(entry.body())?;
        let owner = self.author(entry.body())?.clone();
        if owner.fingerprint() != self.owner().fingerprint() {
            self.terms.push((entry.body().number, owner));
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Under which of the owner's identities an entry must be signed.
    fn author(&self, entry: &LogEntry) -> Result<&VaultOwner> {
        let Action::Refound(refound) = &entry.action else { return Ok(self.owner()) };
        let named = self.known().find(|owner| owner.fingerprint() == refound.fingerprint);
        Ok(named.ok_or_else(|| Error::IdentityChanged { owner: self.vault().to_owned() })?)
    }

    pub(super) fn check(&self, entry: &LogEntry) -> Result<()> {
        let tampered = |what| Err(Error::tampered(what));
        if entry.vault != self.vault() || entry.author != self.author(entry)?.fingerprint() {
            return tampered("a log entry of another vault");
        }
        if entry.number != self.number() + 1 || entry.previous != self.head() {
            return tampered("a log entry out of its place");
        }
        match &entry.action {
            Action::Mint(mint) => {
                let next = self.next_names(mint.key.compartment);
                if !next.contains(&mint.key) || mint.previous.is_some() != (mint.key.version > 1) {
                    return tampered("a vault key out of its order");
                }
            }
            Action::Grant(grant) => {
                let allowed = |key: &KeyName| grant.permissions.compartments().any(|part| part == key.compartment);
                let usable = |key: &KeyName| self.is_newest_version(key) && !self.is_exposed(key);
                // Rights are taken away by a revocation only, because only that says what stands of what was written.
                let shrinks = self.standing(&grant.delegate).is_some_and(|standing| {
                    standing.grant.fingerprint == grant.fingerprint
                        && !grant.permissions.include(standing.grant.permissions)
                });
                if grant.delegate == self.vault()
                    || shrinks
                    || !grant.keys.is_sorted_by(|left, right| left < right)
                    || !grant.keys.iter().all(|key| allowed(key) && usable(key))
                {
                    return tampered("a grant of keys that may not be granted");
                }
            }
            Action::Revoke(revoke) => {
                let standing = self.standing(&revoke.delegate);
                if standing.is_none_or(|standing| standing.grant.fingerprint != revoke.fingerprint)
                    || !revoke.cutoffs.is_sorted_by(|left, right| left.chain < right.chain)
                {
                    return tampered("a revocation of what does not stand");
                }
            }
            Action::Refound(refound) => {
                if self.rank(&refound.fingerprint) <= self.rank(&self.owner().fingerprint()) {
                    return tampered("a log that goes on under an older identity");
                }
                if !refound.cutoffs.is_sorted_by(|left, right| left.chain < right.chain) {
                    return tampered("cut-offs out of their order");
                }
            }
        }
        Ok(())
    }

    pub(super) fn actions(&self) -> impl DoubleEndedIterator<Item = (&LogEntry, &Action)> {
        self.entries.iter().map(|entry| (entry.body(), &entry.body().action))
    }

    /// When the entry of that number was written, by the owner's clock.
    pub fn time_at(&self, number: u64) -> Option<u64> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.entries.get(index).map(|entry| entry.body().time)
    }

    /// What to remember of this log.
    pub fn seen(&self) -> SeenLog {
        let owner = self.terms.last().map(|(_, owner)| owner.fingerprint());
        SeenLog { number: self.number(), head: self.head(), owner }
    }

    /// Checks that this log continues what was seen before. Only a newer identity, which is verified before it is made
    /// known, may drop entries that were made under an older one.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is older, or forked from it.
    pub fn check_continues(&self, seen: &SeenLog) -> Result<()> {
        let before = seen.owner.map_or(Some(0), |owner| self.rank(&owner));
        let newer = |owner: &VaultOwner| before.is_some() && self.rank(&owner.fingerprint()) > before;
        if self.terms.iter().any(|(from, owner)| *from <= seen.number && newer(owner)) {
            return Ok(());
        }
        self.check_has(seen.number, &seen.head)
    }

    /// Checks that the entry of that number has that digest.
    ///
    /// # Errors
    /// [`Error::Tampered`] when there is no such entry, or it is another.
    pub(super) fn check_has(&self, number: u64, head: &Digest) -> Result<()> {
        match self.digest_at(number) {
            Some(digest) if digest == *head => Ok(()),
            Some(_) => Err(Error::tampered("a vault log that was forked")),
            None => Err(Error::tampered("a vault log that is older than one seen before")),
        }
    }
}

/// What a client remembers of a log between sessions, so that it never accepts less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenLog {
    /// The number of the last entry seen.
    pub number: u64,
    /// Its digest.
    pub head: Digest,
    /// The owner's identity that was in force, if it was not the first.
    pub owner: Option<Digest>,
}

// An array of two, as before there were other identities; of three where there is another.
impl Encode for SeenLog {
    fn encode(&self, writer: &mut Writer) {
        match &self.owner {
            None => writer.items(&[&self.number, &self.head]),
            Some(owner) => writer.items(&[&self.number, &self.head, owner]),
        }
    }
}

impl Decode for SeenLog {
    fn decode(reader: &mut Reader<'_>) -> Self {
        let refounded = match reader.array() {
            2 => false,
            3 => true,
            _ => {
                reader.fail(Invalid::Malformed);
                false
            }
        };
        let (number, head) = (Decode::decode(reader), Decode::decode(reader));
        Self { number, head, owner: refounded.then(|| Decode::decode(reader)) }
    }
}
