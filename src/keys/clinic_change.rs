//! How a clinic's people change: a new roster under a new head, and, where somebody goes, a new agreement key.

use tidelock_crypto::{Engine, Pending};

use super::clinic::{Clinic, ClinicHead, ClinicStatement, EnvelopePurpose, Member, MemberEnvelope, Role, Roster};
use super::{Identity, IdentityStatement};
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
    /// for each. With `rekey` it gets a new agreement key, which whoever is not on the roster any more does not have.
    ///
    /// # Errors
    /// [`Error::NoAccess`](crate::Error::NoAccess) when the envelopes have no root key for this administrator.
    pub fn change<'a>(
        &'a self,
        engine: &'a Engine,
        administrator: &'a Identity,
        envelopes: &'a [MemberEnvelope],
        people: &'a [Person<'a>],
        rekey: bool,
        now: u64,
    ) -> Pending<'a, Result<(Self, Vec<MemberEnvelope>)>> {
        Box::pin(async move {
            let root_secret = self.open_envelope(engine, administrator, EnvelopePurpose::Root, envelopes).await?;
            let root_key = self.root_key(engine, administrator, envelopes).await?;
            let mut agreement =
                self.open_envelope(engine, administrator, EnvelopePurpose::Agreement, envelopes).await?;
            let mut next = self.clone();
            if rekey {
                let secret = tidelock_crypto::software::generate_private_key()?;
                let key = engine.import_agreement_key(&secret).await?;
                let before = self.statement.body();
                let version = before.version + 1;
                let statement = ClinicStatement {
                    version,
                    agreement: *key.public(),
                    suites: vec![SUITE],
                    created: now,
                    previous: Some(self.seal_previous(engine, key.public(), version, &agreement).await?),
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
            let roster = Roster { root: before.root, number: before.number + 1, members };
            next.roster = Signed::sign(engine, &root_key, roster).await?;
            let before = self.head.body();
            let head = ClinicHead {
                root: before.root,
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
