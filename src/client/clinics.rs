//! Clinics: founding one, its share code, and looking one up by its code.

use serde::Serialize;
use tidelock_crypto::Digest;
use tidelock_crypto::cbor::List;

use super::remembered::Verified;
use super::share_codes::{CODE_LIFETIME, NewCode, PublishedCode};
use super::{Control, Method, Session, Store, Transport};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::keys::Clinic;
use crate::share_code::{CodeContext, ShareCode};
use crate::sharing::Permissions;
use crate::wire::ClinicKeys;
use crate::wire::json::{CertifiedClinic, from_base64url};

/// How old a clinic's head may be when a record is shared with the clinic for the first time.
const FRESH: u64 = 30 * DAY;

/// The difference between clocks that is put up with.
const TOLERANCE: u64 = DAY;

/// How old a head gets before an administrator's client renews it.
const RENEWAL: u64 = DAY;

const DAY: u64 = 24 * 60 * 60 * 1_000;

/// What is needed for a new clinic.
#[derive(Clone, Debug, Default)]
pub struct NewClinic {
    /// The name, which the clinic's statement signs.
    pub name: String,
    /// Street and number; in clear at the platform, as at Tidepool.
    pub address: String,
    /// The city.
    pub city: String,
    /// The country, two letters (ISO 3166).
    pub country: String,
}

/// The body of `POST /v1/clinics`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewClinicBody<'a> {
    name: &'a str,
    address: &'a str,
    city: &'a str,
    country: &'a str,
    preferred_bg_units: &'static str,
}

/// A clinic that was looked up by its share code and verified.
#[derive(Clone, Debug)]
pub struct ClinicCard {
    /// The code.
    pub code: String,
    /// Until when the code may be used, in milliseconds since the epoch.
    pub expires: u64,
    /// The verified keys.
    pub(crate) clinic: Clinic,
    /// City and country, as the platform says them.
    pub address: String,
}

impl ClinicCard {
    /// The clinic's id.
    pub fn id(&self) -> &str {
        self.clinic.id()
    }

    /// The name in the clinic's signed statement.
    pub fn name(&self) -> &str {
        &self.clinic.statement().body().name
    }

    /// The clinic's fingerprint.
    pub fn fingerprint(&self) -> Digest {
        self.clinic.fingerprint()
    }
}

/// A clinic in which the person works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicMembership {
    /// The clinic's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether the person is one of its administrators.
    pub administrator: bool,
}

/// A patient of a clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicPatient {
    /// The patient's id, which is also the id of her vault.
    pub id: String,
    /// The name that came sealed with the invitation.
    pub full_name: String,
    /// The birth date that came sealed with the invitation.
    pub birth_date: Option<String>,
    /// What the patient allows.
    pub permissions: Permissions,
    /// Since when, as the platform writes times (RFC 3339).
    pub since: String,
    /// Why her details are not shown: they do not open, or her identity is not the one that was pinned.
    pub problem: Option<Box<Error>>,
}

/// Checks that a clinic's head is as young as it must be when something is shared with the clinic for the first time.
///
/// # Errors
/// [`Error::ClinicStale`] when it is too old, [`Error::ClinicNotVerified`] when it is dated in the future.
pub(super) fn check_age(clinic: &Clinic, now: u64) -> Result<()> {
    let time = clinic.head().body().time;
    if time > now + TOLERANCE {
        return Err(Error::ClinicNotVerified { reason: "the clinic's head is dated in the future" }.into());
    }
    let age = now.saturating_sub(time);
    if age > FRESH + TOLERANCE {
        return Err(Error::ClinicStale { days: age / DAY }.into());
    }
    Ok(())
}

