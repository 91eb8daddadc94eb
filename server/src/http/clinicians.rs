//! `/v1/clinics/{id}/invites/clinicians`, `/v1/clinicians/{user}/invites`, `/v1/clinics/{id}/clinicians`: who joins a clinic, what
//! its people may do, and who leaves. Invitations are in the way of Tidepool's hydrophone, the rest in that of its clinic service.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use serde_json::{Map, Value, json};

use super::clinics::member_to_json;
use super::extract::{Body, Session};
use super::invitations::confirmation;
use super::{answer, auth, confirmations};
use crate::authority::{self, Action, Resource};
use crate::clock::rfc3339;
use crate::error::Failure;
use crate::events::{self, Kind};
use crate::letters;
use crate::mail::Mail;
use crate::random;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::clinics::{self, Member};
use crate::storage::invitations::{self, Invitation, Status};
use crate::storage::{Connection, accounts};

/// The routes that belong to hydrophone at Tidepool.
pub(super) fn invitation_routes() -> Router<App> {
    Router::new()
        .route("/v1/clinics/{clinic}/invites/clinicians", post(invite))
        .route("/v1/clinics/{clinic}/invites/clinicians/{key}", get(read).patch(resend).delete(cancel))
        .route("/v1/clinicians/{user}/invites", get(received))
        .route("/v1/clinicians/{user}/invites/{key}", put(accept).delete(decline))
}

/// The routes that belong to the clinic service.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/clinics/{clinic}/clinicians/{user}", put(change).delete(remove))
}

const DUPLICATE: &str = "duplicate: clinician is already a member of the clinic";
const NO_ADMIN: &str = "constraint violation: the clinic must have at least one admin";

async fn invite(
    State(app): State<App>,
    session: Session,
    Path(clinic): Path<String>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::InviteMember, Resource::at(&clinic)).await?;
    let undecodable = || Failure::bad_request("Error decoding the confirmation");
    let body: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| undecodable())?;
    let email = body.get("email").and_then(Value::as_str).unwrap_or_default().trim();
    if !auth::is_email(email) {
        return Err(Failure::bad_request("email: an e-mail address"));
    }
    let email = accounts::fold(email);
    let roles = roles(&body)?;
    let invited = invitations::of_members(&mut transaction, &clinic).await?;
    let member = match accounts::find_by_name(&mut transaction, &email).await? {
        Some(account) => clinics::find_member(&mut transaction, &clinic, &account.id).await?,
        None => None,
    };
    if member.is_some() || invited.iter().any(|invitation| invitation.email == email) {
        // Hydrophone hands on what the clinic service says, in the clinic service's form.
        return Ok((StatusCode::CONFLICT, axum::Json(json!({ "message": DUPLICATE }))).into_response());
    }
    let invitation = Invitation {
        key: random::base64url::<24>()?,
        kind: invitations::CLINICIAN.to_owned(),
        creator: session.account.clone(),
        clinic: Some(clinic.clone()),
        email,
        context: json!({ "roles": roles }).to_string(),
        status: Status::Pending,
        details: None,
        created: app.now(),
        modified: 0,
        // As at Tidepool, it waits until it is answered or taken back.
        expires: None,
        sender_proof: None,
        receiver_proof: None,
    };
    invitations::insert(&mut transaction, &invitation).await?;
    note(&app, &mut transaction, &session.account, Action::InviteMember, (&clinic, &clinic), "sent").await?;
    tell_invited(&mut transaction, &invitation).await?;
    let mail = mail(&app, &mut transaction, &invitation, &clinic).await?;
    transaction.commit().await?;
    app.send(&mail).await;
    Ok(answer::json(invited_to_json(&invitation)?))
}

/// What somebody may do in a clinic, as a request says it.
fn roles(body: &Map<String, Value>) -> Result<Vec<String>, Failure> {
    let wrong = || Failure::bad_request("roles: CLINIC_ADMIN or CLINIC_MEMBER");
    let named = body.get("roles").and_then(Value::as_array).ok_or_else(wrong)?;
    let known = [clinics::ADMIN, clinics::MEMBER, clinics::PRESCRIBER];
    let mut roles: Vec<String> = Vec::new();
    for role in named {
        let role = role.as_str().filter(|role| known.contains(role)).ok_or_else(wrong)?;
        if !roles.iter().any(|before| before == role) {
            roles.push(role.to_owned());
        }
    }
    let clinical = |role: &String| role == clinics::ADMIN || role == clinics::MEMBER;
    if roles.iter().any(clinical) { Ok(roles) } else { Err(wrong()) }
}

fn invited_roles(invitation: &Invitation) -> Result<Vec<String>, Failure> {
    let context: Map<String, Value> = serde_json::from_str(&invitation.context).map_err(Failure::internal)?;
    roles(&context)
}

