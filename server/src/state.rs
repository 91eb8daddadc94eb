//! What all requests share.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use tidelock_crypto::Engine;
use tokio::sync::watch;

use crate::config::Config;
use crate::error::{Failure, StartError};
use crate::events::Listeners;
use crate::limiter::Limiter;
use crate::mail::{Mail, MailFolder, Mailer, Smtp, default_sender};
use crate::password::Passwords;
use crate::storage::{Connection, Database, Transaction};
use crate::vaults;

/// An open platform. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    config: Config,
    database: Database,
    mailer: Box<dyn Mailer>,
    limiter: Limiter,
    listeners: Listeners,
    passwords: Passwords,
    engine: Engine,
}

/// A mail server that hangs must not hold up the request that made it write.
const MAIL_PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

impl App {
    /// Opens a platform in the configured folder.
    ///
    /// # Errors
    /// As [`crate::router`].
    pub async fn open(config: Config) -> Result<Self, StartError> {
        tokio::fs::create_dir_all(&config.data).await?;
        let url = match &config.database_url {
            Some(url) => url.clone(),
            None => {
                let path = config.data.join("tidelock.sqlite");
                let Some(path) = path.to_str() else {
                    return Err(StartError::Configuration { variable: "TIDELOCK_DATA", expected: "a path in UTF-8" });
                };
                format!("sqlite:{}?mode=rwc", percent_encode(path))
            }
        };
        let database = Database::open(&url).await?;
        vaults::backfill(&database).await.map_err(|_| StartError::Backfill)?;
        let listeners = Listeners::new(&database).await?;
        let sender = match &config.mail_from {
            Some(sender) => sender.clone(),
            None => default_sender(&config.public_url)?,
        };
        let folder = MailFolder::new(config.data.join("mail"), sender, config.clock.clone());
        let mailer: Box<dyn Mailer> = match &config.smtp {
            Some(url) => Box::new(Smtp::new(url, folder)?),
            None => Box::new(folder),
        };
        let passwords = Passwords::new(config.password_cost)?;
        Ok(Self(Arc::new(Shared {
            config,
            database,
            mailer,
            limiter: Limiter::default(),
            listeners,
            passwords,
            engine: Engine::Software,
        })))
    }

    /// Ends what would otherwise never end: everybody who listens is sent away.
    pub fn stop_listening(&self) {
        self.0.listeners.end();
    }

    /// Finishes what is being written and closes the database.
    pub async fn close(&self) {
        self.0.database.close().await;
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    pub(crate) fn listeners(&self) -> &Listeners {
        &self.0.listeners
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn now(&self) -> i64 {
        self.0.config.clock.now()
    }

    pub(crate) async fn read(&self) -> Result<Transaction, Failure> {
        Ok(self.0.database.read().await?)
    }

    pub(crate) async fn write(&self) -> Result<Writing, Failure> {
        let transaction = self.0.database.write().await?;
        Ok(Writing { transaction, committed: self.0.listeners.committed() })
    }

    /// Sends a mail. If that fails it is noted in the log, and that is all.
    pub(crate) async fn send(&self, mail: &Mail) {
        match tokio::time::timeout(MAIL_PATIENCE, self.0.mailer.send(mail)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "mail not sent"),
            Err(_) => tracing::warn!("mail not sent in time"),
        }
    }
}

/// A transaction that may write. Dropped without `commit`, it changes nothing.
pub(crate) struct Writing {
    transaction: Transaction,
    committed: watch::Sender<()>,
}

impl Writing {
    /// Makes it so, and wakes those whom it concerns.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await?;
        self.committed.send_replace(());
        Ok(())
    }
}

impl Deref for Writing {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.transaction
    }
}

/// Enough of RFC 3986 for a path in a URL whose query begins at a question mark.
fn percent_encode(path: &str) -> String {
    path.chars()
        .map(|character| match character {
            '%' => "%25".to_owned(),
            '?' => "%3F".to_owned(),
            '#' => "%23".to_owned(),
            other => other.to_string(),
        })
        .collect()
}
