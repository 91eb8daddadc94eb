//! Sharing a record as it grows: whoever is among the audience of its future data reads everything that is written from then
//! on, without being given it again.

use super::trust::Accept;
use super::vault::Vault;
use super::{Actor, Control, LocalPending, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::keys::{Compartment, DataOwnerKind, KeyName};
use crate::sharing::{Delegate, Permissions, Rights, Standing, VaultLog};

/// What is shared as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// What is written from now on.
    Future,
    /// What has been written, and what will be.
    Everything,
    /// What is written from now on is not shared any more. What somebody has, he keeps.
    Nothing,
}

/// Somebody among the audience of future data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutomaticSharing {
    /// Who.
    pub data_owner: String,
    /// Since when the grant stands, in milliseconds since the epoch.
    pub since: u64,
    /// Whether he has what was written before, too.
    pub everything: bool,
    /// What he may do.
    pub rights: Rights,
}

/// A grant that is to be given.
struct Given {
    delegate: Delegate,
    permissions: Permissions,
    /// Sorted.
    keys: Vec<KeyName>,
}

const DATA: Compartment = Compartment::Data;

fn insert(keys: &mut Vec<KeyName>, key: KeyName) {
    if let Err(place) = keys.binary_search(&key) {
        keys.insert(place, key);
    }
}

fn joined(one: Permissions, other: Permissions) -> Permissions {
    Permissions { view: one.view || other.view, upload: one.upload || other.upload, note: one.note || other.note }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Shares the own record with persons or clinics, or stops sharing what is still to come: one request, whatever the size of
    /// the record.
    ///
    /// # Errors
    /// [`Error::NotVerified`] when somebody's identity has not been verified, [`Error::InvalidInput`] for a clinic that has
    /// not been invited with its share code, [`Error::NotFound`] when there is no such person.
    pub fn share_automatically<'a>(
        &'a self,
        what: Automatic,
        ids: &'a [String],
        rights: Rights,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let party = self.party(Actor::Person, control).await?;
            let unknown = |id: &&String| self.known.borrow().directory.delegate(id).is_none();
            self.ask(&party, &[], ids.iter().filter(unknown).cloned().collect(), control).await?;
            let permissions = Permissions { view: true, upload: rights == Rights::Write, note: false };
            let share = || {
                self.in_vault(None, control, async |vault, _| {
                    self.grant_all(vault, what, ids, permissions, accept, control).await
                })
            };
            match share().await {
                // Another device of hers has written into the log: it has been closed, and is read anew.
                Err(error) if *error == Error::Conflict { current: None } => share().await,
                outcome => outcome,
            }
        })
    }

    fn grant_all<'a>(
        &'a self,
        vault: &'a mut Vault,
        what: Automatic,
        ids: &'a [String],
        permissions: Permissions,
        accept: &'a Accept,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            // What stands may have been declined, or have expired, since the vault was opened.
            if ids.iter().any(|id| vault.log.standing(id).is_some()) {
                self.settle(vault, control).await?;
            }
            let log = &vault.log;
            let newest = log.current(DATA).ok_or(Error::NoAccess)?;
            let next = KeyName { epoch: newest.epoch + 1, ..KeyName::first(DATA) };
            let mut grants: Vec<Given> = Vec::new();
            let mut introduced = Vec::new();
            for id in ids.iter().filter(|id| *id != log.vault() && what != Automatic::Nothing) {
                let delegate = self.known.borrow().directory.delegate(id).ok_or(Error::NotFound)?;
                let standing = log.standing(id);
                if standing.is_none() && delegate.kind == DataOwnerKind::Clinic {
                    return Err(Error::invalid("ids", "invite the clinic with its share code first"));
                }
                let has = standing.as_ref().map(|standing| standing.grant.permissions).unwrap_or_default();
                let before =
                    standing.as_ref().map(|standing| log.newest_versions_of(&standing.grant.keys)).unwrap_or_default();
                let mut keys = before.clone();
                match what {
                    Automatic::Everything => {
                        log.newest_versions(DATA).into_iter().for_each(|key| insert(&mut keys, key))
                    }
                    _ if standing.is_some_and(|standing| standing.covers(DATA, newest.epoch)) => {}
                    _ => insert(&mut keys, next),
                }
                if keys.len() == before.len() && has.include(permissions) {
                    continue;
                }
                if standing.is_none_or(|standing| standing.grant.fingerprint != delegate.fingerprint) {
                    introduced.push(delegate.clone());
                }
                grants.push(Given { delegate, permissions: joined(has, permissions), keys });
            }
            let stops = what == Automatic::Nothing;
            let audience = log.entitled(DATA, newest.epoch);
            let mints = if stops {
                audience.iter().any(|standing| ids.contains(&standing.grant.delegate))
            } else {
                grants.iter().any(|given| given.keys.contains(&next))
            };
            if !mints && grants.is_empty() {
                return Ok(());
            }
            self.may_seal_to(&introduced, accept).await?;
            // With a new epoch, the audience of what comes is said anew.
            for standing in audience.iter().filter(|_| mints) {
                let id = &standing.grant.delegate;
                let given = grants.iter_mut().find(|given| given.delegate.id == *id);
                match given {
                    _ if stops && ids.contains(id) => {}
                    Some(given) => insert(&mut given.keys, next),
                    None => {
                        let delegate = self.introduced(standing.grant, control).await?;
                        let mut keys = log.newest_versions_of(&standing.grant.keys);
                        insert(&mut keys, next);
                        grants.push(Given { delegate, permissions: standing.grant.permissions, keys });
                    }
                }
            }
            let (now, signing) = (self.platform.now(), self.identity.signing());
            let mut draft = vault.log.clone();
            if mints {
                let key = draft.mint_key(&self.engine, signing, next, None, now).await?;
                vault.keys.push(key);
            }
            for Given { delegate, permissions, keys } in grants {
                let keys = vault.keys_of(&keys)?;
                draft.grant(&self.engine, signing, &delegate, permissions, &keys, now).await?;
            }
            self.send_log(vault, draft, control).await
        })
    }

    /// The audience of what is written into the own record from now on.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    pub async fn automatic_sharing(&self, control: &Control) -> Result<Vec<AutomaticSharing>> {
        self.in_vault(None, control, async |vault, _| Ok(audience(&vault.log))).await
    }
}

fn audience(log: &VaultLog) -> Vec<AutomaticSharing> {
    let newest = log.current(DATA).map_or(0, |key| key.epoch);
    let entitled = log.entitled(DATA, newest);
    let sharing = |standing: &Standing<'_>| AutomaticSharing {
        data_owner: standing.grant.delegate.clone(),
        since: standing.time,
        everything: (1..=newest).all(|epoch| standing.covers(DATA, epoch)),
        rights: if standing.grant.permissions.upload { Rights::Write } else { Rights::Read },
    };
    entitled.iter().map(sharing).collect()
}
