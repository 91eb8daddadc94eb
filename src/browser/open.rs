//! Opening a session from JavaScript.

use js_sys::Promise;
use tidelock_crypto::Engine;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::fetch::Fetch;
use super::key_store::{JsStore, KeyStore};
use super::promise::{deferred, promise};
use super::session::SessionHandle;
use super::values::new_account;
use crate::client::{Opened, Platform, Session};
use crate::error::{Error, Result};

fn platform(url: &str, store: KeyStore) -> Result<(Platform<Fetch>, JsStore)> {
    let platform = Platform::new(Fetch::new(url), url)?;
    let store = JsStore::new(store, platform.origin());
    Ok((platform, store))
}

/// WebCrypto. Without it an identity could only be kept in the open, and that is found out before an account is made.
fn engine() -> Result<Engine> {
    match Engine::detect() {
        Engine::Software => Err(Error::Unsupported.into()),
        engine => Ok(engine),
    }
}

fn ready(opened: Opened<Fetch, JsStore>) -> Result<JsValue> {
    match opened {
        Opened::Ready(session) => Ok(SessionHandle::new(*session).into()),
        Opened::RecoveryNeeded(_) => Err(Error::RecoveryNeeded.into()),
    }
}

/// Makes an account with an identity.
///
/// # Errors
/// See [`Session::sign_up`].
#[wasm_bindgen(js_name = signUp)]
pub fn sign_up(url: String, store: KeyStore, account: JsValue, signal: Option<AbortSignal>) -> Promise {
    deferred(async move {
        let (platform, store) = platform(&url, store)?;
        let account = new_account(account)?;
        let session = Session::sign_up(platform, store, engine()?, &account, &control(None, signal)).await?;
        Ok(SessionHandle::new(session).into())
    })
}

/// Signs in.
///
/// # Errors
/// `recovery_needed` when the keys are not on this device; otherwise see [`Session::sign_in`].
#[wasm_bindgen(js_name = signIn)]
pub fn sign_in(url: String, store: KeyStore, email: String, password: String, signal: Option<AbortSignal>) -> Promise {
    promise(async move {
        let (platform, store) = platform(&url, store)?;
        let control = control(None, signal);
        ready(Session::sign_in(platform, store, engine()?, &email, &password, &control).await?)
    })
}

/// Signs in and gets the keys back with the recovery code, where they are not on this device.
///
/// # Errors
/// `invalid_recovery_code`; otherwise see [`Session::sign_in`].
#[wasm_bindgen]
pub fn recover(
    url: String,
    store: KeyStore,
    email: String,
    password: String,
    code: String,
    signal: Option<AbortSignal>,
) -> Promise {
    deferred(async move {
        let (platform, store) = platform(&url, store)?;
        let control = control(None, signal);
        match Session::sign_in(platform, store, engine()?, &email, &password, &control).await? {
            Opened::Ready(session) => Ok(SessionHandle::new(*session).into()),
            Opened::RecoveryNeeded(signed_in) => {
                let identity = signed_in.recover(&code, &control).await?;
                Ok(SessionHandle::new(signed_in.with(identity)).into())
            }
        }
    })
}

/// Goes on with the session of that token, which this device knows as one of `user`, if it does.
///
/// # Errors
/// `not_authenticated` when it has expired, `recovery_needed` when the keys are not on this device.
#[wasm_bindgen]
pub fn resume(
    url: String,
    store: KeyStore,
    token: String,
    user: Option<String>,
    signal: Option<AbortSignal>,
) -> Promise {
    promise(async move {
        let (platform, store) = platform(&url, store)?;
        platform.set_token(Some(token));
        ready(Session::resume(platform, store, engine()?, user.as_deref(), &control(None, signal)).await?)
    })
}

/// Signs in and makes a new identity, where the keys are lost and the recovery code, too.
///
/// # Errors
/// `conflict` when the keys are on this device; otherwise see
/// [`SignedIn::start_over`](crate::client::SignedIn::start_over).
#[wasm_bindgen(js_name = startOver)]
pub fn start_over(
    url: String,
    store: KeyStore,
    email: String,
    password: String,
    signal: Option<AbortSignal>,
) -> Promise {
    deferred(async move {
        let (platform, store) = platform(&url, store)?;
        let control = control(None, signal);
        match Session::sign_in(platform, store, engine()?, &email, &password, &control).await? {
            Opened::Ready(_) => Err(Error::Conflict { current: None }.into()),
            Opened::RecoveryNeeded(signed_in) => Ok(SessionHandle::new(signed_in.start_over(&control).await?).into()),
        }
    })
}
