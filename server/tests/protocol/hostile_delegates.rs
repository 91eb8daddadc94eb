//! Delegates who tamper, with a platform that takes what they write and serves it. Every reader finds it out, and says what it
//! was: the owner, another delegate of the same entity, and somebody with a grant of the whole record.

use tidelock::client::{Actor, Automatic, Change, Query, What};
use tidelock::records::{
    Batch, BatchKey, BatchOrigin, Content, Draft, EntityKey, EntityState, Header, KeptKey, Leaf, Manifest, NewContent,
    Scribe, WrapTo, WrapsLeaf, Write,
};
use tidelock::sharing::Rights::{Read, Write as ReadAndWrite};
use tidelock::sharing::{ChainName, Delegate, Rights, Undelegation, VaultLog, WrapContext};
use tidelock::signed::{Signed, Unverified};
use tidelock::wire::{
    Bundle, ServedIdentity, ServedLeaf, ServedManifest, ServedWrap, Statements, StoredWrite, WritePage,
};
use tidelock::{Error, Id, Result};
use tidelock_crypto::merkle::{self, Frontier};
use tidelock_crypto::{Digest, cbor};

use crate::single::{all_trusting, automatically, comment, json, new, of, put, share, trusting, unshare};
use crate::world::{ENGINE, Person, World, bundle_of, code, control, log_of, opened_by, post, writes_of};

const NOT_IN_SEQUENCE: &str = "an entity whose revisions do not follow one another";
const NO_RIGHT: &str = "a write by somebody who had no right to it";
const OLD_KEY: &str = "content under a key that somebody who lost access still has";
const OTHER_KEY: &str = "an entity key that is not the one committed to";
const OTHER_RECORD: &str = "a record that is not the one its author signed";
const NOT_SIGNED: &str = "a signature, ciphertext or encoding does not verify";
const REVOKED: &str = "a write that a revocation does not let stand";

/// Alice's record: Grace has a grant of it, and one entity of it is shared singly with Bob and Carol. Bob is the hostile one.
struct Ward {
    world: World,
    alice: Person,
    bob: Person,
    carol: Person,
    dave: Person,
    grace: Person,
    id: Id,
}

impl Ward {
    async fn new(rights_of_bob: Rights) -> Result<Self> {
        let world = World::new().await;
        let [alice, bob, carol, dave, grace] = all_trusting(&world, ["Alice", "Bob", "Carol", "Dave", "Grace"]).await;
        let created = alice.apply(new("DataSample", "one")).await?;
        let id = created.entity.id;
        let ward = Self { world, alice, bob, carol, dave, grace, id };
        ward.grant(&ward.grace, Read).await?;
        ward.alice.apply(share(&created, &[(&ward.bob, rights_of_bob), (&ward.carol, ReadAndWrite)])).await?;
        Ok(ward)
    }

    async fn grant(&self, to: &Person, rights: Rights) -> Result<()> {
        automatically(&self.alice, Automatic::Everything, &[to], rights).await
    }

    /// What Bob has at this moment to compose writes with.
    async fn forger(&self) -> Forger<'_> {
        Forger::new(&self.bob, &self.alice, self.id).await
    }

    /// All samples of the record, read with the whole vault.
    async fn whole(&self, reader: &Person) -> Result<Vec<String>> {
        let vault = Some(self.alice.id()).filter(|alice| *alice != reader.id());
        let records = reader.session.read_records(vault, Actor::Person, "DataSample", &control()).await?;
        let comment = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap()["comment"].to_string();
        Ok(records.iter().map(|record| comment(&record.body).replace('"', "")).collect())
    }

    /// The platform refuses a write; and if it does not, it is found out by whoever reads the entity by itself, and by
    /// whoever reads the whole record.
    async fn is_found_out(&self, forged: &Forged, status: u16, alone: &str, whole: &str) {
        assert_eq!(post(&self.bob, &self.writes(), &forged.write).await.status, status, "the platform's answer");
        for reader in [&self.alice, &self.carol, &self.grace] {
            let before = reader.comment(self.id).await.unwrap();
            let again = reader.again(&self.world).await;
            forged.is_served_to(&again);
            assert_eq!(reason(again.read(self.id).await), alone, "{}", reader.email);
            if reader.id() != self.carol.id() {
                assert_eq!(reason(self.whole(&again).await), whole, "{}, reading everything", reader.email);
            }
            again.network.honest();
            assert_eq!(again.comment(self.id).await.unwrap(), before, "and does no harm");
        }
    }

    fn writes(&self) -> String {
        format!("/vaults/{}/writes", self.alice.id())
    }

    /// The platform takes a write in which it cannot see anything wrong.
    async fn takes(&self, forged: &Forged) {
        assert_eq!(post(&self.bob, &self.writes(), &forged.write).await.status, 200);
    }
}

