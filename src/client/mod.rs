//! The platform's API: requests, sessions, and one module for each resource.
//!
//! The client reaches the platform through a [`Transport`] and keeps what must outlive it in a [`Store`]; both are
//! chosen by whoever opens a session: the browser's are in `browser`, the tests bring their own.

use std::future::Future;
use std::pin::Pin;

mod access;
mod accounts;
mod acquaintances;
mod activity;
mod attachments;
mod automatic;
mod both;
mod change;
mod clinics;
mod control;
mod directory;
mod entity_access;
mod fetch;
mod giving_back;
mod invitations;
mod known;
mod lost_key;
mod members;
mod own_chain;
mod people;
mod plan;
mod platform;
mod received;
mod record;
mod remembered;
mod reseal;
mod session;
mod share_codes;
mod store;
mod transport;
mod trust;
mod vault;
mod writing;

pub use access::{Access, AccessState};
pub use accounts::{Account, NewAccount};
pub use acquaintances::{Acquaintance, Compared};
pub use activity::{AccessChange, Grantee, Use};
pub use attachments::{Download, Upload};
pub use automatic::{Automatic, AutomaticSharing};
pub use change::{Change, What};
pub use clinics::{ClinicCard, ClinicMembership, ClinicPatient, NewClinic};
pub use control::Control;
pub use entity_access::{AccessEvent, EntityAccess, Happened};
pub use fetch::{Found, Page, Query};
pub use giving_back::{GivenBack, HelpRequest};
pub use invitations::PendingInvitation;
pub use known::Entity;
pub use lost_key::{Giver, Lost, Restored, Returning};
pub use members::{ClinicMember, CompletedMembers, MemberState, MembershipInvitation};
pub use people::{NewPersonInvitation, PersonAccess, PersonState, SentInvitation};
pub use platform::Platform;
pub use received::{ReceivedInvitation, SharedRecord};
pub use record::{HandOver, ReadRecord, ReadRecords};
pub use reseal::Resealed;
pub use session::{Opened, Session, SignedIn};
pub use share_codes::{CodeState, ListedCode, NewCode, PublishedCode};
pub use store::{IdentityKeys, Store};
pub use transport::{Method, Request, Response, Transport, TransportError};
pub use trust::{Accept, Ask, Introduction, Trust};
pub use vault::Actor;
pub use writing::{Imported, NewRecord};

/// A boxed future of the client, for the same reason as [`tidelock_crypto::Pending`]. It is never `Send`: a client and
/// its key store live in one thread.
type LocalPending<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
