//! Delegates who do more than they may, together with a platform that serves what they sign; and a platform that lies about
//! single entities by itself. The owner, another delegate and somebody with the whole record each find it out.

use std::rc::Rc;

use tidelock::client::{Accept, Automatic};
use tidelock::keys::IdentityStatement;
use tidelock::records::{Batch, BatchKey, BatchOrigin, Content, Draft, KeptKey, Leaf, Manifest, Scribe, WrapTo, Write};
use tidelock::sharing::Rights::{self, Read, Write as ReadAndWrite};
use tidelock::sharing::{Delegate, Undelegation, VaultLog};
use tidelock::signed::{Signed, Unverified};
use tidelock::wire::{Bundle, ServedLeaf, ServedManifest};
use tidelock::{Error, Id, Result};
use tidelock_crypto::cbor::List;
use tidelock_crypto::{Digest, cbor, merkle};

use crate::rotation::Kept;
use crate::single::{json, new, put, share, trusting, unshare};
use crate::world::{ENGINE, Person, World, control, log_of};

/// Alice's entity, which Bob and Dave may read, Carol may write, and Erin has with the whole record.
struct Scene {
    world: World,
    alice: Person,
    bob: Person,
    carol: Person,
    dave: Person,
    erin: Person,
    id: Id,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let mut people = Vec::new();
        for name in ["Alice", "Bob", "Carol", "Dave", "Erin"] {
            people.push(trusting(&world, name).await);
        }
        let [alice, bob, carol, dave, erin] = <[Person; 5]>::try_from(people).ok().unwrap();
        let ids = [erin.id().to_owned()];
        let (session, accept) = (&alice.session, Accept::Nobody);
        let everything = Automatic::Everything;
        session.share_automatically(everything, &ids, ReadAndWrite, &accept, &control()).await.unwrap();
        let created = alice.apply(new("HealthcareElement", "one")).await.unwrap();
        let shared = share(&created, &[(&bob, Read), (&carol, ReadAndWrite), (&dave, Read)]);
        let id = alice.apply(shared).await.unwrap().entity.id;
        Self { world, alice, bob, carol, dave, erin, id }
    }

    async fn log(&self) -> VaultLog {
        log_of(&self.alice, &self.alice).await
    }

    /// What somebody signs about the entity, whatever he may: a draft on top of what he is served.
    async fn draft(&self, author: &Person) -> Draft {
        let found = author.read(self.id).await.unwrap();
        let state = &found.entity.state;
        Draft { replaces: Some((state.sequence, state.rev)), ..Draft::new(self.id) }
    }

    /// The entity's key and where it is from, as somebody has it.
    async fn key(&self, holder: &Person) -> KeptKey {
        let found = holder.read(self.id).await.unwrap();
        let key = Kept::of(holder, &self.alice, &[self.id]).await.entity_keys.remove(0).1;
        let state = &found.entity.state;
        KeptKey { key, batch: state.batch.unwrap(), compartment: state.compartment }
    }

    async fn sign(&self, author: &Person, log: &VaultLog, draft: Draft) -> Write {
        let scribe = Scribe { identity: author.session.identity(), capacity: None, size: 0, root: merkle::root(&[]) };
        let name = log.current(tidelock::keys::Compartment::Data).unwrap();
        scribe.write(ENGINE, log, Some(WrapTo::DropBox(name)), vec![draft], 0).await.unwrap()
    }

    /// The readers, each in a new session on the device that has read the entity before.
    async fn readers(&self) -> Vec<Person> {
        let mut readers = Vec::new();
        for reader in [&self.alice, &self.dave, &self.erin] {
            readers.push(reader.again(&self.world).await);
        }
        readers
    }

    /// Every reader finds out that he is lied to, with these words.
    async fn is_found_out(&self, expected: &str, lie: impl Fn(&mut Bundle) + 'static) {
        let lie = Rc::new(lie);
        for reader in self.readers().await {
            let lie = lie.clone();
            tell(&reader, move |bundle| lie(bundle));
            assert_eq!(reason(reader.comment(self.id).await), expected);
            reader.network.honest();
            assert!(reader.comment(self.id).await.is_ok(), "and nothing is left of the lie");
        }
    }

    /// The same, of something that somebody has signed on top of everything else.
    async fn is_refused(&self, expected: &str, write: Write) {
        self.is_found_out(expected, move |bundle| add(bundle, &write)).await;
    }
}

/// What is wrong, in the words of the error.
fn reason<A: std::fmt::Debug>(outcome: Result<A>) -> &'static str {
    match *outcome.unwrap_err() {
        Error::Tampered { what } => what,
        error => error.code(),
    }
}

