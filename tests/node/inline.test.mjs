// The package in one piece: everything that it needs is in the files that it imports at once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init, version } from 'tidelock/inline';
import manifest from '../../package.json' with { type: 'json' };
import { Platform } from '../e2e/platform.mjs';
import { newClinic, newPatient } from './people.mjs';

describe('the package in one piece', () => {
  let platform;
  before(async () => {
    [platform] = await Promise.all([Platform.start({ web: false }), init()]);
  });
  after(() => platform?.stop());

  it('tells its version', () => assert.equal(version(), manifest.version));

  it('certifies share codes', async () => {
    const { clinic, code } = await newClinic(platform.url);
    const { session } = await newPatient(platform.url);
    const card = await session.sharingApi.lookUpShareCode(code);
    assert.deepEqual({ id: card.id, verified: card.verified }, { id: clinic.id, verified: true });
  });
});
