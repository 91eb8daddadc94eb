//! Many contents, sealed or opened at once.
//!
//! It is what takes the time when a record is imported or opened, and needs nothing but bytes and the key of a batch. So
//! where there are other threads, and enough to do, [`workers`] do it: what they are told and what they answer is in CBOR,
//! and stays on the device. No other part of the library does, and nothing here is a format that is stored.

use minicbor::bytes::ByteVec;
use tidelock_crypto::cbor::{Decode, Encode};
use tidelock_crypto::{Digest, cbor, cbor_array, cbor_variants};
use zeroize::Zeroizing;

use super::{BatchKey, Content, ContentLeaf, EntityKey, Header};
use crate::error::{Error, Result};
use crate::rest::rest;
use crate::workers;

/// Fewer contents than this are done on the thread that asks: handing them over takes longer.
const MANY: usize = 200;
/// How many contents a worker is given at once, or are done here without a rest: a few milliseconds of work.
const PIECE: usize = 125;

/// A content that is about to be sealed.
#[derive(Clone, Debug)]
pub(super) struct UnsealedContent {
    /// The header, but for the commitment.
    pub(super) header: Header,
    /// What is encrypted.
    pub(super) content: Content,
}

cbor_array!(UnsealedContent [header, content]);

/// A content as it is stored, and what its author signs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SealedContent {
    /// The encoded [`Header`].
    pub(super) header: ByteVec,
    /// Nonce, ciphertext and tag.
    pub(super) sealed: ByteVec,
    /// The digests of both, and of the content.
    pub(super) leaf: ContentLeaf,
}

cbor_array!(SealedContent [header, sealed, leaf]);

impl SealedContent {
    /// Seals a content; its header gets the commitment to the key.
    ///
    /// # Errors
    /// When the random generator of the device fails.
    pub(super) fn seal(key: &EntityKey, UnsealedContent { header, content }: &UnsealedContent) -> Result<Self> {
        let header = Header { commitment: key.commitment(), ..header.clone() }.encode();
        let sealed = content.seal(key, &header)?;
        let leaf = ContentLeaf { sealed: Digest::of_parts(&[&header, &sealed]), plain: content.digest() };
        Ok(Self { header: header.into(), sealed: sealed.into(), leaf })
    }

    /// Opens it, which must be the content that its author signed.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is not, or when key, header or ciphertext do not fit.
    fn open(&self, key: &EntityKey, header: &Header) -> Result<Content> {
        let content = Content::open(key, header, &self.header, &self.sealed)?;
        if self.leaf.plain == content.digest() {
            Ok(content)
        } else {
            Err(Error::tampered("a record that is not the one its author signed"))
        }
    }
}

/// What a worker is told to do, with contents under keys of one batch. Its answer is a list of what has become of them.
#[derive(Debug)]
enum Job {
    /// Seal each.
    Seal { key: BatchKey, contents: Vec<UnsealedContent> },
    /// Open each.
    Open { key: BatchKey, contents: Vec<SealedContent> },
}

const SEAL: u64 = 1;
const OPEN: u64 = 2;

cbor_variants!(Job { 1: Seal { key: key, contents: contents }, 2: Open { key: key, contents: contents } });

/// Runs an encoded job, in a worker: its encoded answer, or nothing if it fails.
pub fn run_job(job: Vec<u8>) -> Option<Vec<u8>> {
    let job = Zeroizing::new(job);
    let answer = match cbor::decode(&job).ok()? {
        Job::Seal { key, contents } => cbor::encode(&seal_here(&key, &contents).ok()?),
        Job::Open { key, contents } => cbor::encode(&open_here(&key, &contents).ok()?),
    };
    Some(answer)
}

/// Seals contents, each under its own key of the batch; in their order.
///
/// # Errors
/// When the random generator of the device fails.
pub(super) async fn seal_all(key: &BatchKey, contents: Vec<UnsealedContent>) -> Result<Vec<SealedContent>> {
    match elsewhere(SEAL, key, &contents).await {
        Some(sealed) => Ok(sealed),
        None => in_pieces(&contents, &|piece| seal_here(key, piece)).await,
    }
}

/// Opens contents that were sealed under keys of the batch; in their order.
///
/// # Errors
/// [`Error::Tampered`] when one does not open, or is not what its author signed.
pub(super) async fn open_all(key: &BatchKey, contents: Vec<SealedContent>) -> Result<Vec<Content>> {
    match elsewhere(OPEN, key, &contents).await {
        Some(opened) => Ok(opened),
        // What has failed elsewhere says here what is wrong.
        None => in_pieces(&contents, &|piece| open_here(key, piece)).await,
    }
}