/// Changes what is served to somebody of single entities.
fn tell(reader: &Person, lie: impl Fn(&mut Bundle) + 'static) {
    reader.network.tamper(move |request, response| {
        if request.path.ends_with("/entities") && response.status == 200 {
            let mut bundle: Bundle = cbor::decode(&response.body).unwrap();
            lie(&mut bundle);
            response.body = cbor::encode(&bundle);
        }
    });
}

/// Serves one more revision, of a write with one entity.
fn add(bundle: &mut Bundle, write: &Write) {
    let manifest = bundle.manifests.len() as u64;
    bundle.manifests.push(ServedManifest { manifest: write.manifest.clone(), proofs: List::default() });
    let (item, served) = (&write.items[0], &mut bundle.entities[0]);
    served.leaves.push(ServedLeaf { leaf: item.leaf.clone(), manifest, index: 0, proof: Vec::new() });
    if item.header.is_some() {
        served.header.clone_from(&item.header);
        served.sealed.clone_from(&item.sealed);
        served.batch = write.batch.clone().or(served.batch.take());
    }
}

/// Serves the statement of somebody who may not be among the authors so far.
fn introduce(bundle: &mut Bundle, person: &Identity) {
    if !bundle.identities.iter().any(|identity| identity.owner == person.0) {
        let statements = tidelock::wire::Statements {
            statements: vec![person.1.clone().into()],
            ..tidelock::wire::Statements::default()
        };
        bundle.identities.push(tidelock::wire::ServedIdentity { owner: person.0.clone(), statements });
    }
}

/// An id and a signed statement.
struct Identity(String, Vec<u8>);

fn identity(person: &Person) -> Identity {
    Identity(person.id().to_owned(), person.session.identity().statement().bytes().to_vec())
}

fn delegate(person: &Person) -> Delegate {
    Delegate::from(person.session.identity().statement())
}

fn record(comment: &str) -> Draft {
    Draft::record(Id::random().unwrap(), "HealthcareElement", json(comment), Vec::new(), None).unwrap()
}

impl Scene {
    /// What an author signs, served to every reader together with his statement.
    async fn signs(&self, author: &Person, draft: Draft, expected: &str) {
        let log = self.log().await;
        let write = self.sign(author, &log, draft).await;
        let author = identity(author);
        self.is_found_out(expected, move |bundle| {
            introduce(bundle, &author);
            add(bundle, &write);
        })
        .await;
    }

    fn added(&self, to: &Person, rights: Rights) -> Vec<(Delegate, Rights)> {
        vec![(delegate(to), rights)]
    }
}

#[tokio::test]
async fn a_reader_gives_more_than_he_has() {
    let scene = Scene::new().await;
    let frank = trusting(&scene.world, "Frank").await;
    let kept = Some(scene.key(&scene.bob).await);
    let draft = Draft { kept, added: scene.added(&frank, ReadAndWrite), ..scene.draft(&scene.bob).await };
    scene.signs(&scene.bob, draft, "a delegation of more rights than its author has").await;
}

#[tokio::test]
async fn a_reader_writes() {
    let scene = Scene::new().await;
    let kept = Some(scene.key(&scene.bob).await);
    let draft = Draft { kept, content: record("forged").content, ..scene.draft(&scene.bob).await };
    scene.signs(&scene.bob, draft, "a write by somebody who had no right to it").await;
    // Who knows nothing of the entity is told that there is none, as the platform could in any case.
    let log = scene.log().await;
    let write = scene.sign(&scene.bob, &log, Draft { deleted: true, ..scene.draft(&scene.bob).await }).await;
    for reader in scene.readers().await {
        reader.comment(scene.id).await.unwrap();
        let (author, write) = (identity(&scene.bob), write.clone());
        tell(&reader, move |bundle| {
            introduce(bundle, &author);
            add(bundle, &write);
        });
        let said = reason(reader.comment(scene.id).await);
        assert_eq!(said, "an entity deleted by somebody who had no right to");
    }
}

#[tokio::test]
async fn somebody_without_access_gives_some() {
    let scene = Scene::new().await;
    let (frank, grace) = (trusting(&scene.world, "Frank").await, trusting(&scene.world, "Grace").await);
    let kept = Some(scene.key(&scene.bob).await);
    let draft = Draft { kept, added: scene.added(&grace, Read), ..scene.draft(&scene.bob).await };
    scene.signs(&frank, draft, "a delegation by somebody who had no access").await;
}

