//! A session in the hands of JavaScript.

use std::rc::Rc;

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::fetch::Fetch;
use super::key_store::JsStore;
use super::promise::{deferred, done, promise};
use super::share_codes::published;
use super::values::{self, AccessValue, InvitationValue, MembershipValue, PatientValue, to_js};
use crate::Id;
use crate::client::{Actor, ClinicCard, NewRecord, ReadRecord, ReadRecords, Session};
use crate::error::Result;

/// A session.
#[wasm_bindgen]
pub struct SessionHandle(Rc<Session<Fetch, JsStore>>);

/// A clinic that was looked up and verified.
#[wasm_bindgen]
pub struct ClinicCardHandle(Rc<ClinicCard>);

impl ClinicCardHandle {
    pub(super) fn new(card: Rc<ClinicCard>) -> Self {
        Self(card)
    }

    /// The card for a promise, which may outlive this handle.
    pub(super) fn card(&self) -> Rc<ClinicCard> {
        self.0.clone()
    }
}

#[wasm_bindgen]
impl ClinicCardHandle {
    /// The clinic's id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.0.id().to_owned()
    }

    /// The name in the clinic's signed statement.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.0.name().to_owned()
    }

    /// City and country, as the platform says them.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.0.address.clone()
    }

    /// The clinic's fingerprint, base64url.
    #[wasm_bindgen(getter)]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint().to_string()
    }

    /// The code, in its canonical form.
    #[wasm_bindgen(getter)]
    pub fn code(&self) -> String {
        self.0.code.clone()
    }

    /// Until when the code may be used, in milliseconds since the epoch.
    #[wasm_bindgen(getter)]
    pub fn expires(&self) -> f64 {
        self.0.expires as f64
    }
}

impl SessionHandle {
    pub(crate) fn new(session: Session<Fetch, JsStore>) -> Self {
        Self(Rc::new(session))
    }

    /// The session for a promise, which may outlive this handle.
    pub(super) fn session(&self) -> Rc<Session<Fetch, JsStore>> {
        self.0.clone()
    }
}

pub(super) fn actor(clinic: Option<&String>) -> Actor<'_> {
    clinic.map_or(Actor::Person, |clinic| Actor::Clinic(clinic))
}

fn list<A, B: From<A> + serde::Serialize>(values: Vec<A>) -> Result<JsValue> {
    to_js(&values.into_iter().map(B::from).collect::<Vec<_>>())
}

/// Splits what the TypeScript face joined with line feeds, which JSON text has none of.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').filter(|_| !text.is_empty())
}

/// Ids, one a line.
fn text_of(ids: Vec<Id>) -> String {
    ids.into_iter().map(|id| id.to_string()).collect::<Vec<_>>().join("\n")
}

/// Records that are to be written. They are handed over some at a time: all at once would keep the thread that draws.
#[wasm_bindgen(js_name = NewRecords)]
#[derive(Default)]
pub struct NewRecordsHandle(Vec<NewRecord>);

#[wasm_bindgen(js_class = NewRecords)]
impl NewRecordsHandle {
    /// None yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds records, given as JSON texts joined with line feeds, with their sources in the same way, which may be empty.
    pub fn add(&mut self, bodies: &str, sources: &str) {
        for (body, source) in lines(bodies).zip(sources.split('\n')) {
            let source = Some(source.to_owned()).filter(|source| !source.is_empty());
            self.0.push(NewRecord { source, body: body.as_bytes().to_vec() });
        }
    }
}

