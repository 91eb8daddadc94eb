//! Continuing a vault's log.

use std::collections::BTreeSet;

use minicbor::bytes::ByteVec;
use tidelock::keys::{DataOwnerKind, IdentityStatement};
use tidelock::sharing::{Action, ChainName, Cutoff, Grant, LogEntry, VaultLog, VaultOwner};
use tidelock::signed::Unverified;
use tidelock::wire::ConflictKind;
use tidelock_crypto::Digest;
use tidelock_crypto::merkle::Frontier;

use crate::error::Failure;
use crate::permissions::Permissions;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::invitations::{self, Status};
use crate::storage::{Connection, chains, identities, patients, recoveries, vault_logs};

/// The log of a vault, if its owner has an identity.
pub(crate) async fn load(connection: &mut Connection, vault: &str) -> Result<Option<VaultLog>, Failure> {
    let mut log: Option<VaultLog> = None;
    // What is stored was verified when it came in.
    for statement in identities::statements(connection, vault).await? {
        let owner = VaultOwner::from(Unverified::<IdentityStatement>::decode(&statement)?.trust());
        match &mut log {
            None => log = Some(VaultLog::new(owner)),
            Some(log) => log.add_owner(owner),
        }
    }
    let Some(mut log) = log else { return Ok(None) };
    for entry in vault_logs::after(connection, vault, 0).await? {
        log.append_trusted(&entry)?;
    }
    Ok(Some(log))
}

/// Verifies and stores the next entries of a vault's log, with what follows from them for who may see the vault. Entries that
/// are already there, digest for digest, are passed over.
///
/// # Errors
/// `conflict` when the log or the chains under a revoked delegate have moved on, `tampered` when an entry does not hold.
pub(crate) async fn append(
    app: &App,
    connection: &mut Connection,
    actor: &str,
    vault: &str,
    entries: &[ByteVec],
) -> Result<VaultLog, Failure> {
    let Some(mut log) = load(connection, vault).await? else {
        return Err(Failure::not_found("the owner of this vault has published no identity"));
    };
    let now = app.now();
    let mut touched = BTreeSet::new();
    for bytes in entries {
        let claimed = Unverified::<LogEntry>::decode(bytes)?;
        let claims = claimed.claims();
        if claims.number <= log.number() && log.digest_at(claims.number) == Some(claimed.digest()) {
            continue;
        }
        if claims.number != log.number() + 1 || claims.previous != log.head() {
            return Err(Failure::conflict("the vault's log has gone on; read it again"));
        }
        let (outcome, clinic) = match &claims.action {
            Action::Mint(_) => ("minted", None),
            Action::Grant(grant) => {
                let to_clinic =
                    grant.kind == DataOwnerKind::Clinic || standing_of_clinic(&log, &grant.delegate).is_some();
                ("granted", to_clinic.then_some(&grant.delegate))
            }
            Action::Refound(refound) => {
                if identities::newest(connection, vault).await?.is_none_or(|newest| !is(&newest, &refound.fingerprint))
                {
                    return Err(Failure::moved_on(ConflictKind::Identity, "the owner has a newer identity"));
                }
                if refound.cutoffs != all_tips(connection, vault).await? {
                    return Err(Failure::conflict("somebody has written meanwhile; read the vault again"));
                }
                recoveries::end(connection, vault).await?;
                let standings = log.standings();
                let of_clinics = standings.iter().filter(|standing| standing.grant.kind == DataOwnerKind::Clinic);
                touched.extend(of_clinics.map(|standing| standing.grant.delegate.clone()));
                ("refounded", None)
            }
            Action::Revoke(revoke) => {
                if revoke.cutoffs != tips(connection, vault, &revoke.delegate).await? {
                    return Err(Failure::conflict("the delegate has written meanwhile; read the vault again"));
                }
                ("revoked", standing_of_clinic(&log, &revoke.delegate).is_some().then_some(&revoke.delegate))
            }
        };
        touched.extend(clinic.cloned());
        let clinic = clinic.cloned().unwrap_or_default();
        log.append(app.engine(), bytes).await?;
        let number = i64::try_from(log.number()).map_err(Failure::internal)?;
        if !vault_logs::insert(connection, vault, number, log.head().as_bytes(), bytes, now).await? {
            return Err(Failure::conflict("the vault's log has gone on; read it again"));
        }
        let action = crate::authority::Action::AppendVaultLog.name();
        audit::insert(
            connection,
            &Event { at: now, actor: actor.to_owned(), action, subject: vault.to_owned(), clinic, outcome },
        )
        .await?;
    }
    for clinic in touched {
        follow(connection, vault, &clinic, &log, now).await?;
    }
    Ok(log)
}

/// The grant to a clinic that stands. Persons have no record at the platform that follows from a grant.
pub(crate) fn standing_of_clinic<'a>(log: &'a VaultLog, delegate: &str) -> Option<&'a Grant> {
    log.standing(delegate).map(|standing| standing.grant).filter(|grant| grant.kind == DataOwnerKind::Clinic)
}

/// Whether a stored statement is the one with that fingerprint.
fn is(statement: &[u8], fingerprint: &Digest) -> bool {
    Unverified::<IdentityStatement>::decode(statement).is_ok_and(|statement| statement.digest() == *fingerprint)
}

/// Every chain of a vault as it stands: what an owner has to list who goes on under another identity.
///
/// # Errors
/// The database's.
pub(crate) async fn all_tips(connection: &mut Connection, vault: &str) -> Result<Vec<Cutoff>, Failure> {
    Ok(chains::all(connection, vault).await?.into_iter().map(cutoff).collect())
}

fn cutoff((chain, frontier): (ChainName, Frontier)) -> Cutoff {
    Cutoff { chain, size: frontier.size(), root: frontier.root() }
}

/// Every chain under a delegate as it stands: what a revocation has to list.
async fn tips(connection: &mut Connection, vault: &str, delegate: &str) -> Result<Vec<Cutoff>, Failure> {
    Ok(chains::under(connection, vault, delegate).await?.into_iter().map(cutoff).collect())
}

/// The platform serves under a record of its own; where the owner has signed something else, the record follows.
async fn follow(
    connection: &mut Connection,
    vault: &str,
    clinic: &str,
    log: &VaultLog,
    now: i64,
) -> Result<(), Failure> {
    match standing_of_clinic(log, clinic) {
        Some(grant) => {
            let permissions = Permissions::from_signed(grant.permissions);
            patients::set_permissions(connection, clinic, vault, permissions, now).await?;
        }
        None => {
            patients::delete(connection, clinic, vault).await?;
            if let Some(pending) = invitations::find_pending(connection, vault, clinic).await? {
                invitations::set_status(connection, &pending.key, Status::Canceled, now).await?;
            }
        }
    }
    Ok(())
}
