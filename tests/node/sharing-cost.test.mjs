// Sharing a record is one request, however long the record is.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { newClinic, newPatient, newPractitioner, readings, requestsOf, writesOf } from './people.mjs';

const VIEW = { view: true, upload: false, note: false };

describe('sharing a record', () => {
  let platform;
  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
  });
  after(() => platform?.stop());

  /** What it takes to share a record of so many readings. */
  async function shareRecordOf(count) {
    const patient = await newPatient(platform.url);
    await patient.session.dataSampleApi.createDataSamples(readings(count));
    const { code } = await newClinic(platform.url);
    const card = await patient.session.sharingApi.lookUpShareCode(code);
    return { patient, requests: await requestsOf(() => patient.session.sharingApi.inviteClinic(card, VIEW)) };
  }

  it('takes one request of the same size, whatever is in it', async () => {
    const few = await shareRecordOf(1);
    const many = await shareRecordOf(2_500);
    for (const { patient, requests } of [few, many]) {
      assert.deepEqual(requests.map(({ request }) => request), [`POST /confirm/send/invite/${patient.session.user.id}/clinic`]);
    }
    assert.ok(Math.abs(many.requests[0].bytes - few.requests[0].bytes) < 64);
  });

  it('reads no record after signing in, either', async () => {
    const { patient } = await shareRecordOf(10);
    const { code } = await newClinic(platform.url);
    const session = await signIn(patient.account);
    const card = await session.sharingApi.lookUpShareCode(code);
    const requests = await requestsOf(() => session.sharingApi.inviteClinic(card, VIEW));
    assert.deepEqual(requests.filter(({ request }) => request.includes('/writes')), []);
  });
});
