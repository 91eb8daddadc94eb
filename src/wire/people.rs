//! Bodies of the routes about persons: with whom one shares, and completing an invitation.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::Flag;
use tidelock_crypto::{cbor_map, cbor_number};

use crate::sharing::Permissions;

/// `GET /people`: with whom the caller shares, or is about to; and who shares with him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People {
    /// Whoever has accepted, in the order in which they did; then whoever was invited and has not, the newest first.
    pub given: Vec<GivenShare>,
    /// Whose invitations the caller has accepted, or who has granted without one.
    pub received: Vec<ReceivedShare>,
}

cbor_map!(People { 0: given, 1: received });

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// Nobody has answered.
    Pending,
    /// It was accepted, or there was none.
    Accepted,
    /// It was declined.
    Declined,
    /// Nobody has answered in time.
    Expired,
}

cbor_number!(InvitationState { 1: Pending, 2: Accepted, 3: Declined, 4: Expired });

/// One person with whom the caller shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenShare {
    /// The account with the invited address, where there is one.
    pub person: Option<String>,
    /// Whether that account has an identity, to which something can be sealed.
    pub has_identity: Flag,
    /// Where it stands.
    pub state: InvitationState,
    /// What the platform has on record; of an invitation, what it offers.
    pub permissions: Permissions,
    /// The key of the invitation, if there was one.
    pub key: Option<String>,
    /// The address that was invited.
    pub email: Option<String>,
    /// What the caller calls that person.
    pub nickname: Option<String>,
    /// Until when the invitation can be accepted, in milliseconds since the epoch.
    pub expires: Option<u64>,
    /// By which the invited person shows that she has the secret of the link.
    pub proof: Option<ByteVec>,
}

cbor_map!(GivenShare {
    0: person,
    1: has_identity,
    2: state,
    3: permissions,
    4: key,
    5: email,
    6: nickname,
    7: expires,
    8: proof
});

/// One person who shares with the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedShare {
    /// Whose record.
    pub owner: String,
    /// What the platform has on record.
    pub permissions: Permissions,
    /// Whether the owner's log grants anything yet.
    pub granted: Flag,
    /// Since when, in milliseconds since the epoch.
    pub since: u64,
    /// The key of the invitation, if there was one.
    pub key: Option<String>,
    /// Until when the invitation could be accepted, in milliseconds since the epoch.
    pub expires: Option<u64>,
    /// By which the owner shows that she has the secret of the link.
    pub proof: Option<ByteVec>,
}

cbor_map!(ReceivedShare { 0: owner, 1: permissions, 2: granted, 3: since, 4: key, 5: expires, 6: proof });

/// `POST /invitations/{key}`: what an invitation has waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedInvitation {
    /// The next entries of the sender's vault log; the last of them is the grant.
    pub log: Vec<ByteVec>,
    /// By which the sender shows that she has the secret of the link, where there is one.
    pub proof: Option<ByteVec>,
}

cbor_map!(CompletedInvitation { 0: log, 1: proof });
