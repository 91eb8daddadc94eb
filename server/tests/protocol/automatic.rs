//! Sharing a record as it grows, and as a whole, with persons.

use tidelock::client::{Accept, Actor, Automatic, Change, Query};
use tidelock::sharing::Rights::{self, Read, Write};
use tidelock::{Error, Result};

use crate::single::{all_trusting, automatically, comment, new, put, share};
use crate::world::{Person, World, code, control, log_of};

async fn audience(owner: &Person) -> Result<Vec<(String, bool, Rights)>> {
    let audience = owner.session.automatic_sharing(&control()).await?;
    Ok(audience.into_iter().map(|sharing| (sharing.data_owner, sharing.everything, sharing.rights)).collect())
}

#[tokio::test]
async fn what_is_written_from_now_on_is_shared_and_nothing_before() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let before = alice.apply(new("DataSample", "before")).await?;
    alice.forget_requests();
    automatically(&alice, Automatic::Future, &[&bob], Read).await?;
    let writes = alice.requests().into_iter().filter(|request| request.contains("/log")).count();
    assert_eq!(writes, 1, "one request: {:?}", alice.requests());
    let after = alice.apply(new("DataSample", "after")).await?;
    assert_eq!(bob.comment(after.entity.id).await?, "after");
    assert_eq!(code(bob.read(before.entity.id).await), "not_found");
    // Changing what was there before shares it with nobody.
    let before = alice.apply(put(&before, "before, changed")).await?;
    assert_eq!(code(bob.read(before.entity.id).await), "not_found");
    let by_bob = bob.apply(put(&bob.read(after.entity.id).await?, "forged")).await;
    assert_eq!(code(by_bob), "forbidden");
    // It is one-way, and does not chain.
    let of_bob = bob.apply(new("DataSample", "of Bob")).await?;
    assert_eq!(code(alice.read(of_bob.entity.id).await), "not_found");
    automatically(&bob, Automatic::Future, &[&carol], Read).await?;
    let more = alice.apply(new("DataSample", "more")).await?;
    assert_eq!(bob.comment(more.entity.id).await?, "more");
    assert_eq!(code(carol.read(more.entity.id).await), "not_found");
    assert_eq!(audience(&alice).await?, [(bob.id().to_owned(), false, Read)]);

    // The same again is nothing; more rights are one more entry.
    let entries = log_of(&alice, &alice).await.number();
    automatically(&alice, Automatic::Future, &[&bob], Read).await?;
    assert_eq!(log_of(&alice, &alice).await.number(), entries);
    automatically(&alice, Automatic::Future, &[&bob], Write).await?;
    bob.apply(put(&bob.read(more.entity.id).await?, "more, by Bob")).await?;
    assert_eq!(alice.comment(more.entity.id).await?, "more, by Bob");
    let created = Change { vault: Some(alice.id().to_owned()), ..new("DataSample", "created by Bob") };
    let created = bob.apply(created).await?;
    assert_eq!(alice.comment(created.entity.id).await?, "created by Bob");
    Ok(())
}

#[tokio::test]
async fn sharing_what_is_to_come_stops_and_what_was_shared_stays() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    automatically(&alice, Automatic::Future, &[&bob, &carol], Write).await?;
    let one = alice.apply(new("DataSample", "one")).await?;
    automatically(&alice, Automatic::Nothing, &[&bob], Read).await?;
    let two = alice.apply(new("DataSample", "two")).await?;
    assert_eq!(bob.comment(one.entity.id).await?, "one");
    assert_eq!(code(bob.read(two.entity.id).await), "not_found");
    assert_eq!(carol.comment(two.entity.id).await?, "two");
    // What he has, he changes; and he, who is left out of what comes, adds nothing to it.
    bob.apply(put(&bob.read(one.entity.id).await?, "one, by Bob")).await?;
    assert_eq!(alice.comment(one.entity.id).await?, "one, by Bob");
    let created = Change { vault: Some(alice.id().to_owned()), ..new("DataSample", "created by Bob") };
    assert_eq!(code(bob.apply(created).await), "forbidden");
    assert_eq!(audience(&alice).await?, [(carol.id().to_owned(), false, Write)]);
    // A revocation of somebody else does not let him in again.
    alice.session.revoke(carol.id(), &control()).await?;
    let three = alice.apply(new("DataSample", "three")).await?;
    assert_eq!(bob.comment(one.entity.id).await?, "one, by Bob");
    assert_eq!(code(bob.read(three.entity.id).await), "not_found");
    assert_eq!(audience(&alice).await?, []);
    Ok(())
}

