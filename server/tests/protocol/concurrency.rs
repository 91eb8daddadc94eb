//! Several clients at once: nobody loses what he did, and everybody sees the same.

use std::collections::BTreeMap;

use tidelock::client::{Change, Found, Trust, What};
use tidelock::sharing::Rights;
use tidelock::sharing::Rights::{Read, Write};
use tidelock::{Error, Id, Result};

use crate::single::{comment, new, of, put, share, trusting, unshare};
use crate::world::{Person, World, code};

/// What somebody does to the revision that all have.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Share,
    Modify,
    Revoke,
    Delete,
}

/// People who meet at one entity after another.
struct Meeting {
    world: World,
    alice: Person,
    bob: Person,
    carol: Person,
    dave: Person,
    strangers: [Person; 2],
}

fn code_of<A>(outcome: &Result<A>) -> Option<&'static str> {
    outcome.as_ref().err().map(|error| error.code())
}

impl Meeting {
    async fn new() -> Self {
        let world = World::new().await;
        let (alice, bob, carol, dave, erin, frank) = (
            trusting(&world, "Alice").await,
            trusting(&world, "Bob").await,
            trusting(&world, "Carol").await,
            trusting(&world, "Dave").await,
            trusting(&world, "Erin").await,
            trusting(&world, "Frank").await,
        );
        Self { world, alice, bob, carol, dave, strangers: [erin, frank] }
    }

    /// An entity of Alice's, which Bob may write, and whoever deals with it next has given Carol and Dave for reading.
    async fn entity(&self, by: &Person) -> Result<Id> {
        let created = self.alice.apply(new("HealthcareElement", "before")).await?;
        let id = created.entity.id;
        self.alice.apply(share(&created, &[(&self.bob, Write)])).await?;
        by.apply(share(&by.read(id).await?, &[(&self.carol, Read), (&self.dave, Read)])).await?;
        Ok(id)
    }

    /// What the first, or the second, of two does: never the same.
    fn change(&self, act: Act, found: &Found, who: usize) -> Change {
        match act {
            Act::Share => share(found, &[(&self.strangers[who], Read)]),
            Act::Modify => put(found, ["by the first", "by the second"][who]),
            Act::Revoke => unshare(found, &[[&self.carol, &self.dave][who]], false),
            Act::Delete => of(found, What::Delete),
        }
    }

    /// Whether what somebody did is there, in the eyes of whom it is about.
    async fn is_done(&self, id: Id, act: Act, who: usize) -> Result<bool> {
        Ok(match act {
            Act::Share => self.strangers[who].read(id).await.is_ok(),
            Act::Modify => self.alice.comment(id).await? == ["by the first", "by the second"][who],
            Act::Revoke => code_of(&[&self.carol, &self.dave][who].read(id).await) == Some("not_found"),
            Act::Delete => code_of(&self.alice.read(id).await) == Some("not_found"),
        })
    }

    /// Two do something at once to the revision that both have: one is told of the other's.
    async fn meet(&self, id: Id, people: [&Person; 2], acts: [Act; 2]) -> Result<()> {
        let what = format!("{} and {}: {acts:?}", people[0].email, people[1].email);
        let had = [people[0].read(id).await?, people[1].read(id).await?];
        assert_eq!(had[0].entity.state, had[1].entity.state, "{what}");
        let [first, second] = [0, 1].map(|who| people[who].apply(self.change(acts[who], &had[who], who)));
        let outcomes = tokio::join!(first, second);
        let (won, lost, done, refused) = match outcomes {
            (Ok(done), Err(refused)) => (0, 1, done, refused),
            (Err(refused), Ok(done)) => (1, 0, done, refused),
            (Ok(first), Ok(second)) if acts == [Act::Delete; 2] => {
                // Two devices of one person may sign the very same write: then it is one.
                assert_eq!((first.entity.state.rev, people[0].id()), (second.entity.state.rev, people[1].id()));
                return Ok(());
            }
            outcomes => panic!("{what}: exactly one, not {outcomes:?}"),
        };
        assert!(self.is_done(id, acts[won], won).await?, "{what}");
        if acts[won] == Act::Delete {
            // Whose access ended with it is not told more.
            assert!(["conflict", "not_found"].contains(&refused.code()), "{what}: {refused:?}");
            assert_eq!(code(people[lost].read(id).await), "not_found", "{what}");
            return Ok(());
        }
        let current = Some(done.entity.state.rev.to_string());
        assert_eq!(*refused, Error::Conflict { current }, "{what}");
        assert!(!self.is_done(id, acts[lost], lost).await?, "{what}: nothing of what was refused");

        let now = people[lost].read(id).await?;
        people[lost].apply(self.change(acts[lost], &now, lost)).await?;
        assert!(self.is_done(id, acts[lost], lost).await?, "{what}: after a retry");
        if acts != [Act::Modify, Act::Modify] && acts[lost] != Act::Delete {
            assert!(self.is_done(id, acts[won], won).await?, "{what}: nothing is lost");
        }
        Ok(())
    }
}

