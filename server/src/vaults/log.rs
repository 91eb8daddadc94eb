//! Continuing a vault's log.

use std::collections::BTreeSet;

use minicbor::bytes::ByteVec;
use tidelock::Id;
use tidelock::keys::{ClinicRoot, ClinicStatement, DataOwnerKind};
use tidelock::sharing::{Action, Cutoff, Delegate, Grant, LogEntry, Refound, VaultLog, VaultOwner};
use tidelock::signed::Unverified;
use tidelock::wire::ConflictKind;

use super::burnt::Clinics;
use super::change::{Taken, follow as follow_delegations};
use super::identities::versions;
use crate::authority::Resource;
use crate::error::Failure;
use crate::events::{self, Kind};
use crate::permissions::Permissions;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::invitations::{self, Status};
use crate::storage::people::{self, Share};
use crate::storage::{Connection, batches, chains, clinic_keys, delegations, entities, grants, patients, vault_logs};

/// The owner of a vault under each of its identities, oldest first; nobody, if nothing was published.
async fn owners(connection: &mut Connection, vault: &str) -> Result<Vec<VaultOwner>, Failure> {
    let mut owners: Vec<_> = versions(connection, vault).await?.into_iter().map(VaultOwner::from).collect();
    // What is stored was verified when it came in.
    if let (true, Some(bundle)) = (owners.is_empty(), clinic_keys::find(connection, vault).await?) {
        let mut statements = Vec::new();
        for statement in bundle.earlier.iter().chain([&bundle.statement]) {
            statements.push(Unverified::<ClinicStatement>::decode(statement)?.trust());
        }
        for root in bundle.former.iter().map(|former| &former.root).chain([&bundle.root]) {
            let root = Unverified::<ClinicRoot>::decode(root)?.trust();
            let mut under = statements.iter().rev().filter(|statement| statement.body().root == root.digest());
            let Some(statement) = under.next() else { continue };
            let delegate = Delegate {
                id: vault.to_owned(),
                kind: DataOwnerKind::Clinic,
                fingerprint: root.digest(),
                statement: statement.digest(),
                agreement: statement.body().agreement,
            };
            owners.push(VaultOwner::new(root.body().signing, delegate));
        }
    }
    Ok(owners)
}

/// The log of a vault, if its owner has an identity.
pub(crate) async fn load(connection: &mut Connection, vault: &str) -> Result<Option<VaultLog>, Failure> {
    let mut owners = owners(connection, vault).await?.into_iter();
    let Some(first) = owners.next() else { return Ok(None) };
    let mut log = VaultLog::new(first);
    for owner in owners {
        log.add_owner(owner);
    }
    for entry in vault_logs::entries(connection, vault).await? {
        log.append_trusted(&entry)?;
    }
    Ok(Some(log))
}

/// Whom new entries of a log are about.
#[derive(Debug, Default)]
struct Touched {
    /// Clinics, whose record at the platform follows.
    clinics: BTreeSet<String>,
    /// All delegates.
    delegates: BTreeSet<String>,
    /// Those who were revoked.
    revoked: BTreeSet<String>,
    /// Whether the owner goes on under another identity, with which everything ends.
    refounded: bool,
    /// How many entries there were before.
    before: u64,
}

