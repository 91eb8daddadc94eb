//! Single entities between patients and clinics: a clinic's people read and change in its name what is shared with it, and
//! share it on.

use tidelock::client::{Accept, Actor, Change, Found, Query, What};
use tidelock::sharing::Rights::{self, Read, Write};
use tidelock::{Error, Id, Result};

use crate::single::{all_trusting, comment, new, of, put, trusting};
use crate::world::{Person, Shared, World, code, control};

async fn apply(member: &Person, clinic: &str, change: Change) -> Result<Found> {
    let accept = Accept::Nobody;
    Ok(member.session.apply(Actor::Clinic(clinic), vec![change], &accept, &control()).await?.remove(0))
}

async fn read(member: &Person, clinic: &str, id: Id) -> Result<Found> {
    let found = member.session.fetch(Actor::Clinic(clinic), &[id], None, &control()).await?.remove(0);
    let found = found.ok_or(Error::NotFound)?;
    found.body()?;
    Ok(found)
}

fn share_with(entity: &Found, id: &str, rights: Rights) -> Change {
    of(entity, What::Share { to: vec![(id.to_owned(), rights)] })
}

#[tokio::test]
async fn a_clinic_is_a_delegate_like_any_other() -> Result<()> {
    let world = World::new().await;
    let [alice, doctor, other] = all_trusting(&world, ["Alice", "Dora Doctor", "Otto Other"]).await;
    let (clinic, _) = doctor.clinic("Harbour Clinic").await;
    let (elsewhere, _) = other.clinic("Hill Clinic").await;
    let created = alice.apply(new("HealthcareElement", "one")).await?;
    let id = created.entity.id;
    alice.apply(share_with(&created, &clinic, Write)).await?;
    let at_clinic = read(&doctor, &clinic, id).await?;
    assert_eq!(comment(&at_clinic), "one");
    assert_eq!(at_clinic.rights, Some(Write));
    assert_eq!(code(doctor.read(id).await), "not_found", "the doctor has it in the clinic's name only");
    assert_eq!(code(read(&other, &elsewhere, id).await), "not_found");
    let asked = other.session.fetch(Actor::Clinic(&clinic), &[id], None, &control()).await;
    assert!(asked.is_err(), "who is not of the clinic does not act in its name");

    let modified = apply(&doctor, &clinic, put(&at_clinic, "two")).await?;
    assert_eq!(
        (&*modified.entity.state.author.author, &*modified.entity.state.author.capacity),
        (doctor.id(), &*clinic)
    );
    assert_eq!(alice.comment(id).await?, "two");
    // The clinic shares on, with another clinic and with a person.
    let modified = apply(&doctor, &clinic, share_with(&modified, &elsewhere, Read)).await?;
    apply(&doctor, &clinic, share_with(&modified, other.id(), Read)).await?;
    assert_eq!(comment(&read(&other, &elsewhere, id).await?), "two");
    assert_eq!(other.comment(id).await?, "two");
    let delegated = Query { delegated: true, ..Query::default() };
    let listed = doctor.session.list(Actor::Clinic(&clinic), delegated.clone(), &control()).await?.found;
    assert_eq!(listed.iter().map(comment).collect::<Vec<_>>(), ["two"]);
    assert!(doctor.session.list(Actor::Person, delegated, &control()).await?.found.is_empty());

    // What ends for the clinic ends for those with whom it has shared.
    let from = vec![clinic.clone()];
    alice.apply(of(&alice.read(id).await?, What::Unshare { from, keep_descendants: false })).await?;
    alice.apply(put(&alice.read(id).await?, "three")).await?;
    assert_eq!(code(read(&doctor, &clinic, id).await), "not_found");
    assert_eq!(code(read(&other, &elsewhere, id).await), "not_found");
    assert_eq!(code(other.read(id).await), "not_found");
    Ok(())
}

#[tokio::test]
async fn a_clinic_with_the_record_creates_changes_and_shares_single_entities() -> Result<()> {
    let Shared { world, alice, doctor, clinic, code: code_of_clinic } = Shared::new().await;
    let frank = trusting(&world, "Frank").await;
    doctor.session.set_trust(tidelock::client::Trust::FirstUse);
    alice.session.set_trust(tidelock::client::Trust::FirstUse);
    let created = Change { vault: Some(alice.id().to_owned()), ..new("HealthcareElement", "by the clinic") };
    let created = apply(&doctor, &clinic, created).await?;
    let id = created.entity.id;
    assert_eq!(created.entity.vault, alice.id());
    assert_eq!(alice.comment(id).await?, "by the clinic");
    let modified = alice.apply(put(&alice.read(id).await?, "by Alice")).await?;
    assert_eq!(comment(&read(&doctor, &clinic, id).await?), "by Alice");
    let shared = apply(&doctor, &clinic, share_with(&modified, frank.id(), Write)).await?;
    frank.apply(put(&frank.read(id).await?, "by Frank")).await?;
    assert_eq!(comment(&read(&doctor, &clinic, id).await?), "by Frank");
    assert_eq!(alice.comment(id).await?, "by Frank");
    drop(shared);

    // What the clinic gave by its grant ends with the grant.
    alice.session.revoke(&clinic, &control()).await?;
    assert_eq!(code(frank.read(id).await), "not_found");
    assert_eq!(code(read(&doctor, &clinic, id).await), "not_found");
    assert_eq!(alice.comment(id).await?, "by Frank");
    assert!(!alice.read(id).await?.entity.state.due, "it has a new key already");

    // What is refused by what is known of the log is asked for again: there is another grant by now.
    alice.invite(&code_of_clinic).await?;
    assert_eq!(doctor.accept_all(&clinic).await?, 1);
    let again = Change { vault: Some(alice.id().to_owned()), ..new("HealthcareElement", "again by the clinic") };
    let again = apply(&doctor, &clinic, again).await?;
    assert_eq!(alice.comment(again.entity.id).await?, "again by the clinic");
    Ok(())
}
