// Whose identity is whose: safety numbers, first use, an application's own directory. In Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Patient, init, resume, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { idOf, newClinic, newPatient, newPractitioner, rejects } from './people.mjs';

describe('trust', () => {
  let platform;
  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
  });
  after(() => platform?.stop());

  const two = () => Promise.all([newPractitioner(platform.url), newPatient(platform.url)]);
  const newRecord = ({ session }) => session.patientApi.createOrModifyPatient(new Patient({ note: 'careful' }));

  it('a safety number is the same on both sides, and another with everybody', async () => {
    const [doctor, patient] = await two();
    const mine = await doctor.session.trustApi.safetyNumber(idOf(patient));
    const theirs = await patient.session.trustApi.safetyNumber(idOf(doctor));
    assert.match(mine.digits, /^(\d{5} ){11}\d{5}$/);
    assert.equal(mine.digits, theirs.digits);
    assert.equal(mine.fingerprint, patient.session.fingerprint);
    assert.equal(theirs.fingerprint, doctor.session.fingerprint);
    const stranger = await newPatient(platform.url);
    assert.notEqual((await doctor.session.trustApi.safetyNumber(idOf(stranger))).digits, mine.digits);
    await rejects('not_found', doctor.session.trustApi.safetyNumber('nobody'));
  });

  it('is by what the other\u2019s device shows, digits or a scanned text, and stays on this one', async () => {
    for (const shown of ['digits', 'qr']) {
      const [doctor, patient] = await two();
      const record = await newRecord(doctor);
      const { trustApi, patientApi } = doctor.session;
      await rejects('not_verified', patientApi.giveAccessTo(record, idOf(patient)));
      const wrong = await rejects('invalid_input', trustApi.confirm(idOf(patient), '00000 '.repeat(12).trim()));
      assert.equal(wrong.details.field, 'safetyNumber');
      await trustApi.confirm(idOf(patient), (await patient.session.trustApi.safetyNumber(idOf(doctor)))[shown]);
      const [known] = (await trustApi.list()).filter(({ id }) => id === idOf(patient));
      assert.deepEqual([known.verified, known.fingerprint], ['safetyNumber', patient.session.fingerprint]);
      assert.ok(Math.abs(Date.now() - known.since) < 600_000);
      const { url, keyStore } = doctor.account;
      const later = await resume({ url, keyStore });
      await later.patientApi.giveAccessTo(record, idOf(patient));
      assert.equal((await patient.session.patientApi.getPatient(record.id)).note, 'careful');
      const { fingerprint, verified } = await later.dataOwnerApi.getDataOwner(idOf(patient));
      assert.deepEqual([fingerprint, verified], [patient.session.fingerprint, 'safetyNumber']);
    }
  });

  it('may be an application\u2019s own decision, asked once for each', async () => {
    const [doctor, patient] = await two();
    const asked = [];
    const answers = {
      no: [() => false, 'not_verified'],
      later: [async () => false, 'not_verified'],
      nothing: [() => undefined, 'not_verified'],
      error: [() => { throw new Error('no directory'); }, 'internal'],
      rejection: [() => Promise.reject(new Error('no directory')), 'internal'],
    };
    const record = await newRecord(doctor);
    for (const [trust, code] of Object.values(answers)) {
      const session = await signIn({ ...doctor.account, trust });
      await rejects(code, session.patientApi.giveAccessTo(record, idOf(patient)));
    }
    await rejects('not_found', patient.session.patientApi.getPatient(record.id));
    const session = await signIn({ ...doctor.account, trust: (who) => Boolean(asked.push(who)) });
    const shared = await session.patientApi.giveAccessTo(record, idOf(patient), { rights: 'read' });
    await session.patientApi.giveAccessTo(shared, idOf(patient));
    const [{ id, kind, fingerprint }] = asked;
    assert.deepEqual([id, kind, fingerprint, asked.length], [idOf(patient), 'patient', patient.session.fingerprint, 1]);
    assert.equal((await session.dataOwnerApi.getDataOwner(idOf(patient))).verified, 'directory');
  });

  it('on first use says that it is no more than that', async () => {
    const [doctor, patient] = await two();
    const session = await signIn({ ...doctor.account, trust: 'first-use' });
    await session.patientApi.giveAccessTo(await newRecord(doctor), idOf(patient));
    assert.equal((await session.dataOwnerApi.getDataOwner(idOf(patient))).verified, 'firstUse');
  });

  it('a clinic is trusted by its share code', async () => {
    const [patient, clinic] = await Promise.all([newPatient(platform.url), newClinic(platform.url)]);
    const record = await newRecord(patient);
    await rejects('not_verified', patient.session.patientApi.giveAccessTo(record, clinic.clinic.id));
    const { sharingApi, patientApi } = patient.session;
    await sharingApi.inviteClinic(await sharingApi.lookUpShareCode(clinic.code), { view: true, upload: false, note: false });
    await patientApi.giveAccessTo(record, clinic.clinic.id);
    assert.equal((await clinic.session.forClinic(clinic.clinic.id).patientApi.getPatient(record.id)).note, 'careful');
  });

  it('somebody is found by an address, exactly, and oneself without', async () => {
    const [doctor, patient] = await two();
    const { dataOwnerApi } = doctor.session;
    assert.deepEqual(await dataOwnerApi.findByEmail(patient.account.email), { id: idOf(patient), kind: 'patient' });
    await rejects('not_found', dataOwnerApi.findByEmail('nobody@example.org'));
    assert.deepEqual(dataOwnerApi.whoAmI(), { id: idOf(doctor), kind: 'practitioner', fingerprint: doctor.session.fingerprint });
    await rejects('not_found', dataOwnerApi.getDataOwner('nobody'));
  });
});
