// Workers, which seal and open many contents beside the thread that asks: the rules by which they are given jobs, and that
// whatever becomes of them, the work is done.
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, it, mock } from 'node:test';
import { HealthcareElement, init } from 'tidelock';
import { chunksBy } from '../../dist/chunks.js';
import { nodeWorkers } from '../../dist/node-workers.js';
import { workersOf } from '../../dist/workers.js';
import { Platform } from '../e2e/platform.mjs';
import { assertSameSamples, losing, newPatient, readings } from './people.mjs';

/** Threads that answer when they are told to; a module is any object. */
function stage({ threads = 2, module = async () => 'module', post } = {}) {
  const started = [];
  const start = (said, failed) => {
    const thread = { said, failed, posted: [], ended: false, held: [] };
    started.push(thread);
    return {
      post: (message, transfer) => (post?.(), thread.posted.push({ message, transfer })),
      end: () => (thread.ended = true),
      hold: (held) => thread.held.push(held),
    };
  };
  return { started, run: workersOf({ threads, module, start }) };
}

/** Lets everything happen that only waits for its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const jobs = (count) => Array.from({ length: count }, (_, index) => Uint8Array.of(index));
/** What a thread that has been told its module has been given since. */
const given = ({ posted }) => posted.slice(1).map(({ message }) => message[0]);

/** Threads that are ready. */
async function ready(options) {
  const acted = stage(options);
  assert.equal(await acted.run(jobs(1)), undefined, 'nothing waits for threads that start');
  await settled();
  for (const { said } of acted.started) said('ready');
  return acted;
}

describe('the pool of workers', () => {
  it('starts threads when it is first asked, and tells each the module', async () => {
    const { started, run } = stage({ threads: 3 });
    assert.equal(started.length, 0);
    assert.equal(await run(jobs(5)), undefined);
    assert.equal(await run(jobs(5)), undefined);
    await settled();
    assert.deepEqual(started.map(({ posted }) => posted), Array(3).fill([{ message: 'module', transfer: [] }]));
  });

  it('has four threads at most, and none where there is one', async () => {
    assert.equal((await ready({ threads: 64 })).started.length, 4);
    assert.equal((await ready({ threads: 1 })).started.length, 0);
  });

  it('gives each thread two jobs ahead, moves their bytes, and answers in the order of the jobs', async () => {
    const { started: [one, two], run } = await ready();
    const answers = run(jobs(6));
    assert.deepEqual([given(one), given(two)], [[0, 2], [1, 3]]);
    assert.deepEqual(one.posted[1].transfer, [one.posted[1].message.buffer]);
    two.said(Uint8Array.of(11));
    assert.deepEqual([given(one), given(two)], [[0, 2], [1, 3, 4]]);
    one.said(Uint8Array.of(10));
    for (const answer of [13, 14]) two.said(Uint8Array.of(answer));
    for (const answer of [12, 15]) one.said(Uint8Array.of(answer));
    assert.deepEqual((await answers).map(([answer]) => answer), [10, 11, 12, 13, 14, 15]);
  });

  it('does the jobs of whoever asks meanwhile, too', async () => {
    const { started: [one, two], run } = await ready();
    const [first, second] = [run(jobs(1)), run([Uint8Array.of(9)])];
    assert.deepEqual([given(one), given(two)], [[0], [9]]);
    two.said(Uint8Array.of(90));
    one.said(Uint8Array.of(0));
    assert.deepEqual([await first, await second], [[Uint8Array.of(0)], [Uint8Array.of(90)]]);
  });

  it('holds the process while a thread has jobs, and not otherwise', async () => {
    const { started: [one], run } = await ready();
    const answers = run(jobs(1));
    assert.deepEqual(one.held, [true]);
    one.said(Uint8Array.of(0));
    await answers;
    assert.deepEqual(one.held, [true, false]);
  });

  it('says that a job was not done, and goes on', async () => {
    const { started: [one, two], run } = await ready();
    const answers = run(jobs(2));
    one.said(undefined);
    two.said(Uint8Array.of(1));
    assert.equal(await answers, undefined);
    const again = run(jobs(1));
    one.said(Uint8Array.of(7));
    assert.deepEqual(await again, [Uint8Array.of(7)]);
  });

  it('has no threads any more when one fails; what it had to do is not done, and its keys are not kept', async () => {
    const { started, run } = await ready();
    const asked = jobs(6).map((job) => job.fill(5));
    const answers = run(asked);
    started[0].failed();
    assert.equal(await answers, undefined);
    assert.ok(started.every(({ ended }) => ended));
    assert.deepEqual(asked.slice(4), [Uint8Array.of(0), Uint8Array.of(0)], 'those that were not handed out');
    assert.equal(await run(jobs(1)), undefined);
    assert.equal(started.length, 2);
  });

  it('has none where the module is not to be had, or threads are forbidden', async () => {
    for (const options of [{ module: () => Promise.reject(new TypeError('lost')) }, { post: () => assert.fail('forbidden') }]) {
      const { started, run } = stage(options);
      assert.equal(await run(jobs(1)), undefined);
      await settled();
      const before = started.length;
      assert.equal(await run(jobs(1)), undefined);
      await settled();
      assert.equal(started.length, before);
      assert.ok(started.every(({ ended }) => ended));
    }
  });

  it('ends threads that have had nothing to do for a while, and starts others when there is', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const { started, run } = await ready();
      const did = async () => {
        const answers = run(jobs(1));
        started[0].said(Uint8Array.of(0));
        await answers;
      };
      await did();
      mock.timers.tick(9_000);
      await did();
      mock.timers.tick(9_999);
      assert.ok(started.every(({ ended }) => !ended));
      mock.timers.tick(1);
      assert.ok(started.every(({ ended }) => ended));
      assert.equal(await run(jobs(1)), undefined);
      await settled();
      assert.equal(started.length, 4);
    } finally {
      mock.timers.reset();
    }
  });
});

