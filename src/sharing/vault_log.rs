//! The vault log: who may do what, from when to when, as the owner signed it.
//!
//! The log is a chain of signed entries. Everything about access is derived from it by reading it through; it is short,
//! since it grows with the number of people and never with the size of the record.

use tidelock_crypto::{AgreementKey, Digest, Engine, PublicKey, SigningKey, cbor_array};

use super::grant::{Delegate, open_grant, open_keys, seal_grant, seal_keys};
use super::{Action, Cutoff, Grant, LogEntry, Mint, Permissions, Revoke};
use crate::error::{Error, Result};
use crate::keys::{Compartment, IdentityStatement, KeyName, VaultKey};
use crate::signed::{Signed, Unverified};

/// The verified log of one vault.
#[derive(Clone, Debug)]
pub struct VaultLog {
    owner: Signed<IdentityStatement>,
    entries: Vec<Signed<LogEntry>>,
}

/// A grant that stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The grant.
    pub grant: &'a Grant,
    /// When it was given, by the owner's clock.
    pub time: u64,
    /// The number of its entry.
    pub number: u64,
    /// The digest of the entry before, which the HPKE message is bound to.
    previous: Digest,
}

impl Standing<'_> {
    /// Whether the grant hands over a key of that compartment and epoch, and with it everything in there.
    pub fn covers(&self, compartment: Compartment, epoch: u32) -> bool {
        self.grant.keys.iter().any(|key| (key.compartment, key.epoch) == (compartment, epoch))
    }
}

impl VaultLog {
    /// The empty log of an owner whose statement has been verified or pinned.
    pub fn new(owner: Signed<IdentityStatement>) -> Self {
        Self { owner, entries: Vec::new() }
    }

    /// The owner's id.
    pub fn vault(&self) -> &str {
        &self.owner.body().owner
    }

    /// The owner's statement.
    pub fn owner(&self) -> &Signed<IdentityStatement> {
        &self.owner
    }

