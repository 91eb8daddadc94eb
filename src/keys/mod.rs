//! What secrets exist, and how one unlocks another.
//!
//! ```text
//! recovery code ─▶ backup ─▶ identity (agreement, signing), rotation key
//! identity ──HPKE──▶ vault keys        clinic agreement key ──HPKE──▶ each member; clinic root key ──HPKE──▶ each admin
//! vault key ─▶ wrap key · drop box · commitment · key that seals the version before
//! ```

mod backup;
mod clinic;
mod clinic_change;
mod clinic_envelope;
mod clinic_root;
mod data_owner;
mod identity;
mod safety_number;
mod succession;
mod vault_key;

pub use backup::{Backup, BackupKey, Restored};
pub use clinic::{Clinic, ClinicBundle, ClinicHead, ClinicStatement, Member, Role, Roster};
pub use clinic_change::Person;
pub use clinic_envelope::{EnvelopePurpose, MemberEnvelope};
pub use clinic_root::{ClinicRoot, FormerRoot, RootSuccession};
pub use data_owner::DataOwnerKind;
pub use identity::{Identity, IdentitySecrets, IdentityStatement};
pub use safety_number::{Party, SafetyNumber};
pub use succession::{Succession, Successions};
pub use vault_key::{Compartment, KeyName, VaultKey};
