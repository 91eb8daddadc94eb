//! Several people at one entity at the same time: nothing is lost, nobody gets what he may not have, and everybody sees the
//! same.

use std::collections::BTreeMap;

use tidelock::client::Found;
use tidelock::sharing::Rights::{self, Read, Write};
use tidelock::{Error, Id, Result};

use crate::single::{comment, new, put, share, trusting, unshare};
use crate::world::{Person, World};

/// Repeats a change on what is current until nobody was faster, as applications do.
async fn until_done(person: &Person, id: Id, change: impl Fn(&Found) -> tidelock::client::Change) -> Result<Found> {
    loop {
        match person.apply(change(&person.read(id).await?)).await {
            Err(error) if matches!(*error, Error::Conflict { .. }) => {}
            outcome => return outcome,
        }
    }
}

#[tokio::test]
async fn two_share_at_once() -> Result<()> {
    let world = World::new().await;
    let (alice, bob, carol, dave) = (
        trusting(&world, "Alice").await,
        trusting(&world, "Bob").await,
        trusting(&world, "Carol").await,
        trusting(&world, "Dave").await,
    );
    let created = alice.apply(new("DataSample", "one")).await?;
    let id = created.entity.id;
    let created = alice.apply(share(&created, &[(&bob, Read)])).await?;
    let at_bob = bob.read(id).await?;
    // One of them is told that the other was faster.
    let (one, other) =
        tokio::join!(alice.apply(share(&created, &[(&carol, Read)])), bob.apply(share(&at_bob, &[(&dave, Read)])));
    let refused = [&one, &other].into_iter().filter(|outcome| outcome.is_err()).count();
    assert_eq!(refused, 1);
    let (one, other) = tokio::join!(
        until_done(&alice, id, |found| share(found, &[(&carol, Read)])),
        until_done(&bob, id, |found| share(found, &[(&dave, Read)]))
    );
    (one?, other?);
    for reader in [&alice, &bob, &carol, &dave] {
        assert_eq!(reader.comment(id).await?, "one");
    }
    assert_eq!(alice.read(id).await?.entity.state.delegations.len(), 3);
    // The same new delegate twice is one delegation.
    let erin = trusting(&world, "Erin").await;
    let (one, other) = tokio::join!(
        until_done(&alice, id, |found| share(found, &[(&erin, Read)])),
        until_done(&bob, id, |found| share(found, &[(&erin, Read)]))
    );
    (one?, other?);
    assert_eq!(erin.comment(id).await?, "one");
    assert_eq!(alice.read(id).await?.entity.state.delegations.len(), 4);
    Ok(())
}

#[tokio::test]
async fn two_modify_at_once() -> Result<()> {
    let world = World::new().await;
    let (alice, bob) = (trusting(&world, "Alice").await, trusting(&world, "Bob").await);
    let created = alice.apply(new("DataSample", "0")).await?;
    let id = created.entity.id;
    alice.apply(share(&created, &[(&bob, Write)])).await?;
    let phone = Person::sign_in(&world, &alice.email, &alice.device.copy()).await?;
    let more = |found: &Found| {
        let number: u64 = comment(found).parse().unwrap();
        put(found, &(number + 1).to_string())
    };
    for _ in 0..4 {
        let (one, other, third) =
            tokio::join!(until_done(&alice, id, more), until_done(&bob, id, more), until_done(&phone, id, more));
        (one?, other?, third?);
    }
    // No change was lost, and none was made twice.
    for reader in [&alice, &bob, &phone] {
        assert_eq!(reader.comment(id).await?, "12");
    }
    Ok(())
}

#[tokio::test]
async fn share_and_revoke_at_once() -> Result<()> {
    let world = World::new().await;
    let (alice, bob, carol) =
        (trusting(&world, "Alice").await, trusting(&world, "Bob").await, trusting(&world, "Carol").await);
    for turn in 0..4 {
        let created = alice.apply(new("DataSample", &turn.to_string())).await?;
        let id = created.entity.id;
        let created = alice.apply(share(&created, &[(&bob, Read)])).await?;
        let at_bob = bob.read(id).await?;
        let revoke = async {
            match alice.apply(unshare(&created, &[&bob], false)).await {
                Err(_) => until_done(&alice, id, |found| unshare(found, &[&bob], false)).await,
                done => done,
            }
        };
        let (revoked, _) = tokio::join!(revoke, bob.apply(share(&at_bob, &[(&carol, Read)])));
        revoked?;
        // Whoever was faster: neither of them has it any more.
        assert!(bob.read(id).await.is_err());
        assert!(carol.read(id).await.is_err());
        assert!(alice.read(id).await?.entity.state.delegations.is_empty());
    }
    Ok(())
}

