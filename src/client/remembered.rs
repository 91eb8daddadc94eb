//! What a client has seen and pinned, so that it never accepts less later.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::{self, Decode, Encode};
use tidelock_crypto::merkle::Frontier;
use tidelock_crypto::{Digest, cbor_array, cbor_map, cbor_number};

use super::{LocalPending, Store};
use crate::Id;
use crate::error::{Error, Result};
use crate::records::SeenChain;
use crate::sharing::{ChainName, InvitationDetails, InvitationSecret, SeenLog};

/// How an identity came to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// A certifying share code.
    ShareCode,
    /// Accepting an invitation.
    Invitation,
    /// The platform's word, the first time.
    FirstUse,
    /// A safety number that both sides have compared.
    SafetyNumber,
    /// The application's own directory.
    Directory,
    /// The secret in the link of an invitation.
    InvitationLink,
}

impl Verified {
    /// The name used in the TypeScript face.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ShareCode => "shareCode",
            Self::Invitation => "invitation",
            Self::FirstUse => "firstUse",
            Self::SafetyNumber => "safetyNumber",
            Self::Directory => "directory",
            Self::InvitationLink => "invitationLink",
        }
    }
}

cbor_number!(Verified { 1: ShareCode, 2: Invitation, 3: FirstUse, 4: SafetyNumber, 5: InvitationLink, 6: Directory });

/// A pinned identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    /// The fingerprint; a clinic's is its root's.
    pub(super) fingerprint: Digest,
    /// How it came to be believed.
    pub(super) verified: Verified,
    /// Since when, in milliseconds since the epoch.
    pub(super) since: u64,
    /// The name that the identity went by then.
    pub(super) name: String,
    /// The number of the highest clinic head seen; 0 where there are no heads.
    pub(super) head: u64,
    /// The digest of that head.
    pub(super) head_digest: Option<Digest>,
}

cbor_map!(Pin { 0: fingerprint, 1: verified, 2: since, 3: name, 4: head, 5: head_digest });

impl Pin {
    /// Whether the identity was verified by more than the platform's word.
    pub(super) fn is_verified(&self) -> bool {
        matches!(
            self.verified,
            Verified::ShareCode | Verified::SafetyNumber | Verified::Directory | Verified::InvitationLink
        )
    }
}

/// How far a vault was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeenVault {
    /// The log.
    pub(super) log: SeenLog,
    /// The chains of manifests.
    pub(super) chains: Vec<SeenChain>,
}

cbor_map!(SeenVault { 0: log, 1: chains });

/// The newest revision of an entity that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SeenEntity {
    /// Which.
    pub(super) entity: Id,
    /// The number of the revision.
    pub(super) sequence: u64,
    /// Its leaf hash.
    pub(super) rev: Digest,
}

cbor_array!(SeenEntity [entity, sequence, rev]);

/// How much of what is given back to somebody has been sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// Of what: a digest over the names of all its keys.
    pub(super) of: Digest,
    /// How many parts have been sent.
    pub(super) parts: u64,
}

cbor_array!(Given [of, parts]);

/// A request that was signed and has not been answered: sent again byte for byte, so that a crash never forks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    /// Where to.
    pub(super) path: String,
    /// Whether the body is JSON; otherwise it is CBOR.
    pub(super) json: bool,
    /// The body.
    pub(super) body: ByteVec,
}

cbor_map!(Outgoing { 0: path, 1: json, 2: body });

/// What was stored, read by itself: whatever waits is not compiled once for each type.
fn read<A: Decode>(bytes: Option<Vec<u8>>) -> Result<Option<A>> {
    match bytes.map(|bytes| cbor::decode(&bytes)) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => Err(Error::internal("what this device had stored is damaged")),
    }
}

/// Reads and writes such things in a store, in the name of one user.
pub(super) struct Remembered<'a, S> {
    store: &'a S,
    user: &'a str,
}

impl<'a, S: Store> Remembered<'a, S> {
    pub(super) fn new(store: &'a S, user: &'a str) -> Self {
        Self { store, user }
    }

    fn name(&self, what: &str, of: &str) -> String {
        [self.user, what, of].join("/")
    }

