//! `/confirm` and `/v1/clinics/{id}/invites`: a patient invites a clinic; in the way of Tidepool's hydrophone.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post, put};
use serde_json::{Map, Value, json};
use tidelock::wire::json::{InvitationExtension, InvitedGrant, from_base64url, to_base64url};

use super::extract::{Body, Session};
use super::{answer, patients as patient_routes, share_codes};
use crate::authority::{self, Action, Resource};
use crate::clock::rfc3339;
use crate::error::{Failure, Refusal};
use crate::mail::Mail;
use crate::permissions::Permissions;
use crate::random;
use crate::state::App;
use crate::storage::audit::{self, Event};
use crate::storage::invitations::{self, Invitation, Status};
use crate::storage::patients::{self, Patient};
use crate::storage::{Connection, accounts, clinics, profiles};
use crate::vaults;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/confirm/send/invite/{user}/clinic", post(send))
        .route("/confirm/invite/{user}", get(sent))
        .route("/v1/clinics/{clinic}/invites/patients", get(received))
        .route("/v1/clinics/{clinic}/invites/patients/{key}", put(accept).delete(close))
}

/// Far more than a sealed name and birth date need.
const DETAILS_LIMIT: usize = 16 * 1024;

async fn send(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let undecodable = || Failure::bad_request("Error decoding the confirmation");
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::SendInvitation, Resource::of(&user)).await?;
    let body: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| undecodable())?;
    let code = match body.get("shareCode") {
        None | Some(Value::Null) => "",
        Some(code) => code.as_str().ok_or_else(undecodable)?,
    };
    let permissions = match body.get("permissions") {
        None | Some(Value::Null) => None,
        Some(Value::Object(object)) => Some(Permissions::from_json(object)),
        Some(_) => return Err(undecodable()),
    };
    let (Some(permissions), false) = (permissions, code.trim().is_empty()) else {
        return Err(Failure::EmptyBadRequest);
    };
    let grant: Option<InvitedGrant> = match body.get("tidelock") {
        None | Some(Value::Null) => None,
        Some(grant) => Some(serde_json::from_value(grant.clone()).map_err(|_| undecodable())?),
    };
    let code = share_codes::find(&app, &mut transaction, &session.account, code).await?;
    let code = code.ok_or(Failure::not_found("Error finding the clinic"))?;
    let now = app.now();
    if patients::find(&mut transaction, &code.clinic, &user).await?.is_some() {
        return Err(Failure::conflict("The user is already a patient of the clinic"));
    }
    let pending = invitations::find_pending(&mut transaction, &user, &code.clinic).await?;
    if pending.is_some_and(|pending| pending.is_open(now)) {
        return Err(Failure::conflict("There is already an existing invite"));
    }
    // What expired or was declined would otherwise stay in the patient's list beside the new one.
    invitations::cancel_sent(&mut transaction, &user, &code.clinic, now).await?;
    let details = match grant {
        Some(grant) => Some(take_grant(&app, &mut transaction, &user, &code.clinic, permissions, grant).await?),
        None => None,
    };
    let lifetime = i64::try_from(app.config().invitation_lifetime.as_millis()).unwrap_or(i64::MAX);
    let invitation = Invitation {
        key: random::base64url::<24>()?,
        kind: invitations::CARE_TEAM.to_owned(),
        creator: user.clone(),
        clinic: Some(code.clinic.clone()),
        email: String::new(),
        context: permissions.to_json().to_string(),
        status: Status::Pending,
        details,
        created: now,
        modified: 0,
        expires: Some(now.saturating_add(lifetime)),
    };
    invitations::insert(&mut transaction, &invitation).await?;
    note(&mut transaction, &session.account, Action::SendInvitation, &invitation, now, "granted").await?;
    let answer = confirmation(&mut transaction, &invitation, true).await?;
    let mails = mails(&app, &mut transaction, &invitation, &code.clinic).await?;
    transaction.commit().await?;
    for mail in mails {
        app.send(&mail).await;
    }
    Ok(answer::json(answer))
}

