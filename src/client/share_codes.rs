//! A clinic's share codes over their life, and share links.

use tidelock_crypto::random;

use super::{ClinicCard, Control, LocalPending, Method, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::keys::Clinic;
use crate::share_code::{CodeContext, ShareCode};
use crate::share_link::ShareLink;
use crate::wire::{ListedShareCode, NewShareCode, ShareCodeLabel, ShareCodes};

/// How long a new share code may be used at most, and if nothing is said, in milliseconds: a year.
pub(super) const CODE_LIFETIME: u64 = 365 * 24 * 60 * 60 * 1_000;

/// How many nonces are tried before a code that is still free is found; the chance of needing two is 2⁻⁶⁰ a code.
const NONCES: u32 = 4;

/// A clinic's share code that certifies the clinic's own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedCode {
    /// The code, `XXXX-YYYY-ZZZZ`.
    pub code: String,
    /// The link with code and fingerprint, for QR codes and mail.
    pub link: String,
    /// Until when it may be used, in milliseconds since the epoch.
    pub expires: u64,
}

/// What is said of a new share code.
#[derive(Clone, Debug, Default)]
pub struct NewCode {
    /// What the clinic calls it.
    pub label: Option<String>,
    /// Until when it may be used, in milliseconds since the epoch; for a year, if nothing is said.
    pub expires: Option<u64>,
    /// By how many patients it may be used; by any, if nothing is said.
    pub uses: Option<u64>,
    /// The code that is disabled with it.
    pub replaces: Option<String>,
}

/// Where a share code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeState {
    /// It may be used.
    Active,
    /// Its time is over.
    Expired,
    /// As many patients have used it as may.
    UsedUp,
    /// The clinic has disabled it, or has replaced the root that it certifies.
    Disabled,
}

impl CodeState {
    /// The name of the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::UsedUp => "used_up",
            Self::Disabled => "disabled",
        }
    }
}

/// One of a clinic's share codes, as the platform lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCode {
    /// The code, with its link.
    pub published: PublishedCode,
    /// Where it stands.
    pub state: CodeState,
    /// What the clinic calls it.
    pub label: Option<String>,
    /// By how many patients it may be used; by any, if there is no number.
    pub uses: Option<u64>,
    /// How many have used it.
    pub used: u64,
    /// Whether it is the one that Tidepool's clients know as the clinic's.
    pub shown: bool,
    /// When it was registered, in milliseconds since the epoch.
    pub created: u64,
}

fn state(code: &ListedShareCode, now: u64) -> CodeState {
    if code.outdated.0 { CodeState::Disabled } else { state_of_its_own(code, now) }
}

/// Where a code would stand if the clinic still had the root that it certifies.
fn state_of_its_own(code: &ListedShareCode, now: u64) -> CodeState {
    if code.disabled.0 {
        CodeState::Disabled
    } else if code.expires <= now {
        CodeState::Expired
    } else if code.uses.is_some_and(|uses| code.used >= uses) {
        CodeState::UsedUp
    } else {
        CodeState::Active
    }
}

