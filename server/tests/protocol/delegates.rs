//! Single entities, shared one by one, between whole clients.

use tidelock::client::{Accept, Actor, Happened, Trust};
use tidelock::sharing::Rights::{Read, Write};
use tidelock::{Error, Result};

use crate::single::{all_trusting, comment, new, put, same, share, unshare};
use crate::world::{Person, World, code, control};

#[tokio::test]
async fn a_record_is_created_shared_read_modified_and_shared_on() {
    let world = World::new().await;
    let [alice, bob, carol, dave] = all_trusting(&world, ["Alice", "Bob", "Carol", "Dave"]).await;
    for kind in ["Patient", "HealthcareElement", "DataSample", "LabReport"] {
        let created = alice.apply(new(kind, "one")).await.unwrap();
        let id = created.entity.id;
        assert_eq!(comment(&created), "one");
        assert_eq!(created.rights, Some(Write));
        assert_eq!(code(bob.read(id).await), "not_found");

        let shared = alice.apply(share(&created, &[(&bob, Read)])).await.unwrap();
        let at_bob = bob.read(id).await.unwrap();
        assert_eq!(comment(&at_bob), "one");
        assert_eq!(at_bob.entity.state, shared.entity.state, "both see the same");
        assert_eq!(at_bob.rights, Some(Read));
        assert_eq!(at_bob.entity.state.author.author, alice.id());

        // What was made of an older revision is refused, and says which is current.
        let stale = alice.apply(share(&created, &[(&carol, Read)])).await;
        let current = shared.entity.state.rev.to_string();
        assert_eq!(stale.unwrap_err(), Error::Conflict { current: Some(current) }.into());

        // Who has it already gets nothing more.
        alice.forget_requests();
        let again = alice.apply(share(&shared, &[(&bob, Read)])).await.unwrap();
        assert!(same(&again, &shared));
        assert_eq!(alice.requests(), [""; 0]);

        let modified = alice.apply(put(&shared, "two")).await.unwrap();
        assert_eq!(bob.comment(id).await.unwrap(), "two", "without being shared again");
        let by_bob = bob.apply(put(&bob.read(id).await.unwrap(), "three")).await;
        assert_eq!(code(by_bob), "forbidden");

        // A delegate shares on, and no more than he has.
        let at_bob = bob.read(id).await.unwrap();
        assert_eq!(code(bob.apply(share(&at_bob, &[(&carol, Write)])).await), "forbidden");
        bob.apply(share(&at_bob, &[(&carol, Read)])).await.unwrap();
        assert_eq!(carol.comment(id).await.unwrap(), "two");
        assert_eq!(code(dave.read(id).await), "not_found");
        assert_eq!(code(alice.apply(put(&modified, "three")).await), "conflict");
    }
}

#[tokio::test]
async fn a_share_is_one_write_and_at_most_one_reading() {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    let samples = (0..20).map(|number| new("DataSample", &number.to_string())).collect();
    let samples = alice.apply_all(samples).await.unwrap();
    let writes = [format!("POST /v1/tidelock/vaults/{}/writes", alice.id())];

    alice.forget_requests();
    let changes = samples.iter().map(|sample| share(sample, &[(&bob, Write)])).collect();
    let shared = alice.apply_all(changes).await.unwrap();
    let request = "POST /v1/tidelock/entities".to_owned();
    assert_eq!(alice.requests(), [std::slice::from_ref(&request), &writes].concat());

    // With whom something has been shared before is known.
    let more = alice.apply(new("DataSample", "more")).await.unwrap();
    alice.forget_requests();
    alice.apply(share(&more, &[(&bob, Read)])).await.unwrap();
    assert_eq!(alice.requests(), writes);

    let ids: Vec<_> = shared.iter().map(|found| found.entity.id).collect();
    bob.forget_requests();
    let read = bob.session.fetch(Actor::Person, &ids, None, &control()).await.unwrap();
    let comments: Vec<String> = read.iter().map(|found| comment(found.as_ref().unwrap())).collect();
    assert_eq!(comments, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(bob.requests(), [request]);
}

#[tokio::test]
async fn nothing_is_sealed_to_who_was_not_verified() {
    let world = World::new().await;
    let alice = Person::practitioner(&world, "Alice").await;
    let [bob, carol] = all_trusting(&world, ["Bob", "Carol"]).await;
    let created = alice.apply(new("DataSample", "one")).await.unwrap();
    let both = || share(&created, &[(&bob, Read), (&carol, Read)]);
    let refused = Error::NotVerified { owner: bob.id().to_owned(), others: vec![carol.id().to_owned()] };
    assert_eq!(alice.apply(both()).await.unwrap_err(), refused.into());
    assert_eq!(code(bob.read(created.entity.id).await), "not_found");

    // The call may say whom it means; the identity is pinned, and still not verified.
    let these = Accept::These(vec![bob.id().to_owned()]);
    let only_carol = Error::NotVerified { owner: carol.id().to_owned(), others: Vec::new() };
    let accepted = alice.session.apply(Actor::Person, vec![both()], &these, &control()).await;
    assert_eq!(accepted.unwrap_err(), only_carol.into());
    let accepted = alice.session.apply(Actor::Person, vec![both()], &Accept::Everybody, &control()).await.unwrap();
    assert_eq!(bob.comment(created.entity.id).await.unwrap(), "one");
    assert_eq!(carol.comment(created.entity.id).await.unwrap(), "one");

    // What they have, they keep, whatever is changed.
    alice.apply(put(&accepted[0], "two")).await.unwrap();
    assert_eq!(carol.comment(created.entity.id).await.unwrap(), "two");

    // The application may have a directory of its own.
    let more = alice.apply(new("DataSample", "more")).await.unwrap();
    let known = bob.id().to_owned();
    alice.session.set_trust(Trust::Ask(std::rc::Rc::new(move |who| {
        let known = who.id == known && who.name.is_none();
        Box::pin(async move { Ok(known) })
    })));
    assert_eq!(code(alice.apply(share(&more, &[(&carol, Read)])).await), "not_verified");
    let shared = alice.apply(share(&more, &[(&bob, Read)])).await.unwrap();
    alice.session.set_trust(Trust::Verified);
    let other = alice.apply(new("DataSample", "other")).await.unwrap();
    alice.apply(share(&other, &[(&bob, Write)])).await.unwrap();
    assert_eq!(bob.comment(shared.entity.id).await.unwrap(), "more");
}

#[tokio::test]
async fn a_delegate_with_rights_to_write_modifies() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let created = alice.apply(new("HealthcareElement", "one")).await?;
    let id = created.entity.id;
    alice.apply(share(&created, &[(&bob, Write), (&carol, Read)])).await?;
    let modified = bob.apply(put(&bob.read(id).await?, "two")).await?;
    assert_eq!(modified.entity.state.author.author, bob.id());
    for reader in [&alice, &bob, &carol] {
        let read = reader.read(id).await?;
        assert_eq!(comment(&read), "two");
        assert_eq!(read.entity.state, modified.entity.state);
    }
    // From another device, where nothing is known yet.
    let again = bob.again(&world).await;
    again.apply(put(&again.read(id).await?, "three")).await?;
    let alice = alice.again(&world).await;
    assert_eq!(alice.comment(id).await?, "three");
    alice.apply(put(&alice.read(id).await?, "four")).await?;
    assert_eq!(carol.comment(id).await?, "four");
    Ok(())
}

