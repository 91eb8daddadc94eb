// The deferred part of the module: what is done every day does without it, and where it cannot be loaded it is tried again.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { init } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { mapStore, newClinic, newPatient, readings, share } from './people.mjs';

const network = { code: 'network', retryable: true };

describe('the deferred part of the module', () => {
  let platform;
  let clinic;
  before(async () => {
    [platform] = await Promise.all([Platform.start({ web: false }), init()]);
    const kept = new Map();
    clinic = { kept, ...(await newClinic(platform.url, { keyStore: mapStore(kept) })) };
  });
  after(() => platform?.stop());

  /** A patient on a device whose content can be handed to another thread. */
  async function patient() {
    const kept = new Map();
    return { kept, ...(await newPatient(platform.url, 'Alice Appleseed', { keyStore: mapStore(kept) })) };
  }

  /** What comes of it when the device goes on in an instance of its own. */
  async function alone(what, { account: { url, email, password }, kept }, given) {
    const workerData = { what, account: { url, email, password }, kept, given };
    const worker = new Worker(new URL('alone.mjs', import.meta.url), { workerData });
    const [result] = await once(worker, 'message');
    await worker.terminate();
    return result;
  }

  it('is not needed for opening and reading a record of one’s own that is shared with nobody', async () => {
    const alice = await patient();
    await alice.session.dataSampleApi.createDataSamples(readings(3));
    assert.deepEqual(await alone('core alone', alice), {
      name: 'Alice Appleseed', read: 3, same: true, unconfirmed: true, attempts: 0,
    });
    assert.equal(await alone('share code', clinic, clinic.code).then(({ code }) => code), clinic.code);
  });

  it('is loaded again after a failure, and once', async () => {
    const alice = await patient();
    await share(alice, clinic);
    const { failures, state, name, attempts } = await alone('first lost, then there', alice);
    assert.deepEqual(failures, [network, network]);
    assert.deepEqual({ state, name, attempts }, { state: 'sharing', name: 'Bob', attempts: 3 });
  });

  it('is waited for where opening a record needs it', async () => {
    const alice = await patient();
    const { sharingApi } = alice.session;
    await sharingApi.inviteClinic(await sharingApi.lookUpShareCode(clinic.code), { view: true, upload: false, note: false });
    const [invitation] = await clinic.session.clinicApi.listInvitations(clinic.clinic.id);
    await clinic.session.clinicApi.decline(clinic.clinic.id, invitation.key);
    const { failures, read, created, attempts } = await alone('keys to renew', alice);
    assert.deepEqual(failures, [network]);
    assert.deepEqual({ read, created, attempts }, { read: 0, created: 2, attempts: 2 });
  });
});
