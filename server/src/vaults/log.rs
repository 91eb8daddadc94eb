//! Continuing a vault's log.

use std::collections::BTreeSet;

use minicbor::bytes::ByteVec;
use tidelock::keys::{DataOwnerKind, IdentityStatement};
use tidelock::sharing::{Action, Cutoff, Grant, LogEntry, VaultLog};
use tidelock::signed::Unverified;

use crate::error::Failure;
use crate::permissions::Permissions;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::invitations::{self, Status};
use crate::storage::{Connection, chains, identities, patients, vault_logs};

/// The log of a vault, if its owner has an identity.
pub(crate) async fn load(connection: &mut Connection, vault: &str) -> Result<Option<VaultLog>, Failure> {
    let Some(statement) = identities::newest(connection, vault).await? else { return Ok(None) };
    // What is stored was verified when it came in.
    let mut log = VaultLog::new(Unverified::<IdentityStatement>::decode(&statement)?.trust());
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
            Action::Refound(_) => return Err(Failure::bad_request("this platform takes no new identities yet")),
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

/// Every chain under a delegate as it stands: what a revocation has to list.
async fn tips(connection: &mut Connection, vault: &str, delegate: &str) -> Result<Vec<Cutoff>, Failure> {
    let chains = chains::under(connection, vault, delegate).await?;
    Ok(chains
        .into_iter()
        .map(|(chain, frontier)| Cutoff { chain, size: frontier.size(), root: frontier.root() })
        .collect())
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
