//! Attachments between whole clients, and at a platform that alters them.

use sqlx::{Connection as _, Row as _};
use tidelock::client::{Actor, Control, Found, Method, Request, Response, Upload, What};
use tidelock::records::{Attachment, CHUNK, MAXIMUM_CHUNKS, UnfinishedAttachment};
use tidelock::sharing::Rights::{Read, Write};
use tidelock::wire::AttachmentChunks;
use tidelock::{Id, Result};
use tidelock_crypto::stream::Position;
use tidelock_crypto::{Digest, cbor};

use crate::single::{all_trusting, json, new, of, put, share, unshare};
use crate::world::{Person, Shared, World, code, control};

const WHOLE: usize = CHUNK as usize;

/// Bytes that are not the same in any two chunks.
fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|place| (place % 251) as u8 ^ (place / WHOLE) as u8).collect()
}

/// The chunks of a content, each with its place.
fn chunks(content: &[u8]) -> Vec<(Position, Vec<u8>)> {
    let mut parts: Vec<Vec<u8>> = content.chunks(WHOLE).map(<[u8]>::to_vec).collect();
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let number = parts.len();
    let place = |index: usize| Position { index: index as u32, last: index + 1 == number };
    parts.into_iter().enumerate().map(|(index, part)| (place(index), part)).collect()
}

impl Person {
    async fn begin(&self, beside: &Found, unfinished: Option<UnfinishedAttachment>) -> Result<Upload> {
        let (vault, id) = (Some(beside.entity.vault.as_str()), beside.entity.id);
        self.session.begin_upload(vault, id, Actor::Person, unfinished, &control()).await
    }

    async fn send(&self, upload: &Upload, content: &[u8]) -> Result<Attachment> {
        for (position, chunk) in chunks(content) {
            self.session.put_chunk(upload, position, &chunk, &control()).await?;
        }
        self.session.finish_upload(upload, &control()).await
    }

    async fn upload(&self, beside: &Found, content: &[u8]) -> Result<Attachment> {
        let upload = self.begin(beside, None).await?;
        self.send(&upload, content).await
    }

    async fn download(&self, attachment: &Attachment) -> Result<Vec<u8>> {
        self.download_as(attachment, Actor::Person).await
    }

    async fn download_as(&self, attachment: &Attachment, actor: Actor<'_>) -> Result<Vec<u8>> {
        // As it comes out of the content of an entity.
        let attachment = Attachment::decode(&attachment.encode())?;
        let download = self.session.open_attachment(attachment, actor, &control()).await?;
        let mut content = Vec::new();
        for index in 0..download.attachment().chunks() {
            content.extend(self.session.get_chunk(&download, index, &control()).await?);
        }
        Ok(content)
    }

    /// The chunks that were sent since the requests were forgotten.
    fn sent(&self) -> usize {
        self.requests().iter().filter(|request| request.starts_with("PUT ") && request.contains("/chunks/")).count()
    }
}

