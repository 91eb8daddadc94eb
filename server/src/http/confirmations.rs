//! `/confirm/…/signup`: whoever follows the link in a mail has shown that the address is his; in the way of Tidepool's
//! hydrophone.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{post, put};

use super::extract::{Address, Session};
use crate::authority::{self, Action, Resource};
use crate::error::Failure;
use crate::events;
use crate::letters;
use crate::mail::Mail;
use crate::random;
use crate::state::App;
use crate::storage::accounts::{self, Account};
use crate::storage::audit::{self, Event};
use crate::storage::{Connection, confirmations};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/confirm/send/signup/{user}", post(send))
        .route("/confirm/resend/signup/{email}", post(resend))
        .route("/confirm/accept/signup/{key}", put(accept))
}

/// Refuses whoever has not shown that the address of the account is his: he answers nothing in its name.
///
/// # Errors
/// 403 with the code `email_not_verified`.
pub(super) fn require_confirmed(account: &Account) -> Result<(), Failure> {
    if account.email_verified {
        return Ok(());
    }
    Err(Failure::Status(
        StatusCode::FORBIDDEN,
        "email_not_verified",
        "The e-mail address is not verified: open the link in the mail that was sent to it, or ask for another".into(),
    ))
}

/// How long a link works, in milliseconds: Tidepool's 31 days.
const LIFETIME: i64 = 31 * 24 * 60 * 60 * 1_000;

/// The mail with the link by which an account's address is confirmed.
///
/// # Errors
/// The database's, and when there is no randomness.
pub(super) async fn mail(app: &App, connection: &mut Connection, account: &Account) -> Result<Mail, Failure> {
    let (key, now) = (random::base64url::<24>()?, app.now());
    confirmations::insert(connection, &key, &account.id, now, now.saturating_add(LIFETIME)).await?;
    let link = format!("{}/verify/{key}", app.config().public_url);
    Ok(letters::confirmation(account.username.clone(), &link))
}

async fn send(State(app): State<App>, session: Session, Path(user): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    authority::require(&mut transaction, &session.account, Action::ConfirmAddress, Resource::of(&user)).await?;
    let account = accounts::find(&mut transaction, &user).await?.ok_or(Failure::not_found("User not found"))?;
    if account.email_verified {
        return Err(Failure::forbidden("User already has an existing valid signup confirmation"));
    }
    app.limiter().take(&format!("mail {user}"), app.config().rates.mails, app.now())?;
    let mail = mail(&app, &mut transaction, &account).await?;
    transaction.commit().await?;
    app.send(&mail).await;
    Ok(StatusCode::OK.into_response())
}

/// Without a session: Tidepool's clients ask for it before they can sign in. Whether anybody has the address it does not say.
async fn resend(
    State(app): State<App>,
    Address(address): Address,
    Path(email): Path<String>,
) -> Result<Response, Failure> {
    let (rates, now) = (app.config().rates, app.now());
    app.limiter().take(&format!("sign-up mail {address}"), rates.mails, now)?;
    let mut transaction = app.write().await?;
    let account = accounts::find_by_name(&mut transaction, &email).await?;
    let Some(account) = account.filter(|account| !account.email_verified) else {
        return Ok(StatusCode::OK.into_response());
    };
    app.limiter().take(&format!("mail {}", account.id), rates.mails, now)?;
    let mail = mail(&app, &mut transaction, &account).await?;
    transaction.commit().await?;
    app.send(&mail).await;
    Ok(StatusCode::OK.into_response())
}

/// Whoever has the link needs no session. The same link again says the same.
async fn accept(State(app): State<App>, Path(key): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let now = app.now();
    let account = confirmations::find(&mut transaction, &key, now).await?;
    let account = account.ok_or(Failure::not_found("No matching signup confirmation was found"))?;
    accounts::set_verified(&mut transaction, &account).await?;
    events::tell_those_waiting(&mut transaction, &account, now).await?;
    let event = Event {
        at: now,
        actor: account.clone(),
        action: Action::ConfirmAddress.name(),
        subject: account,
        clinic: String::new(),
        outcome: "done",
    };
    audit::insert(&mut transaction, &event).await?;
    transaction.commit().await?;
    Ok(StatusCode::OK.into_response())
}