/// Verifies and stores the next entries of a vault's log, with what follows from them for who may see what. Entries that are
/// already there, digest for digest, are passed over.
///
/// # Errors
/// `conflict` when the log, the chains under a revoked delegate or the owner's identity have moved on, `tampered` when an entry
/// does not hold.
pub(crate) async fn append(
    app: &App,
    connection: &mut Connection,
    actor: &str,
    vault: &str,
    entries: &[ByteVec],
) -> Result<VaultLog, Failure> {
    let gone_on = || Failure::moved_on(ConflictKind::Log, "the vault's log has gone on; read it again");
    let Some(mut log) = load(connection, vault).await? else {
        return Err(Failure::not_found("the owner of this vault has published no identity"));
    };
    let now = app.now();
    let before: BTreeSet<String> = log.standings().iter().map(|standing| standing.grant.delegate.clone()).collect();
    let mut touched = Touched { before: log.number(), ..Touched::default() };
    for bytes in entries {
        let claimed = Unverified::<LogEntry>::decode(bytes)?;
        let claims = claimed.claims();
        if claims.number <= log.number() && log.digest_at(claims.number) == Some(claimed.digest()) {
            continue;
        }
        if claims.number != log.number() + 1 || claims.previous != log.head() {
            return Err(gone_on());
        }
        let (outcome, clinic) = match &claims.action {
            Action::Mint(_) => ("minted", None),
            Action::Grant(grant) => {
                if grant.kind == DataOwnerKind::Clinic {
                    Clinics::default().check(connection, &grant.delegate, &grant.statement).await?;
                }
                if !before.contains(&grant.delegate) && batches::any_unwrapped(connection, vault).await? {
                    let message = "there are batches that whoever is granted this could not open; wrap them first";
                    return Err(Failure::moved_on(ConflictKind::Key, message));
                }
                let to_clinic =
                    grant.kind == DataOwnerKind::Clinic || standing_of_clinic(&log, &grant.delegate).is_some();
                touched.delegates.insert(grant.delegate.clone());
                ("granted", to_clinic.then(|| grant.delegate.clone()))
            }
            Action::Revoke(revoke) => {
                let tips = chains::under(connection, vault, Some(&revoke.delegate)).await?;
                check_cutoffs(&revoke.cutoffs, tips)?;
                touched.delegates.insert(revoke.delegate.clone());
                touched.revoked.insert(revoke.delegate.clone());
                ("revoked", standing_of_clinic(&log, &revoke.delegate).map(|grant| grant.delegate.clone()))
            }
            Action::Refound(refound) => {
                check_refound(connection, vault, refound).await?;
                for standing in log.standings() {
                    touched.delegates.insert(standing.grant.delegate.clone());
                    touched
                        .clinics
                        .extend(standing_of_clinic(&log, &standing.grant.delegate).map(|grant| grant.delegate.clone()));
                }
                // What was wrapped to the identity before is lost with it.
                batches::set_wrapped(connection, vault, None).await?;
                touched.refounded = true;
                ("refounded", None)
            }
        };
        touched.clinics.extend(clinic.clone());
        log.append(app.engine(), bytes).await?;
        let number = i64::try_from(log.number()).map_err(Failure::internal)?;
        if !vault_logs::insert(connection, vault, number, log.head().as_bytes(), bytes, now).await? {
            return Err(gone_on());
        }
        let action = crate::authority::Action::AppendVaultLog.name();
        let (subject, clinic) = (vault.to_owned(), clinic.unwrap_or_default());
        audit::insert(connection, &Event { at: now, actor: actor.to_owned(), action, subject, clinic, outcome })
            .await?;
    }
    let mut told = touched.delegates.clone();
    told.insert(vault.to_owned());
    follow(connection, actor, &log, touched, now).await?;
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    events::tell_data_owners(connection, &told, Kind::Access, vault).await?;
    Ok(log)
}

/// The grant to a clinic that stands.
pub(crate) fn standing_of_clinic<'a>(log: &'a VaultLog, delegate: &str) -> Option<&'a Grant> {
    log.standing(delegate).map(|standing| standing.grant).filter(|grant| grant.kind == DataOwnerKind::Clinic)
}

/// Chains as they stand have to be exactly those that an entry which ends rights lists.
fn check_cutoffs(cutoffs: &[Cutoff], tips: Vec<Cutoff>) -> Result<(), Failure> {
    if cutoffs == tips {
        return Ok(());
    }
    Err(Failure::moved_on(ConflictKind::Chain, "somebody has written meanwhile; read the vault again"))
}

/// Only the owner's newest identity goes on with a log.
async fn check_refound(connection: &mut Connection, vault: &str, refound: &Refound) -> Result<(), Failure> {
    let newest = owners(connection, vault).await?.pop();
    if newest.is_none_or(|newest| newest.fingerprint() != refound.fingerprint) {
        return Err(Failure::moved_on(ConflictKind::Identity, "the owner has a newer identity"));
    }
    check_cutoffs(&refound.cutoffs, chains::under(connection, vault, None).await?)
}

