//! Who can hold keys.

use minicbor::{Decode, Encode};

/// The kinds of data owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum DataOwnerKind {
    /// A patient, who owns her record.
    #[n(1)]
    Patient,
    /// A practitioner, by himself or as a member of clinics.
    #[n(2)]
    Practitioner,
    /// A device that uploads.
    #[n(3)]
    Device,
    /// A clinic, which acts through its people.
    #[n(4)]
    Clinic,
}

impl DataOwnerKind {
    /// The name used in the TypeScript face.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Practitioner => "practitioner",
            Self::Device => "device",
            Self::Clinic => "clinic",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Patient, Self::Practitioner, Self::Device, Self::Clinic].into_iter().find(|kind| kind.as_str() == name)
    }
}
