//! Several clients at once: nobody loses what he did, and everybody sees the same.

use std::collections::BTreeMap;

use tidelock::client::{Actor, Automatic, Change, Found, Trust, What};
use tidelock::sharing::Rights;
use tidelock::sharing::Rights::{Read, Write};
use tidelock::{Error, Id, Result};

use crate::single::{all_trusting, automatically, comment, new, of, put, share, trusting, unshare};
use crate::world::{Person, World, code, control, values};

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
        let [alice, bob, carol, dave, erin, frank] =
            all_trusting(&world, ["Alice", "Bob", "Carol", "Dave", "Erin", "Frank"]).await;
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

/// By what right somebody gave access; what he gave ends with it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Right {
    Owner,
    Grant,
    Delegation,
}

/// What everybody knows of an entity, in the fewest words.
#[derive(Clone, Debug)]
struct Model {
    owner: usize,
    kind: &'static str,
    content: usize,
    deleted: bool,
    /// Who has been granted the whole record.
    grants: [Option<Rights>; 4],
    /// Who has what of this entity alone, from whom, and by what right.
    delegations: BTreeMap<usize, (Rights, usize, Right)>,
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
    Modify(usize),
    Share(usize, Rights),
    Revoke(usize, bool),
    Delete,
}

impl Model {
    fn rights(&self, who: usize) -> Option<Rights> {
        let delegated = self.delegations.get(&who).map(|(rights, ..)| *rights);
        match self.deleted {
            true => None,
            _ if who == self.owner => Some(Write),
            _ => delegated.max(self.grants[who]),
        }
    }

    /// By what right somebody gives these rights on; the one that lasts longest.
    fn right(&self, who: usize, rights: Rights) -> Right {
        match self.grants[who] {
            _ if who == self.owner => Right::Owner,
            granted if granted >= Some(rights) => Right::Grant,
            _ => Right::Delegation,
        }
    }

    /// Ends what those gave who have nothing themselves any more.
    fn close(&mut self) {
        let orphan = |model: &Self| {
            let mut orphans = model
                .delegations
                .iter()
                .filter(|(_, (_, by, right))| *right == Right::Delegation && !model.delegations.contains_key(by));
            orphans.next().map(|(orphan, _)| *orphan)
        };
        while let Some(orphan) = orphan(self) {
            self.delegations.remove(&orphan);
        }
    }

    /// Somebody loses the whole record.
    fn lose(&mut self, who: usize) {
        self.grants[who] = None;
        self.delegations.retain(|_, (_, by, right)| !(*by == who && *right == Right::Grant));
        self.close();
    }

