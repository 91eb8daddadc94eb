//! One entity under random changes by random people, in a vault whose log changes, too: what holds of it always, and that
//! whoever reads the whole vault and whoever reads the entity alone make the same of it, or refuse it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod served;
#[allow(dead_code, reason = "other tests use the rest")]
mod world;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use served::serve;
use tidelock::keys::{Compartment, Identity, IdentitySecrets, KeyName, VaultKey};
use tidelock::records::{
    Author, Basis, Draft, EntityState, Evidence, History, Holder, Known, Manifest, ProvenManifest, WrapTo, Write,
};
use tidelock::sharing::{Delegate, Permissions, Rights, Undelegation, VaultOwner};
use tidelock::signed::Unverified;
use tidelock::wire::{Bundle, CutoffProof};
use tidelock_crypto::{AgreementKey, cbor, merkle};
use world::{ENGINE, NOW, World, point, same, wait};

const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// What somebody tries.
#[derive(Clone, Debug)]
enum Op {
    /// Changes the content, under the same key or a new one, and takes access from some.
    Put {
        new_key: bool,
        revoked: Vec<usize>,
    },
    /// Gives access.
    Share {
        to: usize,
        rights: Rights,
    },
    /// Takes access, and changes no content.
    Unshare {
        from: usize,
    },
    /// Moves the entity to another compartment, or back.
    Move,
    Delete,
    /// Alice grants the whole record.
    Grant {
        to: usize,
        upload: bool,
    },
    /// Alice revokes it.
    Revoke {
        from: usize,
    },
    /// Alice makes the keys that somebody who lost access has into older ones.
    Mint,
    /// Alice goes on under another identity.
    Refound,
}

fn op() -> impl Strategy<Value = Op> {
    let rights = prop_oneof![Just(Rights::Read), Just(Rights::Write)];
    let revoked = prop::collection::vec(1..PEOPLE.len(), 0..2);
    prop_oneof![
        4 => (any::<bool>(), revoked).prop_map(|(new_key, revoked)| Op::Put { new_key, revoked }),
        6 => (1..PEOPLE.len(), rights).prop_map(|(to, rights)| Op::Share { to, rights }),
        3 => (1..PEOPLE.len()).prop_map(|from| Op::Unshare { from }),
        1 => Just(Op::Move),
        1 => Just(Op::Delete),
        2 => (1..PEOPLE.len(), any::<bool>()).prop_map(|(to, upload)| Op::Grant { to, upload }),
        2 => (1..PEOPLE.len()).prop_map(|from| Op::Revoke { from }),
        1 => Just(Op::Mint),
        1 => Just(Op::Refound),
    ]
}

/// The owner twice as often as the others.
fn ops() -> impl Strategy<Value = Vec<(usize, Op)>> {
    let actor = prop_oneof![2 => Just(0_usize), 3 => 1..PEOPLE.len()];
    prop::collection::vec((actor, op()), 1..12)
}

struct Model {
    world: World,
    /// Everybody under every identity.
    identities: Vec<Identity>,
}

impl Model {
    fn new() -> Self {
        let mut world = World::new();
        let first = Draft { added: world.delegates(&[("bob", Rights::Write)]), ..world.record("0") };
        world.write("alice", first);
        Self { identities: world.people.clone(), world }
    }

    /// Alice under all her identities.
    fn alice(&self) -> Vec<(Delegate, AgreementKey)> {
        let own = self.identities.iter().filter(|identity| identity.owner() == "alice");
        own.map(|identity| (Delegate::from(identity.statement()), identity.agreement().clone())).collect()
    }

