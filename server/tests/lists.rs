//! Lists of single entities: what is in them, for whom, and in which pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use common::people::{ALL, ENGINE, NOW, Owner, Practice, draft, drafts};
use common::world::{Who, World, delegate, everything, list};
use common::{HOUR, Platform};
use tidelock::Id;
use tidelock::keys::Compartment;
use tidelock::records::{Draft, Scribe, WrapTo};
use tidelock::sharing::{Permissions, Rights};
use tidelock::wire::{Bundle, KnownLog, ListRequest, Period};
use tidelock_crypto::cbor::{Flag, List};
use tidelock_crypto::{Digest, cbor, merkle};

async fn found(platform: &Platform, token: &str, request: &ListRequest) -> Bundle {
    cbor::decode(&list(platform, token, request).await.expect(200).body).unwrap()
}

fn ids(bundle: &Bundle) -> Vec<Id> {
    bundle.entities.iter().map(|entity| entity.entity).collect()
}

async fn listed(platform: &Platform, owner: &Owner, change: impl FnOnce(&mut ListRequest)) -> Vec<Id> {
    let mut request = everything(Some(owner.vault()));
    change(&mut request);
    ids(&found(platform, &owner.person.token, &request).await)
}

/// A record of a type, with links.
fn record(kind: &str, links: &[Digest]) -> Draft {
    Draft::record(Id::random().unwrap(), kind, b"{}".to_vec(), links.to_vec(), None).unwrap()
}

#[tokio::test]
async fn filters_choose() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let mut practice = Practice::new(&platform).await;
    practice.share(&platform, &mut jill, ALL).await;
    let [parent, other] = [b"parent", b"other!"].map(|name| Digest::of(name));
    let (patient, element) = (record("Patient", &[]), record("HealthcareElement", &[parent]));
    let sample = record("DataSample", &[parent, other]);
    let [one, two, three] = [&patient, &element, &sample].map(|draft| draft.id);
    jill.store(&platform, vec![patient]).await;
    platform.wait(HOUR);
    let between = platform.now() as u64;
    jill.store(&platform, vec![element]).await;
    platform.wait(HOUR);
    let sample = practice.write(&jill, &practice.capacity(), vec![sample]).await;
    practice.send(&platform, &jill, &sample).await.expect(200);
    practice.chain.push(merkle::leaf_hash(sample.parse().unwrap().manifest.payload()));

    // In the order in which they came.
    assert_eq!(listed(&platform, &jill, |_| {}).await, [one, two, three]);
    let kinds = |kinds: &[&str]| List(kinds.iter().map(|kind| (*kind).to_owned()).collect());
    assert_eq!(listed(&platform, &jill, |list| list.kinds = kinds(&["DataSample", "Patient"])).await, [one, three]);
    assert_eq!(listed(&platform, &jill, |list| list.links = List(vec![parent])).await, [two, three]);
    assert_eq!(listed(&platform, &jill, |list| list.links = List(vec![other, parent])).await, [two, three]);
    assert_eq!(listed(&platform, &jill, |list| list.links = List(vec![Digest::of(b"no such")])).await, []);
    let both = |list: &mut ListRequest| {
        list.links = List(vec![parent]);
        list.kinds = kinds(&["HealthcareElement"]);
    };
    assert_eq!(listed(&platform, &jill, both).await, [two]);
    // By a person, and in the name of a clinic.
    for author in [&practice.admin.person.id, &practice.id] {
        assert_eq!(listed(&platform, &jill, |list| list.authors = kinds(&[author.as_str()])).await, [three]);
    }
    let own = kinds(&[jill.vault()]);
    assert_eq!(listed(&platform, &jill, |list| list.authors = own).await, [one, two]);
    let hour = |from, to| Some(Period { from, to });
    assert_eq!(listed(&platform, &jill, |list| list.taken = hour(between, between + 1)).await, [two]);
    assert_eq!(listed(&platform, &jill, |list| list.taken = hour(0, between)).await, [one]);
    assert_eq!(listed(&platform, &jill, |list| list.taken = hour(between + 1, u64::MAX)).await, [three]);

    // A child that gets other links is found by these only.
    let moved =
        Draft { replaces: Some((1, rev(&jill, &platform, two).await)), ..record("HealthcareElement", &[other]) };
    jill.store(&platform, vec![Draft { id: two, ..moved }]).await;
    assert_eq!(listed(&platform, &jill, |list| list.links = List(vec![parent])).await, [three]);
    // What changed comes last.
    assert_eq!(listed(&platform, &jill, |list| list.links = List(vec![other])).await, [three, two]);

    // Deleted ones only if wanted.
    let tombstone = Draft { deleted: true, replaces: Some((1, rev(&jill, &platform, one).await)), ..Draft::new(one) };
    let (size, root) = (jill.chain.size(), jill.chain.root());
    let scribe = Scribe { identity: &jill.identity, capacity: None, size, root };
    let tombstone = scribe.write(&ENGINE, &jill.log, None, vec![tombstone], NOW).await.unwrap();
    jill.send(&platform, &tombstone).await.expect(200);
    assert_eq!(listed(&platform, &jill, |_| {}).await, [three, two]);
    assert_eq!(listed(&platform, &jill, |list| list.deleted = Flag(true)).await, [three, two, one]);
}

