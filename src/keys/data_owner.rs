//! Who can hold keys.

use tidelock_crypto::cbor_number;

/// The kinds of data owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataOwnerKind {
    /// A patient, who owns her record.
    Patient,
    /// A practitioner, by himself or as a member of clinics.
    Practitioner,
    /// A device that uploads.
    Device,
    /// A clinic, which acts through its people.
    Clinic,
}

cbor_number!(DataOwnerKind { 1: Patient, 2: Practitioner, 3: Device, 4: Clinic });

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
