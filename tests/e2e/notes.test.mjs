// What a clinic writes about a patient, in every browser: in her own record, where she reads it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const CLINIC = 'Seastar Endocrinology';

for (const browser of BROWSERS) {
  describe(`notes in ${browser}`, () => {
    let platform;
    let patient;
    let clinician;

    before(async () => {
      platform = await Platform.start();
      [patient, clinician] = await Person.sitDownTogether(browser, platform.url);
      await clinician.signUp();
      const code = await clinician.foundClinic(CLINIC);
      await patient.signUp();
      await patient.press('Sharing');
      await patient.invite(code);
      await clinician.press('Refresh');
      await clinician.press(`Accept ${patient.fullName}`);
      await clinician.press(`Open record of ${patient.fullName}`);
    });

    after(async () => {
      await Promise.all([patient?.leave(), clinician?.leave()]);
      await platform?.stop();
    });

    it('the clinic writes one', async () => {
      await clinician.sees('No notes yet.');
      await clinician.type('note', 'Basal rate lowered at night.\nNext visit in six weeks.');
      await clinician.press('Save note');
      await clinician.sees('The note is saved.');
      await clinician.sees(`${CLINIC} · you`);
      await picture(clinician, 'notes-clinic');
      await fitsOnPhone(clinician);
    });

    it('the patient reads it, and from whom it is', async () => {
      await patient.press('My record');
      await patient.sees('Notes about you');
      await patient.sees('Next visit in six weeks.');
      await patient.sees(CLINIC);
      await picture(patient, 'notes-patient');
      await fitsOnPhone(patient);
    });

    it('what the clinic deletes is gone for her, too', async () => {
      await clinician.press('Delete the note “Basal rate lowered at night.”');
      await clinician.sees('nobody can bring it back');
      await clinician.press('Delete');
      await clinician.sees('No notes yet.');
      await patient.open('/');
      await patient.sees('No readings yet');
      await patient.seesNoMore('Notes about you');
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...patient.faults, ...clinician.faults], []);
    });
  });
}
