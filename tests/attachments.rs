//! Attachments: every size around the borders of chunks comes back, whatever is altered is refused, and the published vectors.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use proptest::prelude::*;
use serde_json::{Value, json};
use tidelock::records::{
    Attachment, AttachmentPlace, CHUNK, CHUNK_OVERHEAD, MAXIMUM_CHUNKS, MAXIMUM_SEGMENTS, Segment,
    UnfinishedAttachment, attachment_chunks, attachment_root, segment_of,
};
use tidelock::signed::labelled;
use tidelock::{Error, Id, Result};
use tidelock_crypto::stream::{Position, Stream};
use tidelock_crypto::{Digest, Prk, SecretKey};
use world::{ENGINE, wait};

const WHOLE: usize = CHUNK as usize;

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn place() -> AttachmentPlace {
    AttachmentPlace { vault: "alice".to_owned(), entity: Id::from_bytes([1; 16]), id: Id::from_bytes([2; 16]) }
}

/// Segments that begin with these chunks, under keys that everybody knows.
fn segments(firsts: &[u32]) -> Vec<Segment> {
    let secret = |first: u32| *Digest::of_parts(&[b"tidelock attachment vector ", &first.to_be_bytes()]).as_bytes();
    firsts.iter().map(|first| Segment { first: *first, secret: SecretKey::from_bytes(secret(*first)) }).collect()
}

/// Byte n is the low byte of n + ⌊n / 251⌋: no two chunks are the same.
fn content(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place + place / 251) as u8).collect()
}

fn streams(place: &AttachmentPlace, segments: &[Segment]) -> Vec<Stream> {
    segments.iter().map(|segment| place.stream(&ENGINE, &segment.secret).unwrap()).collect()
}

/// An attachment, and its sealed chunks.
fn seal(content: &[u8], firsts: &[u32]) -> (Attachment, Vec<Vec<u8>>) {
    let (place, segments) = (place(), segments(firsts));
    let streams = streams(&place, &segments);
    let chunks = attachment_chunks(content.len() as u64).unwrap();
    let sealed: Vec<Vec<u8>> = (0..chunks)
        .map(|index| {
            let from = index as usize * WHOLE;
            let chunk = content[from..content.len().min(from + WHOLE)].to_vec();
            let stream = &streams[segment_of(firsts.iter().copied(), index)];
            wait(stream.seal(Position { index, last: index + 1 == chunks }, &chunk)).unwrap().bytes
        })
        .collect();
    let root = attachment_root(&digests(&sealed));
    (Attachment { place, size: content.len() as u64, root, segments }, sealed)
}

fn digests(sealed: &[Vec<u8>]) -> Vec<Digest> {
    sealed.iter().map(|chunk| Digest::of(chunk)).collect()
}

/// Opens all chunks, of which a platform says that they have these digests.
fn open(attachment: &Attachment, listed: &[Digest], sealed: &[Vec<u8>]) -> Result<Vec<u8>> {
    let attachment = Attachment::decode(&attachment.encode())?;
    attachment.check(listed)?;
    let streams = streams(&attachment.place, &attachment.segments);
    let mut content = Vec::new();
    for index in 0..attachment.chunks() {
        let stream = &streams[segment_of(attachment.segments.iter().map(|segment| segment.first), index)];
        let opened = wait(stream.open(attachment.position(index), &sealed[index as usize])).unwrap();
        content.extend(attachment.accept(index, &listed[index as usize], opened)?);
    }
    Ok(content)
}

fn is_tampered<T: std::fmt::Debug>(outcome: Result<T>) -> bool {
    matches!(*outcome.unwrap_err(), Error::Tampered { .. })
}

#[test]
fn every_size_around_the_borders_of_chunks_comes_back() {
    for chunks in 0..3 {
        for beyond in [-17, -16, -1, 0, 1, 16, 17] {
            let Ok(size) = usize::try_from(chunks * i64::from(CHUNK) + beyond) else { continue };
            let content = content(size);
            let firsts: &[u32] = if chunks == 2 && beyond > 0 { &[0, 1, 2] } else { &[0] };
            let (attachment, sealed) = seal(&content, firsts);
            assert_eq!(sealed.len(), size.div_ceil(WHOLE).max(1));
            let length: usize = sealed.iter().map(Vec::len).sum();
            assert_eq!(length, size + sealed.len() * CHUNK_OVERHEAD as usize);
            assert!(open(&attachment, &digests(&sealed), &sealed).unwrap() == content, "{size} bytes");
        }
    }
}

