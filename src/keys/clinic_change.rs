//! How a clinic's people change: a new roster under a new head; where somebody goes, a new agreement key; and where he was an
//! administrator, a new root.

use tidelock_crypto::{Engine, Pending};

use super::clinic::{Clinic, ClinicHead, ClinicStatement, Member, Role, Roster};
use super::{ClinicRoot, EnvelopePurpose, Identity, IdentityStatement, MemberEnvelope, RootSuccession};
use crate::error::Result;
use crate::signed::{SUITE, Signed};

/// Somebody who is to be on the roster.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// His identity, which has been verified.
    pub identity: &'a Signed<IdentityStatement>,
    /// What he may do.
    pub role: Role,
}

impl Clinic {
    /// Puts these people on the roster and nobody else, as one of the administrators: the clinic as it is then, with an envelope
    /// for each. Where somebody goes it gets a new agreement key, and where somebody is an administrator no more a new root and a
    /// new agreement key, which they do not have.
    ///
    /// # Errors
    /// [`Error::NoAccess`](crate::Error::NoAccess) when the envelopes have no root key for this administrator.
    pub fn change<'a>(
        &'a self,
        engine: &'a Engine,
        administrator: &'a Identity,
        envelopes: &'a [MemberEnvelope],
        people: &'a [Person<'a>],
        now: u64,
    ) -> Pending<'a, Result<(Self, Vec<MemberEnvelope>)>> {
        Box::pin(async move {
            let mut root_secret = self.open_envelope(engine, administrator, EnvelopePurpose::Root, envelopes).await?;
            let mut root_key = self.root_key(engine, administrator, envelopes).await?;
            let mut agreement =
                self.open_envelope(engine, administrator, EnvelopePurpose::Agreement, envelopes).await?;
            let mut next = self.clone();
            let (mut rekey, mut reroot) = (false, false);
            for member in &self.roster.body().members {
                let stays = people.iter().find(|person| person.identity.body().owner == member.user);
                rekey |= stays.is_none();
                reroot |= member.role == Role::Admin && stays.is_none_or(|person| person.role != Role::Admin);
            }
            if reroot {
                let secret = tidelock_crypto::software::generate_private_key()?;
                let key = engine.import_signing_key(&secret).await?;
                let (before, predecessor) = (self.root().body(), Some(self.fingerprint()));
                let (version, signing, last_head) = (before.version + 1, *key.public(), self.head.body().number);
                let root = ClinicRoot {
                    version,
                    predecessor,
                    signing,
                    created: now,
                    last_head: Some(last_head),
                    ..before.clone()
                };
                let root = Signed::sign(engine, &key, root).await?;
                let succession = RootSuccession {
                    clinic: before.clinic.clone(),
                    platform: before.platform.clone(),
                    before: self.fingerprint(),
                    after: root.digest(),
                    last_head,
                };
                let succession = Signed::sign(engine, &root_key, succession).await?;
                next.roots.push(root, succession);
                (root_secret, root_key) = (secret, key);
            }
            let root = next.fingerprint();
            // What is sealed to the clinic names its statement, so that a statement under the new root is a new one to all who
            // have sealed something to it: then it may as well have a new key.
            if rekey || reroot {
                let secret = tidelock_crypto::software::generate_private_key()?;
                let key = engine.import_agreement_key(&secret).await?;
                let before = self.statement.body();
                let version = before.version + 1;
                let statement = ClinicStatement {
                    root,
                    version,
                    agreement: *key.public(),
                    suites: vec![SUITE],
                    created: now,
                    previous: Some(next.seal_previous(engine, key.public(), version, &agreement).await?),
                    ..before.clone()
                };
                next.others.push(self.statement.clone());
                next.statement = Signed::sign(engine, &root_key, statement).await?;
                agreement = secret;
            }
            let mut members: Vec<Member> = Vec::with_capacity(people.len());
            for Person { identity, role } in people {
                let (user, fingerprint, role) = (identity.body().owner.clone(), identity.digest(), *role);
                let place = members.partition_point(|member| member.user < user);
                members.insert(place, Member { user, fingerprint, role });
            }
            let before = self.roster.body();
            let roster = Roster { root, number: before.number + 1, members };
            next.roster = Signed::sign(engine, &root_key, roster).await?;
            let before = self.head.body();
            let head = ClinicHead {
                root,
                number: before.number + 1,
                statement: next.statement.digest(),
                roster: next.roster.digest(),
                time: now,
            };
            next.head = Signed::sign(engine, &root_key, head).await?;
            let mut sealed = Vec::with_capacity(people.len());
            for Person { identity, role } in people {
                sealed.push(next.seal_to(engine, identity, EnvelopePurpose::Agreement, &agreement).await?);
                if *role == Role::Admin {
                    sealed.push(next.seal_to(engine, identity, EnvelopePurpose::Root, &root_secret).await?);
                }
            }
            Ok((next, sealed))
        })
    }
}
