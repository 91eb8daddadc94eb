//! Opening a session: making an identity, finding its keys on this device, or getting them back.

use async_lock::Mutex;
use tidelock_crypto::Engine;

use super::remembered::Remembered;
use super::vault::Vault;
use super::{Account, Control, IdentityKeys, Method, NewAccount, Platform, Store, Transport};
use crate::error::{Error, Result};
use crate::keys::{
    Backup, BackupKey, Compartment, DataOwnerKind, Identity, IdentitySecrets, IdentityStatement, KeyName,
};
use crate::records::Draft;
use crate::records::PATIENT;
use crate::recovery_code::{RecoveryCode, RecoveryCodeError};
use crate::sharing::{InvitationDetails, VaultLog};
use crate::signed::Signed;
use crate::wire::{NewIdentity, Statements, StoredBackup};

/// A person's session, with her keys: everything that can be done is done with it.
pub struct Session<T, S> {
    pub(super) platform: Platform<T>,
    pub(super) store: S,
    pub(super) engine: Engine,
    pub(super) account: Account,
    pub(super) identity: Identity,
    /// The own vault, once it has been opened. The lock lets one change follow another.
    pub(super) vault: Mutex<Option<Vault>>,
}

/// A session whose keys are not on this device.
pub struct SignedIn<T, S> {
    platform: Platform<T>,
    store: S,
    engine: Engine,
    account: Account,
}

/// What signing in comes to.
pub enum Opened<T, S> {
    /// The keys are here.
    Ready(Session<T, S>),
    /// The account has an identity, but its keys are elsewhere: they are asked for with the recovery code.
    RecoveryNeeded(SignedIn<T, S>),
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Makes an account, an identity with its backup, and a vault.
    ///
    /// The recovery code waits in [`recovery_code`](Self::recovery_code) until its owner has confirmed it.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the address has an account already; there is nothing to undo after any error: signing in
    /// completes what was begun.
    pub async fn sign_up(
        platform: Platform<T>,
        store: S,
        engine: Engine,
        new: &NewAccount,
        control: &Control,
    ) -> Result<Self> {
        let account = platform.create_account(new, control).await?;
        let session = Self::found(SignedIn { platform, store, engine, account }, control).await?;
        session.write_person(&new.full_name, new.birth_date.as_deref(), control).await?;
        Ok(session)
    }

    /// Signs in.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] when address or password are wrong, [`Error::IdentityChanged`] when the platform shows
    /// another identity for this account than the one whose keys are here.
    pub async fn sign_in(
        platform: Platform<T>,
        store: S,
        engine: Engine,
        email: &str,
        password: &str,
        control: &Control,
    ) -> Result<Opened<T, S>> {
        let account = platform.sign_in(email, password, control).await?;
        SignedIn { platform, store, engine, account }.open(control).await
    }

    /// Goes on with the session whose token the platform object has.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] when it has expired.
    pub async fn resume(platform: Platform<T>, store: S, engine: Engine, control: &Control) -> Result<Opened<T, S>> {
        let account = platform.account(control).await?;
        SignedIn { platform, store, engine, account }.open(control).await
    }

    async fn found(signed_in: SignedIn<T, S>, control: &Control) -> Result<Self> {
        let SignedIn { platform, store, engine, account } = signed_in;
        let now = platform.now();
        let secrets = IdentitySecrets::generate()?;
        let backup_key = BackupKey::generate()?;
        let backup_public = backup_key.public(&account.id)?;
        let identity = secrets.found(&engine, &account.id, account.kind, platform.origin(), backup_public, now).await?;
        let code = RecoveryCode::random()?;
        let backup = Backup::seal(&backup_key, &account.id, identity.fingerprint(), &secrets, &code)?;

        let mut log = VaultLog::new(identity.statement().clone());
        for compartment in Compartment::ALL {
            log.mint_key(&engine, identity.signing(), KeyName::first(compartment), None, now).await?;
        }

        // Keys and code are kept before the platform hears of them, so that no crash can lose them.
        let keys = IdentityKeys { agreement: identity.agreement().clone(), signing: identity.signing().clone() };
        let remembered = Remembered::new(&store, &account.id);
        store.put_keys(&account.id, &keys).await?;
        remembered.put_statement(identity.statement().bytes()).await?;
        remembered.put_recovery_code(&code.reveal()).await?;

        let body = NewIdentity {
            statement: identity.statement().bytes().to_vec().into(),
            backup: backup.encode().into(),
            log: log.entries_after(0).map(|entry| entry.to_vec().into()).collect(),
        };
        let path = ["/identities/", &account.id].concat();
        platform.send_cbor(Method::Post, &path, &body, control).await?;
        Ok(Self { platform, store, engine, account, identity, vault: Mutex::new(None) })
    }

    /// Writes who the owner is into her own vault: the record to which all others link.
    async fn write_person(&self, full_name: &str, birth_date: Option<&str>, control: &Control) -> Result<()> {
        let details =
            InvitationDetails { full_name: full_name.trim().to_owned(), birth_date: birth_date.map(str::to_owned) };
        self.remembered().put_full_name(&details.full_name).await?;
        let kind = self.person_kind();
        let body = details.to_patient_json();
        self.write_own(control, |vault| {
            let id = vault.person_id()?;
            let secret = tidelock_crypto::SecretKey::random()?;
            Ok(vec![Draft {
                id,
                kind: kind.to_owned(),
                body: body.clone(),
                links: Vec::new(),
                link_secrets: Some(vec![secret]),
                replaces: vault.history.entity(&id),
            }])
        })
        .await
    }