/// Takes in the grant that travels with an invitation; answers the details that go with it.
async fn take_grant(
    app: &App,
    connection: &mut Connection,
    user: &str,
    clinic: &str,
    permissions: Permissions,
    grant: InvitedGrant,
) -> Result<Vec<u8>, Failure> {
    let decode = |text: &String| from_base64url(text).map_err(|_| Failure::bad_request("tidelock: not base64url"));
    let details = decode(&grant.details)?;
    if details.len() > DETAILS_LIMIT {
        return Err(Failure::too_large());
    }
    let entries = grant.log.iter().map(|entry| Ok(decode(entry)?.into())).collect::<Result<Vec<_>, Failure>>()?;
    let log = vaults::append(app, connection, user, user, &entries).await?;
    match vaults::standing_of_clinic(&log, clinic) {
        Some(grant) if grant.permissions == permissions.to_signed() => Ok(details),
        _ => Err(Failure::bad_request("tidelock: the log does not grant this clinic these permissions")),
    }
}

/// One to each administrator. Nothing in it says who, or what about.
async fn mails(
    app: &App,
    connection: &mut Connection,
    invitation: &Invitation,
    clinic: &str,
) -> Result<Vec<Mail>, Failure> {
    let name = clinics::find(connection, clinic).await?.map(|clinic| clinic.name).unwrap_or_default();
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    let link = format!("{}/invitations/{clinic}/{}", app.config().public_url, invitation.key);
    let mut mails = Vec::new();
    for member in clinics::members(connection, clinic).await? {
        if !member.roles.iter().any(|role| role == clinics::ADMIN) {
            continue;
        }
        let Some(account) = accounts::find(connection, &member.account).await? else { continue };
        mails.push(Mail {
            to: account.username,
            subject: "New share invitation".to_owned(),
            text: format!(
                "Hello,\n\nsomebody has used a share code of {name}. To see who it is, and to accept or decline, \
                 open this page and sign in:\n\n{link}\n\nYou get this mail because you are an administrator of {name}.\n"
            ),
        });
    }
    Ok(mails)
}

async fn sent(State(app): State<App>, session: Session, Path(user): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    authority::require(&mut transaction, &session.account, Action::ListSentInvitations, Resource::of(&user)).await?;
    let mut list = Vec::new();
    let now = app.now();
    for invitation in invitations::sent(&mut transaction, &user).await? {
        let mut confirmation = confirmation(&mut transaction, &invitation, true).await?;
        let clinic = match &invitation.clinic {
            Some(clinic) => clinics::find(&mut transaction, clinic).await?,
            None => None,
        };
        if let Some(members) = confirmation.as_object_mut() {
            // Tidepool's clients ask for each clinic separately; ours need not.
            if let Some(clinic) = clinic {
                members.insert("clinic".into(), json!({ "id": clinic.id, "name": clinic.name }));
            }
            let expired = invitation.status == Status::Pending && !invitation.is_open(now);
            members.insert("tidelock".into(), json!({ "expired": expired }));
        }
        list.push(confirmation);
    }
    if list.is_empty() {
        return Err(Failure::not_found("Nothing found"));
    }
    Ok(answer::json(list.into()))
}

async fn received(State(app): State<App>, session: Session, Path(clinic): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    let resource = Resource::at(&clinic);
    authority::require(&mut transaction, &session.account, Action::ListReceivedInvitations, resource).await?;
    let mut list = Vec::new();
    for invitation in invitations::received(&mut transaction, &clinic, app.now()).await? {
        let mut confirmation = confirmation(&mut transaction, &invitation, true).await?;
        attach(&mut confirmation, invitation.details.as_deref())?;
        list.push(confirmation);
    }
    Ok(answer::json(list.into()))
}

/// Adds what only the clinic can read.
pub(super) fn attach(object: &mut Value, sealed: Option<&[u8]>) -> Result<(), Failure> {
    if let (Some(sealed), Some(members)) = (sealed, object.as_object_mut()) {
        let extension = InvitationExtension { details: to_base64url(sealed) };
        members.insert("tidelock".into(), serde_json::to_value(extension).map_err(Failure::internal)?);
    }
    Ok(())
}

