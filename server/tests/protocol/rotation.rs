//! What somebody who lost access can still open: nothing that was written since, whatever he kept.

use tidelock::client::{Actor, Automatic, Change, Found, Page, Query, What};
use tidelock::keys::{Compartment, VaultKey};
use tidelock::records::{BatchOrigin, Content, EntityKey, Header, Holder, Manifest, Wrap};
use tidelock::sharing::Rights::{Read, Write};
use tidelock::sharing::{Delegate, WrapContext};
use tidelock::signed::Unverified;
use tidelock::wire::LogEntries;
use tidelock::{Id, Result};
use tidelock_crypto::Digest;
use tidelock_crypto::cbor::Flag;

use crate::single::{all_trusting, automatically, comment, moved, new, of, put, share, unshare};
use crate::world::{ENGINE, Person, World, clinic_keys, code, control, log_of, opened_by, post, writes_of};

/// Everything that somebody had at some moment: keys of entities, and keys of the vault.
pub(crate) struct Kept {
    pub(crate) entity_keys: Vec<(Id, EntityKey)>,
    vault_keys: Vec<VaultKey>,
    own: Vec<(Delegate, tidelock_crypto::AgreementKey)>,
}

impl Kept {
    pub(crate) async fn of(reader: &Person, owner: &Person, ids: &[Id]) -> Self {
        let identity = reader.session.identity();
        let own = vec![(Delegate::from(identity.statement()), identity.agreement().clone())];
        let log = log_of(owner, owner).await;
        let vault_keys = log.open_as_delegate(ENGINE, &own[0].0, &own[0].1).await.unwrap_or_default();
        let mut entity_keys = Vec::new();
        for id in ids {
            entity_keys.push((*id, opened_by(reader, owner, *id).await.1));
        }
        Self { entity_keys, vault_keys, own }
    }

    /// Everything that a member of a clinic has at that moment: its keys of all times, and what they open.
    pub(crate) async fn of_member(member: &Person, clinic: &str, owner: &Person) -> Self {
        let (opened, envelopes) = clinic_keys(member, clinic).await;
        let keys = opened.agreement_keys(ENGINE, member.session.identity(), &envelopes).await.unwrap();
        let own: Vec<_> =
            keys.into_iter().map(|(statement, key)| (Delegate::clinic(&opened, statement), key)).collect();
        let log = log_of(owner, owner).await;
        let mut vault_keys = Vec::new();
        for (delegate, private) in &own {
            vault_keys.extend(log.open_as_delegate(ENGINE, delegate, private).await.unwrap_or_default());
        }
        Self { entity_keys: Vec::new(), vault_keys, own }
    }

    /// The comments in everything in a vault that these keys open, however it was got hold of.
    pub(crate) async fn opens(&self, owner: &Person) -> Vec<String> {
        let mut comments = Vec::new();
        let stored = writes_of(owner, owner.id()).await.writes;
        let batches: Vec<_> = stored
            .iter()
            .filter_map(|stored| {
                let manifest = Unverified::<Manifest>::decode(&stored.write.manifest).unwrap();
                let mut batch = stored.write.batch.clone()?;
                batch.wraps.extend(stored.added.iter().cloned());
                Some((batch, BatchOrigin::from(manifest.claims())))
            })
            .collect();
        let mut keys: Vec<EntityKey> = self.entity_keys.iter().map(|(_, key)| key.clone()).collect();
        for stored in &stored {
            let parsed = stored.write.parse().unwrap();
            let (manifest, chain) = (parsed.manifest.claims(), parsed.manifest.claims().chain());
            for (item, revision) in stored.write.items.iter().zip(&parsed.revisions) {
                let Some(header) = &revision.header else { continue };
                let (entity, sequence) = (revision.leaf.entity, revision.leaf.sequence);
                let context = WrapContext::new(manifest, &chain, entity, sequence, header.commitment);
                for wrap in item.wraps.iter() {
                    for (delegate, private) in &self.own {
                        keys.extend(context.open(ENGINE, delegate, private, wrap).await);
                    }
                }
            }
        }
        for item in stored.iter().flat_map(|stored| &stored.write.items) {
            let (Some(bytes), Some(sealed)) = (&item.header, &item.sealed) else { continue };
            let header = Header::decode(bytes).unwrap();
            for (batch, origin) in &batches {
                let holder = Holder { vault_keys: &self.vault_keys, own: &self.own };
                if let Ok(key) = batch.open(ENGINE, &holder, origin).await {
                    keys.push(key.entity_key(header.entity));
                }
            }
            if let Some(content) = keys.iter().find_map(|key| Content::open(key, &header, bytes, sealed).ok()) {
                let body: serde_json::Value = serde_json::from_slice(content.body()).unwrap();
                comments.extend(body["comment"].as_str().map(str::to_owned));
            }
        }
        comments.sort();
        comments
    }
}