/// The leaf hash of an entity's newest revision.
async fn rev(owner: &Owner, platform: &Platform, entity: Id) -> Digest {
    let request = common::world::wanted(&[entity]);
    let bundle = common::world::ask(platform, &owner.person.token, &request).await;
    merkle::leaf_hash(&bundle.entities[0].leaves.last().unwrap().leaf)
}

#[tokio::test]
async fn pages_follow_one_another() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let mut expected = Vec::new();
    for count in [3, 1, 5] {
        let write = jill.store(&platform, drafts(count)).await;
        expected.extend(write.parse().unwrap().revisions.iter().map(|revision| revision.leaf.entity));
    }
    for limit in [1, 2, 4, 9, 10] {
        let mut request = ListRequest { limit, ..everything(Some(jill.vault())) };
        let mut pages = Vec::new();
        loop {
            let page = found(&platform, &jill.person.token, &request).await;
            assert!(page.entities.len() <= limit as usize);
            pages.extend(ids(&page));
            let Some(next) = page.next else { break };
            assert_eq!(page.entities.len(), limit as usize);
            request.after = Some(next);
        }
        assert_eq!(pages, expected, "by {limit}");
    }
    // The owner, her log and each manifest come with every page, once.
    let known = vec![KnownLog { vault: jill.vault().to_owned(), number: jill.log.number() }];
    let page =
        found(&platform, &jill.person.token, &ListRequest { known, limit: 4, ..everything(Some(jill.vault())) }).await;
    assert_eq!((page.vaults.len(), page.vaults[0].log.len(), page.manifests.len()), (1, 0, 2));
    assert_eq!(page.identities.len(), 1);

    let token = &jill.person.token;
    let elsewhere = found(&platform, token, &ListRequest { limit: 1, ..everything(Some(jill.vault())) }).await.next;
    let nonsense = [elsewhere, Some(b"nonsense".to_vec().into())];
    for after in nonsense {
        list(&platform, token, &ListRequest { after, ..everything(None) }).await.expect(400);
    }
    list(&platform, token, &ListRequest { limit: 0, ..everything(None) }).await.expect(400);
    assert_eq!(
        list(&platform, token, &ListRequest { limit: 1_001, ..everything(None) }).await.expect(413).problem(),
        "too_large"
    );
    let links = List(vec![Digest::of(b"link"); 1_001]);
    list(&platform, token, &ListRequest { links, ..everything(None) }).await.expect(413);
}

#[tokio::test]
async fn a_page_has_4_mib() {
    let platform = Platform::new().await;
    let mut jill = Owner::new(&platform, "jill").await;
    let large = || Draft::record(Id::random().unwrap(), "DataSample", vec![b' '; 1_500_000], Vec::new(), None).unwrap();
    for _ in 0..4 {
        jill.store(&platform, vec![large()]).await;
    }
    let page = found(&platform, &jill.person.token, &everything(Some(jill.vault()))).await;
    assert_eq!(page.entities.len(), 2);
    let rest = ListRequest { after: page.next, ..everything(Some(jill.vault())) };
    let page = found(&platform, &jill.person.token, &rest).await;
    assert!(page.entities.len() == 2 && page.next.is_none());
}