#[tokio::test]
async fn a_delegate_ends_what_another_gave() {
    let scene = Scene::new().await;
    let (delegate, fingerprint) = (scene.dave.id().to_owned(), scene.dave.session.identity().fingerprint());
    let revoked = vec![Undelegation { delegate, fingerprint }];
    let draft = Draft { revoked, ..scene.draft(&scene.carol).await };
    scene.signs(&scene.carol, draft, "a delegation revoked by somebody who did not give it").await;
}

#[tokio::test]
async fn a_co_delegate_is_left_out_of_a_new_key() {
    let scene = Scene::new().await;
    let remaining = vec![delegate(&scene.bob), delegate(&scene.carol)];
    let draft = Draft { remaining, content: record("two").content, ..scene.draft(&scene.carol).await };
    scene.signs(&scene.carol, draft, "a co-delegate was left out of a new key").await;
}

/// Changes the leaf of a write with one entity, and signs it again.
async fn resigned(author: &Person, write: &Write, change: impl FnOnce(&mut Leaf)) -> Write {
    let mut leaf: Leaf = cbor::decode(&write.items[0].leaf).unwrap();
    change(&mut leaf);
    let mut write = write.clone();
    write.items[0].leaf = leaf.encode().into();
    let mut manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap().claims().clone();
    manifest.root = merkle::root(&[leaf.hash()]);
    let signed = Signed::sign(ENGINE, author.session.identity().signing(), manifest).await.unwrap();
    write.manifest = signed.bytes().to_vec().into();
    write
}

#[tokio::test]
async fn a_co_delegate_is_given_another_key() {
    let scene = Scene::new().await;
    let log = scene.log().await;
    let remaining = vec![delegate(&scene.bob), delegate(&scene.carol), delegate(&scene.dave)];
    let draft = Draft { remaining, content: record("two").content, ..scene.draft(&scene.carol).await };
    let mut write = scene.sign(&scene.carol, &log, draft).await;
    let mut order = [scene.bob.id(), scene.carol.id(), scene.dave.id()];
    order.sort_unstable();
    let position = order.iter().position(|id| *id == scene.dave.id()).unwrap();
    let sealed = write.items[0].wraps[(position + 1) % 3].sealed.clone();
    write.items[0].wraps.0[position].sealed = sealed;
    let hashes: Vec<Digest> = write.items[0].wraps.iter().map(tidelock::sharing::DelegateWrap::hash).collect();
    let write = resigned(&scene.carol, &write, |leaf| leaf.wraps.as_mut().unwrap().root = merkle::root(&hashes)).await;
    let sequence = Leaf::clone(&cbor::decode(&write.items[0].leaf).unwrap()).sequence;
    let author = identity(&scene.carol);
    let dave = scene.dave.again(&scene.world).await;
    let proof = merkle::inclusion_proof(&hashes, position as u64).unwrap();
    tell(&dave, move |bundle| {
        introduce(bundle, &author);
        add(bundle, &write);
        let wrap = write.items[0].wraps[position].clone();
        let (position, proof) = (position as u64, proof.clone());
        bundle.entities[0].wrap = Some(tidelock::wire::ServedWrap { sequence, position, wrap, proof });
    });
    // It is he who sees it: the others have other wraps, or none.
    let said = reason(dave.read(scene.id).await);
    assert_eq!(said, "a delegate's key that is not the one committed to");
}

#[tokio::test]
async fn a_batch_holds_another_key() {
    let scene = Scene::new().await;
    let log = scene.log().await;
    let remaining = vec![delegate(&scene.bob), delegate(&scene.carol), delegate(&scene.dave)];
    let draft = Draft { remaining, content: record("two").content, ..scene.draft(&scene.carol).await };
    let mut write = scene.sign(&scene.carol, &log, draft).await;
    let manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap();
    let name = log.current(tidelock::keys::Compartment::Data).unwrap();
    let (other, id) = (BatchKey::generate().unwrap(), write.batch.as_ref().unwrap().id);
    let (to, origin) = (WrapTo::DropBox(name), BatchOrigin::from(manifest.claims()));
    write.batch = Some(Batch::seal(ENGINE, &log, id, &other, &to, &origin).await.unwrap());
    for reader in [scene.alice.again(&scene.world).await, scene.erin.again(&scene.world).await] {
        let (author, write) = (identity(&scene.carol), write.clone());
        tell(&reader, move |bundle| {
            introduce(bundle, &author);
            add(bundle, &write);
        });
        let said = reason(reader.read(scene.id).await);
        assert_eq!(said, "an entity key that is not the one committed to");
    }
}

