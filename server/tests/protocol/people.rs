//! Persons who share with persons: invitations that wait, links that verify both sides, and what is left to whoever lost access.

use tidelock::client::{
    Accept, Actor, Automatic, Change, Method, NewPersonInvitation, PersonAccess, PersonState, Request, Trust,
};
use tidelock::sharing::Permissions;
use tidelock::sharing::Rights::{Read, Write};
use tidelock::wire::People;
use tidelock::{Error, Result, wire};
use tidelock_crypto::cbor;

use crate::rotation::Kept;
use crate::single::{all_trusting, automatically, new, put, share};
use crate::world::{ALL, Person, World, code, control, log_of, values};

const VIEW: Permissions = Permissions { view: true, upload: false, note: false };
const READ_NOTES: Permissions = Permissions { view: true, upload: false, note: true };

fn invitation(email: &str, permissions: Permissions) -> NewPersonInvitation {
    NewPersonInvitation { email: email.to_owned(), permissions, ..NewPersonInvitation::default() }
}

async fn invite(owner: &Person, email: &str, permissions: Permissions) -> Result<(String, String, PersonState)> {
    let new = invitation(email, permissions);
    let sent = owner.session.invite_person(&new, &Accept::Nobody, &control()).await?;
    Ok((sent.key, sent.link, sent.state))
}

async fn only(owner: &Person) -> Result<PersonAccess> {
    let mut people = owner.session.list_people(&control()).await?;
    assert_eq!(people.len(), 1, "{people:?}");
    Ok(people.remove(0))
}

async fn state(owner: &Person) -> Result<PersonState> {
    Ok(only(owner).await?.state)
}

async fn reads(reader: &Person, owner: &str) -> Result<Vec<String>> {
    values(reader.session.read_records(Some(owner), Actor::Person, "DataSample", &control()).await?)
}

async fn accept(who: &Person, key: &str, link: Option<&str>) -> Result<()> {
    who.session.accept_person(key, link, &control()).await
}

fn verified(who: &Person, other: &str) -> impl Future<Output = Option<&'static str>> {
    async move {
        let known = who.session.acquaintances().await.unwrap();
        known.iter().find(|known| known.id == other).map(|known| known.verified)
    }
}

#[tokio::test]
async fn somebody_without_an_account_is_invited_by_a_link() -> Result<()> {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice").await;
    alice.import(&["one", "two"]).await?;
    let (key, link, sent) = invite(&alice, " Bob@example.org ", VIEW).await?;
    assert_eq!(sent, PersonState::WaitingForIdentity);
    let waiting = only(&alice).await?;
    assert_eq!(waiting.link.as_deref(), Some(link.as_str()));
    assert_eq!((waiting.id, waiting.email.as_deref()), (None, Some("bob@example.org")));
    assert_eq!(code(invite(&alice, "bob@example.org", VIEW).await), "conflict");

    let bob = Person::patient(&world, "Bob").await;
    assert_eq!(state(&alice).await?, PersonState::WaitingForGrant, "nobody has verified him");
    let received = bob.session.list_received_invitations(&control()).await?;
    assert_eq!((received[0].key.as_str(), received[0].email.as_str()), (key.as_str(), alice.email.as_str()));
    assert!(!received[0].granted && !received[0].verified);
    assert_eq!(code(accept(&bob, &key, None).await), "email_not_verified");
    bob.verify(&world).await;
    assert_eq!(code(accept(&bob, &key, Some("https://platform.test/invitation#other.AAAA")).await), "invalid_input");
    accept(&bob, &key, Some(&link)).await?;
    assert_eq!(code(reads(&bob, alice.id()).await), "not_found", "there is no grant yet");
    assert_eq!(verified(&bob, alice.id()).await, Some("invitation"));

    // Her client completes it at opening, on the device that knows that something waits.
    let alice = alice.again(&world).await;
    alice.import(&["three"]).await?;
    assert_eq!(state(&alice).await?, PersonState::Sharing);
    assert_eq!(verified(&alice, bob.id()).await, Some("invitationLink"));
    assert_eq!(reads(&bob, alice.id()).await?, ["one", "three", "two"]);
    let records = bob.session.list_shared_records(&control()).await?;
    assert_eq!((records[0].owner.as_str(), records[0].granted, records[0].verified), (alice.id(), true, true));
    assert_eq!(verified(&bob, alice.id()).await, Some("invitationLink"));
    assert_eq!(only(&alice).await?.link, None, "a link is used once");
    Ok(())
}

