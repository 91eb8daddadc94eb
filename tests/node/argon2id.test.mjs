// Argon2id in its WebAssembly module: the vectors that the native one passes, and memory that is given back.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { init } from 'tidelock';
import { argon2idFrom, argon2idLater as argon2id } from '../../dist/argon2id.js';
import { Platform } from '../e2e/platform.mjs';
import { newClinic, newPatient } from './people.mjs';

const { vectors, refused } = JSON.parse(await readFile(new URL('../vectors/argon2id.json', import.meta.url), 'utf8'));

const hash = async ({ password, salt, memory, iterations }) => {
  const bytes = (text) => new TextEncoder().encode(text);
  const output = await argon2id(bytes(password), bytes(salt), memory, iterations);
  return output && Buffer.from(output).toString('hex');
};

describe('Argon2id in WebAssembly', () => {
  it('gives the known answers', async () => {
    for (const vector of vectors) assert.equal(await hash(vector), vector.output);
  });

  it('gives them to several who ask at once', async () => {
    const answers = await Promise.all(vectors.map(hash));
    assert.deepEqual(answers, vectors.map(({ output }) => output));
  });

  it('refuses parameters that it does not allow, and memory that is not to be had', async () => {
    for (const vector of refused) assert.equal(await hash(vector), undefined);
    assert.equal(await hash({ ...vectors[0], memory: 2 ** 32 - 1 }), undefined);
    assert.equal(await hash(vectors[1]), vectors[1].output);
  });

  it('is loaded again after a failure', async () => {
    let attempts = 0;
    const source = await import('../../dist/tidelock_argon2id.js');
    const unsteady = argon2idFrom(async () => {
      attempts += 1;
      if (attempts === 1) throw new TypeError('lost');
      return source;
    });
    const run = () => unsteady(new Uint8Array(8), new Uint8Array(8), 64, 1);
    await assert.rejects(run(), /lost/);
    assert.equal((await run()).length, 32);
    await run();
    assert.equal(attempts, 2);
  });
});

describe('looking a share code up', () => {
  const { instantiate } = WebAssembly;
  /** The memories of all instances that have one of their own, in the order in which these were made; the core's is the first. */
  const memories = [];
  let platform;

  before(async () => {
    WebAssembly.instantiate = async (...args) => {
      const made = await instantiate(...args);
      const memory = Object.values((made.instance ?? made).exports).find((value) => value instanceof WebAssembly.Memory);
      if (memory) memories.push(new WeakRef(memory));
      return made;
    };
    await init();
    platform = await Platform.start({ web: false });
  });
  after(async () => {
    WebAssembly.instantiate = instantiate;
    await platform?.stop();
  });

  it('leaves nothing of its 64 MiB behind', async () => {
    const { code } = await newClinic(platform.url);
    const { session } = await newPatient(platform.url);
    const size = () => memories[0].deref().buffer.byteLength / 2 ** 20;
    const before = size();
    for (let turn = 0; turn < 3; turn += 1) await session.sharingApi.lookUpShareCode(code);
    assert.ok(size() < before + 8, `the core's memory has grown from ${before} to ${size()} MiB`);

    assert.ok(memories.length > 3, 'the code was certified in instances of their own');
    const held = () => memories.slice(1).filter((memory) => memory.deref()).length;
    for (let attempt = 0; attempt < 20 && held() > 0; attempt += 1) await collectGarbage();
    assert.equal(held(), 0);
  });
});

async function collectGarbage() {
  v8.setFlagsFromString('--expose-gc');
  // What was held weakly is let go when the current task has ended.
  await sleep(10);
  vm.runInNewContext('gc')();
}