    fn author(&self, write: &Write) -> Author<'_> {
        let fingerprint = Unverified::<Manifest>::decode(&write.manifest).unwrap().claims().fingerprint;
        let statement = self.identities.iter().map(Identity::statement).find(|known| known.digest() == fingerprint);
        Author { statement: statement.unwrap(), clinic: None }
    }

    /// The vault keys that somebody has: Alice all, others what is granted to them.
    fn keys(&self, name: &str) -> Vec<VaultKey> {
        let mut keys = self.world.keys.clone();
        if name != "alice" {
            let granted = self.world.log.standing(name).map(|standing| standing.grant.keys.clone()).unwrap_or_default();
            let held = |key: &VaultKey| {
                granted.iter().any(|name| (name.compartment, name.epoch) == (key.name().compartment, key.name().epoch))
            };
            keys.retain(held);
        }
        keys
    }

    fn newest(&self, compartment: Compartment) -> VaultKey {
        let name = self.world.log.current(compartment).unwrap();
        self.world.keys.iter().find(|key| key.name() == name).unwrap().clone()
    }

    /// The write that somebody would make of it.
    fn composed(&self, actor: &str, op: &Op) -> Write {
        let world = &self.world;
        let state = world.state();
        let undelegation = |place: &usize| {
            let delegate = PEOPLE[*place].to_owned();
            let fingerprint = state.standing(&delegate).map(|standing| standing.fingerprint);
            Undelegation { fingerprint: fingerprint.unwrap_or(world.delegate(&delegate).fingerprint), delegate }
        };
        let own = self.alice();
        let key =
            wait(world.history.key(&ENGINE, &world.entity, &Holder { vault_keys: &world.keys, own: &own })).unwrap();
        let kept = tidelock::records::KeptKey { key, batch: state.batch.unwrap(), compartment: state.compartment };
        let body = world.writes.len().to_string();
        let mut compartment = state.compartment;
        let draft = match op {
            Op::Put { new_key, revoked } => Draft {
                revoked: revoked.iter().map(undelegation).collect(),
                kept: (!new_key).then_some(kept),
                ..world.record(&body)
            },
            Op::Share { to, rights } => {
                Draft { added: world.delegates(&[(PEOPLE[*to], *rights)]), kept: Some(kept), ..world.draft() }
            }
            Op::Unshare { from } => Draft { revoked: vec![undelegation(from)], ..world.draft() },
            Op::Move => {
                let there = compartment == Compartment::Private;
                compartment = if there { Compartment::Data } else { Compartment::Private };
                Draft { moved_from: Some(state.compartment), ..world.record(&body) }
            }
            _ => Draft { deleted: true, ..world.draft() },
        };
        let mut now = state.clone();
        now.lapse(&world.log, world.log.number());
        let remaining = now.standing_without(draft.revoked.iter().map(|revoked| revoked.delegate.as_str()));
        let remaining = remaining.iter().map(|standing| world.delegate(&standing.delegate)).collect();
        let epoch = if compartment == state.compartment { state.epoch } else { 1 };
        let identities: Vec<Delegate> = std::iter::once("alice")
            .chain(world.log.entitled(compartment, epoch).iter().map(|standing| standing.grant.delegate.as_str()))
            .map(|name| world.delegate(name))
            .collect();
        let keys = self.keys(actor);
        let to = WrapTo::choose(&world.log, compartment, epoch, &keys, &identities).unwrap();
        world.compose_to(actor, Some(to), vec![Draft { remaining, ..draft }])
    }

    /// Does what somebody tries, if that is allowed; says whether it was.
    fn try_to(&mut self, actor: usize, op: &Op) -> bool {
        let log = self.world.log.clone();
        let alice = self.world.person("alice").clone();
        let signing = alice.signing();
        let done = match op {
            Op::Grant { to, upload } => {
                let permissions = Permissions { view: true, upload: *upload, note: false };
                let (delegate, key) = (self.world.delegate(PEOPLE[*to]), self.newest(Compartment::Data));
                wait(self.world.log.grant(&ENGINE, signing, &delegate, permissions, &[key], NOW)).is_ok()
            }
            Op::Revoke { from } => {
                let cutoffs = self.world.history.cutoffs(PEOPLE[*from]);
                wait(self.world.log.revoke(&ENGINE, signing, PEOPLE[*from], cutoffs, NOW)).is_ok()
            }
            Op::Mint => {
                for name in self.world.log.exposed() {
                    let previous = self.world.keys.iter().find(|key| key.name() == name).cloned();
                    let next: KeyName = name.next_version();
                    let minted = wait(self.world.log.mint_key(&ENGINE, signing, next, previous.as_ref(), NOW)).unwrap();
                    self.world.keys.push(minted);
                }
                true
            }
            Op::Refound => {
                let secrets = IdentitySecrets::generate().unwrap();
                let again = wait(secrets.found_next(&ENGINE, alice.statement(), point(), NOW)).unwrap();
                let (owner, tips) = (VaultOwner::from(again.statement()), self.world.history.tips());
                wait(self.world.log.refound(&ENGINE, again.signing(), owner, tips, NOW)).unwrap();
                self.identities.push(again.clone());
                self.world.people[0] = again;
                true
            }
            op => {
                if self.world.state().deleted {
                    return false;
                }
                let write = self.composed(PEOPLE[actor], op);
                let own = self.alice();
                let mut after = self.world.clone();
                let accepted = after.accept_as(PEOPLE[actor], write, &own).is_ok();
                if accepted {
                    self.world = after;
                }
                accepted
            }
        };
        if !done {
            self.world.log = log;
        }
        done
    }

    /// The state with what was revoked in the log since.
    fn state(&self) -> EntityState {
        let mut state = self.world.state().clone();
        state.lapse(&self.world.log, self.world.log.number());
        state
    }

    /// The proofs that a manifest is in what each later entry lets stand.
    fn proofs(&self, write: &Write) -> Vec<CutoffProof> {
        let decoded = Unverified::<Manifest>::decode(&write.manifest).unwrap();
        let chain = decoded.claims().chain();
        let of_chain = self.world.writes.iter().filter_map(|write| {
            let manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap();
            (manifest.claims().chain() == chain).then(|| merkle::leaf_hash(manifest.payload()))
        });
        let hashes: Vec<_> = of_chain.collect();
        let later = self.world.log.cutoffs_after(&chain.capacity, decoded.claims().log_number);
        later
            .map(|(number, cutoffs)| {
                let size = cutoffs.iter().find(|cutoff| cutoff.chain == chain).unwrap().size;
                let tree = &hashes[..usize::try_from(size).unwrap()];
                CutoffProof { number, proof: merkle::inclusion_proof(tree, decoded.claims().number - 1).unwrap() }
            })
            .collect()
    }

    fn served(&self, reader: &str) -> Bundle {
        let World { entity, writes, states, .. } = &self.world;
        serve("alice", *entity, writes, states, reader, 0, |write| self.proofs(write))
    }

    /// What somebody makes of the entity alone: its state, and its content where he gets the key.
    fn alone(&self, reader: &str, bundle: &Bundle) -> Result<(EntityState, Option<String>), Box<tidelock::Error>> {
        let log = &self.world.log;
        let mut manifests = Vec::new();
        for served in &bundle.manifests {
            let fingerprint = Unverified::<Manifest>::decode(&served.manifest)?.claims().fingerprint;
            let author = self.identities.iter().map(Identity::statement).find(|known| known.digest() == fingerprint);
            let statement = author.ok_or(tidelock::Error::NotFound)?;
            manifests.push(wait(ProvenManifest::verify(&ENGINE, log, Author { statement, clinic: None }, served))?);
        }
        let served = bundle.entities.first().ok_or(tidelock::Error::NotFound)?;
        let evidence = Evidence::verify(served, &manifests, log, Known::default(), reader, &same)?;
        let own = self.identities.iter().filter(|identity| identity.owner() == reader);
        let own: Vec<_> =
            own.map(|identity| (Delegate::from(identity.statement()), identity.agreement().clone())).collect();
        let keys = self.keys(reader);
        let content = match wait(evidence.key(&ENGINE, &Holder { vault_keys: &keys, own: &own })) {
            Ok(key) => Some(String::from_utf8(evidence.open(&key)?.into_body()).unwrap()),
            Err(error) if error.code() == "no_access" => None,
            Err(error) => return Err(error),
        };
        Ok((evidence.state, content))
    }

    /// What somebody makes of the whole vault who reads it from the beginning.
    fn whole(&self, writes: &[Write]) -> Result<(EntityState, History), Box<tidelock::Error>> {
        let mut history = History::default();
        for (place, write) in writes.iter().enumerate() {
            let author = self.author(&self.world.writes[place]);
            wait(history.accept(&ENGINE, &self.world.log, author, write))?;
        }
        let state = history.state(&self.world.entity).ok_or(tidelock::Error::NotFound)?.clone();
        Ok((state, history))
    }
}