#[tokio::test]
async fn delegates_list_what_is_delegated_to_them() {
    let mut world = World::shared().await;
    let mine = draft(Id::random().unwrap(), None);
    let (first, second) = (world.entity, mine.id);
    // In another vault, too.
    let shared = Draft { added: vec![(delegate(&world.bob), Rights::Read)], ..draft(Id::random().unwrap(), None) };
    let third = shared.id;
    world.carol.store(&world.platform, vec![shared]).await;
    let write = world.compose(Who::Jill, vec![mine]).await;
    world.send(Who::Jill, &write).await.expect(200);
    world.follow_others(write).await;
    let token = world.bob.person.token.clone();
    let mut all_of_bob = ids(&found(&world.platform, &token, &everything(None)).await);
    let mut expected = vec![first, third];
    all_of_bob.sort();
    expected.sort();
    assert_eq!(all_of_bob, expected);
    // By pages of one, in the order of vaults and ids.
    let page = found(&world.platform, &token, &ListRequest { limit: 1, ..everything(None) }).await;
    let rest = found(&world.platform, &token, &ListRequest { after: page.next.clone(), ..everything(None) }).await;
    let mut pages = [ids(&page), ids(&rest)].concat();
    assert!(page.entities[0].vault < rest.entities[0].vault && rest.next.is_none());
    pages.sort();
    assert_eq!(pages, expected);
    // Of one vault: what is delegated in it; of a vault of strangers there is none.
    let of_jill = everything(Some(world.jill.vault()));
    assert_eq!(ids(&found(&world.platform, &token, &of_jill).await), [first]);
    let of_dave = everything(Some(world.dave.vault()));
    assert_eq!(list(&world.platform, &token, &of_dave).await.expect(404).problem(), "not_found");
    assert_eq!(list(&world.platform, &token, &everything(Some("nobody"))).await.expect(404).problem(), "not_found");
    let of_jill_for_jill = found(&world.platform, &world.jill.person.token, &of_jill).await;
    assert_eq!(ids(&of_jill_for_jill), [first, second]);
    // Those that need a new key.
    let due = ListRequest { due: Flag(true), ..of_jill };
    assert_eq!(ids(&found(&world.platform, &world.jill.person.token, &due).await), []);
    world.write(Who::Jill, world.unshare(Who::Bob)).await;
    assert_eq!(ids(&found(&world.platform, &world.jill.person.token, &due).await), [first]);
    assert_eq!(ids(&found(&world.platform, &token, &everything(None)).await), [third]);
}

#[tokio::test]
async fn clinics_list_what_their_grants_cover() {
    let platform = Platform::new().await;
    let practice = Practice::new(&platform).await;
    let mut jill = Owner::new(&platform, "jill").await;
    let data = jill.store(&platform, drafts(2)).await;
    let data: Vec<Id> = data.parse().unwrap().revisions.iter().map(|revision| revision.leaf.entity).collect();
    let note = draft(Id::random().unwrap(), None);
    let of_note = note.id;
    let (size, root) = (jill.chain.size(), jill.chain.root());
    let scribe = Scribe { identity: &jill.identity, capacity: None, size, root };
    let key = jill.keys.iter().find(|key| key.name().compartment == Compartment::Notes).unwrap();
    let write = scribe.write(&ENGINE, &jill.log, Some(WrapTo::VaultKey(key)), vec![note], NOW).await.unwrap();
    jill.send(&platform, &write).await.expect(200);
    let token = practice.admin.person.token.clone();
    let request = ListRequest { clinic: Some(practice.id.clone()), ..everything(Some(jill.vault())) };
    list(&platform, &token, &request).await.expect(404);
    let view = Permissions { view: true, ..Permissions::default() };
    practice.share(&platform, &mut jill, view).await;
    assert_eq!(ids(&found(&platform, &token, &request).await), data);
    let keys = jill.keys[..2].to_vec();
    let clinic = tidelock::sharing::Delegate::from(&practice.clinic);
    jill.grant(&platform, &clinic, ALL, &keys).await;
    assert_eq!(ids(&found(&platform, &token, &request).await), [data, vec![of_note]].concat());
    // As herself, the administrator of the clinic has nothing of it.
    list(&platform, &token, &everything(Some(jill.vault()))).await.expect(404);
    let elsewhere = ListRequest { clinic: Some("000000000000000000000000".to_owned()), ..everything(None) };
    list(&platform, &token, &elsewhere).await.expect(404);
}