    /// The type of the record that says who the owner is.
    fn person_kind(&self) -> &'static str {
        match self.account.kind {
            DataOwnerKind::Patient => PATIENT,
            _ => "Practitioner",
        }
    }

    /// The person's own name, which only her devices and those she shares with know; empty where it was never given.
    ///
    /// # Errors
    /// When the store fails or, on a device that does not know the name yet, the platform.
    pub async fn full_name(&self, control: &Control) -> Result<String> {
        if let Some(name) = self.remembered().full_name().await? {
            return Ok(name);
        }
        let kind = self.person_kind();
        let details = self.with_own(control, async |vault| self.own_details(vault, kind, control).await).await?;
        self.remembered().put_full_name(&details.full_name).await?;
        Ok(details.full_name)
    }

    /// The recovery code, until [`confirm_recovery_code`](Self::confirm_recovery_code): it is shown then and never again.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recovery_code(&self) -> Result<Option<String>> {
        self.remembered().recovery_code().await
    }

    /// Takes what the owner typed from her copy of the recovery code, and forgets the code when it is right.
    ///
    /// # Errors
    /// [`Error::InvalidRecoveryCode`], with the wrong symbol where that can be told.
    pub async fn confirm_recovery_code(&self, typed: &str) -> Result<()> {
        let Some(code) = self.remembered().recovery_code().await? else {
            return Ok(());
        };
        if *RecoveryCode::parse(typed)?.reveal() != code {
            return Err(RecoveryCodeError::WrongCode.into());
        }
        self.remembered().delete_recovery_code().await
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The identity.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The platform.
    pub fn platform(&self) -> &Platform<T> {
        &self.platform
    }

    pub(super) fn remembered(&self) -> Remembered<'_, S> {
        Remembered::new(&self.store, &self.account.id)
    }
}

impl<T: Transport, S: Store> SignedIn<T, S> {
    /// The account.
    pub fn account(&self) -> &Account {
        &self.account
    }

    async fn open(self, control: &Control) -> Result<Opened<T, S>> {
        let path = ["/identities/", &self.account.id].concat();
        let published = match self.platform.get_cbor::<Statements>(&path, control).await {
            Ok(statements) => Some(self.newest(&statements).await?),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        };
        let remembered = Remembered::new(&self.store, &self.account.id);
        let kept = match remembered.statement().await? {
            Some(bytes) => {
                Some(IdentityStatement::open(&self.engine, &bytes, &self.account.id, self.platform.origin()).await?)
            }
            None => None,
        };
        let statement = match (published, kept) {
            // The account was made, and signing up was interrupted before the identity was published.
            (None, _) => return Ok(Opened::Ready(Session::found(self, control).await?)),
            (Some(_), None) => return Ok(Opened::RecoveryNeeded(self)),
            (Some(published), Some(kept)) if published.digest() == kept.digest() => kept,
            (Some(_), Some(_)) => return Err(Error::IdentityChanged { owner: self.account.id }),
        };
        match self.store.keys(&self.account.id).await? {
            None => Ok(Opened::RecoveryNeeded(self)),
            Some(keys) => {
                let identity = Identity::new(statement, keys.agreement, keys.signing)?;
                Ok(Opened::Ready(self.with(identity)))
            }
        }
    }

    async fn newest(&self, statements: &Statements) -> Result<Signed<IdentityStatement>> {
        let newest = statements.statements.last().ok_or(Error::NotFound)?;
        IdentityStatement::open(&self.engine, newest, &self.account.id, self.platform.origin()).await
    }

    /// Gets the keys back from the backup.
    ///
    /// # Errors
    /// [`Error::InvalidRecoveryCode`] when the code is mistyped or another account's, [`Error::Tampered`] when the
    /// platform's backup or statement do not belong together.
    pub async fn recover(&self, typed: &str, control: &Control) -> Result<Identity> {
        let code = RecoveryCode::parse(typed)?;
        let path = ["/identities/", &self.account.id].concat();
        let stored: StoredBackup = self.platform.get_cbor(&[&path, "/backup"].concat(), control).await?;
        let restored = Backup::decode(&stored.backup)?.open(&self.account.id, &code)?;
        let statement = self.newest(&self.platform.get_cbor(&path, control).await?).await?;
        if statement.digest() != restored.fingerprint {
            return Err(Error::IdentityChanged { owner: self.account.id.clone() });
        }
        let identity = restored.secrets.restore(&self.engine, statement).await?;
        let keys = IdentityKeys { agreement: identity.agreement().clone(), signing: identity.signing().clone() };
        self.store.put_keys(&self.account.id, &keys).await?;
        Remembered::new(&self.store, &self.account.id).put_statement(identity.statement().bytes()).await?;
        Ok(identity)
    }

    /// Goes on with the identity that [`recover`](Self::recover) gave back.
    pub fn with(self, identity: Identity) -> Session<T, S> {
        let Self { platform, store, engine, account } = self;
        Session { platform, store, engine, account, identity, vault: Mutex::new(None) }
    }
}