#[tokio::test]
async fn after_access_was_revoked_the_owner_rewrites() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    for kind in ["DataSample", "HealthcareElement"] {
        let created = alice.apply(new(kind, &format!("{kind} before"))).await?;
        let id = created.entity.id;
        let shared = alice.apply(share(&created, &[(&bob, Write), (&carol, Read)])).await?;
        let kept = Kept::of(&bob, &alice, &[id]).await;
        assert_eq!(kept.opens(&alice).await, [format!("{kind} before")], "what he had, he had");
        let revoked = alice.apply(unshare(&shared, &[&bob], false)).await?;
        alice.apply(put(&revoked, "after")).await?;
        assert_eq!(code(bob.read(id).await), "not_found");
        assert_eq!(carol.comment(id).await?, "after");
        assert_eq!(kept.opens(&alice).await, [format!("{kind} before")]);
        assert_eq!(code(bob.apply(put(&created, "mine")).await), "not_found");
    }
    Ok(())
}

#[tokio::test]
async fn after_access_was_revoked_a_single_delegate_rewrites() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol, dave] = all_trusting(&world, ["Alice", "Bob", "Carol", "Dave"]).await;
    let created = alice.apply(new("HealthcareElement", "before")).await?;
    let id = created.entity.id;
    alice.apply(share(&created, &[(&carol, Write)])).await?;
    carol.apply(share(&carol.read(id).await?, &[(&bob, Read), (&dave, Read)])).await?;
    let kept = Kept::of(&bob, &alice, &[id]).await;
    // Carol has no vault key: the new key of the entity goes to the drop box of the vault.
    let revoked = carol.apply(unshare(&carol.read(id).await?, &[&bob], false)).await?;
    assert_eq!(comment(&revoked), "before");
    let after = carol.apply(put(&revoked, "after")).await?;
    assert_eq!(after.entity.state.author.author, carol.id());
    for reader in [&alice, &carol, &dave] {
        assert_eq!(reader.comment(id).await?, "after");
        assert_eq!(reader.again(&world).await.comment(id).await?, "after");
    }
    assert_eq!(code(bob.read(id).await), "not_found");
    assert_eq!(kept.opens(&alice).await, ["before"]);
    // Carol did not give Dave's access to Alice's other delegates, and cannot end what Alice gave.
    alice.apply(share(&alice.read(id).await?, &[(&bob, Read)])).await?;
    assert_eq!(bob.comment(id).await?, "after", "given again");
    let ended = carol.apply(unshare(&carol.read(id).await?, &[&bob], false)).await;
    assert_eq!(code(ended), "forbidden");
    Ok(())
}

