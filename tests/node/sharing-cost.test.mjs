// Sharing is one request: of a record, however long it is; of an entity, with however many; of however many entities.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DataSample, Patient, init, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { TRUSTING, idOf, newClinic, newPatient, newPractitioner, readings, requestsOf, writesOf } from './people.mjs';

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

describe('sharing entities', () => {
  let platform;
  let owner;
  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    owner = await newPractitioner(platform.url, TRUSTING);
  });
  after(() => platform?.stop());

  it('one with a hundred is one request that writes and at most one that reads, and few bytes for each', async () => {
    const people = [];
    // Not all at once: each makes keys and waits for them.
    while (people.length < 100) people.push(...(await Promise.all(Array.from({ length: 10 }, () => newPatient(platform.url)))));
    const { patientApi } = owner.session;
    const patient = await patientApi.createOrModifyPatient(new Patient({ firstName: 'John' }));
    let shared;
    const requests = await requestsOf(async () => {
      shared = await patientApi.giveAccessTo(patient, people.map(idOf), { rights: 'read' });
    });
    const writes = writesOf(requests);
    assert.equal(writes.length, 1, JSON.stringify(requests));
    assert.ok(requests.length <= 2, JSON.stringify(requests));
    assert.ok(writes[0].bytes / 100 <= 300, `${writes[0].bytes / 100} bytes for each delegate`);
    for (const index of [0, 57, 99]) assert.equal((await people[index].session.patientApi.getPatient(patient.id)).firstName, 'John');
    const { permissionsByDataOwnerId } = await patientApi.getDataOwnersWithAccessTo(shared);
    assert.equal(Object.values(permissionsByDataOwnerId).filter((permission) => permission === 'READ').length, 100);
  });

  it('a thousand with one is one request that writes', async () => {
    const receiver = await newPatient(platform.url);
    const { dataSampleApi } = owner.session;
    const samples = await dataSampleApi.createOrModifyMany(Array.from({ length: 1_000 }, (_, index) => new DataSample({ index })));
    const progress = [];
    let shared;
    const requests = await requestsOf(async () => {
      shared = await dataSampleApi.giveAccessToMany(samples, idOf(receiver), { onProgress: (report) => progress.push(report) });
    });
    assert.equal(writesOf(requests).length, 1, JSON.stringify(requests));
    assert.ok(requests.length <= 2, JSON.stringify(requests));
    assert.deepEqual(progress.at(-1), { done: 1_000, total: 1_000 });
    assert.deepEqual(shared.map(({ id }) => id), samples.map(({ id }) => id));
    const read = await receiver.session.dataSampleApi.getDataSamples(samples.map(({ id }) => id));
    assert.deepEqual(read.map(({ index }) => index), samples.map(({ index }) => index));
  });

  it('works after a session has read thousands, some of which it shares', async () => {
    const { account, session } = await newPatient(platform.url, 'Alice', TRUSTING);
    await session.dataSampleApi.createDataSamples(readings(4_110));
    const ids = (await session.dataSampleApi.listDataSamples()).map(({ id }) => id);
    const { dataSampleApi } = await signIn(account);
    const found = await dataSampleApi.getDataSamples(ids.slice(0, 4_090));
    assert.equal(found.length, 4_090);
    // Others that this session has not read.
    const more = await session.dataSampleApi.getDataSamples(ids.slice(4_090));
    const shared = await dataSampleApi.giveAccessToMany([...found.slice(0, 5), ...more], idOf(owner));
    const seen = await owner.session.dataSampleApi.getDataSamples(shared.map(({ id }) => id));
    assert.deepEqual(seen.map(({ id }) => id), [...ids.slice(0, 5), ...ids.slice(4_090)]);
  });
});