fn rights_never_grow(state: &EntityState) {
    for standing in &state.delegations {
        if standing.basis == Basis::Delegation {
            let by = state.standing(&standing.by.capacity).expect("what rests on nothing has ended");
            assert!(by.rights >= standing.rights, "{standing:?} by {by:?}");
        }
    }
}

fn no_delegation_cycle(state: &EntityState) {
    for standing in &state.delegations {
        let mut passed = BTreeSet::new();
        let mut current = standing;
        while current.basis == Basis::Delegation {
            assert!(passed.insert(&current.delegate), "{} gave it to himself", standing.delegate);
            current = state.standing(&current.by.capacity).unwrap();
        }
    }
}

/// Of whom access was taken in the newest leaf has it only by what was given since, or by the whole record.
fn revoked_never_stands(model: &Model) {
    let mut standing: BTreeSet<String> = BTreeSet::new();
    for write in &model.world.writes {
        for revision in write.parse().unwrap().revisions {
            for revoked in revision.leaf.revoked.iter() {
                standing.remove(&revoked.delegate);
            }
            standing.extend(revision.leaf.added.iter().map(|added| added.delegate.clone()));
        }
    }
    for delegation in &model.state().delegations {
        assert!(standing.contains(&delegation.delegate), "{} was revoked", delegation.delegate);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_holds_always(ops in ops()) {
        let mut model = Model::new();
        for (actor, op) in &ops {
            model.try_to(*actor, op);
            let state = model.state();
            rights_never_grow(&state);
            no_delegation_cycle(&state);
            revoked_never_stands(&model);
        }
    }

    #[test]
    fn full_and_single_reader_agree(ops in ops(), at in any::<Index>(), bit in 0..8_u32) {
        let mut model = Model::new();
        for (actor, op) in &ops {
            model.try_to(*actor, op);
        }
        let (whole, history) = model.whole(&model.world.writes).unwrap();
        prop_assert_eq!(&whole, model.world.state());
        history.check_complete(&model.world.log).unwrap();
        let state = model.state();
        let body = String::from_utf8(model.world.opened.last().unwrap().content.body().to_vec()).unwrap();
        for reader in PEOPLE {
            let bundle = model.served(reader);
            let alone = model.alone(reader, &bundle);
            if state.deleted {
                prop_assert_eq!(alone.unwrap_err().code(), "not_found");
                continue;
            }
            let (of_one, content) = alone.unwrap();
            prop_assert_eq!(&of_one, &state, "{}", reader);
            let granted = model.world.log.standing(reader).is_some_and(|grant| grant.covers(state.compartment, state.epoch));
            let entitled = reader == "alice" || granted || state.standing(reader).is_some();
            prop_assert_eq!(content.as_deref(), entitled.then_some(body.as_str()), "{}", reader);

            // One bit of what is served.
            let mut bytes = cbor::encode(&bundle);
            let place = at.index(bytes.len());
            bytes[place] ^= 1 << bit;
            if let Ok(spoilt) = cbor::decode::<Bundle>(&bytes)
                && let Ok((spoilt, opened)) = model.alone(reader, &spoilt)
            {
                prop_assert_eq!(&spoilt, &state, "{} byte {}", reader, place);
                prop_assert!(opened.is_none() || opened == content, "{} byte {}", reader, place);
            }
        }

        // One bit of the vault.
        let number = at.index(model.world.writes.len());
        let mut bytes = cbor::encode(&model.world.writes[number]);
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        if let Ok(spoilt) = cbor::decode::<Write>(&bytes) {
            let mut writes = model.world.writes.clone();
            writes[number] = spoilt;
            if let Ok((spoilt, _)) = model.whole(&writes) {
                prop_assert_eq!(&spoilt, &whole, "write {} byte {}", number, place);
            }
        }
    }
}

#[test]
fn what_is_tried_is_often_allowed() {
    let mut model = Model::new();
    let tried = [
        (0, Op::Share { to: 2, rights: Rights::Write }, true),
        (1, Op::Share { to: 3, rights: Rights::Read }, true),
        (3, Op::Share { to: 2, rights: Rights::Write }, false),
        (2, Op::Put { new_key: false, revoked: vec![] }, true),
        (3, Op::Put { new_key: false, revoked: vec![] }, false),
        (0, Op::Grant { to: 3, upload: true }, true),
        (3, Op::Put { new_key: true, revoked: vec![] }, true),
        (0, Op::Revoke { from: 3 }, true),
        (2, Op::Put { new_key: false, revoked: vec![] }, false),
        (2, Op::Put { new_key: true, revoked: vec![] }, true),
        (0, Op::Mint, true),
        (0, Op::Move, true),
        (1, Op::Unshare { from: 3 }, true),
        (0, Op::Refound, true),
        (0, Op::Put { new_key: false, revoked: vec![] }, false),
        (0, Op::Put { new_key: true, revoked: vec![1] }, true),
        (1, Op::Put { new_key: true, revoked: vec![] }, false),
        (2, Op::Delete, true),
        (0, Op::Put { new_key: true, revoked: vec![] }, false),
    ];
    for (number, (actor, op, allowed)) in tried.iter().enumerate() {
        assert_eq!(model.try_to(*actor, op), *allowed, "{number}: {op:?} by {}", PEOPLE[*actor]);
    }
}
