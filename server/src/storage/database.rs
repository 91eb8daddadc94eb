//! The database: connection pools, transactions and migrations.

use std::str::FromStr as _;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, SqlSafeStr as _};

use crate::error::StartError;

/// A connection, or the one inside a transaction.
pub type Connection = sqlx::AnyConnection;

/// A transaction. Dropped without `commit`, it changes nothing.
pub type Transaction = sqlx::Transaction<'static, sqlx::Any>;

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "accounts", include_str!("../../migrations/0001_accounts.sql")),
    (2, "clinics", include_str!("../../migrations/0002_clinics.sql")),
    (3, "invitations", include_str!("../../migrations/0003_invitations.sql")),
    (4, "vaults", include_str!("../../migrations/0004_vaults.sql")),
    (5, "clinic_keys", include_str!("../../migrations/0005_clinic_keys.sql")),
    (6, "audit", include_str!("../../migrations/0006_audit.sql")),
    (7, "entities", include_str!("../../migrations/0007_entities.sql")),
    (8, "grants", include_str!("../../migrations/0008_grants.sql")),
    (9, "administrators", include_str!("../../migrations/0009_administrators.sql")),
    (10, "recovery", include_str!("../../migrations/0010_recovery.sql")),
    (11, "people", include_str!("../../migrations/0011_people.sql")),
    (12, "confirmations", include_str!("../../migrations/0012_confirmations.sql")),
    (13, "clinic_history", include_str!("../../migrations/0013_clinic_history.sql")),
    (14, "unwrapped", include_str!("../../migrations/0014_unwrapped.sql")),
    (15, "events", include_str!("../../migrations/0015_events.sql")),
    (16, "clinic_codes_and_settings", include_str!("../../migrations/0016_clinic_codes_and_settings.sql")),
    (17, "clinic_roots", include_str!("../../migrations/0017_clinic_roots.sql")),
    (18, "attachments", include_str!("../../migrations/0018_attachments.sql")),
];

/// What every connection is set to, one statement each: SQLite's settings are per connection.
pub const SETTINGS: &[&str] = &[
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    // What is erased is overwritten.
    "PRAGMA secure_delete = ON",
];

/// The platform's database. Clones share the pools.
#[derive(Clone, Debug)]
pub struct Database {
    readers: AnyPool,
    // SQLite has one writer at a time anyway; queueing for it here is fair, waiting for its lock is not.
    writer: AnyPool,
}

impl Database {
    /// Opens the database at `url` (`sqlite:` followed by a path) and brings its tables up to date.
    ///
    /// # Errors
    /// [`StartError::Database`] if it cannot be opened, or was made by a newer server.
    pub async fn open(url: &str) -> Result<Self, StartError> {
        sqlx::any::install_default_drivers();
        let options = AnyConnectOptions::from_str(url)?;
        let writer = pool(1).connect_with(options.clone()).await?;
        migrator().run(&writer).await.map_err(sqlx::Error::from)?;
        let readers = pool(8).connect_with(options).await?;
        Ok(Self { readers, writer })
    }

    /// A transaction that sees one state of the database and must not write.
    ///
    /// # Errors
    /// The database's own.
    pub async fn read(&self) -> Result<Transaction, sqlx::Error> {
        self.readers.begin().await
    }

    /// A transaction that may write; it waits until it is the only one.
    ///
    /// # Errors
    /// The database's own.
    pub async fn write(&self) -> Result<Transaction, sqlx::Error> {
        // IMMEDIATE: a transaction that reads first and writes later would otherwise fail half-way through.
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// Closes every connection, after those in use are returned.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn pool(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).after_connect(|connection, _| {
        Box::pin(async move {
            for setting in SETTINGS {
                sqlx::query(*setting).execute(&mut *connection).await?;
            }
            Ok(())
        })
    })
}

fn migrator() -> Migrator {
    Migrator::with_migrations(
        MIGRATIONS
            .iter()
            .map(|(number, name, sql)| {
                Migration::new(*number, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false)
            })
            .collect(),
    )
}
