//! An owner who lost her keys gets her record back: by the recovery code, or from those with whom she had shared it.

use tidelock::client::{Actor, Automatic, Method, Opened, Platform, Query, Request, Session, SignedIn, Trust, What};
use tidelock::keys::{Compartment, IdentitySecrets, KeyName, VaultKey};
use tidelock::records::BatchKey;
use tidelock::sharing::Rights::{Read, Write};
use tidelock::sharing::{GiveBack, Giving, Returned};
use tidelock::wire::{self, NewGiveBack, Statements};
use tidelock::{Error, Result};
use tidelock_crypto::{Engine, cbor};

use crate::single::{all_trusting, automatically, moved, new, of, put, share, trusting, unshare};
use crate::world::{Device, Network, ORIGIN, PASSWORD, Person, Shared, World, code, control, log_of};

/// Signs in on an empty device, which asks for the recovery code.
async fn on_an_empty_device(world: &World, email: &str) -> (SignedIn<Network, Device>, Place) {
    let (network, device) = (world.network(), Device::default());
    let platform = Platform::new(network.clone(), ORIGIN).unwrap();
    let store = device.clone();
    let opened = Session::sign_in(platform, store, Engine::Software, email, PASSWORD, &control()).await.unwrap();
    let Opened::RecoveryNeeded(signed_in) = opened else { panic!("the keys are on an empty device") };
    (signed_in, Place { network, device, email: email.to_owned() })
}

/// A person at a device where she has no session yet.
struct Place {
    network: Network,
    device: Device,
    email: String,
}

impl Place {
    fn with(self, session: Session<Network, Device>) -> Person {
        Person { session, network: self.network, device: self.device, email: self.email }
    }
}

/// Starts over on an empty device, without the recovery code.
async fn start_over(world: &World, email: &str) -> Person {
    let (signed_in, person) = on_an_empty_device(world, email).await;
    let session = signed_in.start_over(&control()).await.unwrap();
    person.with(session)
}

/// Gets the keys back on an empty device with the recovery code.
async fn recover(world: &World, email: &str, recovery_code: &str) -> Result<Person> {
    let (signed_in, person) = on_an_empty_device(world, email).await;
    let identity = signed_in.recover(recovery_code, &control()).await?;
    Ok(person.with(signed_in.with(identity)))
}

/// The first believes the identity of the second after comparing their safety numbers.
async fn confirm(one: &Person, other: &Person) {
    let shown = other.session.safety_number(one.id(), &control()).await.unwrap();
    one.session.confirm_identity(other.id(), shown.number.digits(), &control()).await.unwrap();
}

/// How many requests were sent to routes that end like this.
fn count(person: &Person, route: &str) -> usize {
    person.requests().iter().filter(|request| request.starts_with("POST") && request.ends_with(route)).count()
}