/// What should be: the record, and who may do what with it and through whom.
#[derive(Clone, Debug)]
struct Expected {
    owner: usize,
    comment: String,
    rights: BTreeMap<usize, (Rights, usize)>,
}

impl Expected {
    fn rights(&self, person: usize) -> Option<Rights> {
        if person == self.owner { Some(Write) } else { self.rights.get(&person).map(|(rights, _)| *rights) }
    }

    /// Ends what rests on somebody who has nothing any more.
    fn close(&mut self) {
        while let Some(lost) = self
            .rights
            .iter()
            .find_map(|(person, (_, by))| (*by != self.owner && !self.rights.contains_key(by)).then_some(*person))
        {
            self.rights.remove(&lost);
        }
    }
}

/// One step of somebody, of an entity.
#[derive(Clone, Debug)]
enum Act {
    Create,
    Modify,
    Share(usize, Rights),
    Unshare(usize),
    Restart,
}

const PEOPLE: usize = 4;
const STEPS: usize = 20;

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn act(&mut self) -> Act {
        match self.below(14) {
            0 => Act::Create,
            1..=4 => Act::Modify,
            5..=9 => Act::Share(self.below(PEOPLE), if self.below(2) == 0 { Read } else { Write }),
            10..=12 => Act::Unshare(self.below(PEOPLE)),
            _ => Act::Restart,
        }
    }
}

/// Random steps of four people, each of whom sees, after every step, exactly what he may. `TIDELOCK_MODEL_CASES` says how
/// many times 20 steps there are.
#[tokio::test]
async fn model_of_four_clients() {
    let cases = std::env::var("TIDELOCK_MODEL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10);
    for seed in 0..cases {
        play(seed).await;
    }
}

async fn play(seed: u64) {
    let mut numbers = Numbers(seed);
    let world = World::new().await;
    let mut people = Vec::new();
    for name in ["Alice", "Bob", "Carol", "Dave"] {
        people.push(trusting(&world, name).await);
    }
    let mut model: Vec<(Id, Expected)> = Vec::new();
    for turn in 0..STEPS {
        let (who, which, act) = (numbers.below(PEOPLE), numbers.below(4), numbers.act());
        let turn = format!("{turn} of case {seed}");
        let text = format!("of step {turn}");
        let place = if model.is_empty() { 0 } else { which % model.len() };
        match (&act, model.get(place).cloned()) {
            (Act::Create, _) | (_, None) => {
                let created = people[who].apply(new("DataSample", &text)).await.unwrap();
                let expected = Expected { owner: who, comment: text, rights: BTreeMap::new() };
                model.push((created.entity.id, expected));
            }
            (Act::Restart, _) => {
                let again = people[who].again(&world).await;
                again.session.set_trust(tidelock::client::Trust::FirstUse);
                people[who] = again;
            }
            (act, Some((id, mut expected))) => {
                let Some(has) = expected.rights(who) else { continue };
                let found = people[who].read(id).await.unwrap();
                let (change, allowed) = match act {
                    Act::Modify => {
                        expected.comment.clone_from(&text);
                        (put(&found, &text), has == Write)
                    }
                    Act::Share(to, rights) => {
                        let nothing = *to == who || expected.rights(*to) >= Some(*rights);
                        if !nothing {
                            expected.rights.insert(*to, (*rights, who));
                        }
                        (share(&found, &[(&people[*to], *rights)]), nothing || *rights <= has)
                    }
                    Act::Unshare(from) => {
                        let standing = expected.rights.get(from).copied();
                        expected.rights.remove(from);
                        expected.close();
                        let may = standing.is_none_or(|(_, by)| who == expected.owner || by == who || *from == who);
                        (unshare(&found, &[&people[*from]], false), may)
                    }
                    Act::Create | Act::Restart => unreachable!(),
                };
                match people[who].apply(change).await {
                    Ok(_) => {
                        assert!(allowed, "{who} was allowed {act:?} in step {turn}");
                        model[place].1 = expected;
                    }
                    Err(error) => assert!(!allowed && error.code() == "forbidden", "{who}, {act:?}, {turn}: {error}"),
                }
            }
        }
        for (id, expected) in &model {
            for (person, client) in people.iter().enumerate() {
                let read = client.read(*id).await;
                match expected.rights(person) {
                    None => assert!(read.is_err(), "{person} reads after step {turn}"),
                    Some(rights) => {
                        let found = read.unwrap();
                        assert_eq!(comment(&found), expected.comment, "{person} after step {turn}");
                        assert_eq!(found.rights, Some(rights), "{person} after step {turn}");
                    }
                }
            }
        }
    }
}
