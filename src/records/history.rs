//! Reading the writes of a vault in order, and accepting only what its log allows.

use std::collections::BTreeMap;
use std::sync::Arc;

use tidelock_crypto::merkle::{self, Frontier};
use tidelock_crypto::{Digest, Engine, Pending, cbor_array};

use super::contents::{SealedContent, open_all};
use super::write::Parsed;
use super::{
    Batch, BatchKey, BatchOrigin, EntityKey, EntityState, Header, Holder, Item, Manifest, OpenedEntity, Revision, Step,
    Wrap, Write,
};
use crate::Id;
use crate::error::{Error, Result};
use crate::keys::{Clinic, IdentityStatement, Successions};
use crate::rest::rest;
use crate::sharing::{ChainName, Cutoff, VaultLog};
use crate::signed::{Signed, Unverified};

/// Whose signature a manifest carries, and in the name of which clinic.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The author's statement: the version of the identity with the fingerprint that the manifest names.
    pub statement: &'a Signed<IdentityStatement>,
    /// The clinic in whose name the manifest says it was written, as it was under the head that the manifest names.
    pub clinic: Option<&'a Clinic>,
}

/// What a client remembers of a chain between sessions, so that it never accepts less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenChain {
    /// Which chain.
    pub chain: ChainName,
    /// How many manifests it had.
    pub size: u64,
    /// The RFC 9162 root over them.
    pub root: Digest,
}

cbor_array!(SeenChain [chain, size, root]);

/// A chain of manifests as far as it has been read.
#[derive(Clone, Debug)]
struct Chain {
    name: ChainName,
    frontier: Frontier,
    /// How many entries the vault log had at its newest manifest.
    log_number: u64,
}

/// A batch that entities got their keys with.
#[derive(Clone, Debug)]
struct KnownBatch {
    batch: Batch,
    /// The epoch of those entities.
    epoch: u32,
    origin: BatchOrigin,
}

/// All chains of manifests of one vault, and the newest leaf of each entity.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Chains are as few as authors: vectors are as quick as maps here, and much less code.
    chains: Vec<Chain>,
    entities: BTreeMap<Id, EntityState>,
    /// In the order in which they came.
    batches: Vec<KnownBatch>,
    /// Entities with a content that was not served, as is right only if they have been deleted since.
    withheld: Vec<Id>,
    /// Sorted by name.
    seen: Vec<SeenChain>,
    successions: Successions,
}

/// Puts what is known of a chain into its place in a list sorted by name, or in the place of less.
fn note(list: &mut Vec<SeenChain>, chain: SeenChain) {
    match list.binary_search_by(|known| known.chain.cmp(&chain.chain)) {
        Err(place) => list.insert(place, chain),
        Ok(place) => {
            if let Some(known) = list.get_mut(place).filter(|known| known.size < chain.size) {
                *known = chain;
            }
        }
    }
}

impl History {
    /// An empty history that must grow at least to what was seen before.
    pub fn new(seen: Vec<SeenChain>) -> Self {
        let mut history = Self::default();
        for seen in seen {
            note(&mut history.seen, seen);
        }
        history
    }

    /// An empty history that must grow at least to what this one has read, or must grow to itself.
    pub fn restarted(&self) -> Self {
        Self { successions: self.successions.clone(), ..Self::new(self.seen()) }
    }

    /// Takes over which identities of authors and delegates, and which roots of clinics, accepted the next: what the log or a
    /// delegation says of one then holds for the next, too.
    pub fn set_successions(&mut self, successions: &Successions) {
        self.successions.clone_from(successions);
    }

    /// Size and root of a chain; an empty chain has the root of the empty tree.
    pub fn chain(&self, name: &ChainName) -> (u64, Digest) {
        let frontier = self.frontier(name);
        (frontier.size(), frontier.root())
    }

    /// The same once another write is accepted that is about to be.
    ///
    /// # Errors
    /// [`Error::Tampered`] when its manifest is not one.
    pub fn chain_after(&self, name: &ChainName, write: Option<&Write>) -> Result<(u64, Digest)> {
        let mut frontier = self.frontier(name);
        if let Some(write) = write {
            frontier.push(merkle::leaf_hash(Unverified::<Manifest>::decode(&write.manifest)?.payload()));
        }
        Ok((frontier.size(), frontier.root()))
    }

    fn frontier(&self, name: &ChainName) -> Frontier {
        self.find(name).map(|chain| chain.frontier.clone()).unwrap_or_default()
    }

