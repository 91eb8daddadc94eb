//! Tidepool's permissions, as rights in a grant.

use crate::keys::Compartment;
use tidelock_crypto::cbor_array;

/// What a grant allows. The platform enforces it, and every reader checks it again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Read the record.
    pub view: bool,
    /// Add to the record.
    pub upload: bool,
    /// Read and write notes.
    pub note: bool,
}

cbor_array!(Permissions [view, upload, note]);

impl Permissions {
    /// The compartments whose keys these permissions hand over.
    pub fn compartments(self) -> impl Iterator<Item = Compartment> {
        [(self.view, Compartment::Data), (self.note, Compartment::Notes)]
            .into_iter()
            .filter_map(|(granted, compartment)| granted.then_some(compartment))
    }

    /// Whether these allow everything that others allow.
    pub fn include(self, others: Self) -> bool {
        (self.view || !others.view) && (self.upload || !others.upload) && (self.note || !others.note)
    }

    /// Whether something may be written into that compartment.
    pub fn may_write(self, compartment: Compartment) -> bool {
        match compartment {
            Compartment::Data => self.upload,
            Compartment::Notes => self.note,
            Compartment::Private => false,
        }
    }
}