/// From now on, what is served to somebody of single entities and of whole records is changed on its way.
fn rewrite(reader: &Person, bundle: impl Fn(&mut Bundle) + 'static, page: impl Fn(&mut WritePage) + 'static) {
    reader.network.tamper(move |request, response| {
        if response.status == 200 && request.path.ends_with("/entities") {
            let mut served = cbor::decode(&response.body).unwrap();
            bundle(&mut served);
            response.body = cbor::encode(&served);
        } else if response.status == 200 && request.path.contains("/writes?") {
            let mut served = cbor::decode(&response.body).unwrap();
            page(&mut served);
            response.body = cbor::encode(&served);
        }
    });
}

/// What was found wrong.
fn reason<A: std::fmt::Debug>(outcome: Result<A>) -> &'static str {
    match outcome.map_err(|error| *error) {
        Err(Error::Tampered { what }) => what,
        other => panic!("something tampered with was expected, not {other:?}"),
    }
}

fn delegate(person: &Person) -> Delegate {
    Delegate::from(person.session.identity().statement())
}

/// Somebody who bypasses his own client, with what he had at some moment.
struct Forger<'a> {
    author: &'a Person,
    log: VaultLog,
    state: EntityState,
    key: EntityKey,
    chain: Frontier,
}

impl<'a> Forger<'a> {
    async fn new(author: &'a Person, owner: &Person, id: Id) -> Self {
        let (state, key) = opened_by(author, owner, id).await;
        let chain = chain_of(author, owner).await;
        Self { author, log: log_of(owner, owner).await, state, key, chain }
    }

    /// A revision that follows the newest one that he has seen.
    fn draft(&self, id: Id) -> Draft {
        Draft { replaces: Some((self.state.sequence, self.state.rev)), ..Draft::new(id) }
    }

    fn kept(&self) -> Option<KeptKey> {
        let Self { state, key, .. } = self;
        Some(KeptKey { key: key.clone(), batch: state.batch.unwrap(), compartment: state.compartment })
    }

    /// The record with another comment, under the same key.
    fn put(&self, id: Id, comment: &str) -> Draft {
        Draft { content: Some(self.content(comment)), kept: self.kept(), ..self.draft(id) }
    }

    /// The record with another comment, under a new key for these.
    fn rewritten(&self, id: Id, comment: &str, remaining: &[&Person]) -> Draft {
        let remaining = remaining.iter().map(|person| delegate(person)).collect();
        Draft { content: Some(self.content(comment)), remaining, ..self.draft(id) }
    }

    fn content(&self, comment: &str) -> NewContent {
        let content = Content::new(json(comment), None).unwrap();
        NewContent { kind: self.state.kind.clone(), content, links: Vec::new() }
    }

    async fn forge(&self, draft: Draft) -> Forged {
        let mut recipients: Vec<String> = draft.added.iter().map(|(added, _)| added.id.clone()).collect();
        if draft.kept.is_none() {
            recipients.extend(draft.remaining.iter().map(|remaining| remaining.id.clone()));
        }
        recipients.sort();
        let key = self.log.newest_version(self.state.compartment, self.state.epoch).unwrap();
        let identity = self.author.session.identity();
        let scribe = Scribe { identity, capacity: None, size: self.chain.size(), root: self.chain.root() };
        let write = scribe.write(ENGINE, &self.log, Some(WrapTo::DropBox(key)), vec![draft], 0).await.unwrap();
        Forged { write, recipients, by: self.author.statement() }
    }
}

impl Person {
    fn statement(&self) -> ServedIdentity {
        let bytes = self.session.identity().statement().bytes().to_vec();
        let statements = Statements { statements: vec![bytes.into()], successions: Default::default() };
        ServedIdentity { owner: self.id().to_owned(), statements }
    }
}

