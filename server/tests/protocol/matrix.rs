//! Everybody shares with everybody: patients, practitioners, devices and members of clinics, every type of entity.

use tidelock::client::{Accept, Actor, Change, Found, Trust, What};
use tidelock::keys::DataOwnerKind;
use tidelock::sharing::Rights;
use tidelock::sharing::Rights::{Read, Write};
use tidelock::{Error, Id, Result};

use crate::single::{comment, new, of, put};
use crate::world::{Person, World, code, control};

/// Who gives and who receives.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Patient,
    Practitioner,
    Device,
    /// Somebody who acts in the name of a clinic. As a giver, in the record of a patient who has granted it to the clinic.
    ClinicMember,
}

const KINDS: [Kind; 4] = [Kind::Patient, Kind::Practitioner, Kind::Device, Kind::ClinicMember];

/// What is shared; the last is an application's own type.
const TYPES: [&str; 4] = ["Patient", "HealthcareElement", "DataSample", "LabReport"];

/// Somebody, and in whose name he acts.
struct Party {
    person: Person,
    clinic: Option<String>,
    /// Whose record the clinic writes into.
    patient: Option<Person>,
}

impl Party {
    async fn new(world: &World, kind: Kind, name: &str) -> Self {
        let owner = match kind {
            Kind::Patient => DataOwnerKind::Patient,
            Kind::Device => DataOwnerKind::Device,
            Kind::Practitioner | Kind::ClinicMember => DataOwnerKind::Practitioner,
        };
        let person = Person::sign_up(world, name, owner).await;
        assert_eq!(person.session.account().kind, owner);
        person.session.set_trust(Trust::FirstUse);
        if kind != Kind::ClinicMember {
            return Self { person, clinic: None, patient: None };
        }
        let (clinic, share_code) = person.clinic(&format!("Clinic of {name}")).await;
        let patient = Person::patient(world, &format!("Patient of {name}")).await;
        patient.invite(&share_code).await.unwrap();
        assert_eq!(person.accept_all(&clinic).await.unwrap(), 1);
        Self { person, clinic: Some(clinic), patient: Some(patient) }
    }

    fn id(&self) -> &str {
        self.clinic.as_deref().unwrap_or(self.person.id())
    }

    fn actor(&self) -> Actor<'_> {
        self.clinic.as_deref().map_or(Actor::Person, Actor::Clinic)
    }

    async fn apply(&self, change: Change) -> Result<Found> {
        let changed = self.person.session.apply(self.actor(), vec![change], &Accept::Nobody, &control()).await;
        Ok(changed?.remove(0))
    }

    async fn read(&self, id: Id) -> Result<Found> {
        let found = self.person.session.fetch(self.actor(), &[id], None, &control()).await?.remove(0);
        Ok(found.ok_or(Error::NotFound)?)
    }

    async fn put(&self, id: Id, comment: &str) -> Result<Found> {
        self.apply(put(&self.read(id).await?, comment)).await
    }

    async fn share(&self, id: Id, to: &Self, rights: Rights) -> Result<Found> {
        let to = vec![(to.id().to_owned(), rights)];
        self.apply(of(&self.read(id).await?, What::Share { to })).await
    }

    async fn revoke(&self, id: Id, from: &Self) -> Result<Found> {
        let from = vec![from.id().to_owned()];
        self.apply(of(&self.read(id).await?, What::Unshare { from, keep_descendants: false })).await
    }
}

/// One cell: who gives what to whom, and who looks on.
struct Cell<'a> {
    giver: &'a Party,
    receiver: &'a Party,
    /// With whom the receiver shares on.
    friend: &'a Party,
    outsider: &'a Party,
    id: Id,
    name: String,
}

