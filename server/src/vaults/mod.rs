//! What is checked before a vault changes, and what is served of it. Clients check all of it again.

mod backfill;
mod bundle;
mod change;
mod log;
mod write;

pub(crate) use backfill::backfill;
pub(crate) use bundle::{Chosen, bundle, statements};
pub(crate) use log::{all_tips, append, load, standing_of_clinic};
pub(crate) use write::store;
