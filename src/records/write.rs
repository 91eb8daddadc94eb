//! One write: a manifest, its batch, and its entities.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::{Flag, List};
use tidelock_crypto::{Digest, Engine, cbor, cbor_map, merkle};

use super::contents::{SealedContent, UnsealedContent, seal_all};
use super::{
    Batch, BatchKey, BatchOrigin, Capacity, Content, EntityKey, Header, Leaf, LinkSecret, Manifest, WrapTo, WrapsLeaf,
};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Compartment, Identity};
use crate::rest::{all_with_rests, rest};
use crate::sharing::{Delegate, DelegateWrap, Delegation, Rights, Undelegation, VaultLog, WrapContext};
use crate::signed::{Signed, Unverified};

/// One entity of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The encoded [`Leaf`].
    pub leaf: ByteVec,
    /// The encoded [`Header`]; absent where the leaf has no content.
    pub header: Option<ByteVec>,
    /// Nonce, ciphertext and tag; absent where the leaf has no content, and of an entity that has been deleted since.
    pub sealed: Option<ByteVec>,
    /// The wraps for delegates that the leaf speaks of, in ascending order of the delegates' ids. They are there when a
    /// write is sent; each delegate is served only his own.
    pub wraps: List<DelegateWrap>,
}

cbor_map!(Item { 0: leaf, 1: header, 2: sealed, 3: wraps });

/// A write as it goes over the network and is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The signed [`Manifest`].
    pub manifest: ByteVec,
    /// The batch of the entities; absent exactly if none of them gets a new key.
    pub batch: Option<Batch>,
    /// The entities, sorted by id.
    pub items: Vec<Item>,
}

cbor_map!(Write { 0: manifest, 1: batch, 2: items });

/// An entity that is about to be written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its id.
    pub id: Id,
    /// Number and leaf hash of the revision it replaces.
    pub replaces: Option<(u64, Digest)>,
    /// The new content, if there is any.
    pub content: Option<NewContent>,
    /// The key that the entity has and keeps; otherwise new content gets a new key.
    pub kept: Option<KeptKey>,
    /// Who gets access.
    pub added: Vec<(Delegate, Rights)>,
    /// Who loses it.
    pub revoked: Vec<Undelegation>,
    /// With a new key: whoever had access before and keeps it, see
    /// [`EntityState::standing_without`](super::EntityState::standing_without).
    pub remaining: Vec<Delegate>,
    /// The compartment that the owner moves the entity from.
    pub moved_from: Option<Compartment>,
    /// Whether the entity is deleted.
    pub deleted: bool,
}

/// The content of an entity that is about to be written.
#[derive(Clone, Debug)]
pub struct NewContent {
    /// The entity's type.
    pub kind: String,
    /// What is encrypted.
    pub content: Content,
    /// Links to its parents.
    pub links: Vec<Digest>,
}

/// The key that an entity has.
#[derive(Clone, Debug)]
pub struct KeptKey {
    /// The key.
    pub key: EntityKey,
    /// The batch that it came with.
    pub batch: Id,
    /// The compartment that the entity is in.
    pub compartment: Compartment,
}

impl Draft {
    /// A revision that as yet changes nothing.
    pub fn new(id: Id) -> Self {
        Self {
            id,
            replaces: None,
            content: None,
            kept: None,
            added: Vec::new(),
            revoked: Vec::new(),
            remaining: Vec::new(),
            moved_from: None,
            deleted: false,
        }
    }

    /// A record of that type: UTF-8 JSON, links to its parents, and the secrets for links from its children, if it may
    /// have any.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub fn record(
        id: Id,
        kind: &str,
        body: Vec<u8>,
        links: Vec<Digest>,
        link_secrets: Option<Vec<LinkSecret>>,
    ) -> Result<Self> {
        let content = Content::new(body, link_secrets)?;
        Ok(Self { content: Some(NewContent { kind: kind.to_owned(), content, links }), ..Self::new(id) })
    }

    /// The size of the record, in bytes.
    pub fn body_size(&self) -> usize {
        self.content.as_ref().map_or(0, |new| new.content.body().len())
    }
}

/// An entity that was verified and opened.
#[derive(Clone, Debug)]
pub struct OpenedEntity {
    /// Its header.
    pub header: Header,
    /// Its revision: the leaf hash.
    pub rev: Digest,
    /// Its content.
    pub content: Content,
}

