//! Live events: who is told that something has changed, and how listeners are woken.
//!
//! An event is written in the transaction of the change that it tells of, so that neither is there without the other. It says
//! where to look again, and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{broadcast, watch};

use crate::authority::Resource;
use crate::error::{Failure, StartError};
use crate::storage::{Connection, Database, clinics, events, invitations};

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Invitations that somebody has received.
    Invitations,
    /// Who has access to what: grants, sent invitations, a clinic's patients.
    Access,
    /// A clinic's members, keys or share codes.
    Members,
    /// What a vault holds.
    Record,
}

impl Kind {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitations => "invitations",
            Self::Access => "access",
            Self::Members => "members",
            Self::Record => "record",
        }
    }
}

/// Tells an account that something has changed, when the transaction is committed.
///
/// # Errors
/// The database's.
pub async fn tell(
    connection: &mut Connection,
    account: &str,
    kind: Kind,
    about: Resource<'_>,
) -> Result<(), sqlx::Error> {
    events::insert(connection, &[account], kind.as_str(), about.owner, about.clinic).await
}

/// Tells every member of a clinic.
///
/// # Errors
/// The database's.
pub async fn tell_members(
    connection: &mut Connection,
    clinic: &str,
    kind: Kind,
    about: Resource<'_>,
) -> Result<(), sqlx::Error> {
    let members = clinics::members(connection, clinic).await?;
    let accounts: Vec<&str> = members.iter().map(|member| member.account.as_str()).collect();
    events::insert(connection, &accounts, kind.as_str(), about.owner, about.clinic).await
}

/// Tells data owners, none of them twice, something about a vault: persons, and every member of clinics.
///
/// # Errors
/// The database's.
pub async fn tell_data_owners(
    connection: &mut Connection,
    ids: &[&str],
    kind: Kind,
    vault: &str,
) -> Result<(), sqlx::Error> {
    let clinics = clinics::among(connection, ids).await?;
    let persons: Vec<&str> = ids.iter().filter(|id| !clinics.iter().any(|clinic| clinic == *id)).copied().collect();
    events::insert(connection, &persons, kind.as_str(), vault, "").await?;
    for clinic in &clinics {
        tell_members(connection, clinic, kind, Resource::of_at(vault, clinic)).await?;
    }
    Ok(())
}

/// Tells whoever waits for an account: who has invited it, and the clinics whose keys it has or is to get. For when it has
/// another identity, or has shown that its address is its own.
///
/// # Errors
/// The database's.
pub async fn tell_those_waiting(connection: &mut Connection, account: &str, now: i64) -> Result<(), sqlx::Error> {
    for invitation in invitations::received_by(connection, account, now).await? {
        let inviter = &invitation.creator;
        tell(connection, inviter, Kind::Access, Resource::of(inviter)).await?;
    }
    for membership in clinics::memberships(connection, account).await? {
        tell_members(connection, &membership.clinic, Kind::Members, Resource::at(&membership.clinic)).await?;
    }
    Ok(())
}

/// How many changes of other accounts a listener may be behind before it looks whether one of them was its own.
const BACKLOG: usize = 1_024;

/// How many listeners one account may have.
const MOST_LISTENERS: usize = 32;

/// Those who listen.
pub(crate) struct Listeners {
    committed: watch::Sender<()>,
    told: broadcast::Sender<Arc<str>>,
    over: watch::Sender<bool>,
    counts: Arc<Mutex<HashMap<String, usize>>>,
}

impl Listeners {
    /// Listeners to what is written into `database` by this process from now on.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn new(database: &Database) -> Result<Self, StartError> {
        let (committed, changed) = watch::channel(());
        let (told, _) = broadcast::channel(BACKLOG);
        let place = events::newest_place(&mut *database.read().await?).await?;
        tokio::spawn(pass_on(database.clone(), changed, told.clone(), place));
        Ok(Self { committed, told, over: watch::Sender::new(false), counts: Arc::default() })
    }

    /// What is to be called with after every commit.
    pub(crate) fn committed(&self) -> watch::Sender<()> {
        self.committed.clone()
    }

    /// Ends all listening: a server that stops waits for its connections.
    pub(crate) fn end(&self) {
        self.over.send_replace(true);
    }

    /// One more listener of an account.
    ///
    /// # Errors
    /// [`Failure::RateLimited`] when the account has too many.
    pub(crate) fn listen(&self, account: &str) -> Result<Ear, Failure> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(account.to_owned()).or_default();
        if *count >= MOST_LISTENERS {
            return Err(Failure::RateLimited(60));
        }
        *count += 1;
        drop(counts);
        Ok(Ear {
            account: account.to_owned(),
            told: self.told.subscribe(),
            over: self.over.subscribe(),
            counts: self.counts.clone(),
        })
    }
}

/// By what one listener is woken.
pub(crate) struct Ear {
    account: String,
    told: broadcast::Receiver<Arc<str>>,
    over: watch::Receiver<bool>,
    counts: Arc<Mutex<HashMap<String, usize>>>,
}

impl Ear {
    /// Whose it is.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// Waits until the account may have been told something. `false`: the server stops.
    pub(crate) async fn woken(&mut self) -> bool {
        loop {
            let told = tokio::select! {
                _ = self.over.wait_for(|over| *over) => return false,
                told = self.told.recv() => told,
            };
            match told {
                Ok(account) if *account != *self.account => {}
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => return true,
                Err(broadcast::error::RecvError::Closed) => return false,
            }
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.account);
            }
        }
    }
}

/// After each commit, names the accounts that it told something. Ends with the platform.
async fn pass_on(
    database: Database,
    mut committed: watch::Receiver<()>,
    told: broadcast::Sender<Arc<str>>,
    mut place: i64,
) {
    while committed.changed().await.is_ok() {
        let accounts = async {
            let mut transaction = database.read().await?;
            events::accounts_after(&mut transaction, place).await
        };
        match accounts.await {
            Ok(accounts) => {
                for (account, newest) in accounts {
                    place = newest;
                    // Nobody listening is no failure.
                    drop(told.send(account.into()));
                }
            }
            Err(error) => tracing::warn!(%error, "listeners not woken"),
        }
    }
}