#[tokio::test]
async fn leaves_are_changed_left_out_or_forged() {
    let scene = Scene::new().await;
    scene.alice.apply(put(&scene.alice.read(scene.id).await.unwrap(), "two")).await.unwrap();
    scene
        .is_found_out("a leaf that its manifest does not hold", |bundle| {
            let mut leaf: Leaf = cbor::decode(&bundle.entities[0].leaves[1].leaf).unwrap();
            leaf.added.0[0].rights = ReadAndWrite;
            leaf.added.0[1].rights = ReadAndWrite;
            bundle.entities[0].leaves[1].leaf = leaf.encode().into();
        })
        .await;
    let follows = "an entity whose revisions do not follow one another";
    scene.is_found_out(follows, |bundle| drop(bundle.entities[0].leaves.remove(1))).await;
    let broken = "a signature, ciphertext or encoding does not verify";
    scene
        .is_found_out(broken, |bundle| {
            let manifest = &mut bundle.manifests[0].manifest;
            let last = manifest.len() - 1;
            manifest[last] ^= 1;
        })
        .await;
    let other = "a ciphertext that is not the one its author signed";
    scene.is_found_out(other, |bundle| bundle.entities[0].sealed.as_mut().unwrap()[20] ^= 1).await;
    let nothing = "an entity created by somebody who had no right to";
    scene.is_found_out(nothing, |bundle| bundle.entities[0].header = None).await;

    // In the name of the owner, by somebody else.
    let log = scene.log().await;
    let kept = Some(scene.key(&scene.carol).await);
    let draft = Draft { kept, content: record("forged").content, ..scene.draft(&scene.carol).await };
    let write = scene.sign(&scene.carol, &log, draft).await;
    let mut manifest = Unverified::<Manifest>::decode(&write.manifest).unwrap().claims().clone();
    manifest.author = scene.alice.id().to_owned();
    manifest.fingerprint = scene.alice.session.identity().fingerprint();
    let signed = Signed::sign(ENGINE, scene.carol.session.identity().signing(), manifest).await.unwrap();
    let forged = Write { manifest: signed.bytes().to_vec().into(), ..write };
    scene.is_refused(broken, forged).await;
}

#[tokio::test]
async fn a_wrap_of_another_delegate_is_none() {
    let scene = Scene::new().await;
    let dave = scene.dave.again(&scene.world).await;
    for (change, expected) in [
        (1, "wraps that are not those their author signed"),
        (2, "wraps that are not those their author signed"),
        (3, "no_access"),
    ] {
        tell(&dave, move |bundle| {
            let entity = &mut bundle.entities[0];
            // Otherwise it is opened with what he has.
            match change {
                1 => entity.wrap.as_mut().unwrap().position ^= 1,
                2 => {
                    let sealed = &mut entity.wrap.as_mut().unwrap().wrap.sealed;
                    sealed[0] ^= 1;
                }
                _ => entity.wrap = None,
            }
        });
        assert_eq!(reason(dave.read(scene.id).await), expected);
    }
    dave.network.honest();
    assert_eq!(dave.comment(scene.id).await.unwrap(), "one");
}

#[tokio::test]
async fn an_older_revision_is_served_to_who_saw_a_newer_one() {
    let scene = Scene::new().await;
    for reader in [&scene.alice, &scene.dave, &scene.erin] {
        // What the platform served at some time, byte for byte.
        let recorded = Rc::new(std::cell::RefCell::new(Vec::new()));
        let before = reader.again(&scene.world).await;
        let record = recorded.clone();
        before.network.tamper(move |request, response| {
            if request.path.ends_with("/entities") {
                record.borrow_mut().clone_from(&response.body);
            }
        });
        before.comment(scene.id).await.unwrap();
        let newer = scene.alice.read(scene.id).await.unwrap();
        scene.alice.apply(put(&newer, &format!("after {}", reader.email))).await.unwrap();
        reader.again(&scene.world).await.comment(scene.id).await.unwrap();

        let lied_to = reader.again(&scene.world).await;
        lied_to.network.tamper(move |request, response| {
            if request.path.ends_with("/entities") {
                response.body.clone_from(&recorded.borrow());
            }
        });
        assert_eq!(reason(lied_to.comment(scene.id).await), "an entity that is older than one seen before");
    }
}