#[tokio::test]
async fn the_whole_record_comes_back_through_a_clinic() -> Result<()> {
    let Shared { world, alice, doctor, clinic, code: share_code } = Shared::new().await;
    let secret = alice.apply(new("DataSample", "for nobody")).await?;
    alice.apply(moved(&secret, Compartment::Private)).await?;
    let lost = alice;
    let alice = start_over(&world, &lost.email).await;
    assert_eq!(code(alice.own_values().await), "recovery_needed");
    let refused = alice.apply(new("DataSample", "too early")).await;
    assert_eq!(code(refused.map(drop)), "recovery_needed");

    // The doctor sees who asks. The new identity is refused until it is verified.
    let actor = Actor::Clinic(&clinic);
    let requests = doctor.session.help_requests(actor, &control()).await?;
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].owner.as_str(), requests[0].name.as_str()), (alice.id(), "Alice Appleseed"));
    assert_eq!(requests[0].fingerprint, alice.session.identity().fingerprint());
    assert_eq!((requests[0].record, requests[0].entities, requests[0].verified), (true, 0, false));
    assert_eq!(code(doctor.session.give_back(actor, alice.id(), &control()).await), "identity_changed");
    confirm(&doctor, &alice).await;
    assert!(doctor.session.help_requests(actor, &control()).await?[0].verified);

    doctor.forget_requests();
    let given = doctor.session.give_back(actor, alice.id(), &control()).await?;
    assert_eq!((given.record, given.entities), (true, 0));
    assert_eq!(count(&doctor, "/give_backs"), 1);
    assert_eq!(doctor.values_of(alice.id(), &clinic).await?.len(), 3, "the clinic goes on as before");

    // She sees who gave, and verifies him, too.
    let returning = alice.session.returning(&control()).await?;
    assert!(returning.waiting);
    assert_eq!(returning.shared_with, std::slice::from_ref(&clinic));
    let giver = &returning.givers[0];
    assert_eq!((giver.id.as_str(), giver.clinic.as_ref()), (doctor.id(), Some(&clinic)));
    assert_eq!((giver.verified, giver.record, giver.entities, giver.parts, giver.of), (false, true, 0, 1, 1));
    let unverified = Error::NotVerified { owner: doctor.id().to_owned(), others: Vec::new() };
    assert_eq!(alice.session.restore(false, &control()).await.unwrap_err(), unverified.into());
    confirm(&alice, &doctor).await;

    alice.forget_requests();
    let restored = alice.session.restore(false, &control()).await?;
    assert_eq!(count(&alice, "/log"), 1);
    assert_eq!(count(&alice, "/writes"), 0);
    assert_eq!((restored.entities, restored.readable), (5, 4), "three readings and who she is");
    assert_eq!((restored.lost.private, restored.lost.data, restored.lost.notes), (1, 0, 0));
    assert_eq!(restored.to_confirm, std::slice::from_ref(&clinic));
    assert!(doctor.session.help_requests(actor, &control()).await?.is_empty());

    // She owns again: writes, shares, revokes.
    assert_eq!(alice.own_values().await?, ["one", "three", "two"]);
    alice.import(&["four"]).await?;
    assert_eq!(code(doctor.values_of(alice.id(), &clinic).await), "not_found");
    let ids = [clinic.clone()];
    assert_eq!(code(alice.session.restore_access(&ids, &control()).await), "not_verified");
    alice.session.confirm_clinic(&alice.look_up(&share_code).await?).await?;
    alice.session.restore_access(&ids, &control()).await?;
    assert_eq!(doctor.values_of(alice.id(), &clinic).await?, ["four", "one", "three", "two"]);
    alice.session.revoke(&clinic, &control()).await?;
    assert_eq!(code(doctor.values_of(alice.id(), &clinic).await), "not_found");
    alice.import(&["five"]).await?;

    // In another session, and with the new recovery code on another device.
    assert_eq!(alice.again(&world).await.own_values().await?.len(), 5);
    let recovery_code = alice.session.recovery_code().await?.unwrap();
    let elsewhere = recover(&world, &alice.email, &recovery_code).await?;
    assert_eq!(elsewhere.own_values().await?.len(), 5);
    assert_eq!(elsewhere.session.full_name(&control()).await?, "Alice Appleseed");
    elsewhere.import(&["six"]).await?;
    // The keys that were lost are no longer hers.
    let found = Person::sign_in(&world, &lost.email, &lost.device).await;
    assert_eq!(code(found.map(drop)), "identity_changed");
    Ok(())
}

