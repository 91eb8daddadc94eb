//! What writing and reading records costs, natively: `cargo bench --package tidelock`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use pollster::block_on;
use tidelock::Id;
use tidelock::keys::{Compartment, DataOwnerKind, Identity, IdentitySecrets, KeyName, VaultKey};
use tidelock::records::{Author, Draft, History, Holder, OpenedEntity, Scribe, WrapTo, Write};
use tidelock::share_code::{CodeContext, ShareCode};
use tidelock::sharing::VaultLog;
use tidelock_crypto::merkle::Frontier;
use tidelock_crypto::{Digest, Engine, cbor, software};

const ENGINE: Engine = Engine::Software;
const NOW: u64 = 1_780_000_000_000;
const PLATFORM: &str = "https://platform.example";
const READINGS: usize = 1_000;
/// About as much as a reading has as JSON.
const READING: usize = 300;

/// The owner of a vault with one key, before she has written anything.
struct Owner {
    identity: Identity,
    log: VaultLog,
    keys: [VaultKey; 1],
}

impl Owner {
    fn new() -> Self {
        let backup = *software::generate_agreement_key().unwrap().public();
        let secrets = IdentitySecrets::generate().unwrap();
        let founding = secrets.found(&ENGINE, "alice", DataOwnerKind::Patient, PLATFORM, backup, NOW);
        let identity = block_on(founding).unwrap();
        let mut log = VaultLog::new(identity.statement().clone());
        let name = KeyName::first(Compartment::Data);
        let key = block_on(log.mint_key(&ENGINE, identity.signing(), name, None, NOW)).unwrap();
        Self { identity, log, keys: [key] }
    }

    fn write(&self, drafts: Vec<Draft>) -> Write {
        let empty = Frontier::new();
        let scribe = Scribe { identity: &self.identity, capacity: None, size: empty.size(), root: empty.root() };
        let to = self.keys.first().map(WrapTo::VaultKey);
        block_on(scribe.write(&ENGINE, &self.log, to, drafts, NOW)).unwrap()
    }

    /// Verifies and opens her first write.
    fn read(&self, write: &Write) -> Vec<OpenedEntity> {
        let mut history = History::default();
        let author = Author { statement: self.identity.statement(), clinic: None };
        let revisions = block_on(history.accept(&ENGINE, &self.log, author, write)).unwrap();
        let holder = Holder { vault_keys: &self.keys, own: &[] };
        block_on(history.open(&ENGINE, write, revisions, &holder, &|_| true)).unwrap()
    }
}

fn reading() -> Draft {
    Draft::record(Id::random().unwrap(), "DataSample", vec![b'5'; READING], Vec::new(), None).unwrap()
}

fn writes(criterion: &mut Criterion) {
    let owner = Owner::new();
    let drafts: Vec<Draft> = (0..READINGS).map(|_| reading()).collect();
    let write = owner.write(drafts.clone());
    let encoded = cbor::encode(&write);
    let mut group = criterion.benchmark_group("A write of 1,000 readings");
    group.throughput(Throughput::Elements(READINGS as u64)).sample_size(20);
    group.bench_function("seal and sign", |bencher| {
        bencher.iter_batched(|| drafts.clone(), |drafts| owner.write(drafts), BatchSize::LargeInput);
    });
    group.bench_function("verify and open", |bencher| bencher.iter(|| owner.read(black_box(&write))));
    group.bench_function("decode", |bencher| bencher.iter(|| cbor::decode::<Write>(black_box(&encoded)).unwrap()));
    group.bench_function("encode", |bencher| bencher.iter(|| cbor::encode(black_box(&write))));
    group.finish();
}

fn share_codes(criterion: &mut Criterion) {
    let context = CodeContext {
        platform: PLATFORM.to_owned(),
        clinic: "clinic".to_owned(),
        root_fingerprint: Digest::of(b"root"),
        expires: NOW,
    };
    let nonce = [7; 16];
    let code = block_on(ShareCode::certify(&context, &nonce)).unwrap();
    let mut group = criterion.benchmark_group("A share code");
    group.sample_size(10);
    group.bench_function("check", |bencher| bencher.iter(|| block_on(code.certifies(&context, &nonce)).unwrap()));
    group.finish();
}

criterion_group!(benches, writes, share_codes);
criterion_main!(benches);
