//! Serving single entities, with everything that a reader needs to verify and to open them.

use std::collections::{BTreeMap, BTreeSet};

use tidelock::Id;
use tidelock::keys::DataOwnerKind;
use tidelock::records::{Batch, EntityState, Manifest};
use tidelock::sharing::{ChainName, VaultLog};
use tidelock::signed::Unverified;
use tidelock::wire::{
    Bundle, CutoffProof, KnownLog, ServedEntity, ServedIdentity, ServedLeaf, ServedManifest, ServedVault, ServedWrap,
};
use tidelock_crypto::cbor::List;
use tidelock_crypto::merkle::{self, Tree};

use super::clinics::NamedClinics;
use super::identities::{statements, statements_of_all};
use crate::error::Failure;
use crate::storage::delegations::PlacedWrap;
use crate::storage::writes::PlacedLeaf;
use crate::storage::{Connection, batches, delegations, writes};

/// The most bytes of contents that one answer has.
const MAXIMUM_CONTENTS: i64 = 32 * 1024 * 1024;

/// An entity that is going to be served.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// In whose vault.
    pub(crate) vault: String,
    /// Its id.
    pub(crate) id: Id,
    /// What follows from its leaves.
    pub(crate) state: EntityState,
    /// Up to which revision the reader knows them.
    pub(crate) known: u64,
}

/// What is served to one reader.
struct Assembly<'a> {
    connection: &'a mut Connection,
    /// The account, or the clinic in whose name it asks.
    reader: &'a str,
    /// What is served, by vault and entity: the order comes last.
    entities: BTreeMap<(String, Id), ServedEntity>,
    bundle: Bundle,
    persons: BTreeSet<String>,
    clinics: NamedClinics,
}

/// Puts together what a reader gets who may read all of `chosen`; `logs` are those of their vaults, and `asked` whose
/// statements he asked for.
///
/// # Errors
/// `too_large` when the contents are more than one answer may have; otherwise the database's.
pub(crate) async fn bundle(
    connection: &mut Connection,
    reader: &str,
    chosen: &[Chosen],
    logs: &BTreeMap<String, VaultLog>,
    known: &[KnownLog],
    asked: &[String],
) -> Result<Bundle, Failure> {
    let (persons, clinics) = (asked.iter().cloned().collect(), NamedClinics::default());
    let (entities, bundle) = (BTreeMap::new(), Bundle::default());
    let mut assembly = Assembly { connection, reader, entities, bundle, persons, clinics };
    for (vault, log) in logs {
        let of_vault: BTreeMap<Id, &Chosen> =
            chosen.iter().filter(|chosen| chosen.vault == *vault).map(|chosen| (chosen.id, chosen)).collect();
        if !of_vault.is_empty() {
            let known = known.iter().find(|known| known.vault == *vault).map_or(0, |known| known.number);
            assembly.add_vault(log, known).await?;
            assembly.add_entities(log, &of_vault).await?;
        }
    }
    for chosen in chosen {
        let place = (chosen.vault.clone(), chosen.id);
        assembly.bundle.entities.extend(assembly.entities.remove(&place));
    }
    assembly.add_identities().await?;
    Ok(assembly.bundle)
}

