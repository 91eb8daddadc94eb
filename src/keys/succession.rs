//! How one version of an identity accepts the next.

use tidelock_crypto::{Digest, Engine, Pending, PublicKey, cbor_map};

use super::identity::rotation_commitment;
use super::{IdentitySecrets, IdentityStatement, RootSuccession};
use crate::error::{Error, Result};
use crate::signed::{Signed, Statement, Unverified};

/// The owner's word that a version of the identity is hers, too, signed by the rotation key of the version before, which
/// is kept in the backup alone: whoever has a device has not this key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The data owner.
    pub owner: String,
    /// The fingerprint of the version before.
    pub before: Digest,
    /// The fingerprint of the version after.
    pub after: Digest,
    /// The public rotation key of the version before.
    pub rotation: PublicKey,
}

cbor_map!(Succession { 0: owner, 1: before, 2: after, 3: rotation });

impl Statement for Succession {
    const LABEL: &'static str = "identity succession";
}

impl Succession {
    /// Verifies a succession from a version to the next.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is between other versions, or not signed by the key that the version before committed to.
    pub fn open<'a>(
        engine: &'a Engine,
        bytes: &'a [u8],
        before: &'a Signed<IdentityStatement>,
        after: &'a Signed<IdentityStatement>,
    ) -> Pending<'a, Result<Signed<Self>>> {
        Box::pin(async move {
            let claimed = Unverified::<Self>::decode(bytes)?;
            let Self { owner, before: from, after: to, rotation } = claimed.claims();
            let (earlier, later) = (before.body(), after.body());
            let fits = *owner == earlier.owner
                && *owner == later.owner
                && (*from, *to) == (before.digest(), after.digest())
                && later.predecessor == Some(*from)
                && earlier.rotation_commitment == rotation_commitment(rotation);
            if !fits {
                return Err(Error::tampered("a succession between other identities"));
            }
            let rotation = *rotation;
            claimed.verify(engine, &rotation).await
        })
    }
}

impl IdentitySecrets {
    /// Accepts the next version of the identity that these are the keys of.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn succeed(
        &self,
        engine: &Engine,
        before: &Signed<IdentityStatement>,
        after: &Signed<IdentityStatement>,
    ) -> Result<Signed<Succession>> {
        let key = engine.import_signing_key(&self.rotation).await?;
        let owner = before.body().owner.clone();
        let (before, after, rotation) = (before.digest(), after.digest(), *key.public());
        Signed::sign(engine, &key, Succession { owner, before, after, rotation }).await
    }
}

/// Which fingerprints are those of one data owner, because each version of an identity, or each root of a clinic, accepted the
/// next; of any number of owners.
#[derive(Clone, Debug, Default)]
pub struct Successions(Vec<(Digest, Digest)>);

impl Successions {
    /// Takes in a succession that has been verified.
    pub fn add(&mut self, succession: &Signed<Succession>) {
        self.0.push((succession.body().before, succession.body().after));
    }

    /// Takes in that a clinic's root accepted the next, which has been verified. `false`: it had accepted another.
    pub fn add_root(&mut self, succession: &Signed<RootSuccession>) -> bool {
        let RootSuccession { before, after, .. } = succession.body();
        match self.next(before) {
            Some(known) => known == after,
            None => {
                self.0.push((*before, *after));
                true
            }
        }
    }

    fn next(&self, before: &Digest) -> Option<&Digest> {
        self.0.iter().find(|(known, _)| known == before).map(|(_, after)| after)
    }

    /// Whether the second fingerprint is the first, or an accepted successor of it.
    pub fn lead(&self, before: &Digest, now: &Digest) -> bool {
        let mut current = before;
        for _ in 0..=self.0.len() {
            if current == now {
                return true;
            }
            let Some(next) = self.next(current) else { return false };
            current = next;
        }
        false
    }
}