#[tokio::test]
async fn a_reader_leaves_and_takes_back_what_he_gave() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol, dave] = all_trusting(&world, ["Alice", "Bob", "Carol", "Dave"]).await;
    let created = alice.apply(new("DataSample", "before")).await?;
    let id = created.entity.id;
    alice.apply(share(&created, &[(&bob, Read)])).await?;
    bob.apply(share(&bob.read(id).await?, &[(&carol, Read), (&dave, Read)])).await?;
    let (kept, daves) = (Kept::of(&carol, &alice, &[id]).await, Kept::of(&dave, &alice, &[id]).await);
    let taken_back = bob.apply(unshare(&bob.read(id).await?, &[&carol], false)).await?;
    assert!(taken_back.entity.state.due, "a reader draws no new key");
    assert_eq!(code(carol.read(id).await), "not_found");
    assert_eq!(dave.comment(id).await?, "before");

    bob.apply(unshare(&bob.read(id).await?, &[&bob], true)).await?;
    assert_eq!(code(bob.read(id).await), "not_found");
    assert_eq!(code(dave.read(id).await), "not_found", "what he gave ends with it");
    // Whoever writes next draws the new key.
    alice.apply(put(&alice.read(id).await?, "after")).await?;
    assert_eq!(kept.opens(&alice).await, ["before"]);
    assert_eq!(daves.opens(&alice).await, ["before"]);
    Ok(())
}

#[tokio::test]
async fn those_below_can_be_kept() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol, dave] = all_trusting(&world, ["Alice", "Bob", "Carol", "Dave"]).await;
    let created = alice.apply(new("HealthcareElement", "before")).await?;
    let id = created.entity.id;
    alice.apply(share(&created, &[(&bob, Write)])).await?;
    bob.apply(share(&bob.read(id).await?, &[(&carol, Write)])).await?;
    carol.apply(share(&carol.read(id).await?, &[(&dave, Read)])).await?;
    let kept = Kept::of(&bob, &alice, &[id]).await;
    let revoked = alice.apply(unshare(&alice.read(id).await?, &[&bob], true)).await?;
    let standing: Vec<_> =
        revoked.entity.state.delegations.iter().map(|standing| (&*standing.delegate, &*standing.by.author)).collect();
    let mut expected = [(carol.id(), alice.id()), (dave.id(), alice.id())];
    expected.sort_unstable();
    assert_eq!(standing, expected);
    carol.apply(put(&carol.read(id).await?, "after")).await?;
    assert_eq!(dave.comment(id).await?, "after");
    assert_eq!(kept.opens(&alice).await, ["before"]);
    Ok(())
}

#[tokio::test]
async fn after_the_whole_record_was_revoked_nothing_new_opens() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let created = alice.apply_all(vec![new("DataSample", "one"), new("DataSample", "two")]).await?;
    let (one, two) = (created[0].entity.id, created[1].entity.id);
    automatically(&alice, Automatic::Everything, &[&bob], Write).await?;
    assert_eq!(bob.comment(one).await?, "one");
    // By his grant, Bob gives one of them to Carol, and changes it.
    bob.apply(share(&bob.read(one).await?, &[(&carol, Write)])).await?;
    bob.apply(put(&bob.read(one).await?, "one, by Bob")).await?;
    carol.apply(share(&carol.read(one).await?, &[])).await?;
    let kept = Kept::of(&bob, &alice, &[]).await;
    let carols = Kept::of(&carol, &alice, &[one]).await;
    assert_eq!(kept.opens(&alice).await, ["one", "one, by Bob", "two"]);

    alice.session.revoke(bob.id(), &control()).await?;
    assert_eq!(code(bob.read(one).await), "not_found");
    assert_eq!(code(carol.read(one).await), "not_found", "what he gave by his grant ended with it");
    // The owner's client has given a new key to what somebody lost with that.
    let at_alice = alice.read(one).await?;
    assert!(!at_alice.entity.state.due);
    assert_eq!(at_alice.entity.state.author.author, bob.id());
    assert_eq!(comment(&at_alice), "one, by Bob");
    alice.apply(put(&at_alice, "after")).await?;
    alice.apply(put(&alice.read(two).await?, "after, too")).await?;
    alice.apply(new("DataSample", "new")).await?;
    assert_eq!(kept.opens(&alice).await, ["one", "one, by Bob", "two"]);
    assert_eq!(carols.opens(&alice).await, ["one", "one, by Bob"]);
    Ok(())
}

