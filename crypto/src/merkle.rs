//! Merkle trees as in Certificate Transparency (RFC 9162 §2.1) over SHA-256.
//!
//! A leaf is hashed as SHA-256(0x00 ‖ leaf), a node as SHA-256(0x01 ‖ left ‖ right), the empty tree as SHA-256(""). A tree
//! is given by the hashes of its leaves.

use crate::cbor::{Decode, Encode, Invalid, Reader, Writer};
use crate::{Digest, Error, Result};

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest::of_parts(&[&[0], leaf])
}

/// The root of the tree with these leaf hashes.
#[must_use]
pub fn root(leaves: &[Digest]) -> Digest {
    let mut frontier = Frontier::new();
    for leaf in leaves {
        frontier.push(*leaf);
    }
    frontier.root()
}

/// The inclusion proof of leaf `index` (from 0): the siblings on the way to the root, lowest first (RFC 9162 §2.1.3.1).
///
/// # Errors
/// [`Error::NoSuchLeaf`] if the tree has no such leaf.
pub fn inclusion_proof(leaves: &[Digest], index: u64) -> Result<Vec<Digest>> {
    Tree::new(leaves.to_vec()).proof(index)
}

/// A whole tree, for giving many proofs.
#[derive(Clone, Debug)]
pub struct Tree {
    /// From the leaves to the root. What has no sibling on its level rises as it is.
    levels: Vec<Vec<Digest>>,
}

impl Tree {
    /// The tree with these leaf hashes.
    #[must_use]
    pub fn new(leaves: Vec<Digest>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let pairs = below.chunks(2);
            let above = pairs.filter_map(|pair| pair.iter().copied().reduce(|left, right| node_hash(&left, &right)));
            let above = above.collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The inclusion proof of leaf `index`, as [`inclusion_proof`] gives it.
    ///
    /// # Errors
    /// [`Error::NoSuchLeaf`] if the tree has no such leaf.
    pub fn proof(&self, index: u64) -> Result<Vec<Digest>> {
        let mut index = usize::try_from(index).map_err(|_| Error::NoSuchLeaf)?;
        if self.levels.first().is_none_or(|leaves| index >= leaves.len()) {
            return Err(Error::NoSuchLeaf);
        }
        let mut proof = Vec::new();
        for level in &self.levels {
            proof.extend(level.get(index ^ 1));
            index >>= 1;
        }
        Ok(proof)
    }
}

/// Makes sure that the tree with `size` leaves and this root has `leaf` (a leaf hash) at `index` (RFC 9162 §2.1.3.2).
///
/// # Errors
/// [`Error::InclusionProof`] if the proof does not show it.
pub fn verify_inclusion(leaf: &Digest, index: u64, size: u64, proof: &[Digest], root: &Digest) -> Result<()> {
    if index >= size {
        return Err(Error::InclusionProof);
    }
    let (mut position, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(Error::InclusionProof);
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(sibling, &hash);
            // A rightmost node that has no sibling on its own level rises until it is a right child.
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(Error::InclusionProof) }
}

/// The right edge of a growing tree: enough to append leaves and to know the root, in logarithmic space.
///
/// In CBOR a map: 0 the number of leaves, 1 the roots of the complete subtrees, largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Appends a leaf by its [`leaf_hash`].
    pub fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        // Each complete subtree as large as the new one is its left sibling: as many as the size has trailing ones.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree so far.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => Digest::of(&[]),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

impl Encode for Frontier {
    fn encode(&self, writer: &mut Writer) {
        writer.members(&[(0, &self.size), (1, &self.peaks)]);
    }
}

impl Decode for Frontier {
    fn decode(reader: &mut Reader<'_>) -> Self {
        let mut members = reader.map();
        let frontier = Self { size: reader.member(&mut members, 0), peaks: reader.member(&mut members, 1) };
        reader.end_of_map(&members);
        if u64::from(frontier.size.count_ones()) != frontier.peaks.len() as u64 {
            reader.fail(Invalid::Malformed);
        }
        frontier
    }
}

fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of_parts(&[&[1], left.as_bytes(), right.as_bytes()])
}