/// One revision of an entity.
#[derive(Clone, Debug)]
pub struct Revision {
    /// What it says.
    pub leaf: Leaf,
    /// The leaf hash.
    pub rev: Digest,
    /// The header of its content; absent where it has none.
    pub header: Option<Header>,
}

/// A write taken apart and found consistent in itself: every item is the one its leaf, and the manifest, speak of.
pub struct Parsed {
    /// The manifest, not yet verified.
    pub manifest: Unverified<Manifest>,
    /// What each item says, in order.
    pub revisions: Vec<Revision>,
}

impl Write {
    /// Checks everything that can be checked without keys: order, hashes, Merkle root, and that headers, leaves, batch
    /// and manifest speak of the same things. Wraps for delegates, and the content of entities that were deleted since,
    /// need not be there; see [`is_complete`](Self::is_complete).
    ///
    /// # Errors
    /// [`Error::Tampered`] when anything does not fit.
    pub fn parse(&self) -> Result<Parsed> {
        let manifest = Unverified::<Manifest>::decode(&self.manifest)?;
        let claims = manifest.claims();
        let foreign = |batch: &Batch| batch.vault != claims.vault || batch.wraps.is_empty();
        if self.batch.as_ref().is_some_and(foreign) || self.items.is_empty() {
            return Err(Error::tampered("a batch that does not belong to its manifest"));
        }
        let mut revisions = Vec::with_capacity(self.items.len());
        let mut hashes = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let revision = item.parse(&claims.vault)?;
            let fits = match (&revision.header, &self.batch) {
                (Some(header), Some(batch)) if revision.leaf.has_new_key() => {
                    header.batch == batch.id && header.compartment == batch.compartment
                }
                _ => !revision.leaf.has_new_key(),
            };
            if !fits {
                return Err(Error::tampered("an entity that does not belong where it stands"));
            }
            hashes.push(revision.rev);
            revisions.push(revision);
        }
        if !revisions.is_sorted_by(|left, right| left.leaf.entity < right.leaf.entity) {
            return Err(Error::tampered("a write whose entities are not sorted"));
        }
        if claims.size != hashes.len() as u64 || claims.root != merkle::root(&hashes) {
            return Err(Error::tampered("a manifest that lists something else"));
        }
        if self.batch.is_some() != revisions.iter().any(|revision| revision.leaf.has_new_key()) {
            return Err(Error::tampered("a batch that does not belong to its manifest"));
        }
        Ok(Parsed { manifest, revisions })
    }

    /// Whether nothing is missing that a write has when it is sent: all contents, and all wraps for delegates.
    pub fn is_complete(&self, revisions: &[Revision]) -> bool {
        let complete = |(item, revision): (&Item, &Revision)| {
            item.sealed.is_some() == revision.leaf.content.is_some()
                && item.wraps.is_empty() == revision.leaf.wraps.is_none()
        };
        self.items.len() == revisions.len() && self.items.iter().zip(revisions).all(complete)
    }
}

impl Item {
    /// Checks that leaf, header, content and wraps, those of them that are there, belong together and into a vault.
    ///
    /// # Errors
    /// [`Error::Tampered`] when they do not.
    pub fn parse(&self, vault: &str) -> Result<Revision> {
        let leaf: Leaf = cbor::decode(&self.leaf)?;
        leaf.check()?;
        let header = self.header.as_ref().map(|header| Header::decode(header)).transpose()?;
        let header_fits = match &header {
            Some(header) => leaf.content.is_some() && header.belongs_to(&leaf, vault),
            None => leaf.content.is_none() && self.sealed.is_none(),
        };
        if !header_fits {
            return Err(Error::tampered("an entity that does not belong where it stands"));
        }
        if let (Some(header), Some(sealed), Some(content)) = (&self.header, &self.sealed, &leaf.content)
            && content.sealed != Digest::of_parts(&[header, sealed])
        {
            return Err(Error::tampered("a ciphertext that is not the one its author signed"));
        }
        if !self.wraps.is_empty() && leaf.wraps != wraps_leaf(&self.wraps) {
            return Err(Error::tampered("wraps that are not those their author signed"));
        }
        Ok(Revision { rev: merkle::leaf_hash(&self.leaf), leaf, header })
    }
}

/// What a leaf says of wraps.
fn wraps_leaf(wraps: &[DelegateWrap]) -> Option<WrapsLeaf> {
    let hashes: Vec<Digest> = wraps.iter().map(DelegateWrap::hash).collect();
    let number = hashes.len() as u64;
    (number > 0).then(|| WrapsLeaf { number, root: merkle::root(&hashes) })
}