/// Where the chain of an author in somebody's vault stands.
async fn chain_of(author: &Person, owner: &Person) -> Frontier {
    let name = ChainName { author: author.id().to_owned(), capacity: author.id().to_owned() };
    let mut chain = Frontier::new();
    for stored in writes_of(owner, owner.id()).await.writes {
        let manifest = Unverified::<Manifest>::decode(&stored.write.manifest).unwrap();
        if manifest.claims().chain() == name {
            chain.push(merkle::leaf_hash(manifest.payload()));
        }
    }
    chain
}

/// A write of one entity that a client would not have made.
#[derive(Clone)]
struct Forged {
    write: Write,
    /// For whom it has wraps, in order.
    recipients: Vec<String>,
    /// Whose statement is served with it.
    by: ServedIdentity,
}

impl Forged {
    fn leaf(&self) -> Leaf {
        cbor::decode(&self.write.items[0].leaf).unwrap()
    }

    fn manifest(&self) -> Manifest {
        Unverified::<Manifest>::decode(&self.write.manifest).unwrap().claims().clone()
    }

    /// The same with another leaf and another manifest, signed anew.
    async fn resigned(mut self, by: &Person, leaf: Leaf, manifest: Manifest) -> Self {
        let item = &mut self.write.items[0];
        item.leaf = leaf.encode().into();
        let manifest = Manifest { root: leaf.hash(), ..manifest };
        let signed = Signed::sign(ENGINE, by.session.identity().signing(), manifest).await.unwrap();
        self.write.manifest = signed.bytes().to_vec().into();
        self
    }

    /// From now on, this is served to somebody after everything else.
    fn is_served_to(&self, reader: &Person) {
        let (forged, id, write) = (self.clone(), reader.id().to_owned(), self.write.clone());
        let page = move |page: &mut WritePage| {
            let cursor = page.writes.last().unwrap().cursor + 1;
            page.writes.push(StoredWrite { cursor, write: write.clone(), added: Default::default() });
        };
        rewrite(reader, move |bundle| forged.is_added_to(bundle, &id), page);
    }

    fn is_added_to(&self, bundle: &mut Bundle, reader: &str) {
        let (item, leaf) = (&self.write.items[0], self.leaf());
        let manifest = bundle.manifests.len() as u64;
        let signed = self.write.manifest.clone();
        bundle.manifests.push(ServedManifest { manifest: signed, proofs: Default::default() });
        if !bundle.identities.iter().any(|identity| identity.owner == self.by.owner) {
            bundle.identities.push(self.by.clone());
        }
        let entity = &mut bundle.entities[0];
        entity.leaves.push(ServedLeaf { leaf: item.leaf.clone(), manifest, index: 0, proof: Vec::new() });
        if item.header.is_some() {
            (entity.header, entity.sealed) = (item.header.clone(), item.sealed.clone());
        }
        entity.batch = self.write.batch.clone().or(entity.batch.take());
        let hashes: Vec<Digest> = item.wraps.iter().map(|wrap| wrap.hash()).collect();
        let position = self.recipients.iter().position(|recipient| recipient == reader);
        if let Some((position, wrap)) = position.and_then(|position| Some((position as u64, item.wraps.get(position)?)))
        {
            let proof = merkle::inclusion_proof(&hashes, position).unwrap();
            entity.wrap = Some(ServedWrap { sequence: leaf.sequence, position, wrap: wrap.clone(), proof });
        }
    }
}

#[tokio::test]
async fn a_reader_gives_more_rights_than_he_has() -> Result<()> {
    let ward = Ward::new(Read).await?;
    let bob = ward.forger().await;
    let added = vec![(delegate(&ward.dave), ReadAndWrite)];
    let forged = bob.forge(Draft { added, kept: bob.kept(), ..bob.draft(ward.id) }).await;
    let what = "a delegation of more rights than its author has";
    ward.is_found_out(&forged, 403, what, what).await;
    // Nor does he write himself, or give himself more.
    let forged = bob.forge(bob.put(ward.id, "by Bob")).await;
    ward.is_found_out(&forged, 403, NO_RIGHT, NO_RIGHT).await;
    let added = vec![(delegate(&ward.bob), ReadAndWrite)];
    let forged = bob.forge(Draft { added, kept: bob.kept(), ..bob.draft(ward.id) }).await;
    let what = "a delegation to oneself";
    ward.is_found_out(&forged, 400, what, what).await;
    Ok(())
}

