//! Accounts and sessions: Tidepool's `/auth` routes.

use base64ct::{Base64, Encoding};
use serde::Serialize;

use super::{Control, Method, Platform, Transport};
use crate::error::{Error, Result};
use crate::json::{self, Json};
use crate::keys::DataOwnerKind;

/// An account at the platform: a person's, or a device's that writes and reads by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user id, which is also the id of the data owner.
    pub id: String,
    /// The e-mail address with which the person signs in.
    pub email: String,
    /// Patient, practitioner or device.
    pub kind: DataOwnerKind,
}

/// What is needed for a new account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The e-mail address.
    pub email: String,
    /// The password, 8 to 256 characters. It opens the account and no keys.
    pub password: String,
    /// Patient, practitioner or device.
    pub kind: DataOwnerKind,
    /// The person's name; sealed, never sent in clear.
    pub full_name: String,
    /// The birth date, `YYYY-MM-DD`; sealed, never sent in clear.
    pub birth_date: Option<String>,
}

impl Account {
    /// The account in the first answer of a session. Whatever else answers at that address is no platform.
    fn of(answer: Result<Vec<u8>>) -> Result<Self> {
        let elsewhere = || Error::invalid("url", "what answers at this address is no platform; check the address");
        let body = answer.map_err(|error| match *error {
            Error::NotFound | Error::Unsupported => elsewhere(),
            _ => error,
        })?;
        let user = Json::parse(&body).ok_or_else(elsewhere)?;
        let id = user.get("userid").and_then(|id| id.as_text()).ok_or_else(elsewhere)?;
        let roles = user.get("roles").and_then(|roles| roles.elements()).unwrap_or_default();
        let has = |names: &[&str]| roles.iter().any(|role| role.as_text().is_some_and(|role| names.contains(&&*role)));
        let kind = match (has(&["clinic", "clinician"]), has(&["device"])) {
            (true, _) => DataOwnerKind::Practitioner,
            (_, true) => DataOwnerKind::Device,
            _ => DataOwnerKind::Patient,
        };
        Ok(Self { id, email: user.text("username"), kind })
    }
}

/// The body of `POST /auth/user`.
#[derive(Serialize)]
struct NewUser<'a> {
    username: &'a str,
    emails: [&'a str; 1],
    password: &'a str,
    roles: [&'a str; 1],
}

impl<T: Transport> Platform<T> {
    /// Makes an account and begins a session.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the address has an account already, [`Error::InvalidInput`] for an address or password
    /// that the platform does not take, and where no platform answers.
    pub async fn create_account(&self, account: &NewAccount, control: &Control) -> Result<Account> {
        let role = match account.kind {
            DataOwnerKind::Practitioner => "clinician",
            DataOwnerKind::Device => "device",
            _ => "patient",
        };
        let email = account.email.trim();
        let user = NewUser { username: email, emails: [email], password: &account.password, roles: [role] };
        let body = json::to_bytes(&user)?;
        Account::of(self.authenticate(Method::Post, "/auth/user", None, Some(body), control).await)
    }

    /// Begins a session.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] when address or password are wrong, [`Error::InvalidInput`] where no platform answers.
    pub async fn sign_in(&self, email: &str, password: &str, control: &Control) -> Result<Account> {
        let credentials = Base64::encode_string(format!("{}:{password}", email.trim()).as_bytes());
        let header = ("authorization", format!("Basic {credentials}"));
        self.set_token(None);
        Account::of(self.authenticate(Method::Post, "/auth/login", Some(header), None, control).await)
    }

    /// Renews the session of the token that is set.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] when it has expired.
    pub async fn refresh(&self, control: &Control) -> Result<()> {
        self.authenticate(Method::Get, "/auth/login", None, None, control).await.map(drop)
    }

    /// The account of the session.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] when the session has expired.
    pub async fn account(&self, control: &Control) -> Result<Account> {
        Account::of(self.authenticate(Method::Get, "/auth/user", None, None, control).await)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the platform cannot be reached; the token is forgotten in any case.
    pub async fn sign_out(&self, control: &Control) -> Result<()> {
        let outcome = self.send_empty(Method::Post, "/auth/logout", control).await;
        self.set_token(None);
        match outcome {
            Err(error) if *error == Error::NotAuthenticated => Ok(()),
            outcome => outcome,
        }
    }
}
