// A patient who loses her keys and her recovery code, in every browser: she starts over, her doctor gives back what she had given him.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const SHARED = 'Asthma';
const KEPT = 'Migraine';

for (const browser of BROWSERS) {
  describe(`lost keys in ${browser}`, () => {
    let platform;
    let patient;
    let doctor;

    before(async () => {
      platform = await Platform.start();
      [patient, doctor] = await Person.sitDownTogether(browser, platform.url);
      await patient.signUp();
      await doctor.signUp();
      for (const description of [KEPT, SHARED]) {
        await patient.writeProblem(description);
        await patient.sees('Nobody but you');
      }
      await patient.press('Give access');
      await patient.type('who', doctor.email);
      await patient.press('Give access');
      await patient.sees('Is it really');
      assert.deepEqual(await patient.safetyNumber(), await doctor.safetyNumberWith(patient));
      await patient.sayTheyMatch();
      await patient.sees('can now read this.');
      await doctor.press('Entries');
      await doctor.pressEntry(SHARED);
      await doctor.sees('Who has access');
    });

    after(async () => {
      await Promise.all([patient?.leave(), doctor?.leave()]);
      await platform?.stop();
    });

    it('on an empty browser a mistyped symbol of the recovery code is named and marked', async () => {
      const { recoveryCode } = patient;
      await patient.leave();
      patient = await Person.sitDown(browser, platform.url, { kind: 'patient', name: patient.fullName, email: patient.email });
      await patient.open('/');
      await patient.signIn();
      await patient.sees('Recovery needed');
      await patient.type('recovery-code', recoveryCode.replace(/^(.{6})./, (_, before) => `${before}0`));
      await patient.press('Bring my keys here');
      await patient.sees("'0' (symbol 6) does not occur in recovery codes.");
      assert.equal(await patient.text('[data-testid="marked-code"] mark'), '0');
      await picture(patient, 'recovery-mistyped');
      await fitsOnPhone(patient);
    });

    it('without the code she is told what is lost, and starts over', async () => {
      await patient.press('I have no recovery code');
      await patient.sees('Everything that you shared with nobody.');
      await picture(patient, 'starting-over');
      await fitsOnPhone(patient);
      await patient.page.locator('input[name="understood"]').click();
      await patient.press('Start over with new keys');
      await patient.keepRecoveryCode();
      await patient.sees('Get your record back');
      await patient.sees('Nobody has given anything back yet.');
      await picture(patient, 'recover-waiting');
      await fitsOnPhone(patient);
      await patient.press('My record');
      await patient.sees('Nobody has given anything back yet.');
    });

    it('her doctor is asked, and gives back once the safety numbers are compared', async () => {
      await doctor.open('/people');
      await doctor.sees('has lost the keys.');
      await picture(doctor, 'help-asked');
      await doctor.press(`Help ${patient.email}`);
      await doctor.sees('the key of one entry');
      await doctor.press('Compare safety numbers');
      assert.deepEqual(await doctor.safetyNumber(), await patient.safetyNumberWith(doctor));
      await picture(doctor, 'help-comparing');
      await doctor.sayTheyMatch();
      await doctor.press('Give back');
      await doctor.sees('Given back.');
      await picture(doctor, 'help-given');
      await fitsOnPhone(doctor);
    });

    it('she compares his, and brings her record back', async () => {
      await patient.open('/recover');
      await patient.sees('the key of one entry');
      await patient.press('Bring my record back');
      await patient.sees('Is it really');
      assert.deepEqual(await patient.safetyNumber(), await doctor.safetyNumberWith(patient));
      await patient.sayTheyMatch();
      await patient.sees('Your record is yours again');
      assert.match(await patient.text('[data-testid="lost"]'), /^2 in your record/);
      await picture(patient, 'recovered');
      await fitsOnPhone(patient);
    });

    it('she reads and changes it again, and what was lost is said', async () => {
      await patient.press('Entries');
      await patient.pressEntry(SHARED);
      await patient.press('Edit');
      await patient.type('note', 'Back again.');
      await patient.press('Save');
      await patient.sees('Back again.');
      await doctor.press('Entries');
      await doctor.pressEntry(SHARED);
      await doctor.sees('Back again.');
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...patient.faults, ...doctor.faults], []);
    });
  });
}