async fn accept(
    State(app): State<App>,
    session: Session,
    Path((clinic, key)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::AcceptInvitation, Resource::at(&clinic)).await?;
    let invitation = invitations::find(&mut transaction, &clinic, &key).await?;
    let invitation = invitation.ok_or(Failure::not_found("No matching invite was found"))?;
    let now = app.now();
    if invitation.kind != invitations::CARE_TEAM || !invitation.is_open(now) {
        return Err(Failure::forbidden("Forbidden to perform requested operation"));
    }
    let details = patient_routes::details(&mut transaction, &invitation.creator, &body).await?;
    let context: Map<String, Value> = serde_json::from_str(&invitation.context).map_err(Failure::internal)?;
    let patient = match patients::find(&mut transaction, &clinic, &invitation.creator).await? {
        Some(patient) => patient,
        None => {
            let patient = Patient {
                clinic: clinic.clone(),
                account: invitation.creator.clone(),
                permissions: Permissions::from_json(&context),
                details,
                sealed: invitation.details.clone(),
                created: now,
                updated: now,
            };
            patients::insert(&mut transaction, &patient).await?;
            patient
        }
    };
    invitations::set_status(&mut transaction, &key, Status::Completed, now).await?;
    note(&mut transaction, &session.account, Action::AcceptInvitation, &invitation, now, "accepted").await?;
    let answer = patient_routes::to_json(&mut transaction, &patient).await?;
    transaction.commit().await?;
    Ok(answer::json(answer))
}

/// The patient takes the invitation back, or a member of the clinic declines it: the same request.
async fn close(
    State(app): State<App>,
    session: Session,
    Path((clinic, key)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let invitation = invitations::find(&mut transaction, &clinic, &key).await?;
    let mut invitation = invitation.ok_or(Failure::forbidden("No matching invite was found"))?;
    let (status, outcome) = if invitation.creator == session.account {
        (Status::Canceled, "revoked")
    } else {
        let resource = Resource::at(&clinic);
        if !authority::allows(&mut transaction, &session.account, Action::DeclineInvitation, resource).await? {
            return Err(Failure::Refused(Refusal {
                actor: session.account,
                action: Action::DeclineInvitation.name(),
                subject: invitation.creator,
                clinic,
            }));
        }
        (Status::Declined, "declined")
    };
    if !matches!(invitation.status, Status::Pending | Status::Declined) {
        return Err(Failure::forbidden("Forbidden to perform requested operation"));
    }
    let now = app.now();
    invitations::set_status(&mut transaction, &key, status, now).await?;
    note(&mut transaction, &session.account, Action::DeclineInvitation, &invitation, now, outcome).await?;
    (invitation.status, invitation.modified) = (status, now);
    let answer = confirmation(&mut transaction, &invitation, false).await?;
    transaction.commit().await?;
    Ok(answer::json(answer))
}

async fn note(
    connection: &mut Connection,
    actor: &str,
    action: Action,
    invitation: &Invitation,
    now: i64,
    outcome: &'static str,
) -> Result<(), Failure> {
    let event = Event {
        at: now,
        actor: actor.to_owned(),
        action: action.name(),
        subject: invitation.creator.clone(),
        clinic: invitation.clinic.clone().unwrap_or_default(),
        outcome,
    };
    Ok(audit::insert(connection, &event).await?)
}

/// An invitation in Tidepool's form, which it calls a confirmation.
pub(super) async fn confirmation(
    connection: &mut Connection,
    invitation: &Invitation,
    with_profile: bool,
) -> Result<Value, Failure> {
    let profile = match with_profile {
        true => profiles::find(connection, &invitation.creator).await?,
        false => None,
    };
    let profile: Value = match profile {
        Some(profile) => serde_json::from_str(&profile).map_err(Failure::internal)?,
        None => Value::Null,
    };
    let context: Value = serde_json::from_str(&invitation.context).map_err(Failure::internal)?;
    let modified = match invitation.modified {
        // Go's zero time, which Tidepool's clients know as "never".
        0 => "0001-01-01T00:00:00Z".to_owned(),
        modified => rfc3339(modified),
    };
    let mut confirmation = json!({
        "key": invitation.key,
        "type": invitation.kind,
        "email": invitation.email,
        "creatorId": invitation.creator,
        "creator": { "profile": profile, "userid": invitation.creator },
        "context": context,
        "created": rfc3339(invitation.created),
        "modified": modified,
        "status": invitation.status.as_str(),
        "restrictions": null,
    });
    if let Some(members) = confirmation.as_object_mut() {
        if let Some(clinic) = &invitation.clinic {
            members.insert("clinicId".into(), json!(clinic));
        }
        if let Some(expires) = invitation.expires {
            members.insert("expiresAt".into(), json!(rfc3339(expires)));
        }
    }
    Ok(confirmation)
}