#[tokio::test]
async fn a_link_verifies_nobody_but_whoever_used_it() -> Result<()> {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice").await;
    let bob = Person::patient(&world, "Bob").await;
    let mallory = Person::patient(&world, "Mallory").await;
    bob.verify(&world).await;
    let (key, link, sent) = invite(&alice, &bob.email, VIEW).await?;
    assert_eq!(sent, PersonState::WaitingForGrant);
    accept(&bob, &key, Some(&link)).await?;
    // The platform says that it was Mallory who accepted.
    let id = mallory.id().to_owned();
    alice.network.tamper(move |request, response| {
        if request.path.ends_with("/people") {
            let mut people: People = cbor::decode(&response.body).unwrap();
            people.given[0].person = Some(id.clone());
            response.body = cbor::encode(&people);
        }
    });
    assert_eq!(state(&alice).await?, PersonState::WaitingForGrant);
    assert_eq!(verified(&alice, mallory.id()).await, None);
    // It has a proof of its own making.
    alice.network.tamper(|request, response| {
        if request.path.ends_with("/people") {
            let mut people: People = cbor::decode(&response.body).unwrap();
            people.given[0].proof = Some(vec![7; 32].into());
            response.body = cbor::encode(&people);
        }
    });
    assert_eq!(state(&alice).await?, PersonState::WaitingForGrant);
    assert!(log_of(&alice, &alice).await.standings().is_empty());
    alice.network.honest();
    assert_eq!(state(&alice).await?, PersonState::Sharing);
    // To him it shows a proof that is not hers.
    bob.network.tamper(|request, response| {
        if request.path.ends_with("/people") {
            let mut people: People = cbor::decode(&response.body).unwrap();
            people.received[0].proof = Some(vec![7; 32].into());
            response.body = cbor::encode(&people);
        }
    });
    bob.session.list_shared_records(&control()).await?;
    assert_eq!(verified(&bob, alice.id()).await, Some("invitation"));
    Ok(())
}

#[tokio::test]
async fn a_grant_goes_with_the_invitation_to_whom_it_may() -> Result<()> {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    bob.verify(&world).await;
    alice.import(&["one"]).await?;
    assert_eq!(code(invite(&alice, &alice.email, VIEW).await), "invalid_input");
    assert_eq!(code(invite(&alice, &bob.email, Permissions::default()).await), "invalid_input");
    alice.forget_requests();
    let (key, _, sent) = invite(&alice, &bob.email, VIEW).await?;
    assert_eq!(sent, PersonState::Pending);
    let sending = alice.requests().into_iter().filter(|request| !request.starts_with("GET"));
    assert_eq!(sending.filter(|request| !request.contains("/entities")).count(), 1, "{:?}", alice.requests());
    // Nothing is served of it, whatever he keeps of it.
    assert_eq!(code(reads(&bob, alice.id()).await), "not_found");
    alice.apply(new("DataSample", "two")).await?;
    assert_eq!(code(reads(&bob, alice.id()).await), "not_found");
    accept(&bob, &key, None).await?;
    assert_eq!(state(&alice).await?, PersonState::Sharing);
    assert_eq!(reads(&bob, alice.id()).await?, ["one", "two"]);
    let written = Change { vault: Some(alice.id().to_owned()), ..new("DataSample", "by Bob") };
    assert_eq!(code(bob.apply(written).await), "forbidden");
    assert_eq!(code(accept(&bob, &key, None).await), "not_found");
    assert_eq!(code(invite(&alice, &bob.email, VIEW).await), "conflict");
    Ok(())
}