impl Cell<'_> {
    /// What the giver, the receiver and his friend see, each with his rights; the outsider never sees anything.
    async fn is_seen(&self, what: &str, comment_now: &str, rights: [Option<Rights>; 3]) {
        let parties = [self.giver, self.receiver, self.friend, self.outsider];
        for (party, rights) in parties.into_iter().zip(rights.into_iter().chain([None])) {
            let name = format!("{}: {what}, {}", self.name, party.person.email);
            let read = party.read(self.id).await;
            let seen = read.as_ref().map(|read| (comment(read), read.rights)).map_err(|error| error.code());
            match rights {
                Some(rights) => assert_eq!(seen, Ok((comment_now.to_owned(), Some(rights))), "{name}"),
                None => assert_eq!(seen, Err("not_found"), "{name}"),
            }
            // What is a clinic's is not its member's own.
            if party.clinic.is_some() {
                assert_eq!(code(party.person.read(self.id).await), "not_found", "{name}");
            }
        }
        if let Some(patient) = &self.giver.patient {
            assert_eq!(patient.comment(self.id).await.unwrap(), comment_now, "{}: {what}, the patient", self.name);
        }
    }

    async fn is_played_through(&self) -> Result<()> {
        let Self { giver, receiver, friend, outsider, id, name } = self;
        let id = *id;
        self.is_seen("created", "one", [Some(Write), None, None]).await;

        giver.share(id, receiver, Read).await?;
        self.is_seen("shared", "one", [Some(Write), Some(Read), None]).await;
        assert_eq!(code(receiver.put(id, "by a reader").await), "forbidden", "{name}");
        assert_eq!(code(receiver.share(id, friend, Write).await), "forbidden", "{name}");
        let deleted = receiver.apply(of(&receiver.read(id).await?, What::Delete)).await;
        assert_eq!(code(deleted), "forbidden", "{name}");

        receiver.share(id, friend, Read).await?;
        self.is_seen("shared on", "one", [Some(Write), Some(Read), Some(Read)]).await;
        giver.put(id, "two").await?;
        self.is_seen("modified", "two", [Some(Write), Some(Read), Some(Read)]).await;

        giver.share(id, receiver, Write).await?;
        let modified = receiver.put(id, "three").await?;
        assert_eq!(modified.entity.state.author.capacity, receiver.id(), "{name}");
        self.is_seen("modified by the receiver", "three", [Some(Write), Some(Write), Some(Read)]).await;
        assert_eq!(code(friend.put(id, "by a friend").await), "forbidden", "{name}");
        assert_eq!(code(friend.revoke(id, receiver).await), "forbidden", "{name}");
        assert_eq!(code(outsider.apply(put(&modified, "by an outsider")).await), "not_found", "{name}");
        assert_eq!(code(outsider.apply(of(&modified, What::Delete)).await), "not_found", "{name}");

        let had = receiver.read(id).await?;
        giver.revoke(id, receiver).await?;
        self.is_seen("revoked", "three", [Some(Write), None, None]).await;
        let late = code(receiver.apply(put(&had, "too late")).await);
        assert!(["not_found", "conflict"].contains(&late), "{name}: {late}");
        giver.put(id, "four").await?;
        self.is_seen("after all", "four", [Some(Write), None, None]).await;
        Ok(())
    }
}

/// One kind of giver shares every type with every kind of receiver.
async fn shares_everything_with_everybody(kind: Kind) -> Result<()> {
    let world = World::new().await;
    let giver = Party::new(&world, kind, "Giver").await;
    let friend = Party::new(&world, Kind::Practitioner, "Friend").await;
    let outsider = Party::new(&world, Kind::Practitioner, "Outsider").await;
    for to in KINDS {
        let receiver = Party::new(&world, to, &format!("{to:?}")).await;
        for entity_type in TYPES {
            let name = format!("{kind:?}, {to:?}, {entity_type}");
            let vault = giver.patient.as_ref().map(|patient| patient.id().to_owned());
            let created = giver.apply(Change { vault, ..new(entity_type, "one") }).await?;
            let id = created.entity.id;
            let (giver, receiver, friend, outsider) = (&giver, &receiver, &friend, &outsider);
            Cell { giver, receiver, friend, outsider, id, name }.is_played_through().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_patient_shares_every_type_with_everybody() -> Result<()> {
    shares_everything_with_everybody(Kind::Patient).await
}

#[tokio::test]
async fn a_practitioner_shares_every_type_with_everybody() -> Result<()> {
    shares_everything_with_everybody(Kind::Practitioner).await
}

#[tokio::test]
async fn a_device_shares_every_type_with_everybody() -> Result<()> {
    shares_everything_with_everybody(Kind::Device).await
}

#[tokio::test]
async fn a_clinic_member_shares_every_type_with_everybody() -> Result<()> {
    shares_everything_with_everybody(Kind::ClinicMember).await
}
