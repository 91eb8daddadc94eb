//! Who may open what: the vault log with its grants and revocations, and invitations.

mod delegation;
mod grant;
mod invitation;
mod log_entry;
mod permissions;
mod vault_log;

pub use delegation::{DelegateWrap, Delegation, Rights, Undelegation, WrapContext};
pub use grant::{Delegate, open_grant, seal_grant};
pub use invitation::InvitationDetails;
pub use log_entry::{Action, ChainName, Cutoff, Grant, LogEntry, Mint, Revoke};
pub use permissions::Permissions;
pub use vault_log::{SeenLog, Standing, VaultLog};
