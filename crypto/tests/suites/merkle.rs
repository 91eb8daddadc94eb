//! Merkle trees: the test vectors of Certificate Transparency, and every leaf of every small tree.

use tidelock_crypto::merkle::{Frontier, inclusion_proof, leaf_hash, root, verify_inclusion};
use tidelock_crypto::{Digest, Engine, Error, cbor};

use super::hex;

const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Index of the leaf, size of the tree, proof.
const PROOFS: [(u64, usize, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

fn digest(text: &str) -> Digest {
    Digest::from_bytes(hex(text).try_into().unwrap())
}

pub async fn certificate_transparency(_: &Engine) -> usize {
    let leaves = LEAVES.map(|leaf| leaf_hash(&hex(leaf)));
    for (size, expected) in ROOTS.iter().enumerate() {
        assert_eq!(root(&leaves[..size]), digest(expected));
    }
    for (index, size, expected) in PROOFS {
        let expected: Vec<_> = expected.iter().map(|hash| digest(hash)).collect();
        let leaf = &leaves[usize::try_from(index).unwrap()];
        assert_eq!(inclusion_proof(&leaves[..size], index), Ok(expected.clone()));
        assert_eq!(verify_inclusion(leaf, index, size as u64, &expected, &digest(ROOTS[size])), Ok(()));
    }
    ROOTS.len() + PROOFS.len()
}

/// The definition of RFC 9162 §2.1.1, word for word.
fn by_definition(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Digest::of_parts(&[&[1], by_definition(left).as_bytes(), by_definition(right).as_bytes()])
        }
    }
}

pub async fn every_leaf_of_every_tree(_: &Engine) -> usize {
    let leaves: Vec<_> = (0..70u8).map(|leaf| leaf_hash(&[leaf])).collect();
    let mut frontier = Frontier::new();
    let mut count = 0;
    for size in 0..=leaves.len() {
        let tree = &leaves[..size];
        let expected = by_definition(tree);
        assert_eq!((root(tree), frontier.root(), frontier.size()), (expected, expected, size as u64));
        assert_eq!(cbor::decode(&cbor::encode(&frontier)), Ok(frontier.clone()));
        assert_eq!(inclusion_proof(tree, size as u64), Err(Error::NoSuchLeaf));
        for index in 0..size as u64 {
            let mut proof = inclusion_proof(tree, index).unwrap();
            let leaf = &tree[usize::try_from(index).unwrap()];
            let refused = |index, size, proof: &[Digest]| {
                assert_eq!(verify_inclusion(leaf, index, size, proof, &expected), Err(Error::InclusionProof));
            };
            assert_eq!(verify_inclusion(leaf, index, size as u64, &proof, &expected), Ok(()));
            for other in (0..=size as u64).filter(|other| *other != index) {
                refused(other, size as u64, &proof);
            }
            refused(index, index, &proof);
            proof.push(*leaf);
            refused(index, size as u64, &proof);
            proof.pop();
            if let Some(last) = proof.pop() {
                refused(index, size as u64, &proof);
                proof.push(leaf_hash(last.as_bytes()));
                refused(index, size as u64, &proof);
            }
            count += 1;
        }
        if let Some(leaf) = leaves.get(size) {
            frontier.push(*leaf);
        }
    }
    // A number of subtrees that does not go with the number of leaves.
    assert!(cbor::decode::<Frontier>(&hex("a200010180")).is_err());
    count
}