    fn load(&self, what: &str, of: &str) -> LocalPending<'a, Result<Option<Vec<u8>>>> {
        let (store, name) = (self.store, self.name(what, of));
        Box::pin(async move { store.get(&name).await })
    }

    fn put(&self, what: &str, of: &str, value: &dyn Encode) -> LocalPending<'a, Result<()>> {
        let (store, name, value) = (self.store, self.name(what, of), cbor::encode(value));
        Box::pin(async move { store.put(&name, &value).await })
    }

    pub(super) async fn pin(&self, owner: &str) -> Result<Option<Pin>> {
        read(self.load("pin", owner).await?)
    }

    pub(super) async fn put_pin(&self, owner: &str, pin: &Pin) -> Result<()> {
        self.put("pin", owner, pin).await?;
        let mut pinned = self.pinned().await?;
        if !pinned.iter().any(|known| known == owner) {
            pinned.push(owner.to_owned());
            self.put("pinned", "all", &pinned).await?;
        }
        Ok(())
    }

    /// Who is pinned.
    pub(super) async fn pinned(&self) -> Result<Vec<String>> {
        Ok(read(self.load("pinned", "all").await?)?.unwrap_or_default())
    }

    pub(super) async fn vault(&self, vault: &str) -> Result<Option<SeenVault>> {
        read(self.load("vault", vault).await?)
    }

    pub(super) async fn put_vault(&self, vault: &str, seen: &SeenVault) -> Result<()> {
        self.put("vault", vault, seen).await
    }

    /// The entities of a vault that were seen to have changed, sorted by id.
    pub(super) async fn entities(&self, vault: &str) -> Result<Vec<SeenEntity>> {
        Ok(read(self.load("entities", vault).await?)?.unwrap_or_default())
    }

    pub(super) async fn put_entities(&self, vault: &str, seen: Vec<SeenEntity>) -> Result<()> {
        self.put("entities", vault, &seen).await
    }

    /// How far an own chain of manifests in a vault had come.
    pub(super) async fn chain(&self, vault: &str, chain: &ChainName) -> Result<Option<Frontier>> {
        read(self.load("chain", &[vault, &chain.capacity].join("/")).await?)
    }

    pub(super) async fn put_chain(&self, vault: &str, chain: &ChainName, frontier: &Frontier) -> Result<()> {
        self.put("chain", &[vault, &chain.capacity].join("/"), frontier).await
    }

    /// How far one has come with giving back.
    pub(super) async fn given(&self, to: &str) -> Result<Option<Given>> {
        read(self.load("given", to).await?)
    }

    pub(super) async fn put_given(&self, to: &str, given: &Given) -> Result<()> {
        self.put("given", to, given).await
    }

    pub(super) async fn outgoing(&self, vault: &str) -> Result<Option<Outgoing>> {
        read(self.load("outgoing", vault).await?)
    }

    pub(super) async fn put_outgoing(&self, vault: &str, outgoing: &Outgoing) -> Result<()> {
        self.put("outgoing", vault, outgoing).await
    }

    pub(super) async fn delete_outgoing(&self, vault: &str) -> Result<()> {
        self.store.delete(&self.name("outgoing", vault)).await
    }

    /// The secret of an invitation's link: of one that was sent, by the address; of one that was received, by its key.
    pub(super) async fn link_secret(&self, of: &str) -> Result<Option<InvitationSecret>> {
        let bytes: Option<ByteVec> = read(self.load("invitation link", of).await?)?;
        bytes.map(|bytes| InvitationSecret::from_slice(&bytes)).transpose()
    }

    pub(super) async fn put_link_secret(&self, of: &str, secret: &InvitationSecret) -> Result<()> {
        self.put("invitation link", of, &ByteVec::from(secret.expose().to_vec())).await
    }

    pub(super) async fn delete_link_secret(&self, of: &str) -> Result<()> {
        self.store.delete(&self.name("invitation link", of)).await
    }

    /// Whether an invitation that was sent waits for a grant.
    pub(super) async fn waiting(&self) -> Result<bool> {
        Ok(read(self.load("waiting", "own").await?)?.unwrap_or(false))
    }

    pub(super) async fn put_waiting(&self, waiting: bool) -> Result<()> {
        self.put("waiting", "own", &waiting).await
    }

    pub(super) async fn statement(&self) -> Result<Option<ByteVec>> {
        read(self.load("statement", "own").await?)
    }

    pub(super) async fn put_statement(&self, statement: &[u8]) -> Result<()> {
        self.put("statement", "own", &ByteVec::from(statement.to_vec())).await
    }

    /// Name and birth date of the person herself.
    pub(super) async fn details(&self) -> Result<Option<InvitationDetails>> {
        read(self.load("details", "own").await?)
    }

    pub(super) async fn put_details(&self, details: &InvitationDetails) -> Result<()> {
        self.put("details", "own", details).await
    }

    /// Whether the record of the person herself still has to be written into her vault.
    pub(super) async fn unwritten(&self) -> Result<bool> {
        Ok(read(self.load("unwritten", "own").await?)?.unwrap_or(false))
    }

    pub(super) async fn put_unwritten(&self, unwritten: bool) -> Result<()> {
        self.put("unwritten", "own", &unwritten).await
    }

    /// The recovery code, until its owner has shown that she has written it down.
    pub(super) async fn recovery_code(&self) -> Result<Option<String>> {
        read(self.load("recovery code", "own").await?)
    }

    pub(super) async fn put_recovery_code(&self, code: &str) -> Result<()> {
        self.put("recovery code", "own", &code).await
    }

    pub(super) async fn delete_recovery_code(&self) -> Result<()> {
        self.store.delete(&self.name("recovery code", "own")).await
    }
}
