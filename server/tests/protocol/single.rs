//! What tests do with single entities, in few words.

use std::rc::Rc;

use tidelock::client::{Accept, Actor, Automatic, Change, Entity, Found, Trust, What};
use tidelock::keys::Compartment;
use tidelock::sharing::Rights;
use tidelock::{Error, Id, Result};

use crate::world::{Person, World, control};

/// A practitioner who trusts whom the platform shows first.
pub(crate) async fn trusting(world: &World, name: &str) -> Person {
    let person = Person::practitioner(world, name).await;
    person.session.set_trust(Trust::FirstUse);
    person
}

/// Several of them, who sign up one after the other.
pub(crate) async fn all_trusting<const N: usize>(world: &World, names: [&str; N]) -> [Person; N] {
    let mut people = Vec::with_capacity(N);
    for name in names {
        people.push(trusting(world, name).await);
    }
    people.try_into().ok().unwrap()
}

/// Shares a record with persons, whom the owner trusts.
pub(crate) async fn automatically(owner: &Person, what: Automatic, with: &[&Person], rights: Rights) -> Result<()> {
    let ids: Vec<String> = with.iter().map(|person| person.id().to_owned()).collect();
    owner.session.share_automatically(what, &ids, rights, &Accept::Nobody, &control()).await
}

pub(crate) fn json(comment: &str) -> Vec<u8> {
    format!("{{\"comment\":\"{comment}\"}}").into_bytes()
}

/// A new entity of that type.
pub(crate) fn new(kind: &str, comment: &str) -> Change {
    let what =
        What::Put { kind: kind.to_owned(), body: json(comment), parents: None, compartment: None, to: Vec::new() };
    Change { id: None, rev: None, vault: None, what }
}

/// A change of the revision that somebody has.
pub(crate) fn of(entity: &Found, what: What) -> Change {
    let Entity { id, vault, state, .. } = &*entity.entity;
    Change { id: Some(*id), rev: Some(state.rev.to_string()), vault: Some(vault.clone()), what }
}

pub(crate) fn put(entity: &Found, comment: &str) -> Change {
    of(
        entity,
        What::Put {
            kind: entity.entity.state.kind.clone(),
            body: json(comment),
            parents: None,
            compartment: None,
            to: Vec::new(),
        },
    )
}

pub(crate) fn share(entity: &Found, to: &[(&Person, Rights)]) -> Change {
    of(entity, What::Share { to: to.iter().map(|(person, rights)| (person.id().to_owned(), *rights)).collect() })
}

pub(crate) fn unshare(entity: &Found, from: &[&Person], keep_descendants: bool) -> Change {
    let from = from.iter().map(|person| person.id().to_owned()).collect();
    of(entity, What::Unshare { from, keep_descendants })
}

pub(crate) fn moved(entity: &Found, compartment: Compartment) -> Change {
    of(entity, What::Move { compartment })
}

impl Person {
    pub(crate) async fn apply_all(&self, changes: Vec<Change>) -> Result<Vec<Found>> {
        self.session.apply(Actor::Person, changes, &Accept::Nobody, &control()).await
    }

    pub(crate) async fn apply(&self, change: Change) -> Result<Found> {
        Ok(self.apply_all(vec![change]).await?.remove(0))
    }

    pub(crate) async fn read(&self, id: Id) -> Result<Found> {
        let found = self.session.fetch(Actor::Person, &[id], None, &control()).await?.remove(0);
        let found = found.ok_or(Error::NotFound)?;
        found.body()?;
        Ok(found)
    }

    /// The comment of an entity.
    pub(crate) async fn comment(&self, id: Id) -> Result<String> {
        Ok(comment(&self.read(id).await?))
    }

    /// How many requests were made by what is done.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.network.requests.borrow().iter().map(|(name, _)| name.clone()).collect()
    }

    pub(crate) fn forget_requests(&self) {
        self.network.requests.borrow_mut().clear();
    }
}

pub(crate) fn comment(found: &Found) -> String {
    let body: serde_json::Value = serde_json::from_slice(found.body().unwrap()).unwrap();
    body["comment"].as_str().unwrap().to_owned()
}

pub(crate) fn same(left: &Found, right: &Found) -> bool {
    Rc::ptr_eq(&left.entity, &right.entity) || left.entity.state == right.entity.state
}
