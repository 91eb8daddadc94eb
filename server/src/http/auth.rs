//! `/auth`: accounts and sessions, in the way of Tidepool's shoreline.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::extract::{Address, Body, Session, token};
use crate::authority::{self, Action, Resource};
use crate::clock::rfc3339;
use crate::error::Failure;
use crate::random;
use crate::state::App;
use crate::storage::accounts::{self, Account};
use crate::storage::audit::{self, Event};
use crate::storage::sessions;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/auth/user", post(create).get(read_own))
        .route("/auth/user/{user}", get(read))
        .route("/auth/login", post(sign_in).get(renew))
        .route("/auth/logout", post(sign_out))
}

#[derive(Deserialize)]
struct NewUser {
    username: String,
    #[serde(default)]
    emails: Vec<String>,
    password: String,
    #[serde(default)]
    roles: Vec<String>,
}

/// What Tidepool's clients may call themselves. The role decides nothing here.
const ROLES: [&str; 4] = ["patient", "clinic", "clinician", "device"];

async fn create(State(app): State<App>, Address(address): Address, Body(body): Body) -> Result<Response, Failure> {
    let missing = || Failure::bad_request("Not all required details were given");
    let new: NewUser = serde_json::from_slice(&body).map_err(|_| missing())?;
    let username = new.username.trim().to_owned();
    let mut emails: Vec<String> = new.emails.iter().map(|email| email.trim().to_owned()).collect();
    if emails.is_empty() {
        emails.push(username.clone());
    }
    let known = |role: &String| ROLES.contains(&role.as_str());
    if !is_email(&username) || !emails.iter().all(|email| is_email(email)) || !new.roles.iter().all(known) {
        return Err(missing());
    }
    // The name comes first among the addresses; nobody else's may come along.
    if emails.len() != 1 || accounts::fold(&username) != accounts::fold(emails.first().map_or("", String::as_str)) {
        return Err(Failure::bad_request("the username must be the one e-mail address of the account"));
    }
    if !(8..=256).contains(&new.password.chars().count()) || new.password.chars().any(char::is_control) {
        return Err(Failure::bad_request("a password has 8 to 256 characters"));
    }
    let now = app.now();
    app.limiter().take(&format!("sign-up {address}"), app.config().rates.sign_up, now)?;
    let account = Account {
        id: random::uuid()?,
        username,
        emails,
        password_hash: app.passwords().hash(new.password).await?,
        roles: new.roles,
        email_verified: false,
        created: now,
    };
    let mut transaction = app.write().await?;
    if !accounts::insert(&mut transaction, &account).await? {
        return Err(Failure::conflict("User already exists"));
    }
    let (token, _) = open_session(&app, &mut transaction, &account.id).await?;
    audit::insert(
        &mut transaction,
        &Event {
            at: now,
            actor: account.id.clone(),
            action: "account.create",
            subject: account.id.clone(),
            clinic: String::new(),
            outcome: "done",
        },
    )
    .await?;
    transaction.commit().await?;
    with_token(StatusCode::CREATED, user(&account), &token)
}

async fn sign_in(State(app): State<App>, Address(address): Address, headers: HeaderMap) -> Result<Response, Failure> {
    let Some((name, password)) = basic(&headers) else {
        return Err(Failure::bad_request("Missing id and/or password"));
    };
    let now = app.now();
    let rates = app.config().rates;
    let (by_name, by_address) = (format!("sign-in {address} {}", accounts::fold(&name)), format!("sign-in {address}"));
    // Counted before the password is looked at: many tries at the same moment are as many as one after the other.
    app.limiter().take(&by_name, rates.sign_in, now)?;
    app.limiter().take(&by_address, rates.sign_in_address, now)?;

    let account = accounts::find_by_name(&mut *app.read().await?, &name).await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let right = app.passwords().verify(password, hash).await?;
    let Some(account) = account.filter(|_| right) else {
        return Err(Failure::Status(
            StatusCode::UNAUTHORIZED,
            "not_authenticated",
            "No user matched the given details".into(),
        ));
    };
    app.limiter().give_back(&by_name);
    app.limiter().give_back(&by_address);
    let mut transaction = app.write().await?;
    let (token, _) = open_session(&app, &mut transaction, &account.id).await?;
    transaction.commit().await?;
    with_token(StatusCode::OK, user(&account), &token)
}