/// What comes of contents on this thread, which rests in between.
async fn in_pieces<A: Sync, B>(contents: &[A], work: &(dyn Fn(&[A]) -> Result<Vec<B>> + Sync)) -> Result<Vec<B>> {
    let mut done = Vec::with_capacity(contents.len());
    for piece in contents.chunks(PIECE) {
        rest().await;
        done.append(&mut work(piece)?);
    }
    Ok(done)
}

fn seal_here(key: &BatchKey, contents: &[UnsealedContent]) -> Result<Vec<SealedContent>> {
    contents.iter().map(|content| SealedContent::seal(&key.entity_key(content.header.entity), content)).collect()
}

fn open_here(key: &BatchKey, contents: &[SealedContent]) -> Result<Vec<Content>> {
    let open = |content: &SealedContent| {
        let header = Header::decode(&content.header)?;
        content.open(&key.entity_key(header.entity), &header)
    };
    contents.iter().map(open).collect()
}

/// A [`Job`], as contents that are not the job's yet.
fn encode_job<A: Encode>(job: u64, key: &BatchKey, contents: &[A]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(cbor::encode(&(job, (key, contents))))
}

/// What workers make of contents: nothing where there are few contents or no workers, or something failed.
async fn elsewhere<A: Encode, B: Decode>(job: u64, key: &BatchKey, contents: &[A]) -> Option<Vec<B>> {
    if contents.len() < MANY {
        return None;
    }
    // While they do the first, the next are encoded; while they do the last, the first are decoded.
    let answers: Vec<_> = contents.chunks(PIECE).map(|piece| workers::run(&encode_job(job, key, piece))).collect();
    let mut done = Vec::with_capacity(contents.len());
    for answer in answers {
        let answer = answer.await?;
        rest().await;
        done.append(&mut cbor::decode(&answer).ok()?);
    }
    (done.len() == contents.len()).then_some(done)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use crate::Id;
    use crate::keys::Compartment;

    fn unsealed(count: u8) -> Vec<UnsealedContent> {
        let header = |number: u8| Header {
            vault: "alice".to_owned(),
            entity: Id::from_bytes([number; 16]),
            kind: "DataSample".to_owned(),
            compartment: Compartment::Data,
            batch: Id::from_bytes([255; 16]),
            sequence: 1,
            previous: None,
            commitment: Digest::of(b""),
            links: Vec::new(),
        };
        let content = |number: u8| Content::new(vec![number; usize::from(number)], None).unwrap();
        (0..count).map(|number| UnsealedContent { header: header(number), content: content(number) }).collect()
    }

    fn seal_in_worker(key: &BatchKey, contents: &[UnsealedContent]) -> Vec<SealedContent> {
        cbor::decode(&run_job(encode_job(SEAL, key, contents).to_vec()).unwrap()).unwrap()
    }

    fn open_in_worker(key: &BatchKey, contents: &[SealedContent]) -> Option<Vec<Content>> {
        run_job(encode_job(OPEN, key, contents).to_vec()).map(|answer| cbor::decode(&answer).unwrap())
    }

    fn bodies(contents: &[Content]) -> Vec<&[u8]> {
        contents.iter().map(Content::body).collect()
    }

    #[test]
    fn what_a_worker_seals_is_opened_here_and_the_other_way_round() {
        let (key, contents) = (BatchKey::generate().unwrap(), unsealed(7));
        let written: Vec<&[u8]> = contents.iter().map(|unsealed| unsealed.content.body()).collect();
        let elsewhere = seal_in_worker(&key, &contents);
        assert_eq!(bodies(&open_here(&key, &elsewhere).unwrap()), written);
        let here = seal_here(&key, &contents).unwrap();
        assert_eq!(bodies(&open_in_worker(&key, &here).unwrap()), written);
        // But for the nonces they are the same.
        let told = |sealed: &SealedContent| (sealed.header.clone(), sealed.leaf.plain, sealed.sealed.len());
        assert_eq!(elsewhere.iter().map(told).collect::<Vec<_>>(), here.iter().map(told).collect::<Vec<_>>());
    }

    #[test]
    fn a_job_that_fails_has_no_answer() {
        let key = BatchKey::generate().unwrap();
        let sealed = seal_here(&key, &unsealed(3)).unwrap();
        let mut torn = sealed.clone();
        torn[1].sealed.truncate(20);
        let mut exchanged = sealed.clone();
        exchanged[1].leaf.plain = exchanged[2].leaf.plain;
        for tampered in [torn, exchanged] {
            assert!(open_in_worker(&key, &tampered).is_none());
            assert!(matches!(*open_here(&key, &tampered).unwrap_err(), Error::Tampered { .. }));
        }
        assert!(open_in_worker(&BatchKey::generate().unwrap(), &sealed).is_none());
        let job = encode_job(OPEN, &key, &sealed);
        assert!(run_job(job[..job.len() - 1].to_vec()).is_none());
        assert!(run_job(Vec::new()).is_none());
    }
}
