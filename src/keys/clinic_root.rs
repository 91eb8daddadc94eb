//! The roots of a clinic: each signs itself, and each but the newest accepts the next.

use std::sync::Arc;

use minicbor::bytes::ByteVec;
use tidelock_crypto::{Digest, Engine, Pending, PublicKey, cbor_map};

use crate::error::{Error, Result};
use crate::signed::{Signed, Statement, Unverified};

/// The root of a clinic, signed by itself. Its digest is the clinic's *fingerprint*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicRoot {
    /// The clinic's id at the platform.
    pub clinic: String,
    /// The origin of the platform.
    pub platform: String,
    /// The number of this root, from 1.
    pub version: u32,
    /// The fingerprint of the root before; absent in version 1.
    pub predecessor: Option<Digest>,
    /// The root signing key (ECDSA, P-256).
    pub signing: PublicKey,
    /// When it was made, in milliseconds since the epoch.
    pub created: u64,
    /// The number of the last head under the root before; absent in version 1. It is in the fingerprint, so that whoever still
    /// knows the key of the root before cannot say something else of that later.
    pub last_head: Option<u64>,
}

cbor_map!(ClinicRoot { 0: clinic, 1: platform, 2: version, 3: predecessor, 4: signing, 5: created, 6: last_head });

impl Statement for ClinicRoot {
    const LABEL: &'static str = "clinic root";
}

/// A root's word on which root comes after it, signed by the root that it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootSuccession {
    /// The clinic's id at the platform.
    pub clinic: String,
    /// The origin of the platform.
    pub platform: String,
    /// The fingerprint of the root before.
    pub before: Digest,
    /// The fingerprint of the root after.
    pub after: Digest,
    /// The number of the last head under the root before, as the root after says it, too: whoever still knows the key of the root
    /// before signs no further one that is accepted.
    pub last_head: u64,
}

cbor_map!(RootSuccession { 0: clinic, 1: platform, 2: before, 3: after, 4: last_head });

impl Statement for RootSuccession {
    const LABEL: &'static str = "clinic root succession";
}

/// A root that has been replaced, as it is published: COSE_Sign1 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerRoot {
    /// The [`ClinicRoot`].
    pub root: ByteVec,
    /// Its [`RootSuccession`].
    pub succession: ByteVec,
}

cbor_map!(FormerRoot { 0: root, 1: succession });

/// A root that has been replaced.
#[derive(Clone, Debug)]
struct Former {
    root: Signed<ClinicRoot>,
    succession: Signed<RootSuccession>,
}

impl Former {
    fn last_head(&self) -> u64 {
        self.succession.body().last_head
    }
}

/// All roots that a clinic ever had, up to one of them.
#[derive(Clone, Debug)]
pub(super) struct Roots {
    /// The oldest first. They are shared with the clinic as it was under each of them, so that there may be more.
    all_former: Arc<Vec<Former>>,
    /// How many of them there are.
    rank: usize,
    newest: Signed<ClinicRoot>,
}

impl Roots {
    /// The first root.
    pub(super) fn first(root: Signed<ClinicRoot>) -> Self {
        Self { all_former: Arc::default(), rank: 0, newest: root }
    }

