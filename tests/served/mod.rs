//! What a platform serves of one entity, put together from the writes of its vault.

use tidelock::Id;
use tidelock::records::{EntityState, Write};
use tidelock::wire::{Bundle, CutoffProof, ServedEntity, ServedLeaf, ServedManifest, ServedWrap};
use tidelock_crypto::cbor::List;
use tidelock_crypto::merkle;

/// Serves an entity to a reader: `states` are what followed from each of its revisions, of which those up to `known` are
/// left out; `proofs` are those of the manifests, for later revocations.
pub(crate) fn serve(
    vault: &str,
    entity: Id,
    writes: &[Write],
    states: &[EntityState],
    reader: &str,
    known: u64,
    proofs: impl Fn(&Write) -> Vec<CutoffProof>,
) -> Bundle {
    let mut bundle = Bundle::default();
    let mut served = ServedEntity {
        vault: vault.to_owned(),
        entity,
        leaves: Vec::new(),
        header: None,
        sealed: None,
        batch: None,
        wrap: None,
    };
    for write in writes {
        let parsed = write.parse().unwrap();
        let Some(index) = parsed.revisions.iter().position(|revision| revision.leaf.entity == entity) else { continue };
        let (item, revision) = (&write.items[index], &parsed.revisions[index]);
        let hashes: Vec<_> = parsed.revisions.iter().map(|revision| revision.rev).collect();
        let leaf = &revision.leaf;
        let state = states.iter().find(|state| state.sequence == leaf.sequence).unwrap();
        let recipients: Vec<&str> = if leaf.has_new_key() {
            state.delegations.iter().map(|standing| standing.delegate.as_str()).collect()
        } else {
            leaf.added.iter().map(|added| added.delegate.as_str()).collect()
        };
        if let Some(position) = recipients.iter().position(|recipient| *recipient == reader) {
            let wraps: Vec<_> = item.wraps.iter().map(tidelock::sharing::DelegateWrap::hash).collect();
            let proof = merkle::inclusion_proof(&wraps, position as u64).unwrap();
            let wrap = item.wraps[position].clone();
            served.wrap = Some(ServedWrap { sequence: leaf.sequence, position: position as u64, wrap, proof });
        }
        if let Some(header) = &revision.header {
            served.header.clone_from(&item.header);
            served.sealed.clone_from(&item.sealed);
            let of = |write: &&Write| write.batch.as_ref().is_some_and(|batch| batch.id == header.batch);
            served.batch = writes.iter().find(of).and_then(|write| write.batch.clone());
        }
        if leaf.deleted.0 {
            (served.header, served.sealed, served.batch, served.wrap) = (None, None, None, None);
        }
        if leaf.sequence <= known {
            continue;
        }
        let proof = merkle::inclusion_proof(&hashes, index as u64).unwrap();
        let manifest = bundle.manifests.len() as u64;
        bundle.manifests.push(ServedManifest { manifest: write.manifest.clone(), proofs: List(proofs(write)) });
        served.leaves.push(ServedLeaf { leaf: item.leaf.clone(), manifest, index: index as u64, proof });
    }
    bundle.entities.push(served);
    bundle
}
