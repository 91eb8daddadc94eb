//! Attachments in the hands of JavaScript, which has the bytes and decides how many chunks are under way at once.

use std::rc::Rc;

use js_sys::{Promise, Uint8Array};
use tidelock_crypto::stream::Position;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::control::control;
use super::fetch::Fetch;
use super::key_store::JsStore;
use super::promise::{deferred, done};
use super::session::{SessionHandle, actor};
use crate::client::{Download, Session, Upload};
use crate::error::Error;
use crate::records::{Attachment, UnfinishedAttachment, attachment_chunks};
use crate::wire::json::{from_base64url, to_base64url};

/// An upload that has begun.
#[wasm_bindgen]
pub struct UploadHandle(Rc<(Rc<Session<Fetch, JsStore>>, Upload)>);

/// An attachment that is being fetched.
#[wasm_bindgen]
pub struct DownloadHandle(Rc<(Rc<Session<Fetch, JsStore>>, Download)>);

#[wasm_bindgen]
impl SessionHandle {
    /// See [`Session::begin_upload`].
    ///
    /// # Errors
    /// See [`Session::begin_upload`].
    #[wasm_bindgen(js_name = beginUpload)]
    pub fn begin_upload(
        &self,
        entity: String,
        vault: Option<String>,
        clinic: Option<String>,
        unfinished: Option<String>,
        size: Option<f64>,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let session = self.session();
        deferred(async move {
            let unfinished = match unfinished {
                Some(text) => Some(UnfinishedAttachment::decode(&from_base64url(&text)?)?),
                None => None,
            };
            let (entity, actor, control) = (entity.parse()?, actor(clinic.as_ref()), control(None, signal));
            if size.is_some_and(|size| attachment_chunks(size as u64).is_none()) {
                return Err(Error::TooLarge.into());
            }
            let upload = session.begin_upload(vault.as_deref(), entity, actor, unfinished, &control).await?;
            Ok(UploadHandle(Rc::new((session, upload))).into())
        })
    }

    /// See [`Session::open_attachment`].
    ///
    /// # Errors
    /// See [`Session::open_attachment`].
    #[wasm_bindgen(js_name = openAttachment)]
    pub fn open_attachment(&self, key: String, clinic: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let attachment = Attachment::decode(&from_base64url(&key)?)?;
            let actor = actor(clinic.as_ref());
            let download = session.open_attachment(attachment, actor, &control(None, signal)).await?;
            Ok(DownloadHandle(Rc::new((session, download))).into())
        })
    }

    /// See [`Session::delete_attachment`].
    ///
    /// # Errors
    /// See [`Session::delete_attachment`].
    #[wasm_bindgen(js_name = deleteAttachment)]
    pub fn delete_attachment(&self, key: String, clinic: Option<String>, signal: Option<AbortSignal>) -> Promise {
        let session = self.session();
        deferred(async move {
            let place = Attachment::decode(&from_base64url(&key)?)?.place;
            done(session.delete_attachment(&place, actor(clinic.as_ref()), &control(None, signal)).await)
        })
    }
}

#[wasm_bindgen]
impl UploadHandle {
    /// The id of the attachment.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.0.1.id().to_string()
    }

    /// See [`Upload::there`].
    #[wasm_bindgen(getter)]
    pub fn there(&self) -> u32 {
        self.0.1.there()
    }

    /// What the upload is taken up again with.
    #[wasm_bindgen(getter)]
    pub fn unfinished(&self) -> String {
        to_base64url(&self.0.1.unfinished().encode())
    }

    /// See [`Session::put_chunk`].
    ///
    /// # Errors
    /// See [`Session::put_chunk`].
    pub fn put(&self, index: u32, last: bool, chunk: Uint8Array, signal: Option<AbortSignal>) -> Promise {
        let upload = self.0.clone();
        deferred(async move {
            let (session, upload) = &*upload;
            done(session.put_chunk(upload, Position { index, last }, &chunk, &control(None, signal)).await)
        })
    }

    /// See [`Session::finish_upload`]; promises what opens the attachment, as text.
    ///
    /// # Errors
    /// See [`Session::finish_upload`].
    pub fn finish(&self, signal: Option<AbortSignal>) -> Promise {
        let upload = self.0.clone();
        deferred(async move {
            let (session, upload) = &*upload;
            let attachment = session.finish_upload(upload, &control(None, signal)).await?;
            Ok(JsValue::from_str(&to_base64url(&attachment.encode())))
        })
    }
}

#[wasm_bindgen]
impl DownloadHandle {
    /// The bytes of the content.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> f64 {
        self.0.1.attachment().size as f64
    }

    /// See [`Session::get_chunk`].
    ///
    /// # Errors
    /// See [`Session::get_chunk`].
    pub fn get(&self, index: u32, signal: Option<AbortSignal>) -> Promise {
        let download = self.0.clone();
        deferred(async move {
            let (session, download) = &*download;
            Ok(session.get_chunk(download, index, &control(None, signal)).await?.into())
        })
    }
}

/// The bytes of every chunk but the last.
#[wasm_bindgen(js_name = chunkSize)]
#[must_use]
pub fn chunk_size() -> u32 {
    crate::records::CHUNK
}
