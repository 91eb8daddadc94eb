// Automatic sharing, in every browser: what is new, from now on and until it is stopped.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

for (const browser of BROWSERS) {
  describe(`automatic sharing in ${browser}`, () => {
    let platform;
    let patient;
    let doctor;

    const doctorLooks = async () => {
      await doctor.open('/people');
      await doctor.press(patient.email);
      await doctor.sees('Shared automatically');
    };

    before(async () => {
      platform = await Platform.start();
      [patient, doctor] = await Person.sitDownTogether(browser, platform.url);
      await patient.signUp();
      await doctor.signUp();
      await patient.writeProblem('Asthma');
    });

    after(async () => {
      await Promise.all([patient?.leave(), doctor?.leave()]);
      await platform?.stop();
    });

    it('begins when the safety numbers are compared', async () => {
      await patient.open('/share');
      await patient.sees('Automatic sharing');
      await patient.press('Add');
      await patient.type('who', doctor.email);
      await patient.type('called', doctor.fullName);
      await picture(patient, 'automatic-adding');
      await patient.press('Share');
      await patient.sees(`Is it really ${doctor.fullName}?`);
      await patient.page.waitForSelector('dialog svg[aria-label^="The safety number with"]');
      await picture(patient, 'safety-number');
      assert.deepEqual(await doctor.safetyNumberWith(patient), await patient.safetyNumber());
      await patient.sayTheyMatch();
      await patient.sees('What is new');
      await picture(patient, 'automatic');
      await fitsOnPhone(patient);
    });

    it('is for what is new, and not for what was there', async () => {
      await patient.writeProblem('Hay fever');
      await patient.sees('Whole record');
      await doctorLooks();
      await doctor.sees('Hay fever');
      await doctor.seesNoMore('Asthma');
      await picture(doctor, 'automatic-doctor');
      await doctor.pressEntry('Hay fever');
      await doctor.sees('Who has access');
    });

    it('is stopped, and what was shared stays shared', async () => {
      await patient.open('/share');
      await patient.press(`Stop sharing with ${doctor.fullName}`);
      await patient.sees('What they have until now stays shared');
      await picture(patient, 'automatic-stopping');
      await patient.press('Stop');
      await patient.sees('gets nothing that you add from now on');
      await patient.writeProblem('Migraine');
      await doctorLooks();
      await doctor.sees('Hay fever');
      await doctor.seesNoMore('Migraine');
    });

    it('or is for all that there is, and what comes', async () => {
      await patient.open('/share');
      await patient.press('Add');
      await patient.type('who', doctor.email);
      await patient.choose('all');
      await picture(patient, 'automatic-all');
      await patient.press('Share');
      await patient.sees(`You share all that you have with ${doctor.email}, and what you add.`);
      await patient.sees('Everything');
      await doctorLooks();
      await doctor.sees('Asthma');
      await doctor.sees('Migraine');
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...patient.faults, ...doctor.faults], []);
    });
  });
}