    /// The number of the last entry; 0 when there is none.
    pub fn number(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The digest of the last entry; the owner's fingerprint when there is none.
    pub fn head(&self) -> Digest {
        self.entries.last().map_or_else(|| self.owner.digest(), Signed::digest)
    }

    /// The digest of the entry of that number, or the owner's fingerprint for 0.
    pub fn digest_at(&self, number: u64) -> Option<Digest> {
        match number.checked_sub(1) {
            None => Some(self.owner.digest()),
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
    /// [`Error::Tampered`] when the signature, the chain or the content does not fit.
    pub async fn append(&mut self, engine: &Engine, bytes: &[u8]) -> Result<()> {
        let claimed = Unverified::<LogEntry>::decode(bytes)?;
        let entry = claimed.verify(engine, &self.owner.body().signing).await?;
        self.check(entry.body())?;
        self.entries.push(entry);
        Ok(())
    }

    /// Appends an entry that was verified before it was stored in a place of one's own.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the chain or the content does not fit.
    pub fn append_trusted(&mut self, bytes: &[u8]) -> Result<()> {
        let entry = Unverified::<LogEntry>::decode(bytes)?.trust();
        self.check(entry.body())?;
        self.entries.push(entry);
        Ok(())
    }

    fn check(&self, entry: &LogEntry) -> Result<()> {
        let tampered = |what| Err(Error::tampered(what));
        if entry.vault != self.vault() || entry.author != self.owner.digest() {
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
        }
        Ok(())
    }

    fn actions(&self) -> impl DoubleEndedIterator<Item = (&LogEntry, &Action)> {
        self.entries.iter().map(|entry| (entry.body(), &entry.body().action))
    }

    fn mints(&self) -> impl DoubleEndedIterator<Item = (u64, &Mint)> {
        self.actions().filter_map(|(entry, action)| match action {
            Action::Mint(mint) => Some((entry.number, mint)),
            _ => None,
        })
    }

    /// The names that the next minted key of a compartment may have: the next version or the next epoch.
    fn next_names(&self, compartment: Compartment) -> Vec<KeyName> {
        match self.current(compartment) {
            None => vec![KeyName::first(compartment)],
            Some(key) => {
                let epoch = KeyName { compartment, epoch: key.epoch + 1, version: 1 };
                let mut names = vec![epoch];
                for newest in self.newest_versions(compartment) {
                    names.push(newest.next_version());
                }
                names
            }
        }
    }

    /// The newest version of an epoch's key.
    pub fn newest_version(&self, compartment: Compartment, epoch: u32) -> Option<KeyName> {
        let of_epoch = |key: &KeyName| key.compartment == compartment && key.epoch == epoch;
        self.mints().map(|(_, mint)| mint.key).filter(of_epoch).max()
    }

    /// The newest version of every epoch of a compartment, sorted.
    pub fn newest_versions(&self, compartment: Compartment) -> Vec<KeyName> {
        let epochs = self.current(compartment).map_or(0, |key| key.epoch);
        (1..=epochs).filter_map(|epoch| self.newest_version(compartment, epoch)).collect()
    }

    fn is_newest_version(&self, key: &KeyName) -> bool {
        self.newest_version(key.compartment, key.epoch) == Some(*key)
    }

    /// The key under which a compartment is written now: the newest version of the newest epoch.
    pub fn current(&self, compartment: Compartment) -> Option<KeyName> {
        self.mints().map(|(_, mint)| mint.key).filter(|key| key.compartment == compartment).max()
    }

    /// The entry that brought a key into being.
    pub fn mint(&self, key: &KeyName) -> Option<&Mint> {
        self.mints().map(|(_, mint)| mint).find(|mint| mint.key == *key)
    }

    /// Whether somebody who lost access holds this key: nothing may be written under it any more.
    pub fn is_exposed(&self, key: &KeyName) -> bool {
        !self.is_usable_at(key, self.number())
    }

    /// Whether something could be written under this key when the log had that many entries: it had been minted, and
    /// nobody who had lost access held it.
    pub fn is_usable_at(&self, key: &KeyName, number: u64) -> bool {
        let Some((minted, _)) = self.mints().find(|(_, mint)| mint.key == *key).filter(|(minted, _)| *minted <= number)
        else {
            return false;
        };
        !self.lost_any(minted, number, &|held| (held.compartment, held.epoch) == (key.compartment, key.epoch))
    }

    /// Whether somebody was revoked by an entry after the first number, up to the second, who had been granted such a
    /// key.
    fn lost_any(&self, from: u64, to: u64, such: &dyn Fn(&KeyName) -> bool) -> bool {
        self.revokes().filter(|(revoked, _)| from < *revoked && *revoked <= to).any(|(number, revoke)| {
            self.grants_to(&revoke.delegate).any(|(granted, grant)| granted < number && grant.keys.iter().any(such))
        })
    }

    /// Whether somebody lost access to a compartment by an entry after the first number, up to the second.
    pub fn lost(&self, compartment: Compartment, from: u64, to: u64) -> bool {
        self.lost_any(from, to, &|key| key.compartment == compartment)
    }

    /// Whether a delegate was revoked by an entry after the first number, up to the second.
    pub fn ended(&self, delegate: &str, from: u64, to: u64) -> bool {
        self.revocations_after(delegate, from).any(|(number, _)| number <= to)
    }

    /// The newest epoch of a compartment when the log had that many entries; 0 when there was none.
    pub fn epoch_at(&self, compartment: Compartment, number: u64) -> u32 {
        let minted = self.mints().filter(|(minted, mint)| *minted <= number && mint.key.compartment == compartment);
        minted.map(|(_, mint)| mint.key.epoch).max().unwrap_or_default()
    }

    /// The newest version of every epoch that somebody who lost access holds: each needs a next version.
    pub fn exposed(&self) -> Vec<KeyName> {
        self.mints()
            .map(|(_, mint)| mint.key)
            .filter(|key| self.is_newest_version(key) && self.is_exposed(key))
            .collect()
    }

    fn revokes(&self) -> impl DoubleEndedIterator<Item = (u64, &Revoke)> {
        self.actions().filter_map(|(entry, action)| match action {
            Action::Revoke(revoke) => Some((entry.number, revoke)),
            _ => None,
        })
    }

    fn grants_to(&self, delegate: &str) -> impl DoubleEndedIterator<Item = (u64, &Grant)> {
        self.actions().filter_map(move |(entry, action)| match action {
            Action::Grant(grant) if grant.delegate == delegate => Some((entry.number, grant)),
            _ => None,
        })
    }

    /// The grant to a delegate that stands now.
    pub fn standing(&self, delegate: &str) -> Option<Standing<'_>> {
        self.standing_at(delegate, self.number())
    }

    /// The grant to a delegate that stood when the log had that many entries.
    pub fn standing_at(&self, delegate: &str, number: u64) -> Option<Standing<'_>> {
        self.actions().take(usize::try_from(number).unwrap_or(usize::MAX)).fold(None, |standing, (entry, action)| {
            match action {
                Action::Grant(grant) if grant.delegate == delegate => {
                    Some(Standing { grant, time: entry.time, number: entry.number, previous: entry.previous })
                }
                Action::Revoke(revoke) if revoke.delegate == delegate => None,
                _ => standing,
            }
        })
    }

    /// All grants that stand now, sorted by delegate.
    pub fn standings(&self) -> Vec<Standing<'_>> {
        let mut delegates: Vec<&str> = Vec::new();
        for (_, action) in self.actions() {
            // Inserted in order: a sort for these few would be several kilobytes of the module.
            if let Action::Grant(grant) = action
                && let Err(place) = delegates.binary_search(&grant.delegate.as_str())
            {
                delegates.insert(place, &grant.delegate);
            }
        }
        delegates.into_iter().filter_map(|delegate| self.standing(delegate)).collect()
    }

