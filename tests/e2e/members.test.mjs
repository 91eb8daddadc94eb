// The people of a clinic, in every browser: invited, verified, promoted, removed and gone, while the pages stay open.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init, MemoryKeyStore, startOver } from 'tidelock';
import { idOf, newPatient, newPractitioner, readings, verification } from '../node/people.mjs';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const CLINIC = 'Seastar Endocrinology';

for (const browser of BROWSERS) {
  describe(`the people of a clinic in ${browser}`, () => {
    let platform;
    let patient;
    let doctor;
    let nurse;

    const seesRecord = async () => {
      await nurse.sees('Jill Jellyfish');
      await nurse.press('Open record of Jill Jellyfish');
      await nurse.page.locator('::-p-xpath(//*[@data-testid="reading-count" and @value="3"])').wait();
    };

    before(async () => {
      await init();
      platform = await Platform.start();
      [doctor, nurse] = await Promise.all([
        Person.sitDown(browser, platform.url, { kind: 'practitioner', name: 'Dr. Mary Mollusc', email: 'mary@seastar.example' }),
        Person.sitDown(browser, platform.url, { kind: 'practitioner', name: 'Nora Nautilus', email: 'nora@seastar.example' }),
      ]);
      await doctor.signUp();
      const code = await doctor.foundClinic(CLINIC);
      patient = await newPatient(platform.url, 'Jill Jellyfish');
      const { dataSampleApi, sharingApi } = patient.session;
      await dataSampleApi.createDataSamples(readings(3));
      await sharingApi.inviteClinic(await sharingApi.lookUpShareCode(code), { view: true, upload: true, note: true });
      await doctor.press('Accept Jill Jellyfish');
      await doctor.sees('Patients (1)');
      await nurse.signUp();
      await nurse.sees('Set up your clinic');
    });

    after(async () => {
      await Promise.all([doctor?.leave(), nurse?.leave()]);
      await platform?.stop();
    });

    it('an invitation appears where the colleague looks, and goes again', async () => {
      await Promise.all([doctor.mark(), nurse.mark()]);
      await doctor.press('Members');
      await doctor.sees('(you)');
      await doctor.press('Invite a colleague');
      await doctor.type('invite-email', 'nora');
      await doctor.press('Send invitation');
      await doctor.sees('Enter an e-mail address such as');
      await doctor.type('invite-email', nurse.email);
      await picture(doctor, 'members-inviting');
      await doctor.press('Send invitation');
      await doctor.sees('Has been invited by e-mail');
      await nurse.sees(`${CLINIC} wants you to work there.`);
      await picture(nurse, 'members-invitation');
      await fitsOnPhone(nurse);
      await doctor.press(`Cancel the invitation of ${nurse.email}`);
      await doctor.press('Cancel invitation');
      await doctor.seesNoMore('Has been invited by e-mail');
      await nurse.seesNoMore(`${CLINIC} wants you to work there.`);
    });

    it('she declines, and the administrator sees it', async () => {
      await doctor.press('Invite a colleague');
      await doctor.type('invite-email', nurse.email);
      await doctor.press('Send invitation');
      await nurse.press(`Decline ${CLINIC}`);
      await nurse.sees('You have not seen anything of its patients.');
      await nurse.press('Decline');
      await nurse.seesNoMore(`${CLINIC} wants you to work there.`);
      await doctor.seesNoMore('Has been invited by e-mail');
    });

    it('she accepts once her address is confirmed, and waits for the keys', async () => {
      await doctor.press('Invite a colleague');
      await doctor.type('invite-email', nurse.email);
      await doctor.press('Send invitation');
      await doctor.sees('Has been invited by e-mail');
      await doctor.press(`Send the mail to ${nurse.email} again`);
      await doctor.sees('is on its way again');
      await nurse.press(`Accept ${CLINIC}`);
      await nurse.sees('Confirm your e-mail address first.');
      await nurse.open(await platform.mailedLink('/verify/', nurse.email));
      await nurse.sees('Your address is confirmed');
      await nurse.open('/shared');
      await nurse.press(`Accept ${CLINIC}`);
      await nurse.sees('The keys are on their way');
      await nurse.sees(doctor.email);
      await picture(nurse, 'members-waiting');
      await fitsOnPhone(nurse);
      await nurse.mark();
      await doctor.sees('Waits for the keys');
      await picture(doctor, 'members');
      await fitsOnPhone(doctor);
      await doctor.press('Patients');
      await doctor.sees('has accepted, and waits for the keys.');
      await picture(doctor, 'members-notice');
      await doctor.press('See the members');
    });

    it('with the keys, after the safety numbers were compared, she opens a record of before', async () => {
      await doctor.press(`Give ${nurse.email} the keys`);
      await doctor.sees(`Is it really ${nurse.email}?`);
      await doctor.page.waitForSelector('dialog svg[aria-label^="The safety number with"]');
      await picture(doctor, 'members-comparing');
      await doctor.sayTheyMatch();
      await doctor.sees(`${nurse.email} has the clinic’s keys.`);
      await seesRecord();
      assert.ok(await doctor.isMarked() && await nurse.isMarked());
    });

    it('nobody leaves a clinic without an administrator', async () => {
      await doctor.press(`Leave ${CLINIC}`);
      await doctor.sees('You are the only administrator');
      await picture(doctor, 'members-last');
      await doctor.press('Understood');
      await doctor.press('Change your own role');
      await doctor.sees('Make a colleague an administrator first.');
      await doctor.press('Understood');
    });

    it('a colleague is made an administrator, and a member again', async () => {
      await nurse.press('Clinic');
      await nurse.press('Members');
      await nurse.sees('Administrators decide who works here.');
      await picture(nurse, 'members-of-a-member');
      await doctor.press(`Change the role of ${nurse.email}`);
      await doctor.choose('admin');
      await picture(doctor, 'members-role');
      await doctor.press('Save');
      await nurse.sees('You are an administrator of this clinic.');
      await nurse.press('Change your own role');
      await nurse.choose('member');
      await nurse.press('Save');
      await nurse.sees('You are a member of this clinic.');
      await doctor.sees('Reads what is shared.');
    });

    it('whoever is removed sees it at once', async () => {
      await doctor.press(`Remove ${nurse.email}`);
      await doctor.sees('What they have already read, printed or saved stays with them.');
      await picture(doctor, 'members-removing');
      await doctor.press('Remove');
      await doctor.sees('does not work here any more.');
      await nurse.sees('You do not belong to this clinic, or no longer.');
      assert.ok(await doctor.isMarked() && await nurse.isMarked());
    });

    it('once more invited and verified, she needs no comparing; then she leaves', async () => {
      await doctor.press('Invite a colleague');
      await doctor.type('invite-email', nurse.email);
      await doctor.choose('admin');
      await doctor.press('Send invitation');
      await nurse.press(`Accept ${CLINIC}`);
      await seesRecord();
      await nurse.press('All patients');
      await nurse.press('Members');
      await nurse.press(`Leave ${CLINIC}`);
      await picture(nurse, 'members-leaving');
      await nurse.press('Leave');
      await nurse.sees('Set up your clinic');
      await doctor.seesNoMore(nurse.email);
      assert.ok(await doctor.isMarked() && await nurse.isMarked());
    });

    it('somebody in several clinics changes between them', async () => {
      await nurse.foundClinic('Moonshell Practice');
      await doctor.press('Invite a colleague');
      await doctor.type('invite-email', nurse.email);
      await doctor.press('Send invitation');
      await nurse.press(`Accept ${CLINIC}`);
      await seesRecord();
      await nurse.press('All patients');
      await picture(nurse, 'members-two-clinics');
      await fitsOnPhone(nurse);
      const [moon] = await nurse.page.$$eval('select[name="clinic"] option', (options) => options.filter(({ text }) => text === 'Moonshell Practice').map(({ value }) => value));
      await nurse.page.select('select[name="clinic"]', moon);
      await nurse.sees('No patients yet');
      await nurse.press('Shared');
      await nurse.press('Clinic');
      await nurse.sees('No patients yet');
    });

    it('a colleague who has lost the keys is verified once more', async () => {
      const porter = await newPractitioner(platform.url);
      const { email } = porter.account;
      await doctor.press('Invite a colleague');
      await doctor.type('invite-email', email);
      await doctor.press('Send invitation');
      await doctor.sees(`A mail is on its way to ${email}.`);
      const [{ key, clinicId }] = await porter.session.clinicApi.listMembershipInvitations();
      await porter.session.userApi.verifyEmail(await verification(platform, porter));
      await porter.session.clinicApi.acceptMembership(key);
      await doctor.press(`Give ${email} the keys`);
      await doctor.sayTheyMatch();
      await doctor.sees(`${email} has the clinic’s keys.`);
      assert.equal((await porter.session.clinicApi.listPatients(clinicId)).length, 1);

      const { session } = await startOver({ ...porter.account, keyStore: new MemoryKeyStore() });
      const stateOf = async () => (await session.clinicApi.listMembers(clinicId)).find(({ id }) => id === idOf(porter)).state;
      assert.equal(await stateOf(), 'waiting');
      await doctor.sees('Has lost the keys, or somebody else signs in as them');
      await picture(doctor, 'members-lost-keys');
      await doctor.press(`Give ${email} the keys`);
      await doctor.sees('has a new key. Anybody could say that.');
      await doctor.sayTheyMatch();
      await doctor.seesNoMore('Has lost the keys');
      assert.equal(await stateOf(), 'member');
      assert.equal((await session.clinicApi.listPatients(clinicId)).length, 1);
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...doctor.faults, ...nurse.faults], []);
    });
  });
}
