//! What is checked before a vault changes. Clients check all of it again.

mod log;
mod write;

pub(crate) use log::{append, load, standing_of_clinic};
pub(crate) use write::store;
