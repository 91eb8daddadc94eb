//! `/confirm/…/invite`: a person invites another by an address; in the way of Tidepool's hydrophone. And of ours, what a
//! client needs to complete an invitation once there is somebody to seal a grant to.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post, put};
use serde_json::{Map, Value, json};
use tidelock::wire::json::{PersonGrant, PersonProof, from_base64url};
use tidelock::wire::{CompletedInvitation, GivenShare, InvitationState, People, ReceivedShare};
use tidelock_crypto::cbor::Flag;

use super::answer::{self, Nothing};
use super::confirmations;
use super::extract::{Body, Session};
use super::invitations::{confirmation, note};
use crate::authority::{self, Action, Resource};
use crate::error::{Failure, Refusal};
use crate::events::{self, Kind};
use crate::letters;
use crate::mail::Mail;
use crate::permissions::Permissions;
use crate::random;
use crate::state::App;
use crate::storage::Connection;
use crate::storage::accounts;
use crate::storage::invitations::{self, Invitation, Status};
use crate::storage::people::{self, Share};
use crate::vaults;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/confirm/send/invite/{user}", post(send))
        .route("/confirm/invitations/{user}", get(received))
        .route("/confirm/accept/invite/{invitee}/{sharer}", put(accept))
        .route("/confirm/dismiss/invite/{invitee}/{sharer}", put(dismiss))
        .route("/confirm/{sharer}/invited/{email}", put(cancel))
        .route("/confirm/resend/invite/{key}", patch(resend))
}

/// Those of ours.
pub(super) fn own_routes() -> Router<App> {
    Router::new().route("/v1/tidelock/people", get(list)).route("/v1/tidelock/invitations/{key}", post(complete))
}

/// The longest name by which the sender may call somebody, in characters.
const NICKNAME: usize = 100;

/// The longest that an invitation may wait, in milliseconds: a year.
const LONGEST: i64 = 366 * 24 * 60 * 60 * 1_000;

/// The length of what shows that somebody has the secret of a link.
const PROOF: usize = 32;

const FORBIDDEN: &str = "Forbidden to perform requested operation";
const NO_INVITATION: &str = "No matching invite was found";

/// What a person sends.
struct NewInvitation {
    email: String,
    permissions: Permissions,
    context: Map<String, Value>,
    ours: PersonGrant,
}

fn parse(body: &[u8]) -> Result<NewInvitation, Failure> {
    let undecodable = || Failure::bad_request("Error decoding the confirmation");
    let body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| undecodable())?;
    let text = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(text) => text.as_str().map(|text| text.trim().to_owned()).ok_or_else(undecodable),
    };
    let (email, nickname) = (accounts::fold(&text("email")?), text("nickname")?);
    let permissions = match body.get("permissions") {
        None | Some(Value::Null) => return Err(Failure::EmptyBadRequest),
        Some(Value::Object(object)) => Permissions::from_json(object),
        Some(_) => return Err(undecodable()),
    };
    if email.is_empty() {
        return Err(Failure::EmptyBadRequest);
    }
    if !super::auth::is_email(&email) || nickname.chars().count() > NICKNAME {
        return Err(undecodable());
    }
    let ours = match body.get("tidelock") {
        None | Some(Value::Null) => PersonGrant::default(),
        Some(ours) => serde_json::from_value(ours.clone()).map_err(|_| undecodable())?,
    };
    let mut context = Map::new();
    context.insert("permissions".into(), permissions.to_json());
    if !nickname.is_empty() {
        context.insert("nickname".into(), nickname.into());
    }
    Ok(NewInvitation { email, permissions, context, ours })
}

async fn send(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::SendInvitation, Resource::of(&user)).await?;
    let NewInvitation { email, permissions, context, ours } = parse(&body)?;
    let now = app.now();
    let invitee = accounts::find_by_name(&mut transaction, &email).await?;
    if let Some(invitee) = &invitee
        && (invitee.id == user || people::find(&mut transaction, &user, &invitee.id).await?.is_some())
    {
        return Err(Failure::conflict("The user is already an existing member"));
    }
    let newest = invitations::newest_to(&mut transaction, &user, &email).await?;
    if newest.is_some_and(|newest| newest.is_open(now)) {
        return Err(Failure::conflict("There is already an existing invite"));
    }
    app.limiter().take(&format!("mail {user}"), app.config().rates.mails, now)?;
    // What expired or was declined would otherwise stay in the list beside the new one.
    invitations::cancel_sent_to(&mut transaction, &user, &email, now).await?;
    let invitation = Invitation {
        key: random::base64url::<24>()?,
        kind: invitations::CARE_TEAM.to_owned(),
        creator: user.clone(),
        clinic: None,
        email,
        context: Value::from(context).to_string(),
        status: Status::Pending,
        details: None,
        created: now,
        modified: 0,
        expires: Some(expiry(&app, ours.expires, now)?),
        sender_proof: None,
        receiver_proof: None,
    };
    // Before the grant: a grant to somebody whom an invitation waits for is not served.
    invitations::insert(&mut transaction, &invitation).await?;
    if let Some(log) = ours.log {
        let decode = |text: &String| from_base64url(text).map_err(|_| Failure::bad_request("tidelock: not base64url"));
        let log = log.iter().map(|entry| Ok(decode(entry)?.into())).collect::<Result<Vec<_>, Failure>>()?;
        let invitee = invitee.as_ref().ok_or(Failure::bad_request("tidelock: nobody has this address yet"))?;
        take_grant(&app, &mut transaction, &user, (&invitee.id, permissions), &log).await?;
    }
    conclude(&mut transaction, &session.account, Action::SendInvitation, &invitation, now, "granted").await?;
    let answer = confirmation(&mut transaction, &invitation, true).await?;
    let mail = mail(&app, &invitation, invitee.is_some());
    transaction.commit().await?;
    app.send(&mail).await;
    Ok(answer::json(answer))
}