/// Takes a person out of another's record without the owner's client.
async fn remove(owner: &Person, person: &str) {
    let path = format!("/access/{}/{person}", owner.id());
    let headers = vec![(wire::SESSION_TOKEN, owner.session.platform().token().unwrap())];
    let answer = owner.network.raw(&Request { method: Method::Post, path, headers, body: None }).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn whoever_lost_access_opens_nothing_that_is_written_later() -> Result<()> {
    for how in ["dismissed", "expired", "cancelled", "removed", "left", "revoked"] {
        let world = World::new().await;
        let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
        bob.verify(&world).await;
        alice.apply(new("DataSample", "before")).await?;
        let (key, ..) = invite(&alice, &bob.email, ALL).await?;
        // He has what the platform has, too: the grant opens for him, whatever he has answered.
        let kept = Kept::of(&bob, &alice, &[]).await;
        assert_eq!(kept.opens(&alice).await, ["before"], "{how}");
        let control = control();
        if matches!(how, "removed" | "left" | "revoked") {
            accept(&bob, &key, None).await?;
            assert_eq!(reads(&bob, alice.id()).await?, ["before"]);
        }
        match how {
            "dismissed" => bob.session.dismiss_person(&key, &control).await?,
            "expired" => world.advance(8),
            "cancelled" => alice.session.cancel_invitation(&key, &control).await?,
            "removed" => remove(&alice, bob.id()).await,
            "left" => bob.session.leave(alice.id(), &control).await?,
            _ => alice.session.revoke(bob.id(), &control).await?,
        }
        let (alice, bob) = (alice.again(&world).await, bob.again(&world).await);
        assert_eq!(code(reads(&bob, alice.id()).await), "not_found", "{how}");
        alice.apply(new("DataSample", "after")).await?;
        assert_eq!(kept.opens(&alice).await, ["before"], "{how}");
        assert!(log_of(&alice, &alice).await.standings().is_empty(), "{how}");
        assert_eq!(code(reads(&bob, alice.id()).await), "not_found", "{how}");
        assert_eq!(code(accept(&bob, &key, None).await), "not_found", "{how}");
        let expected = match how {
            "dismissed" => Some(PersonState::Declined),
            "expired" => Some(PersonState::Expired),
            _ => None,
        };
        let mut people = alice.session.list_people(&control).await?;
        assert_eq!(people.pop().map(|person| person.state), expected, "{how}");
        if expected.is_some() {
            alice.session.cancel_invitation(&key, &control).await?;
            assert_eq!(alice.session.list_people(&control).await?, [], "{how}");
        }
        // He is invited again, and gets everything.
        alice.session.set_trust(Trust::FirstUse);
        let (key, ..) = invite(&alice, &bob.email, VIEW).await?;
        accept(&bob, &key, None).await?;
        assert_eq!(reads(&bob, alice.id()).await?, ["after", "before"], "{how}");
    }
    Ok(())
}

#[tokio::test]
async fn permissions_are_changed_by_one_request() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    bob.verify(&world).await;
    let before = alice.apply(new("DataSample", "before")).await?;
    automatically(&alice, Automatic::Everything, &[&carol], Read).await?;
    let (key, ..) = invite(&alice, &bob.email, VIEW).await?;
    // While it waits, what is offered changes with it.
    let change = async |permissions| alice.session.change_permissions(bob.id(), permissions, &control()).await;
    change(READ_NOTES).await?;
    assert_eq!(only_of(&alice, &bob).await?.permissions, READ_NOTES);
    accept(&bob, &key, None).await?;
    assert_eq!(only_of(&alice, &bob).await?.permissions, READ_NOTES);
    assert_eq!(code(change(Permissions::default()).await), "invalid_input");
    assert_eq!(code(alice.session.change_permissions("nobody", VIEW, &control()).await), "not_found");

    change(ALL).await?;
    let written = Change { vault: Some(alice.id().to_owned()), ..new("DataSample", "by Bob") };
    bob.apply(written.clone()).await?;
    let kept = Kept::of(&bob, &alice, &[]).await;
    alice.forget_requests();
    change(VIEW).await?;
    let sent = alice.requests().into_iter().filter(|request| request.starts_with("POST") && request.contains("/log"));
    assert_eq!(sent.count(), 1, "{:?}", alice.requests());
    // What he wrote stands; he adds nothing to it, and old keys open nothing that is new.
    assert_eq!(code(bob.apply(written).await), "forbidden");
    alice.apply(new("DataSample", "after")).await?;
    assert_eq!(kept.opens(&alice).await, ["before", "by Bob"]);
    for reader in [&bob, &carol] {
        assert_eq!(reads(reader, alice.id()).await?, ["after", "before", "by Bob"]);
    }
    drop(before);
    Ok(())
}

