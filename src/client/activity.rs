//! Who was given access to the own record, used it and lost it.

use super::vault::Vault;
use super::{Control, LocalPending, Session, Store, Transport};
use crate::error::Result;
use crate::keys::DataOwnerKind;
use crate::records::Manifest;
use crate::sharing::{ChainName, Occurrence, Permissions};

/// Something that happened to the access to the own record as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessChange {
    /// When, in milliseconds since the epoch, by the own clock.
    pub at: u64,
    /// What.
    pub what: Occurrence,
    /// Whose access it was about.
    pub about: Option<Grantee>,
}

/// Somebody whose access changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grantee {
    /// The id.
    pub id: String,
    /// What kind of data owner.
    pub kind: DataOwnerKind,
    /// The name under which the identity is pinned; empty where there is none.
    pub name: String,
    /// What was allowed from then on; of a revocation, until then.
    pub permissions: Permissions,
}

/// That somebody else has written into the own record, from when access was given until it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Who, and in whose name.
    pub by: ChainName,
    /// When first, in milliseconds since the epoch, by the author's clock.
    pub first: u64,
    /// When last.
    pub last: u64,
    /// How often.
    pub writes: u64,
    /// How often access had ended before.
    endings: usize,
}

impl Vault {
    /// Notes that somebody else has written: a manifest that has been accepted.
    pub(super) fn note_use(&mut self, manifest: &Manifest) {
        let (by, time) = (manifest.chain(), manifest.time);
        let ended = self.log.cutoffs_after(&by.capacity, 0).filter(|(number, _)| *number <= manifest.log_number);
        let endings = ended.count();
        match self.uses.iter_mut().find(|known| known.by == by && known.endings == endings) {
            Some(known) => {
                known.first = known.first.min(time);
                known.last = known.last.max(time);
                known.writes += 1;
            }
            None => self.uses.push(Use { by, first: time, last: time, writes: 1, endings }),
        }
    }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// What happened to the access to the own record, as the own log says it, oldest first; and who else wrote into it, as the
    /// manifests say it. That somebody has read leaves no trace that could be signed.
    ///
    /// # Errors
    /// As reading the record.
    pub fn activity<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<(Vec<AccessChange>, Vec<Use>)>> {
        Box::pin(async move {
            let mut open = self.vault.lock().await;
            if let Some(vault) = open.as_ref()
                && self.refresh_log(&vault.log, control).await?.number() != vault.log.number()
            {
                // Another device of hers has written into the log.
                *open = None;
            }
            drop(open);
            self.in_vault(None, control, async |vault, _| {
                self.catch_up(vault, control).await?;
                let mut changes = Vec::new();
                for occurred in vault.log.occurrences() {
                    let about = match occurred.grant {
                        None => None,
                        Some(grant) => Some(Grantee {
                            name: self.remembered().pin(&grant.delegate).await?.map(|pin| pin.name).unwrap_or_default(),
                            id: grant.delegate.clone(),
                            kind: grant.kind,
                            permissions: grant.permissions,
                        }),
                    };
                    changes.push(AccessChange { at: occurred.at, what: occurred.what, about });
                }
                Ok((changes, vault.uses.clone()))
            })
            .await
        })
    }
}
