//! What a write does to its entities: judged by the one state machine, and stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tidelock::Id;
use tidelock::keys::Compartment;
use tidelock::records::{
    Batch, EntityState, Item, Manifest, Revision, StandingDelegation, Step, Wrap, Write, is_about_rights,
};
use tidelock::sharing::{ChainName, Rights, VaultLog};
use tidelock::wire::{Conflict, ConflictKind};
use tidelock_crypto::Digest;

use super::burnt::Clinics;
use super::identities::successions;
use crate::error::Failure;
use crate::events::{self, Kind};
use crate::permissions::Permissions;
use crate::storage::audit::{self, Event};
use crate::storage::delegations::PlacedWrap;
use crate::storage::entities::Entity;
use crate::storage::{Connection, attachments, delegations, entities, writes};

/// The names of what is noted of single entities.
const DELEGATED: &str = "entity.delegate";
const UNDELEGATED: &str = "entity.undelegate";

/// The most delegations that stand on one entity.
const MAXIMUM_DELEGATIONS: usize = 1_000;

/// What a write does to one entity.
#[derive(Debug)]
pub(super) struct Change<'a> {
    revision: &'a Revision,
    item: &'a Item,
    before: Option<EntityState>,
    after: EntityState,
}

impl Change<'_> {
    /// To whom the entity is delegated.
    pub(super) fn delegates(&self) -> impl Iterator<Item = &str> {
        self.after.delegations.iter().map(|standing| standing.delegate.as_str())
    }

    /// The epoch under whose keys the entity's new key is, if it gets one.
    pub(super) fn new_epoch(&self) -> Option<u32> {
        self.revision.leaf.has_new_key().then_some(self.after.epoch)
    }

    /// As it is stored.
    pub(super) fn stored(&self) -> Result<writes::Revision<'_>, Failure> {
        let Self { revision, item, .. } = self;
        let sequence = i64::try_from(revision.leaf.sequence).map_err(Failure::internal)?;
        Ok(writes::Revision { entity: revision.leaf.entity, sequence, rev: &revision.rev, item })
    }
}

/// A write whose author is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) log: &'a VaultLog,
    pub(super) manifest: &'a Manifest,
    pub(super) chain: &'a Arc<ChainName>,
    pub(super) write: &'a Write,
    /// What the platform's own record allows the author, or the clinic in whose name the write is; nothing of the owner's own.
    pub(super) record: Option<Permissions>,
}

/// Judges what a write does to each of its entities.
///
/// # Errors
/// A conflict when an entity or a key has moved on, `forbidden` when the author had no right to what he did, `tampered` when
/// what he sent has no valid form.
pub(super) async fn judge<'a>(
    connection: &mut Connection,
    signed: Signed<'a>,
    revisions: &'a [Revision],
) -> Result<Vec<Change<'a>>, Failure> {
    let Signed { log, manifest, chain, write, record } = signed;
    if let Some(batch) = &write.batch {
        check_keys(log, batch)?;
    }
    let ids: Vec<Id> = revisions.iter().map(|revision| revision.leaf.entity).collect();
    let found = entities::find(connection, &ids).await?;
    let mut found: BTreeMap<Id, Entity> = found.into_iter().map(|entity| (entity.id, entity)).collect();
    let accepted = successions(connection, &compared(chain, write, revisions)).await?;
    let same = |before: &Digest, now: &Digest| accepted.lead(before, now);
    let step = Step { log, manifest, chain, batch: write.batch.as_ref().map(|batch| batch.id), same: &same };
    let mut checked = BTreeSet::new();
    let mut changes = Vec::with_capacity(revisions.len());
    for (revision, item) in revisions.iter().zip(&write.items) {
        let leaf = &revision.leaf;
        let before = found.remove(&leaf.entity);
        let elsewhere = before.as_ref().is_some_and(|before| before.vault != manifest.vault);
        let before = before.filter(|_| !elsewhere).map(|entity| entity.state);
        let follows = before.as_ref().map(|state| (state.sequence + 1, state.rev));
        if elsewhere || follows != leaf.previous.map(|previous| (leaf.sequence, previous)) {
            let rev = before.map(|state| state.rev);
            let conflict = Conflict { kind: ConflictKind::Entity, entity: Some(leaf.entity), rev };
            return Err(Failure::MovedOn(conflict, "the entity has another revision; read it again"));
        }
        let after = EntityState::next(before.as_ref(), revision, None, &step).map_err(refused)?;
        if record.is_some_and(|record| !is_allowed(record, before.as_ref(), &after, revision, chain)) {
            return Err(Failure::forbidden(
                "the platform's record of what the author may do does not allow this write",
            ));
        }
        if after.delegations.len() > MAXIMUM_DELEGATIONS {
            return Err(Failure::too_large());
        }
        if let Some(batch) = write.batch.as_ref().filter(|_| leaf.has_new_key())
            && checked.insert(after.epoch)
        {
            batch.check(&step, after.epoch)?;
        }
        changes.push(Change { revision, item, before, after });
    }
    Ok(changes)
}

