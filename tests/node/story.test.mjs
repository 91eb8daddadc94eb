// The main job with the package in Node, against the real server: a patient shares her record with her clinic.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CodingReference, Content, DataSample, Measure, checkShareCode, init, recover, resume, signIn, MemoryKeyStore } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { CLINIC, assertSameSamples, newClinic, newPatient, readings } from './people.mjs';

describe('a patient shares her record with her clinic', () => {
  const written = readings(120);
  let platform;
  let patient;
  let doctor;
  let card;

  const readByClinic = () =>
    doctor.session.dataSampleApi.listDataSamples({ vault: patient.session.user.id, clinic: doctor.clinic.id });

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [patient, doctor] = await Promise.all([newPatient(platform.url), newClinic(platform.url)]);
  });
  after(() => platform?.stop());

  it('both have accounts, the clinic a code that certifies its keys', async () => {
    assert.equal(patient.session.user.kind, 'patient');
    assert.equal(patient.session.user.fullName, 'Alice Appleseed');
    assert.equal(doctor.session.user.kind, 'practitioner');
    assert.match(doctor.code, /^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$/);
    assert.deepEqual(await doctor.session.clinicApi.listClinics(), [doctor.clinic]);
    assert.equal(doctor.clinic.administrator, true);
  });

  it('the patient writes down her recovery code', async () => {
    assert.equal(await patient.session.recoveryCode(), patient.recoveryCode);
    await patient.session.confirmRecoveryCode(patient.recoveryCode.toLowerCase().replaceAll('-', ' '));
    assert.equal(await patient.session.recoveryCode(), undefined);
  });

  it('she imports her readings and reads them back as they were', async () => {
    const { dataSampleApi } = patient.session;
    assert.deepEqual(await dataSampleApi.createDataSamples(written), { created: written.length, alreadyThere: 0 });
    const read = await dataSampleApi.listDataSamples();
    assertSameSamples(read, written);
    for (const sample of read) {
      assert.ok(sample instanceof DataSample);
      assert.ok(sample.labels instanceof Set);
      assert.ok([...sample.labels][0] instanceof CodingReference);
      assert.ok(sample.id && sample.rev);
    }
    assert.equal(new Set(read.map(({ id }) => id)).size, written.length);
  });

  it('a code typed carelessly leads to the verified clinic', async () => {
    const typed = ` ${doctor.code.toLowerCase().replaceAll('-', ' ')} `;
    assert.equal(checkShareCode(typed), doctor.code);
    card = await patient.session.sharingApi.lookUpShareCode(typed);
    assert.equal(card.name, CLINIC);
    assert.equal(card.id, doctor.clinic.id);
    assert.equal(card.code, doctor.code);
    assert.equal(card.verified, true);
    assert.ok(card.expires > Date.now());
    assert.match(card.address, /Springfield/);
  });

  it('an invitation waits, and gives nothing before it is accepted', async () => {
    await patient.session.sharingApi.inviteClinic(card, { view: true, upload: false, note: false });
    const [access] = await patient.session.sharingApi.listAccess();
    assert.equal(access.state, 'pending');
    assert.equal(access.clinicName, CLINIC);
    assert.deepEqual(access.permissions, { view: true, upload: false, note: false });
    await assert.rejects(readByClinic(), { name: 'TidelockError', code: 'not_found' });
  });

  it('the clinic sees who asks, and accepts', async () => {
    const invitations = await doctor.session.clinicApi.listInvitations(doctor.clinic.id);
    assert.equal(invitations.length, 1);
    const [{ key, patientId, fullName, birthDate, created }] = invitations;
    assert.deepEqual({ patientId, fullName, birthDate }, { patientId: patient.session.user.id, fullName: 'Alice Appleseed', birthDate: '1984-08-24' });
    assert.ok(Math.abs(Date.now() - created) < 60_000);
    await doctor.session.clinicApi.accept(doctor.clinic.id, key);
    assert.deepEqual(await doctor.session.clinicApi.listInvitations(doctor.clinic.id), []);
    const [listed] = await doctor.session.clinicApi.listPatients(doctor.clinic.id);
    assert.equal(listed.id, patient.session.user.id);
    assert.equal(listed.fullName, 'Alice Appleseed');
    const [access] = await patient.session.sharingApi.listAccess();
    assert.equal(access.state, 'sharing');
  });

  it('the clinic reads the same readings, and those written later', async () => {
    assertSameSamples(await readByClinic(), written);
    const later = new DataSample({
      openingDate: 20240601080000,
      labels: new Set([new CodingReference({ type: 'LOINC', code: '2339-0' })]),
      codes: new Set([new CodingReference({ type: 'SNOMED', code: '33747003' })]),
      content: {
        en: new Content({ measureValue: new Measure({ value: 5.4, unit: 'mmol/L' }), stringValue: 'before breakfast \u{1F34F}\n"quoted"' }),
        fr: new Content({ booleanValue: false, instantValue: 1_717_228_800_000, numberValue: -0.1 }),
      },
      comment: 'taken by hand',
    });
    assert.deepEqual(await patient.session.dataSampleApi.createDataSamples([later]), { created: 1, alreadyThere: 0 });
    assertSameSamples(await readByClinic(), [...written, later]);
    written.push(later);
  });

  it('a session goes on after a restart of the program, and the device keeps the keys', async () => {
    const { keyStore } = patient.account;
    const resumed = await resume({ url: platform.url, keyStore });
    assert.deepEqual(resumed.user, patient.session.user);
    assert.equal((await resumed.dataSampleApi.listDataSamples()).length, written.length);
    await resumed.refresh();
    const signedIn = await signIn(patient.account);
    assert.equal(signedIn.fingerprint, patient.session.fingerprint);
    await signedIn.signOut();
    assert.equal(await resume({ url: platform.url, keyStore }), undefined);
    await assert.rejects(signedIn.dataSampleApi.listDataSamples(), { code: 'not_authenticated' });
    patient.session = await signIn(patient.account);
  });

  it('an empty device gets everything back with the recovery code, and only with it', async () => {
    const device = { ...patient.account, keyStore: new MemoryKeyStore() };
    assert.equal(await resume(device), undefined);
    await assert.rejects(signIn(device), { name: 'TidelockError', code: 'recovery_needed' });
    const other = (await newPatient(platform.url, 'Bob Banana')).recoveryCode;
    await assert.rejects(recover({ ...device, recoveryCode: other }), { name: 'TidelockError', code: 'invalid_recovery_code' });
    const recovered = await recover({ ...device, recoveryCode: patient.recoveryCode });
    assert.equal(recovered.fingerprint, patient.session.fingerprint);
    assert.equal(recovered.user.fullName, 'Alice Appleseed');
    assertSameSamples(await recovered.dataSampleApi.listDataSamples(), written);
    const [access] = await recovered.sharingApi.listAccess();
    assert.equal(access.state, 'sharing');
  });

  it('after the revocation the clinic finds nothing', async () => {
    await patient.session.sharingApi.revoke(doctor.clinic.id);
    await assert.rejects(readByClinic(), { name: 'TidelockError', code: 'not_found' });
    assert.deepEqual(await doctor.session.clinicApi.listPatients(doctor.clinic.id), []);
    assert.deepEqual(await patient.session.sharingApi.listAccess(), []);
    assert.equal((await patient.session.dataSampleApi.listDataSamples()).length, written.length);
  });

  it('she can share again', async () => {
    card = await patient.session.sharingApi.lookUpShareCode(doctor.code);
    await patient.session.sharingApi.inviteClinic(card, { view: true, upload: true, note: false });
    const [{ key }] = await doctor.session.clinicApi.listInvitations(doctor.clinic.id);
    await doctor.session.clinicApi.accept(doctor.clinic.id, key);
    assertSameSamples(await readByClinic(), written);
  });
});