/// Notes what became of an invitation, and tells both sides.
async fn conclude(
    connection: &mut Connection,
    actor: &str,
    action: Action,
    invitation: &Invitation,
    now: i64,
    outcome: &'static str,
) -> Result<(), Failure> {
    note(connection, actor, action, invitation, now, outcome).await?;
    let about = Resource::of(&invitation.creator);
    events::tell(connection, &invitation.creator, Kind::Access, about).await?;
    if let Some(invitee) = accounts::find_by_name(connection, &invitation.email).await? {
        events::tell(connection, &invitee.id, Kind::Invitations, about).await?;
    }
    Ok(())
}

/// Until when an invitation can be accepted.
fn expiry(app: &App, wanted: Option<u64>, now: i64) -> Result<i64, Failure> {
    let lifetime = i64::try_from(app.config().invitation_lifetime.as_millis()).unwrap_or(i64::MAX);
    let Some(wanted) = wanted else { return Ok(now.saturating_add(lifetime)) };
    let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
    if wanted <= now || wanted.saturating_sub(now) > LONGEST {
        return Err(Failure::bad_request("expires: a time within the next year, in milliseconds"));
    }
    Ok(wanted)
}

/// Takes in entries of the sender's log, which have to grant exactly what the invitation says.
async fn take_grant(
    app: &App,
    connection: &mut Connection,
    vault: &str,
    (person, permissions): (&str, Permissions),
    entries: &[minicbor::bytes::ByteVec],
) -> Result<(), Failure> {
    let log = vaults::append(app, connection, vault, vault, entries).await?;
    match log.standing(person) {
        Some(standing) if standing.grant.permissions == permissions.to_signed() => Ok(()),
        _ => Err(Failure::bad_request("tidelock: the log does not grant this person these permissions")),
    }
}

fn mail(app: &App, invitation: &Invitation, has_account: bool) -> Mail {
    let link = format!("{}/invitations/received/{}", app.config().public_url, invitation.key);
    letters::invitation_to_person(invitation.email.clone(), has_account, &link)
}

async fn received(State(app): State<App>, session: Session, Path(user): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    let resource = Resource::of(&user);
    authority::require(&mut transaction, &session.account, Action::ListInvitationsToPerson, resource).await?;
    let mut list = Vec::new();
    for invitation in invitations::received_by(&mut transaction, &user, app.now()).await? {
        let log = vaults::load(&mut transaction, &invitation.creator).await?;
        let granted = log.is_some_and(|log| log.standing(&user).is_some());
        // Our client leaves the profile empty; somebody who is asked has to know by whom.
        let sender = accounts::find(&mut transaction, &invitation.creator).await?.map(|account| account.username);
        let mut confirmation = confirmation(&mut transaction, &invitation, true).await?;
        if let Some(members) = confirmation.as_object_mut() {
            members.insert(
                "tidelock".into(),
                json!({ "granted": granted, "expires": invitation.expires, "email": sender }),
            );
        }
        list.push(confirmation);
    }
    if list.is_empty() {
        return Err(Failure::not_found("Nothing found"));
    }
    Ok(answer::json(list.into()))
}

