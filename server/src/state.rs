//! What all requests share.

use std::sync::Arc;

use tidelock_crypto::Engine;

use crate::config::Config;
use crate::error::{Failure, StartError};
use crate::limiter::Limiter;
use crate::mail::{Mail, MailFolder, Mailer};
use crate::password::Passwords;
use crate::storage::{Database, Transaction};
use crate::vaults;

/// An open platform. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    config: Config,
    database: Database,
    mailer: Box<dyn Mailer>,
    limiter: Limiter,
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
        let mailer = MailFolder::new(config.data.join("mail"), &config.public_url, config.clock.clone());
        let passwords = Passwords::new(config.password_cost)?;
        Ok(Self(Arc::new(Shared {
            config,
            database,
            mailer: Box::new(mailer),
            limiter: Limiter::default(),
            passwords,
            engine: Engine::Software,
        })))
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

    pub(crate) async fn write(&self) -> Result<Transaction, Failure> {
        Ok(self.0.database.write().await?)
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