/// A new token for a session that has not ended. The old one stays until its own end: other tabs may hold it.
async fn renew(State(app): State<App>, session: Session) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let (token, expires) = open_session(&app, &mut transaction, &session.account).await?;
    transaction.commit().await?;
    let data = json!({ "isserver": false, "userid": session.account, "expires_at": expires / 1000 });
    with_token(StatusCode::OK, data, &token)
}

/// Succeeds even without a session: whoever signs out wants to be signed out.
async fn sign_out(State(app): State<App>, parts: Parts) -> Result<StatusCode, Failure> {
    if let Some(token) = token(&parts) {
        let mut transaction = app.write().await?;
        sessions::delete(&mut transaction, token).await?;
        transaction.commit().await?;
    }
    Ok(StatusCode::OK)
}

async fn read_own(State(app): State<App>, session: Session) -> Result<Response, Failure> {
    let account = session.account.clone();
    read(State(app), session, Path(account)).await
}

async fn read(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    // Tidepool lets one ask for oneself by e-mail address, too.
    let id = if id.contains('@') {
        let own = accounts::find(&mut transaction, &session.account).await?;
        let is_own = own.is_some_and(|own| own.emails.iter().any(|email| accounts::fold(email) == accounts::fold(&id)));
        if is_own { session.account.clone() } else { id }
    } else {
        id
    };
    authority::require(&mut transaction, &session.account, Action::ReadAccount, Resource::of(&id)).await?;
    let account = accounts::find(&mut transaction, &id).await?;
    Ok(answer::json(user(&account.ok_or(Failure::not_found("User not found"))?)))
}

/// A new token, and when it ends, in milliseconds since the epoch.
async fn open_session(
    app: &App,
    connection: &mut crate::storage::Connection,
    account: &str,
) -> Result<(String, i64), Failure> {
    let token = random::base64url::<32>()?;
    let now = app.now();
    let lifetime = i64::try_from(app.config().session_lifetime.as_millis()).unwrap_or(i64::MAX);
    let expires = now.saturating_add(lifetime);
    sessions::insert(connection, &token, account, now, expires).await?;
    Ok((token, expires))
}

fn with_token(status: StatusCode, body: Value, token: &str) -> Result<Response, Failure> {
    let token = HeaderValue::from_str(token).map_err(Failure::internal)?;
    Ok((status, [(tidelock::wire::SESSION_TOKEN, token)], Json(body)).into_response())
}

fn user(account: &Account) -> Value {
    json!({
        "userid": account.id,
        "username": account.username,
        "emails": account.emails,
        "emailVerified": account.email_verified,
        "roles": account.roles,
        "createdTime": rfc3339(account.created),
    })
}

/// Name and password of `Authorization: Basic` (RFC 7617).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(Base64::decode_vec(encoded.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    (!name.trim().is_empty() && !password.is_empty()).then(|| (name.to_owned(), password.to_owned()))
}

/// Tidepool's idea of an address: something, an at sign, and a domain with a dot; and one that mail can be sent to.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    text.len() <= 254
        && !local.is_empty()
        && domain.contains('.')
        && !domain.split('.').any(str::is_empty)
        && text.parse::<lettre::Address>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn addresses() {
        for good in ["a@b.org", "demo+james@clinic.example", "Åsa@example.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "a@b", "@b.org", "a@b..org", "a b@c.org", "a@b.org\r\nBcc: x@y.org"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
