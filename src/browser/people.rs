//! Who has access, who is known, and what is shared automatically, in the hands of JavaScript: rarely used.

use js_sys::{JSON, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::entities::{Members, accepted, array, in_name_of, name_of, rights};
use super::promise::{deferred, done};
use super::session::{SessionHandle, actor, lines};
use super::sharing::add_permissions;
use crate::client::{
    AccessChange, AccessEvent, Acquaintance, Automatic, AutomaticSharing, EntityAccess, Happened, Use,
};
use crate::error::{Error, Result};
use crate::records::Basis;
use crate::sharing::{ChainName, Occurrence};

/// A value of JSON text that was written here.
pub(super) fn value(json: &str) -> Result<JsValue> {
    JSON::parse(json).map_err(|_| Error::internal("JSON that is none"))
}

fn add_by(members: &mut Members, by: &ChainName) {
    members.text("by", &by.author);
    if let Some(clinic) = in_name_of(by) {
        members.text("inNameOf", clinic);
    }
}

fn access(access: &EntityAccess) -> String {
    let mut members = Members::new();
    members.text("dataOwnerId", &access.data_owner);
    members.text("kind", access.kind.as_str());
    members.text("rights", name_of(access.rights));
    members.number("since", access.since);
    if let Some(by) = &access.by {
        add_by(&mut members, by);
    }
    members.text(
        "basis",
        match access.basis {
            Basis::Owner => "owner",
            Basis::Grant => "grant",
            Basis::Delegation => "delegation",
        },
    );
    members.end()
}

fn event(event: &AccessEvent) -> String {
    let mut members = Members::new();
    members.number("at", event.at);
    add_by(&mut members, &event.by);
    members.text(
        "what",
        match event.what {
            Happened::Created => "created",
            Happened::Given => "given",
            Happened::Revoked => "revoked",
            Happened::Lapsed => "lapsed",
            Happened::Modified => "modified",
            Happened::Resealed => "resealed",
        },
    );
    if let Some(data_owner) = &event.data_owner {
        members.text("dataOwnerId", data_owner);
    }
    if let Some(rights) = event.rights {
        members.text("rights", name_of(rights));
    }
    members.end()
}

fn change(change: &AccessChange) -> String {
    let mut members = Members::new();
    members.number("at", change.at);
    members.text(
        "what",
        match change.what {
            Occurrence::Founded => "founded",
            Occurrence::Granted => "granted",
            Occurrence::Changed => "changed",
            Occurrence::Revoked => "revoked",
            Occurrence::Renewed => "renewed",
            Occurrence::Refounded => "refounded",
        },
    );
    if let Some(about) = &change.about {
        members.text("dataOwnerId", &about.id);
        members.text("kind", about.kind.as_str());
        if !about.name.is_empty() {
            members.text("name", &about.name);
        }
        add_permissions(&mut members, about.permissions);
    }
    members.end()
}

fn written(written: &Use) -> String {
    let mut members = Members::new();
    members.number("at", written.last);
    members.text("what", "written");
    add_by(&mut members, &written.by);
    members.number("since", written.first);
    members.number("writes", written.writes);
    members.end()
}

fn sharing(sharing: &AutomaticSharing) -> String {
    let mut members = Members::new();
    members.text("dataOwnerId", &sharing.data_owner);
    members.number("since", sharing.since);
    members.truth("everything", sharing.everything);
    members.text("rights", name_of(sharing.rights));
    members.end()
}

fn acquaintance(known: &Acquaintance) -> String {
    let mut members = Members::new();
    members.text("id", &known.id);
    members.text("fingerprint", &known.fingerprint.to_string());
    members.text("verified", known.verified);
    members.number("since", known.since);
    if !known.name.is_empty() {
        members.text("name", &known.name);
    }
    members.end()
}

#[wasm_bindgen]
impl SessionHandle {
    /// Who has access to an entity, and what happened to it.
    ///
    /// # Errors
    /// See [`Session::entity_access`](crate::client::Session::entity_access).
    #[wasm_bindgen(js_name = entityAccess)]
    pub fn entity_access(
        &self,
        id: String,
        vault: Option<String>,
        clinic: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move {
            let control = control(None, signal);
            let actor = actor(clinic.as_ref());
            let (accesses, events) = session.entity_access(actor, id.parse()?, vault.as_deref(), &control).await?;
            let mut members = Members::new();
            members.json("access", &array(accesses.iter().map(access)));
            members.json("events", &array(events.iter().map(event)));
            value(&members.end())
        })
    }

    /// What happened to the access to the own record, and who else wrote into it.
    ///
    /// # Errors
    /// See [`Session::activity`](crate::client::Session::activity).
    pub fn activity(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let (changes, uses) = session.activity(&control(None, signal)).await?;
            value(&array(changes.iter().map(change).chain(uses.iter().map(written))))
        })
    }

    /// The safety number with somebody.
    ///
    /// # Errors
    /// See [`Session::safety_number`](crate::client::Session::safety_number).
    #[wasm_bindgen(js_name = safetyNumber)]
    pub fn safety_number(&self, id: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let compared = session.safety_number(&id, &control(None, signal)).await?;
            let mut members = Members::new();
            members.text("digits", compared.number.digits());
            members.text("qr", compared.number.code());
            members.text("fingerprint", &compared.fingerprint.to_string());
            if let Some(verified) = compared.verified {
                members.text("verified", verified);
            }
            value(&members.end())
        })
    }

    /// Takes what somebody typed or scanned of the other's safety number, and believes his identity when it is the same.
    ///
    /// # Errors
    /// See [`Session::confirm_identity`](crate::client::Session::confirm_identity).
    #[wasm_bindgen(js_name = confirmIdentity)]
    pub fn confirm_identity(&self, id: String, typed: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.confirm_identity(&id, &typed, &control(None, signal)).await) })
    }

    /// Whose identities are pinned on this device.
    ///
    /// # Errors
    /// When the key store fails.
    pub fn identities(&self) -> Promise {
        let session = self.session();
        deferred(async move { value(&array(session.acquaintances().await?.iter().map(acquaintance))) })
    }

    /// The id and the kind of who has an e-mail address.
    ///
    /// # Errors
    /// See [`Session::find_data_owner`](crate::client::Session::find_data_owner).
    #[wasm_bindgen(js_name = findDataOwner)]
    pub fn find_data_owner(&self, email: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let (id, kind) = session.find_data_owner(&email, &control(None, signal)).await?;
            let mut members = Members::new();
            members.text("id", &id);
            members.text("kind", kind.as_str());
            value(&members.end())
        })
    }

    /// Shares what is written from now on; ids, one a line.
    ///
    /// # Errors
    /// See [`Session::share_automatically`](crate::client::Session::share_automatically).
    #[wasm_bindgen(js_name = shareFuture)]
    pub fn share_future(
        &self,
        ids: String,
        rights: String,
        accept: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.share_automatically(Automatic::Future, ids, Some(rights), accept, signal)
    }

    /// Shares what is written from now on no more.
    ///
    /// # Errors
    /// See [`Session::share_automatically`](crate::client::Session::share_automatically).
    #[wasm_bindgen(js_name = stopSharing)]
    pub fn stop_sharing(&self, ids: String, signal: Option<AbortSignal>) -> Promise {
        self.share_automatically(Automatic::Nothing, ids, None, None, signal)
    }

    /// Shares what has been written, and what will be.
    ///
    /// # Errors
    /// See [`Session::share_automatically`](crate::client::Session::share_automatically).
    #[wasm_bindgen(js_name = shareAll)]
    pub fn share_all(
        &self,
        ids: String,
        rights: String,
        accept: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        self.share_automatically(Automatic::Everything, ids, Some(rights), accept, signal)
    }

    /// The audience of what is written from now on.
    ///
    /// # Errors
    /// See [`Session::automatic_sharing`](crate::client::Session::automatic_sharing).
    #[wasm_bindgen(js_name = automaticSharing)]
    pub fn automatic_sharing(&self, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let audience = session.automatic_sharing(&control(None, signal)).await?;
            value(&array(audience.iter().map(sharing)))
        })
    }

    /// Gives new keys to the entities of the own vault that need some, or to all: how many have them, and how many could not
    /// be opened.
    ///
    /// # Errors
    /// See [`Session::reseal`](crate::client::Session::reseal).
    #[wasm_bindgen(js_name = resealRecord)]
    pub fn reseal_record(&self, all: bool, progress: Option<js_sys::Function>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let resealed = session.reseal(all, &control(progress, signal)).await?;
            let mut members = Members::new();
            members.number("done", resealed.done);
            members.number("left", resealed.left);
            value(&members.end())
        })
    }
}

impl SessionHandle {
    fn share_automatically(
        &self,
        what: Automatic,
        ids: String,
        name: Option<String>,
        accept: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move {
            let ids: Vec<String> = lines(&ids).map(str::to_owned).collect();
            let rights = rights(name.as_deref().unwrap_or("read"))?;
            let accept = accepted(accept);
            done(session.share_automatically(what, &ids, rights, &accept, &control(None, signal)).await)
        })
    }
}