impl Assembly<'_> {
    async fn add_vault(&mut self, log: &VaultLog, known: u64) -> Result<(), Failure> {
        let vault = log.vault().to_owned();
        let statements = statements(self.connection, &vault).await?;
        if statements.statements.is_empty() {
            // A clinic's vault.
            self.clinics.add(&vault);
        }
        // Whoever writes needs to know to which of their keys their grants are sealed.
        for standing in log.standings() {
            if standing.grant.kind == DataOwnerKind::Clinic {
                self.clinics.add(&standing.grant.delegate);
            }
        }
        let entries = log.entries_after(known).map(|entry| entry.to_vec().into()).collect();
        self.bundle.vaults.push(ServedVault { vault, statements, log: entries });
        Ok(())
    }

    /// The entities of one vault.
    async fn add_entities(&mut self, log: &VaultLog, chosen: &BTreeMap<Id, &Chosen>) -> Result<(), Failure> {
        let vault = log.vault();
        let ids: Vec<Id> = chosen.keys().copied().collect();
        for id in chosen.keys() {
            let served = ServedEntity {
                vault: vault.to_owned(),
                entity: *id,
                leaves: Vec::new(),
                header: None,
                sealed: None,
                batch: None,
                wrap: None,
            };
            self.entities.insert((vault.to_owned(), *id), served);
        }
        let mut leaves = writes::leaves(self.connection, vault, &ids).await?;
        leaves.retain(|leaf| {
            chosen.get(&leaf.entity).is_some_and(|chosen| u64::try_from(leaf.sequence).is_ok_and(|s| s > chosen.known))
        });
        self.add_leaves(log, leaves).await?;
        self.add_contents(vault, chosen).await?;
        self.add_wraps(vault, chosen).await
    }

    /// Leaves, and the manifests that list them.
    async fn add_leaves(&mut self, log: &VaultLog, leaves: Vec<PlacedLeaf>) -> Result<(), Failure> {
        let vault = log.vault();
        let cursors: BTreeSet<i64> = leaves.iter().map(|leaf| leaf.cursor).collect();
        let cursors: Vec<i64> = cursors.into_iter().collect();
        let mut indices = BTreeMap::new();
        let mut chains = BTreeMap::new();
        for stored in writes::manifests(self.connection, vault, &cursors).await? {
            let manifest = Unverified::<Manifest>::decode(&stored.manifest)?;
            let proofs = self.cutoff_proofs(log, &manifest, &mut chains).await?;
            let claims = manifest.claims();
            self.persons.insert(claims.author.clone());
            self.clinics.add_capacity(claims.capacity.as_ref());
            indices.insert(stored.cursor, self.bundle.manifests.len() as u64);
            self.bundle.manifests.push(ServedManifest { manifest: stored.manifest.into(), proofs: List(proofs) });
        }
        let mut hashes: BTreeMap<i64, Vec<_>> = BTreeMap::new();
        for (cursor, hash) in writes::leaf_hashes(self.connection, vault, &cursors).await? {
            hashes.entry(cursor).or_default().push(hash);
        }
        let trees: BTreeMap<i64, Tree> =
            hashes.into_iter().map(|(cursor, hashes)| (cursor, Tree::new(hashes))).collect();
        for leaf in leaves {
            let (Some(manifest), Some(tree)) = (indices.get(&leaf.cursor), trees.get(&leaf.cursor)) else {
                return Err(Failure::internal("a revision without its write"));
            };
            let index = u64::try_from(leaf.position).map_err(Failure::internal)?;
            let proof = tree.proof(index)?;
            let line = ServedLeaf { leaf: leaf.leaf.into(), manifest: *manifest, index, proof };
            if let Some(served) = self.entities.get_mut(&(vault.to_owned(), leaf.entity)) {
                served.leaves.push(line);
            }
        }
        Ok(())
    }

    /// For each entry that later ended what a manifest's capacity may do, and lets the manifest stand: the proof that it is among
    /// what stands.
    async fn cutoff_proofs(
        &mut self,
        log: &VaultLog,
        manifest: &Unverified<Manifest>,
        trees: &mut BTreeMap<(ChainName, u64), Tree>,
    ) -> Result<Vec<CutoffProof>, Failure> {
        let claims = manifest.claims();
        let chain = claims.chain();
        let mut proofs = Vec::new();
        for (number, cutoffs) in log.cutoffs_after(&chain.capacity, claims.log_number) {
            let cutoff = cutoffs.iter().find(|cutoff| cutoff.chain == chain && cutoff.size >= claims.number);
            let (Some(cutoff), Some(index)) = (cutoff, claims.number.checked_sub(1)) else { continue };
            let name = (chain.clone(), cutoff.size);
            let tree = match trees.remove(&name) {
                Some(tree) => tree,
                None => {
                    let size = i64::try_from(cutoff.size).map_err(Failure::internal)?;
                    let mut hashes = Vec::new();
                    for stored in writes::chain(self.connection, log.vault(), &chain, 0, size).await? {
                        hashes.push(merkle::leaf_hash(Unverified::<Manifest>::decode(&stored.manifest)?.payload()));
                    }
                    Tree::new(hashes)
                }
            };
            proofs.push(CutoffProof { number, proof: tree.proof(index)? });
            trees.insert(name, tree);
        }
        Ok(proofs)
    }

    /// The newest contents that the reader does not know, with the batches that their keys came with.
    async fn add_contents(&mut self, vault: &str, chosen: &BTreeMap<Id, &Chosen>) -> Result<(), Failure> {
        let new = chosen.values().filter(|chosen| chosen.state.content_sequence > chosen.known);
        let ids: Vec<Id> = new.map(|chosen| chosen.id).collect();
        if writes::size_of_contents(self.connection, vault, &ids).await? > MAXIMUM_CONTENTS {
            return Err(Failure::too_large());
        }
        let names: BTreeSet<Id> =
            ids.iter().filter_map(|id| chosen.get(id)).filter_map(|chosen| chosen.state.batch).collect();
        let names: Vec<Id> = names.into_iter().collect();
        let found = batches::find(self.connection, vault, &names).await?;
        let found: BTreeMap<Id, Batch> = found.into_iter().map(|batch| (batch.id, batch)).collect();
        for (id, header, sealed) in writes::contents(self.connection, vault, &ids).await? {
            let batch = chosen.get(&id).and_then(|chosen| found.get(&chosen.state.batch?));
            if let Some(served) = self.entities.get_mut(&(vault.to_owned(), id)) {
                (served.header, served.sealed) = (Some(header.into()), Some(sealed.into()));
                served.batch = batch.cloned();
            }
        }
        Ok(())
    }

    /// The reader's own wraps, where his delegations stand.
    async fn add_wraps(&mut self, vault: &str, chosen: &BTreeMap<Id, &Chosen>) -> Result<(), Failure> {
        let delegated = chosen.values().filter(|chosen| chosen.state.standing(self.reader).is_some());
        let ids: Vec<Id> = delegated.map(|chosen| chosen.id).collect();
        let wraps = delegations::wraps_beside(self.connection, vault, self.reader, &ids).await?;
        for wraps in wraps.chunk_by(|one, next| one.entity == next.entity) {
            let Some(own) = wraps.iter().find(|wrap| wrap.delegate == self.reader) else { continue };
            let hashes = wraps.iter().map(|placed| placed.wrap.hash()).collect();
            let PlacedWrap { entity, sequence, position, wrap, .. } = own;
            let position = u64::try_from(*position).map_err(Failure::internal)?;
            let served = ServedWrap {
                sequence: u64::try_from(*sequence).map_err(Failure::internal)?,
                position,
                wrap: wrap.clone(),
                proof: Tree::new(hashes).proof(position)?,
            };
            if let Some(entity) = self.entities.get_mut(&(vault.to_owned(), *entity)) {
                entity.wrap = Some(served);
            }
        }
        Ok(())
    }

    /// Statements of persons and bundles of clinics. Whoever has published nothing is left out.
    async fn add_identities(&mut self) -> Result<(), Failure> {
        let persons = std::mem::take(&mut self.persons);
        let names: Vec<&str> = persons.iter().map(String::as_str).collect();
        let mut published = statements_of_all(self.connection, &names).await?;
        for owner in persons {
            match published.remove(&owner) {
                Some(statements) => self.bundle.identities.push(ServedIdentity { owner, statements }),
                None => self.clinics.add(&owner),
            }
        }
        self.bundle.clinics = std::mem::take(&mut self.clinics).served(self.connection).await?;
        Ok(())
    }
}
