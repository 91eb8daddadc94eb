//! `/v1/tidelock/clinics`: keys and heads.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::put;
use tidelock::keys::{Clinic, ClinicBundle, EnvelopePurpose, Member, Role};
use tidelock::signed::Signed;
use tidelock::wire::{ClinicKeys, NewHead};
use tidelock_crypto::cbor::List;

use super::answer::{self, Nothing};
use super::extract::{Body, Session};
use super::{clinic_codes, clinicians};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::events::{self, Kind};
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::{Connection, clinic_keys, clinics, share_codes};
use crate::vaults;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/tidelock/clinics/{clinic}/keys", put(publish).get(read))
        .route("/v1/tidelock/clinics/{clinic}/head", put(renew))
}

async fn publish(
    State(app): State<App>,
    session: Session,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let new: ClinicKeys = body.decode()?;
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::PublishClinicKeys, Resource::at(&id)).await?;
    let clinic = open(&app, &new.bundle, &id).await?;
    // First of all: whoever composed this on keys that are not the newest any more reads them again, and composes it anew.
    let stored = match clinic_keys::find(&mut transaction, &id).await? {
        Some(stored) => Some(open(&app, &stored, &id).await?),
        None => None,
    };
    if stored.as_ref().is_some_and(|stored| !succeeds(&clinic, stored)) {
        return Err(Failure::conflict("the clinic has newer keys; read them again"));
    }
    let reroots = stored.as_ref().is_some_and(|stored| stored.fingerprint() != clinic.fingerprint());
    for removed in new.removed.iter() {
        // Whoever has left meanwhile need not be removed any more.
        if clinics::find_member(&mut transaction, &id, removed).await?.is_some() {
            clinicians::end_membership(&app, &mut transaction, &session.account, &id, removed).await?;
        }
    }
    check_people(&mut transaction, &id, &session.account, &clinic, &new).await?;
    if let Some(stored) = stored {
        let now = |before: &Member| clinic.roster().body().members.iter().find(|member| member.user == before.user);
        let stays = |member: &Member| now(member).is_some();
        let leads = |member: &Member| now(member).is_some_and(|member| member.role == Role::Admin);
        let before = &stored.roster().body().members;
        if clinic.statement().digest() == stored.statement().digest() && !before.iter().all(stays) {
            return Err(Failure::bad_request("somebody is not on the roster any more who has the clinic's key"));
        }
        let mut admins = before.iter().filter(|member| member.role == Role::Admin);
        if !reroots && !admins.all(leads) {
            return Err(Failure::bad_request("somebody is no administrator any more who has the clinic's root key"));
        }
    }
    let now = app.now();
    clinic_keys::put(&mut transaction, &id, &new.bundle, now).await?;
    clinic_keys::put_envelopes(&mut transaction, &id, &new.envelopes).await?;
    if reroots {
        // Its administrators' clients make new ones, which certify the new root.
        share_codes::set_outdated(&mut transaction, &id).await?;
        clinic_codes::show_newest(&mut transaction, &id, now).await?;
    }
    let action = Action::PublishClinicKeys.name();
    note(&mut transaction, &app, &session.account, action, &id).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

