// Reading a record piece by piece: samples come as they are decrypted, while the rest is still on its way.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { assertSameSamples, newPatient, readings, withFetch } from './people.mjs';

/** More than two pages hold, of 4 MiB each. */
const MANY = 18_000;

const isPage = ({ method, url }) => method === 'GET' && new URL(url).pathname.endsWith('/writes');

/** Sends what is asked for; with the second page of writes it waits until `release` is called, or the request is aborted. */
function holding() {
  const held = { pages: 0, aborted: 0 };
  const released = new Promise((resolve) => (held.release = resolve));
  held.send = async (request, fetchThere) => {
    if (isPage(request) && (held.pages += 1) === 2) {
      const { signal } = request;
      const aborted = new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          held.aborted += 1;
          reject(signal.reason);
        });
      });
      await Promise.race([released, aborted]);
    }
    return fetchThere(request);
  };
  return held;
}

describe('reading samples piece by piece', () => {
  const written = readings(MANY);
  let platform;
  let account;
  let api;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    const patient = await newPatient(platform.url);
    account = patient.account;
    api = patient.session.dataSampleApi;
    await api.createDataSamples(written);
  });
  after(() => platform?.stop());

  it('gives the first page before the next one is there, which has been asked for by then, and no other', async () => {
    const held = holding();
    await withFetch(held.send, async () => {
      const samples = [];
      let pieces = 0;
      let whileHeld = 0;
      for await (const { items, removed } of api.readDataSamples()) {
        if (pieces === 0) {
          assert.equal(held.pages, 2);
          whileHeld = items.length;
          held.release();
        }
        pieces += 1;
        samples.push(...items);
        assert.deepEqual(removed, []);
      }
      assert.ok(whileHeld > 0 && whileHeld < 1_000, `${whileHeld}`);
      assert.ok(pieces > MANY / 1_000, `${pieces} pieces`);
      assert.ok(held.pages > 2, `${held.pages} pages`);
      assertSameSamples(samples, written);
    });
  });

  it('asks for no further page when nobody wants more', async () => {
    const held = holding();
    await withFetch(held.send, async () => {
      for await (const { items } of api.readDataSamples()) {
        assert.ok(items.length > 0);
        break;
      }
      assert.equal(held.pages, 2);
      assert.equal(held.aborted, 1);
    });
    // And what comes next is not in its way.
    assert.equal((await api.listDataSamples()).length, MANY);
  });

  it('ends with the signal', async () => {
    const held = holding();
    const controller = new AbortController();
    await withFetch(held.send, async () => {
      const read = async () => {
        for await (const _ of api.readDataSamples({ signal: controller.signal })) controller.abort('enough');
      };
      await assert.rejects(read(), { name: 'TidelockError', code: 'aborted' });
      assert.equal(held.aborted, 1);
    });
    const early = api.readDataSamples({ signal: AbortSignal.abort() });
    await assert.rejects(early.next(), { name: 'TidelockError', code: 'aborted' });
  });

  it('gives what is changed meanwhile again, and says what is deleted meanwhile', async () => {
    const other = (await signIn(account)).dataSampleApi;
    const held = holding();
    await withFetch(held.send, async () => {
      const seen = new Map();
      const gone = [];
      let changed;
      let deleted;
      for await (const { items, removed } of api.readDataSamples()) {
        if (seen.size === 0) {
          // The first page has been given; the writes of another device come with the last one.
          [changed, deleted] = await other.getDataSamples(items.slice(0, 2).map(({ id }) => id));
          changed.comment = 'by hand';
          changed = await other.createOrModify(changed);
          await other.delete(deleted);
          held.release();
        }
        for (const item of items) seen.set(item.id, [...(seen.get(item.id) ?? []), item]);
        gone.push(...removed);
      }
      assert.deepEqual(gone, [deleted.id]);
      assert.equal(seen.size, MANY);
      assert.deepEqual(seen.get(changed.id).map(({ comment }) => comment), [undefined, 'by hand']);
      assert.equal(seen.get(changed.id)[1].rev, changed.rev);
      assert.equal([...seen.values()].filter((revisions) => revisions.length > 1).length, 1);
      const left = await api.listDataSamples();
      assert.equal(left.length, MANY - 1);
      assert.deepEqual(left.filter(({ comment }) => comment).map(({ id }) => id), [changed.id]);
    });
  });
});