#[tokio::test]
async fn who_lost_access_writes_all_the_same() {
    let scene = Scene::new().await;
    let log = scene.log().await;
    let kept = scene.key(&scene.carol).await;
    let before = scene.draft(&scene.carol).await;
    let revoked = unshare(&scene.alice.read(scene.id).await.unwrap(), &[&scene.carol], false);
    scene.alice.apply(revoked).await.unwrap();
    for reader in [&scene.dave, &scene.erin] {
        reader.comment(scene.id).await.unwrap();
    }
    // After the revocation.
    let content = record("forged").content;
    let draft = Draft { kept: Some(kept.clone()), content: content.clone(), ..scene.draft(&scene.alice).await };
    scene.signs(&scene.carol, draft, "a write by somebody who had no right to it").await;
    // Beside it, as if there had been none.
    let beside = Draft { kept: Some(kept), content, ..before };
    let write = scene.sign(&scene.carol, &log, beside).await;
    let author = identity(&scene.carol);
    scene
        .is_found_out("an entity that was forked", move |bundle| {
            bundle.entities[0].leaves.pop();
            bundle.entities[0].wrap = None;
            introduce(bundle, &author);
            add(bundle, &write);
        })
        .await;
}

#[tokio::test]
async fn content_under_a_key_that_somebody_still_has() {
    let scene = Scene::new().await;
    let kept = scene.key(&scene.carol).await;
    let bob = scene.bob.read(scene.id).await.unwrap();
    scene.bob.apply(unshare(&bob, &[&scene.bob], false)).await.unwrap();
    let draft = Draft { kept: Some(kept), content: record("forged").content, ..scene.draft(&scene.carol).await };
    scene.signs(&scene.carol, draft, "content under a key that somebody who lost access still has").await;
}

#[tokio::test]
async fn after_the_grant_was_revoked_nothing_more_stands() {
    let scene = Scene::new().await;
    let frank = trusting(&scene.world, "Frank").await;
    let ids = [frank.id().to_owned()];
    let accept = Accept::Nobody;
    scene
        .alice
        .session
        .share_automatically(Automatic::Everything, &ids, ReadAndWrite, &accept, &control())
        .await
        .unwrap();
    let log = log_of(&frank, &scene.alice).await;
    let key = scene.key(&frank).await;
    let draft = scene.draft(&frank).await;
    scene.alice.session.revoke(frank.id(), &control()).await.unwrap();
    for reader in [&scene.alice, &scene.dave, &scene.erin] {
        reader.comment(scene.id).await.unwrap();
    }
    // As of the log before he was revoked.
    let forged = Draft { kept: Some(key), content: record("forged").content, ..draft };
    let write = scene.sign(&frank, &log, forged).await;
    let author = identity(&frank);
    scene
        .is_found_out("a write that a revocation does not let stand", move |bundle| {
            introduce(bundle, &author);
            add(bundle, &write);
        })
        .await;
    // As of an older log than the revision before.
    let two = put(&scene.alice.read(scene.id).await.unwrap(), "two");
    scene.alice.apply(two).await.unwrap();
    let kept = Some(scene.key(&scene.carol).await);
    let draft = Draft { kept, content: record("old").content, ..scene.draft(&scene.carol).await };
    let write = scene.sign(&scene.carol, &log, draft).await;
    let author = identity(&scene.carol);
    scene
        .is_found_out("a revision under an older vault log than the one before", move |bundle| {
            introduce(bundle, &author);
            add(bundle, &write);
        })
        .await;
}

#[tokio::test]
async fn the_owner_is_exchanged() {
    let scene = Scene::new().await;
    let frank = trusting(&scene.world, "Frank").await;
    let own = frank.session.identity().statement().body().clone();
    let other = IdentityStatement { owner: scene.alice.id().to_owned(), ..own };
    let other = Signed::sign(ENGINE, frank.session.identity().signing(), other).await.unwrap().bytes().to_vec();
    for reader in [&scene.dave, &scene.erin] {
        reader.comment(scene.id).await.unwrap();
        let reader = reader.again(&scene.world).await;
        let other = other.clone();
        tell(&reader, move |bundle| bundle.vaults[0].statements.statements = vec![other.clone().into()]);
        assert_eq!(reason(reader.comment(scene.id).await), "identity_changed");
    }
}

#[tokio::test]
async fn who_seals_again_is_no_author_and_who_changes_is() {
    let scene = Scene::new().await;
    let modified = scene.carol.apply(put(&scene.carol.read(scene.id).await.unwrap(), "by Carol")).await.unwrap();
    assert_eq!(modified.entity.state.author.author, scene.carol.id());
    // The same words with another salt are another record.
    let again = put(&scene.alice.read(scene.id).await.unwrap(), "by Carol");
    assert_eq!(scene.alice.apply(again).await.unwrap().entity.state.author.author, scene.alice.id());
    let digest = |content: Content| content.digest();
    let one = Content::new(json("by Carol"), None).unwrap();
    assert_ne!(digest(one), digest(Content::new(json("by Carol"), None).unwrap()));
}
