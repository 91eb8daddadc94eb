// Long imports with the package in Node: progress, cancelling, repeating, a server that dies on the way.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { assertSameSamples, newClinic, newPatient, onAnotherDevice, readings, share, withFetch } from './people.mjs';

/** More than two requests hold. */
const MANY = 2_500;

describe('an import', () => {
  const samples = readings(MANY);
  let platform;
  let patient;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    patient = await newPatient(platform.url);
  });
  after(() => platform?.stop());

  const create = (options) => patient.session.dataSampleApi.createDataSamples(samples, options);
  const stored = async () => (await patient.session.dataSampleApi.listDataSamples()).length;

  it('that was cancelled before it began sends nothing', async () => {
    await assert.rejects(create({ signal: AbortSignal.abort() }), { name: 'TidelockError', code: 'aborted', retryable: false });
    assert.equal(await stored(), 0);
  });

  it('that is cancelled on its way keeps what arrived', async () => {
    const controller = new AbortController();
    const onProgress = ({ done }) => done > 0 && controller.abort();
    await assert.rejects(create({ signal: controller.signal, onProgress }), { name: 'TidelockError', code: 'aborted' });
    const arrived = await stored();
    assert.ok(arrived > 0 && arrived < MANY, `${arrived} of ${MANY}`);
  });

  it('completes when it is repeated, and reports its progress', async () => {
    const before = await stored();
    const reports = [];
    const imported = await create({ onProgress: (progress) => reports.push(progress) });
    assert.deepEqual(imported, { created: MANY - before, alreadyThere: before });
    assert.deepEqual(reports[0], { done: before, total: MANY });
    assert.deepEqual(reports.at(-1), { done: MANY, total: MANY });
    for (const [index, { done }] of reports.entries()) assert.ok(index === 0 || done > reports[index - 1].done);
    assertSameSamples(await patient.session.dataSampleApi.listDataSamples(), samples);
  });

  it('doubles nothing when it is repeated once more', async () => {
    assert.deepEqual(await create(), { created: 0, alreadyThere: MANY });
    assert.equal(await stored(), MANY);
  });

  it('stores a reading once that stands in it twice', async () => {
    const [one] = readings(1, { source: 'twice' });
    assert.deepEqual(await patient.session.dataSampleApi.createDataSamples([one, one]), { created: 1, alreadyThere: 1 });
  });

  it('of nothing is nothing', async () => {
    assert.deepEqual(await patient.session.dataSampleApi.createDataSamples([]), { created: 0, alreadyThere: 0 });
  });

  it('reading reports its progress and can be cancelled', async () => {
    const reports = [];
    const read = await patient.session.dataSampleApi.listDataSamples({ onProgress: (progress) => reports.push(progress) });
    assert.deepEqual(reports.at(-1), { done: read.length, total: read.length });
    assert.ok(reports.length > 1);
    const controller = new AbortController();
    const options = { signal: controller.signal, onProgress: () => controller.abort() };
    await assert.rejects(patient.session.dataSampleApi.listDataSamples(options), { code: 'aborted' });
  });

  it('survives a server that is killed on the way: nothing lost, nothing doubled', async () => {
    const more = readings(MANY, { from: Date.UTC(2025, 0, 1) });
    let killed;
    const onProgress = ({ done }) => {
      if (done > 0) killed ??= platform.kill();
    };
    const before = await stored();
    const interrupted = patient.session.dataSampleApi.createDataSamples(more, { onProgress });
    await assert.rejects(interrupted, { name: 'TidelockError', code: 'network', retryable: true });
    await killed;
    await platform.start();
    patient.session = await signIn(patient.account);
    const { created, alreadyThere } = await patient.session.dataSampleApi.createDataSamples(more);
    assert.equal(created + alreadyThere, MANY);
    assert.ok(alreadyThere >= 1_000, 'what had arrived is there');
    assert.equal(await stored(), before + MANY);
  });

  it('that another device was faster than sends nothing that was sealed to come after it', async () => {
    const other = await onAnotherDevice(patient);
    const more = readings(MANY, { from: Date.UTC(2027, 0, 1), source: 'slow' });
    const before = await stored();
    const writes = [];
    const overtaken = async (request, fetchThere) => {
      if (request.method === 'POST' && new URL(request.url).pathname.endsWith('/writes')) {
        writes.push(request.url);
        if (writes.length === 1) await other.dataSampleApi.createDataSamples(readings(1, { from: Date.UTC(2028, 0, 1), source: 'fast' }));
      }
      return fetchThere(request);
    };
    await withFetch(overtaken, () => assert.rejects(patient.session.dataSampleApi.createDataSamples(more), { code: 'conflict' }));
    assert.equal(writes.length, 2, 'that of the import, which was refused, and that of the other device');
    assert.equal(await stored(), before + 1);
    assert.deepEqual(await patient.session.dataSampleApi.createDataSamples(more), { created: MANY, alreadyThere: 0 });
    assert.equal(await stored(), before + 1 + MANY);
  });

  it('of a clinic that may upload stands in the patient\u2019s record', async () => {
    const doctor = await newClinic(platform.url);
    const before = await stored();
    await share(patient, doctor, { view: true, upload: true, note: false });
    const vault = { vault: patient.session.user.id, clinic: doctor.clinic.id };
    const visit = readings(3, { from: Date.UTC(2026, 0, 1), source: 'visit' });
    await doctor.session.dataSampleApi.createDataSamples(visit, vault);
    assert.equal(await stored(), before + 3);
    assert.equal((await doctor.session.dataSampleApi.listDataSamples(vault)).length, before + 3);
  });
});
