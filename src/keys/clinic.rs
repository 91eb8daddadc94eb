//! The keys of a clinic: a root that only administrators hold, and an agreement key that all members hold.
//!
//! The root signs three things: the clinic's identity versions, the roster of its people, and the *head*, which says
//! which of both are current and when an administrator last said so. A certifying share code is a stretched hash of the
//! root's fingerprint; everything else about the clinic follows from the root's signatures. When an administrator goes, there
//! is another root, which the one before has accepted.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::List;
use tidelock_crypto::{Digest, Engine, Pending, PublicKey, SigningKey, cbor_map, cbor_number};

use super::clinic_root::{ClinicRoot, FormerRoot, RootSuccession, Roots};
use super::{EnvelopePurpose, Identity, MemberEnvelope};
use crate::error::{Error, Result};
use crate::signed::{SUITE, Signed, Statement, Unverified};

/// One version of a clinic's identity, signed by its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicStatement {
    /// The fingerprint of the root.
    pub root: Digest,
    /// The number of this version, from 1.
    pub version: u32,
    /// The name by which people know the clinic.
    pub name: String,
    /// To which keys for the clinic are sealed; every member holds the private half.
    pub agreement: PublicKey,
    /// The suites that the clinic can open.
    pub suites: Vec<u8>,
    /// When it was made, in milliseconds since the epoch.
    pub created: u64,
    /// The private agreement key of the version before, in an HPKE message to this version's own agreement key: whoever holds the
    /// newest key holds all. Absent in version 1.
    pub previous: Option<ByteVec>,
}

cbor_map!(ClinicStatement { 0: root, 1: version, 2: name, 3: agreement, 4: suites, 5: created, 6: previous });

impl Statement for ClinicStatement {
    const LABEL: &'static str = "clinic statement";
}

/// What a person may do in a clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Runs the clinic and holds its root key; Tidepool's `CLINIC_ADMIN`.
    Admin,
    /// Acts for the clinic; Tidepool's `CLINIC_MEMBER`.
    Member,
}

cbor_number!(Role { 1: Admin, 2: Member });

/// One person of a roster. Members sign with their own identities, which is why the roster names their fingerprints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The user id.
    pub user: String,
    /// The fingerprint of the person's identity.
    pub fingerprint: Digest,
    /// The person's role.
    pub role: Role,
}

cbor_map!(Member { 0: user, 1: fingerprint, 2: role });

/// The people of a clinic, sorted by user id, signed by the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The fingerprint of the root.
    pub root: Digest,
    /// The number of this roster, from 1.
    pub number: u64,
    /// The people.
    pub members: Vec<Member>,
}

cbor_map!(Roster { 0: root, 1: number, 2: members });

impl Statement for Roster {
    const LABEL: &'static str = "clinic roster";
}

/// What is current at a clinic, signed by the root and renewed whenever an administrator signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicHead {
    /// The fingerprint of the root.
    pub root: Digest,
    /// The number of this head, from 1.
    pub number: u64,
    /// The digest of the current [`ClinicStatement`].
    pub statement: Digest,
    /// The digest of the current [`Roster`].
    pub roster: Digest,
    /// When it was signed, in milliseconds since the epoch, by the administrator's clock.
    pub time: u64,
}

cbor_map!(ClinicHead { 0: root, 1: number, 2: statement, 3: roster, 4: time });

impl Statement for ClinicHead {
    const LABEL: &'static str = "clinic head";
}

/// Everything that a clinic publishes, as COSE_Sign1 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicBundle {
    /// The [`ClinicRoot`].
    pub root: ByteVec,
    /// The current [`ClinicStatement`].
    pub statement: ByteVec,
    /// The current [`Roster`].
    pub roster: ByteVec,
    /// The current [`ClinicHead`].
    pub head: ByteVec,
    /// The [`ClinicStatement`]s before the current one, oldest first.
    pub earlier: List<ByteVec>,
    /// The roots before the current one, oldest first.
    pub former: List<FormerRoot>,
}

cbor_map!(ClinicBundle { 0: root, 1: statement, 2: roster, 3: head, 4: earlier, 5: former });

/// A clinic whose root, statement, roster and head fit together. Whether the root is the right one is another question,
/// which a share code or a pin answers.
#[derive(Clone, Debug)]
pub struct Clinic {
    pub(super) roots: Roots,
    pub(super) statement: Signed<ClinicStatement>,
    /// The statements that there are besides, as far as they were served, oldest first.
    pub(super) others: Vec<Signed<ClinicStatement>>,
    pub(super) roster: Signed<Roster>,
    pub(super) head: Signed<ClinicHead>,
}

