//! `/v1/tidelock/vaults/{vault}/attachments`: large contents beside an entity, in sealed chunks. Who may read the entity may
//! read them, and who may write it may send and delete them.

use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use tidelock::Id;
use tidelock::records::{CHUNK, CHUNK_OVERHEAD, MAXIMUM_CHUNKS, attachment_root};
use tidelock::wire::{AttachmentChunks, BYTES, FinishedAttachment, NewAttachment};
use tidelock_crypto::Digest;
use tidelock_crypto::cbor::Flag;

use super::answer::{self, Nothing};
use super::entities::reader;
use super::extract::{Body, Session};
use crate::authority::{self, Action, Asking, Standing};
use crate::error::{Failure, Refusal};
use crate::state::App;
use crate::storage::Connection;
use crate::storage::attachments::{self, Attachment};
use crate::storage::entities::{self, Entity};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/tidelock/vaults/{vault}/attachments", post(begin))
        .route("/v1/tidelock/vaults/{vault}/attachments/{attachment}", get(read).post(finish).delete(remove))
        .route("/v1/tidelock/vaults/{vault}/attachments/{attachment}/chunks/{index}", put(put_chunk).get(get_chunk))
}

/// How long an attachment waits until it is complete and a content of its entity has come that can hold what opens it, in
/// milliseconds.
const PATIENCE: i64 = 7 * 24 * 60 * 60 * 1_000;

/// How many chunks that nobody wants go with each one that comes.
const TIDIED: i64 = 2;

/// Whose vault, and which part of it, somebody names, and in whose name.
struct Named {
    session: Session,
    vault: String,
    attachment: Option<Id>,
    index: Option<u32>,
    clinic: Option<String>,
}

#[derive(Deserialize)]
struct Parameters {
    vault: String,
    attachment: Option<String>,
    index: Option<String>,
}

#[derive(Deserialize)]
struct InNameOf {
    clinic: Option<String>,
}

impl FromRequestParts<App> for Named {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let session = Session::from_request_parts(parts, app).await?;
        let path: Result<Path<Parameters>, PathRejection> = Path::from_request_parts(parts, app).await;
        let Path(Parameters { vault, attachment, index }) =
            path.map_err(|_| Failure::bad_request("the address makes no sense"))?;
        let query: Result<Query<InNameOf>, QueryRejection> = Query::from_request_parts(parts, app).await;
        let Query(InNameOf { clinic }) = query.map_err(|_| Failure::bad_request("clinic: an id"))?;
        let index = index.map(|index| index.parse()).transpose();
        let index = index.map_err(|_| Failure::bad_request("the number of a chunk: from 0"))?;
        Ok(Self { session, vault, attachment: attachment.and_then(|id| id.parse().ok()), index, clinic })
    }
}

impl Named {
    /// The attachment that is named, with its entity, if whoever asks may do that with it.
    async fn require(
        &self,
        connection: &mut Connection,
        action: Action,
    ) -> Result<(Id, Attachment, Standing), Failure> {
        let found = match &self.attachment {
            Some(id) => attachments::find(connection, &self.vault, id).await?.map(|found| (*id, found)),
            None => None,
        };
        let entity = found.map(|(_, attachment)| attachment.entity);
        let (_, standing) = self.require_entity(connection, action, entity).await?;
        let (id, attachment) = found.ok_or_else(|| self.refused(action))?;
        Ok((id, attachment, standing))
    }

    /// The entity with that id, if whoever asks may do that with it.
    async fn require_entity(
        &self,
        connection: &mut Connection,
        action: Action,
        entity: Option<Id>,
    ) -> Result<(Entity, Standing), Failure> {
        let reader = reader(connection, &self.session.account, self.clinic.as_deref()).await?;
        let found = match entity {
            Some(entity) => entities::find(connection, &[entity]).await?.pop(),
            None => None,
        };
        let found = found.filter(|entity| entity.vault == self.vault && !entity.state.deleted);
        let entity = found.ok_or_else(|| self.refused(action))?;
        let asking = Asking { account: &self.session.account, reader: &reader };
        let standing = authority::require_entity(connection, asking, action, &entity).await?;
        Ok((entity, standing))
    }

    /// What does not exist looks as what one may not see.
    fn refused(&self, action: Action) -> Failure {
        Failure::Refused(Refusal {
            actor: self.session.account.clone(),
            action: action.name(),
            subject: self.vault.clone(),
            clinic: self.clinic.clone().unwrap_or_default(),
        })
    }

