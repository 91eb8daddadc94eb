//! Tidelock: end-to-end encrypted sharing of health data.
//!
//! The modules build on one another strictly downwards: `browser → client → wire → records → sharing → keys`, all of
//! them on `tidelock-crypto`. `docs/protocol.md` describes every format byte by byte.

pub mod client;
mod error;
mod id;
pub mod json;
pub mod keys;
pub mod records;
pub mod recovery_code;
pub mod rest;
mod sealed;
pub mod share_code;
pub mod share_link;
pub mod sharing;
pub mod signed;
pub mod wire;
pub mod workers;

pub use error::{CODES, Error, Result};
pub use id::{ID_SIZE, Id};

#[cfg(all(target_arch = "wasm32", feature = "browser"))]
pub mod browser;
