//! One write: a manifest, its batch, and its entities.

use std::collections::BTreeMap;

use minicbor::bytes::ByteVec;
use tidelock_crypto::{Digest, Engine, cbor, cbor_map, merkle};

use super::{Batch, BatchKey, Capacity, Content, ContentLeaf, Header, Leaf, LinkSecret, Manifest};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Identity, VaultKey};
use crate::sharing::VaultLog;
use crate::signed::{Signed, Unverified};

/// One entity of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The encoded [`Leaf`].
    pub leaf: ByteVec,
    /// The encoded [`Header`].
    pub header: ByteVec,
    /// Nonce, ciphertext and tag.
    pub sealed: ByteVec,
}

cbor_map!(Item { 0: leaf, 1: header, 2: sealed });

/// A write as it goes over the network and is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The signed [`Manifest`].
    pub manifest: ByteVec,
    /// The batch of the entities.
    pub batch: Batch,
    /// The entities, sorted by id.
    pub items: Vec<Item>,
}

cbor_map!(Write { 0: manifest, 1: batch, 2: items });

/// An entity that is about to be written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its id.
    pub id: Id,
    /// Its type.
    pub kind: String,
    /// The record: UTF-8 JSON.
    pub body: Vec<u8>,
    /// Links to its parents.
    pub links: Vec<Digest>,
    /// The secrets for links from its children, if it may have any.
    pub link_secrets: Option<Vec<LinkSecret>>,
    /// Number and leaf hash of the revision it replaces.
    pub replaces: Option<(u64, Digest)>,
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

/// A write taken apart and found consistent in itself: every item is the one its leaf, and the manifest, speak of.
pub struct Parsed {
    /// The manifest, not yet verified.
    pub manifest: Unverified<Manifest>,
    /// Leaf, leaf hash and header of each item, in order.
    pub entities: Vec<(Leaf, Digest, Header)>,
}

impl Write {
    /// Checks everything that can be checked without keys: order, hashes, Merkle root, and that headers, leaves, batch
    /// and manifest speak of the same things.
    ///
    /// # Errors
    /// [`Error::Tampered`] when anything does not fit.
    pub fn parse(&self) -> Result<Parsed> {
        let manifest = Unverified::<Manifest>::decode(&self.manifest)?;
        let claims = manifest.claims();
        if self.batch.vault != claims.vault || self.items.is_empty() || self.batch.wraps.is_empty() {
            return Err(Error::tampered("a batch that does not belong to its manifest"));
        }
        let mut entities = Vec::with_capacity(self.items.len());
        let mut hashes = Vec::with_capacity(self.items.len());
        for item in &self.items {
            let leaf: Leaf = cbor::decode(&item.leaf)?;
            let header = Header::decode(&item.header)?;
            let hash = merkle::leaf_hash(&item.leaf);
            let fits = header.vault == claims.vault
                && header.batch == self.batch.id
                && header.compartment == self.batch.compartment
                && header.entity == leaf.entity
                && header.sequence == leaf.sequence
                && header.previous == leaf.previous
                && (leaf.sequence == 1) == leaf.previous.is_none()
                && leaf.sequence > 0;
            if !fits {
                return Err(Error::tampered("an entity that does not belong where it stands"));
            }
            let sealed = Digest::of_parts(&[&item.header, &item.sealed]);
            if leaf.content.as_ref().is_none_or(|content| content.sealed != sealed) {
                return Err(Error::tampered("a ciphertext that is not the one its author signed"));
            }
            hashes.push(hash);
            entities.push((leaf, hash, header));
        }
        if !entities.is_sorted_by(|left, right| left.0.entity < right.0.entity) {
            return Err(Error::tampered("a write whose entities are not sorted"));
        }
        if claims.size != hashes.len() as u64 || claims.root != merkle::root(&hashes) {
            return Err(Error::tampered("a manifest that lists something else"));
        }
        Ok(Parsed { manifest, entities })
    }

    /// Opens the entities of the wanted types of a write that a [`History`](super::History) has accepted.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when none of the vault keys opens the batch, [`Error::Tampered`] when anything does not fit.
    pub fn open(
        &self,
        entities: Vec<(Leaf, Digest, Header)>,
        vault_keys: &[VaultKey],
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<OpenedEntity>> {
        let batch_key = self.batch.open(vault_keys)?;
        self.items
            .iter()
            .zip(entities)
            .filter(|(_, (_, _, header))| wanted(&header.kind))
            .map(|(item, (leaf, rev, header))| {
                let key = batch_key.entity_key(header.entity);
                let content = Content::open(&key, &header, &item.header, &item.sealed)?;
                if leaf.content.is_none_or(|signed| signed.plain != content.digest()) {
                    return Err(Error::tampered("a record that is not the one its author signed"));
                }
                Ok(OpenedEntity { header, rev, content })
            })
            .collect()
    }
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
    /// Seals and signs one write, under a vault key, as of a log.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when there is nothing to write or an id stands twice; otherwise when the engine fails.
    pub async fn write(
        &self,
        engine: &Engine,
        log: &VaultLog,
        vault_key: &VaultKey,
        drafts: Vec<Draft>,
        now: u64,
    ) -> Result<Write> {
        let count = drafts.len();
        let mut sorted = BTreeMap::new();
        for draft in drafts {
            sorted.insert(draft.id, draft);
        }
        if sorted.is_empty() || sorted.len() < count {
            return Err(Error::invalid("entities", "a write has at least one entity, and each entity once"));
        }
        let vault = log.vault();
        let batch_key = BatchKey::generate()?;
        let batch = Batch::seal(Id::random()?, vault, &batch_key, vault_key)?;
        let mut items = Vec::with_capacity(count);
        let mut hashes = Vec::with_capacity(count);
        for draft in sorted.into_values() {
            let key = batch_key.entity_key(draft.id);
            let (sequence, previous) = match draft.replaces {
                Some((sequence, previous)) => (sequence + 1, Some(previous)),
                None => (1, None),
            };
            let header = Header {
                vault: vault.to_owned(),
                entity: draft.id,
                kind: draft.kind,
                compartment: batch.compartment,
                batch: batch.id,
                sequence,
                previous,
                commitment: key.commitment(),
                links: draft.links,
            }
            .encode();
            let content = Content::new(draft.body, draft.link_secrets)?;
            let sealed = content.seal(&key, &header)?;
            let digests = ContentLeaf { sealed: Digest::of_parts(&[&header, &sealed]), plain: content.digest() };
            let leaf = Leaf { entity: draft.id, sequence, previous, content: Some(digests) }.encode();
            hashes.push(merkle::leaf_hash(&leaf));
            items.push(Item { leaf: leaf.into(), header: header.into(), sealed: sealed.into() });
        }
        let manifest = Manifest {
            vault: vault.to_owned(),
            author: self.identity.owner().to_owned(),
            fingerprint: self.identity.fingerprint(),
            capacity: self.capacity.cloned(),
            number: self.size + 1,
            previous: self.root,
            log_number: log.number(),
            log_head: log.head(),
            size: hashes.len() as u64,
            root: merkle::root(&hashes),
            time: now,
        };
        let manifest = Signed::sign(engine, self.identity.signing(), manifest).await?;
        Ok(Write { manifest: manifest.bytes().to_vec().into(), batch, items })
    }
}