#[tokio::test]
async fn safety_numbers_make_an_identity_verified() -> Result<()> {
    let world = World::new().await;
    let (alice, bob) = (Person::practitioner(&world, "Alice").await, Person::practitioner(&world, "Bob").await);
    let created = alice.apply(new("DataSample", "one")).await?;
    assert_eq!(code(alice.apply(share(&created, &[(&bob, Read)])).await), "not_verified");
    let at_alice = alice.session.safety_number(bob.id(), &control()).await?;
    let at_bob = bob.session.safety_number(alice.id(), &control()).await?;
    assert_eq!(at_alice.number, at_bob.number);
    assert_eq!(at_alice.verified, None);
    let wrong = alice.session.confirm_identity(bob.id(), "12345", &control()).await;
    assert!(matches!(*wrong.unwrap_err(), Error::InvalidInput { field: "safetyNumber", .. }));
    alice.session.confirm_identity(bob.id(), at_bob.number.digits(), &control()).await?;
    let shared = alice.apply(share(&created, &[(&bob, Read)])).await?;
    assert_eq!(bob.comment(shared.entity.id).await?, "one");
    let again = alice.again(&world).await;
    assert_eq!(again.session.safety_number(bob.id(), &control()).await?.verified, Some("safetyNumber"));
    let known = again.session.acquaintances().await?;
    assert_eq!(known.iter().map(|known| known.id.as_str()).collect::<Vec<_>>(), [bob.id()]);
    // Bob has read what the platform showed him of Alice: that verifies nothing.
    assert_eq!(bob.session.acquaintances().await?[0].verified, "firstUse");
    Ok(())
}

#[tokio::test]
async fn who_has_access_and_how_that_came_about() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let created = alice.apply(new("HealthcareElement", "one")).await?;
    let id = created.entity.id;
    let shared = alice.apply(share(&created, &[(&bob, Write)])).await?;
    bob.apply(share(&bob.read(id).await?, &[(&carol, Read)])).await?;
    bob.apply(put(&bob.read(id).await?, "two")).await?;
    alice.apply(unshare(&alice.read(id).await?, &[&bob], false)).await?;
    assert_eq!(code(bob.read(id).await), "not_found");
    assert_eq!(code(carol.read(id).await), "not_found", "who had it through him has it no more");

    let (access, events) = alice.session.entity_access(Actor::Person, id, None, &control()).await?;
    assert_eq!(access.len(), 1);
    assert_eq!((access[0].data_owner.as_str(), access[0].rights), (alice.id(), Write));
    let events: Vec<_> =
        events.iter().map(|event| (event.what, event.by.author.as_str(), event.data_owner.as_deref())).collect();
    let (a, b) = (alice.id(), bob.id());
    assert_eq!(
        events,
        [
            (Happened::Created, a, None),
            (Happened::Given, a, Some(b)),
            (Happened::Given, b, Some(carol.id())),
            (Happened::Modified, b, None),
            (Happened::Revoked, a, Some(b)),
            (Happened::Lapsed, a, Some(carol.id())),
            (Happened::Resealed, a, None),
        ]
    );
    assert_eq!(alice.read(id).await?.entity.state.author.author, b, "who seals it again is no author");
    assert_eq!(shared.entity.state.delegations.len(), 1);
    Ok(())
}
