//! Mail: one interface, and behind it a mail server, or a folder of `.eml` files.
//!
//! A mail says nothing about anybody's health, names no patient and carries no secret.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Mailboxes};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::clock::Clock;
use crate::error::StartError;
use crate::random;

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The address it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

impl Mail {
    fn message(&self, sender: &Mailbox) -> Result<Message, MailError> {
        let to: Mailboxes = Mailbox::new(None, self.to.parse()?).into();
        Ok(Message::builder()
            .from(sender.clone())
            .mailbox(lettre::message::header::To::from(to))
            .subject(self.subject.as_str())
            .header(ContentType::TEXT_PLAIN)
            .body(self.text.clone())?)
    }
}

/// Why a mail was not sent. Requests do not fail for it.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// An address is not one.
    #[error("address: {0}")]
    Address(#[from] lettre::address::AddressError),
    /// The message could not be put together.
    #[error("message: {0}")]
    Message(#[from] lettre::error::Error),
    /// It could not be written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// What a mailer is doing.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>>;

/// Whatever delivers mail.
pub trait Mailer: Send + Sync {
    /// Delivers a mail, or hands it on.
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
}

/// From whom mail comes, where nothing is configured: nobody at the platform's host.
///
/// # Errors
/// [`StartError::Configuration`] when no address can be made of it.
pub fn default_sender(public_url: &str) -> Result<Mailbox, StartError> {
    let host = public_url.split("://").nth(1).unwrap_or("localhost");
    let host = host.split(':').next().filter(|host| !host.is_empty()).unwrap_or("localhost");
    // A bare address of a machine is no domain that a mail can come from.
    let host = if host.parse::<std::net::IpAddr>().is_ok() { "localhost" } else { host };
    parse_sender(&format!("Tidelock <no-reply@{host}>"))
}

/// Reads from whom mail is to come: an address, with or without a name.
///
/// # Errors
/// [`StartError::Configuration`] when it is none.
pub fn parse_sender(text: &str) -> Result<Mailbox, StartError> {
    let variable = "TIDELOCK_MAIL_FROM";
    let expected = "an address such as Tidelock <no-reply@example.org>";
    text.parse().map_err(|_| StartError::Configuration { variable, expected })
}

/// Writes each mail to a file `*.eml` of its own; their names sort by time.
#[derive(Clone, Debug)]
pub struct MailFolder {
    folder: PathBuf,
    sender: Mailbox,
    clock: Clock,
}

impl MailFolder {
    /// Mail into `folder`, which is made when the first mail is.
    pub fn new(folder: PathBuf, sender: Mailbox, clock: Clock) -> Self {
        Self { folder, sender, clock }
    }
}

impl Mailer for MailFolder {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move {
            let message = mail.message(&self.sender)?;
            tokio::fs::create_dir_all(&self.folder).await?;
            let name = random::hex::<8>().map_err(std::io::Error::other)?;
            let path = self.folder.join(format!("{:015}-{name}.eml", self.clock.now()));
            let unfinished = path.with_extension("part");
            tokio::fs::write(&unfinished, message.formatted()).await?;
            tokio::fs::rename(&unfinished, &path).await?;
            Ok(())
        })
    }
}

/// How long a mail server may take for one mail.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a mail server is, and how one signs in there: `smtps://user:password@host:port`, or `smtp://…`.
#[derive(Clone)]
pub struct SmtpUrl(String);

impl std::fmt::Debug for SmtpUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SmtpUrl(…)")
    }
}

impl SmtpUrl {
    /// Reads one. Over `smtp:` the connection is encrypted, too, as soon as it stands (STARTTLS, RFC 3207), but for a server on
    /// the same machine.
    ///
    /// # Errors
    /// [`StartError::Configuration`] when it is none.
    pub fn parse(text: &str) -> Result<Self, StartError> {
        let (variable, expected) = ("TIDELOCK_SMTP", "a URL such as smtps://user:password@mail.example.org:465");
        let invalid = || StartError::Configuration { variable, expected };
        let text = text.trim().trim_end_matches('/');
        let (scheme, rest) = text.split_once("://").ok_or_else(invalid)?;
        if rest.contains(['/', '?', '#']) {
            return Err(invalid());
        }
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let near = ["localhost", "127.0.0.1", "[::1]"];
        let near = near
            .iter()
            .any(|name| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')));
        let url = match scheme {
            "smtps" => text.to_owned(),
            "smtp" if near => text.to_owned(),
            "smtp" => format!("{text}?tls=required"),
            _ => return Err(invalid()),
        };
        AsyncSmtpTransport::<Tokio1Executor>::from_url(&url).map_err(|_| invalid())?;
        Ok(Self(url))
    }
}

/// Hands mail to a mail server, one after the other, while requests go on. What cannot be handed over is left in a folder.
#[derive(Debug)]
pub struct Smtp {
    queue: tokio::sync::mpsc::Sender<Mail>,
    left: MailFolder,
}

/// How many mails may wait for the mail server; further ones go to the folder.
const QUEUE: usize = 1_000;

impl Smtp {
    /// Mail by the server at `url`; what it does not take goes to `left`.
    ///
    /// # Errors
    /// [`StartError::Configuration`] when there is no connecting to such a server.
    pub fn new(url: &SmtpUrl, left: MailFolder) -> Result<Self, StartError> {
        let expected = "the URL of a mail server";
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url.0)
            .map_err(|_| StartError::Configuration { variable: "TIDELOCK_SMTP", expected })?
            .timeout(Some(PATIENCE))
            .build();
        let (queue, mut waiting) = tokio::sync::mpsc::channel::<Mail>(QUEUE);
        let folder = left.clone();
        tokio::spawn(async move {
            while let Some(mail) = waiting.recv().await {
                let sent = match mail.message(&folder.sender) {
                    Ok(message) => transport.send(message).await.map(drop).map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                if let Err(error) = sent {
                    tracing::warn!(%error, "the mail server did not take a mail; it is left in the folder");
                    if let Err(error) = folder.send(&mail).await {
                        tracing::warn!(%error, "mail not sent");
                    }
                }
            }
        });
        Ok(Self { queue, left })
    }
}

impl Mailer for Smtp {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        match self.queue.try_send(mail.clone()) {
            Ok(()) => Box::pin(async { Ok(()) }),
            Err(_) => self.left.send(mail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SmtpUrl;

    #[test]
    fn a_password_is_not_sent_in_clear_over_a_network() {
        for (text, url) in [
            ("smtps://user:secret@mail.example.org:465", Some("smtps://user:secret@mail.example.org:465")),
            ("smtp://user:secret@mail.example.org", Some("smtp://user:secret@mail.example.org?tls=required")),
            ("smtp://127.0.0.1:2525/", Some("smtp://127.0.0.1:2525")),
            ("smtp://localhost.example.org", Some("smtp://localhost.example.org?tls=required")),
            ("smtp://mail.example.org?tls=none", None),
            ("http://mail.example.org", None),
            ("mail.example.org", None),
        ] {
            let parsed = SmtpUrl::parse(text).ok();
            assert_eq!(parsed.as_ref().map(|url| url.0.as_str()), url, "{text}");
            assert!(!format!("{parsed:?}").contains("secret"));
        }
    }
}