    /// The grants that stand now and hand over what is in that compartment and epoch, sorted by delegate.
    pub fn entitled(&self, compartment: Compartment, epoch: u32) -> Vec<Standing<'_>> {
        let mut standings = self.standings();
        standings.retain(|standing| standing.covers(compartment, epoch));
        standings
    }

    /// What a delegate, pinned under that fingerprint, was allowed when the log had that many entries.
    pub fn permissions_at(&self, delegate: &str, fingerprint: &Digest, number: u64) -> Permissions {
        self.standing_at(delegate, number)
            .filter(|standing| standing.grant.fingerprint == *fingerprint)
            .map_or_else(Permissions::default, |standing| standing.grant.permissions)
    }

    /// When the entry of that number was written, by the owner's clock.
    pub fn time_at(&self, number: u64) -> Option<u64> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.entries.get(index).map(|entry| entry.body().time)
    }

    /// The revocations of a delegate after that entry, with their numbers: what it wrote with that entry as its head has to pass each.
    pub fn revocations_after(&self, delegate: &str, number: u64) -> impl Iterator<Item = (u64, &Revoke)> {
        self.revokes().filter(move |(revoked, revoke)| *revoked > number && revoke.delegate == delegate)
    }

    /// Where the chains of those who were revoked stood, as the owner signed it.
    pub fn cutoffs(&self) -> impl Iterator<Item = &Cutoff> {
        self.revokes().flat_map(|(_, revoke)| &revoke.cutoffs)
    }

    /// Signs the next entry and appends it.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the action does not fit the log; otherwise when the engine fails.
    async fn write(&mut self, engine: &Engine, signing: &SigningKey, action: Action, now: u64) -> Result<()> {
        let entry = LogEntry {
            vault: self.vault().to_owned(),
            author: self.owner.digest(),
            number: self.number() + 1,
            previous: self.head(),
            time: now,
            action,
        };
        self.check(&entry)?;
        self.entries.push(Signed::sign(engine, signing, entry).await?);
        Ok(())
    }

    fn owner_as_delegate(&self) -> Delegate {
        Delegate::from(&self.owner)
    }

    /// As the owner: mints a key; `previous` is the version before, when there is one.
    ///
    /// # Errors
    /// When the key is out of order or the engine fails.
    pub async fn mint_key(
        &mut self,
        engine: &Engine,
        signing: &SigningKey,
        name: KeyName,
        previous: Option<&VaultKey>,
        now: u64,
    ) -> Result<VaultKey> {
        let key = VaultKey::generate(self.vault(), name)?;
        let (_, drop_box) = key.drop_box()?;
        let previous = previous.map(|before| key.seal_previous(before)).transpose()?;
        let owner = self.owner_as_delegate();
        let keys = std::slice::from_ref(&key);
        let sealed = seal_keys(engine, self.vault(), self.owner.digest(), &owner, keys, self.head()).await?;
        let mint =
            Mint { key: name, commitment: key.commitment(), drop_box, previous: previous.map(Into::into), sealed };
        self.write(engine, signing, Action::Mint(mint), now).await?;
        Ok(key)
    }

    /// As the owner: grants keys and rights to a delegate whose identity has been verified.
    ///
    /// # Errors
    /// When the keys may not be granted or the engine fails.
    pub async fn grant(
        &mut self,
        engine: &Engine,
        signing: &SigningKey,
        delegate: &Delegate,
        permissions: Permissions,
        keys: &[VaultKey],
        now: u64,
    ) -> Result<()> {
        let author = self.owner.digest();
        let grant = seal_grant(engine, self.vault(), author, delegate, permissions, keys, self.head()).await?;
        self.write(engine, signing, Action::Grant(grant), now).await
    }

    /// As the owner: revokes a delegate; of what it wrote, the cut-offs stand.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing stands.
    pub async fn revoke(
        &mut self,
        engine: &Engine,
        signing: &SigningKey,
        delegate: &str,
        cutoffs: Vec<Cutoff>,
        now: u64,
    ) -> Result<()> {
        let standing = self.standing(delegate).ok_or(Error::NotFound)?;
        let fingerprint = standing.grant.fingerprint;
        let revoke = Revoke { delegate: delegate.to_owned(), fingerprint, cutoffs };
        self.write(engine, signing, Action::Revoke(revoke), now).await
    }

    /// Opens every key that the owner may use, newest versions first in each epoch.
    ///
    /// # Errors
    /// [`Error::Tampered`] when a key is not the one committed to.
    pub async fn open_as_owner(&self, engine: &Engine, private: &AgreementKey) -> Result<Vec<VaultKey>> {
        let owner = self.owner_as_delegate();
        let mut keys = Vec::new();
        for (entry, action) in self.actions() {
            let Action::Mint(mint) = action else { continue };
            // Older versions are sealed under newer ones; only the newest needs the private key.
            if !self.is_newest_version(&mint.key) {
                continue;
            }
            let names = [mint.key];
            let author = self.owner.digest();
            let opened =
                open_keys(engine, self.vault(), author, &owner, private, &names, entry.previous, &mint.sealed).await?;
            for key in opened {
                self.open_older(key, &mut keys)?;
            }
        }
        Ok(keys)
    }

    /// Opens every key that the standing grant to a delegate hands over, with the versions before.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when no grant stands for this delegate, [`Error::Tampered`] when a key is not the one
    /// committed to.
    pub async fn open_as_delegate(
        &self,
        engine: &Engine,
        delegate: &Delegate,
        private: &AgreementKey,
    ) -> Result<Vec<VaultKey>> {
        let standing = self.standing(&delegate.id).ok_or(Error::NoAccess)?;
        if standing.grant.fingerprint != delegate.fingerprint || standing.grant.statement != delegate.statement {
            return Err(Error::NoAccess.into());
        }
        let author = self.owner.digest();
        let opened =
            open_grant(engine, self.vault(), author, standing.grant, delegate, private, standing.previous).await?;
        let mut keys = Vec::new();
        for key in opened {
            self.open_older(key, &mut keys)?;
        }
        Ok(keys)
    }

    /// Adds a key and all versions of its epoch before it, each checked against its commitment.
    fn open_older(&self, key: VaultKey, keys: &mut Vec<VaultKey>) -> Result<()> {
        let mut next = Some(key);
        while let Some(key) = next {
            let mint = self.mint(&key.name()).ok_or(Error::Tampered { what: "a key that was never minted" })?;
            if mint.commitment != key.commitment() {
                return Err(Error::tampered("a vault key that is not the one committed to"));
            }
            next = match &mint.previous {
                Some(sealed) => Some(key.open_previous(sealed)?),
                None => None,
            };
            keys.push(key);
        }
        Ok(())
    }

    /// The public half of a key's drop box.
    pub fn drop_box(&self, key: &KeyName) -> Option<PublicKey> {
        self.mint(key).map(|mint| mint.drop_box)
    }
}

/// What a client remembers of a log between sessions, so that it never accepts less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenLog {
    /// The number of the last entry seen.
    pub number: u64,
    /// Its digest.
    pub head: Digest,
}

cbor_array!(SeenLog [number, head]);

impl VaultLog {
    /// What to remember of this log.
    pub fn seen(&self) -> SeenLog {
        SeenLog { number: self.number(), head: self.head() }
    }

    /// Checks that this log continues what was seen before.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is older, or forked from it.
    pub fn check_continues(&self, seen: &SeenLog) -> Result<()> {
        match self.digest_at(seen.number) {
            Some(digest) if digest == seen.head => Ok(()),
            Some(_) => Err(Error::tampered("a vault log that was forked")),
            None => Err(Error::tampered("a vault log that is older than one seen before")),
        }
    }
}
