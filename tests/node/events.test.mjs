// Live events with the package in Node, against the real server: how soon they come, and that none is lost.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { idOf, newClinic, newPatient, readings, rejects, share, withFetch } from './people.mjs';

const isEvents = (request) => new URL(request.url ?? request).pathname === '/v1/tidelock/events';

/** Listens with a session; `next` resolves to the next event that `wanted` wants. */
async function listening({ session }, options = {}) {
  const abort = new AbortController();
  const events = session.events({ signal: abort.signal, ...options });
  assert.deepEqual(await events.next(), { value: { kind: 'ready' }, done: false });
  const next = async (wanted = () => true) => {
    for (;;) {
      const { value, done } = await events.next();
      assert.ok(!done, 'the events ended');
      if (wanted(value)) return value;
    }
  };
  return { abort, events, next };
}

describe('live events', () => {
  let platform;
  let patient;
  let doctor;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [patient, doctor] = await Promise.all([newPatient(platform.url), newClinic(platform.url)]);
  });
  after(() => platform?.stop());

  it('a clinic hears of an invitation, the patient of its answer', async () => {
    const [hers, theirs] = [await listening(patient), await listening(doctor)];
    await share(patient, doctor);
    const invitation = await theirs.next(({ kind }) => kind === 'invitations');
    assert.deepEqual(invitation, { kind: 'invitations', clinicId: doctor.clinic.id });
    const access = { kind: 'access', dataOwnerId: idOf(patient), clinicId: doctor.clinic.id };
    assert.deepEqual(await theirs.next(({ kind }) => kind === 'access'), access);
    assert.deepEqual(await hers.next(({ clinicId }) => clinicId !== undefined), access);
    for (const { abort, events } of [hers, theirs]) {
      abort.abort();
      for await (const event of events) assert.ok(event.kind);
    }
  });

  it('they come at once: in the median of 20 in less than a second', async () => {
    const { abort, next } = await listening(doctor);
    const latencies = [];
    for (let index = 0; index < 20; index += 1) {
      const heard = next(({ kind }) => kind === 'record').then(() => performance.now());
      await patient.session.dataSampleApi.createDataSamples(readings(1, { from: Date.UTC(2024, 0, 1, 0, index), source: `meter ${index}` }));
      const written = performance.now();
      latencies.push((await heard) - written);
    }
    abort.abort();
    const median = latencies.sort((a, b) => a - b)[10];
    assert.ok(median < 1_000, `${median} ms`);
  });

  it('what happened while the server was down or the connection lost is told afterwards', async () => {
    const { abort, next } = await listening(doctor);
    let open;
    const gate = new Promise((resolve) => (open = resolve));
    const asked = [];
    await withFetch(async (request, fetchThere, options) => {
      if (!isEvents(request)) return fetchThere(request, options);
      await gate;
      asked.push(options.headers['last-event-id']);
      return fetchThere(request, options);
    }, async () => {
      const heard = next(({ kind }) => kind === 'record');
      await platform.kill();
      await platform.start();
      await patient.session.dataSampleApi.createDataSamples(readings(1, { source: 'while nobody listened' }));
      open();
      assert.deepEqual(await heard, { kind: 'record', dataOwnerId: idOf(patient), clinicId: doctor.clinic.id });
    });
    assert.equal(asked.length, 1);
    assert.match(asked[0], /^\d+$/);
    // And goes on as before.
    const heard = next(({ kind }) => kind === 'record');
    await patient.session.dataSampleApi.createDataSamples(readings(1, { source: 'later' }));
    await heard;
    abort.abort();
  });

  it('aborting ends it, whatever it is doing, and leaves no timer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const idle = timers();
    const silent = await listening(patient);
    const pending = silent.events.next();
    silent.abort.abort();
    assert.deepEqual(await pending, { value: undefined, done: true });
    assert.equal(timers(), idle);

    // While nobody asks for the next event.
    (await listening(patient)).abort.abort();
    assert.equal(timers(), idle);

    // While it waits to connect again.
    const { abort, events } = await listening(patient);
    await withFetch(async (request, fetchThere, options) => {
      if (!isEvents(request)) return fetchThere(request, options);
      setImmediate(() => abort.abort());
      throw new TypeError('no network');
    }, async () => {
      const ended = events.next();
      await platform.kill();
      assert.deepEqual(await ended, { value: undefined, done: true });
      assert.equal(timers(), idle);
      await platform.start();
    });
    assert.deepEqual(await patient.session.events({ signal: AbortSignal.abort() }).next(), { value: undefined, done: true });
  });

  it('leaving the loop closes the connection', async () => {
    for await (const { kind } of patient.session.events()) {
      assert.equal(kind, 'ready');
      break;
    }
  });

  it('it says so where there is nothing to listen to', async () => {
    const answers = { 404: 'unsupported', 401: 'not_authenticated' };
    for (const [status, code] of Object.entries(answers)) {
      await withFetch(async () => new Response('', { status: Number(status) }), () => rejects(code, patient.session.events().next()));
    }
    const session = await signIn(patient.account);
    const { events } = await listening({ session });
    const ended = events.next();
    await session.signOut();
    // Whatever is told next finds the session ended.
    await patient.session.dataSampleApi.createDataSamples(readings(1, { source: 'after signing out' }));
    await rejects('not_authenticated', ended);
  });
});
