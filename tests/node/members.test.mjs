// People who work in a clinic: invited, verified, removed, as an application sees it. In Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { idOf, newClinic, newPatient, newPractitioner, readings, rejects, share, verification } from './people.mjs';

describe('clinics with members', () => {
  let platform;
  let doctor;
  let nurse;
  let patient;
  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [doctor, nurse, patient] = await Promise.all([newClinic(platform.url), newPractitioner(platform.url), newPatient(platform.url)]);
    await patient.session.dataSampleApi.createDataSamples(readings(3));
    await share(patient, doctor, { view: true, upload: true, note: false });
  });
  after(() => platform?.stop());

  const clinicId = () => doctor.clinic.id;
  const stateOf = async (email) => (await doctor.session.clinicApi.listMembers(clinicId())).find((member) => member.email === email)?.state;
  const atClinic = () => ({ vault: idOf(patient), clinic: clinicId() });
  const readBy = ({ session }) => session.dataSampleApi.listDataSamples(atClinic());

  it('somebody is invited, and declines', async () => {
    const { clinicApi } = doctor.session;
    const email = nurse.account.email;
    const key = await clinicApi.inviteMember(clinicId(), email, 'member');
    await rejects('conflict', clinicApi.inviteMember(clinicId(), email, 'member'));
    await clinicApi.resendMemberInvitation(clinicId(), key);
    assert.deepEqual(await clinicApi.listMemberInvitations(clinicId()), [{ email, role: 'member', state: 'invited', invitation: key }]);
    const [{ created, ...invitation }] = await nurse.session.clinicApi.listMembershipInvitations();
    assert.deepEqual(invitation, { key, clinicId: clinicId(), clinicName: doctor.clinic.name, role: 'member' });
    assert.ok(Math.abs(Date.now() - created) < 60_000);
    await nurse.session.clinicApi.declineMembership(key);
    assert.deepEqual(await nurse.session.clinicApi.listMembershipInvitations(), []);
    await rejects('not_found', nurse.session.clinicApi.acceptMembership(key));
    const again = await clinicApi.inviteMember(clinicId(), email, 'admin');
    await clinicApi.cancelMemberInvitation(clinicId(), again);
    assert.equal(await stateOf(email), undefined);
  });

  it('a member gets the keys when her identity is verified, and reads what was there before', async () => {
    const { clinicApi, trustApi } = doctor.session;
    const key = await clinicApi.inviteMember(clinicId(), nurse.account.email, 'member');
    await rejects('email_not_verified', nurse.session.clinicApi.acceptMembership(key));
    await nurse.session.userApi.verifyEmail(await verification(platform, nurse));
    await nurse.session.clinicApi.acceptMembership(key);
    assert.equal(await stateOf(nurse.account.email), 'waiting');
    await rejects('no_access', readBy(nurse));
    assert.deepEqual((await clinicApi.completeMembers(clinicId())).waiting, [idOf(nurse)]);
    const { digits } = await nurse.session.trustApi.safetyNumber(idOf(doctor));
    await trustApi.confirm(idOf(nurse), digits);
    assert.deepEqual(await clinicApi.completeMembers(clinicId()), { added: [idOf(nurse)], removed: [], waiting: [] });
    assert.equal(await stateOf(nurse.account.email), 'member');
    assert.equal((await readBy(nurse)).length, 3);
    assert.deepEqual(await nurse.session.clinicApi.listClinics(), [{ ...doctor.clinic, administrator: false }]);
    await rejects('forbidden', nurse.session.clinicApi.inviteMember(clinicId(), 'new@example.org', 'member'));
  });

  it('an administrator steps back by herself', async () => {
    const { clinicApi } = doctor.session;
    await clinicApi.changeRole(clinicId(), idOf(nurse), 'admin');
    assert.deepEqual(await nurse.session.clinicApi.listClinics(), [{ ...doctor.clinic, administrator: true }]);
    await nurse.session.clinicApi.changeRole(clinicId(), idOf(nurse), 'member');
    assert.deepEqual(await nurse.session.clinicApi.listClinics(), [{ ...doctor.clinic, administrator: false }]);
    // Her roster is old until an administrator's client has looked: then it is the platform's list again.
    await clinicApi.listClinics();
    assert.deepEqual(await clinicApi.completeMembers(clinicId()), { added: [], removed: [], waiting: [] });
    assert.equal((await readBy(nurse)).length, 3);
    await rejects('invalid_input', clinicApi.changeRole(clinicId(), idOf(doctor), 'member'));
  });

  it('whoever is removed reads nothing more, and the others everything', async () => {
    await doctor.session.clinicApi.removeMember(clinicId(), idOf(nurse));
    await assert.rejects(readBy(nurse));
    await doctor.session.dataSampleApi.createDataSamples(readings(1, { source: 'clinic' }), atClinic());
    await patient.session.dataSampleApi.createDataSamples(readings(1, { source: 'another meter' }));
    assert.equal((await readBy(doctor)).length, 5);
    assert.equal((await patient.session.dataSampleApi.listDataSamples()).length, 5);
    await rejects('invalid_input', doctor.session.clinicApi.leaveClinic(clinicId()));
  });
});