#[tokio::test]
async fn single_entities_come_back_however_often_that_is_interrupted() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let samples = (0..1_000).map(|number| new("DataSample", &number.to_string())).collect();
    let samples = alice.apply_all(samples).await?;
    let shared = alice.apply_all(samples.iter().map(|sample| share(sample, &[(&bob, Write)])).collect()).await?;
    let kept = alice.apply(new("DataSample", "for nobody")).await?;
    let id = shared[7].entity.id;
    bob.apply(share(&bob.read(id).await?, &[(&carol, Read)])).await?;

    let alice = start_over(&world, &alice.email).await;
    assert_eq!(code(alice.session.give_back(Actor::Person, bob.id(), &control()).await), "not_verified");
    let requests = bob.session.help_requests(Actor::Person, &control()).await?;
    assert_eq!((requests[0].entities, requests[0].record, requests[0].verified), (1_000, false, false));
    confirm(&bob, &alice).await;
    confirm(&alice, &bob).await;
    bob.network.sever("/give_backs");
    assert_eq!(code(bob.session.give_back(Actor::Person, alice.id(), &control()).await), "network");
    bob.network.honest();
    bob.forget_requests();
    let given = bob.session.give_back(Actor::Person, alice.id(), &control()).await?;
    assert_eq!((given.record, given.entities), (false, 1_000));
    let given_again = bob.session.give_back(Actor::Person, alice.id(), &control()).await?;
    assert_eq!(given_again, given);
    let giving = count(&bob, "/give_backs");
    assert_eq!(giving, 1, "what has been sent is not sent again");

    // The log goes on, and then the line breaks.
    alice.network.sever("/writes");
    alice.forget_requests();
    assert_eq!(code(alice.session.restore(false, &control()).await), "network");
    let begun = count(&alice, "/log");
    alice.network.honest();
    let alice = alice.again(&world).await;
    let restored = alice.session.restore(false, &control()).await?;
    let writes = giving + begun + count(&alice, "/log") + count(&alice, "/writes");
    assert!(writes <= 3, "{:?}", alice.requests());
    assert_eq!((restored.entities, restored.readable), (1_002, 1_000));
    assert_eq!((restored.lost.data, restored.lost.notes, restored.lost.private), (2, 0, 0));
    assert_eq!(restored.to_confirm, [""; 0]);
    // Once more, nothing is left to be done.
    alice.forget_requests();
    assert_eq!(alice.session.restore(false, &control()).await?, restored);
    assert_eq!(count(&alice, "/log") + count(&alice, "/writes"), 0);

    // Giving back changes no delegation.
    assert_eq!(alice.comment(id).await?, "7");
    assert_eq!(bob.comment(id).await?, "7");
    assert_eq!(carol.comment(id).await?, "7");
    assert_eq!(code(alice.read(kept.entity.id).await), "no_access");

    // She owns again, also in another session, where nothing is known.
    let alice = alice.again(&world).await;
    let modified = alice.apply(put(&alice.read(id).await?, "changed")).await?;
    assert_eq!(modified.entity.state.author.author, alice.id());
    assert_eq!(carol.comment(id).await?, "changed");
    let bobs = bob.apply(put(&bob.read(id).await?, "by Bob")).await?;
    assert_eq!(alice.comment(id).await?, "by Bob");
    alice.apply(unshare(&alice.read(id).await?, &[&bob], false)).await?;
    assert_eq!(code(bob.read(bobs.entity.id).await), "not_found");
    assert_eq!(code(carol.read(id).await), "not_found", "whoever had it from him");
    alice.session.set_trust(Trust::FirstUse);
    alice.apply(share(&alice.read(id).await?, &[(&carol, Read)])).await?;
    assert_eq!(carol.comment(id).await?, "by Bob");
    let dead = alice.session.fetch(Actor::Person, &[kept.entity.id], None, &control()).await?.remove(0).unwrap();
    alice.apply(of(&dead, What::Delete)).await?;
    assert_eq!(alice.session.restore(false, &control()).await?.entities, 1_001);
    Ok(())
}

#[tokio::test]
async fn a_key_that_a_hostile_platform_makes_up_is_refused_until_it_is_verified() -> Result<()> {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    let shared = alice.apply(share(&alice.apply(new("DataSample", "one")).await?, &[(&bob, Write)])).await?;
    let (id, own) = (shared.entity.id, bob.apply(new("DataSample", "his own")).await?);
    bob.apply(share(&own, &[(&alice, Read)])).await?;
    assert_eq!(bob.comment(id).await?, "one");

    // The platform knows the password, or needs none.
    let forger = start_over(&world, &alice.email).await;
    let requests = bob.session.help_requests(Actor::Person, &control()).await?;
    assert_eq!((requests[0].entities, requests[0].verified), (1, false));
    assert_eq!(code(bob.session.give_back(Actor::Person, alice.id(), &control()).await), "identity_changed");
    let more = bob.apply(new("DataSample", "more")).await?;
    assert_eq!(code(bob.apply(share(&more, &[(&alice, Read)])).await.map(drop)), "identity_changed");
    // Alice, who lost nothing, reads her own number out; it is not that of the made-up key.
    let number = alice.session.safety_number(bob.id(), &control()).await?;
    let confirmed = bob.session.confirm_identity(alice.id(), number.number.digits(), &control()).await;
    assert_eq!(code(confirmed), "invalid_input");
    assert_eq!(bob.again(&world).await.comment(id).await?, "one", "what was there is there, under the old key");

    // Neither does anybody follow a log that goes on under it.
    let restored = forger.session.restore(true, &control()).await?;
    assert_eq!((restored.entities, restored.readable), (2, 0));
    assert_eq!(code(bob.again(&world).await.read(id).await.map(drop)), "identity_changed");
    assert_eq!(code(forger.read(own.entity.id).await.map(drop)), "no_access");
    let signed_in = Person::sign_in(&world, &alice.email, &alice.device).await;
    assert_eq!(code(signed_in.map(drop)), "identity_changed", "and she is told");
    Ok(())
}

