//! Mail: one interface, and a folder of `.eml` files behind it.
//!
//! A mail says nothing about anybody's health, names no patient and carries no secret.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Mailboxes};

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

/// Writes each mail to a file `*.eml` of its own; their names sort by time.
#[derive(Clone, Debug)]
pub struct MailFolder {
    folder: PathBuf,
    sender: String,
    clock: crate::clock::Clock,
}

impl MailFolder {
    /// Mail into `folder`, which is made when the first mail is.
    pub fn new(folder: PathBuf, public_url: &str, clock: crate::clock::Clock) -> Self {
        let host = public_url.split("://").nth(1).unwrap_or("localhost");
        let host = host.split(':').next().filter(|host| !host.is_empty()).unwrap_or("localhost");
        // A bare address of a machine is no domain that a mail can come from.
        let host = if host.parse::<std::net::IpAddr>().is_ok() { "localhost" } else { host };
        Self { folder, sender: format!("Tidelock <no-reply@{host}>"), clock }
    }
}

impl Mailer for MailFolder {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move {
            let to: Mailboxes = Mailbox::new(None, mail.to.parse()?).into();
            let message = Message::builder()
                .from(self.sender.parse()?)
                .mailbox(lettre::message::header::To::from(to))
                .subject(mail.subject.as_str())
                .header(ContentType::TEXT_PLAIN)
                .body(mail.text.clone())?;
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
