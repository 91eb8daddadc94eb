// Lost keys with the package in Node, against the real server: the recovery code, or what others give back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DataSample, HealthcareElement, MemoryKeyStore, Patient, init, recover, resume, signIn, startOver } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { idOf, newClinic, newPatient, newPractitioner, readings, rejects, share } from './people.mjs';

const onAnEmptyDevice = ({ account }) => ({ ...account, keyStore: new MemoryKeyStore() });

/** The first believes the identity of the second, whose device shows the number. */
const confirm = async (one, other) =>
  one.session.trustApi.confirm(idOf(other), (await other.session.trustApi.safetyNumber(idOf(one))).digits);

describe('a lost key', () => {
  let platform;
  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
  });
  after(() => platform?.stop());

  /** Her browser is empty, and the recovery code is lost, too. */
  async function lost(person) {
    const account = onAnEmptyDevice(person);
    await rejects('recovery_needed', signIn(account));
    return { account, ...(await startOver(account)) };
  }

  it('comes back with the recovery code, of which a mistyped symbol is named', async () => {
    const [alice, bob] = await Promise.all([newPractitioner(platform.url), newPractitioner(platform.url)]);
    await confirm(alice, bob);
    const { healthcareElementApi } = alice.session;
    const patient = await alice.session.patientApi.createOrModifyPatient(new Patient({ note: 'mine' }));
    const created = await healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ note: 'one' }), patient.id);
    await healthcareElementApi.giveAccessTo(created, idOf(bob));

    const account = onAnEmptyDevice(alice);
    const symbols = [...alice.recoveryCode];
    [symbols[0], symbols[1]] = symbols[0] === symbols[1] ? ['!', symbols[1]] : [symbols[1], symbols[0]];
    const mistyped = await rejects('invalid_recovery_code', recover({ ...account, recoveryCode: symbols.join('') }));
    assert.ok(mistyped.details.position >= 1);
    const session = await recover({ ...account, recoveryCode: alice.recoveryCode });
    const found = await session.healthcareElementApi.getHealthcareElement(created.id);
    found.note = 'two';
    const changed = await session.healthcareElementApi.createOrModifyHealthcareElement(found, patient.id);
    assert.equal((await bob.session.healthcareElementApi.getHealthcareElement(created.id)).note, 'two');
    await session.healthcareElementApi.revokeAccess(changed, idOf(bob));
    await rejects('not_found', bob.session.healthcareElementApi.getHealthcareElement(created.id));
  });

  it('is given back by the clinic with the whole record, and the patient owns it again', async () => {
    const [patient, doctor] = await Promise.all([newPatient(platform.url), newClinic(platform.url)]);
    const samples = readings(40);
    await patient.session.dataSampleApi.createDataSamples(samples);
    await share(patient, doctor);
    const inClinic = { clinic: doctor.clinic.id };
    const readByClinic = () => doctor.session.dataSampleApi.listDataSamples({ vault: idOf(patient), ...inClinic });
    assert.equal((await readByClinic()).length, 40);

    const alice = await lost(patient);
    assert.equal(idOf(alice), idOf(patient));
    assert.equal(alice.session.user.fullName, '');
    assert.notEqual(alice.recoveryCode, patient.recoveryCode);
    await alice.session.confirmRecoveryCode(alice.recoveryCode);
    await rejects('recovery_needed', alice.session.dataSampleApi.listDataSamples());
    assert.deepEqual(await alice.session.recoveryApi.status(), { waiting: true, givers: [], sharedWith: [doctor.clinic.id] });
    await rejects('recovery_needed', alice.session.recoveryApi.restore());

    const { recoveryApi } = doctor.session;
    const [request] = await recoveryApi.listRequests(inClinic);
    const { fingerprint } = alice.session;
    assert.deepEqual(request, { dataOwnerId: idOf(alice), name: 'Alice Appleseed', fingerprint, verified: false, record: true, entities: 0 });
    await rejects('identity_changed', recoveryApi.giveBack(idOf(alice), inClinic));
    await confirm(doctor, alice);
    const reports = [];
    const options = { ...inClinic, onProgress: (report) => reports.push(report) };
    assert.deepEqual(await recoveryApi.giveBack(idOf(alice), options), { record: true, entities: 0 });
    assert.deepEqual(reports, [{ done: 1, total: 1 }]);

    const refused = await rejects('not_verified', alice.session.recoveryApi.restore());
    assert.deepEqual(refused.details.owners, [idOf(doctor)]);
    await confirm(alice, doctor);
    const [giver] = (await alice.session.recoveryApi.status()).givers;
    const { dataOwnerId, clinicId, verified, record } = giver;
    assert.deepEqual([dataOwnerId, clinicId, verified, record], [idOf(doctor), doctor.clinic.id, true, true]);
    const restored = await alice.session.recoveryApi.restore();
    const lostNothing = { data: 0, notes: 0, private: 0 };
    assert.deepEqual(restored, { entities: 41, readable: 41, lost: lostNothing, toConfirm: [doctor.clinic.id] });
    assert.deepEqual(await alice.session.recoveryApi.status(), { waiting: false, givers: [], sharedWith: [doctor.clinic.id] });

    // She owns it again: reads, writes, shares, revokes; also after loading the page again, by her name.
    await alice.session.dataSampleApi.createDataSamples(readings(1, { source: 'another meter' }));
    await rejects('not_found', readByClinic());
    await rejects('not_verified', alice.session.recoveryApi.restoreAccess(doctor.clinic.id));
    const { sharingApi } = alice.session;
    await sharingApi.confirmClinic(await sharingApi.lookUpShareCode(doctor.code));
    await alice.session.recoveryApi.restoreAccess(doctor.clinic.id);
    assert.equal((await readByClinic()).length, 41);
    await sharingApi.revoke(doctor.clinic.id);
    await rejects('not_found', readByClinic());
    const happened = (await sharingApi.listActivity()).map(({ what }) => what);
    assert.deepEqual(happened, ['founded', 'granted', 'refounded', 'revoked', 'renewed', 'granted', 'revoked', 'renewed']);
    const later = await resume(alice.account);
    assert.equal(later.user.fullName, 'Alice Appleseed');
    assert.equal((await later.dataSampleApi.listDataSamples()).length, 41);
    await rejects('identity_changed', signIn(patient.account));
  });

  it('is given back by persons with what was shared with them, and what nobody has is lost', async () => {
    const [alice, bob] = await Promise.all([newPractitioner(platform.url), newPractitioner(platform.url)]);
    await confirm(alice, bob);
    const { dataSampleApi, patientApi } = alice.session;
    const patient = await patientApi.createOrModifyPatient(new Patient({ note: 'for nobody' }));
    const created = await dataSampleApi.createOrModifyDataSamplesFor(
      patient.id,
      Array.from({ length: 20 }, (_, index) => new DataSample({ comment: `number ${index}` })),
    );
    await dataSampleApi.giveAccessToMany(created, idOf(bob));

    const again = await lost(alice);
    const [request] = await bob.session.recoveryApi.listRequests();
    assert.deepEqual([request.record, request.entities], [false, 20]);
    await rejects('not_verified', bob.session.recoveryApi.giveBack(idOf(again)));
    await confirm(bob, again);
    assert.deepEqual(await bob.session.recoveryApi.giveBack(idOf(again)), { record: false, entities: 20 });
    await confirm(again, bob);
    const { entities, readable, lost: gone, toConfirm } = await again.session.recoveryApi.restore();
    // The patient's record, and the one that says who she is.
    assert.deepEqual([entities, readable, gone, toConfirm], [22, 20, { data: 2, notes: 0, private: 0 }, []]);
    await rejects('no_access', again.session.patientApi.getPatient(patient.id));

    const sample = await again.session.dataSampleApi.getDataSample(created[3].id);
    assert.equal(sample.comment, 'number 3');
    await again.session.dataSampleApi.update(sample.id, (sample) => void (sample.comment = 'changed'));
    assert.equal((await bob.session.dataSampleApi.getDataSample(sample.id)).comment, 'changed');
    assert.deepEqual(await bob.session.recoveryApi.listRequests(), []);
  });

  it('is no way round: who gives nothing back gets an empty record', async () => {
    const patient = await newPatient(platform.url);
    await patient.session.dataSampleApi.createDataSamples(readings(3));
    const { session } = await lost(patient);
    const { readable, lost: gone } = await session.recoveryApi.restore({ anyway: true });
    assert.deepEqual([readable, gone], [0, { data: 4, notes: 0, private: 0 }]);
    assert.deepEqual(await session.dataSampleApi.listDataSamples(), []);
    assert.deepEqual(await session.dataSampleApi.createDataSamples(readings(3)), { created: 3, alreadyThere: 0 });
    assert.equal((await session.dataSampleApi.listDataSamples()).length, 3);
  });
});