describe('chunks of files', () => {
  const CHUNK = 2 ** 19;
  const secret = () => new Uint8Array(44).fill(7);

  it('are copied to be sealed, into the memory of one that is done with, and moved to be opened', async () => {
    const { started: [one, two], run } = await ready();
    const runChunk = chunksBy(run);
    const [file, spare] = [new Uint8Array(2 * CHUNK).fill(3), new Uint8Array(CHUNK + 16)];
    const sealing = [runChunk(true, secret(), file.subarray(0, CHUNK), spare), runChunk(true, secret(), file.subarray(CHUNK))];
    const [{ message, transfer }] = one.posted.slice(1);
    assert.equal(message.bytes.buffer, spare.buffer);
    assert.deepEqual(message.bytes, file.subarray(0, CHUNK));
    assert.deepEqual(transfer, [message.secret.buffer, spare.buffer]);
    assert.equal(two.posted[1].message.bytes.buffer.byteLength, CHUNK + 16, 'with room for the tag');
    const [bytes, digest] = [Uint8Array.of(1), Uint8Array.of(2)];
    for (const { said } of [one, two]) said({ bytes, digest });
    assert.deepEqual(await Promise.all(sealing), [[bytes, digest], [bytes, digest]]);

    const opening = runChunk(false, secret(), file);
    assert.equal(one.posted[2].message.bytes, file);
    one.said({ bytes: undefined, digest });
    assert.deepEqual(await opening, [undefined, digest]);
  });

  it('stay here where they are small, and where there are no workers', async () => {
    const { started, run } = await ready();
    assert.equal(await chunksBy(run)(true, secret(), new Uint8Array(1_000)), undefined);
    assert.ok(started.every(({ posted }) => posted.length === 1));
    const none = chunksBy(stage({ threads: 1 }).run);
    for (const seal of [true, false]) assert.equal(await none(seal, secret(), new Uint8Array(CHUNK)), undefined);
  });

  it('that a thread had when it was lost can be sealed again, and have to be fetched again', async () => {
    for (const seal of [true, false]) {
      const { started: [one], run } = await ready();
      one.posted.push = ({ message, transfer }) => structuredClone(message, { transfer });
      const chunk = new Uint8Array(CHUNK).fill(5);
      const outcome = chunksBy(run)(seal, secret(), chunk);
      one.failed();
      if (seal) assert.equal(await outcome, undefined);
      else await assert.rejects(outcome, /gone/);
      assert.equal(chunk.length, seal ? CHUNK : 0);
    }
  });
});

