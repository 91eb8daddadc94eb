//! What is checked before a vault changes, and what is served of it. Clients check all of it again.

mod backfill;
mod bundle;
mod burnt;
mod change;
mod clinics;
mod identities;
mod log;
mod wraps;
mod write;

pub(crate) use backfill::backfill;
pub(crate) use bundle::{Chosen, bundle};
pub(crate) use clinics::NamedClinics;
pub(crate) use identities::{newest, statements, versions};
pub(crate) use log::{append, load, standing_of_clinic};
pub(crate) use wraps::add_wraps;
pub(crate) use write::store;
