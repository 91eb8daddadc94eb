//! A clinic's share codes in the hands of JavaScript: rarely used.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::entities::{Members, array};
use super::people::value;
use super::promise::{deferred, done};
use super::session::{ClinicCardHandle, SessionHandle};
use crate::client::{ListedCode, NewCode, PublishedCode};
use crate::error::{Error, Result};
use crate::json::Json;

fn add_published(members: &mut Members, published: &PublishedCode) {
    members.text("code", &published.code);
    members.text("link", &published.link);
    members.number("expires", published.expires);
}

/// A code as JavaScript gets it.
pub(super) fn published(published: &PublishedCode) -> Result<JsValue> {
    let mut members = Members::new();
    add_published(&mut members, published);
    value(&members.end())
}

fn listed(code: &ListedCode) -> String {
    let mut members = Members::new();
    add_published(&mut members, &code.published);
    members.text("state", code.state.as_str());
    if let Some(label) = &code.label {
        members.text("label", label);
    }
    if let Some(uses) = code.uses {
        members.number("uses", uses);
    }
    members.number("used", code.used);
    members.truth("shown", code.shown);
    members.number("created", code.created);
    members.end()
}

fn new_code(options: JsValue) -> Result<NewCode> {
    let options = Json::from(options);
    let number = |field: &'static str| {
        let needed = || Error::invalid(field, "a whole number is needed");
        options.get(field).map(|number| number.as_integer().ok_or_else(needed)).transpose()
    };
    let text = |field| Some(options.text(field)).filter(|text| !text.is_empty());
    Ok(NewCode { label: text("label"), expires: number("expires")?, uses: number("uses")?, replaces: text("replaces") })
}

#[wasm_bindgen]
impl SessionHandle {
    /// See [`Session::look_up_link`](crate::client::Session::look_up_link).
    ///
    /// # Errors
    /// See [`Session::look_up_link`](crate::client::Session::look_up_link).
    #[wasm_bindgen(js_name = lookUpLink)]
    pub fn look_up_link(&self, link: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let card = session.look_up_link(&link, &control(None, signal)).await?;
            Ok(ClinicCardHandle::new(Rc::new(card)).into())
        })
    }

    /// See [`Session::create_share_code`](crate::client::Session::create_share_code).
    ///
    /// # Errors
    /// See [`Session::create_share_code`](crate::client::Session::create_share_code).
    #[wasm_bindgen(js_name = createShareCode)]
    pub fn create_share_code(&self, clinic: String, options: JsValue, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let new = new_code(options)?;
            published(&session.create_share_code(&clinic, new, &control(None, signal)).await?)
        })
    }

    /// See [`Session::list_share_codes`](crate::client::Session::list_share_codes).
    ///
    /// # Errors
    /// See [`Session::list_share_codes`](crate::client::Session::list_share_codes).
    #[wasm_bindgen(js_name = listShareCodes)]
    pub fn list_share_codes(&self, clinic: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let codes = session.list_share_codes(&clinic, &control(None, signal)).await?;
            value(&array(codes.iter().map(listed)))
        })
    }

    /// See [`Session::rename_share_code`](crate::client::Session::rename_share_code).
    ///
    /// # Errors
    /// See [`Session::rename_share_code`](crate::client::Session::rename_share_code).
    #[wasm_bindgen(js_name = renameShareCode)]
    pub fn rename_share_code(
        &self,
        clinic: String,
        code: String,
        label: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move { done(session.rename_share_code(&clinic, &code, label, &control(None, signal)).await) })
    }

    /// See [`Session::disable_share_code`](crate::client::Session::disable_share_code).
    ///
    /// # Errors
    /// See [`Session::disable_share_code`](crate::client::Session::disable_share_code).
    #[wasm_bindgen(js_name = disableShareCode)]
    pub fn disable_share_code(&self, clinic: String, code: String, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move { done(session.disable_share_code(&clinic, &code, &control(None, signal)).await) })
    }
}