/// The platform serves under records of its own; where the owner has signed something else, the records follow.
async fn follow(
    connection: &mut Connection,
    actor: &str,
    log: &VaultLog,
    touched: Touched,
    now: i64,
) -> Result<(), Failure> {
    let vault = log.vault();
    for clinic in &touched.clinics {
        let standing = standing_of_clinic(log, clinic).map(|grant| Permissions::from_signed(grant.permissions));
        match standing {
            Some(permissions) => {
                patients::set_permissions(connection, clinic, vault, permissions, now).await?;
            }
            // She may grant it again, under her new identity and without another invitation.
            None if touched.refounded => {
                patients::set_permissions(connection, clinic, vault, Permissions::default(), now).await?;
            }
            None => {
                patients::delete(connection, clinic, vault).await?;
            }
        }
        if let Some(pending) = invitations::find_pending(connection, vault, clinic).await? {
            match standing {
                // What is accepted later is what was signed last.
                Some(permissions) => {
                    invitations::set_context(connection, &pending.key, &permissions.to_json().to_string()).await?;
                }
                None => {
                    invitations::set_status(connection, &pending.key, Status::Canceled, now).await?;
                    events::tell_members(connection, clinic, Kind::Invitations, Resource::at(clinic)).await?;
                }
            }
        }
    }
    for delegate in touched.delegates.iter().filter(|delegate| !touched.clinics.contains(*delegate)) {
        follow_person(connection, log, delegate, &touched, now).await?;
    }
    let mut ids = BTreeSet::new();
    if touched.refounded {
        ids.extend(delegations::resting_on(connection, vault, None).await?);
    }
    for delegate in &touched.revoked {
        ids.extend(delegations::resting_on(connection, vault, Some(delegate)).await?);
    }
    lapse(connection, actor, log, &ids.into_iter().collect::<Vec<_>>(), now).await
}

/// A grant to a person is served as soon as it is signed, unless an invitation of the same person waits for an answer, or she
/// has lost at the platform what the log has granted her since before.
async fn follow_person(
    connection: &mut Connection,
    log: &VaultLog,
    delegate: &str,
    touched: &Touched,
    now: i64,
) -> Result<(), Failure> {
    let vault = log.vault();
    let standing = log.standing(delegate).map(|standing| standing.grant);
    let pending = invitations::pending_to(connection, vault, delegate).await?;
    let Some(grant) = standing.filter(|grant| grant.kind != DataOwnerKind::Clinic) else {
        grants::delete(connection, vault, delegate).await?;
        people::delete(connection, vault, delegate).await?;
        // Who goes on under another identity may complete what she has sent; what has expired is listed as that.
        if let Some(pending) = pending.filter(|pending| !touched.refounded && pending.is_open(now)) {
            invitations::set_status(connection, &pending.key, Status::Canceled, now).await?;
            events::tell(connection, delegate, Kind::Invitations, Resource::of(vault)).await?;
        }
        return Ok(());
    };
    let permissions = Permissions::from_signed(grant.permissions);
    grants::put(connection, vault, delegate, permissions).await?;
    let on_record = people::find(connection, vault, delegate).await?.is_some();
    if let Some(pending) = pending.filter(|pending| !on_record && pending.is_open(now)) {
        let context = invitations::with_permissions(&pending.context, permissions);
        return Ok(invitations::set_context(connection, &pending.key, &context).await?);
    }
    if on_record || log.standing_at(delegate, touched.before).is_none() {
        let (vault, person) = (vault.to_owned(), delegate.to_owned());
        let share = Share { vault, person, permissions, invitation: None, created: now, updated: now };
        people::put(connection, &share).await?;
    }
    Ok(())
}

/// Lets all grants to persons follow from a log.
///
/// # Errors
/// The database's.
pub(super) async fn follow_persons(connection: &mut Connection, log: &VaultLog) -> Result<(), Failure> {
    for standing in log.standings() {
        follow_person(connection, log, &standing.grant.delegate, &Touched::default(), 0).await?;
    }
    Ok(())
}

/// Ends the delegations of some entities that rest on grants which have been revoked.
async fn lapse(connection: &mut Connection, actor: &str, log: &VaultLog, ids: &[Id], now: i64) -> Result<(), Failure> {
    let (mut lapsed, mut before) = (Vec::new(), Vec::new());
    for mut entity in entities::find(connection, ids).await? {
        let delegations = entity.state.delegations.clone();
        if entity.vault == log.vault() && entity.state.lapse(log, log.number()) {
            before.push(delegations);
            lapsed.push(entity);
        }
    }
    let differences = lapsed
        .iter()
        .zip(&before)
        .map(|(entity, before)| (entity.id, before.as_slice(), entity.state.delegations.as_slice()));
    let taken = Taken { vault: log.vault(), actor, cursor: 0, at: now };
    follow_delegations(connection, taken, differences.collect()).await?;
    Ok(entities::put(connection, &lapsed).await?)
}