#[tokio::test]
async fn a_delegation_is_changed_where_it_is_stored() -> Result<()> {
    let ward = Ward::new(Read).await?;
    let bob = ward.bob.id().to_owned();
    let changed = move |bytes: &[u8]| {
        let mut leaf: Leaf = cbor::decode(bytes).unwrap();
        let added = leaf.added.0.iter_mut().find(|added| added.delegate == bob);
        added.map(|added| added.rights = ReadAndWrite).map(|()| leaf.encode().into())
    };
    for reader in [&ward.alice, &ward.carol, &ward.grace] {
        let again = reader.again(&ward.world).await;
        let (single, whole) = (changed.clone(), changed.clone());
        let bundle = move |bundle: &mut Bundle| {
            let leaf = &mut bundle.entities[0].leaves[1].leaf;
            *leaf = single(leaf).unwrap();
        };
        let page = move |page: &mut WritePage| {
            let leaf = &mut page.writes.last_mut().unwrap().write.items[0].leaf;
            *leaf = whole(leaf).unwrap();
        };
        rewrite(&again, bundle, page);
        assert_eq!(reason(again.read(ward.id).await), "a leaf that its manifest does not hold", "{}", reader.email);
        if reader.id() != ward.carol.id() {
            let whole = ward.whole(&again).await;
            assert_eq!(reason(whole), "a manifest that lists something else", "{}", reader.email);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_co_delegate_is_left_out_of_a_new_key() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let bob = ward.forger().await;
    let what = "a co-delegate was left out of a new key";
    for remaining in [vec![&ward.bob], vec![]] {
        let forged = bob.forge(bob.rewritten(ward.id, "without Carol", &remaining)).await;
        ward.is_found_out(&forged, 400, what, what).await;
    }
    // Nor does somebody else get it in her place, who has no access.
    let forged = bob.forge(bob.rewritten(ward.id, "for Dave", &[&ward.bob, &ward.dave])).await;
    ward.takes(&forged).await;
    assert_eq!(code(ward.dave.read(ward.id).await), "not_found");
    assert_eq!(reason(ward.carol.read(ward.id).await), "a delegate's key that is not the one committed to");
    Ok(())
}

#[tokio::test]
async fn a_co_delegate_is_given_rubbish_or_another_key() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let what = "a delegate's key that is not the one committed to";
    for another_key in [false, true] {
        let bob = ward.forger().await;
        let mut forged = bob.forge(bob.rewritten(ward.id, "two", &[&ward.bob, &ward.carol])).await;
        let (mut leaf, manifest) = (forged.leaf(), forged.manifest());
        let item = &mut forged.write.items[0];
        let commitment = Header::decode(item.header.as_ref().unwrap()).unwrap().commitment;
        let place = forged.recipients.iter().position(|recipient| recipient == ward.carol.id()).unwrap();
        if another_key {
            let (chain, key) = (manifest.chain(), BatchKey::generate()?.entity_key(ward.id));
            let context = WrapContext::new(&manifest, &chain, ward.id, leaf.sequence, commitment);
            item.wraps.0[place] = context.seal(ENGINE, &delegate(&ward.carol), &key).await?;
        } else {
            let mut rubbish = item.wraps[place].sealed.to_vec();
            rubbish[70] ^= 1;
            item.wraps.0[place].sealed = rubbish.into();
        }
        let hashes: Vec<Digest> = item.wraps.iter().map(|wrap| wrap.hash()).collect();
        leaf.wraps = Some(WrapsLeaf { number: 2, root: merkle::root(&hashes) });
        let forged = forged.resigned(&ward.bob, leaf, manifest).await;
        // The platform cannot see that, nor can anybody but Carol.
        ward.takes(&forged).await;
        assert_eq!(reason(ward.carol.read(ward.id).await), what);
        assert_eq!(reason(ward.carol.again(&ward.world).await.read(ward.id).await), what);
        assert_eq!(ward.grace.comment(ward.id).await?, "two");
        // She tells Alice, who gives everybody a new key.
        let at_alice = ward.alice.read(ward.id).await?;
        assert_eq!((comment(&at_alice).as_str(), at_alice.entity.state.author.author.as_str()), ("two", ward.bob.id()));
        ward.alice.apply(of(&at_alice, What::Reseal)).await?;
        assert_eq!(ward.carol.comment(ward.id).await?, "two");
    }
    Ok(())
}

#[tokio::test]
async fn two_parties_are_given_two_keys_for_one_ciphertext() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let bob = ward.forger().await;
    let mut forged = bob.forge(bob.rewritten(ward.id, "two", &[&ward.bob, &ward.carol])).await;
    let (manifest, batch) = (forged.manifest(), forged.write.batch.as_ref().unwrap());
    let to = WrapTo::DropBox(*batch.wraps[0].vault_key().unwrap());
    let (key, origin) = (BatchKey::generate()?, BatchOrigin::from(&manifest));
    forged.write.batch = Some(Batch::seal(ENGINE, &bob.log, batch.id, &key, &to, &origin).await?);
    ward.takes(&forged).await;
    assert_eq!(ward.carol.comment(ward.id).await?, "two", "the delegates have the key that he committed to");
    for reader in [&ward.alice, &ward.grace] {
        let again = reader.again(&ward.world).await;
        for reader in [reader, &again] {
            assert_eq!(reason(reader.read(ward.id).await), OTHER_KEY, "{}", reader.email);
            assert_eq!(reason(ward.whole(reader).await), OTHER_KEY, "{}", reader.email);
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_old_revision_is_replayed() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let bob = ward.forger().await;
    let readers = [&ward.alice, &ward.carol, &ward.grace];
    let mut old = Vec::new();
    for reader in readers {
        old.push((bundle_of(reader, ward.id).await, writes_of(&ward.alice, ward.alice.id()).await));
    }
    let at_alice = ward.alice.read(ward.id).await?;
    ward.alice.apply(put(&at_alice, "two")).await?;
    for (reader, (bundle, page)) in readers.into_iter().zip(old) {
        assert_eq!(reader.comment(ward.id).await?, "two");
        if reader.id() != ward.carol.id() {
            assert_eq!(ward.whole(reader).await?, ["two"]);
        }
        // Everything as it was before.
        let again = reader.again(&ward.world).await;
        rewrite(&again, move |served| *served = bundle.clone(), move |served| *served = page.clone());
        let seen = "an entity that is older than one seen before";
        assert_eq!(reason(again.read(ward.id).await), seen, "{}", reader.email);
        if reader.id() != ward.carol.id() {
            let seen = "a record that is older than one seen before";
            assert_eq!(reason(ward.whole(&again).await), seen, "{}", reader.email);
        }
    }
    // What follows the old revision, as the next of the new one.
    let forged = bob.forge(bob.put(ward.id, "as if nothing had happened")).await;
    ward.is_found_out(&forged, 409, NOT_IN_SEQUENCE, NOT_IN_SEQUENCE).await;
    Ok(())
}

#[tokio::test]
async fn an_author_is_forged() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let bob = ward.forger().await;
    for victim in [&ward.alice, &ward.carol] {
        let chain = chain_of(victim, &ward.alice).await;
        let forged = bob.forge(bob.put(ward.id, "by Bob")).await;
        let (leaf, manifest) = (forged.leaf(), forged.manifest());
        let forged = Forged { by: victim.statement(), ..forged };
        let claimed = Manifest {
            author: victim.id().to_owned(),
            number: chain.size() + 1,
            previous: chain.root(),
            ..manifest.clone()
        };
        let what = "a manifest of another author";
        let unlike = forged.clone().resigned(&ward.bob, leaf.clone(), claimed.clone()).await;
        ward.is_found_out(&unlike, 400, what, what).await;
        let claimed = Manifest { fingerprint: victim.session.identity().fingerprint(), ..claimed };
        let alike = forged.resigned(&ward.bob, leaf, claimed).await;
        ward.is_found_out(&alike, 400, NOT_SIGNED, NOT_SIGNED).await;
    }
    Ok(())
}

#[tokio::test]
async fn who_seals_again_claims_no_other_author() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    // The same record under a new key stays Alice's.
    let resealed = ward.bob.apply(of(&ward.bob.read(ward.id).await?, What::Reseal)).await?;
    for reader in [&ward.alice, &ward.carol, &ward.grace] {
        let state = reader.read(ward.id).await?.entity.state.clone();
        assert_eq!(state, resealed.entity.state);
        assert_eq!((state.author.author.as_str(), comment(&resealed).as_str()), (ward.alice.id(), "one"));
        assert_eq!(state.sealed_by.unwrap().author, ward.bob.id());
    }
    // Another record, with what Alice signed of hers: as if it had only been sealed again.
    let bob = ward.forger().await;
    let forged = bob.forge(bob.put(ward.id, "in Alice's name")).await;
    let (mut leaf, manifest) = (forged.leaf(), forged.manifest());
    leaf.content.as_mut().unwrap().plain = bob.state.plain;
    let forged = forged.resigned(&ward.bob, leaf, manifest).await;
    ward.takes(&forged).await;
    for reader in [&ward.alice, &ward.carol, &ward.grace] {
        let again = reader.again(&ward.world).await;
        for reader in [reader, &again] {
            assert_eq!(reason(reader.read(ward.id).await), OTHER_RECORD, "{}", reader.email);
            if reader.id() != ward.carol.id() {
                assert_eq!(reason(ward.whole(reader).await), OTHER_RECORD, "{}", reader.email);
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn somebody_writes_after_his_access_to_the_entity_was_revoked() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let mut bob = ward.forger().await;
    let early = bob.forge(bob.put(ward.id, "at the same time")).await;
    let revoked = ward.alice.apply(unshare(&ward.alice.read(ward.id).await?, &[&ward.bob], false)).await?;
    assert_eq!(code(ward.bob.read(ward.id).await), "not_found");

    // The platform tells him what the newest revision is.
    let before = (bob.state.sequence, bob.state.rev);
    (bob.state.sequence, bob.state.rev) = (revoked.entity.state.sequence, revoked.entity.state.rev);
    for draft in [bob.put(ward.id, "by Bob"), bob.rewritten(ward.id, "by Bob", &[&ward.carol])] {
        let forged = bob.forge(draft).await;
        ward.is_found_out(&forged, 404, NO_RIGHT, NO_RIGHT).await;
    }
    let added = vec![(delegate(&ward.bob), Read)];
    let forged = bob.forge(Draft { added, kept: bob.kept(), ..bob.draft(ward.id) }).await;
    let what = "a delegation to oneself";
    ward.is_found_out(&forged, 404, what, what).await;
    let added = vec![(delegate(&ward.dave), Read)];
    let forged = bob.forge(Draft { added, kept: bob.kept(), ..bob.draft(ward.id) }).await;
    let what = "a delegation by somebody who had no access";
    ward.is_found_out(&forged, 404, what, what).await;
    let (id, fingerprint) = (ward.carol.id().to_owned(), ward.carol.session.identity().fingerprint());
    let revoked = vec![Undelegation { delegate: id, fingerprint }];
    let forged = bob.forge(Draft { revoked, ..bob.draft(ward.id) }).await;
    let what = "a delegation revoked by somebody who did not give it";
    ward.is_found_out(&forged, 404, what, what).await;
    // Who knew nothing of an entity that was deleted learns only that it is not there.
    let forged = bob.forge(Draft { deleted: true, ..bob.draft(ward.id) }).await;
    let what = "an entity deleted by somebody who had no right to";
    for reader in [&ward.alice, &ward.carol, &ward.grace] {
        assert_eq!(reader.comment(ward.id).await?, "one");
        forged.is_served_to(reader);
        assert_eq!(reason(reader.read(ward.id).await), what, "{}", reader.email);
        if reader.id() != ward.carol.id() {
            assert_eq!(reason(ward.whole(reader).await), what, "{}", reader.email);
        }
        reader.network.honest();
        assert_eq!(reader.comment(ward.id).await?, "one");
    }

    // A revision that claims to be as old as the one that revoked his access: beside it, and in its place.
    assert_eq!(early.leaf().previous, Some(before.1));
    ward.is_found_out(&early, 404, NOT_IN_SEQUENCE, NOT_IN_SEQUENCE).await;
    for reader in [&ward.alice, &ward.carol, &ward.grace] {
        if reader.id() != ward.carol.id() {
            assert_eq!(ward.whole(reader).await?, ["one"]);
        }
        let again = reader.again(&ward.world).await;
        let (forged, id, write) = (early.clone(), reader.id().to_owned(), early.write.clone());
        let bundle = move |bundle: &mut Bundle| {
            bundle.entities[0].leaves.pop();
            bundle.entities[0].wrap = None;
            forged.is_added_to(bundle, &id);
        };
        rewrite(&again, bundle, move |page| page.writes.last_mut().unwrap().write = write.clone());
        assert_eq!(reason(again.read(ward.id).await), "an entity that was forked", "{}", reader.email);
        if reader.id() != ward.carol.id() {
            let seen = "a record that is older than one seen before";
            assert_eq!(reason(ward.whole(&again).await), seen, "{}", reader.email);
        }
    }
    Ok(())
}

#[tokio::test]
async fn somebody_writes_as_of_an_older_log() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let mut bob = ward.forger().await;
    ward.grant(&ward.dave, Read).await?;
    let newer = ward.alice.apply(put(&ward.alice.read(ward.id).await?, "two")).await?;
    (bob.state.sequence, bob.state.rev) = (newer.entity.state.sequence, newer.entity.state.rev);
    let forged = bob.forge(bob.put(ward.id, "by Bob")).await;
    let what = "a revision under an older vault log than the one before";
    ward.is_found_out(&forged, 409, what, what).await;
    Ok(())
}

#[tokio::test]
async fn somebody_writes_after_his_access_to_the_whole_record_was_revoked() -> Result<()> {
    let ward = Ward::new(Read).await?;
    let mallory = trusting(&ward.world, "Mallory").await;
    ward.grant(&mallory, ReadAndWrite).await?;
    assert_eq!(mallory.comment(ward.id).await?, "one");
    // What she wrote before stands.
    mallory.apply(put(&mallory.read(ward.id).await?, "by Mallory")).await?;
    let ward = Ward { bob: mallory, ..ward };
    let mut bob = ward.forger().await;
    ward.alice.session.revoke(ward.bob.id(), &control()).await?;

    let newest = ward.alice.read(ward.id).await?.entity.state.clone();
    (bob.state.sequence, bob.state.rev) = (newest.sequence, newest.rev);
    let backdated = bob.forge(bob.put(ward.id, "too late")).await;
    ward.is_found_out(&backdated, 404, REVOKED, REVOKED).await;
    bob.log = log_of(&ward.alice, &ward.alice).await;
    for draft in [bob.put(ward.id, "too late"), bob.rewritten(ward.id, "too late", &[&ward.carol])] {
        let forged = bob.forge(draft).await;
        ward.is_found_out(&forged, 404, NO_RIGHT, NO_RIGHT).await;
    }
    let created = Draft { content: Some(bob.content("new")), ..Draft::new(Id::random()?) };
    let forged = bob.forge(created).await;
    assert_eq!(post(&ward.bob, &ward.writes(), &forged.write).await.status, 404);
    for reader in [&ward.alice, &ward.grace] {
        let again = reader.again(&ward.world).await;
        forged.is_served_to(&again);
        let what = "an entity created by somebody who had no right to";
        assert_eq!(reason(ward.whole(&again).await), what, "{}", reader.email);
        again.network.honest();
        assert_eq!(ward.whole(&again).await?, ["by Mallory"]);
    }
    Ok(())
}

#[tokio::test]
async fn somebody_writes_under_a_key_that_another_kept() -> Result<()> {
    // Dave, whom Carol gave access, goes: that needs a new key, which he cannot draw himself.
    let ward = Ward::new(ReadAndWrite).await?;
    ward.carol.apply(share(&ward.carol.read(ward.id).await?, &[(&ward.dave, Read)])).await?;
    ward.dave.apply(unshare(&ward.dave.read(ward.id).await?, &[&ward.dave], false)).await?;
    assert!(ward.alice.read(ward.id).await?.entity.state.due);
    let bob = ward.forger().await;
    let forged = bob.forge(bob.put(ward.id, "for Dave, too")).await;
    ward.is_found_out(&forged, 400, OLD_KEY, OLD_KEY).await;
    // His own client draws one.
    ward.bob.apply(put(&ward.bob.read(ward.id).await?, "two")).await?;
    assert!(!ward.alice.read(ward.id).await?.entity.state.due);

    // And the same when somebody lost the whole record.
    ward.grant(&ward.dave, Read).await?;
    ward.alice.session.revoke(ward.dave.id(), &control()).await?;
    let bob = ward.forger().await;
    let forged = bob.forge(bob.put(ward.id, "for Dave, too")).await;
    ward.is_found_out(&forged, 400, OLD_KEY, OLD_KEY).await;
    Ok(())
}

#[tokio::test]
async fn the_platform_serves_one_entity_as_another() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let other = ward.alice.apply(new("DataSample", "another")).await?;
    let people = [(&ward.bob, ReadAndWrite), (&ward.carol, Read)];
    ward.alice.apply(share(&other, &people)).await?;
    for reader in [&ward.alice, &ward.carol, &ward.grace] {
        let theirs = bundle_of(reader, other.entity.id).await;
        let again = reader.again(&ward.world).await;
        let lied = theirs.clone();
        rewrite(&again, move |bundle| *bundle = lied.clone(), |_| ());
        assert_eq!(reason(again.read(ward.id).await), "an entity that was not asked for", "{}", reader.email);
        let (id, again) = (ward.id, reader.again(&ward.world).await);
        let renamed = move |bundle: &mut Bundle| {
            *bundle = theirs.clone();
            bundle.entities[0].entity = id;
        };
        rewrite(&again, renamed, |_| ());
        assert_eq!(reason(again.read(ward.id).await), "a leaf that its manifest does not hold", "{}", reader.email);
    }
    Ok(())
}

#[tokio::test]
async fn what_a_delegate_spoils_spoils_nothing_else() -> Result<()> {
    let ward = Ward::new(ReadAndWrite).await?;
    let other = ward.alice.apply(new("DataSample", "another")).await?;
    ward.alice.apply(share(&other, &[(&ward.carol, Read)])).await?;
    let bob = ward.forger().await;
    let forged = bob.forge(bob.put(ward.id, "in Alice's name")).await;
    let (mut leaf, manifest) = (forged.leaf(), forged.manifest());
    leaf.content.as_mut().unwrap().plain = bob.state.plain;
    let forged = forged.resigned(&ward.bob, leaf.clone(), manifest).await;
    ward.takes(&forged).await;
    for reader in [&ward.alice, &ward.carol, &ward.grace] {
        let ids = [ward.id, other.entity.id];
        let found = reader.session.fetch(Actor::Person, &ids, None, &control()).await?;
        let [Some(spoilt), Some(other)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(reason(spoilt.body()), OTHER_RECORD, "{}", reader.email);
        assert_eq!(comment(other), "another");
        let vault = Some(ward.alice.id().to_owned()).filter(|_| reader.id() != ward.carol.id());
        let query = Query { delegated: vault.is_none(), vault, ..Query::default() };
        let listed = reader.session.list(Actor::Person, query, &control()).await?.found;
        let listed: Vec<_> =
            listed.iter().filter(|found| found.entity.state.kind == "DataSample").map(comment).collect();
        assert_eq!(listed, ["another"], "{}", reader.email);
    }
    // Alice revokes Bob's access and deletes it, unseen; then she reads everything again.
    assert_eq!(reason(ward.whole(&ward.alice).await), OTHER_RECORD);
    let change = |rev: String, what| Change { id: Some(ward.id), rev: Some(rev), vault: None, what };
    let from = vec![ward.bob.id().to_owned()];
    let revoke = What::Unshare { from, keep_descendants: false };
    let revoked = ward.alice.apply(change(leaf.hash().to_string(), revoke)).await?;
    assert_eq!(code(ward.bob.read(ward.id).await), "not_found");
    ward.alice.apply(change(revoked.entity.state.rev.to_string(), What::Delete)).await?;
    for reader in [&ward.alice, &ward.grace] {
        assert_eq!(ward.whole(&reader.again(&ward.world).await).await?, ["another"]);
    }
    Ok(())
}
