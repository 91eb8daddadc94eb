//! What the platform keeps, behind one interface: portable SQL over one database, a file per noun.
//!
//! Functions take the connection they run on, so that a request's reads, checks and writes share one transaction.

pub mod accounts;
pub mod attachments;
pub mod audit;
pub mod batches;
pub mod chains;
pub mod chores;
pub mod clinic_keys;
pub mod clinic_settings;
pub mod clinics;
pub mod confirmations;
mod database;
pub mod delegations;
pub mod entities;
pub mod events;
pub mod give_backs;
pub mod grants;
pub mod identities;
pub mod invitations;
pub mod patients;
pub mod people;
pub mod profiles;
mod rows;
pub mod sessions;
pub mod share_codes;
pub mod vault_logs;
pub mod writes;

pub use database::{Connection, Database, SETTINGS, Transaction};
