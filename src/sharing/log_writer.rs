//! Continuing a vault log as its owner, and opening the keys that it hands over.

use tidelock_crypto::{AgreementKey, Engine, SigningKey};

use super::grant::{open_grant, open_keys, seal_grant, seal_keys};
use super::{Action, Cutoff, Delegate, LogEntry, Mint, Permissions, Refound, Revoke, VaultLog, VaultOwner};
use crate::error::{Error, Result};
use crate::keys::{KeyName, VaultKey};
use crate::signed::Signed;

impl VaultLog {
    /// Signs the next entry and appends it.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the action does not fit the log; otherwise when the engine fails.
    async fn write(&mut self, engine: &Engine, signing: &SigningKey, action: Action, now: u64) -> Result<()> {
        let author = match &action {
            Action::Refound(refound) => refound.fingerprint,
            _ => self.owner().fingerprint(),
        };
        let entry = LogEntry {
            vault: self.vault().to_owned(),
            author,
            number: self.number() + 1,
            previous: self.head(),
            time: now,
            action,
        };
        self.check(&entry)?;
        self.push(Signed::sign(engine, signing, entry).await?)
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
        let (owner, keys) = (self.owner(), std::slice::from_ref(&key));
        let (vault, author) = (self.vault(), owner.fingerprint());
        let sealed = seal_keys(engine, vault, author, owner.delegate(), keys, self.head()).await?;
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
        let author = self.owner().fingerprint();
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

    /// As the owner under a new identity: goes on with the log. All grants end, and every key counts as exposed; of what
    /// was written, the cut-offs stand, of each chain of the vault and of the own ones, too.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the identity is not newer than the one in force.
    pub async fn refound(
        &mut self,
        engine: &Engine,
        signing: &SigningKey,
        owner: VaultOwner,
        cutoffs: Vec<Cutoff>,
        now: u64,
    ) -> Result<()> {
        let fingerprint = owner.fingerprint();
        self.add_owner(owner);
        self.write(engine, signing, Action::Refound(Refound { fingerprint, cutoffs }), now).await
    }

    /// Opens every key that the owner may use under the identity in force, newest versions first in each epoch. Those
    /// that were minted under an identity before are opened only by a version since.
    ///
    /// # Errors
    /// [`Error::Tampered`] when a key is not the one committed to.
    pub async fn open_as_owner(&self, engine: &Engine, private: &AgreementKey) -> Result<Vec<VaultKey>> {
        let owner = self.owner();
        let author = owner.fingerprint();
        let mut keys = Vec::new();
        for (entry, action) in self.actions() {
            let Action::Mint(mint) = action else { continue };
            if entry.author != author {
                continue;
            }
            // Older versions are sealed under newer ones; only the newest needs the private key.
            if !self.is_newest_version(&mint.key) {
                continue;
            }
            let names = [mint.key];
            let (vault, owner) = (self.vault(), owner.delegate());
            let opened = open_keys(engine, vault, author, owner, private, &names, entry.previous, &mint.sealed).await?;
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
        let author = self.owner_at(standing.number).fingerprint();
        let opened =
            open_grant(engine, self.vault(), author, standing.grant, delegate, private, standing.previous).await?;
        let mut keys = Vec::new();
        for key in opened {
            self.open_older(key, &mut keys)?;
        }
        Ok(keys)
    }

    /// Adds a key and all versions of its epoch before it, each checked against its commitment.
    pub(super) fn open_older(&self, key: VaultKey, keys: &mut Vec<VaultKey>) -> Result<()> {
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
}
