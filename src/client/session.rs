//! Opening a session: making an identity, finding its keys on this device, or getting them back.

use std::cell::RefCell;

use async_lock::Mutex;
use tidelock_crypto::{Engine, cbor};

use super::both::both;
use super::known::Known;
use super::remembered::Remembered;
use super::vault::Vault;
use super::{Account, Control, IdentityKeys, LocalPending, NewAccount, Platform, Store, Transport};
use crate::error::{Error, Result};
use crate::keys::{
    Backup, BackupKey, Compartment, DataOwnerKind, Identity, IdentitySecrets, IdentityStatement, KeyName,
};
use crate::records::PATIENT;
use crate::recovery_code::{RecoveryCode, RecoveryCodeError};
use crate::sharing::{InvitationDetails, VaultLog};
use crate::signed::Signed;
use crate::wire::{self, NewIdentity, Statements, StoredBackup};

/// A person's session, with her keys: everything that can be done is done with it.
pub struct Session<T, S> {
    pub(super) platform: Platform<T>,
    pub(super) store: S,
    pub(super) engine: Engine,
    pub(super) account: Account,
    pub(super) identity: Identity,
    /// The own vault, once it has been opened. The lock lets one change follow another.
    pub(super) vault: Mutex<Option<Vault>>,
    /// What has been verified so far.
    pub(super) known: RefCell<Known>,
}

/// A verified statement.
type Published = Signed<IdentityStatement>;

/// The identity that this device has.
struct Kept {
    statement: Published,
    keys: Option<IdentityKeys>,
    /// Whether who the owner is has not been written into her vault yet.
    unwritten: bool,
}

/// What the platform publishes for an account, the newest statement; and what this device has.
type Identities = (Option<Published>, Option<Kept>);

fn identity_of<'a, T: Transport, S: Store>(
    platform: &'a Platform<T>,
    store: &'a S,
    engine: &'a Engine,
    user: &'a str,
    control: &'a Control,
) -> LocalPending<'a, Result<Identities>> {
    Box::pin(async move {
        let (published, kept) =
            both(newest(platform, engine, user, control), kept(platform, store, engine, user)).await;
        let published = match published {
            Err(error) if *error == Error::NotFound => None,
            newest => Some(newest?),
        };
        Ok((published, kept?))
    })
}

fn newest<'a, T: Transport>(
    platform: &'a Platform<T>,
    engine: &'a Engine,
    user: &'a str,
    control: &'a Control,
) -> LocalPending<'a, Result<Published>> {
    Box::pin(async move {
        let path = ["/identities/", user].concat();
        let served: Statements = platform.get_cbor(&path, control).await?;
        let newest = served.statements.last().ok_or(Error::NotFound)?;
        IdentityStatement::open(engine, newest, user, platform.origin()).await
    })
}

fn kept<'a, T: Transport, S: Store>(
    platform: &'a Platform<T>,
    store: &'a S,
    engine: &'a Engine,
    user: &'a str,
) -> LocalPending<'a, Result<Option<Kept>>> {
    Box::pin(async move {
        let remembered = Remembered::new(store, user);
        let stored: LocalPending<'_, Result<_>> =
            Box::pin(async { Ok((remembered.statement().await?, remembered.unwritten().await?)) });
        let (stored, keys) = both(stored, Box::pin(store.keys(user))).await;
        let (Some(bytes), unwritten) = stored? else { return Ok(None) };
        let statement = IdentityStatement::open(engine, &bytes, user, platform.origin()).await?;
        Ok(Some(Kept { statement, keys: keys?, unwritten }))
    })
}

/// A session whose keys are not on this device.
pub struct SignedIn<T, S> {
    pub(super) platform: Platform<T>,
    store: S,
    engine: Engine,
    pub(super) account: Account,
}

/// What signing in comes to.
pub enum Opened<T, S> {
    /// The keys are here.
    Ready(Box<Session<T, S>>),
    /// The account has an identity, but its keys are elsewhere: they are asked for with the recovery code.
    RecoveryNeeded(SignedIn<T, S>),
}