#[tokio::test]
async fn everything_is_shared_by_one_entry() -> Result<()> {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    let samples = (0..20).map(|number| new("DataSample", &number.to_string())).collect();
    alice.apply_all(samples).await?;
    let entries = log_of(&alice, &alice).await.number();
    automatically(&alice, Automatic::Everything, &[&bob], Read).await?;
    assert_eq!(log_of(&alice, &alice).await.number(), entries + 1);
    let query = Query {
        kind: Some("DataSample".to_owned()),
        vault: Some(alice.id().to_owned()),
        limit: Some(8),
        ..Query::default()
    };
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = bob.session.list(Actor::Person, Query { after, ..query.clone() }, &control()).await?;
        read.extend(page.found.iter().map(comment));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(read.len(), 20);
    let all = bob.session.read_records(Some(alice.id()), Actor::Person, "DataSample", &control()).await?;
    assert_eq!(all.len(), 20, "at once, too");
    assert_eq!(audience(&alice).await?, [(bob.id().to_owned(), true, Read)]);
    // What Alice keeps to herself, and the notes, are no part of it.
    let private = alice.read(alice.apply(new("DataSample", "private")).await?.entity.id).await?;
    let private = alice.apply(crate::single::moved(&private, tidelock::keys::Compartment::Private)).await?;
    assert_eq!(code(bob.read(private.entity.id).await), "not_found");
    Ok(())
}

#[tokio::test]
async fn nobody_unknown_gets_a_record() -> Result<()> {
    let world = World::new().await;
    let alice = Person::practitioner(&world, "Alice").await;
    let [bob, doctor] = all_trusting(&world, ["Bob", "Dora Doctor"]).await;
    let (clinic, _) = doctor.clinic("Harbour Clinic").await;
    for what in [Automatic::Future, Automatic::Everything] {
        assert_eq!(code(automatically(&alice, what, &[&bob], Read).await), "not_verified");
    }
    let session = &alice.session;
    let everybody = Accept::Everybody;
    let ids = [clinic];
    let outcome = session.share_automatically(Automatic::Everything, &ids, Read, &everybody, &control()).await;
    assert!(matches!(*outcome.unwrap_err(), Error::InvalidInput { field: "ids", .. }), "clinics are invited");
    let ids = ["nobody".to_owned()];
    let outcome = session.share_automatically(Automatic::Everything, &ids, Read, &everybody, &control()).await;
    assert_eq!(code(outcome), "not_found");
    assert_eq!(audience(&alice).await?, []);
    Ok(())
}

#[tokio::test]
async fn the_better_right_counts() -> Result<()> {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    let created = alice.apply(new("DataSample", "one")).await?;
    let id = created.entity.id;
    automatically(&alice, Automatic::Everything, &[&bob], Read).await?;
    assert_eq!(bob.read(id).await?.rights, Some(Read));
    let shared = alice.apply(share(&created, &[(&bob, Write)])).await?;
    assert_eq!(bob.read(id).await?.rights, Some(Write));
    bob.apply(put(&bob.read(id).await?, "two")).await?;
    // Without the grant he keeps what he was given singly.
    alice.session.revoke(bob.id(), &control()).await?;
    bob.apply(put(&bob.read(id).await?, "three")).await?;
    assert_eq!(alice.comment(id).await?, "three");
    drop(shared);
    Ok(())
}
