// What happened to the access to a record, from its signed log and manifests. In Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { CLINIC, TRUSTING, idOf, newClinic, newPatient, onAnotherDevice, readings, rejects, share } from './people.mjs';

const VIEW = { view: true, upload: false, note: false };
const ALL = { view: true, upload: true, note: true };

describe('the activity of a record', () => {
  let platform;
  let patient;
  let doctor;
  let begun;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    begun = Date.now();
    [patient, doctor] = await Promise.all([newPatient(platform.url), newClinic(platform.url)]);
  });
  after(() => platform?.stop());

  /** What happened, without when. */
  const listed = async (session = patient.session) => {
    const activities = await session.sharingApi.listActivity();
    const times = activities.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted((a, b) => a - b));
    assert.ok(times.every((at) => at >= begun - 1_000 && at <= Date.now() + 1_000), `${times}`);
    return activities.map(({ at, since, ...activity }) => activity);
  };
  const clinic = (what, permissions) => ({ what, dataOwnerId: doctor.clinic.id, kind: 'clinic', name: CLINIC, permissions });
  const founded = { what: 'founded' };
  const renewed = { what: 'renewed' };

  it('begins with the record', async () => {
    assert.deepEqual(await listed(), [founded]);
    await rejects('aborted', patient.session.sharingApi.listActivity({ signal: AbortSignal.abort() }));
  });

  it('says who was given what, what was changed, and who lost it', async () => {
    const { sharingApi } = patient.session;
    await share(patient, doctor, VIEW);
    assert.deepEqual(await listed(), [founded, clinic('granted', VIEW)]);
    await sharingApi.changePermissions(doctor.clinic.id, ALL);
    // Less is a revocation and a grant in the log: still one change.
    await sharingApi.changePermissions(doctor.clinic.id, { ...ALL, note: false });
    const changes = [clinic('changed', ALL), renewed, clinic('changed', { ...ALL, note: false })];
    assert.deepEqual(await listed(), [founded, clinic('granted', VIEW), ...changes]);
  });

  it('says who wrote, in whose name and how often', async () => {
    const at = { vault: idOf(patient), clinic: doctor.clinic.id };
    for (const source of ['one', 'two']) await doctor.session.dataSampleApi.createDataSamples(readings(2, { source }), at);
    const used = { what: 'written', by: idOf(doctor), inNameOf: doctor.clinic.id, writes: 2 };
    assert.deepEqual((await listed()).at(-1), used);
    const [{ at: last, since }] = (await patient.session.sharingApi.listActivity()).slice(-1);
    assert.ok(since <= last);
    await patient.session.sharingApi.revoke(doctor.clinic.id);
    assert.deepEqual((await listed()).slice(-3), [used, clinic('revoked', { ...ALL, note: false }), renewed]);
  });

  it('is the same on another device, and keeps uses apart between which access had ended', async () => {
    await share(patient, doctor, ALL);
    const at = { vault: idOf(patient), clinic: doctor.clinic.id };
    await doctor.session.dataSampleApi.createDataSamples(readings(1, { source: 'three' }), at);
    const here = await listed();
    assert.deepEqual(here.slice(-2), [clinic('granted', ALL), { what: 'written', by: idOf(doctor), inNameOf: doctor.clinic.id, writes: 1 }]);
    const there = await listed(await onAnotherDevice(patient));
    const signed = ({ name, ...activity }) => activity;
    assert.deepEqual(there.map(signed), here.map(signed));
  });

  it('hands of new keys to those who stay are no news', async () => {
    const other = await newPatient(platform.url);
    const session = await signIn({ ...patient.account, ...TRUSTING });
    await session.sharingApi.listActivity();
    await session.userApi.shareAllDataWith(idOf(other), { rights: 'read' });
    const before = await listed();
    assert.deepEqual(before.at(-1), { what: 'granted', dataOwnerId: idOf(other), kind: 'patient', permissions: VIEW });
    await session.sharingApi.revoke(doctor.clinic.id);
    assert.deepEqual(await listed(), [...before, clinic('revoked', ALL), renewed]);
  });
});