impl<T, S> Opened<T, S> {
    fn into_ready(self) -> Result<Session<T, S>> {
        match self {
            Self::Ready(session) => Ok(*session),
            Self::RecoveryNeeded(_) => Err(Error::RecoveryNeeded.into()),
        }
    }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Makes an account, an identity with its backup, and a vault.
    ///
    /// The recovery code waits in [`recovery_code`](Self::recovery_code) until its owner has confirmed it.
    ///
    /// Signing up again, with the same address and password, completes what was interrupted.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the address has an account with an identity already.
    pub async fn sign_up(
        platform: Platform<T>,
        store: S,
        engine: Engine,
        new: &NewAccount,
        control: &Control,
    ) -> Result<Self> {
        let account = match platform.create_account(new, control).await {
            Err(taken) if taken.is_conflict() => {
                // The same person, or somebody who does not know the password.
                platform.sign_in(&new.email, &new.password, control).await.map_err(|_| taken)?
            }
            created => created?,
        };
        let signed_in = SignedIn { platform, store, engine, account };
        let remembered = Remembered::new(&signed_in.store, &signed_in.account.id);
        match signed_in.identity(control).await? {
            (None, None) => {}
            identity @ (_, Some(Kept { unwritten: true, .. })) => {
                return signed_in.open(identity, control).await?.into_ready();
            }
            _ => return Err(Error::Conflict { current: None }.into()),
        }
        let full_name = new.full_name.trim().to_owned();
        let details = InvitationDetails { full_name, birth_date: new.birth_date.clone() };
        remembered.put_details(&details).await?;
        remembered.put_unwritten(true).await?;
        let session = Self::found(signed_in, None, control).await?;
        session.write_person(control).await?;
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
        let signed_in = SignedIn { platform, store, engine, account };
        let identity = signed_in.identity(control).await?;
        signed_in.open(identity, control).await
    }

    /// Goes on with the session whose token the platform object has. It is that of `user`, as far as this device knows: then
    /// the identity is asked for at the same time as the account.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] when it has expired.
    pub async fn resume(
        platform: Platform<T>,
        store: S,
        engine: Engine,
        user: Option<&str>,
        control: &Control,
    ) -> Result<Opened<T, S>> {
        let (account, identity) = match user {
            None => (platform.account(control).await?, None),
            Some(user) => {
                let account = Box::pin(platform.account(control));
                let (account, identity) = both(account, identity_of(&platform, &store, &engine, user, control)).await;
                let account = account?;
                let identity = Some(identity).filter(|_| account.id == user);
                (account, identity.transpose()?)
            }
        };
        let signed_in = SignedIn { platform, store, engine, account };
        let identity = match identity {
            Some(identity) => identity,
            None => signed_in.identity(control).await?,
        };
        signed_in.open(identity, control).await
    }

    /// Makes an identity: the first, which begins a vault log, or the next.
    pub(super) async fn found(
        signed_in: SignedIn<T, S>,
        previous: Option<&Published>,
        control: &Control,
    ) -> Result<Self> {
        let SignedIn { platform, store, engine, account } = signed_in;
        let now = platform.now();
        let secrets = IdentitySecrets::generate()?;
        let backup_key = BackupKey::generate()?;
        let backup_public = backup_key.public(&account.id)?;
        let identity = match previous {
            Some(previous) => secrets.found_next(&engine, previous, backup_public, now).await?,
            None => secrets.found(&engine, &account.id, account.kind, platform.origin(), backup_public, now).await?,
        };
        let code = RecoveryCode::random()?;
        let backup = Backup::seal(&backup_key, &account.id, identity.fingerprint(), &secrets, &code)?;

        let mut log = VaultLog::new(identity.statement().clone());
        for compartment in Compartment::ALL.into_iter().filter(|_| previous.is_none()) {
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
            succession: None,
        };
        let path = [wire::PREFIX, "/identities/", &account.id].concat();
        let session =
            Self { platform, store, engine, account, identity, vault: Mutex::default(), known: RefCell::default() };
        session.send_signed(&session.account.id, path, false, cbor::encode(&body), control).await?;
        Ok(session)
    }

