//! Who may open what: the vault log with its grants and revocations, invitations, and what is given back to an owner who
//! lost her keys.

mod activity;
mod delegation;
mod give_back;
mod grant;
mod invitation;
mod invitation_link;
mod log_entry;
mod log_writer;
mod permissions;
mod standing;
mod vault_log;
mod vault_owner;

pub use activity::{Occurred, Occurrence};
pub use delegation::{DelegateWrap, Delegation, Rights, Undelegation, WrapContext};
pub use give_back::{GiveBack, Giving, Returned};
pub use grant::{Delegate, open_grant, seal_grant};
pub use invitation::InvitationDetails;
pub use invitation_link::{InvitationPlace, InvitationSecret, LinkSide};
pub use log_entry::{Action, ChainName, Cutoff, Grant, LogEntry, Mint, Refound, Revoke};
pub use permissions::Permissions;
pub use standing::Standing;
pub use vault_log::{SeenLog, VaultLog};
pub use vault_owner::VaultOwner;