impl Clinic {
    /// Checks what a clinic publishes: the root signed itself and speaks of this clinic at this platform, and so did the roots
    /// before it, of which each accepted the next; it signed the other three, and the head names them.
    ///
    /// # Errors
    /// [`Error::Tampered`] when anything does not fit.
    pub fn open<'a>(
        engine: &'a Engine,
        bundle: &'a ClinicBundle,
        clinic: &'a str,
        platform: &'a str,
    ) -> Pending<'a, Result<Self>> {
        Box::pin(async move {
            let roots = Roots::open(engine, &bundle.former, &bundle.root, clinic, platform).await?;
            let key = roots.newest().body().signing;
            let statement = Unverified::<ClinicStatement>::decode(&bundle.statement)?.verify(engine, &key).await?;
            let roster = Unverified::<Roster>::decode(&bundle.roster)?.verify(engine, &key).await?;
            let head = Unverified::<ClinicHead>::decode(&bundle.head)?.verify(engine, &key).await?;
            let mut others = Vec::with_capacity(bundle.earlier.len());
            for bytes in bundle.earlier.iter() {
                let earlier = Unverified::<ClinicStatement>::decode(bytes)?;
                let key = roots.key(&earlier.claims().root)?;
                others.push(earlier.verify(engine, &key).await?);
            }
            let clinic = Self { roots, statement, others, roster, head };
            clinic.check()?;
            clinic.check_versions()?;
            Ok(clinic)
        })
    }

    fn check(&self) -> Result<()> {
        let fingerprint = self.fingerprint();
        let fits = self.statement.body().root == fingerprint
            && self.roster.body().root == fingerprint
            && self.head.body().root == fingerprint
            && self.head.body().statement == self.statement.digest()
            && self.head.body().roster == self.roster.digest();
        if !fits {
            return Err(Error::tampered("a clinic's head, statement and roster that do not belong together"));
        }
        if !self.statement.body().suites.contains(&SUITE) {
            return Err(Error::Unsupported.into());
        }
        if !self.roots.allow(&fingerprint, self.head.body().number) {
            return Err(Error::tampered("a clinic head under a root that was not the clinic's then"));
        }
        if self.statement.body().version == 0 {
            return Err(Error::tampered("a clinic with an impossible version"));
        }
        let members = &self.roster.body().members;
        if !members.is_sorted_by(|left, right| left.user < right.user) {
            return Err(Error::tampered("a roster that is not sorted"));
        }
        Ok(())
    }

    /// Checks that the statements before the current one, if there are any, are all that there ever were.
    fn check_versions(&self) -> Result<()> {
        let now = self.statement.body();
        let all = self.others.iter().map(Signed::body).chain([now]);
        let mut rank = Some(0);
        let fits = all.zip(1..).all(|(statement, version)| {
            let before = std::mem::replace(&mut rank, self.roots.rank(&statement.root));
            rank >= before && statement.version == version && statement.previous.is_some() == (version > 1)
        });
        if fits || self.others.is_empty() && now.previous.is_some() == (now.version > 1) {
            return Ok(());
        }
        Err(Error::tampered("a clinic's statements out of their order"))
    }

    /// The clinic as it was under an earlier head, which is among `heads` with its roster among `rosters`; nothing where they were
    /// not served.
    ///
    /// # Errors
    /// [`Error::Tampered`] when the root of that time did not sign the head, or head, statement and roster do not belong together.
    pub fn under<'a>(
        &'a self,
        engine: &'a Engine,
        head: &'a [u8],
        rosters: &'a [ByteVec],
    ) -> Pending<'a, Result<Option<Self>>> {
        Box::pin(async move {
            let head = Unverified::<ClinicHead>::decode(head)?;
            let (root, number) = (head.claims().root, head.claims().number);
            let roots = self.roots.up_to(&root)?;
            let head = head.verify(engine, &roots.newest().body().signing).await?;
            if !self.roots.allow(&root, number) {
                return Err(Error::tampered("a clinic head under a root that was not the clinic's then"));
            }
            let all = || self.others.iter().chain([&self.statement]);
            let named = all().find(|statement| statement.digest() == head.body().statement);
            let Some(statement) = named.cloned() else { return Ok(None) };
            let mut roster = None;
            for bytes in rosters {
                let served = Unverified::<Roster>::decode(bytes)?;
                if served.digest() == head.body().roster {
                    // The root has signed the head, and the head names the roster by its digest.
                    roster = Some(served.trust());
                }
            }
            let Some(roster) = roster else { return Ok(None) };
            let others = all().filter(|other| other.digest() != statement.digest()).cloned().collect();
            let clinic = Self { roots, statement, others, roster, head };
            clinic.check()?;
            Ok(Some(clinic))
        })
    }

    /// Founds a clinic: a new root and a new agreement key, with `administrator` as its only person.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn found(
        engine: &Engine,
        clinic: &str,
        platform: &str,
        name: &str,
        administrator: &Identity,
        now: u64,
    ) -> Result<(Self, Vec<MemberEnvelope>)> {
        let root_secret = tidelock_crypto::software::generate_private_key()?;
        let agreement_secret = tidelock_crypto::software::generate_private_key()?;
        let root_key = engine.import_signing_key(&root_secret).await?;
        let agreement_key = engine.import_agreement_key(&agreement_secret).await?;

        let root = ClinicRoot {
            clinic: clinic.to_owned(),
            platform: platform.to_owned(),
            version: 1,
            predecessor: None,
            signing: *root_key.public(),
            created: now,
            last_head: None,
        };
        let root = Signed::sign(engine, &root_key, root).await?;
        let fingerprint = root.digest();
        let statement = ClinicStatement {
            root: fingerprint,
            version: 1,
            name: name.to_owned(),
            agreement: *agreement_key.public(),
            suites: vec![SUITE],
            created: now,
            previous: None,
        };
        let statement = Signed::sign(engine, &root_key, statement).await?;
        let member = Member {
            user: administrator.owner().to_owned(),
            fingerprint: administrator.fingerprint(),
            role: Role::Admin,
        };
        let roster = Roster { root: fingerprint, number: 1, members: vec![member] };
        let roster = Signed::sign(engine, &root_key, roster).await?;
        let head = ClinicHead {
            root: fingerprint,
            number: 1,
            statement: statement.digest(),
            roster: roster.digest(),
            time: now,
        };
        let head = Signed::sign(engine, &root_key, head).await?;
        let clinic = Self { roots: Roots::first(root), statement, others: Vec::new(), roster, head };
        let administrator = administrator.statement();
        let envelopes = vec![
            clinic.seal_to(engine, administrator, EnvelopePurpose::Agreement, &agreement_secret).await?,
            clinic.seal_to(engine, administrator, EnvelopePurpose::Root, &root_secret).await?,
        ];
        Ok((clinic, envelopes))
    }

    /// Signs a new head that says the same as the one before, now.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn renew_head(&mut self, engine: &Engine, root_key: &SigningKey, now: u64) -> Result<()> {
        let before = self.head.body();
        let head = ClinicHead { number: before.number + 1, time: now, ..before.clone() };
        self.head = Signed::sign(engine, root_key, head).await?;
        Ok(())
    }

    /// The clinic's id.
    pub fn id(&self) -> &str {
        &self.root().body().clinic
    }

    /// The clinic's fingerprint: the digest of its root.
    pub fn fingerprint(&self) -> Digest {
        self.root().digest()
    }

    /// The root.
    pub fn root(&self) -> &Signed<ClinicRoot> {
        self.roots.newest()
    }

    /// Whether the clinic has, or had, a root of that fingerprint: what names it is of this clinic.
    pub fn has_had(&self, fingerprint: &Digest) -> bool {
        self.roots.rank(fingerprint).is_some()
    }

    /// Whether this is what became of a clinic of which somebody saw a head of that number under the root of that fingerprint.
    pub fn follows(&self, fingerprint: &Digest, head: u64) -> bool {
        self.roots.follow(fingerprint, head)
    }

    /// Which of its roots accepted which, the oldest first.
    pub fn successions(&self) -> impl Iterator<Item = &Signed<RootSuccession>> {
        self.roots.successions()
    }

    /// The current statement.
    pub fn statement(&self) -> &Signed<ClinicStatement> {
        &self.statement
    }

    /// The number of the statement with that digest, if it is known.
    pub fn version_named(&self, statement: &Digest) -> Option<u32> {
        let mut all = self.others.iter().chain([&self.statement]);
        all.find(|known| known.digest() == *statement).map(|known| known.body().version)
    }

    /// The current roster.
    pub fn roster(&self) -> &Signed<Roster> {
        &self.roster
    }

    /// The current head.
    pub fn head(&self) -> &Signed<ClinicHead> {
        &self.head
    }

    /// The person of that user id and fingerprint, if the roster has one.
    pub fn member(&self, user: &str, fingerprint: &Digest) -> Option<&Member> {
        self.roster.body().members.iter().find(|member| member.user == user && member.fingerprint == *fingerprint)
    }

    /// What the clinic publishes.
    pub fn bundle(&self) -> ClinicBundle {
        ClinicBundle {
            root: self.root().bytes().to_vec().into(),
            statement: self.statement.bytes().to_vec().into(),
            roster: self.roster.bytes().to_vec().into(),
            head: self.head.bytes().to_vec().into(),
            earlier: List(self.others.iter().map(|statement| statement.bytes().to_vec().into()).collect()),
            former: List(self.roots.published()),
        }
    }
}
