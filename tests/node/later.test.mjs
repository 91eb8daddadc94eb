// Files of the package that are imported when they are first used.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { TidelockError } from 'tidelock';
import { later, setFiles } from '../../dist/later.js';
import { workersLater } from '../../dist/workers-later.js';

const names = { attachments: 'attachment-api.js', events: 'events.js', plain: 'plain.js' };

describe('files that are imported later', () => {
  it('import nothing: bundlers would put what is shared into more files, for which everybody waits', async () => {
    for (const name of Object.values(names)) {
      assert.doesNotMatch(await readFile(new URL(`../../dist/${name}`, import.meta.url), 'utf8'), /^import |\bimport\(/m, name);
    }
  });

  it('are tried again after a failure, which says that it was the network', async () => {
    let attempts = 0;
    const events = () => {
      attempts += 1;
      if (attempts === 1) throw new TypeError('Failed to fetch dynamically imported module');
      return import('../../dist/events.js');
    };
    setFiles({ events });
    await assert.rejects(later('events'), (error) => {
      assert.ok(error instanceof TidelockError);
      assert.deepEqual([error.code, error.retryable], ['network', true]);
      return true;
    });
    assert.equal(typeof (await later('events')).listen, 'function');
    assert.equal(attempts, 2);
  });
});

describe('workers whose file is imported later', () => {
  it('are begun with the first jobs, which do not wait for them', async () => {
    const asked = [];
    const { promise: file, resolve: arrive } = resolvers();
    const { promise: begun, resolve: begin } = resolvers();
    const run = workersLater(() => file);
    assert.equal(await run(['first']), undefined);
    arrive(async (jobs) => {
      asked.push(jobs);
      begin();
      return jobs.map((job) => `done: ${job}`);
    });
    await begun;
    assert.deepEqual(await run(['second']), ['done: second']);
    assert.deepEqual(asked, [[], ['second']]);
  });

  it('are none where the file does not come', async () => {
    let attempts = 0;
    const run = workersLater(async () => {
      attempts += 1;
      throw new TypeError('Failed to fetch dynamically imported module');
    });
    assert.deepEqual([await run(['first']), await run(['second'])], [undefined, undefined]);
    assert.equal(attempts, 1);
  });
});

function resolvers() {
  let resolve;
  const promise = new Promise((fulfil) => (resolve = fulfil));
  return { promise, resolve };
}