#[tokio::test]
async fn after_the_whole_record_was_revoked_a_single_delegate_rewrites() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let created = alice.apply(new("HealthcareElement", "before")).await?;
    let id = created.entity.id;
    automatically(&alice, Automatic::Everything, &[&bob], Read).await?;
    alice.apply(share(&alice.read(id).await?, &[(&carol, Write)])).await?;
    let kept = Kept::of(&bob, &alice, &[id]).await;
    alice.session.revoke(bob.id(), &control()).await?;
    let after = carol.apply(put(&carol.read(id).await?, "after")).await?;
    assert!(after.entity.state.key_sequence == after.entity.state.sequence, "under a new key");
    assert_eq!(alice.comment(id).await?, "after");
    assert_eq!(carol.comment(id).await?, "after");
    assert_eq!(kept.opens(&alice).await, ["before"]);
    Ok(())
}

#[tokio::test]
async fn the_whole_record_gets_new_keys() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let created = alice.apply_all((0..5).map(|number| new("DataSample", &number.to_string())).collect()).await?;
    alice.apply(share(&created[0], &[(&carol, Write)])).await?;
    carol.apply(put(&carol.read(created[0].entity.id).await?, "by Carol")).await?;
    automatically(&alice, Automatic::Everything, &[&bob], Read).await?;
    alice.session.revoke(bob.id(), &control()).await?;
    let resealed = alice.session.reseal(false, &control()).await?;
    assert_eq!((resealed.done, resealed.left), (6, 0), "who she is, too");
    assert_eq!(alice.session.reseal(false, &control()).await?.done, 0);
    let at_alice = alice.read(created[0].entity.id).await?;
    assert_eq!(at_alice.entity.state.author.author, carol.id());
    assert_eq!(at_alice.entity.state.sealed_by.as_ref().unwrap().author, alice.id());
    assert_eq!(carol.comment(created[0].entity.id).await?, "by Carol");
    Ok(())
}

#[tokio::test]
async fn what_is_moved_is_shared_with_nobody_as_a_whole() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let created = alice.apply(new("HealthcareElement", "before")).await?;
    let id = created.entity.id;
    automatically(&alice, Automatic::Everything, &[&bob], Read).await?;
    let shared = alice.apply(share(&created, &[(&carol, Read)])).await?;
    let kept = Kept::of(&bob, &alice, &[id]).await;
    let private = alice.apply(moved(&shared, Compartment::Private)).await?;
    assert_eq!(private.entity.state.compartment, Compartment::Private);
    alice.apply(put(&private, "after")).await?;
    assert_eq!(code(bob.read(id).await), "not_found");
    assert_eq!(carol.comment(id).await?, "after", "who has it singly keeps it");
    assert_eq!(kept.opens(&alice).await, ["before"]);
    Ok(())
}