#[test]
fn no_chunk_is_opened_in_another_place_or_taken_for_the_last() {
    let stream = place().stream(&ENGINE, &segments(&[0])[0].secret).unwrap();
    let all = [(0, false), (0, true), (1, false), (1, true), (256, false), (1 << 24, true)];
    for (index, last) in all {
        let sealed = wait(stream.seal(Position { index, last }, &b"chunk".to_vec())).unwrap().bytes;
        for (other, end) in all {
            let opened = wait(stream.open(Position { index: other, last: end }, &sealed)).unwrap();
            assert_eq!(opened.chunk.is_ok(), (other, end) == (index, last), "{index} {last} as {other} {end}");
        }
    }
    // Nor beside another entity, in another vault, or as another attachment.
    let sealed = wait(stream.seal(Position { index: 0, last: true }, &b"chunk".to_vec())).unwrap().bytes;
    for other in [
        AttachmentPlace { vault: "bob".to_owned(), ..place() },
        AttachmentPlace { entity: Id::from_bytes([3; 16]), ..place() },
        AttachmentPlace { id: Id::from_bytes([3; 16]), ..place() },
    ] {
        let stream = other.stream(&ENGINE, &segments(&[0])[0].secret).unwrap();
        assert!(wait(stream.open(Position { index: 0, last: true }, &sealed)).unwrap().chunk.is_err());
    }
}

/// What somebody does to the chunks of an attachment.
#[derive(Clone, Debug)]
enum Alteration {
    Flip(usize, usize),
    Swap(usize, usize),
    Drop(usize),
    Append(usize),
    Cut(usize, usize),
    Lengthen(usize),
    Replace(usize, usize),
}

fn alteration() -> impl Strategy<Value = Alteration> {
    let chunk = 0..4_usize;
    prop_oneof![
        (chunk.clone(), any::<usize>()).prop_map(|(chunk, bit)| Alteration::Flip(chunk, bit)),
        (chunk.clone(), 1..4_usize).prop_map(|(chunk, by)| Alteration::Swap(chunk, (chunk + by) % 4)),
        chunk.clone().prop_map(Alteration::Drop),
        chunk.clone().prop_map(Alteration::Append),
        (chunk.clone(), any::<usize>()).prop_map(|(chunk, length)| Alteration::Cut(chunk, length)),
        chunk.clone().prop_map(Alteration::Lengthen),
        (chunk, 1..4_usize).prop_map(|(chunk, by)| Alteration::Replace(chunk, (chunk + by) % 4)),
    ]
}