#[tokio::test]
async fn versions_of_an_identity_follow_one_another() -> Result<()> {
    let world = World::new().await;
    let (alice, bob) = (trusting(&world, "Alice").await, trusting(&world, "Bob").await);
    let again = start_over(&world, &alice.email).await;
    let (first, second) = (alice.session.identity().statement(), again.session.identity().statement());
    let made_up = IdentitySecrets::generate()?.succeed(&Engine::Software, first, second).await?.bytes().to_vec();
    type Lie = Box<dyn Fn(&mut Statements)>;
    let lies: [Lie; 4] = [
        Box::new(|served| served.statements.reverse()),
        Box::new(|served| drop(served.statements.remove(0))),
        Box::new(move |served| served.successions.0.push(made_up.clone().into())),
        Box::new(|served| served.successions.0.push(served.statements[0].clone())),
    ];
    let read = async || code(bob.session.give_back(Actor::Person, alice.id(), &control()).await);
    for lie in lies {
        bob.network.tamper(move |request, response| {
            if request.path.contains("/identities/") {
                let mut served: Statements = cbor::decode(&response.body).unwrap();
                lie(&mut served);
                response.body = cbor::encode(&served);
            }
        });
        assert_eq!(read().await, "tampered");
    }
    bob.network.honest();
    assert_eq!(read().await, "not_verified");
    Ok(())
}

#[tokio::test]
async fn whoever_nobody_can_help_is_told_what_is_lost_and_goes_on() -> Result<()> {
    let world = World::new().await;
    let alice = Person::patient(&world, "Alice Appleseed").await;
    alice.import(&["one", "two"]).await?;
    let secret = alice.apply(new("DataSample", "secret")).await?;
    alice.apply(moved(&secret, Compartment::Private)).await?;

    let alice = start_over(&world, &alice.email).await;
    let returning = alice.session.returning(&control()).await?;
    assert!(returning.waiting && returning.givers.is_empty() && returning.shared_with.is_empty());
    assert_eq!(code(alice.session.restore(false, &control()).await), "recovery_needed");
    let restored = alice.session.restore(true, &control()).await?;
    assert_eq!((restored.entities, restored.readable), (4, 0));
    assert_eq!((restored.lost.data, restored.lost.private), (3, 1));
    assert!(!alice.session.returning(&control()).await?.waiting);
    assert_eq!(alice.own_values().await?, [""; 0]);
    assert_eq!(alice.import(&["one", "three"]).await?, (2, 0));
    assert_eq!(alice.again(&world).await.own_values().await?, ["one", "three"]);
    Ok(())
}

#[tokio::test]
async fn the_recovery_code_brings_everything_back() -> Result<()> {
    let world = World::new().await;
    let [alice, bob] = all_trusting(&world, ["Alice", "Bob"]).await;
    let created = alice.apply(new("HealthcareElement", "one")).await?;
    let id = created.entity.id;
    alice.apply(share(&created, &[(&bob, Write)])).await?;
    let recovery_code = alice.session.recovery_code().await?.unwrap();

    let symbol = &recovery_code[2..3];
    let mistyped = recovery_code.replacen(symbol, if symbol == "U" { "V" } else { "U" }, 1);
    let mistyped = recover(&world, &alice.email, &mistyped).await;
    assert_eq!(code(mistyped.map(drop)), "invalid_recovery_code");
    let alice = recover(&world, &alice.email, &recovery_code).await?;
    alice.apply(put(&alice.read(id).await?, "two")).await?;
    assert_eq!(bob.comment(id).await?, "two");
    alice.apply(unshare(&alice.read(id).await?, &[&bob], false)).await?;
    assert_eq!(code(bob.read(id).await), "not_found");
    assert_eq!(alice.comment(id).await?, "two");
    Ok(())
}