/// Nothing in a write is sealed to keys that somebody has who has left a clinic.
///
/// # Errors
/// `conflict` when something is; otherwise the database's.
pub(super) async fn check_clinics(
    connection: &mut Connection,
    log: &VaultLog,
    clinics: &mut Clinics,
    changes: &[Change<'_>],
) -> Result<(), Failure> {
    for change in changes {
        let leaf = &change.revision.leaf;
        if let (Some(before), true) = (&change.before, leaf.content.is_some() && leaf.keeps_key.0) {
            clinics.check_kept(connection, log, before).await?;
        }
        let wraps: Vec<PlacedWrap> = placed_wraps(change).collect();
        let delegates: Vec<&str> = wraps.iter().map(|wrap| &*wrap.delegate).collect();
        clinics.read(connection, &delegates).await?;
        for PlacedWrap { delegate, wrap, .. } in &wraps {
            clinics.check(connection, delegate, &wrap.statement).await?;
        }
    }
    Ok(())
}

/// The people and clinics whose identities a write compares with those that were named before.
fn compared<'a>(chain: &'a ChainName, write: &'a Write, revisions: &'a [Revision]) -> Vec<&'a str> {
    let mut people = BTreeSet::from([chain.author.as_str(), chain.capacity.as_str()]);
    for Revision { leaf, .. } in revisions {
        people.extend(leaf.added.iter().map(|added| added.delegate.as_str()));
        people.extend(leaf.revoked.iter().map(|revoked| revoked.delegate.as_str()));
    }
    for wrap in write.batch.iter().flat_map(|batch| &batch.wraps) {
        if let Wrap::Identity { recipient, .. } = wrap {
            people.insert(recipient);
        }
    }
    people.into_iter().collect()
}

fn refused(error: Box<tidelock::Error>) -> Failure {
    match *error {
        tidelock::Error::Tampered { what } if is_about_rights(&error) => Failure::forbidden(what),
        _ => error.into(),
    }
}

/// Nothing is written under a key that somebody who lost access holds.
fn check_keys(log: &VaultLog, batch: &Batch) -> Result<(), Failure> {
    if batch.wraps.iter().filter_map(|wrap| wrap.vault_key()).any(|key| log.is_exposed(key)) {
        let message = "somebody who lost access holds this vault key; read the log again";
        return Err(Failure::moved_on(ConflictKind::Key, message));
    }
    Ok(())
}

/// Whether somebody may do this by what the platform has on record for him or his clinic, which the owner can narrow
/// without a signature, or by a delegation of the entity.
fn is_allowed(
    record: Permissions,
    before: Option<&EntityState>,
    after: &EntityState,
    revision: &Revision,
    chain: &ChainName,
) -> bool {
    let leaf = &revision.leaf;
    let writes =
        leaf.content.is_some() || leaf.deleted.0 || leaf.added.iter().any(|added| added.rights == Rights::Write);
    let needed = if writes { Rights::Write } else { Rights::Read };
    let delegated = before.and_then(|state| state.standing(&chain.capacity)).map(|standing| standing.rights);
    let compartment = before.map_or(after.compartment, |state| state.compartment);
    delegated >= Some(needed) || covers(record, compartment, needed)
}

fn covers(record: Permissions, compartment: Compartment, needed: Rights) -> bool {
    let signed = record.to_signed();
    let reads = signed.compartments().any(|part| part == compartment);
    signed.may_write(compartment) || needed == Rights::Read && reads
}

/// When a change came, by whom, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) vault: &'a str,
    pub(super) actor: &'a str,
    pub(super) cursor: i64,
    pub(super) at: i64,
}

