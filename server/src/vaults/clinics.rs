//! Clinics, as they are served with what was signed in their name.

use std::collections::{BTreeMap, BTreeSet};

use tidelock::records::Capacity;
use tidelock::wire::ServedClinic;
use tidelock_crypto::Digest;
use tidelock_crypto::cbor::List;

use crate::error::Failure;
use crate::storage::{Connection, clinic_keys};

/// Clinics, each with the heads that something names which was signed in its name.
#[derive(Debug, Default)]
pub(crate) struct NamedClinics(BTreeMap<String, BTreeSet<Digest>>);

impl NamedClinics {
    /// A clinic as it is now.
    pub(crate) fn add(&mut self, clinic: &str) {
        self.0.entry(clinic.to_owned()).or_default();
    }

    /// A clinic as it was when somebody signed something in its name.
    pub(crate) fn add_capacity(&mut self, capacity: Option<&Capacity>) {
        if let Some(capacity) = capacity {
            self.0.entry(capacity.clinic.clone()).or_default().insert(capacity.head);
        }
    }

    /// What they publish. A clinic that has published nothing is left out.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn served(self, connection: &mut Connection) -> Result<Vec<ServedClinic>, Failure> {
        let mut served = Vec::with_capacity(self.0.len());
        for (clinic, heads) in self.0 {
            let Some(bundle) = clinic_keys::find(connection, &clinic).await? else { continue };
            let digests: Vec<Digest> = heads.into_iter().collect();
            let (mut heads, mut rosters) = clinic_keys::heads(connection, &clinic, &digests).await?;
            heads.retain(|head| *head != bundle.head);
            if heads.is_empty() {
                rosters.clear();
            }
            served.push(ServedClinic { clinic, bundle, heads: List(heads), rosters: List(rosters) });
        }
        Ok(served)
    }
}