/// The invitation that an answer names, if it is one by that person to this one that waits for an answer. Whoever has not
/// shown that the address is his answers nothing in its name.
async fn answered(
    connection: &mut Connection,
    (invitee, sharer): (&str, &str),
    body: &[u8],
) -> Result<(Invitation, PersonProof), Failure> {
    let undecodable = || Failure::bad_request("Error decoding the confirmation");
    let body: Map<String, Value> = serde_json::from_slice(body).map_err(|_| undecodable())?;
    let key = match body.get("key") {
        None | Some(Value::Null) => return Err(Failure::EmptyBadRequest),
        Some(key) => key.as_str().ok_or_else(undecodable)?,
    };
    if key.is_empty() {
        return Err(Failure::EmptyBadRequest);
    }
    let proof = match body.get("tidelock") {
        None | Some(Value::Null) => PersonProof::default(),
        Some(ours) => serde_json::from_value(ours.clone()).map_err(|_| undecodable())?,
    };
    let invitation = invitations::find_person(connection, key).await?.ok_or(Failure::not_found(NO_INVITATION))?;
    let account = accounts::find(connection, invitee).await?.ok_or(Failure::not_found(NO_INVITATION))?;
    let is_for = account.emails.iter().any(|email| accounts::fold(email) == invitation.email);
    if !is_for || invitation.creator != sharer || invitation.status != Status::Pending {
        return Err(Failure::forbidden(FORBIDDEN));
    }
    confirmations::require_confirmed(&account)?;
    Ok((invitation, proof))
}

async fn accept(
    State(app): State<App>,
    session: Session,
    Path((invitee, sharer)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::AnswerInvitation, Resource::of(&invitee)).await?;
    let (invitation, proof) = answered(&mut transaction, (&invitee, &sharer), &body).await?;
    let now = app.now();
    if !invitation.is_open(now) {
        return Err(Failure::forbidden(FORBIDDEN));
    }
    if let Some(proof) = proof.proof {
        let proof = from_base64url(&proof).ok().filter(|proof| proof.len() == PROOF);
        let proof = proof.ok_or(Failure::bad_request("tidelock: not a proof"))?;
        invitations::put_receiver_proof(&mut transaction, &invitation.key, &proof).await?;
    }
    let share = Share {
        vault: sharer,
        person: invitee,
        permissions: invitations::permissions_of(&invitation.context),
        invitation: Some(invitation.key.clone()),
        created: now,
        updated: now,
    };
    people::put(&mut transaction, &share).await?;
    invitations::set_status(&mut transaction, &invitation.key, Status::Completed, now).await?;
    conclude(&mut transaction, &session.account, Action::AnswerInvitation, &invitation, now, "accepted").await?;
    transaction.commit().await?;
    Ok("OK".into_response())
}

async fn dismiss(
    State(app): State<App>,
    session: Session,
    Path((invitee, sharer)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::AnswerInvitation, Resource::of(&invitee)).await?;
    let (invitation, _) = answered(&mut transaction, (&invitee, &sharer), &body).await?;
    let now = app.now();
    invitations::set_status(&mut transaction, &invitation.key, Status::Declined, now).await?;
    conclude(&mut transaction, &session.account, Action::AnswerInvitation, &invitation, now, "declined").await?;
    transaction.commit().await?;
    Ok(StatusCode::OK.into_response())
}

async fn cancel(
    State(app): State<App>,
    session: Session,
    Path((sharer, email)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::ManageInvitation, Resource::of(&sharer)).await?;
    let invitation = invitations::newest_to(&mut transaction, &sharer, &email).await?;
    let invitation = invitation.ok_or(Failure::not_found(NO_INVITATION))?;
    let now = app.now();
    invitations::set_status(&mut transaction, &invitation.key, Status::Canceled, now).await?;
    conclude(&mut transaction, &session.account, Action::ManageInvitation, &invitation, now, "revoked").await?;
    transaction.commit().await?;
    Ok(StatusCode::OK.into_response())
}

async fn resend(State(app): State<App>, session: Session, Path(key): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let now = app.now();
    let invitation = invitations::find_person(&mut transaction, &key).await?;
    let mut invitation = invitation
        .filter(|invitation| invitation.creator == session.account && invitation.is_open(now))
        .ok_or(Failure::forbidden(FORBIDDEN))?;
    app.limiter().take(&format!("mail {}", session.account), app.config().rates.mails, now)?;
    invitation.created = now;
    invitations::set_created(&mut transaction, &key, now).await?;
    let invitee = accounts::find_by_name(&mut transaction, &invitation.email).await?;
    conclude(&mut transaction, &session.account, Action::ManageInvitation, &invitation, now, "sent again").await?;
    let answer = confirmation(&mut transaction, &invitation, true).await?;
    transaction.commit().await?;
    app.send(&mail(&app, &invitation, invitee.is_some())).await;
    Ok(answer::json(answer))
}