    /// Whether what an operation is to bring about is so already.
    fn is_so(&self, who: usize, operation: Operation) -> bool {
        match operation {
            Operation::Share(to, given) => {
                to == who || to == self.owner || self.delegations.get(&to).is_some_and(|(rights, ..)| *rights >= given)
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
            Operation::Share(_, given) if rights < given => return Outcome::Refused("forbidden"),
            Operation::Share(to, given) => {
                self.delegations.insert(to, (given, who, self.right(who, given)));
            }
            Operation::Revoke(from, keep) => {
                if ![self.owner, self.delegations[&from].1, from].contains(&who) {
                    return Outcome::Refused("forbidden");
                }
                let before = self.delegations.clone();
                self.delegations.remove(&from);
                self.close();
                for (below, (had, ..)) in before {
                    if keep && who != from && below != from && !self.delegations.contains_key(&below) {
                        let rights = had.min(rights);
                        self.delegations.insert(below, (rights, who, self.right(who, rights)));
                    }
                }
            }
        }
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

/// An entity, what it should be, and what each of the four has last seen of it.
struct Tracked {
    id: Id,
    model: Model,
    seen: [Option<(Found, Model)>; 4],
}

/// Four people who own, grant, share and take back; and what should come of it.
struct Game {
    people: [Person; 4],
    entities: Vec<Tracked>,
    /// What the first granted the second.
    grants: [[Option<Rights>; 4]; 4],
    /// How often which kind of thing happened.
    counts: BTreeMap<&'static str, usize>,
}

impl Game {
    /// What these see of an entity is what the model says.
    async fn check(&self, place: usize, eyes: &[usize], step: &str) {
        let Tracked { id, model, .. } = &self.entities[place];
        for who in eyes.iter().copied() {
            let read = self.people[who].read(*id).await;
            let Some(rights) = model.rights(who) else {
                assert_eq!(code_of(&read), Some("not_found"), "{step}: {who} reads {model:?}");
                continue;
            };
            let read = read.unwrap_or_else(|error| panic!("{step}: {who} cannot read {model:?}: {error:?}"));
            assert_eq!(comment(&read), model.content.to_string(), "{step}: {who}");
            assert_eq!(read.rights, Some(rights), "{step}: {who}, {model:?}");
            let standing = read.entity.state.delegations.iter().map(|standing| {
                let index = |id: &str| self.people.iter().position(|person| person.id() == id).unwrap();
                (index(&standing.delegate), (standing.rights, index(&standing.by.author)))
            });
            let standing: BTreeMap<_, _> = standing.collect();
            let expected = model.delegations.iter().map(|(delegate, (rights, by, _))| (*delegate, (*rights, *by)));
            assert_eq!(standing, expected.collect(), "{step}: {who}, {model:?}");
        }
    }

    async fn check_all(&self, of: Option<usize>, step: &str) {
        for place in 0..self.entities.len() {
            if of.is_none_or(|owner| self.entities[place].model.owner == owner) {
                self.check(place, &EVERYBODY, step).await;
            }
        }
    }

    /// Whoever reads a whole record reads what the model says.
    async fn check_whole_records(&self, step: &str) -> Result<()> {
        for (owner, grants) in self.grants.iter().enumerate() {
            let samples = self.entities.iter().map(|tracked| &tracked.model);
            let samples = samples.filter(|model| model.owner == owner && model.kind == "DataSample");
            let mut expected: Vec<String> = samples.map(|model| model.content.to_string()).collect();
            expected.sort();
            for who in EVERYBODY.into_iter().filter(|who| *who == owner || grants[*who].is_some()) {
                let vault = (who != owner).then(|| self.people[owner].id());
                let session = &self.people[who].session;
                let read = values(session.read_records(vault, Actor::Person, "DataSample", &control()).await?)?;
                assert_eq!(read, expected, "{step}: {who} reads everything of {owner}");
            }
        }
        Ok(())
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    async fn see(&mut self, place: usize, who: usize) {
        let tracked = &mut self.entities[place];
        if let Ok(found) = self.people[who].read(tracked.id).await {
            tracked.seen[who] = Some((found, tracked.model.clone()));
        }
    }

    async fn create(&mut self, who: usize, kind: &'static str, step: usize) -> Result<()> {
        let found = self.people[who].apply(new(kind, &step.to_string())).await?;
        let (grants, delegations) = (self.grants[who], BTreeMap::new());
        let model = Model { owner: who, kind, content: step, deleted: false, grants, delegations };
        self.entities.push(Tracked { id: found.entity.id, model, seen: Default::default() });
        self.check(self.entities.len() - 1, &EVERYBODY, &format!("step {step}: {who} creates")).await;
        Ok(())
    }

    /// Grants the whole record, or takes it back.
    async fn grant(&mut self, owner: usize, to: usize, rights: Option<Rights>, step: usize) -> Result<()> {
        let what = format!("step {step}: {owner} grants {rights:?} to {to}");
        let person = &self.people[owner];
        let before = self.grants[owner][to];
        match rights {
            Some(rights) => {
                automatically(person, Automatic::Everything, &[&self.people[to]], rights).await?;
                self.grants[owner][to] = before.max(Some(rights));
            }
            None => {
                let revoked = person.session.revoke(self.people[to].id(), &control()).await;
                assert_eq!(code_of(&revoked), before.is_none().then_some("not_found"), "{what}");
                self.grants[owner][to] = None;
            }
        }
        let grants = self.grants[owner];
        for Tracked { model, .. } in self.entities.iter_mut().filter(|tracked| tracked.model.owner == owner) {
            if rights.is_none() {
                model.lose(to);
            }
            model.grants = grants;
        }
        self.count(if rights.is_some() { "granted" } else { "taken back" });
        self.check_all(Some(owner), &what).await;
        Ok(())
    }

    /// Somebody does something, to what he saw last: says whether it was done.
    async fn operate(&mut self, place: usize, who: usize, operation: Operation, step: &str) -> Result<bool> {
        let Self { people, entities, .. } = self;
        let tracked = &mut entities[place];
        let Some((found, seen)) = tracked.seen[who].clone() else {
            assert_eq!(code(people[who].read(tracked.id).await), "not_found", "{step}");
            self.count("sees nothing");
            return Ok(false);
        };
        let change = match operation {
            Operation::Modify(content) => put(&found, &content.to_string()),
            Operation::Share(to, rights) => share(&found, &[(&people[to], rights)]),
            Operation::Revoke(from, keep) => unshare(&found, &[&people[from]], keep),
            Operation::Delete => of(&found, What::Delete),
        };
        let current = people[tracked.model.owner].read(tracked.id).await?.entity.state.rev;
        let outcome = people[who].apply(change).await;
        if tracked.model.rights(who).is_none() {
            // He has lost it. What would change nothing is not even asked.
            match &outcome {
                Ok(_) => assert!(seen.is_so(who, operation) || tracked.model.is_so(who, operation), "{step}"),
                Err(error) => {
                    assert!(["not_found", "conflict", "forbidden"].contains(&error.code()), "{step}: {error:?}")
                }
            }
            self.count("lost");
            return Ok(false);
        }
        if found.entity.state.rev != current {
            // Somebody else has changed it since.
            let refused = outcome.as_ref().err().map(|error| &**error);
            let conflict = Error::Conflict { current: Some(current.to_string()) };
            // What changes nothing, by what he knows, is not even asked.
            let asked = refused.is_some() || !seen.is_so(who, operation);
            assert!(refused == Some(&conflict) || !asked, "{step}: {refused:?}");
            self.count("conflict");
            return Ok(false);
        }
        let expected = tracked.model.apply(who, operation);
        let label = match (expected, &outcome) {
            (Outcome::Done, Ok(_)) => "done",
            (Outcome::Nothing, Ok(_)) => "nothing to do",
            (Outcome::Refused(expected), Err(error)) if error.code() == expected => "refused",
            _ => panic!("{step}: {expected:?}, not {:?}", outcome.map(|_| ())),
        };
        if let (Outcome::Done, Ok(found)) = (expected, outcome) {
            tracked.seen[who] = Some((found, tracked.model.clone()));
        }
        self.count(label);
        Ok(expected == Outcome::Done)
    }
}

#[tokio::test]
async fn model_of_four_clients() -> Result<()> {
    println!("seed {SEED:#x}");
    let world = World::new().await;
    let people = all_trusting(&world, ["Alice", "Bob", "Carol", "Dave"]).await;
    let mut dice = Dice(SEED);
    let mut game = Game { people, entities: Vec::new(), grants: Default::default(), counts: BTreeMap::new() };
    for step in 0..STEPS {
        let who = dice.roll(4);
        let other = (who + 1 + dice.roll(3)) % 4;
        if game.entities.len() < ENTITIES {
            game.create(who, KINDS[dice.roll(4)], step).await?;
            continue;
        }
        let place = dice.roll(ENTITIES);
        // Whoever has access does something more often than others try to.
        let may = game.entities[place].model.rights(who).is_some();
        let (who, other) = if may { (who, other) } else { (other, who) };
        let operation = match dice.roll(155) {
            0 => {
                game.grant(who, other, Some(Read), step).await?;
                continue;
            }
            1 => {
                game.grant(who, other, Some(Write), step).await?;
                continue;
            }
            2..5 => {
                game.grant(who, other, None, step).await?;
                continue;
            }
            5..40 => Operation::Modify(step),
            40..75 => Operation::Share(other, Read),
            75..105 => Operation::Share(other, Write),
            105..135 => Operation::Revoke(dice.roll(4), false),
            135..150 => Operation::Revoke(dice.roll(4), true),
            _ => Operation::Delete,
        };
        let what = format!("step {step}: {who}, {operation:?}, {:?}", game.entities[place].model);
        // Two times in three to what is there now; otherwise to whatever he saw last.
        if game.entities[place].seen[who].is_none() || dice.roll(3) > 0 {
            game.see(place, who).await;
        }
        let done = game.operate(place, who, operation, &what).await?;
        // What has changed nothing is seen by him who tried, and by one of the others.
        let eyes = if done { EVERYBODY.to_vec() } else { vec![who, other] };
        game.check(place, &eyes, &what).await;
        if game.entities[place].model.deleted {
            game.entities.swap_remove(place);
        }
        if step % 100 == 99 {
            let what = format!("after step {step}");
            game.check_all(None, &what).await;
            // That reads everything from the beginning.
            if step % 500 == 499 {
                game.check_whole_records(&what).await?;
            }
        }
    }
    println!("{:?}", game.counts);
    let kinds = ["done", "nothing to do", "refused", "conflict", "lost", "sees nothing", "granted", "taken back"];
    for kind in kinds {
        assert!(game.counts.get(kind).is_some_and(|count| *count >= 5), "{kind}: {:?}", game.counts);
    }
    Ok(())
}
