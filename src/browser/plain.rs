//! A session with a platform that has Tidepool's routes and no others, in the hands of JavaScript: without an identity.

use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::error::JsResult;
use super::fetch::Fetch;
use super::promise::{deferred, done};
use super::values::{self, new_account};
use crate::client::{Method, Platform};
use crate::error::Error;

/// A plain platform, and the session with it.
#[wasm_bindgen]
pub struct PlainHandle(Rc<Platform<Fetch>>);

#[wasm_bindgen]
impl PlainHandle {
    /// The platform at that address, and the token of a session with it, if there is one.
    ///
    /// # Errors
    /// See [`Platform::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, token: Option<String>) -> JsResult<Self> {
        let platform = Platform::new(Fetch::new(url), url)?;
        platform.set_token(token);
        Ok(Self(Rc::new(platform)))
    }

    /// The token of the session.
    pub fn token(&self) -> Option<String> {
        self.0.token()
    }

    /// Makes an account.
    ///
    /// # Errors
    /// See [`Platform::create_account`].
    #[wasm_bindgen(js_name = signUp)]
    pub fn sign_up(&self, account: JsValue, signal: Option<AbortSignal>) -> Promise {
        let platform = self.0.clone();
        deferred(async move {
            Ok(values::account(&platform.create_account(&new_account(account)?, &control(None, signal)).await?))
        })
    }

    /// Begins a session.
    ///
    /// # Errors
    /// See [`Platform::sign_in`].
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, email: String, password: String, signal: Option<AbortSignal>) -> Promise {
        let platform = self.0.clone();
        deferred(
            async move { Ok(values::account(&platform.sign_in(&email, &password, &control(None, signal)).await?)) },
        )
    }

    /// Whose session it is.
    ///
    /// # Errors
    /// See [`Platform::account`].
    pub fn account(&self, signal: Option<AbortSignal>) -> Promise {
        let platform = self.0.clone();
        deferred(async move { Ok(values::account(&platform.account(&control(None, signal)).await?)) })
    }

    /// Renews the session.
    ///
    /// # Errors
    /// See [`Platform::refresh`].
    pub fn refresh(&self, signal: Option<AbortSignal>) -> Promise {
        let platform = self.0.clone();
        deferred(async move { done(platform.refresh(&control(None, signal)).await) })
    }

    /// Ends the session.
    ///
    /// # Errors
    /// See [`Platform::sign_out`].
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, signal: Option<AbortSignal>) -> Promise {
        let platform = self.0.clone();
        deferred(async move { done(platform.sign_out(&control(None, signal)).await) })
    }

    /// Sends a request of Tidepool's with the JSON of its body, and answers the JSON that comes back.
    ///
    /// # Errors
    /// See [`Platform::tidepool`].
    pub fn call(&self, method: String, path: String, body: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let platform = self.0.clone();
        deferred(async move {
            let methods = [Method::Get, Method::Post, Method::Put, Method::Delete];
            let method = methods.into_iter().find(|known| known.as_str() == method);
            let method = method.ok_or_else(|| Error::internal("a method that no route has"))?;
            let answer = platform.tidepool(method, &path, body, &control(None, signal)).await?;
            Ok(JsValue::from_str(&answer))
        })
    }
}