/// Whether somebody whom the platform lists is an administrator of the clinic.
pub(super) fn is_admin(clinician: &Json) -> bool {
    let roles = clinician.get("roles").and_then(|roles| roles.elements()).unwrap_or_default();
    roles.iter().any(|role| role.as_text().is_some_and(|role| role == "CLINIC_ADMIN"))
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Looks a clinic up by its share code and checks that the code certifies the clinic's key.
    ///
    /// # Errors
    /// [`Error::InvalidShareCode`] when the text is none, [`Error::ShareCodeNotFound`] when no clinic has it,
    /// [`Error::ClinicNotVerified`] when the platform shows a key that the code does not certify or withholds it,
    /// [`Error::Expired`] when the code has expired, [`Error::ClinicStale`] when the clinic's head is older than 30 days,
    /// [`Error::IdentityChanged`] when another root was pinned for this clinic before.
    pub async fn look_up(&self, typed: &str, control: &Control) -> Result<ClinicCard> {
        let code = ShareCode::parse(typed)?;
        let path = format!("/v1/clinics/share_code/{code}");
        let found = self.platform.get_json(&path, control).await.map_err(|error| match *error {
            Error::NotFound => Error::ShareCodeNotFound.into(),
            _ => error,
        })?;
        let unverified = |reason| Box::new(Error::ClinicNotVerified { reason });
        let certified = found
            .get("tidelock")
            .and_then(|ours| CertifiedClinic::of_json(&ours))
            .ok_or(unverified("the platform does not show the key that this code certifies"))?;
        let id = found.text("id");
        let not_verifiable = |error: Box<Error>| match *error {
            Error::Tampered { what } => unverified(what),
            _ => error,
        };
        let bundle = certified.bundle().map_err(not_verifiable)?;
        let clinic = Clinic::open(&self.engine, &bundle, &id, self.platform.origin()).await.map_err(not_verifiable)?;
        let context = CodeContext {
            platform: self.platform.origin().to_owned(),
            clinic: id,
            root_fingerprint: clinic.fingerprint(),
            expires: certified.expires,
        };
        let nonce = from_base64url(&certified.nonce).map_err(not_verifiable)?;
        let nonce = nonce.as_slice().try_into().map_err(|_| unverified("the nonce has the wrong length"))?;
        if !code.certifies(&context, nonce).await? {
            return Err(unverified("the platform shows a key that this code does not certify"));
        }
        // What a code certifies counts for more than what the platform alone had said.
        let pin = self.remembered().pin(clinic.id()).await?;
        if pin.is_none_or(|pin| pin.is_verified() || clinic.follows(&pin.fingerprint, pin.head)) {
            self.check_pin(&clinic).await?;
        } else {
            self.known.borrow_mut().directory.disbelieve();
        }
        let now = self.platform.now();
        if certified.expires.saturating_add(TOLERANCE) < now {
            return Err(Error::Expired.into());
        }
        // Otherwise a platform could search for fitting keys at leisure and keep what it found for years.
        if certified.expires > now + CODE_LIFETIME + TOLERANCE {
            return Err(unverified("the share code is valid for longer than share codes are"));
        }
        check_age(&clinic, now)?;
        let place = [found.text("address"), found.text("city"), found.text("country")];
        let address = place.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        Ok(ClinicCard { code: code.to_string(), expires: certified.expires, clinic, address })
    }

    /// Founds a clinic: its keys, and a share code that certifies them.
    ///
    /// # Errors
    /// When the platform refuses or cannot be reached. [`list_clinics`](Self::list_clinics) completes what was begun.
    pub async fn create_clinic(&self, new: &NewClinic, control: &Control) -> Result<ClinicMembership> {
        let name = new.name.trim();
        if name.is_empty() {
            return Err(Error::invalid("name", "give the clinic the name that patients know it by"));
        }
        let body = NewClinicBody {
            name,
            address: new.address.trim(),
            city: new.city.trim(),
            country: new.country.trim(),
            preferred_bg_units: "mg/dL",
        };
        let id = self.platform.send_json(Method::Post, "/v1/clinics", &body, control).await?.text("id");
        self.complete_clinic(&id, name, control).await?;
        Ok(ClinicMembership { id, name: name.to_owned(), administrator: true })
    }

    /// Publishes keys and a certifying share code for a clinic that has none yet.
    async fn complete_clinic(&self, id: &str, name: &str, control: &Control) -> Result<PublishedCode> {
        let now = self.platform.now();
        let (clinic, envelopes) =
            Clinic::found(&self.engine, id, self.platform.origin(), name, &self.identity, now).await?;
        let keys = ClinicKeys { bundle: clinic.bundle(), envelopes, removed: List::default() };
        self.platform.send_cbor(Method::Put, &["/clinics/", id, "/keys"].concat(), &keys, control).await?;
        // Its code will certify what was made here.
        self.pin_clinic(&clinic, Verified::ShareCode).await?;
        self.register_code(&clinic, NewCode::default(), control).await
    }

    /// The clinics in which the person works.
    ///
    /// An administrator's client renews, on the way, the head of a clinic that is older than a day, gives the clinic's keys to new
    /// members whose identities have been verified, and new ones to those who remain when somebody has left.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    pub async fn list_clinics(&self, control: &Control) -> Result<Vec<ClinicMembership>> {
        let path = format!("/v1/clinicians/{}/clinics?limit=1000", self.account.id);
        let listed = self.platform.get_list(&path, control).await?;
        let mut clinics = Vec::with_capacity(listed.len());
        for entry in &listed {
            let clinic = entry.get("clinic").unwrap_or_default();
            let clinician = entry.get("clinician").unwrap_or_default();
            let administrator = is_admin(&clinician);
            let membership = ClinicMembership { id: clinic.text("id"), name: clinic.text("name"), administrator };
            if administrator && let Some(clinic) = self.renew(&membership, control).await? {
                self.settle_people(&clinic, control).await?;
            }
            clinics.push(membership);
        }
        Ok(clinics)
    }

    /// A clinic with a head that is not old, if the administrator has its keys.
    async fn renew(&self, membership: &ClinicMembership, control: &Control) -> Result<Option<Clinic>> {
        match self.clinic_keys(&membership.id, control).await {
            // Founding was interrupted between the clinic and its keys.
            Err(error) if *error == Error::NotFound => {
                self.complete_clinic(&membership.id, &membership.name, control).await?;
                Ok(None)
            }
            Err(error) => Err(error),
            Ok((mut clinic, keys)) => {
                let now = self.platform.now();
                if now.saturating_sub(clinic.head().body().time) >= RENEWAL {
                    let root = match clinic.root_key(&self.engine, &self.identity, &keys.envelopes).await {
                        // Another administrator has to give her the keys first.
                        Err(error) if *error == Error::NoAccess => return Ok(None),
                        root => root?,
                    };
                    clinic.renew_head(&self.engine, &root, now).await?;
                    self.publish_head(&clinic, control).await?;
                    self.check_pin(&clinic).await?;
                }
                Ok(Some(clinic))
            }
        }
    }

    /// The clinic's share code, after checking, as a patient's client would, that it certifies the clinic's key.
    ///
    /// A clinic whose code is missing or has expired gets a new one, if the person is an administrator.
    ///
    /// # Errors
    /// [`Error::ClinicNotVerified`] when the platform shows a code that certifies another key.
    pub async fn share_code(&self, clinic: &str, control: &Control) -> Result<PublishedCode> {
        let found = self.platform.get_json(&["/v1/clinics/", clinic].concat(), control).await?;
        let shown = found.text("shareCode");
        if shown.is_empty() {
            // The platform shows the code to members only.
            return Err(Error::NotFound.into());
        }
        match self.look_up(&shown, control).await {
            Ok(card) if card.id() == clinic => {
                Ok(self.published(ShareCode::parse(&card.code)?, card.expires, &card.clinic))
            }
            Ok(_) => Err(Error::ClinicNotVerified { reason: "the platform shows the code of another clinic" }.into()),
            Err(error)
                if matches!(*error, Error::Expired | Error::ClinicNotVerified { .. })
                    && found.get("tidelock").is_none() =>
            {
                let (clinic, _) = self.clinic_keys(clinic, control).await?;
                self.register_code(&clinic, NewCode::default(), control).await
            }
            Err(error) => Err(error),
        }
    }

    /// The patients who share with a clinic.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the person is not a member.
    pub async fn list_patients(&self, clinic: &str, control: &Control) -> Result<Vec<ClinicPatient>> {
        let path = format!("/v1/clinics/{clinic}/patients?limit=1000");
        let listed = self.platform.get_json(&path, control).await?;
        let listed = listed.get("data").and_then(|data| data.elements()).unwrap_or_default();
        let opener = self.details_opener(clinic, control).await?;
        let mut patients = Vec::with_capacity(listed.len());
        for patient in &listed {
            let id = patient.text("id");
            let (details, problem) = self.details_or_problem(&opener, &id, patient, control).await?;
            patients.push(ClinicPatient {
                id,
                full_name: details.full_name,
                birth_date: details.birth_date,
                permissions: patient.get("permissions").unwrap_or_default().into(),
                since: patient.text("createdTime"),
                problem,
            });
        }
        Ok(patients)
    }
}
