//! Reading single entities: without the rest of the vault, and accepting only what its log and the entity's own leaves
//! allow.

use std::sync::Arc;

use tidelock_crypto::{Digest, Engine, Pending, cbor, merkle};

use super::history::check_author;
use super::{Author, BatchOrigin, Content, EntityKey, EntityState, Header, Holder, Leaf, Manifest, Revision, Step};
use crate::error::{Error, Result};
use crate::keys::Compartment;
use crate::sharing::{ChainName, VaultLog, WrapContext};
use crate::signed::Unverified;
use crate::wire::{CutoffProof, ServedEntity, ServedLeaf, ServedManifest};

/// A manifest that its author signed, that the log does not forbid, and that no revocation ended.
#[derive(Clone, Debug)]
pub struct ProvenManifest {
    manifest: Manifest,
    chain: Arc<ChainName>,
}

impl ProvenManifest {
    /// Verifies a manifest that was served with a single entity.
    ///
    /// # Errors
    /// [`Error::Tampered`] when anything does not fit.
    pub fn verify<'a>(
        engine: &'a Engine,
        log: &'a VaultLog,
        author: Author<'a>,
        served: &'a ServedManifest,
    ) -> Pending<'a, Result<Self>> {
        Box::pin(async move {
            let manifest = Unverified::<Manifest>::decode(&served.manifest)?;
            let claims = manifest.claims();
            let chain = claims.chain();
            check_author(log, &author, claims)?;
            let hash = merkle::leaf_hash(manifest.payload());
            for (number, cutoffs) in log.cutoffs_after(&chain.capacity, claims.log_number) {
                let cutoff = cutoffs.iter().find(|cutoff| cutoff.chain == chain);
                let proof = served.proofs.iter().find(|proof| proof.number == number);
                let stands = cutoff.zip(proof).is_some_and(|(cutoff, CutoffProof { proof, .. })| {
                    claims.number.checked_sub(1).is_some_and(|index| {
                        merkle::verify_inclusion(&hash, index, cutoff.size, proof, &cutoff.root).is_ok()
                    })
                });
                if !stands {
                    return Err(Error::tampered("a write that a revocation does not let stand"));
                }
            }
            let manifest = manifest.verify(engine, &author.statement.body().signing).await?;
            Ok(Self { manifest: manifest.body().clone(), chain: Arc::new(chain) })
        })
    }

    /// What it says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Who signed it, and in whose name.
    pub fn chain(&self) -> &ChainName {
        &self.chain
    }
}

/// An entity whose leaves have been verified, from the first or from a known state on.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    served: &'a ServedEntity,
    /// What follows from its leaves, and from what was revoked since.
    pub state: EntityState,
    /// The header of its newest content, if that was served.
    pub header: Option<Header>,
    /// The digest that its author signed of that content's salt and record.
    plain: Digest,
    /// Who may have a wrap of his own.
    reader: &'a str,
    /// The manifest with the leaf that the served wrap goes with.
    wrapped_by: Option<&'a ProvenManifest>,
    /// The manifest with the leaf that the entity's key came with, if that was served.
    keyed_by: Option<&'a ProvenManifest>,
}

/// What is wrong with an entity of which something newer was seen before.
pub(crate) const OLDER: &str = "an entity that is older than one seen before";

/// What is known of an entity before it is read.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// What followed from the leaves that are not served again.
    pub state: Option<&'a EntityState>,
    /// Sequence and leaf hash of the newest revision that was ever seen.
    pub seen: Option<(u64, Digest)>,
}

/// Is told of a revision, its manifest, and the states before and after it.
pub type Each<'a> = dyn FnMut(&Revision, &ProvenManifest, Option<&EntityState>, &EntityState) + 'a;

impl<'a> Evidence<'a> {
    /// Verifies a served entity. `manifests` are those of the answer, in its order; `reader` is who may have a wrap.
    ///
    /// # Errors
    /// [`Error::Tampered`] when anything does not fit, [`Error::NotFound`] when the entity was deleted before anything was
    /// known of it.
    pub fn verify(
        served: &'a ServedEntity,
        manifests: &'a [ProvenManifest],
        log: &VaultLog,
        known: Known<'_>,
        reader: &'a str,
        same: &dyn Fn(&Digest, &Digest) -> bool,
    ) -> Result<Self> {
        Self::verify_each(served, manifests, log, known, reader, same, &mut |_, _, _, _| {})
    }