    /// Checks that these are all roots of this clinic at this platform: that each signed itself, and each but the newest the next.
    ///
    /// # Errors
    /// [`Error::Tampered`] when anything does not fit.
    pub(super) fn open<'a>(
        engine: &'a Engine,
        former: &'a [FormerRoot],
        newest: &'a [u8],
        clinic: &'a str,
        platform: &'a str,
    ) -> Pending<'a, Result<Self>> {
        Box::pin(async move {
            let mut opened = Vec::with_capacity(former.len());
            for FormerRoot { root, succession } in former {
                let root = open_root(engine, root).await?;
                let key = root.body().signing;
                let succession = Unverified::<RootSuccession>::decode(succession)?.verify(engine, &key).await?;
                opened.push(Former { root, succession });
            }
            let newest = open_root(engine, newest).await?;
            let roots = Self { rank: opened.len(), all_former: Arc::new(opened), newest };
            roots.check(clinic, platform)?;
            Ok(roots)
        })
    }

    /// Goes on with another root, which the newest has accepted.
    pub(super) fn push(&mut self, root: Signed<ClinicRoot>, succession: Signed<RootSuccession>) {
        let root = std::mem::replace(&mut self.newest, root);
        Arc::make_mut(&mut self.all_former).push(Former { root, succession });
        self.rank += 1;
    }

    fn former(&self) -> &[Former] {
        self.all_former.get(..self.rank).unwrap_or_default()
    }

    fn check(&self, clinic: &str, platform: &str) -> Result<()> {
        let (mut before, mut former): (Option<&Former>, _) = (None, self.former().iter());
        for (root, version) in self.all().zip(1..) {
            let ClinicRoot { clinic: id, platform: origin, .. } = root.body();
            if id != clinic || origin != platform {
                return Err(Error::tampered("the root of another clinic"));
            }
            let predecessor = before.map(|before| before.root.digest());
            let accepted = before.map(|before| before.succession.body()).is_none_or(|succession| {
                succession.clinic == clinic
                    && succession.platform == platform
                    && (Some(succession.before), succession.after) == (predecessor, root.digest())
            });
            let last_head = before.map(|before| before.succession.body().last_head);
            let now = root.body();
            if !accepted || (now.version, now.predecessor, now.last_head) != (version, predecessor, last_head) {
                return Err(Error::tampered("a clinic's roots that do not follow one another"));
            }
            before = former.next();
        }
        if !self.former().is_sorted_by(|left, right| left.last_head() < right.last_head()) {
            return Err(Error::tampered("a clinic's roots that do not follow one another"));
        }
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &Signed<ClinicRoot>> {
        self.former().iter().map(|former| &former.root).chain([&self.newest])
    }

    /// The newest of these roots.
    pub(super) fn newest(&self) -> &Signed<ClinicRoot> {
        &self.newest
    }

    /// How many roots there were before the one of that fingerprint, if it is one of these.
    pub(super) fn rank(&self, fingerprint: &Digest) -> Option<usize> {
        self.all().position(|root| root.digest() == *fingerprint)
    }

    /// The roots up to the one of that fingerprint.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is none of these.
    pub(super) fn up_to(&self, fingerprint: &Digest) -> Result<Self> {
        let root = self.all().zip(0..).find(|(root, _)| root.digest() == *fingerprint);
        let (root, rank) = root.ok_or(Error::Tampered { what: "something under another clinic's root" })?;
        Ok(Self { all_former: self.all_former.clone(), rank, newest: root.clone() })
    }

    /// The key that verifies what is signed by the root of that fingerprint.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is none of these.
    pub(super) fn key(&self, fingerprint: &Digest) -> Result<PublicKey> {
        let root = self.all().find(|root| root.digest() == *fingerprint);
        Ok(root.ok_or(Error::Tampered { what: "something under another clinic's root" })?.body().signing)
    }

    /// Whether the root of that fingerprint is one of these, and was not replaced before there was a head of that number.
    pub(super) fn follow(&self, fingerprint: &Digest, head: u64) -> bool {
        let rank = self.rank(fingerprint);
        rank.is_some_and(|rank| self.former().get(rank).is_none_or(|former| head <= former.last_head()))
    }

    /// Whether the root of that fingerprint is the one that signs the head of that number.
    pub(super) fn allow(&self, fingerprint: &Digest, head: u64) -> bool {
        let replaced = |former: &&Former| former.last_head() < head;
        self.rank(fingerprint) == Some(self.former().iter().take_while(replaced).count())
    }

    /// Which root accepted which.
    pub(super) fn successions(&self) -> impl Iterator<Item = &Signed<RootSuccession>> {
        self.former().iter().map(|former| &former.succession)
    }

    /// The roots before the newest, as they are published.
    pub(super) fn published(&self) -> Vec<FormerRoot> {
        let published = |former: &Former| FormerRoot {
            root: former.root.bytes().to_vec().into(),
            succession: former.succession.bytes().to_vec().into(),
        };
        self.former().iter().map(published).collect()
    }
}

/// A root that signed itself.
fn open_root<'a>(engine: &'a Engine, bytes: &'a [u8]) -> Pending<'a, Result<Signed<ClinicRoot>>> {
    Box::pin(async move {
        let root = Unverified::<ClinicRoot>::decode(bytes)?;
        let key = root.claims().signing;
        root.verify(engine, &key).await
    })
}