/// How many attachments and chunks the platform has.
async fn stored(world: &World) -> (i64, i64) {
    let path = format!("sqlite:{}", world.folder.join("tidelock.sqlite").display());
    let mut connection = sqlx::SqliteConnection::connect(&path).await.unwrap();
    let count = "SELECT (SELECT COUNT(*) FROM attachments), (SELECT COUNT(*) FROM attachment_chunks)";
    let row = sqlx::query(count).fetch_one(&mut connection).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn a_file_comes_back_to_whoever_may_read_its_entity_and_to_nobody_else() {
    let world = World::new().await;
    let [alice, bob, carol, dave] = all_trusting(&world, ["Alice", "Bob", "Carol", "Dave"]).await;
    let report = alice.apply(new("LabReport", "with files")).await.unwrap();
    let shared = alice.apply(share(&report, &[(&bob, Write), (&carol, Read)])).await.unwrap();
    for size in [0, 1, WHOLE - 1, WHOLE, WHOLE + 1, 3 * WHOLE] {
        let content = bytes(size);
        let attachment = alice.upload(&shared, &content).await.unwrap();
        assert_eq!((attachment.size, attachment.segments.len()), (size as u64, 1));
        for reader in [&alice, &bob, &carol] {
            assert!(reader.download(&attachment).await.unwrap() == content, "{size} bytes");
        }
        // Whoever has got hold of what opens it is still not served.
        assert_eq!(code(dave.download(&attachment).await), "not_found");
    }
    let by_bob = bob.upload(&shared, b"a finding").await.unwrap();
    assert_eq!(carol.download(&by_bob).await.unwrap(), b"a finding");
    assert_eq!(code(carol.upload(&shared, b"a finding").await), "not_found");
    assert_eq!(code(dave.upload(&shared, b"a finding").await), "not_found");
    let delete =
        async |person: &Person| person.session.delete_attachment(&by_bob.place, Actor::Person, &control()).await;
    assert_eq!(code(delete(&carol).await), "not_found");

    alice.apply(unshare(&alice.read(shared.entity.id).await.unwrap(), &[&bob], false)).await.unwrap();
    assert_eq!(code(bob.download(&by_bob).await), "not_found");
    assert_eq!(code(delete(&bob).await), "not_found");
    assert_eq!(alice.download(&by_bob).await.unwrap(), b"a finding");
    delete(&alice).await.unwrap();
    assert_eq!(code(alice.download(&by_bob).await), "not_found");
}

#[tokio::test]
async fn a_clinic_with_the_record_reads_its_files_and_writes_some() {
    let Shared { alice, doctor, clinic, .. } = Shared::new().await;
    let record = alice.session.read_records(None, Actor::Person, "DataSample", &control()).await.unwrap().remove(0);
    let sample = alice.read(record.id).await.unwrap();
    let attachment = alice.upload(&sample, b"a curve").await.unwrap();
    assert_eq!(doctor.download_as(&attachment, Actor::Clinic(&clinic)).await.unwrap(), b"a curve");
    assert_eq!(code(doctor.download(&attachment).await), "not_found");
    assert_eq!(code(doctor.download_as(&attachment, Actor::Clinic("another")).await), "not_found");
    let (vault, actor) = (Some(alice.id()), Actor::Clinic(&clinic));
    let upload = doctor.session.begin_upload(vault, record.id, actor, None, &control()).await.unwrap();
    let by_clinic = doctor.send(&upload, b"a report").await.unwrap();
    assert_eq!(alice.download(&by_clinic).await.unwrap(), b"a report");

    alice.session.revoke(&clinic, &control()).await.unwrap();
    assert_eq!(code(doctor.download_as(&attachment, Actor::Clinic(&clinic)).await), "not_found");
}

#[tokio::test]
async fn what_a_platform_alters_is_tampered() {
    type Alter = fn(&Request, &mut Response);
    /// The number of the chunk that is asked for.
    fn index(request: &Request) -> Option<usize> {
        request.path.split_once("/chunks/")?.1.parse().ok()
    }
    fn listed(request: &Request, response: &mut Response, alter: fn(&mut Vec<Digest>)) {
        if index(request).is_none() && request.path.contains("/attachments/") {
            let mut chunks: AttachmentChunks = cbor::decode(&response.body).unwrap();
            alter(&mut chunks.digests);
            response.body = cbor::encode(&chunks);
        }
    }
    const ALTERATIONS: [(&str, Alter); 9] = [
        ("a bit", |request, response| {
            if index(request) == Some(1) {
                response.body[1_000] ^= 1;
            }
        }),
        ("a chunk cut short", |request, response| {
            if index(request) == Some(1) {
                response.body.truncate(100);
            }
        }),
        ("no chunk", |request, response| {
            if index(request) == Some(2) {
                response.body.clear();
            }
        }),
        ("a longer chunk", |request, response| {
            if index(request) == Some(2) {
                response.body.push(0);
            }
        }),
        ("chunks that changed places in the list", |request, response| {
            listed(request, response, |digests| digests.swap(0, 1));
        }),
        ("a chunk less", |request, response| {
            listed(request, response, |digests| digests.truncate(2));
        }),
        ("a chunk more", |request, response| {
            listed(request, response, |digests| digests.push(digests[0]));
        }),
        ("another chunk", |request, response| {
            listed(request, response, |digests| digests[0] = Digest::of(b"another"));
        }),
        ("none", |request, response| {
            listed(request, response, Vec::clear);
        }),
    ];
    let world = World::new().await;
    let [alice] = all_trusting(&world, ["Alice"]).await;
    let report = alice.apply(new("LabReport", "with a file")).await.unwrap();
    let content = bytes(2 * WHOLE + 5);
    let attachment = alice.upload(&report, &content).await.unwrap();
    for (what, alter) in ALTERATIONS {
        alice.network.tamper(alter);
        assert_eq!(code(alice.download(&attachment).await), "tampered", "{what}");
    }
    alice.network.honest();

    // The platform serves a chunk in the place of another one.
    let path = format!("sqlite:{}", world.folder.join("tidelock.sqlite").display());
    let mut connection = sqlx::SqliteConnection::connect(&path).await.unwrap();
    for statement in [
        "UPDATE attachment_chunks SET position = position + 100 WHERE position < 2",
        "UPDATE attachment_chunks SET position = 101 - position WHERE position >= 100",
    ] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    assert_eq!(code(alice.download(&attachment).await), "tampered");
    // Whoever can read it cannot seal another content that passes for it, whatever the platform does: the root is the author's.
    let other = alice.upload(&report, &content[1..]).await.unwrap();
    let forged = Attachment { root: attachment.root, ..other };
    assert_eq!(code(alice.download(&forged).await), "tampered");
}

#[tokio::test]
async fn an_upload_goes_on_with_what_is_there_and_a_new_key() {
    let world = World::new().await;
    let [alice] = all_trusting(&world, ["Alice"]).await;
    let report = alice.apply(new("LabReport", "with a file")).await.unwrap();
    let content = bytes(4 * WHOLE + 5);
    let parts = chunks(&content);

    let upload = alice.begin(&report, None).await.unwrap();
    for (position, chunk) in &parts[..2] {
        alice.session.put_chunk(&upload, *position, chunk, &control()).await.unwrap();
    }
    let unfinished = UnfinishedAttachment::decode(&upload.unfinished().encode()).unwrap();
    alice.forget_requests();
    let again = alice.begin(&report, Some(unfinished)).await.unwrap();
    assert_eq!((again.there(), again.id()), (2, upload.id()));
    let attachment = alice.send(&again, &content).await.unwrap();
    assert_eq!(alice.sent(), 3);
    let firsts: Vec<u32> = attachment.segments.iter().map(|segment| segment.first).collect();
    assert_eq!(firsts, [0, 2]);
    assert_ne!(attachment.segments[0].secret, attachment.segments[1].secret);
    assert!(alice.download(&attachment).await.unwrap() == content);

    // The file has changed meanwhile, and is shorter: what differs is sealed under a new key.
    let upload = alice.begin(&report, None).await.unwrap();
    for (position, chunk) in &parts[..4] {
        alice.session.put_chunk(&upload, *position, chunk, &control()).await.unwrap();
    }
    let mut changed = content[..3 * WHOLE].to_vec();
    changed[WHOLE + 1] ^= 1;
    let again = alice.begin(&report, Some(upload.unfinished())).await.unwrap();
    assert_eq!(again.there(), 4);
    alice.forget_requests();
    let attachment = alice.send(&again, &changed).await.unwrap();
    assert_eq!((alice.sent(), again.there()), (2, 1));
    assert!(alice.download(&attachment).await.unwrap() == changed);
    let firsts: Vec<u32> = attachment.segments.iter().map(|segment| segment.first).collect();
    assert_eq!(firsts, [0, 1]);

    // Everything is there but the end, of which the answer was lost.
    let again = alice.begin(&report, Some(again.unfinished())).await.unwrap();
    alice.forget_requests();
    assert_eq!(alice.send(&again, &changed).await.unwrap(), attachment);
    assert_eq!(alice.sent(), 0);

    let other = alice.apply(new("LabReport", "another")).await.unwrap();
    assert_eq!(code(alice.begin(&other, Some(again.unfinished())).await), "invalid_input");
}

#[tokio::test]
async fn what_nobody_wants_is_removed() {
    let world = World::new().await;
    let [alice] = all_trusting(&world, ["Alice"]).await;
    let report = alice.apply(new("LabReport", "one")).await.unwrap();
    let wanted = alice.upload(&report, &bytes(WHOLE + 1)).await.unwrap();
    let report = alice.apply(put(&report, "two, which holds what opens it")).await.unwrap();
    alice.upload(&report, b"complete, and nothing holds what opens it").await.unwrap();
    let begun = alice.begin(&report, None).await.unwrap();
    for (position, chunk) in &chunks(&bytes(5 * WHOLE))[..4] {
        alice.session.put_chunk(&begun, *position, chunk, &control()).await.unwrap();
    }
    assert_eq!(stored(&world).await, (3, 7));

    world.advance(6);
    let alice = alice.again(&world).await;
    let early = alice.upload(&report, b"early").await.unwrap();
    assert_eq!(stored(&world).await, (4, 8));
    world.advance(2);
    let alice = alice.again(&world).await;
    // Each request of an upload looks at one that is due.
    let other = alice.apply(new("LabReport", "other")).await.unwrap();
    alice.upload(&other, &bytes(3 * WHOLE)).await.unwrap();
    assert_eq!(stored(&world).await, (3, 6));
    assert!(alice.download(&wanted).await.is_ok() && alice.download(&early).await.is_ok());

    // With the entity its attachments go.
    alice.apply(of(&report, What::Delete)).await.unwrap();
    assert_eq!(stored(&world).await, (1, 3));
    assert_eq!(code(alice.download(&wanted).await), "not_found");
    assert_eq!(code(alice.begin(&report, None).await), "not_found");
}

#[tokio::test]
async fn what_is_complete_does_not_change_and_sizes_have_limits() {
    let world = World::new().await;
    let [alice] = all_trusting(&world, ["Alice"]).await;
    let report = alice.apply(new("LabReport", "one")).await.unwrap();
    let attachment = alice.upload(&report, &bytes(WHOLE + 1)).await.unwrap();
    let put = async |id: Id, index: u32, body: Vec<u8>| {
        let token = alice.session.platform().token().unwrap();
        let path = format!("/v1/tidelock/vaults/{}/attachments/{id}/chunks/{index}", alice.id());
        let headers = vec![(tidelock::wire::SESSION_TOKEN, token)];
        alice.network.raw(&Request { method: Method::Put, path, headers, body: Some(body) }).await.status
    };
    assert_eq!(put(attachment.place.id, 0, json("another")).await, 409);
    assert_eq!(put(attachment.place.id, 2, json("one more")).await, 409);
    let upload = alice.begin(&report, None).await.unwrap();
    assert_eq!(put(upload.id(), MAXIMUM_CHUNKS, json("too far")).await, 413);
    assert_eq!(put(upload.id(), 0, vec![0; WHOLE + 17]).await, 413);
    assert_eq!(put(upload.id(), 0, vec![0; WHOLE + 16]).await, 200);
    assert_eq!(put(Id::random().unwrap(), 0, json("of none")).await, 404);
    let far = Position { index: MAXIMUM_CHUNKS, last: true };
    assert_eq!(code(alice.session.put_chunk(&upload, far, &Vec::new(), &Control::default()).await), "too_large");
    assert_eq!(code(alice.session.finish_upload(&upload, &control()).await), "invalid_input");
}