/// The roster names people who are members here, under the identities that they have now, and whoever publishes it is one of
/// its administrators; envelopes are for people of the roster.
async fn check_people(
    connection: &mut Connection,
    id: &str,
    account: &str,
    clinic: &Clinic,
    new: &ClinicKeys,
) -> Result<(), Failure> {
    let mut people = BTreeSet::new();
    let mut publisher = false;
    for member in &clinic.roster().body().members {
        let known = clinics::find_member(connection, id, &member.user).await?;
        let role = match member.role {
            Role::Admin => clinics::ADMIN,
            Role::Member => clinics::MEMBER,
        };
        if !known.is_some_and(|known| known.roles.iter().any(|known| known == role)) {
            return Err(Failure::bad_request(
                "the roster names somebody who is not of the clinic, or not in this role",
            ));
        }
        let identity = vaults::newest(connection, &member.user).await?;
        if identity.is_none_or(|identity| identity.digest() != member.fingerprint) {
            return Err(Failure::bad_request("the roster names an identity that is not the member's newest"));
        }
        publisher |= member.user == account && member.role == Role::Admin;
        people.insert(member.user.as_str());
    }
    if !publisher {
        return Err(Failure::bad_request("the roster does not have you as an administrator"));
    }
    if new.envelopes.iter().any(|envelope| !people.contains(envelope.user.as_str())) {
        return Err(Failure::bad_request("an envelope for somebody who is not on the roster"));
    }
    let has = |user: &str, purpose, version| {
        let mut envelopes = new.envelopes.iter();
        envelopes
            .any(|envelope| (envelope.user.as_str(), envelope.purpose, envelope.version) == (user, purpose, version))
    };
    let (agreement, root) = (clinic.statement().body().version, clinic.root().body().version);
    for member in &clinic.roster().body().members {
        if !has(&member.user, EnvelopePurpose::Agreement, agreement)
            || member.role == Role::Admin && !has(&member.user, EnvelopePurpose::Root, root)
        {
            return Err(Failure::bad_request("somebody on the roster does not get the clinic's keys"));
        }
    }
    Ok(())
}

/// Nothing goes back, and one number names one thing. The root is the same, or one that the stored root has accepted, and no other
/// before it; then everything is new.
fn succeeds(new: &Clinic, stored: &Clinic) -> bool {
    let (head, before) = (new.head(), stored.head());
    let goes_on = head.body().number > before.body().number || head.digest() == before.digest();
    // Each statement names the one before, so that whoever holds the newest key holds all.
    let next = stored.statement().body().version + 1;
    let follows = new.version_named(&stored.statement().digest()) == Some(stored.statement().body().version);
    let statement = follows && new.statement().body().version <= next;
    let roster =
        new.roster().body().number > stored.roster().body().number || new.roster().digest() == stored.roster().digest();
    let mut successions: Vec<_> = new.successions().collect();
    let root = new.fingerprint() == stored.fingerprint()
        || successions
            .pop()
            .map(Signed::body)
            .is_some_and(|last| (last.before, last.last_head) == (stored.fingerprint(), before.body().number));
    let same = successions.into_iter().map(Signed::digest).eq(stored.successions().map(Signed::digest));
    root && same && goes_on && statement && roster
}

pub(super) async fn open(app: &App, bundle: &ClinicBundle, id: &str) -> Result<Clinic, Failure> {
    Ok(Clinic::open(app.engine(), bundle, id, &app.config().public_url).await?)
}

async fn read(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ReadClinicKeys, Resource::at(&id)).await?;
    let bundle = clinic_keys::find(&mut transaction, &id).await?.ok_or(Failure::not_found("not found"))?;
    let envelopes = clinic_keys::envelopes(&mut transaction, &id, &session.account).await?;
    Ok(answer::cbor(StatusCode::OK, &ClinicKeys { bundle, envelopes, removed: List::default() }))
}

async fn renew(
    State(app): State<App>,
    session: Session,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let new: NewHead = body.decode()?;
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::PublishClinicKeys, Resource::at(&id)).await?;
    let stored = clinic_keys::find(&mut transaction, &id).await?.ok_or(Failure::not_found("not found"))?;
    let bundle = ClinicBundle { head: new.head, ..stored.clone() };
    let (clinic, stored) = (open(&app, &bundle, &id).await?, open(&app, &stored, &id).await?);
    if !succeeds(&clinic, &stored) {
        return Err(Failure::conflict("the clinic has a newer head; read it again"));
    }
    clinic_keys::put(&mut transaction, &id, &bundle, app.now()).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

/// Notes what was done to a clinic, and tells its members.
pub(super) async fn note(
    connection: &mut Connection,
    app: &App,
    actor: &str,
    action: &'static str,
    clinic: &str,
) -> Result<(), Failure> {
    let event = Event {
        at: app.now(),
        actor: actor.to_owned(),
        action,
        subject: clinic.to_owned(),
        clinic: clinic.to_owned(),
        outcome: "done",
    };
    audit::insert(connection, &event).await?;
    Ok(events::tell_members(connection, clinic, Kind::Members, Resource::at(clinic)).await?)
}
