//! Single entities in the hands of JavaScript.
//!
//! Entities go to JavaScript as lines: id, what is known of the entity as JSON, and its record as JSON. What somebody wrote
//! stays on its line, so that it is parsed by itself and cannot pass for another record, or spoil one.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use tidelock_crypto::promised;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

use super::control::control;
use super::promise::deferred;
use super::session::{SessionHandle, actor, lines};
use crate::Id;
use crate::client::{Accept, Change, Found, Introduction, Page, Query, Trust, What};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::keys::Compartment;
use crate::sharing::{ChainName, Rights};
use crate::wire::json::{from_base64url, to_base64url};

/// JSON of one object in the making: written by hand, since it is written for every entity.
pub(super) struct Members(String);

impl Members {
    pub(super) fn new() -> Self {
        Self("{".to_owned())
    }

    fn name(&mut self, name: &str) {
        self.0.push_str(if self.0.len() > 1 { ",\"" } else { "\"" });
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// A member whose value is JSON already.
    pub(super) fn json(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.push_str(value);
    }

    pub(super) fn number(&mut self, name: &str, value: u64) {
        self.json(name, &value.to_string());
    }

    pub(super) fn truth(&mut self, name: &str, value: bool) {
        self.json(name, if value { "true" } else { "false" });
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        push_text(&mut self.0, value);
    }

    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn push_text(json: &mut String, value: &str) {
    json.push('"');
    for symbol in value.chars() {
        match symbol {
            '"' | '\\' => json.extend(['\\', symbol]),
            ..' ' => json.push(' '),
            _ => json.push(symbol),
        }
    }
    json.push('"');
}

/// A text as JSON.
pub(super) fn quoted(value: &str) -> String {
    let mut json = String::new();
    push_text(&mut json, value);
    json
}

/// An array of values that are JSON already.
pub(super) fn array(values: impl Iterator<Item = String>) -> String {
    let values: Vec<String> = values.collect();
    ["[", &values.join(","), "]"].concat()
}

pub(super) fn name_of(rights: Rights) -> &'static str {
    match rights {
        Rights::Read => "read",
        Rights::Write => "write",
    }
}

fn compartment(name: &str) -> Result<Compartment> {
    match name {
        "data" => Ok(Compartment::Data),
        "notes" => Ok(Compartment::Notes),
        "private" => Ok(Compartment::Private),
        _ => Err(Error::invalid("compartment", "a compartment is data, notes or private")),
    }
}

pub(super) fn rights(name: &str) -> Result<Rights> {
    match name {
        "read" => Ok(Rights::Read),
        "write" => Ok(Rights::Write),
        _ => Err(Error::invalid("rights", "rights are read or write")),
    }
}

/// In whose name somebody did something, where that is not his own.
pub(super) fn in_name_of(chain: &ChainName) -> Option<&str> {
    Some(chain.capacity.as_str()).filter(|capacity| *capacity != chain.author)
}

/// What is known of an entity besides its record.
fn meta(found: &Found) -> String {
    let Found { entity, rights } = found;
    let state = &entity.state;
    let mut members = Members::new();
    members.text("rev", &state.rev.to_string());
    members.text("kind", &state.kind);
    members.number("created", state.created);
    members.number("modified", state.modified);
    members.text("author", &state.author.author);
    if let Some(clinic) = in_name_of(&state.author) {
        members.text("inNameOf", clinic);
    }
    if let Some(sealed_by) = &state.sealed_by {
        members.text("sealedBy", &sealed_by.author);
    }
    members.text("responsible", &entity.vault);
    if let Some(rights) = rights {
        members.text("rights", name_of(*rights));
    }
    members.text(
        "compartment",
        match state.compartment {
            Compartment::Data => "data",
            Compartment::Notes => "notes",
            Compartment::Private => "private",
        },
    );
    members.end()
}

/// Three lines for one entity. JSON text needs no line feeds.
fn add_lines(lines: &mut Vec<u8>, found: &Found, body: &[u8]) {
    for part in [found.entity.id.to_string(), meta(found)] {
        lines.extend(part.into_bytes());
        lines.push(b'\n');
    }
    lines.extend(body.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
    lines.push(b'\n');
}

fn is_text(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok()
}

fn bytes(lines: &[u8]) -> JsValue {
    Uint8Array::from(lines).into()
}

fn ids(text: &str) -> Result<Vec<Id>> {
    let mut ids = Vec::new();
    for id in lines(text) {
        ids.push(id.parse()?);
    }
    Ok(ids)
}

fn optional(object: &Json, name: &str) -> Option<String> {
    object.get(name).and_then(|member| member.as_text())
}

fn optional_id(object: &Json, name: &str) -> Result<Option<Id>> {
    optional(object, name).map(|id| id.parse()).transpose()
}

fn elements(object: &Json, name: &str) -> Vec<Json> {
    object.get(name).and_then(|member| member.elements()).unwrap_or_default()
}

fn texts(object: &Json, name: &str) -> Vec<String> {
    elements(object, name).into_iter().filter_map(|element| element.as_text()).collect()
}

/// Pairs of an id and the name of rights.
fn recipients(object: &Json, name: &str) -> Result<Vec<(String, Rights)>> {
    let mut recipients = Vec::new();
    for pair in elements(object, name) {
        let pair: Vec<String> = pair.elements().unwrap_or_default().iter().filter_map(Json::as_text).collect();
        let [id, name] = pair.as_slice() else { return Err(Error::invalid("to", "pairs of an id and rights")) };
        recipients.push((id.clone(), rights(name)?));
    }
    Ok(recipients)
}

fn change(object: &Json, body: &str) -> Result<Change> {
    let put = || -> Result<What> {
        let mut parents = None;
        if object.get("parents").is_some() {
            let mut ids = Vec::new();
            for id in texts(object, "parents") {
                ids.push(id.parse()?);
            }
            parents = Some(ids);
        }
        Ok(What::Put {
            kind: object.text("kind"),
            body: body.as_bytes().to_vec(),
            parents,
            compartment: optional(object, "compartment").map(|name| compartment(&name)).transpose()?,
            to: recipients(object, "shareWith")?,
        })
    };
    let what = match object.text("change").as_str() {
        "put" => put()?,
        "share" => What::Share { to: recipients(object, "to")? },
        "unshare" => What::Unshare {
            from: texts(object, "from"),
            keep_descendants: object.get("keepDescendants").is_some_and(|keep| keep.is_true()),
        },
        "move" => What::Move { compartment: compartment(&object.text("compartment"))? },
        "delete" => What::Delete,
        _ => return Err(Error::invalid("change", "put, share, unshare, move or delete")),
    };
    let rev = optional(object, "rev").filter(|rev| !rev.is_empty());
    Ok(Change { id: optional_id(object, "id")?, rev, vault: optional(object, "vault"), what })
}

pub(super) fn accepted(accept: Option<String>) -> Accept {
    match accept.as_deref() {
        None => Accept::Nobody,
        Some("*") => Accept::Everybody,
        Some(ids) => Accept::These(lines(ids).map(str::to_owned).collect()),
    }
}

/// Asks a function of the application, which answers at once or promises to.
async fn ask(function: Function, who: Introduction) -> Result<bool> {
    let object = Object::new();
    let set = |name: &str, value: &str| {
        // A fresh object takes any member.
        let _ = Reflect::set(&object, &name.into(), &value.into());
    };
    set("id", &who.id);
    set("kind", who.kind.as_str());
    set("fingerprint", &who.fingerprint.to_string());
    if let Some(name) = &who.name {
        set("name", name);
    }
    let failed = |_| Error::internal("the function that was asked about an identity failed");
    let answer = function.call1(&JsValue::NULL, &object).map_err(failed)?;
    Ok(promised(Ok(Promise::resolve(&answer).into())).await.map_err(failed)? == true)
}

#[wasm_bindgen]
impl SessionHandle {
    /// To whom something may be sealed whose identity nobody has verified: `first-use`, or a function that is asked;
    /// otherwise to nobody.
    #[wasm_bindgen(js_name = setTrust)]
    pub fn set_trust(&self, trust: JsValue) {
        let trust = match trust.dyn_into::<Function>() {
            Ok(function) => Trust::Ask(Rc::new(move |who| {
                let function = function.clone();
                Box::pin(ask(function, who))
            })),
            Err(other) if other == "first-use" => Trust::FirstUse,
            Err(_) => Trust::Verified,
        };
        self.session().set_trust(trust);
    }

    /// Reads entities of one type by their ids, one a line: their lines, in that order.
    ///
    /// # Errors
    /// Of one id: `not_found`, `no_access`. Of several, those are left out. Otherwise see
    /// [`Session::fetch`](crate::client::Session::fetch).
    #[wasm_bindgen(js_name = fetchEntities)]
    pub fn fetch_entities(
        &self,
        kind: String,
        names: String,
        vault: Option<String>,
        clinic: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move {
            let ids = ids(&names)?;
            let found = session.fetch(actor(clinic.as_ref()), &ids, vault.as_deref(), &control(None, signal)).await?;
            let of_kind = |found: &Found| found.entity.state.kind == kind;
            if let [only] = found.as_slice() {
                only.as_ref().filter(|found| of_kind(found)).ok_or(Error::NotFound)?.body()?;
            }
            let mut lines = Vec::new();
            for found in found.iter().flatten().filter(|found| of_kind(found)) {
                if let Ok(body) = found.body()
                    && is_text(body)
                {
                    add_lines(&mut lines, found, body);
                }
            }
            Ok(bytes(&lines))
        })
    }

    /// Lists one page of entities: the cursor of the next page or an empty line, and the lines of the entities.
    ///
    /// # Errors
    /// See [`Session::list`](crate::client::Session::list).
    #[wasm_bindgen(js_name = listEntities)]
    pub fn list_entities(&self, query: JsValue, clinic: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let query = Json::from(query);
            let integer = |name| query.get(name).and_then(|member| member.as_integer());
            let wanted = Query {
                kind: optional(&query, "kind"),
                vault: optional(&query, "vault"),
                delegated: query.get("delegated").is_some_and(|delegated| delegated.is_true()),
                parent: optional_id(&query, "parent")?,
                author: optional(&query, "author"),
                from: integer("from"),
                to: integer("to"),
                due: false,
                limit: integer("limit"),
                after: optional(&query, "cursor").map(|cursor| from_base64url(&cursor)).transpose()?,
            };
            let Page { found, next } = session.list(actor(clinic.as_ref()), wanted, &control(None, signal)).await?;
            let mut lines = next.map(|cursor| to_base64url(&cursor)).unwrap_or_default().into_bytes();
            lines.push(b'\n');
            for found in &found {
                let body = found.body()?;
                if is_text(body) {
                    add_lines(&mut lines, found, body);
                }
            }
            Ok(bytes(&lines))
        })
    }

    /// Applies changes, with a line for the record of each, which may be empty: the lines of the entities as they are then.
    /// `accept` are ids, one a line, or `*`: whose identities may be sealed to though nobody has verified them.
    ///
    /// # Errors
    /// See [`Session::apply`](crate::client::Session::apply).
    #[wasm_bindgen(js_name = changeEntities)]
    pub fn change_entities(
        &self,
        changes: Array,
        bodies: String,
        clinic: Option<String>,
        accept: Option<String>,
        progress: Option<Function>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move {
            let mut list = Vec::new();
            let mut bodies = bodies.split('\n');
            for object in changes {
                list.push(change(&Json::from(object), bodies.next().unwrap_or_default())?);
            }
            let control = control(progress, signal);
            let accept = accepted(accept);
            let changed = session.apply(actor(clinic.as_ref()), list, &accept, &control).await?;
            let mut lines = Vec::new();
            for found in &changed {
                let body = found.entity.body().filter(|body| !found.entity.state.deleted && is_text(body));
                add_lines(&mut lines, found, body.unwrap_or(b"null"));
            }
            Ok(bytes(&lines))
        })
    }
}