fn path_of(clinic: &str, code: &str) -> Result<String> {
    let code = ShareCode::parse(code)?.to_string();
    Ok(["/clinics/", clinic, "/share_codes/", &code].concat())
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Looks a clinic up by a share link: as by its code, and its root must have the fingerprint that is in the link.
    ///
    /// # Errors
    /// As [`look_up`](Self::look_up); [`Error::InvalidInput`] when the text is no link.
    pub async fn look_up_link(&self, text: &str, control: &Control) -> Result<ClinicCard> {
        let link = ShareLink::parse(text)?;
        let card = self.look_up(&link.code.to_string(), control).await?;
        if card.fingerprint() != link.fingerprint {
            return Err(
                Error::ClinicNotVerified { reason: "the clinic's key is not the one that the link names" }.into()
            );
        }
        Ok(card)
    }

    /// Registers a new certifying share code.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when it would be valid for longer than a year or for nobody, [`Error::NotFound`] when the person
    /// is no administrator of the clinic, or the clinic has no such code to replace.
    pub async fn create_share_code(&self, clinic: &str, new: NewCode, control: &Control) -> Result<PublishedCode> {
        let (clinic, _) = self.clinic_keys(clinic, control).await?;
        self.register_code(&clinic, new, control).await
    }

    pub(super) async fn register_code(
        &self,
        clinic: &Clinic,
        new: NewCode,
        control: &Control,
    ) -> Result<PublishedCode> {
        let latest = self.platform.now() + CODE_LIFETIME;
        let expires = new.expires.unwrap_or(latest);
        if expires > latest {
            return Err(Error::invalid("expires", "a share code is valid for a year at most"));
        }
        let replaces = new.replaces.map(|code| ShareCode::parse(&code)).transpose()?.map(|code| code.to_string());
        let context = CodeContext {
            platform: self.platform.origin().to_owned(),
            clinic: clinic.id().to_owned(),
            root_fingerprint: clinic.fingerprint(),
            expires,
        };
        let path = ["/clinics/", clinic.id(), "/share_codes"].concat();
        let mut attempt = 1;
        loop {
            let nonce = random::bytes::<16>()?;
            let code = ShareCode::certify(&context, &nonce).await?;
            let body = NewShareCode {
                code: code.to_string(),
                nonce: nonce.into(),
                expires,
                label: new.label.clone(),
                uses: new.uses,
                replaces: replaces.clone(),
            };
            match self.platform.send_cbor(Method::Post, &path, &body, control).await {
                Err(error) if error.is_conflict() && attempt < NONCES => attempt += 1,
                outcome => return outcome.map(|_| self.published(code, expires, clinic)),
            }
        }
    }

    /// Puts new codes into the places of those that may be used and certify a root which has been replaced. What is not done now is
    /// done when the clinics are listed next; nothing else has to wait for it.
    pub(super) fn renew_codes_if_possible<'a>(
        &'a self,
        clinic: &'a Clinic,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            if clinic.root().body().version > 1 && self.renew_codes(clinic, control).await.is_err() {
                control.check()?;
            }
            Ok(())
        })
    }

    async fn renew_codes(&self, clinic: &Clinic, control: &Control) -> Result<()> {
        let listed = self.listed_codes(clinic.id(), control).await?;
        let now = self.platform.now();
        for code in listed.codes {
            if !code.outdated.0 || state_of_its_own(&code, now) != CodeState::Active {
                continue;
            }
            let uses = code.uses.map(|uses| uses - code.used);
            let new = NewCode { label: code.label, expires: Some(code.expires), uses, replaces: Some(code.code) };
            self.register_code(clinic, new, control).await?;
        }
        Ok(())
    }

    async fn listed_codes(&self, clinic: &str, control: &Control) -> Result<ShareCodes> {
        self.platform.get_cbor(&["/clinics/", clinic, "/share_codes"].concat(), control).await
    }

    pub(super) fn published(&self, code: ShareCode, expires: u64, clinic: &Clinic) -> PublishedCode {
        let link = ShareLink { code, fingerprint: clinic.fingerprint() };
        let link = [self.platform.origin(), &link.to_string()].concat();
        PublishedCode { code: code.to_string(), link, expires }
    }

    /// All certifying codes of a clinic, the newest first. That the platform lists a code does not mean that it certifies
    /// anything; whoever is given it checks that.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person is not a member.
    pub async fn list_share_codes(&self, clinic: &str, control: &Control) -> Result<Vec<ListedCode>> {
        let (clinic, _) = self.clinic_keys(clinic, control).await?;
        let listed = self.listed_codes(clinic.id(), control).await?;
        let now = self.platform.now();
        let mut codes = Vec::with_capacity(listed.codes.len());
        for code in listed.codes {
            codes.push(ListedCode {
                published: self.published(ShareCode::parse(&code.code)?, code.expires, &clinic),
                state: state(&code, now),
                label: code.label,
                uses: code.uses,
                used: code.used,
                shown: code.shown.0,
                created: code.created,
            });
        }
        Ok(codes)
    }

    /// Changes what a clinic calls one of its codes.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person is no administrator of the clinic, or the clinic has no such code.
    pub async fn rename_share_code(
        &self,
        clinic: &str,
        code: &str,
        label: Option<String>,
        control: &Control,
    ) -> Result<()> {
        let path = path_of(clinic, code)?;
        self.platform.send_cbor(Method::Put, &path, &ShareCodeLabel { label }, control).await.map(drop)
    }

    /// Disables a code for good. Invitations that were sent with it stand.
    ///
    /// # Errors
    /// As [`rename_share_code`](Self::rename_share_code).
    pub async fn disable_share_code(&self, clinic: &str, code: &str, control: &Control) -> Result<()> {
        let path = [crate::wire::PREFIX, &path_of(clinic, code)?].concat();
        self.platform.send_empty(Method::Delete, &path, control).await
    }
}