/// With whom the caller shares, or is about to; and who shares with him.
async fn list(State(app): State<App>, session: Session) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    let (own, now) = (session.account.as_str(), app.now());
    authority::require(&mut transaction, own, Action::ListPeople, Resource::of(own)).await?;
    let (mut given, mut received) = (Vec::new(), Vec::new());
    for share in people::of_vault(&mut transaction, own).await? {
        let invitation = invitation_of(&mut transaction, &share).await?;
        given.push(given_share(&mut transaction, Some(&share), invitation.as_ref(), now).await?);
    }
    for invitation in invitations::sent(&mut transaction, own).await? {
        if invitation.clinic.is_none() {
            given.push(given_share(&mut transaction, None, Some(&invitation), now).await?);
        }
    }
    for share in people::of_person(&mut transaction, own).await? {
        let invitation = invitation_of(&mut transaction, &share).await?;
        let log = vaults::load(&mut transaction, &share.vault).await?;
        received.push(ReceivedShare {
            owner: share.vault,
            permissions: share.permissions.to_signed(),
            granted: Flag(log.is_some_and(|log| log.standing(own).is_some())),
            since: time(share.created),
            key: share.invitation,
            expires: invitation.as_ref().and_then(|invitation| invitation.expires).map(time),
            proof: invitation.and_then(|invitation| invitation.sender_proof).map(Into::into),
        });
    }
    Ok(answer::cbor(StatusCode::OK, &People { given, received }))
}

fn time(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds).unwrap_or_default()
}

async fn invitation_of(connection: &mut Connection, share: &Share) -> Result<Option<Invitation>, Failure> {
    match &share.invitation {
        Some(key) => Ok(invitations::find_person(connection, key).await?),
        None => Ok(None),
    }
}

/// Where the sharing with one person stands: what she has accepted, or was offered.
async fn given_share(
    connection: &mut Connection,
    share: Option<&Share>,
    invitation: Option<&Invitation>,
    now: i64,
) -> Result<GivenShare, Failure> {
    let person = match (share, invitation) {
        (Some(share), _) => Some(share.person.clone()),
        (None, Some(invitation)) => {
            accounts::find_by_name(connection, &invitation.email).await?.map(|account| account.id)
        }
        (None, None) => None,
    };
    let has_identity = match &person {
        Some(person) => vaults::newest(connection, person).await?.is_some(),
        None => false,
    };
    let state = match invitation {
        _ if share.is_some() => InvitationState::Accepted,
        Some(invitation) if invitation.status == Status::Declined => InvitationState::Declined,
        Some(invitation) if !invitation.is_open(now) => InvitationState::Expired,
        _ => InvitationState::Pending,
    };
    let context = invitation.map_or("", |invitation| invitation.context.as_str());
    let permissions = share.map_or_else(|| invitations::permissions_of(context), |share| share.permissions);
    let context: Value = serde_json::from_str(context).unwrap_or_default();
    Ok(GivenShare {
        person,
        has_identity: Flag(has_identity),
        state,
        permissions: permissions.to_signed(),
        key: invitation.map(|invitation| invitation.key.clone()),
        email: invitation.map(|invitation| invitation.email.clone()),
        nickname: context.get("nickname").and_then(Value::as_str).map(str::to_owned),
        expires: invitation.and_then(|invitation| invitation.expires).map(time),
        proof: invitation.and_then(|invitation| invitation.receiver_proof.clone()).map(Into::into),
    })
}

/// The grant that an invitation has waited for.
async fn complete(
    State(app): State<App>,
    session: Session,
    Path(key): Path<String>,
    body: Body,
) -> Result<Response, Failure> {
    let new: CompletedInvitation = body.decode()?;
    let mut transaction = app.write().await?;
    let now = app.now();
    let refused = |subject: &str| {
        Failure::Refused(Refusal {
            actor: session.account.clone(),
            action: Action::ManageInvitation.name(),
            subject: subject.to_owned(),
            clinic: String::new(),
        })
    };
    let invitation = invitations::find_person(&mut transaction, &key).await?.ok_or_else(|| refused(""))?;
    if invitation.creator != session.account {
        return Err(refused(&invitation.creator));
    }
    let gone = || Failure::not_found("the invitation has ended");
    let invitee = accounts::find_by_name(&mut transaction, &invitation.email).await?.ok_or_else(gone)?;
    let share = people::find(&mut transaction, &invitation.creator, &invitee.id).await?;
    let share = share.filter(|share| share.invitation.as_deref() == Some(key.as_str()));
    if share.is_none() && !invitation.is_open(now) {
        return Err(gone());
    }
    let permissions = share.map_or_else(|| invitations::permissions_of(&invitation.context), |share| share.permissions);
    if let Some(proof) = &new.proof {
        if proof.len() != PROOF {
            return Err(Failure::bad_request("not a proof"));
        }
        invitations::put_sender_proof(&mut transaction, &key, proof).await?;
    }
    take_grant(&app, &mut transaction, &session.account, (&invitee.id, permissions), &new.log).await?;
    conclude(&mut transaction, &session.account, Action::ManageInvitation, &invitation, now, "granted").await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}