/// Who writes, and where his chain of manifests stands.
#[derive(Clone, Copy, Debug)]
pub struct Scribe<'a> {
    /// The author.
    pub identity: &'a Identity,
    /// The clinic in whose name he writes.
    pub capacity: Option<&'a Capacity>,
    /// How many manifests his chain has.
    pub size: u64,
    /// The RFC 9162 root over them.
    pub root: Digest,
}

impl Scribe<'_> {
    /// Seals and signs one write, as of a log. Entities that get new keys get them from one batch, which is wrapped to
    /// whom is said, see [`WrapTo::choose`].
    ///
    /// It writes what it is told to; what the write does to the entities, and whether its author may, is judged by
    /// [`EntityState::next`](super::EntityState::next) when it has been made, and again by everybody who reads it.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when there is nothing to write or an id stands twice, [`Error::NoAccess`] when a key is
    /// needed that is not there; otherwise when the engine fails.
    pub async fn write(
        &self,
        engine: &Engine,
        log: &VaultLog,
        to: Option<WrapTo<'_>>,
        drafts: Vec<Draft>,
        now: u64,
    ) -> Result<Write> {
        Ok(self.compose(engine, log, to, drafts, now).await?.0)
    }

    /// Like [`write`](Self::write); gives the key of the batch, too, which not every author could open again.
    ///
    /// # Errors
    /// See [`write`](Self::write).
    pub async fn compose(
        &self,
        engine: &Engine,
        log: &VaultLog,
        to: Option<WrapTo<'_>>,
        drafts: Vec<Draft>,
        now: u64,
    ) -> Result<(Write, Option<BatchKey>)> {
        let count = drafts.len();
        let mut sorted = BTreeMap::new();
        for draft in drafts {
            sorted.insert(draft.id, draft);
        }
        if sorted.is_empty() || sorted.len() < count {
            return Err(Error::invalid("entities", "a write has at least one entity, and each entity once"));
        }
        let mut manifest = Manifest {
            vault: log.vault().to_owned(),
            author: self.identity.owner().to_owned(),
            fingerprint: self.identity.fingerprint(),
            capacity: self.capacity.cloned(),
            number: self.size + 1,
            previous: self.root,
            log_number: log.number(),
            log_head: log.head(),
            size: count as u64,
            root: self.root,
            time: now,
        };
        let mut batch = None;
        if sorted.values().any(|draft| draft.content.is_some() && draft.kept.is_none()) {
            let key = BatchKey::generate()?;
            let (to, origin) = (to.ok_or(Error::NoAccess)?, BatchOrigin::from(&manifest));
            batch = Some((Batch::seal(engine, log, Id::random()?, &key, &to, &origin).await?, key));
        }
        let chain = manifest.chain();
        let mut planned = Vec::with_capacity(count);
        let mut unsealed = Vec::with_capacity(count);
        let new: Vec<Option<NewContent>> = sorted.values_mut().map(|draft| draft.content.take()).collect();
        for (draft, new) in sorted.values().zip(new) {
            let recipients = draft.recipients(new.is_some());
            let leaf = draft.leaf(&recipients, new.is_some());
            // What gets no content gets no key of the batch.
            let batch = batch.as_ref().filter(|_| new.is_some());
            let wrapped = match recipients.is_empty() {
                true => None,
                false => {
                    let fresh = batch.map(|(_, key)| key.entity_key(draft.id));
                    let kept = draft.kept.as_ref().map(|kept| kept.key.clone());
                    let key = kept.or(fresh).ok_or(Error::NoAccess)?;
                    let context = WrapContext::new(&manifest, &chain, leaf.entity, leaf.sequence, key.commitment());
                    Some((context, key))
                }
            };
            let mut content = NewlySealed::None;
            if let Some(new) = new {
                let place = batch.map(|(batch, _)| (batch.id, batch.compartment));
                let kept = draft.kept.as_ref();
                let place = kept.map(|kept| (kept.batch, kept.compartment)).or(place).ok_or(Error::NoAccess)?;
                let unsealed_content = new.unsealed(&manifest, &leaf, place);
                content = match kept {
                    Some(kept) => NewlySealed::UnderKeptKey(SealedContent::seal(&kept.key, &unsealed_content)?),
                    None => {
                        unsealed.push(unsealed_content);
                        NewlySealed::InBatch
                    }
                };
            }
            planned.push((leaf, content, recipients, wrapped));
        }
        rest().await;
        let mut contents = match &batch {
            Some((_, key)) => seal_all(key, unsealed).await?,
            None => Vec::new(),
        }
        .into_iter();
        let mut sealing = Vec::new();
        for (_, _, recipients, wrapped) in &planned {
            let Some((context, key)) = wrapped else { continue };
            sealing.extend(recipients.iter().map(|(delegate, _)| context.seal(engine, delegate, key)));
        }
        let mut wraps = all_with_rests(sealing).await?.into_iter();
        rest().await;
        let mut items = Vec::with_capacity(count);
        let mut hashes = Vec::with_capacity(count);
        for (mut leaf, content, recipients, _) in planned {
            let mut item = Item { leaf: Vec::new().into(), header: None, sealed: None, wraps: List::default() };
            let content = match content {
                NewlySealed::None => None,
                NewlySealed::UnderKeptKey(content) => Some(content),
                NewlySealed::InBatch => contents.next(),
            };
            if let Some(SealedContent { header, sealed, leaf: content }) = content {
                leaf.content = Some(content);
                (item.header, item.sealed) = (Some(header), Some(sealed));
            }
            if !recipients.is_empty() {
                item.wraps.0.extend(wraps.by_ref().take(recipients.len()));
                leaf.wraps = wraps_leaf(&item.wraps);
            }
            item.leaf = leaf.encode().into();
            hashes.push(merkle::leaf_hash(&item.leaf));
            items.push(item);
        }
        manifest.root = merkle::root(&hashes);
        let manifest = Signed::sign(engine, self.identity.signing(), manifest).await?;
        let (batch, key) = batch.unzip();
        Ok((Write { manifest: manifest.bytes().to_vec().into(), batch, items }, key))
    }
}