/// Stores what has become of the entities of a write.
///
/// # Errors
/// The database's.
pub(super) async fn apply(
    connection: &mut Connection,
    taken: Taken<'_>,
    changes: Vec<Change<'_>>,
) -> Result<(), Failure> {
    let Taken { vault, cursor, at, .. } = taken;
    let chosen = |choose: &dyn Fn(&Change<'_>) -> bool| -> Vec<Id> {
        changes.iter().filter(|change| choose(change)).map(|change| change.revision.leaf.entity).collect()
    };
    let deleted = chosen(&|change| change.after.deleted);
    let replaced = chosen(&|change| change.before.is_some() && change.revision.header.is_some());
    let rekeyed = chosen(&|change| change.before.is_some() && change.revision.leaf.has_new_key());

    entities::remove_links(connection, vault, &replaced).await?;
    let links =
        changes.iter().filter_map(|change| Some((change.revision.leaf.entity, change.revision.header.as_ref()?)));
    let links: Vec<(&Digest, Id)> =
        links.flat_map(|(id, header)| header.links.iter().map(move |link| (link, id))).collect();
    entities::add_links(connection, vault, &links).await?;

    delegations::remove_wraps(connection, vault, &rekeyed).await?;
    let wraps: Vec<PlacedWrap> = changes.iter().flat_map(placed_wraps).collect();
    delegations::add_wraps(connection, vault, &wraps).await?;
    let differences = changes.iter().map(|change| {
        let before = change.before.as_ref().map(|state| state.delegations.as_slice()).unwrap_or_default();
        (change.revision.leaf.entity, before, change.after.delegations.as_slice())
    });
    follow(connection, taken, differences.filter(|(_, before, after)| before != after).collect()).await?;

    if !deleted.is_empty() {
        writes::erase(connection, vault, &deleted).await?;
        attachments::remove_of(connection, vault, &deleted).await?;
        entities::remove_links(connection, vault, &deleted).await?;
        delegations::remove_all(connection, vault, &deleted).await?;
        delegations::remove_wraps(connection, vault, &deleted).await?;
    }
    let entities: Vec<Entity> = changes
        .into_iter()
        .map(|change| {
            let (vault, id) = (vault.to_owned(), change.revision.leaf.entity);
            Entity { vault, id, cursor, taken: at, state: change.after }
        })
        .collect();
    entities::put(connection, &entities).await?;
    Ok(())
}

/// The wraps of a leaf, with whom each is for: with a new key all whose delegations stand, otherwise those whom the leaf adds.
fn placed_wraps<'a>(change: &'a Change<'_>) -> impl Iterator<Item = PlacedWrap> + 'a {
    let Change { revision, item, after, .. } = change;
    let standing: Vec<&String> = if revision.leaf.has_new_key() {
        after.delegations.iter().map(|standing| &standing.delegate).collect()
    } else {
        revision.leaf.added.iter().map(|added| &added.delegate).collect()
    };
    let sequence = i64::try_from(after.sequence).unwrap_or(i64::MAX);
    (0_i64..).zip(standing).zip(item.wraps.iter()).map(move |((position, delegate), wrap)| PlacedWrap {
        entity: revision.leaf.entity,
        sequence,
        position,
        delegate: delegate.clone(),
        wrap: wrap.clone(),
    })
}

/// Of an entity, the delegations that stood and those that stand.
type Difference<'a> = (Id, &'a [StandingDelegation], &'a [StandingDelegation]);

/// The one to a delegate, of delegations in their order.
fn to<'a>(delegations: &'a [StandingDelegation], delegate: &str) -> Option<&'a StandingDelegation> {
    let place = delegations.binary_search_by(|standing| standing.delegate.as_str().cmp(delegate));
    place.ok().and_then(|place| delegations.get(place))
}

/// Lets the table of delegations follow, and notes who got and who lost something: once each, of however many entities.
///
/// # Errors
/// The database's.
pub(super) async fn follow(
    connection: &mut Connection,
    taken: Taken<'_>,
    differences: Vec<Difference<'_>>,
) -> Result<(), Failure> {
    let (mut gone, mut new) = (Vec::new(), Vec::new());
    for (id, before, after) in differences {
        let ended = before.iter().filter(|old| to(after, &old.delegate).is_none());
        gone.extend(ended.map(|old| (id, old.delegate.as_str())));
        let begun = after.iter().filter(|standing| to(before, &standing.delegate) != Some(standing));
        new.extend(begun.map(|standing| (id, standing)));
    }
    delegations::remove(connection, taken.vault, &gone).await?;
    delegations::put(connection, taken.vault, &new).await?;
    let revoked: BTreeSet<&str> = gone.into_iter().map(|(_, delegate)| delegate).collect();
    let granted: BTreeSet<&str> = new.into_iter().map(|(_, standing)| standing.delegate.as_str()).collect();
    let touched: Vec<&str> = revoked.union(&granted).copied().collect();
    events::tell_data_owners(connection, &touched, Kind::Access, taken.vault).await?;
    let revoked = revoked.into_iter().map(|delegate| (delegate, UNDELEGATED, "revoked"));
    let granted = granted.into_iter().map(|delegate| (delegate, DELEGATED, "granted"));
    let event = |(delegate, action, outcome): (&str, &'static str, &'static str)| Event {
        at: taken.at,
        actor: taken.actor.to_owned(),
        action,
        subject: taken.vault.to_owned(),
        clinic: delegate.to_owned(),
        outcome,
    };
    audit::insert_all(connection, &revoked.chain(granted).map(event).collect::<Vec<_>>()).await?;
    Ok(())
}