/// Somebody who is invited, as one of a clinic's people.
pub(super) fn invited_to_json(invitation: &Invitation) -> Result<Value, Failure> {
    let updated = if invitation.modified == 0 { invitation.created } else { invitation.modified };
    Ok(json!({
        "inviteId": invitation.key,
        "email": invitation.email,
        "roles": invited_roles(invitation)?,
        "createdTime": rfc3339(invitation.created),
        "updatedTime": rfc3339(updated),
    }))
}

async fn mail(app: &App, connection: &mut Connection, invitation: &Invitation, clinic: &str) -> Result<Mail, Failure> {
    let name = clinics::find(connection, clinic).await?.map(|clinic| clinic.name).unwrap_or_default();
    Ok(letters::invitation_to_member(invitation.email.clone(), &name, &app.config().public_url))
}

/// An invitation that a clinic has sent to a future member and that waits for an answer.
async fn pending(connection: &mut Connection, clinic: &str, key: &str) -> Result<Invitation, Failure> {
    let invitation = invitations::find(connection, clinic, key).await?;
    let invitation = invitation
        .filter(|invitation| invitation.kind == invitations::CLINICIAN && invitation.status == Status::Pending);
    invitation.ok_or(Failure::not_found("No matching invite was found"))
}

/// In Tidepool's form, with the clinic's name and what the invited person may do.
async fn to_json(connection: &mut Connection, invitation: &Invitation) -> Result<Value, Failure> {
    let mut confirmation = confirmation(connection, invitation, true).await?;
    let clinic = match &invitation.clinic {
        Some(clinic) => clinics::find(connection, clinic).await?,
        None => None,
    };
    if let Some(members) = confirmation.as_object_mut() {
        members.insert("restrictions".into(), json!({ "canAccept": true }));
        if let Some(creator) = members.get_mut("creator").and_then(Value::as_object_mut)
            && let Some(clinic) = clinic
        {
            creator.insert("clinicId".into(), json!(clinic.id));
            creator.insert("clinicName".into(), json!(clinic.name));
        }
    }
    Ok(confirmation)
}

