// Files with the package in Node, against the real server: up and down as streams, in part, broken off and resumed, altered.
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Attachment, HealthcareElement, Patient, init } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { sha256 } from '../interop/notation.mjs';
import { checkDigests, openChunk, readAttachment } from '../interop/reader.mjs';
import { TRUSTING, idOf, losing, newClinic, newPatient, newPractitioner, rejects, requestsOf, share, withFetch } from './people.mjs';

const CHUNK = 2 ** 19;

/** Bytes that nobody could guess. */
function bytes(size) {
  const content = new Uint8Array(size);
  for (let from = 0; from < size; from += 65_536) randomFillSync(content.subarray(from, from + 65_536));
  return content;
}

async function all(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const same = (read, written) => assert.equal(Buffer.compare(read, written), 0);

/** A stream of those bytes in parts of a size that fits no chunk; `given` counts those that were asked for. */
function streamOf(content, given = { bytes: 0 }) {
  return new ReadableStream(
    {
      pull(controller) {
        const part = content.subarray(given.bytes, (given.bytes += 100_003));
        if (part.length > 0) controller.enqueue(part);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Which chunk a request sends, if it does. */
function indexOf({ method, url }) {
  const index = /\/chunks\/(\d+)$/.exec(url)?.[1];
  return method === 'PUT' && index ? Number(index) : undefined;
}

const isChunk = ({ request }) => /^PUT .*\/chunks\/\d+$/.test(request);

describe('files', () => {
  let platform;
  let alice;
  let element;
  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    alice = await newPractitioner(platform.url, TRUSTING);
    const patient = await alice.session.patientApi.createOrModifyPatient(new Patient({ note: 'with files' }));
    element = await alice.session.healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ note: 'one' }), patient.id);
  });
  after(() => platform?.stop());

  it('go up from whatever holds them, and come down as they were', async () => {
    const { attachmentApi, healthcareElementApi } = alice.session;
    for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7]) {
      const content = bytes(size);
      for (const data of [content, new Blob([content]), streamOf(content)]) {
        const progress = [];
        const onProgress = ({ done, total }) => progress.push([done, total]);
        const attachment = await attachmentApi.upload(element, data, { name: 'a curve', mediaType: 'application/pdf', onProgress });
        assert.equal(attachment.size, size);
        assert.equal(progress.at(-1)[0], size);
        if (!(data instanceof ReadableStream)) assert.ok(progress.every(([, total]) => total === size));
        same(await all(await attachmentApi.download(attachment)), content);
      }
    }
    // It is written into the record, and read by whoever reads that.
    const content = bytes(16 * CHUNK);
    const attachment = await attachmentApi.upload(element, new Blob([content]), { name: 'a scan', mediaType: 'image/tiff' });
    element = await healthcareElementApi.update(element.id, (read) => void (read.attachments = [attachment]));
    const [read] = (await healthcareElementApi.getHealthcareElement(element.id)).attachments;
    assert.ok(read instanceof Attachment);
    assert.deepEqual(read, attachment);
    assert.equal(read.name, 'a scan');
    const progress = [];
    const blob = await attachmentApi.downloadBlob(read, { onProgress: ({ done, total }) => progress.push([done, total]) });
    same(Buffer.from(await blob.arrayBuffer()), content);
    assert.equal(blob.type, 'application/octet-stream');
    assert.deepEqual(progress.at(-1), [16 * CHUNK, 16 * CHUNK]);
    assert.equal(progress.length, 16);
  });

  it('come down in part, and no more of them than that', async () => {
    const { attachmentApi } = alice.session;
    const content = bytes(5 * CHUNK + 9);
    const attachment = await attachmentApi.upload(element, content);
    const ranges = [[0, 1], [CHUNK - 1, CHUNK + 1], [2 * CHUNK, 3 * CHUNK], [5 * CHUNK, 5 * CHUNK + 9], [7, 7], [CHUNK + 5, 4 * CHUNK - 5]];
    for (const [start, end] of ranges) {
      let read;
      const requests = await requestsOf(async () => (read = await all(await attachmentApi.download(attachment, { range: { start, end } }))));
      same(read, content.subarray(start, end));
      const chunks = start === end ? 0 : Math.ceil(end / CHUNK) - Math.floor(start / CHUNK);
      assert.equal(requests.filter(({ request }) => request.includes('/chunks/')).length, chunks, `${start} to ${end}`);
    }
    same(await all(await attachmentApi.download(attachment, { range: { start: CHUNK } })), content.subarray(CHUNK));
    for (const range of [{ start: -1 }, { start: 2, end: 1 }, { end: content.length + 1 }, { start: 0.5 }]) {
      await rejects('invalid_input', attachmentApi.download(attachment, { range }));
    }
    await rejects('invalid_input', attachmentApi.download(new Attachment({ name: 'without a key' })));
    await rejects('tampered', attachmentApi.download(new Attachment({ key: 'bm9uZQ' })));
  });

  it('come and go no faster than they are read', async () => {
    const { attachmentApi } = alice.session;
    const content = bytes(16 * CHUNK);
    const attachment = await attachmentApi.upload(element, content);
    const requests = await requestsOf(async () => {
      const reader = (await attachmentApi.download(attachment)).getReader();
      same(Buffer.from((await reader.read()).value), content.subarray(0, CHUNK));
      await reader.cancel();
    });
    assert.ok(requests.filter(({ request }) => request.includes('/chunks/')).length <= 5);

    // However slow the platform is, no more is read of a stream than is on its way.
    const given = { bytes: 0 };
    const waiting = [];
    let [answered, most] = [0, 0];
    const uploaded = await withFetch(
      async (request, fetchThere) => {
        if (request.method !== 'PUT') return fetchThere(request);
        // The first are answered only when as many wait as ever do.
        await new Promise((resolve) => waiting.push(resolve) < 4 && answered === 0 ? undefined : waiting.forEach((go) => go()));
        const answer = await fetchThere(request);
        most = Math.max(most, given.bytes - answered * CHUNK);
        answered += 1;
        return answer;
      },
      () => attachmentApi.upload(element, streamOf(content, given)),
    );
    assert.ok(most <= 7 * CHUNK, `${most} bytes were read ahead`);
    same(await all(await attachmentApi.download(uploaded)), content);
  });

  it('that broke off are resumed, with what has changed meanwhile', async () => {
    const { attachmentApi } = alice.session;
    const content = bytes(16 * CHUNK);
    let resume;
    const cancel = new AbortController();
    const [begun, stored] = [new Set(), new Set()];
    const broken = withFetch(
      async (request, fetchThere) => {
        const index = indexOf(request);
        if (index !== undefined) begun.add(index);
        const answer = await fetchThere(request);
        if (index !== undefined && answer.ok) stored.add(index);
        return answer;
      },
      () =>
        attachmentApi.upload(element, new Blob([content]), {
          signal: cancel.signal,
          onResumable: (given) => (resume = given),
          onProgress: ({ done }) => done >= 8 * CHUNK && cancel.abort(),
        }),
    );
    await rejects('aborted', broken);
    let resumed;
    const requests = await requestsOf(async () => (resumed = await attachmentApi.upload(element, streamOf(content), { resume })));
    const sent = requests.filter(isChunk).length;
    // Chunks are stored in any order; those before the first that is missing are not sent again.
    const there = Array.from({ length: 16 }, (_, index) => index).find((index) => !stored.has(index));
    assert.ok(begun.size < 16);
    assert.ok(sent >= 16 - begun.size && sent <= 16 - there, `${sent} of 16 chunks were sent again, and ${there} were there`);
    same(await all(await attachmentApi.download(resumed)), content);

    // The file is another one now.
    const again = new AbortController();
    const changing = attachmentApi.upload(element, content, {
      signal: again.signal,
      onResumable: (given) => (resume = given),
      onProgress: ({ done }) => done >= 4 * CHUNK && again.abort(),
    });
    await rejects('aborted', changing);
    content[3 * CHUNK] ^= 1;
    const changed = await attachmentApi.upload(element, content, { resume });
    same(await all(await attachmentApi.download(changed)), content);

    await rejects('invalid_input', attachmentApi.upload(idOf(alice), content, { resume }));
    await rejects('invalid_input', attachmentApi.upload(element, streamOf(content), { size: 5 }));
    await rejects('too_large', attachmentApi.upload(element, streamOf(content), { size: 2 ** 33 }));
    const failing = new ReadableStream({ pull: () => Promise.reject(new Error('the disk is gone')) });
    assert.equal((await rejects('invalid_input', attachmentApi.upload(element, failing))).cause.message, 'the disk is gone');
    const silent = new AbortController();
    const giving = new ReadableStream({ pull: () => silent.abort() }, { highWaterMark: 0 });
    await rejects('aborted', attachmentApi.upload(element, giving, { signal: silent.signal }));
  });

  it('are for those who may read the record, and end with their access', async () => {
    const [bob, stranger] = await Promise.all([newPractitioner(platform.url, TRUSTING), newPractitioner(platform.url)]);
    const { attachmentApi, healthcareElementApi } = alice.session;
    const content = bytes(CHUNK + 1);
    const attachment = await attachmentApi.upload(element, content);
    await rejects('not_found', bob.session.attachmentApi.download(attachment));
    element = await healthcareElementApi.giveAccessTo(element, idOf(bob), { rights: 'read' });
    same(await all(await bob.session.attachmentApi.download(attachment)), content);
    await rejects('not_found', bob.session.attachmentApi.upload(element, content));
    await rejects('not_found', stranger.session.attachmentApi.download(attachment));
    await rejects('not_found', stranger.session.attachmentApi.upload(element, content));
    await rejects('not_found', stranger.session.attachmentApi.delete(attachment));
    element = await healthcareElementApi.revokeAccess(element, idOf(bob));
    await rejects('not_found', bob.session.attachmentApi.download(attachment));

    await attachmentApi.delete(attachment);
    await rejects('not_found', attachmentApi.download(attachment));

    const [patient, doctor] = await Promise.all([newPatient(platform.url), newClinic(platform.url)]);
    await share(patient, doctor, { view: true, upload: true, note: false });
    const created = await patient.session.healthcareElementApi.createOrModify(new HealthcareElement({ note: 'hers' }));
    const hers = await patient.session.attachmentApi.upload(created, content);
    const inClinic = doctor.session.forClinic(doctor.clinic.id);
    same(await all(await inClinic.attachmentApi.download(hers)), content);
    const theirs = await inClinic.attachmentApi.upload(created, content);
    same(await all(await patient.session.attachmentApi.download(theirs)), content);
  });

  it('that were altered where they are kept are tampered', async () => {
    const { attachmentApi } = alice.session;
    const content = bytes(4 * CHUNK);
    const sealed = new Map();
    const attachment = await withFetch(async (request, fetchThere) => {
      const index = indexOf(request);
      if (index !== undefined) sealed.set(index, Buffer.from(await request.clone().arrayBuffer()));
      return fetchThere(request);
    }, () => attachmentApi.upload(element, content));
    assert.equal(sealed.size, 4);
    // What was sent is what the protocol says.
    const described = readAttachment(Buffer.from(attachment.key, 'base64url'));
    const digests = await Promise.all([0, 1, 2, 3].map((index) => sha256(sealed.get(index))));
    await checkDigests(described, digests);
    for (const [index, digest] of digests.entries()) {
      same(await openChunk(described, index, sealed.get(index), digest), content.subarray(index * CHUNK, (index + 1) * CHUNK));
    }
    assert.ok([...sealed.values()].every((chunk, index) => chunk.indexOf(content.subarray(index * CHUNK, index * CHUNK + 16)) === -1));

    await platform.kill('SIGTERM');
    const path = join(platform.data, 'tidelock.sqlite');
    const stored = await readFile(path);
    for (const clear of ['a scan', 'image/tiff', content.subarray(0, 16)]) assert.equal(stored.indexOf(clear), -1);
    // A page of the file may end anywhere: so some bytes, and several times.
    const parts = Array.from({ length: 16 }, (_, part) => sealed.get(2).subarray(part * 1_000, part * 1_000 + 32));
    const places = parts.map((part) => stored.indexOf(part)).filter((place) => place >= 0);
    assert.ok(places.length > 0);
    for (const place of places) stored[place] ^= 1;
    await writeFile(path, stored);
    await platform.start();
    same(await all(await attachmentApi.download(attachment, { range: { end: 2 * CHUNK } })), content.subarray(0, 2 * CHUNK));
    await rejects('tampered', all(await attachmentApi.download(attachment)));
    await rejects('tampered', attachmentApi.downloadBlob(attachment, { range: { start: 2 * CHUNK, end: 2 * CHUNK + 1 } }));
  });

  // The last one: there are no workers in this process from then on.
  it('come down when workers are lost with what they had', { skip: availableParallelism() < 2 && 'one processor, so no workers' }, async () => {
    const { attachmentApi } = alice.session;
    const content = bytes(4 * CHUNK + 5);
    const attachment = await attachmentApi.upload(element, content);
    const lost = losing();
    while (lost.chunks === 0) same(await all(await attachmentApi.download(attachment)), content);
    lost.end();
    same(await all(await attachmentApi.download(attachment)), content);
  });
});
