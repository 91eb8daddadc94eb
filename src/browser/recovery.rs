//! Lost keys, in the hands of JavaScript: rarely used.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::entities::{Members, array, quoted};
use super::people::value;
use super::promise::{deferred, done};
use super::session::{ClinicCardHandle, SessionHandle, actor, lines};
use crate::client::{Giver, HelpRequest, Restored, Returning};

fn request(request: &HelpRequest) -> String {
    let mut members = Members::new();
    members.text("dataOwnerId", &request.owner);
    if !request.name.is_empty() {
        members.text("name", &request.name);
    }
    members.text("fingerprint", &request.fingerprint.to_string());
    members.truth("verified", request.verified);
    members.truth("record", request.record);
    members.number("entities", request.entities);
    members.end()
}

fn giver(giver: &Giver) -> String {
    let mut members = Members::new();
    members.text("dataOwnerId", &giver.id);
    if let Some(clinic) = &giver.clinic {
        members.text("clinicId", clinic);
    }
    members.text("fingerprint", &giver.fingerprint.to_string());
    members.truth("verified", giver.verified);
    members.truth("record", giver.record);
    members.number("entities", giver.entities);
    members.number("parts", giver.parts);
    members.number("of", giver.of);
    members.end()
}

fn returning(returning: &Returning) -> String {
    let mut members = Members::new();
    members.truth("waiting", returning.waiting);
    members.json("givers", &array(returning.givers.iter().map(giver)));
    members.json("sharedWith", &array(returning.shared_with.iter().map(|id| quoted(id))));
    members.end()
}

fn restored(restored: &Restored) -> String {
    let mut lost = Members::new();
    lost.number("data", restored.lost.data);
    lost.number("notes", restored.lost.notes);
    lost.number("private", restored.lost.private);
    let mut members = Members::new();
    members.number("entities", restored.entities);
    members.number("readable", restored.readable);
    members.json("lost", &lost.end());
    members.json("toConfirm", &array(restored.to_confirm.iter().map(|id| quoted(id))));
    members.end()
}

#[wasm_bindgen]
impl SessionHandle {
    /// Who has lost her keys of those who have shared something.
    ///
    /// # Errors
    /// See [`Session::help_requests`](crate::client::Session::help_requests).
    #[wasm_bindgen(js_name = helpRequests)]
    pub fn help_requests(&self, clinic: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let requests = session.help_requests(actor(clinic.as_ref()), &control(None, signal)).await?;
            value(&array(requests.iter().map(request)))
        })
    }

    /// Gives an owner's keys back.
    ///
    /// # Errors
    /// See [`Session::give_back`](crate::client::Session::give_back).
    #[wasm_bindgen(js_name = giveBack)]
    pub fn give_back(
        &self,
        owner: String,
        clinic: Option<String>,
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move {
            let given = session.give_back(actor(clinic.as_ref()), &owner, &control(progress, signal)).await?;
            let mut members = Members::new();
            members.truth("record", given.record);
            members.number("entities", given.entities);
            value(&members.end())
        })
    }

    /// Where it stands with getting the own record back.
    ///
    /// # Errors
    /// See [`Session::returning`](crate::client::Session::returning).
    pub fn returning(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { value(&returning(&session.returning(&control(None, signal)).await?)) })
    }

    /// Restores the own record, `anyway` also where nobody has given anything back.
    ///
    /// # Errors
    /// See [`Session::restore`](crate::client::Session::restore).
    pub fn restore(&self, anyway: bool, progress: Option<Function>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { value(&restored(&session.restore(anyway, &control(progress, signal)).await?)) })
    }

    /// Gives those their access again who had it when the keys were lost; ids, one a line.
    ///
    /// # Errors
    /// See [`Session::restore_access`](crate::client::Session::restore_access).
    #[wasm_bindgen(js_name = restoreAccess)]
    pub fn restore_access(&self, ids: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let ids: Vec<String> = lines(&ids).map(str::to_owned).collect();
            done(session.restore_access(&ids, &control(None, signal)).await)
        })
    }

    /// Takes a clinic as verified that was looked up by its share code.
    ///
    /// # Errors
    /// When the key store fails.
    #[wasm_bindgen(js_name = confirmClinic)]
    pub fn confirm_clinic(&self, card: &ClinicCardHandle) -> Promise {
        let (session, card) = (self.session(), card.card());
        deferred(async move { done(session.confirm_clinic(&card).await) })
    }
}