const ACTS: [Act; 4] = [Act::Share, Act::Modify, Act::Revoke, Act::Delete];

#[tokio::test]
async fn of_an_owner_and_a_delegate_one_is_told_of_the_others_change() -> Result<()> {
    let meeting = Meeting::new().await;
    let (alice, bob) = (&meeting.alice, &meeting.bob);
    for first in ACTS {
        for second in ACTS {
            meeting.meet(meeting.entity(bob).await?, [alice, bob], [first, second]).await?;
            meeting.meet(meeting.entity(bob).await?, [bob, alice], [first, second]).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn of_two_devices_of_one_person_one_is_told_of_the_others_change() -> Result<()> {
    let meeting = Meeting::new().await;
    for person in [&meeting.alice, &meeting.bob] {
        let other = Person::sign_in(&meeting.world, &person.email, &person.device.copy()).await?;
        other.session.set_trust(Trust::FirstUse);
        for first in ACTS {
            for second in ACTS {
                meeting.meet(meeting.entity(person).await?, [person, &other], [first, second]).await?;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_one_person_writes_at_two_devices_at_once_all_arrives() -> Result<()> {
    let world = World::new().await;
    let alice = trusting(&world, "Alice").await;
    let other = Person::sign_in(&world, &alice.email, &alice.device.copy()).await?;
    let mut written = Vec::new();
    for round in 0..5 {
        let value = |device: &str| new("DataSample", &format!("{device} {round}"));
        let (one, two, three) =
            tokio::join!(alice.apply(value("one")), other.apply(value("two")), alice.apply(value("three")));
        written.extend([comment(&one?), comment(&two?), comment(&three?)]);
    }
    written.sort();
    assert_eq!(alice.again(&world).await.own_values().await?, written);
    Ok(())
}

/// What everybody knows of an entity, in the fewest words.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    owner: usize,
    revision: u64,
    content: u64,
    deleted: bool,
    /// Who has what, and from whom.
    delegations: BTreeMap<usize, (Rights, usize)>,
}

/// What comes of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Done,
    Nothing,
    Refused(&'static str),
}

/// An operation of somebody on an entity.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Modify(u64),
    Share(usize, Rights),
    Revoke(usize, bool),
    Delete,
}

impl Model {
    fn rights(&self, who: usize) -> Option<Rights> {
        match self.delegations.get(&who) {
            _ if self.deleted => None,
            _ if who == self.owner => Some(Write),
            standing => standing.map(|(rights, _)| *rights),
        }
    }

    fn remove(&mut self, who: usize) {
        self.delegations.remove(&who);
        while let Some(orphan) = self
            .delegations
            .iter()
            .find(|(_, (_, by))| *by != self.owner && !self.delegations.contains_key(by))
            .map(|(orphan, _)| *orphan)
        {
            self.delegations.remove(&orphan);
        }
    }

    /// Whether what an operation is to bring about is so already.
    fn is_so(&self, who: usize, operation: Operation) -> bool {
        match operation {
            Operation::Share(to, given) => {
                to == who || to == self.owner || self.delegations.get(&to).is_some_and(|(rights, _)| *rights >= given)
            }
            Operation::Revoke(from, _) => !self.delegations.contains_key(&from),
            _ => false,
        }
    }

    fn apply(&mut self, who: usize, operation: Operation) -> Outcome {
        let Some(rights) = self.rights(who) else { return Outcome::Refused("not_found") };
        if self.is_so(who, operation) {
            return Outcome::Nothing;
        }
        match operation {
            Operation::Modify(_) | Operation::Delete if rights < Write => return Outcome::Refused("forbidden"),
            Operation::Modify(content) => self.content = content,
            Operation::Delete => self.deleted = true,
            Operation::Share(to, given) => {
                if rights < given {
                    return Outcome::Refused("forbidden");
                }
                self.delegations.insert(to, (given, who));
            }
            Operation::Revoke(from, keep) => {
                if ![self.owner, self.delegations[&from].1, from].contains(&who) {
                    return Outcome::Refused("forbidden");
                }
                let before = self.delegations.clone();
                self.remove(from);
                for (below, (had, _)) in before {
                    if keep && who != from && below != from && !self.delegations.contains_key(&below) {
                        self.delegations.insert(below, (had.min(rights), who));
                    }
                }
            }
        }
        self.revision += 1;
        Outcome::Done
    }
}

/// Numbers that are the same each time: xorshift.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

const SEED: u64 = 0x7469_6465_6c6f_636b;
const STEPS: usize = 2_000;
const ENTITIES: usize = 12;
const EVERYBODY: [usize; 4] = [0, 1, 2, 3];
const KINDS: [&str; 4] = ["Patient", "HealthcareElement", "DataSample", "LabReport"];

/// An entity, what it should be, and what each of the four has last seen of it: by his client, and by the model.
struct Tracked {
    id: Id,
    model: Model,
    seen: [Option<(Found, Model)>; 4],
}

impl Tracked {
    /// What somebody sees is what the model says.
    async fn check(&self, people: &[Person; 4], eyes: &[usize], step: &str) {
        for who in eyes.iter().copied() {
            let person = &people[who];
            let read = person.read(self.id).await;
            match self.model.rights(who) {
                None => assert_eq!(code_of(&read), Some("not_found"), "{step}: {who} reads {:?}", self.model),
                Some(rights) => {
                    let read =
                        read.unwrap_or_else(|error| panic!("{step}: {who} cannot read: {error:?}, {:?}", self.model));
                    assert_eq!(comment(&read), self.model.content.to_string(), "{step}: {who}");
                    assert_eq!(read.rights, Some(rights), "{step}: {who}");
                    let standing = read.entity.state.delegations.iter().map(|standing| {
                        let index = |id: &str| people.iter().position(|person| person.id() == id).unwrap();
                        (index(&standing.delegate), (standing.rights, index(&standing.by.author)))
                    });
                    assert_eq!(standing.collect::<BTreeMap<_, _>>(), self.model.delegations, "{step}: {who}");
                }
            }
        }
    }

    fn note(&mut self, who: usize, found: Found) {
        self.seen[who] = Some((found, self.model.clone()));
    }
}

#[tokio::test]
async fn model_of_four_clients() -> Result<()> {
    println!("seed {SEED:#x}");
    let world = World::new().await;
    let people = [
        trusting(&world, "Alice").await,
        trusting(&world, "Bob").await,
        trusting(&world, "Carol").await,
        trusting(&world, "Dave").await,
    ];
    let mut dice = Dice(SEED);
    let mut entities: Vec<Tracked> = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for step in 0..STEPS {
        let who = dice.roll(4);
        if entities.len() < ENTITIES {
            let model = Model { owner: who, content: step as u64, ..Model::default() };
            let found = people[who].apply(new(KINDS[dice.roll(4)], &step.to_string())).await?;
            let mut tracked = Tracked { id: found.entity.id, model, seen: Default::default() };
            tracked.note(who, found);
            tracked.check(&people, &EVERYBODY, &format!("step {step}: {who} creates")).await;
            entities.push(tracked);
            continue;
        }
        let place = dice.roll(ENTITIES);
        let tracked = &mut entities[place];
        // Whoever has access does something more often than others try to.
        let who = if tracked.model.rights(who).is_some() { who } else { dice.roll(4) };
        let operation = match dice.roll(40) {
            0..10 => Operation::Modify(step as u64),
            10..20 => Operation::Share((who + 1 + dice.roll(3)) % 4, Read),
            20..28 => Operation::Share((who + 1 + dice.roll(3)) % 4, Write),
            28..36 => Operation::Revoke(dice.roll(4), false),
            36..39 => Operation::Revoke(dice.roll(4), true),
            _ => Operation::Delete,
        };
        let what = format!("step {step}: {who}, {operation:?}, {:?}", tracked.model);
        // Two times in three of what is there now; otherwise of whatever he saw last.
        let stale = dice.roll(3) == 0;
        if (!stale || tracked.seen[who].is_none())
            && let Ok(found) = people[who].read(tracked.id).await
        {
            tracked.note(who, found);
        }
        let Some((found, seen)) = tracked.seen[who].clone() else {
            assert_eq!(code(people[who].read(tracked.id).await), "not_found", "{what}");
            *counts.entry("sees nothing").or_default() += 1;
            continue;
        };
        let to = |to: usize| &people[to];
        let change = match operation {
            Operation::Modify(content) => put(&found, &content.to_string()),
            Operation::Share(with, rights) => share(&found, &[(to(with), rights)]),
            Operation::Revoke(from, keep) => unshare(&found, &[to(from)], keep),
            Operation::Delete => of(&found, What::Delete),
        };
        let outcome = people[who].apply(change).await;
        let label = if seen.revision == tracked.model.revision && seen.rights(who).is_some() {
            let expected = tracked.model.apply(who, operation);
            match (expected, &outcome) {
                (Outcome::Refused(expected), Err(error)) => assert_eq!(error.code(), expected, "{what}"),
                (Outcome::Done | Outcome::Nothing, Ok(_)) => {}
                _ => panic!("{what}: {expected:?}, not {:?}", code_of(&outcome)),
            }
            match expected {
                Outcome::Done => "done",
                Outcome::Nothing => "nothing to do",
                Outcome::Refused(_) => "refused",
            }
        } else if tracked.model.rights(who).is_some() {
            // Somebody else has changed it since.
            let current = people[who].read(tracked.id).await?.entity.state.rev.to_string();
            let refused = outcome.as_ref().err().map(|error| &**error);
            assert_eq!(refused, Some(&Error::Conflict { current: Some(current) }), "{what}");
            "conflict"
        } else {
            // He has lost it since. What would change nothing is not even asked.
            match &outcome {
                Ok(_) => assert!(seen.is_so(who, operation), "{what}"),
                Err(error) => assert!(["not_found", "conflict", "forbidden"].contains(&error.code()), "{what}"),
            }
            "lost"
        };
        *counts.entry(label).or_default() += 1;
        // What has changed nothing is seen by him who tried, and by one of the others.
        let eyes = if label == "done" { EVERYBODY.to_vec() } else { vec![who, dice.roll(4)] };
        tracked.check(&people, &eyes, &what).await;
        if label == "done" {
            if let (Ok(found), false) = (outcome, tracked.model.deleted) {
                tracked.note(who, found);
            }
        }
        if tracked.model.deleted {
            entities.swap_remove(place);
        }
        if step % 100 == 99 {
            for tracked in &entities {
                tracked.check(&people, &EVERYBODY, &format!("after step {step}")).await;
            }
        }
    }
    println!("{counts:?}");
    for label in ["done", "nothing to do", "refused", "conflict", "lost", "sees nothing"] {
        assert!(counts.get(label).is_some_and(|count| *count >= STEPS / 100), "{label}: {counts:?}");
    }
    Ok(())
}
