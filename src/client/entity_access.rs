//! Who has access to an entity, and how that came about.

use tidelock_crypto::Digest;

use super::{Actor, Control, LocalPending, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::DataOwnerKind;
use crate::records::{Basis, EntityState, Evidence, Known, ProvenManifest, Revision};
use crate::sharing::{ChainName, Rights, VaultLog};
use crate::wire::Wanted;

/// Somebody who has access to an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityAccess {
    /// Who.
    pub data_owner: String,
    /// What kind of data owner.
    pub kind: DataOwnerKind,
    /// What he may do.
    pub rights: Rights,
    /// Since when, in milliseconds since the epoch.
    pub since: u64,
    /// Who gave it; nobody gave it to the owner.
    pub by: Option<ChainName>,
    /// Whether he is the owner, has a grant of the record, or a delegation of this entity.
    pub basis: Basis,
}

/// What happened to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It was created.
    Created,
    /// Somebody got access, or more rights.
    Given,
    /// Somebody's access was revoked.
    Revoked,
    /// Somebody's access ended with that of who had given it.
    Lapsed,
    /// The record was changed.
    Modified,
    /// The same record got a new key.
    Resealed,
}

/// One thing that happened to an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessEvent {
    /// When, in milliseconds since the epoch, by the clock of who did it.
    pub at: u64,
    /// Who did it, and in whose name.
    pub by: ChainName,
    /// What.
    pub what: Happened,
    /// Whose access it was about.
    pub data_owner: Option<String>,
    /// What he may do from then on.
    pub rights: Option<Rights>,
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Who has access to an entity, and everything that happened to it: from its first revision on, as their authors signed
    /// them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the entity is not served to the caller; otherwise see [`fetch`](Self::fetch).
    pub fn entity_access<'a>(
        &'a self,
        actor: Actor<'a>,
        id: Id,
        vault: Option<&'a str>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<(Vec<EntityAccess>, Vec<AccessEvent>)>> {
        Box::pin(async move {
            let party = self.party(actor, control).await?;
            let wanted = vec![Wanted { entity: id, vault: vault.map(str::to_owned), known: None }];
            let bundle = self.ask_for(&party, wanted, Vec::new(), control).await?;
            let manifests = self.take_evidence(&bundle).await?;
            let served = bundle.entities.first().ok_or(Error::NotFound)?;
            let log = self.known.borrow().log(&served.vault).ok_or(Error::NotFound)?;
            let mut events = Vec::new();
            let mut last: Option<EntityState> = None;
            let mut each =
                |revision: &Revision, by: &ProvenManifest, before: Option<&EntityState>, after: &EntityState| {
                    tell(&mut events, revision, by, before, after);
                    last = Some(after.clone());
                };
            let known = Known { state: None, seen: self.known.borrow().seen(&served.vault, &id) };
            let successions = self.known.borrow().directory.successions.clone();
            let same = |before: &Digest, now: &Digest| successions.lead(before, now);
            let evidence = Evidence::verify_each(served, &manifests, &log, known, party.id(), &same, &mut each)?;
            if let Some(before) = &last {
                tell_lapsed(&mut events, before, &evidence.state, None, &|by| {
                    let mut ended = log.cutoffs_after(by, before.log_number).map(|(number, _)| number);
                    (owner_of(&log), log.time_at(ended.next().unwrap_or_else(|| log.number())).unwrap_or_default())
                });
            }
            Ok((accesses(&log, &evidence.state), events))
        })
    }
}

/// The owner's own chain.
fn owner_of(log: &VaultLog) -> ChainName {
    ChainName { author: log.vault().to_owned(), capacity: log.vault().to_owned() }
}

fn happened((by, at): (ChainName, u64), what: Happened, about: Option<(&str, Option<Rights>)>) -> AccessEvent {
    let data_owner = about.map(|(delegate, _)| delegate.to_owned());
    AccessEvent { at, by, what, data_owner, rights: about.and_then(|(_, rights)| rights) }
}

/// Whose access ended without being revoked by a revision; `ended` says by whom and when, from who had given it.
fn tell_lapsed(
    events: &mut Vec<AccessEvent>,
    before: &EntityState,
    after: &EntityState,
    revision: Option<&Revision>,
    ended: &dyn Fn(&str) -> (ChainName, u64),
) {
    for standing in &before.delegations {
        let mut revoked = revision.into_iter().flat_map(|revision| revision.leaf.revoked.iter());
        let named = revoked.any(|revoked| revoked.delegate == standing.delegate);
        if !named && after.standing(&standing.delegate).is_none() {
            let ended = ended(&standing.by.capacity);
            events.push(happened(ended, Happened::Lapsed, Some((&standing.delegate, None))));
        }
    }
}

/// Who has access: the owner, those with a grant, those with a delegation.
fn accesses(log: &VaultLog, state: &EntityState) -> Vec<EntityAccess> {
    let mut accesses = vec![EntityAccess {
        data_owner: log.vault().to_owned(),
        kind: log.owner().delegate().kind,
        rights: Rights::Write,
        since: state.created,
        by: None,
        basis: Basis::Owner,
    }];
    for standing in log.entitled(state.compartment, state.epoch) {
        let writes = standing.grant.permissions.may_write(state.compartment);
        accesses.push(EntityAccess {
            data_owner: standing.grant.delegate.clone(),
            kind: standing.grant.kind,
            rights: if writes { Rights::Write } else { Rights::Read },
            since: standing.time.max(state.created),
            by: Some(owner_of(log)),
            basis: Basis::Grant,
        });
    }
    for standing in &state.delegations {
        accesses.push(EntityAccess {
            data_owner: standing.delegate.clone(),
            kind: standing.kind,
            rights: standing.rights,
            since: standing.time,
            by: Some((*standing.by).clone()),
            basis: Basis::Delegation,
        });
    }
    accesses
}

/// What happened with one revision.
fn tell(
    events: &mut Vec<AccessEvent>,
    revision: &Revision,
    by: &ProvenManifest,
    before: Option<&EntityState>,
    after: &EntityState,
) {
    let at = by.manifest().time;
    let mut event = |what, about| events.push(happened((by.chain().clone(), at), what, about));
    if before.is_none() {
        event(Happened::Created, None);
    }
    for revoked in revision.leaf.revoked.iter() {
        event(Happened::Revoked, Some((&revoked.delegate, None)));
    }
    if let Some(before) = before {
        tell_lapsed(events, before, after, Some(revision), &|_| (by.chain().clone(), at));
    }
    let mut event = |what, about| events.push(happened((by.chain().clone(), at), what, about));
    for added in revision.leaf.added.iter() {
        event(Happened::Given, Some((&added.delegate, Some(added.rights))));
    }
    if before.is_some() && revision.leaf.content.is_some() {
        event(if after.sealed_by.is_some() { Happened::Resealed } else { Happened::Modified }, None);
    }
}