/// Somebody to whom a key is wrapped, with the rights that he gets, if he does not have them already.
type Recipient<'a> = (&'a Delegate, Option<Rights>);

/// Puts recipients into ascending order, as they are few.
fn insert<'a>(list: &mut Vec<Recipient<'a>>, delegate: &'a Delegate, rights: Option<Rights>) {
    let place = list.partition_point(|(before, _)| before.id < delegate.id);
    list.insert(place, (delegate, rights));
}

impl Draft {
    /// Whom the key is wrapped for: with a new key everybody, otherwise who gets access now.
    fn recipients(&self, has_content: bool) -> Vec<Recipient<'_>> {
        let mut recipients = Vec::new();
        for (delegate, rights) in &self.added {
            insert(&mut recipients, delegate, Some(*rights));
        }
        if has_content && self.kept.is_none() {
            for delegate in &self.remaining {
                insert(&mut recipients, delegate, None);
            }
        }
        recipients
    }

    /// The leaf, but for what it says of content and wraps.
    fn leaf(&self, recipients: &[Recipient<'_>], has_content: bool) -> Leaf {
        let (sequence, previous) = self.replaces.map_or((1, None), |(number, rev)| (number + 1, Some(rev)));
        let mut leaf = Leaf::new(self.id, sequence, previous);
        leaf.added = List(recipients.iter().filter_map(delegation).collect());
        leaf.revoked = List(self.revoked.clone());
        leaf.moved_from = self.moved_from;
        leaf.deleted = Flag(self.deleted);
        leaf.keeps_key = Flag(has_content && self.kept.is_some());
        leaf
    }
}

impl NewContent {
    /// The content with its header, in that batch and compartment.
    fn unsealed(self, manifest: &Manifest, leaf: &Leaf, (batch, compartment): (Id, Compartment)) -> UnsealedContent {
        let Self { kind, content, links } = self;
        let (vault, entity, sequence, previous) = (manifest.vault.clone(), leaf.entity, leaf.sequence, leaf.previous);
        // Whoever seals it knows the commitment.
        let commitment = Digest::from_bytes([0; 32]);
        let header = Header { vault, entity, kind, compartment, batch, sequence, previous, commitment, links };
        UnsealedContent { header, content }
    }
}

/// The new content of an entity while its write is put together.
enum NewlySealed {
    /// There is none.
    None,
    /// It is sealed under the key that the entity has.
    UnderKeptKey(SealedContent),
    /// It is the next of those that are sealed under keys of the batch.
    InBatch,
}

/// The delegation to somebody who gets rights.
fn delegation((delegate, rights): &Recipient<'_>) -> Option<Delegation> {
    let Delegate { id, kind, fingerprint, .. } = delegate;
    rights.map(|rights| Delegation { delegate: id.clone(), kind: *kind, fingerprint: *fingerprint, rights })
}
