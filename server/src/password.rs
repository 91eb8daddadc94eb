//! Account passwords: Argon2id (RFC 9106), kept as PHC strings. They never unlock keys.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::config::PasswordCost;
use crate::error::{Failure, StartError};

/// Hashes and checks passwords, a few at a time: each takes tens of megabytes.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    // Checked where there is no account, so that the time an answer takes does not tell.
    decoy: Arc<str>,
}

impl Passwords {
    /// With the cost for new hashes; those that exist carry their own.
    ///
    /// # Errors
    /// [`StartError::Configuration`] for a cost that Argon2 does not take.
    pub(crate) fn new(cost: PasswordCost) -> Result<Self, StartError> {
        let wrong = StartError::Configuration { variable: "the password cost", expected: "one that Argon2id takes" };
        let Ok(params) = Params::new(cost.memory_kib, cost.iterations, 1, None) else { return Err(wrong) };
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let Ok(decoy) = argon2.hash_password(b"nobody has this password") else { return Err(wrong) };
        let turns = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Self { argon2, turns: Arc::new(Semaphore::new(turns)), decoy: decoy.to_string().into() })
    }

    /// A new hash.
    ///
    /// # Errors
    /// [`Failure::Internal`] only.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Failure> {
        self.run(move |passwords| {
            passwords.argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(Failure::internal)
        })
        .await?
    }

    /// Whether the password is the one; without a hash it never is, and takes as long.
    ///
    /// # Errors
    /// [`Failure::Internal`] only.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Failure> {
        self.run(move |passwords| {
            let known = hash.is_some();
            let text = hash.unwrap_or_else(|| passwords.decoy.to_string());
            let hash = PasswordHash::new(&text).map_err(Failure::internal)?;
            Ok(passwords.argon2.verify_password(password.as_bytes(), &hash).is_ok() && known)
        })
        .await?
    }

    /// Does work that takes much memory when it is its turn, on a thread of its own.
    ///
    /// # Errors
    /// [`Failure::Internal`] only.
    pub(crate) async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        self.run(|_| work()).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> T + Send + 'static) -> Result<T, Failure> {
        let turn = self.turns.clone().acquire_owned().await.map_err(Failure::internal)?;
        let passwords = self.clone();
        tokio::task::spawn_blocking(move || {
            let done = work(&passwords);
            drop(turn);
            done
        })
        .await
        .map_err(Failure::internal)
    }
}
