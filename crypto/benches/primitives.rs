//! What the primitives cost, natively and in software: `cargo bench --package tidelock-crypto`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pollster::block_on;
use tidelock_crypto::stream::{Position, Stream};
use tidelock_crypto::{Digest, Engine, Prk, SecretKey, aead, hpke, merkle, software};

const ENGINE: Engine = Engine::Software;
/// About as much as a reading has as JSON.
const READING: usize = 300;
/// What a file is cut into.
const CHUNK: usize = 512 * 1024;

fn contents(criterion: &mut Criterion) {
    let key = SecretKey::random().unwrap();
    let reading = vec![b'5'; READING];
    let sealed = aead::seal(&key, b"header", &reading).unwrap();
    let mut group = criterion.benchmark_group("AES-256-GCM, a reading");
    group.throughput(Throughput::Bytes(READING as u64));
    group.bench_function("seal", |bencher| bencher.iter(|| aead::seal(&key, b"header", black_box(&reading)).unwrap()));
    group.bench_function("open", |bencher| bencher.iter(|| aead::open(&key, b"header", black_box(&sealed)).unwrap()));
    group.finish();

    let stream = Stream::new(&ENGINE, &key, b"a file").unwrap();
    let position = Position { index: 0, last: true };
    let chunk = vec![b'5'; CHUNK];
    let sealed = block_on(stream.seal(position, &chunk)).unwrap().bytes;
    let mut group = criterion.benchmark_group("STREAM, a chunk of 512 KiB, and its SHA-256");
    group.throughput(Throughput::Bytes(CHUNK as u64));
    group
        .bench_function("seal", |bencher| bencher.iter(|| block_on(stream.seal(position, black_box(&chunk))).unwrap()));
    group.bench_function("open", |bencher| {
        bencher.iter(|| block_on(stream.open(position, black_box(&sealed))).unwrap())
    });
    group.finish();
}

fn keys(criterion: &mut Criterion) {
    let key = SecretKey::random().unwrap();
    criterion.bench_function("HKDF, the key of an entity", |bencher| {
        bencher.iter(|| Prk::from_key(black_box(&key)).expand_key(b"entity key"));
    });

    let recipient = software::generate_agreement_key().unwrap();
    let message = [7; 32];
    let sealed = block_on(hpke::seal(&ENGINE, recipient.public(), b"info", b"", &message)).unwrap();
    let mut group = criterion.benchmark_group("HPKE, a key");
    group.bench_function("seal", |bencher| {
        bencher.iter(|| block_on(hpke::seal(&ENGINE, recipient.public(), b"info", b"", black_box(&message))).unwrap());
    });
    group.bench_function("open", |bencher| {
        bencher.iter(|| block_on(hpke::open(&ENGINE, &recipient, b"info", b"", black_box(&sealed))).unwrap());
    });
    group.finish();
}

fn signatures(criterion: &mut Criterion) {
    let key = software::generate_signing_key().unwrap();
    let message = [7; READING];
    let signature = block_on(ENGINE.sign(&key, &message)).unwrap();
    let mut group = criterion.benchmark_group("ES256");
    group.bench_function("sign", |bencher| bencher.iter(|| block_on(ENGINE.sign(&key, black_box(&message))).unwrap()));
    group.bench_function("verify", |bencher| {
        bencher.iter(|| block_on(ENGINE.verify(key.public(), black_box(&message), &signature)).unwrap());
    });
    group.finish();

    let leaves: Vec<Digest> = (0..1_000_u32).map(|leaf| merkle::leaf_hash(&leaf.to_be_bytes())).collect();
    criterion.bench_function("Merkle root of 1,000 leaves", |bencher| {
        bencher.iter(|| merkle::root(black_box(&leaves)));
    });
}

criterion_group!(benches, contents, keys, signatures);
criterion_main!(benches);