describe('workers of Node', { skip: availableParallelism() < 2 && 'one processor, so no workers' }, () => {
  it('seal and open what is imported and listed', async () => {
    let [done, undone] = [0, 0];
    const heard = (answer) => {
      if (answer instanceof Uint8Array) done += 1;
      if (answer === undefined) undone += 1;
    };
    const saw = (worker) => worker.on('message', heard);
    process.on('worker', saw);
    const platform = await Platform.start({ web: false });
    try {
      await init();
      const { session } = await newPatient(platform.url);
      const samples = readings(5_000);
      await session.dataSampleApi.createDataSamples(samples);
      assertSameSamples(await session.dataSampleApi.listDataSamples(), samples);
      // Were they to fail, everything would be done without them, and nobody would see it.
      assert.ok(done >= samples.length / 250, `${done} jobs`);
      assert.equal(undone, 0);
    } finally {
      process.off('worker', saw);
      await platform.stop();
    }
  });

  it('do with chunks what WebCrypto does, and say what does not open', async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(44));
    const key = await crypto.subtle.importKey('raw', bytes.subarray(0, 32), 'AES-GCM', false, ['encrypt']);
    const sha256 = async (content) => new Uint8Array(await crypto.subtle.digest('SHA-256', content));
    const run = async (job) => {
      for (;;) {
        const [done] = (await nodeWorkers(() => [{ ...job, secret: bytes.slice(), bytes: job.bytes.slice() }])) ?? [];
        if (done) return done;
        await settled();
      }
    };
    for (const size of [0, 1, 65_535, 65_536, 65_537, 2 ** 19]) {
      const content = new Uint8Array(size).map((_, index) => index % 251);
      const expected = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: bytes.subarray(32) }, key, content));
      const room = new Uint8Array(size + 16);
      room.set(content);
      const sealing = () => [{ seal: true, secret: bytes.slice(), bytes: new Uint8Array(room.slice().buffer, 0, size) }];
      await run({ seal: false, bytes: expected });
      const [sealed] = await nodeWorkers(sealing);
      assert.deepEqual(sealed, { bytes: expected, digest: await sha256(expected) });
      assert.deepEqual(await run({ seal: false, bytes: expected }), { bytes: content, digest: sealed.digest });
      for (const place of [0, size, size + 15]) {
        const altered = expected.slice();
        altered[place] ^= 1;
        assert.deepEqual(await run({ seal: false, bytes: altered }), { bytes: undefined, digest: await sha256(altered) });
      }
    }
  });

  // The last one: there are none in this process from then on.
  it('that are lost while a file goes up cost nothing but time', async () => {
    const platform = await Platform.start({ web: false });
    try {
      await init();
      const { session } = await newPatient(platform.url);
      const element = await session.healthcareElementApi.createOrModify(new HealthcareElement({ note: 'with a file' }));
      const content = new Uint8Array(4 * 2 ** 19 + 5).map((_, index) => index % 251);
      const lost = losing();
      let attachment;
      while (lost.chunks === 0) attachment = await session.attachmentApi.upload(element, content);
      lost.end();
      const read = await session.attachmentApi.downloadBlob(attachment);
      assert.deepEqual(new Uint8Array(await read.arrayBuffer()), content);
    } finally {
      await platform.stop();
    }
  });
});