fn alter(sealed: &mut Vec<Vec<u8>>, alteration: &Alteration) {
    match *alteration {
        Alteration::Flip(chunk, bit) => {
            let bit = bit % (sealed[chunk].len() * 8);
            sealed[chunk][bit / 8] ^= 1 << (bit % 8);
        }
        Alteration::Swap(one, other) => sealed.swap(one, other),
        Alteration::Drop(chunk) => drop(sealed.remove(chunk)),
        Alteration::Append(chunk) => sealed.push(sealed[chunk].clone()),
        Alteration::Cut(chunk, length) => {
            let length = length % sealed[chunk].len();
            sealed[chunk].truncate(length);
        }
        Alteration::Lengthen(chunk) => sealed[chunk].push(0),
        Alteration::Replace(chunk, by) => sealed[chunk] = sealed[by].clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_to_chunks_is_refused(alterations in proptest::collection::vec(alteration(), 4), last in 1..100_usize) {
        // One for each case: sealing takes longer than looking.
        let (attachment, sealed) = seal(&content(3 * WHOLE + last), &[0, 2]);
        let honest = digests(&sealed);
        let ends = [sealed.len() - 1, sealed.len()];
        for alteration in &alterations {
            let mut altered = sealed.clone();
            alter(&mut altered, alteration);
            // With the list that belongs to it, the root is another one.
            prop_assert!(is_tampered(attachment.check(&digests(&altered))), "{alteration:?}");
            // With the author's list, some chunk is not the one that belongs there.
            altered.resize(ends[1], Vec::new());
            if altered != sealed {
                prop_assert!(is_tampered(open(&attachment, &honest, &altered)), "{alteration:?}");
            }
            // Even a root that somebody else made does not help without the keys: position and end are in the nonce.
            let forged = Attachment { root: attachment_root(&digests(&altered)), ..attachment.clone() };
            prop_assert!(altered == sealed || is_tampered(open(&forged, &digests(&altered), &altered)), "{alteration:?}");
        }
        let fewer = Attachment { size: attachment.size - last as u64, root: attachment_root(&honest[..ends[0]]), ..attachment };
        prop_assert!(is_tampered(open(&fewer, &honest[..ends[0]], &sealed)));
    }

    #[test]
    fn what_is_no_attachment_is_refused(flipped in any::<usize>(), bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let (attachment, sealed) = seal(b"a file", &[0]);
        let mut altered = attachment.encode();
        let bit = flipped % (altered.len() * 8);
        altered[bit / 8] ^= 1 << (bit % 8);
        match Attachment::decode(&altered) {
            Ok(other) => {
                prop_assert_eq!(other.encode(), altered);
                prop_assert!(open(&other, &digests(&sealed), &sealed).is_err());
            }
            Err(error) => prop_assert!(["tampered", "unsupported"].contains(&error.code())),
        }
        prop_assert!(Attachment::decode(&bytes).is_err() && UnfinishedAttachment::decode(&bytes).is_err());
    }
}

#[test]
fn an_attachment_has_to_make_sense() {
    let (attachment, _) = seal(&content(2 * WHOLE), &[0, 1]);
    assert_eq!(Attachment::decode(&attachment.encode()).unwrap(), attachment);
    let with = |segments| Attachment { segments, ..attachment.clone() };
    let many: Vec<u32> = (0..=MAXIMUM_SEGMENTS as u32).collect();
    let size = u64::from(CHUNK) * u64::from(MAXIMUM_CHUNKS);
    let elsewhere = |vault: &str| Attachment {
        place: AttachmentPlace { vault: vault.to_owned(), ..attachment.place.clone() },
        ..attachment.clone()
    };
    for senseless in [
        with(Vec::new()),
        with(segments(&[1])),
        with(segments(&[0, 0])),
        with(segments(&[0, 2])),
        Attachment { size, ..with(segments(&many)) },
        Attachment { size: size + 1, ..attachment.clone() },
        Attachment { size: u64::MAX, ..attachment.clone() },
        elsewhere("../alice"),
        elsewhere("alice?clinic=0"),
        elsewhere(""),
    ] {
        assert!(is_tampered(Attachment::decode(&senseless.encode())), "{senseless:?}");
    }
    assert!(Attachment::decode(&Attachment { size, ..attachment.clone() }.encode()).is_ok());
    let unfinished = UnfinishedAttachment { place: place(), segments: segments(&[0, 7]) };
    assert_eq!(UnfinishedAttachment::decode(&unfinished.encode()).unwrap(), unfinished);
    assert!(is_tampered(Attachment::decode(&unfinished.encode())));
    let unfinished = UnfinishedAttachment { segments: segments(&[0, MAXIMUM_CHUNKS]), ..unfinished };
    assert!(is_tampered(UnfinishedAttachment::decode(&unfinished.encode())));
}

/// The vectors: size, and the chunks with which segments begin.
const VECTORS: [(usize, &[u32]); 5] =
    [(0, &[0]), (5, &[0]), (WHOLE, &[0]), (WHOLE + 3, &[0, 1]), (2 * WHOLE + 1, &[0, 2])];

fn described(size: usize, firsts: &[u32]) -> Value {
    let (attachment, sealed) = seal(&content(size), firsts);
    let derived = |segment: &Segment| {
        let mut derived = [0; 39];
        let info = labelled("attachment stream", &attachment.place);
        Prk::from_key(&segment.secret).expand(&info, &mut derived).unwrap();
        json!({
            "first": segment.first,
            "stream_key": hex(segment.secret.expose()),
            "info": hex(info),
            "key": hex(&derived[..32]),
            "prefix": hex(&derived[32..]),
        })
    };
    let last = sealed.last().unwrap();
    json!({
        "size": size,
        "vault": attachment.place.vault,
        "entity": hex(attachment.place.entity.as_bytes()),
        "id": hex(attachment.place.id.as_bytes()),
        "segments": attachment.segments.iter().map(derived).collect::<Vec<_>>(),
        "digests": digests(&sealed).iter().map(|digest| hex(digest.as_bytes())).collect::<Vec<_>>(),
        "root": hex(attachment.root.as_bytes()),
        "last_chunk": (last.len() < 64).then(|| hex(last)),
        "bytes": hex(attachment.encode()),
    })
}

/// `TIDELOCK_WRITE_VECTORS=1 cargo test` makes the file anew.
#[test]
fn the_published_vectors_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/attachments.json");
    let made = json!({
        "about": "Attachments. Bytes are in hexadecimal digits; byte n of a content is the low byte of n + floor(n / 251). Written by tests/attachments.rs.",
        "chunk": CHUNK,
        "attachments": VECTORS.iter().map(|(size, firsts)| described(*size, firsts)).collect::<Vec<_>>(),
    });
    if std::env::var_os("TIDELOCK_WRITE_VECTORS").is_some() {
        std::fs::write(path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    let published: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(published, made);
    println!("attachments: {} vectors, software", VECTORS.len());
}