    /// Verifies a served entity like [`verify`](Self::verify), and tells of each revision, with its manifest, which state it
    /// followed, if any, and which it led to.
    ///
    /// # Errors
    /// See [`verify`](Self::verify).
    pub fn verify_each(
        served: &'a ServedEntity,
        manifests: &'a [ProvenManifest],
        log: &VaultLog,
        known: Known<'_>,
        reader: &'a str,
        same: &dyn Fn(&Digest, &Digest) -> bool,
        each: &mut Each<'_>,
    ) -> Result<Self> {
        let mut revisions = Vec::with_capacity(served.leaves.len());
        for line in &served.leaves {
            revisions.push(proven(served, manifests, line)?);
        }
        let plain = known.state.map(|state| state.plain);
        let header = take_content(served, &mut revisions)?;
        // Of what was deleted nothing is served from which it would follow what it was.
        let deleted = revisions.last().is_some_and(|(revision, _)| revision.leaf.deleted.0);
        if deleted && known.state.is_none() {
            return Err(Error::NotFound.into());
        }
        let places = places(&revisions, header.as_ref());

        let mut state = known.state.cloned();
        let (mut wrapped_by, mut keyed_by) = (None, None);
        for ((revision, manifest), place) in revisions.iter().zip(places) {
            let place = header.as_ref().map(|header| header.kind.as_str()).zip(place);
            let ProvenManifest { manifest: body, chain } = manifest;
            let step = Step { log, manifest: body, chain, batch: None, same };
            let next = EntityState::next(state.as_ref(), revision, place, &step)?;
            if let Some(wrap) = served.wrap.as_ref().filter(|wrap| wrap.sequence == next.sequence) {
                let place = place_among(&revision.leaf, &next, reader);
                let listed = revision.leaf.wraps.zip(place).is_some_and(|(wraps, place)| {
                    let hash = wrap.wrap.hash();
                    wrap.position == place
                        && merkle::verify_inclusion(&hash, place, wraps.number, &wrap.proof, &wraps.root).is_ok()
                });
                if !listed {
                    return Err(Error::tampered("wraps that are not those their author signed"));
                }
                wrapped_by = Some(*manifest);
            }
            if revision.leaf.has_new_key() {
                keyed_by = Some(*manifest);
            }
            each(revision, manifest, state.as_ref(), &next);
            state = Some(next);
        }
        let mut state = state.ok_or(Error::NotFound)?;
        if header.is_none() && !state.deleted && plain != Some(state.plain) {
            return Err(Error::tampered("a content that is withheld"));
        }
        let plain = state.plain;
        state.lapse(log, log.number());
        match known.seen {
            Some((sequence, _)) if state.sequence < sequence => {
                return Err(Error::tampered(OLDER));
            }
            Some((sequence, rev)) if state.sequence == sequence && state.rev != rev => {
                return Err(Error::tampered("an entity that was forked"));
            }
            _ => {}
        }
        Ok(Self { served, state, header, plain, reader, wrapped_by, keyed_by })
    }

    /// The entity's key: from the reader's own wrap, or from the batch by whatever of it the holder can open.
    ///
    /// Who knows a state from before, and has no key from then, asks for the leaves from the first on: a batch is opened
    /// only with the leaf that it came with.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when nothing at hand opens it, or the reader has lost access; [`Error::Tampered`] when something
    /// does not open, or to another key than the one committed to.
    pub fn key<'b>(&'b self, engine: &'b Engine, holder: &'b Holder<'b>) -> Pending<'b, Result<EntityKey>> {
        Box::pin(async move {
            let commitment = self.state.commitment.ok_or(Error::NoAccess)?;
            let standing = self.state.standing(self.reader);
            let wrap = self.served.wrap.as_ref().filter(|wrap| wrap.sequence >= self.state.key_sequence);
            if let (Some(standing), Some(wrap), Some(by)) = (standing, wrap, self.wrapped_by) {
                if let Some((reader, private)) = holder.find(self.reader, &wrap.wrap.statement) {
                    let (entity, sequence) = (self.served.entity, wrap.sequence);
                    let context = WrapContext::new(&by.manifest, &by.chain, entity, sequence, commitment);
                    return context.open(engine, reader, private, &wrap.wrap).await;
                }
                // A person's key is wrapped under the identity that the delegation names, and no other.
                if holder.find(self.reader, &standing.fingerprint).is_some() {
                    return Err(Error::tampered("a delegate's key that is not the one committed to"));
                }
            }
            let batch = self.served.batch.as_ref().filter(|batch| Some(batch.id) == self.state.batch);
            let (batch, by) = batch.zip(self.keyed_by).ok_or(Error::NoAccess)?;
            batch.check_keys(&batch.wraps, self.state.epoch)?;
            let key = batch.open(engine, holder, &BatchOrigin::from(&by.manifest)).await?;
            let key = key.entity_key(self.served.entity);
            if key.commitment() == commitment {
                Ok(key)
            } else {
                Err(Error::tampered("an entity key that is not the one committed to"))
            }
        })
    }

