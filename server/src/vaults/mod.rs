//! What is checked before a vault changes. Clients check all of it again.

mod log;
mod write;

pub(crate) use log::{append, load};
pub(crate) use write::store;
