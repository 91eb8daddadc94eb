//! What can be configured, and its defaults.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;

use crate::clock::Clock;
use crate::error::StartError;
use crate::mail::{SmtpUrl, parse_sender};

/// How a platform runs. [`Config::new`] has the defaults.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the database and of the mail.
    pub data: PathBuf,
    /// The database, where it is not the file in [`Self::data`]: for now a `sqlite:` URL.
    pub database_url: Option<String>,
    /// The origin under which people reach the platform, without a slash at the end; put into mail.
    pub public_url: String,
    /// The other origins whose pages may call this platform.
    pub origins: Vec<String>,
    /// The folder of the web application, if this server is to serve it.
    pub web: Option<PathBuf>,
    /// The mail server, if mail is not only to be left in a folder.
    pub smtp: Option<SmtpUrl>,
    /// From whom mail comes; from nobody at the public address's host, if nothing is said.
    pub mail_from: Option<Mailbox>,
    /// How long a session lives.
    pub session_lifetime: Duration,
    /// How long an invitation can be accepted.
    pub invitation_lifetime: Duration,
    /// The cost of a password's hash.
    pub password_cost: PasswordCost,
    /// How often things may be tried.
    pub rates: Rates,
    /// The clock.
    pub clock: Clock,
    /// Which routes there are.
    pub api: Api,
}

/// Whose routes a platform has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Tidepool's, and ours.
    Tidelock,
    /// Tidepool's only, as Tidepool answers them: a plain platform, to try clients with.
    Tidepool,
}

/// Argon2id's parameters for account passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
}

impl PasswordCost {
    /// OWASP's first recommendation for Argon2id.
    pub const RECOMMENDED: Self = Self { memory_kib: 19_456, iterations: 2 };
    /// For tests only: it protects nothing.
    pub const CHEAP: Self = Self { memory_kib: 8, iterations: 1 };
}

/// So many in such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how long.
    pub window: Duration,
}

/// The rate limits.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Failed sign-ins of one account from one address.
    pub sign_in: Rate,
    /// Failed sign-ins from one address.
    pub sign_in_address: Rate,
    /// New accounts from one address.
    pub sign_up: Rate,
    /// Share codes tried by one account.
    pub share_codes: Rate,
    /// Share codes tried in vain from one address.
    pub share_codes_address: Rate,
    /// E-mail addresses looked up by one account.
    pub addresses: Rate,
    /// Mails that one account lets be sent to others, and to itself.
    pub mails: Rate,
    /// New versions of one account's identity.
    pub identities: Rate,
}

impl Config {
    /// The defaults, with everything kept in the folder `data`.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            data: data.into(),
            database_url: None,
            public_url: "http://127.0.0.1:8787".to_owned(),
            origins: Vec::new(),
            web: None,
            smtp: None,
            mail_from: None,
            session_lifetime: minutes(24 * 60),
            invitation_lifetime: minutes(7 * 24 * 60),
            password_cost: PasswordCost::RECOMMENDED,
            rates: Rates {
                sign_in: Rate { count: 10, window: minutes(15) },
                sign_in_address: Rate { count: 100, window: minutes(15) },
                sign_up: Rate { count: 300, window: minutes(60) },
                share_codes: Rate { count: 30, window: minutes(5) },
                share_codes_address: Rate { count: 300, window: minutes(5) },
                addresses: Rate { count: 30, window: minutes(5) },
                mails: Rate { count: 100, window: minutes(60) },
                identities: Rate { count: 3, window: minutes(24 * 60) },
            },
            clock: Clock::system(),
            api: Api::Tidelock,
        }
    }

    /// Reads the environment: `TIDELOCK_DATA`, `TIDELOCK_ORIGINS`, `TIDELOCK_WEB`, `TIDELOCK_PUBLIC_URL`, `TIDELOCK_API`,
    /// `DATABASE_URL`, `TIDELOCK_SMTP`, `TIDELOCK_MAIL_FROM`.
    /// `origin` is where the server listens, for when no public address is set.
    ///
    /// # Errors
    /// [`StartError::Configuration`] names the variable that makes no sense.
    pub fn from_environment(origin: &str) -> Result<Self, StartError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let mut config = Self::new(variable("TIDELOCK_DATA").unwrap_or_else(|| "data".to_owned()));
        config.database_url = variable("DATABASE_URL");
        config.public_url = match variable("TIDELOCK_PUBLIC_URL") {
            Some(url) => parse_origin("TIDELOCK_PUBLIC_URL", &url)?,
            None => origin.to_owned(),
        };
        config.origins = variable("TIDELOCK_ORIGINS")
            .iter()
            .flat_map(|origins| origins.split(','))
            .filter(|origin| !origin.trim().is_empty())
            .map(|origin| parse_origin("TIDELOCK_ORIGINS", origin))
            .collect::<Result<_, _>>()?;
        config.smtp = variable("TIDELOCK_SMTP").map(|url| SmtpUrl::parse(&url)).transpose()?;
        config.mail_from = variable("TIDELOCK_MAIL_FROM").map(|sender| parse_sender(&sender)).transpose()?;
        config.api = match variable("TIDELOCK_API").as_deref() {
            None | Some("tidelock") => Api::Tidelock,
            Some("tidepool") => Api::Tidepool,
            Some(_) => {
                return Err(StartError::Configuration { variable: "TIDELOCK_API", expected: "tidelock or tidepool" });
            }
        };
        config.web = Some(variable("TIDELOCK_WEB").unwrap_or_else(|| "www/dist".to_owned()).into());
        Ok(config)
    }
}

fn parse_origin(variable: &'static str, text: &str) -> Result<String, StartError> {
    let text = text.trim().trim_end_matches('/');
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(text.to_owned()),
        _ => Err(StartError::Configuration { variable, expected: "an origin such as https://example.org" }),
    }
}