    /// Decrypts the newest content.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it was not served, [`Error::Tampered`] when it does not open, or is not the record that its
    /// author signed.
    pub fn open(&self, key: &EntityKey) -> Result<Content> {
        let (Some(header), Some(bytes), Some(sealed)) = (&self.header, &self.served.header, &self.served.sealed) else {
            return Err(Error::NotFound.into());
        };
        let content = Content::open(key, header, bytes, sealed)?;
        if content.digest() == self.plain {
            Ok(content)
        } else {
            Err(Error::tampered("a record that is not the one its author signed"))
        }
    }
}

/// A leaf, if its manifest holds it and it is of this entity and in this vault.
fn proven<'a>(
    served: &ServedEntity,
    manifests: &'a [ProvenManifest],
    line: &ServedLeaf,
) -> Result<(Revision, &'a ProvenManifest)> {
    let leaf: Leaf = cbor::decode(&line.leaf)?;
    leaf.check()?;
    let manifest = usize::try_from(line.manifest).ok().and_then(|index| manifests.get(index));
    let rev = merkle::leaf_hash(&line.leaf);
    let held = manifest.filter(|ProvenManifest { manifest, .. }| {
        manifest.vault == served.vault
            && leaf.entity == served.entity
            && merkle::verify_inclusion(&rev, line.index, manifest.size, &line.proof, &manifest.root).is_ok()
    });
    let held = held.ok_or_else(|| Error::tampered("a leaf that its manifest does not hold"))?;
    Ok((Revision { leaf, rev, header: None }, held))
}

/// Gives the newest content's leaf its header, if header and ciphertext are what the leaf speaks of.
fn take_content(served: &ServedEntity, revisions: &mut [(Revision, &ProvenManifest)]) -> Result<Option<Header>> {
    let (Some(bytes), Some(sealed)) = (&served.header, &served.sealed) else { return Ok(None) };
    let header = Header::decode(bytes)?;
    let newest =
        revisions.iter_mut().rev().map(|(revision, _)| revision).find(|revision| revision.leaf.content.is_some());
    let newest = newest.filter(|revision| header.belongs_to(&revision.leaf, &served.vault));
    let newest = newest.ok_or_else(|| Error::tampered("an entity that does not belong where it stands"))?;
    let digest = Digest::of_parts(&[bytes, sealed]);
    if newest.leaf.content.as_ref().is_none_or(|content| content.sealed != digest) {
        return Err(Error::tampered("a ciphertext that is not the one its author signed"));
    }
    newest.header = Some(header.clone());
    Ok(Some(header))
}

/// The compartment of the entity after each revision: of the newest content its header says it, and of those before
/// follows from the moves since.
fn places(revisions: &[(Revision, &ProvenManifest)], header: Option<&Header>) -> Vec<Option<Compartment>> {
    let mut place = header.map(|header| header.compartment);
    let mut places: Vec<_> = revisions
        .iter()
        .rev()
        .map(|(revision, _)| {
            let after = place;
            if revision.leaf.moved_from.is_some() && place.is_some() {
                place = revision.leaf.moved_from;
            }
            after
        })
        .collect();
    places.reverse();
    places
}

/// A delegate's place among those to whom the key is wrapped with a leaf, which leads to that state.
fn place_among(leaf: &Leaf, after: &EntityState, delegate: &str) -> Option<u64> {
    let place = if leaf.has_new_key() {
        after.delegations.iter().position(|standing| standing.delegate == delegate)
    } else {
        leaf.added.iter().position(|added| added.delegate == delegate)
    };
    place.and_then(|place| u64::try_from(place).ok())
}
