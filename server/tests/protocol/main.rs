//! The protocol from the outside: real clients against the real server, in one process, and against a server that lies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod attachments;
mod automatic;
mod clear_text;
mod clinic_delegates;
mod concurrency;
mod delegates;
mod grants;
mod hostile;
mod hostile_delegates;
mod interruption;
mod matrix;
mod members;
mod people;
mod races;
mod recovery;
mod roots;
mod rotation;
mod single;
mod story;
mod turns;
mod world;