    /// Notes that an administrator has read it.
    async fn note(self, app: &App, standing: Standing) -> Result<(), Failure> {
        let administrated = (standing == Standing::Administrator).then_some(self.vault);
        answer::note_administrator(app, &self.session.account, Action::ReadAttachment, administrated).await
    }
}

async fn begin(State(app): State<App>, named: Named, body: Body) -> Result<Response, Failure> {
    let new: NewAttachment = body.decode()?;
    let mut transaction = app.write().await?;
    let (entity, _) = named.require_entity(&mut transaction, Action::WriteAttachment, Some(new.entity)).await?;
    let begun = (&new.entity, entity.state.content_sequence);
    attachments::insert(&mut transaction, &named.vault, &new.id, begun, app.now().saturating_add(PATIENCE)).await?;
    let there = attachments::find(&mut transaction, &named.vault, &new.id).await?;
    if there.is_none_or(|there| there.entity != new.entity) {
        return Err(Failure::conflict("there is an attachment with this id"));
    }
    attachments::tidy(&mut transaction, app.now(), TIDIED).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

async fn put_chunk(State(app): State<App>, named: Named, body: Body) -> Result<Response, Failure> {
    let index = named.index.filter(|index| *index < MAXIMUM_CHUNKS).ok_or(Failure::too_large())?;
    if body.0.len() > (CHUNK + CHUNK_OVERHEAD) as usize {
        return Err(Failure::too_large());
    }
    // Nobody waits for it.
    let digest = Digest::of(&body.0);
    let mut transaction = app.write().await?;
    let (id, attachment, _) = named.require(&mut transaction, Action::WriteAttachment).await?;
    if attachment.chunks.is_some() {
        let digests = attachments::digests(&mut transaction, &named.vault, &id).await?;
        if digests.get(index as usize) != Some(&digest) {
            return Err(Failure::conflict("the attachment is complete, and does not change any more"));
        }
        return Ok(answer::cbor(StatusCode::OK, &Nothing {}));
    }
    attachments::put_chunk(&mut transaction, &named.vault, &id, index, &digest, &body.0).await?;
    attachments::tidy(&mut transaction, app.now(), TIDIED).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

async fn finish(State(app): State<App>, named: Named, body: Body) -> Result<Response, Failure> {
    let finished: FinishedAttachment = body.decode()?;
    let mut transaction = app.write().await?;
    let (id, attachment, _) = named.require(&mut transaction, Action::WriteAttachment).await?;
    let mut digests = attachments::digests(&mut transaction, &named.vault, &id).await?;
    if attachment.chunks.is_none() {
        digests.truncate(finished.chunks as usize);
    }
    if finished.chunks == 0 || digests.len() != finished.chunks as usize || attachment_root(&digests) != finished.root {
        return Err(Failure::conflict("the chunks that are there are others"));
    }
    attachments::finish(&mut transaction, &named.vault, &id, finished.chunks).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}

async fn read(State(app): State<App>, named: Named) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    let (id, attachment, standing) = named.require(&mut transaction, Action::ReadAttachment).await?;
    let digests = attachments::digests(&mut transaction, &named.vault, &id).await?;
    drop(transaction);
    named.note(&app, standing).await?;
    Ok(answer::cbor(StatusCode::OK, &AttachmentChunks { digests, finished: Flag(attachment.chunks.is_some()) }))
}

async fn get_chunk(State(app): State<App>, named: Named) -> Result<Response, Failure> {
    let mut transaction = app.read().await?;
    let (id, _, standing) = named.require(&mut transaction, Action::ReadAttachment).await?;
    let index = named.index.unwrap_or(MAXIMUM_CHUNKS);
    let chunk = attachments::chunk(&mut transaction, &named.vault, &id, index).await?;
    drop(transaction);
    named.note(&app, standing).await?;
    let chunk = chunk.ok_or(Failure::not_found("not found"))?;
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, BYTES)], chunk).into_response())
}

async fn remove(State(app): State<App>, named: Named) -> Result<Response, Failure> {
    let mut transaction = app.write().await?;
    let (id, ..) = named.require(&mut transaction, Action::WriteAttachment).await?;
    attachments::remove(&mut transaction, &named.vault, &id).await?;
    transaction.commit().await?;
    Ok(answer::cbor(StatusCode::OK, &Nothing {}))
}