/// Joins records with line feeds: id, revision and JSON text of each, for one copy to JavaScript. What somebody wrote
/// stays on its line, so that it is parsed by itself and cannot pass for another record, or spoil one. JSON text needs
/// no line feeds, and what is no text is no record: its line is empty.
fn lines_of(records: Vec<ReadRecord>) -> Vec<u8> {
    let mut lines = Vec::with_capacity(records.iter().map(|record| record.body.len() + 70).sum());
    for ReadRecord { id, rev, mut body } in records {
        if std::str::from_utf8(&body).is_err() {
            body.clear();
        }
        for part in [id.to_string(), rev] {
            lines.extend(part.into_bytes());
            lines.push(b'\n');
        }
        lines.extend(body.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        lines.push(b'\n');
    }
    lines
}

#[wasm_bindgen]
impl SessionHandle {
    /// The account.
    pub fn account(&self) -> JsValue {
        values::account(self.0.account())
    }

    /// See [`Session::full_name`].
    ///
    /// # Errors
    /// See [`Session::full_name`].
    #[wasm_bindgen(js_name = fullName)]
    pub fn full_name(&self) -> Promise {
        let session = self.session();
        promise(async move { Ok(session.full_name(&control(None, None)).await?.into()) })
    }

    /// The token of the session at the platform, for going on with it after a reload.
    pub fn token(&self) -> Option<String> {
        self.0.platform().token()
    }

    /// The fingerprint of the identity, base64url.
    pub fn fingerprint(&self) -> String {
        self.0.identity().fingerprint().to_string()
    }

    /// See [`Platform::refresh`](crate::client::Platform::refresh).
    ///
    /// # Errors
    /// `not_authenticated` when the session has expired.
    pub fn refresh(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        promise(async move { done(session.platform().refresh(&control(None, signal)).await) })
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the platform cannot be reached.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        promise(async move { done(session.platform().sign_out(&control(None, signal)).await) })
    }

    /// See [`Session::recovery_code`].
    ///
    /// # Errors
    /// When the key store fails.
    #[wasm_bindgen(js_name = recoveryCode)]
    pub fn recovery_code(&self) -> Promise {
        let session = self.session();
        promise(async move { Ok(session.recovery_code().await?.into()) })
    }

    /// See [`Session::confirm_recovery_code`].
    ///
    /// # Errors
    /// `invalid_recovery_code`.
    #[wasm_bindgen(js_name = confirmRecoveryCode)]
    pub fn confirm_recovery_code(&self, typed: String) -> Promise {
        let session = self.session();
        deferred(async move { done(session.confirm_recovery_code(&typed).await) })
    }

    /// Writes records; promises how many were not there before.
    ///
    /// # Errors
    /// See [`Session::write_records`].
    #[wasm_bindgen(js_name = writeRecords)]
    pub fn write_records(
        &self,
        vault: Option<String>,
        clinic: Option<String>,
        kind: String,
        records: NewRecordsHandle,
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move {
            let (control, actor) = (control(progress, signal), actor(clinic.as_ref()));
            let written = session.write_records(vault.as_deref(), actor, &kind, records.0, &control).await?;
            Ok((written.created as f64).into())
        })
    }

    /// Reads all records of a type. As they are opened, they are handed over: three lines for each, which are its id, its
    /// revision and its JSON text, if it is some; and the ids of those that are not there any more, one a line.
    ///
    /// # Errors
    /// See [`Session::read_records_in_pieces`].
    #[wasm_bindgen(js_name = readRecords)]
    pub fn read_records(
        &self,
        vault: Option<String>,
        clinic: Option<String>,
        kind: String,
        hand_over: Function,
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        promise(async move {
            let (control, actor) = (control(progress, signal), actor(clinic.as_ref()));
            let take = |read: ReadRecords| {
                let (lines, removed) = (lines_of(read.records), text_of(read.removed));
                // The function is the package's own, and throws nothing.
                let _ = hand_over.call2(&JsValue::NULL, &Uint8Array::from(lines.as_slice()), &removed.into());
            };
            done(session.read_records_in_pieces(vault.as_deref(), actor, &kind, &take, &control).await)
        })
    }

    /// See [`Session::look_up`].
    ///
    /// # Errors
    /// See [`Session::look_up`].
    #[wasm_bindgen(js_name = lookUp)]
    pub fn look_up(&self, code: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let card = session.look_up(&code, &control(None, signal)).await?;
            Ok(ClinicCardHandle(Rc::new(card)).into())
        })
    }

    /// See [`Session::invite_clinic`].
    ///
    /// # Errors
    /// See [`Session::invite_clinic`].
    #[wasm_bindgen(js_name = inviteClinic)]
    pub fn invite_clinic(&self, card: &ClinicCardHandle, permissions: JsValue, signal: Option<AbortSignal>) -> Promise {
        let card = card.0.clone();
        let session = self.session();
        deferred(async move {
            done(session.invite_clinic(&card, values::permissions(permissions), &control(None, signal)).await)
        })
    }

    /// See [`Session::list_access`].
    ///
    /// # Errors
    /// See [`Session::list_access`].
    #[wasm_bindgen(js_name = listAccess)]
    pub fn list_access(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { list::<_, AccessValue>(session.list_access(&control(None, signal)).await?) })
    }

    /// See [`Session::revoke`].
    ///
    /// # Errors
    /// See [`Session::revoke`].
    pub fn revoke(&self, clinic: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.revoke(&clinic, &control(None, signal)).await) })
    }

    /// See [`Session::cancel_invitation`].
    ///
    /// # Errors
    /// See [`Session::cancel_invitation`].
    #[wasm_bindgen(js_name = cancelInvitation)]
    pub fn cancel_invitation(&self, key: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.cancel_invitation(&key, &control(None, signal)).await) })
    }

    /// See [`Session::create_clinic`].
    ///
    /// # Errors
    /// See [`Session::create_clinic`].
    #[wasm_bindgen(js_name = createClinic)]
    pub fn create_clinic(&self, clinic: JsValue, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let created = session.create_clinic(&values::new_clinic(clinic)?, &control(None, signal)).await?;
            to_js(&MembershipValue::from(created))
        })
    }

    /// See [`Session::list_clinics`].
    ///
    /// # Errors
    /// See [`Session::list_clinics`].
    #[wasm_bindgen(js_name = listClinics)]
    pub fn list_clinics(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { list::<_, MembershipValue>(session.list_clinics(&control(None, signal)).await?) })
    }

    /// See [`Session::share_code`].
    ///
    /// # Errors
    /// See [`Session::share_code`].
    #[wasm_bindgen(js_name = shareCode)]
    pub fn share_code(&self, clinic: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let code = session.share_code(&clinic, &control(None, signal)).await?;
            published(&code)
        })
    }

    /// See [`Session::list_invitations`].
    ///
    /// # Errors
    /// See [`Session::list_invitations`].
    #[wasm_bindgen(js_name = listInvitations)]
    pub fn list_invitations(&self, clinic: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(
            async move { list::<_, InvitationValue>(session.list_invitations(&clinic, &control(None, signal)).await?) },
        )
    }

    /// See [`Session::accept_invitation`].
    ///
    /// # Errors
    /// See [`Session::accept_invitation`].
    #[wasm_bindgen(js_name = acceptInvitation)]
    pub fn accept_invitation(&self, clinic: String, key: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.accept_invitation(&clinic, &key, &control(None, signal)).await) })
    }

    /// See [`Session::decline_invitation`].
    ///
    /// # Errors
    /// See [`Session::decline_invitation`].
    #[wasm_bindgen(js_name = declineInvitation)]
    pub fn decline_invitation(&self, clinic: String, key: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.decline_invitation(&clinic, &key, &control(None, signal)).await) })
    }

    /// See [`Session::list_patients`].
    ///
    /// # Errors
    /// See [`Session::list_patients`].
    #[wasm_bindgen(js_name = listPatients)]
    pub fn list_patients(&self, clinic: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { list::<_, PatientValue>(session.list_patients(&clinic, &control(None, signal)).await?) })
    }
}