#[tokio::test]
async fn what_is_given_back_is_what_was_committed_to() -> Result<()> {
    let world = World::new().await;
    let [alice, bob, carol] = all_trusting(&world, ["Alice", "Bob", "Carol"]).await;
    let created = alice.apply_all(vec![new("DataSample", "one"), new("DataSample", "two")]).await?;
    let ids: Vec<_> = created.iter().map(|created| created.entity.id).collect();
    let both = [(&bob, Read), (&carol, Read)];
    alice.apply_all(created.iter().map(|created| share(created, &both)).collect()).await?;
    let log = log_of(&bob, &alice).await;
    let lost = alice;
    let alice = start_over(&world, &lost.email).await;
    let to = alice.session.identity().statement();
    let wrong_key = |id| (id, BatchKey::generate().unwrap().entity_key(id));
    let wrong_vault_key = VaultKey::generate(alice.id(), KeyName::first(Compartment::Data)).unwrap();

    // Carol, whom nobody has verified, spoils nothing.
    let giving = Giving { giver: carol.session.identity(), capacity: None, log: &log, to };
    let nonsense = Returned { vault_keys: vec![wrong_vault_key.clone()], entity_keys: Vec::new() };
    send(&carol, &alice, giving, &nonsense).await;
    assert_eq!(alice.session.returning(&control()).await?.givers, []);

    // A verified giver is told from others: by a vault key before anything is signed, by an entity's at the end.
    confirm(&alice, &bob).await;
    let giving = Giving { giver: bob.session.identity(), capacity: None, log: &log, to };
    send(&bob, &alice, giving, &nonsense).await;
    assert_eq!(code(alice.session.restore(false, &control()).await), "tampered");
    assert_eq!(log_of(&alice, &lost).await.number(), log.number(), "nothing has been signed");
    confirm(&bob, &alice).await;
    let mut keys = vec![wrong_key(ids[0]), wrong_key(ids[1])];
    keys.sort_by_key(|(id, _)| *id);
    send(&bob, &alice, giving, &Returned { vault_keys: Vec::new(), entity_keys: keys }).await;
    let refused = alice.session.restore(false, &control()).await;
    let what = "a returned key that is not the one committed to";
    assert_eq!(refused.unwrap_err(), Error::Tampered { what }.into());
    // Carol has the right ones; then it does not matter what Bob has said.
    confirm(&carol, &alice).await;
    confirm(&alice, &carol).await;
    carol.session.give_back(Actor::Person, alice.id(), &control()).await?;
    let restored = alice.session.restore(false, &control()).await?;
    assert_eq!((restored.readable, restored.lost.data), (2, 1));
    assert_eq!(alice.comment(ids[0]).await?, "one");
    assert_eq!(bob.comment(ids[1]).await?, "two");
    Ok(())
}

#[tokio::test]
async fn what_a_person_had_of_a_record_comes_back_and_no_more() -> Result<()> {
    let world = World::new().await;
    let (alice, bob) = (Person::patient(&world, "Alice Appleseed").await, trusting(&world, "Bob").await);
    confirm(&alice, &bob).await;
    alice.import(&["before"]).await?;
    automatically(&alice, Automatic::Future, &[&bob], Write).await?;
    alice.import(&["since"]).await?;

    let alice = start_over(&world, &alice.email).await;
    confirm(&bob, &alice).await;
    let given = bob.session.give_back(Actor::Person, alice.id(), &control()).await?;
    assert_eq!((given.record, given.entities), (true, 0));
    confirm(&alice, &bob).await;
    let restored = alice.session.restore(false, &control()).await?;
    assert_eq!((restored.entities, restored.readable, restored.lost.data), (3, 1, 2));
    assert_eq!(restored.to_confirm, [""; 0], "who gave has what he had");
    assert_eq!(alice.own_values().await?, ["since"]);
    alice.import(&["now"]).await?;
    let again = alice.again(&world).await;
    assert_eq!(again.own_values().await?, ["now", "since"]);
    let query =
        || Query { vault: Some(alice.id().to_owned()), kind: Some("DataSample".to_owned()), ..Query::default() };
    assert_eq!(bob.session.list(Actor::Person, query(), &control()).await?.found.len(), 2);
    again.session.revoke(bob.id(), &control()).await?;
    assert_eq!(code(bob.session.list(Actor::Person, query(), &control()).await.map(drop)), "not_found");
    Ok(())
}

/// Sends a message of somebody's own making.
async fn send(giver: &Person, owner: &Person, giving: Giving<'_>, returned: &Returned) {
    let message = GiveBack::seal(&Engine::Software, giving, returned, (1, 1), 0).await.unwrap();
    let body = cbor::encode(&NewGiveBack { message: message.bytes().to_vec().into() });
    let token = giver.session.platform().token().unwrap();
    let headers = vec![(wire::SESSION_TOKEN, token), ("content-type", wire::CONTENT_TYPE.to_owned())];
    let path = format!("{}/vaults/{}/give_backs", wire::PREFIX, owner.id());
    let answer = giver.network.raw(&Request { method: Method::Post, path, headers, body: Some(body) }).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}