    /// The type of the record that says who the owner is.
    pub(super) fn person_kind(&self) -> &'static str {
        match self.account.kind {
            DataOwnerKind::Patient => PATIENT,
            DataOwnerKind::Device => "Device",
            _ => "Practitioner",
        }
    }

    /// The person's own name, which only her devices and those she shares with know; empty where it was never given.
    ///
    /// # Errors
    /// When the store fails or, on a device that does not know the name yet, the platform.
    pub fn full_name<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<String>> {
        Box::pin(async move {
            if let Some(details) = self.remembered().details().await? {
                return Ok(details.full_name);
            }
            self.platform.deferred().await?;
            match self.read_details(control).await {
                // It is in a record that has to be got back first.
                Err(error) if *error == Error::RecoveryNeeded => Ok(String::new()),
                details => Ok(details?.full_name),
            }
        })
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

    fn identity<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<Identities>> {
        identity_of(&self.platform, &self.store, &self.engine, &self.account.id, control)
    }

    async fn open(self, identity: Identities, control: &Control) -> Result<Opened<T, S>> {
        match identity {
            // A fresh identity is never made silently: whoever was interrupted while signing up signs up again.
            (_, None) => Ok(Opened::RecoveryNeeded(self)),
            (None, Some(_)) => {
                self.platform.deferred().await?;
                Ok(Opened::Ready(Box::new(self.complete(control).await?)))
            }
            (Some(published), Some(kept)) if published.digest() == kept.statement.digest() => {
                self.ready(kept, control).await
            }
            // Starting over was interrupted before the platform had heard of it.
            (Some(published), Some(kept)) if kept.statement.body().predecessor == Some(published.digest()) => {
                self.platform.deferred().await?;
                let session = self.complete(control).await?;
                session.flush(&session.account.id, control).await?;
                Ok(Opened::Ready(Box::new(session)))
            }
            (Some(_), Some(_)) => Err(Error::IdentityChanged { owner: self.account.id }.into()),
        }
    }

    async fn ready(self, kept: Kept, control: &Control) -> Result<Opened<T, S>> {
        let Some(keys) = kept.keys else { return Ok(Opened::RecoveryNeeded(self)) };
        let identity = Identity::new(kept.statement, keys.agreement, keys.signing)?;
        let session = self.with(identity);
        if kept.unwritten {
            session.platform.deferred().await?;
            session.write_person(control).await?;
        }
        Ok(Opened::Ready(Box::new(session)))
    }

    /// Publishes the identity that is on this device and that the platform says it does not have: byte for byte as it
    /// was sent when signing up was interrupted.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it was published before: then the platform withholds it.
    // It is in the deferred part of the module.
    async fn complete(self, control: &Control) -> Result<Session<T, S>> {
        let remembered = Remembered::new(&self.store, &self.account.id);
        if remembered.outgoing(&self.account.id).await?.is_none() {
            return Err(Error::tampered("the platform withholds the identity of this account"));
        }
        let kept = kept(&self.platform, &self.store, &self.engine, &self.account.id).await?;
        let kept = kept.ok_or(Error::RecoveryNeeded)?;
        self.ready(kept, control).await?.into_ready()
    }

    /// The newest statement that the platform publishes for the account.
    pub(super) fn newest<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<Published>> {
        newest(&self.platform, &self.engine, &self.account.id, control)
    }

    /// Gets the keys back from the backup.
    ///
    /// # Errors
    /// [`Error::InvalidRecoveryCode`] when the code is mistyped or another account's, [`Error::Tampered`] when the
    /// platform's backup or statement do not belong together.
    pub async fn recover(&self, typed: &str, control: &Control) -> Result<Identity> {
        let code = RecoveryCode::parse(typed)?;
        let path = ["/identities/", &self.account.id, "/backup"].concat();
        let stored: StoredBackup = self.platform.get_cbor(&path, control).await?;
        let restored = Backup::decode(&stored.backup)?.open(&self.account.id, &code)?;
        let statement = self.newest(control).await?;
        if statement.digest() != restored.fingerprint {
            return Err(Error::IdentityChanged { owner: self.account.id.clone() }.into());
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
        Session { platform, store, engine, account, identity, vault: Mutex::default(), known: RefCell::default() }
    }
}
