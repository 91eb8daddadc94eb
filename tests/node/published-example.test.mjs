// The published example of iCure's documentation, in Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as tidelock from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { publishedExample } from './published-example.mjs';

describe('the published example', () => {
  let platform;
  before(async () => {
    await tidelock.init();
    platform = await Platform.start({ web: false });
  });
  after(() => platform?.stop());

  it('with trust first-use; a stranger reads none of the three', async () => {
    assert.equal(await publishedExample(tidelock, platform.url, 'first-use'), 'Hello world');
  });

  it('with trust verified, each first share fails until the safety number is confirmed', async () => {
    assert.equal(await publishedExample(tidelock, platform.url, 'verified'), 'Hello world');
  });

  it('with a function that decides', async () => {
    const asked = [];
    assert.equal(await publishedExample(tidelock, platform.url, async (who) => Boolean(asked.push(who))), 'Hello world');
    for (const { id, kind, fingerprint } of asked) {
      assert.match(fingerprint, /^[\w-]{43}$/);
      assert.ok(id && ['patient', 'practitioner'].includes(kind), `${id} ${kind}`);
    }
    assert.ok(asked.length >= 4);
  });
});