#[tokio::test]
async fn what_is_deleted_is_gone() -> Result<()> {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    let created = alice.apply(new("HealthcareElement", "before")).await?;
    let id = created.entity.id;
    let shared = alice.apply(share(&created, &[(&bob, Write)])).await?;
    let at_bob = bob.read(id).await?;
    let deleted = bob.apply(of(&at_bob, What::Delete)).await?;
    assert!(deleted.entity.state.deleted);
    for reader in [&alice, &bob] {
        assert_eq!(code(reader.read(id).await), "not_found");
        assert_eq!(code(reader.apply(put(&shared, "after")).await), "not_found");
    }
    let again = Change { id: Some(id), ..new("HealthcareElement", "again") };
    assert_eq!(code(alice.apply(again).await), "conflict", "an id is never used again");
    assert_eq!(alice.again(&world).await.own_values().await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn links_still_find_children() -> Result<()> {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    let parent = alice.apply(new("Patient", "parent")).await?;
    let id = parent.entity.id;
    let child = |comment: &str| {
        let mut child = new("HealthcareElement", comment);
        if let What::Put { parents, .. } = &mut child.what {
            *parents = Some(vec![id]);
        }
        child
    };
    alice.apply(child("one")).await?;
    alice.apply(new("HealthcareElement", "of nobody")).await?;
    let shared = alice.apply(share(&parent, &[(&bob, Read)])).await?;
    alice.apply(unshare(&shared, &[&bob], false)).await?;
    alice.apply(child("two")).await?;
    let children = |found: Vec<Found>| {
        let mut comments: Vec<String> = found.iter().map(comment).collect();
        comments.sort();
        comments
    };
    let query = || Query { kind: Some("HealthcareElement".to_owned()), parent: Some(id), ..Query::default() };
    for alice in [&alice, &alice.again(&world).await] {
        let Page { found, next } = alice.session.list(Actor::Person, query(), &control()).await?;
        assert_eq!(children(found), ["one", "two"]);
        assert!(next.is_none());
    }
    let links: Vec<Vec<Digest>> = writes_of(&alice, alice.id())
        .await
        .writes
        .iter()
        .flat_map(|stored| &stored.write.items)
        .filter_map(|item| Header::decode(item.header.as_ref()?).ok())
        .filter(|header| header.kind == "HealthcareElement")
        .map(|header| header.links)
        .collect();
    assert_eq!(links.len(), 3);
    assert!(links[0] != links[2], "who lost access cannot tell whose the new ones are");
    Ok(())
}

#[tokio::test]
async fn where_every_key_is_lost_it_is_sealed_to_each_identity() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol, dave] = all_trusting(&world, ["Alice", "Bob", "Carol", "Dave"]).await;
    automatically(&alice, Automatic::Everything, &[&bob, &dave], Read).await?;
    let created = alice.apply(new("HealthcareElement", "before")).await?;
    let id = created.entity.id;
    alice.apply(share(&created, &[(&carol, Write)])).await?;
    let kept = Kept::of(&bob, &alice, &[id]).await;

    // A client of hers that revokes Bob and draws no new key: what has been written since is not for him, all the same.
    let mut log = log_of(&alice, &alice).await;
    let (before, identity) = (log.number(), alice.session.identity());
    log.revoke(ENGINE, identity.signing(), bob.id(), Vec::new(), 0).await?;
    let entries = log.entries_after(before).map(|entry| entry.to_vec().into()).collect();
    let path = format!("/vaults/{}/log", alice.id());
    assert_eq!(post(&alice, &path, &LogEntries { entries, unwrapped: Flag(false) }).await.status, 200);
    let carol = carol.again(&world).await;
    carol.apply(put(&carol.read(id).await?, "after")).await?;
    let batch = writes_of(&alice, alice.id()).await.writes.pop().and_then(|stored| stored.write.batch).unwrap();
    assert!(batch.wraps.iter().all(|wrap| matches!(wrap, Wrap::Identity { .. })));
    assert_eq!(batch.wraps.len(), 2, "Alice and Dave");
    assert_eq!(dave.comment(id).await?, "after");
    assert_eq!(carol.comment(id).await?, "after");
    assert_eq!(kept.opens(&alice).await, ["before"]);

    // When she is back, her client draws the new key, and everything is as it should be.
    let alice = alice.again(&world).await;
    assert_eq!(alice.comment(id).await?, "after");
    alice.apply(put(&alice.read(id).await?, "by Alice")).await?;
    assert_eq!(alice.own_values().await?, [""; 0]);
    for reader in [&alice, &carol, &dave] {
        assert_eq!(reader.comment(id).await?, "by Alice");
    }
    assert_eq!(kept.opens(&alice).await, ["before"]);
    Ok(())
}
