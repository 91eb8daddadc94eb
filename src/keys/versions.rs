//! All versions of a person's identity.

use minicbor::bytes::ByteVec;
use tidelock_crypto::{Digest, Engine, Pending};

use super::{IdentityStatement, Succession, Successions};
use crate::error::{Error, Result};
use crate::signed::{Signed, Unverified};

/// The versions of a person's identity, oldest first, each naming the one before, and which of them accepted the next.
///
/// That alone does not say that any of them is really the person's: one that was verified, what it names before it, and
/// what it leads to by [`successions`](Self::successions) are.
#[derive(Clone, Debug)]
pub struct Versions {
    statements: Vec<Signed<IdentityStatement>>,
    newest: Signed<IdentityStatement>,
    successions: Successions,
}

impl Versions {
    /// Verifies what the platform serves.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there are none, [`Error::Tampered`] when anything does not fit.
    pub fn open<'a>(
        engine: &'a Engine,
        statements: &'a [ByteVec],
        successions: &'a [ByteVec],
        owner: &'a str,
        platform: &'a str,
    ) -> Pending<'a, Result<Self>> {
        Box::pin(async move {
            let mut versions: Vec<Signed<IdentityStatement>> = Vec::with_capacity(statements.len());
            for bytes in statements {
                let statement = IdentityStatement::open(engine, bytes, owner, platform).await?;
                statement.body().check_follows(versions.last())?;
                versions.push(statement);
            }
            let mut accepted = Successions::default();
            for bytes in successions {
                let before = Unverified::<Succession>::decode(bytes)?.claims().before;
                let pair = versions.iter().zip(versions.iter().skip(1)).find(|(version, _)| version.digest() == before);
                let (before, after) = pair.ok_or(Error::Tampered { what: "a succession between other identities" })?;
                accepted.add(&Succession::open(engine, bytes, before, after).await?);
            }
            let newest = versions.last().ok_or(Error::NotFound)?.clone();
            Ok(Self { statements: versions, newest, successions: accepted })
        })
    }

    /// All of them, oldest first.
    pub fn statements(&self) -> &[Signed<IdentityStatement>] {
        &self.statements
    }

    /// The newest.
    pub fn newest(&self) -> &Signed<IdentityStatement> {
        &self.newest
    }

    /// The one with that fingerprint: whoever signed something signed under one of them.
    pub fn find(&self, fingerprint: &Digest) -> Option<&Signed<IdentityStatement>> {
        self.statements.iter().find(|statement| statement.digest() == *fingerprint)
    }

    /// Which of them accepted the next.
    pub fn successions(&self) -> &Successions {
        &self.successions
    }
}
