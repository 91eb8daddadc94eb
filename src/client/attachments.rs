//! Sending and fetching attachments, chunk by chunk: whoever has the bytes decides which chunk comes when, and how many at
//! once.

use std::cell::RefCell;
use std::rc::Rc;

use tidelock_crypto::bulk::{self, Bulk};
use tidelock_crypto::stream::{Position, SealedChunk, Stream};
use tidelock_crypto::{Digest, SecretKey};

use super::vault::with_clinic;
use super::{Actor, Control, LocalPending, Method, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::records::{
    Attachment, AttachmentPlace, CHUNK, MAXIMUM_CHUNKS, MAXIMUM_SEGMENTS, Segment, UnfinishedAttachment,
    attachment_root, segment_of,
};
use crate::wire::{self, AttachmentChunks, FinishedAttachment, NewAttachment};

/// An upload that has begun.
#[derive(Debug)]
pub struct Upload {
    place: AttachmentPlace,
    clinic: Option<String>,
    /// The key of what is sealed from now on, and its stream.
    secret: SecretKey,
    stream: Rc<Stream>,
    progress: RefCell<Progress>,
}

/// How far an upload has come.
#[derive(Debug)]
struct Progress {
    /// The segments of the attempts before and, once something has been sealed under it, the one of the new key.
    segments: Vec<Segment>,
    /// The streams of those of the attempts before.
    streams: Vec<Rc<Stream>>,
    /// The digests of the chunks that the platform has from then and that have not been looked at.
    there: Vec<Digest>,
    /// The chunks that are done: their digests, and their sizes before they were sealed.
    done: Vec<Option<(Digest, usize)>>,
}

impl Progress {
    /// Notes that a chunk is done.
    fn note(&mut self, index: u32, digest: Digest, size: usize) {
        let index = index as usize;
        if self.done.len() <= index {
            self.done.resize(index + 1, None);
        }
        if let Some(place) = self.done.get_mut(index) {
            *place = Some((digest, size));
        }
    }

    /// Lets a segment with the new key begin with a chunk, unless it has begun before.
    fn go_on(&mut self, index: u32, secret: &SecretKey) {
        self.there.truncate(index as usize);
        if self.segments.last().is_none_or(|segment| segment.secret != *secret) {
            self.segments.retain(|segment| segment.first < index);
            self.segments.push(Segment { first: index, secret: secret.clone() });
        }
    }
}

impl Upload {
    /// The id of the attachment.
    pub fn id(&self) -> Id {
        self.place.id
    }

    /// Up to which chunk the platform has chunks of an attempt before. They have to be passed to [`Session::put_chunk`] one
    /// after the other, which compares them; the number falls to that of the first that differs.
    pub fn there(&self) -> u32 {
        u32::try_from(self.progress.borrow().there.len()).unwrap_or(MAXIMUM_CHUNKS)
    }

    /// What this upload is taken up again with, should it break off.
    pub fn unfinished(&self) -> UnfinishedAttachment {
        UnfinishedAttachment { place: self.place.clone(), segments: self.progress.borrow().segments.clone() }
    }

    /// The key with which a chunk was sealed in an attempt before, and the digest that it had then.
    fn before(&self, index: u32) -> Option<(Rc<Stream>, Digest)> {
        let progress = self.progress.borrow();
        let digest = progress.there.get(index as usize)?;
        let segment = segment_of(progress.segments.iter().map(|segment| segment.first), index);
        Some((progress.streams.get(segment)?.clone(), *digest))
    }
}

/// An attachment that is being fetched.
#[derive(Debug)]
pub struct Download {
    attachment: Attachment,
    clinic: Option<String>,
    digests: Vec<Digest>,
    streams: Vec<Stream>,
}

impl Download {
    /// What is fetched.
    pub fn attachment(&self) -> &Attachment {
        &self.attachment
    }
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Begins to upload an attachment beside an entity, or takes an upload up again. It goes on with
    /// [`put_chunk`](Self::put_chunk) and ends with [`finish_upload`](Self::finish_upload).
    ///
    /// # Errors
    /// [`Error::NotFound`] when the caller may not write the entity, [`Error::InvalidInput`] when `unfinished` is of another
    /// one.
    pub fn begin_upload<'a>(
        &'a self,
        vault: Option<&'a str>,
        entity: Id,
        actor: Actor<'a>,
        unfinished: Option<UnfinishedAttachment>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Upload>> {
        Box::pin(async move {
            let clinic = actor.clinic();
            let own = clinic.unwrap_or(&self.account.id);
            let vault = vault.unwrap_or(own).to_owned();
            let (place, segments) = match unfinished {
                None => (AttachmentPlace { vault, entity, id: Id::random()? }, Vec::new()),
                Some(unfinished) => {
                    let place = &unfinished.place;
                    if place.vault != vault || place.entity != entity || unfinished.segments.len() >= MAXIMUM_SEGMENTS {
                        return Err(Error::invalid("resume", "it belongs to another entity, or was resumed too often"));
                    }
                    (unfinished.place, unfinished.segments)
                }
            };
            let new = NewAttachment { id: place.id, entity };
            let path = with_clinic(&["/vaults/", &place.vault, "/attachments"].concat(), clinic);
            self.platform.send_cbor(Method::Post, &path, &new, control).await?;
            let there = if segments.is_empty() {
                Vec::new()
            } else {
                let path = with_clinic(&path_of(&place), clinic);
                self.platform.get_cbor::<AttachmentChunks>(&path, control).await?.digests
            };
            let mut streams = Vec::with_capacity(segments.len());
            for segment in &segments {
                streams.push(Rc::new(place.stream(&self.engine, &segment.secret)?));
            }
            let secret = SecretKey::random()?;
            let stream = Rc::new(place.stream(&self.engine, &secret)?);
            let mut progress = Progress { segments, streams, there, done: Vec::new() };
            if progress.there.is_empty() {
                progress.go_on(0, &secret);
            }
            let clinic = clinic.map(str::to_owned);
            Ok(Upload { place, clinic, secret, stream, progress: RefCell::new(progress) })
        })
    }

    /// Seals a chunk and sends it, unless the platform has it from an attempt before. All chunks but the last have
    /// [`CHUNK`] bytes; those below [`Upload::there`] come one after the other, the others in any order, and several at a time.
    ///
    /// # Errors
    /// [`Error::TooLarge`] beyond [`MAXIMUM_CHUNKS`]; the platform's.
    pub fn put_chunk<'a>(
        &'a self,
        upload: &'a Upload,
        position: Position,
        chunk: &'a Bulk,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let Position { index, last } = position;
            let size = bulk::length(chunk);
            if index >= MAXIMUM_CHUNKS {
                return Err(Error::TooLarge.into());
            }
            if size > CHUNK as usize || (size < CHUNK as usize && !last) {
                return Err(Error::invalid("data", "a chunk of another size"));
            }
            if let Some((stream, there)) = upload.before(index)
                && stream.seal(position, chunk).await?.digest == there
            {
                upload.progress.borrow_mut().note(index, there, size);
                return Ok(());
            }
            upload.progress.borrow_mut().go_on(index, &upload.secret);
            let SealedChunk { bytes, digest } = upload.stream.seal(position, chunk).await?;
            let path = chunk_path(&upload.place, index, upload.clinic.as_deref());
            self.platform.put_bulk(&path, &bytes, control).await?;
            upload.stream.reuse(bytes);
            upload.progress.borrow_mut().note(index, digest, size);
            Ok(())
        })
    }

    /// Completes an upload. What it answers belongs into the content of the entity.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] when chunks are missing, [`Error::Conflict`] when the platform has others.
    pub fn finish_upload<'a>(
        &'a self,
        upload: &'a Upload,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Attachment>> {
        Box::pin(async move {
            let (digests, sizes): (Vec<Digest>, Vec<usize>) = {
                let progress = upload.progress.borrow();
                let done: Option<Vec<_>> = progress.done.iter().copied().collect();
                done.unwrap_or_default().into_iter().unzip()
            };
            let chunks = u32::try_from(digests.len()).ok().filter(|chunks| *chunks > 0);
            let chunks = chunks.ok_or_else(|| Error::invalid("data", "chunks are missing"))?;
            let root = attachment_root(&digests);
            let path = with_clinic(&path_of(&upload.place), upload.clinic.as_deref());
            self.platform.send_cbor(Method::Post, &path, &FinishedAttachment { chunks, root }, control).await?;
            let mut segments = upload.progress.borrow().segments.clone();
            segments.retain(|segment| segment.first < chunks);
            let size = sizes.iter().map(|size| *size as u64).sum();
            Ok(Attachment { place: upload.place.clone(), size, root, segments })
        })
    }

    /// Begins to fetch an attachment.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the platform does not serve it, [`Error::Tampered`] when what it has is not what the author
    /// uploaded.
    pub fn open_attachment<'a>(
        &'a self,
        attachment: Attachment,
        actor: Actor<'a>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Download>> {
        Box::pin(async move {
            let clinic = actor.clinic();
            let path = with_clinic(&path_of(&attachment.place), clinic);
            let served: AttachmentChunks = self.platform.get_cbor(&path, control).await?;
            attachment.check(&served.digests)?;
            let mut streams = Vec::with_capacity(attachment.segments.len());
            for segment in &attachment.segments {
                streams.push(attachment.place.stream(&self.engine, &segment.secret)?);
            }
            let clinic = clinic.map(str::to_owned);
            Ok(Download { attachment, clinic, digests: served.digests, streams })
        })
    }

    /// Fetches a chunk and opens it. Chunks may be fetched in any order, and several at a time.
    ///
    /// # Errors
    /// [`Error::Tampered`] when it is not the one that belongs there.
    pub fn get_chunk<'a>(
        &'a self,
        download: &'a Download,
        index: u32,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Bulk>> {
        Box::pin(async move {
            let Download { attachment, clinic, digests, streams } = download;
            let segment = segment_of(attachment.segments.iter().map(|segment| segment.first), index);
            let (Some(stream), Some(digest)) = (streams.get(segment), digests.get(index as usize)) else {
                return Err(Error::invalid("range", "the attachment ends before"));
            };
            let path = chunk_path(&attachment.place, index, clinic.as_deref());
            let sealed = self.platform.get_bulk(&path, control).await?;
            let position = attachment.position(index);
            let opened = match stream.open(position, &sealed).await {
                Ok(opened) => opened,
                // It is gone, with the thread that it was moved to. That does not happen twice: there is none from then on.
                Err(_) => stream.open(position, &self.platform.get_bulk(&path, control).await?).await?,
            };
            attachment.accept(index, digest, opened)
        })
    }

    /// Deletes an attachment, complete or not.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or the caller may not write its entity.
    pub fn delete_attachment<'a>(
        &'a self,
        place: &'a AttachmentPlace,
        actor: Actor<'a>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let path = [wire::PREFIX, &path_of(place)].concat();
            self.platform.send_empty(Method::Delete, &with_clinic(&path, actor.clinic()), control).await
        })
    }
}

fn path_of(place: &AttachmentPlace) -> String {
    ["/vaults/", &place.vault, "/attachments/", &place.id.to_string()].concat()
}

fn chunk_path(place: &AttachmentPlace, index: u32, clinic: Option<&str>) -> String {
    with_clinic(&[path_of(place).as_str(), "/chunks/", &index.to_string()].concat(), clinic)
}