    fn find(&self, name: &ChainName) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.name == *name)
    }

    /// Sequence and leaf hash of an entity's newest revision.
    pub fn entity(&self, id: &Id) -> Option<(u64, Digest)> {
        self.entities.get(id).map(|state| (state.sequence, state.rev))
    }

    /// What follows from an entity's revisions.
    pub fn state(&self, id: &Id) -> Option<&EntityState> {
        self.entities.get(id)
    }

    /// A batch that entities got their keys with.
    pub fn batch(&self, id: &Id) -> Option<&Batch> {
        self.known_batch(id).map(|known| &known.batch)
    }

    fn known_batch(&self, id: &Id) -> Option<&KnownBatch> {
        // From the end: what is changed is new more often than old.
        self.batches.iter().rev().find(|known| known.batch.id == *id)
    }

    /// Takes over wraps that were added to a batch after it was written. Nobody has signed them: they open the batch,
    /// or do not, and nothing else follows from them.
    ///
    /// # Errors
    /// [`Error::Tampered`] when they cannot be of that batch.
    pub fn add_wraps(&mut self, batch: &Id, added: &[Wrap]) -> Result<()> {
        let known = self.batches.iter_mut().rev().find(|known| known.batch.id == *batch);
        let known = known.ok_or(Error::Tampered { what: "wraps of a batch that is not there" })?;
        known.batch.check_keys(added, known.epoch)?;
        known.batch.wraps.extend_from_slice(added);
        Ok(())
    }

    /// The key of an entity, from its batch.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such entity, [`Error::NoAccess`] when nothing that the holder has opens its
    /// batch, [`Error::Tampered`] when it opens to another key than the one committed to.
    pub fn key<'a>(
        &'a self,
        engine: &'a Engine,
        entity: &'a Id,
        holder: &'a Holder<'a>,
    ) -> Pending<'a, Result<EntityKey>> {
        Box::pin(async move {
            let state = self.state(entity).ok_or(Error::NotFound)?;
            let batch = state.batch.ok_or(Error::NoAccess)?;
            let key = self.open_batch(engine, &batch, holder).await?.entity_key(*entity);
            if Some(key.commitment()) == state.commitment {
                Ok(key)
            } else {
                Err(Error::tampered("an entity key that is not the one committed to"))
            }
        })
    }

    /// Batches that are wrapped to identities only, each with the epoch of its entities.
    pub fn unwrapped(&self) -> Vec<(Batch, u32)> {
        let is_wrapped = |known: &&KnownBatch| known.batch.wraps.iter().any(|wrap| wrap.vault_key().is_some());
        let unwrapped = self.batches.iter().filter(|known| !is_wrapped(known));
        unwrapped.map(|known| (known.batch.clone(), known.epoch)).collect()
    }

    /// The key of a batch.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when nothing that the holder has opens it, [`Error::Tampered`] when a wrap does not open.
    pub fn open_batch<'a>(
        &'a self,
        engine: &'a Engine,
        batch: &Id,
        holder: &'a Holder<'a>,
    ) -> Pending<'a, Result<BatchKey>> {
        match self.known_batch(batch) {
            Some(known) => known.batch.open(engine, holder, &known.origin),
            None => Box::pin(async { Err(Error::NoAccess.into()) }),
        }
    }

    /// What to remember of all chains.
    pub fn seen(&self) -> Vec<SeenChain> {
        let mut seen = self.seen.clone();
        for Chain { name, frontier, .. } in &self.chains {
            note(&mut seen, SeenChain { chain: name.clone(), size: frontier.size(), root: frontier.root() });
        }
        seen
    }

    /// Where the chains in the name of a delegate stand now: what a revocation of that delegate lets stand.
    pub fn cutoffs(&self, delegate: &str) -> Vec<Cutoff> {
        let mut tips = self.tips();
        tips.retain(|cutoff| cutoff.chain.capacity == delegate);
        tips
    }

    /// Where all chains stand now: what an owner lets stand who goes on under another identity.
    pub fn tips(&self) -> Vec<Cutoff> {
        let cutoff = |seen: SeenChain| Cutoff { chain: seen.chain, size: seen.size, root: seen.root };
        self.seen().into_iter().map(cutoff).collect()
    }

    /// Checks, once everything that the platform serves has been read, that no chain ends before where it was seen, or
    /// before where the owner has signed that it stood.
    ///
    /// # Errors
    /// [`Error::Tampered`] when something is withheld.
    pub fn check_complete(&self, log: &VaultLog) -> Result<()> {
        if self.seen.iter().any(|seen| self.chain(&seen.chain).0 < seen.size) {
            return Err(Error::tampered("a record that is older than one seen before"));
        }
        if self.withheld.iter().any(|id| self.state(id).is_none_or(|state| !state.deleted)) {
            return Err(Error::tampered("a content that is withheld"));
        }
        if log.cutoffs().any(|cutoff| self.chain(&cutoff.chain).0 < cutoff.size) {
            return Err(Error::tampered("a record that lacks what its log says was there"));
        }
        Ok(())
    }

    /// Accepts the next write, if its author signed it and was allowed to write it.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is forged, replayed, out of order, or written without the right to.
    pub fn accept<'a>(
        &'a mut self,
        engine: &'a Engine,
        log: &'a VaultLog,
        author: Author<'a>,
        write: &'a Write,
    ) -> Pending<'a, Result<Vec<Revision>>> {
        Box::pin(async move {
            let Parsed { manifest, revisions } = write.parse()?;
            rest().await;
            let claims = manifest.claims();
            check_author(log, &author, claims)?;
            let chain = Arc::new(claims.chain());
            let before = self.find(&chain);
            let mut frontier = before.map(|chain| chain.frontier.clone()).unwrap_or_default();
            if claims.number != frontier.size() + 1 || claims.previous != frontier.root() {
                return Err(Error::tampered("a manifest that does not continue its chain"));
            }
            if before.is_some_and(|chain| claims.log_number < chain.log_number) {
                return Err(Error::tampered("a manifest under an older vault log than the one before"));
            }
            frontier.push(merkle::leaf_hash(manifest.payload()));
            check_revocations(log, claims.log_number, &chain, &frontier)?;
            if let Some(seen) = self.seen.iter().find(|seen| seen.chain == *chain)
                && seen.size == frontier.size()
                && seen.root != frontier.root()
            {
                return Err(Error::tampered("a chain of manifests that was forked"));
            }
            let log_number = claims.log_number;
            let (states, epoch) = self.changed(log, claims, &chain, write.batch.as_ref(), &revisions)?;
            let origin = BatchOrigin::from(claims);
            manifest.verify(engine, &author.statement.body().signing).await?;
            rest().await;

            for state in states {
                self.entities.insert(state.0, state.1);
            }
            let missing = |(item, revision): &(&Item, &Revision)| revision.header.is_some() && item.sealed.is_none();
            let missing = write.items.iter().zip(&revisions).filter(missing);
            self.withheld.extend(missing.map(|(_, revision)| revision.leaf.entity));
            self.batches.extend(write.batch.clone().map(|batch| KnownBatch { batch, epoch, origin }));
            match self.chains.iter_mut().find(|known| known.name == *chain) {
                Some(known) => (known.frontier, known.log_number) = (frontier, log_number),
                None => self.chains.push(Chain { name: Arc::unwrap_or_clone(chain), frontier, log_number }),
            }
            Ok(revisions)
        })
    }

    /// The states of the entities of a write after it, and the epoch of those that got new keys.
    fn changed(
        &self,
        log: &VaultLog,
        manifest: &Manifest,
        chain: &Arc<ChainName>,
        batch: Option<&Batch>,
        revisions: &[Revision],
    ) -> Result<(Vec<(Id, EntityState)>, u32)> {
        let same = |before: &Digest, now: &Digest| self.successions.lead(before, now);
        let step = Step { log, manifest, chain, batch: batch.map(|batch| batch.id), same: &same };
        let mut states = Vec::with_capacity(revisions.len());
        let mut epoch = None;
        for revision in revisions {
            let entity = revision.leaf.entity;
            let state = EntityState::next(self.entities.get(&entity), revision, None, &step)?;
            if let Some(batch) = batch.filter(|_| revision.leaf.has_new_key()) {
                if *epoch.get_or_insert(state.epoch) != state.epoch {
                    return Err(Error::tampered("a batch for entities of several epochs"));
                }
                batch.check(&step, state.epoch)?;
            }
            states.push((entity, state));
        }
        Ok((states, epoch.unwrap_or_default()))
    }

    /// Opens the entities of a write that has been accepted, as far as they are wanted. What keeps its key is opened with the
    /// batch that the key came with.
    ///
    /// # Errors
    /// [`Error::NoAccess`] when nothing that the holder has opens a batch, [`Error::Tampered`] when anything does not fit.
    pub fn open<'a>(
        &'a self,
        engine: &'a Engine,
        write: &'a Write,
        revisions: Vec<Revision>,
        holder: &'a Holder<'a>,
        wanted: &'a (dyn Fn(&Header) -> bool + Sync),
    ) -> Pending<'a, Result<Vec<OpenedEntity>>> {
        Box::pin(async move {
            let mut batches: Vec<(Id, Vec<_>)> = Vec::new();
            for (item, Revision { leaf, rev, header }) in write.items.iter().zip(revisions) {
                let (Some(header), Some(bytes), Some(sealed), Some(leaf)) =
                    (header, &item.header, &item.sealed, leaf.content)
                else {
                    continue;
                };
                if !wanted(&header) {
                    continue;
                }
                let batch = header.batch;
                let content = SealedContent { header: bytes.clone(), sealed: sealed.clone(), leaf };
                let entity = ((header, rev), content);
                match batches.last_mut() {
                    Some((last, entities)) if *last == batch => entities.push(entity),
                    _ => batches.push((batch, vec![entity])),
                }
            }
            let mut opened = Vec::new();
            for (batch, entities) in batches {
                let key = self.open_batch(engine, &batch, holder).await?;
                let (headers, contents): (Vec<_>, Vec<_>) = entities.into_iter().unzip();
                let contents = open_all(&key, contents).await?;
                let entities = headers.into_iter().zip(contents);
                opened.extend(entities.map(|((header, rev), content)| OpenedEntity { header, rev, content }));
            }
            Ok(opened)
        })
    }
}