async fn only_of(owner: &Person, person: &Person) -> Result<PersonAccess> {
    let people = owner.session.list_people(&control()).await?;
    let mut found = people.into_iter().filter(|access| access.id.as_deref() == Some(person.id()));
    Ok(found.next().unwrap())
}

#[tokio::test]
async fn what_a_clinic_may_do_is_changed_in_the_same_way() -> Result<()> {
    let shared = crate::world::Shared::new().await;
    let (alice, clinic) = (&shared.alice, shared.clinic.as_str());
    alice.session.change_permissions(clinic, VIEW, &control()).await?;
    assert_eq!(alice.session.list_access(&control()).await?[0].permissions, VIEW);
    let listed = shared.doctor.session.list_patients(clinic, &control()).await?;
    assert_eq!(listed[0].permissions, VIEW);
    alice.import(&["zero"]).await?;
    assert_eq!(shared.doctor_reads().await?, ["one", "three", "two", "zero"]);
    alice.session.change_permissions(clinic, ALL, &control()).await?;
    assert_eq!(shared.doctor.session.list_patients(clinic, &control()).await?[0].permissions, ALL);
    Ok(())
}

#[tokio::test]
async fn what_is_granted_without_an_invitation_is_served_at_once() -> Result<()> {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    alice.import(&["one"]).await?;
    automatically(&alice, Automatic::Everything, &[&bob], Write).await?;
    assert_eq!(reads(&bob, alice.id()).await?, ["one"]);
    let access = only(&alice).await?;
    assert_eq!((access.state, access.email, access.invitation), (PersonState::Sharing, None, None));
    // With whom it is shared singly beside is another matter.
    let created = alice.apply(new("DataSample", "two")).await?;
    let shared = alice.apply(share(&created, &[(&bob, Write)])).await?;
    alice.session.revoke(bob.id(), &control()).await?;
    assert_eq!(code(reads(&bob, alice.id()).await), "no_access");
    bob.apply(put(&bob.read(created.entity.id).await?, "two, by Bob")).await?;
    assert_eq!(code(alice.session.revoke(bob.id(), &control()).await), "not_found");
    drop(shared);
    Ok(())
}

#[tokio::test]
async fn accepting_and_taking_back_at_once_ends_in_one_state() -> Result<()> {
    for _ in 0..20 {
        let world = World::new().await;
        let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
        bob.verify(&world).await;
        alice.import(&["one"]).await?;
        let (key, ..) = invite(&alice, &bob.email, VIEW).await?;
        let control = control();
        let (accepted, cancelled) =
            tokio::join!(accept(&bob, &key, None), alice.session.cancel_invitation(&key, &control));
        let served = reads(&bob, alice.id()).await;
        match (accepted, cancelled) {
            // He was first, and her client says that there is nothing to take back any more; or its revocation came after.
            (Ok(()), Err(error)) => {
                assert_eq!(*error, Error::NotFound);
                assert_eq!(served?, ["one"]);
            }
            (_, Ok(())) => assert_eq!(code(served), "not_found"),
            (Err(_), Err(_)) => panic!("one of the two"),
        }
    }
    Ok(())
}