async fn read(
    State(app): State<App>,
    session: Session,
    Path((clinic, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::InviteMember, Resource::at(&clinic)).await?;
    let invitation = pending(&mut transaction, &clinic, &key).await?;
    Ok(answer::json(to_json(&mut transaction, &invitation).await?))
}

async fn resend(
    State(app): State<App>,
    session: Session,
    Path((clinic, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::InviteMember, Resource::at(&clinic)).await?;
    let mut invitation = pending(&mut transaction, &clinic, &key).await?;
    invitation.modified = app.now();
    invitations::set_status(&mut transaction, &key, Status::Pending, invitation.modified).await?;
    let answer = to_json(&mut transaction, &invitation).await?;
    let mail = mail(&app, &mut transaction, &invitation, &clinic).await?;
    transaction.commit().await?;
    app.send(&mail).await;
    Ok(answer::json(answer))
}

async fn cancel(
    State(app): State<App>,
    session: Session,
    Path((clinic, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::InviteMember, Resource::at(&clinic)).await?;
    let invitation = pending(&mut transaction, &clinic, &key).await?;
    invitations::set_status(&mut transaction, &key, Status::Canceled, app.now()).await?;
    let about = (clinic.as_str(), clinic.as_str());
    note(&app, &mut transaction, &session.account, Action::InviteMember, about, "revoked").await?;
    tell_invited(&mut transaction, &invitation).await?;
    transaction.commit().await?;
    Ok("OK".into_response())
}

async fn received(State(app): State<App>, session: Session, Path(user): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    let resource = Resource::of(&user);
    authority::require(&mut transaction, &session.account, Action::ListMemberInvitations, resource).await?;
    let mut list = Vec::new();
    for email in addresses(&mut transaction, &user).await? {
        for invitation in invitations::to_member(&mut transaction, &email).await? {
            list.push(to_json(&mut transaction, &invitation).await?);
        }
    }
    if list.is_empty() {
        return Err(Failure::not_found("Nothing found"));
    }
    Ok(answer::json(list.into()))
}

/// The addresses of an account, folded.
async fn addresses(connection: &mut Connection, account: &str) -> Result<Vec<String>, Failure> {
    let account = accounts::find(connection, account).await?;
    Ok(account.map(|account| account.emails.iter().map(|email| accounts::fold(email)).collect()).unwrap_or_default())
}

/// The invitation with that key, if it waits for this account.
async fn own(connection: &mut Connection, user: &str, key: &str) -> Result<Invitation, Failure> {
    for email in addresses(connection, user).await? {
        let mut waiting = invitations::to_member(connection, &email).await?.into_iter();
        if let Some(invitation) = waiting.find(|invitation| invitation.key == key) {
            return Ok(invitation);
        }
    }
    Err(Failure::not_found("No matching invite was found"))
}

async fn accept(
    State(app): State<App>,
    session: Session,
    Path((user, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let resource = Resource::of(&user);
    authority::require(&mut transaction, &session.account, Action::AnswerMemberInvitation, resource).await?;
    let invitation = own(&mut transaction, &user, &key).await?;
    if let Some(account) = accounts::find(&mut transaction, &user).await? {
        confirmations::require_confirmed(&account)?;
    }
    let clinic = invitation.clinic.clone().ok_or(Failure::not_found("No matching invite was found"))?;
    let now = app.now();
    let member = match clinics::find_member(&mut transaction, &clinic, &user).await? {
        Some(member) => member,
        None => {
            let roles = invited_roles(&invitation)?;
            let member = Member { clinic: clinic.clone(), account: user.clone(), roles, created: now, updated: now };
            clinics::insert_member(&mut transaction, &member).await?;
            member
        }
    };
    invitations::set_status(&mut transaction, &key, Status::Completed, now).await?;
    let about = (user.as_str(), clinic.as_str());
    note(&app, &mut transaction, &session.account, Action::AnswerMemberInvitation, about, "accepted").await?;
    tell_invited(&mut transaction, &invitation).await?;
    let answer = member_to_json(&mut transaction, &member).await?;
    transaction.commit().await?;
    Ok(answer::json(answer))
}

async fn decline(
    State(app): State<App>,
    session: Session,
    Path((user, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let resource = Resource::of(&user);
    authority::require(&mut transaction, &session.account, Action::AnswerMemberInvitation, resource).await?;
    let invitation = own(&mut transaction, &user, &key).await?;
    invitations::set_status(&mut transaction, &key, Status::Declined, app.now()).await?;
    let about = (user.as_str(), invitation.clinic.as_deref().unwrap_or_default());
    note(&app, &mut transaction, &session.account, Action::AnswerMemberInvitation, about, "declined").await?;
    tell_invited(&mut transaction, &invitation).await?;
    transaction.commit().await?;
    Ok("OK".into_response())
}

async fn change(
    State(app): State<App>,
    session: Session,
    Path((clinic, user)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::ChangeMember, Resource::at(&clinic)).await?;
    let body: Map<String, Value> =
        serde_json::from_slice(&body).map_err(|_| Failure::bad_request("the body must be a JSON object"))?;
    let member = clinics::find_member(&mut transaction, &clinic, &user).await?;
    let mut member = member.ok_or(Failure::not_found("clinician not found"))?;
    (member.roles, member.updated) = (roles(&body)?, app.now());
    clinics::set_roles(&mut transaction, &member).await?;
    if !clinics::has_admin(&mut transaction, &clinic).await? {
        return Err(Failure::unprocessable(NO_ADMIN));
    }
    note(&app, &mut transaction, &session.account, Action::ChangeMember, (&user, &clinic), "changed").await?;
    let answer = member_to_json(&mut transaction, &member).await?;
    transaction.commit().await?;
    Ok(answer::json(answer))
}

async fn remove(
    State(app): State<App>,
    session: Session,
    Path((clinic, user)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let resource = Resource::of_at(&user, &clinic);
    authority::require(&mut transaction, &session.account, Action::RemoveMember, resource).await?;
    end_membership(&app, &mut transaction, &session.account, &clinic, &user).await?;
    transaction.commit().await?;
    Ok(StatusCode::OK.into_response())
}

/// Ends a membership, of which at least one administrator's must remain.
pub(super) async fn end_membership(
    app: &App,
    connection: &mut Connection,
    actor: &str,
    clinic: &str,
    user: &str,
) -> Result<(), Failure> {
    if clinics::find_member(connection, clinic, user).await?.is_none() {
        return Err(Failure::not_found("clinician not found"));
    }
    clinics::delete_member(connection, clinic, user).await?;
    if !clinics::has_admin(connection, clinic).await? {
        return Err(Failure::unprocessable(NO_ADMIN));
    }
    events::tell(connection, user, Kind::Members, Resource::at(clinic)).await?;
    note(app, connection, actor, Action::RemoveMember, (user, clinic), "revoked").await
}

/// Tells whoever has the address of an invitation, if anybody has, that it is not what it was.
async fn tell_invited(connection: &mut Connection, invitation: &Invitation) -> Result<(), Failure> {
    if let Some(invited) = accounts::find_by_name(connection, &invitation.email).await? {
        let about = Resource::at(invitation.clinic.as_deref().unwrap_or_default());
        events::tell(connection, &invited.id, Kind::Invitations, about).await?;
    }
    Ok(())
}

/// Notes what was done about the people of a clinic, and tells its members.
async fn note(
    app: &App,
    connection: &mut Connection,
    actor: &str,
    action: Action,
    (subject, clinic): (&str, &str),
    outcome: &'static str,
) -> Result<(), Failure> {
    let event = Event {
        at: app.now(),
        actor: actor.to_owned(),
        action: action.name(),
        subject: subject.to_owned(),
        clinic: clinic.to_owned(),
        outcome,
    };
    audit::insert(connection, &event).await?;
    Ok(events::tell_members(connection, clinic, Kind::Members, Resource::at(clinic)).await?)
}