/// Checks of a manifest by whom it is, in whose name, and under which log. Whether its author was allowed what it did to
/// the entities is judged for each of them.
///
/// # Errors
/// [`Error::Tampered`] when it is not what it says.
pub(super) fn check_author(log: &VaultLog, author: &Author<'_>, manifest: &Manifest) -> Result<()> {
    let statement = author.statement;
    if manifest.vault != log.vault() {
        return Err(Error::tampered("a manifest of another vault"));
    }
    if manifest.author != statement.body().owner || manifest.fingerprint != statement.digest() {
        return Err(Error::tampered("a manifest of another author"));
    }
    if log.digest_at(manifest.log_number) != Some(manifest.log_head) {
        return Err(Error::tampered("a manifest that was written under another vault log"));
    }
    match (&manifest.capacity, author.clinic) {
        (None, None)
            if manifest.author == log.vault()
                && manifest.fingerprint != log.owner_at(manifest.log_number).fingerprint() =>
        {
            Err(Error::tampered("a manifest under another identity of the owner"))
        }
        (None, None) => Ok(()),
        (Some(capacity), Some(clinic)) if !capacity.is_of(clinic, statement) => {
            Err(Error::tampered("a manifest by somebody who is not of the clinic"))
        }
        (Some(_), Some(clinic)) if !is_recent(log, manifest, clinic) => {
            Err(Error::tampered("a manifest in the name of a clinic as it was before what was granted to it"))
        }
        (Some(_), Some(_)) => Ok(()),
        _ => Err(Error::tampered("a manifest in the name of another clinic")),
    }
}

/// Whether a clinic, as it was under the head that a manifest names, had the statement already to which its grant is sealed that
/// stood then. Who left the clinic before is on the rosters of older heads only.
fn is_recent(log: &VaultLog, manifest: &Manifest, clinic: &Clinic) -> bool {
    let Some(standing) = log.standing_at(clinic.id(), manifest.log_number) else { return true };
    let granted = clinic.version_named(&standing.grant.statement);
    granted.is_some_and(|granted| granted <= clinic.statement().body().version)
}

/// Checks that every later revocation of a chain's capacity lets as much of the chain stand as there is now.
fn check_revocations(log: &VaultLog, number: u64, chain: &ChainName, frontier: &Frontier) -> Result<()> {
    for (_, cutoffs) in log.cutoffs_after(&chain.capacity, number) {
        let cutoff = cutoffs.iter().find(|cutoff| cutoff.chain == *chain);
        match cutoff {
            Some(cutoff) if cutoff.size > frontier.size() => {}
            Some(cutoff) if cutoff.size == frontier.size() && cutoff.root == frontier.root() => {}
            _ => return Err(Error::tampered("a write that a revocation does not let stand")),
        }
    }
    Ok(())
}
