// One entry for a clinic, in every browser: its staff read it in the clinic's name, and nothing else of the record.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const CLINIC = 'Seastar Endocrinology';

for (const browser of BROWSERS) {
  describe(`an entry for a clinic in ${browser}`, () => {
    let platform;
    let patient;
    let clinician;

    before(async () => {
      platform = await Platform.start();
      [patient, clinician] = await Person.sitDownTogether(browser, platform.url);
      await clinician.signUp();
      const code = await clinician.foundClinic(CLINIC);
      await patient.signUp();
      // The share code vouches for the clinic's key; that the invitation is not accepted does not matter.
      await patient.press('Sharing');
      await patient.invite(code);
      for (const description of ['Migraine', 'Asthma']) await patient.writeProblem(description);
    });

    after(async () => {
      await Promise.all([patient?.leave(), clinician?.leave()]);
      await platform?.stop();
    });

    it('is given without comparing anything: its share code has done that', async () => {
      await patient.press('Give access');
      await patient.press('A clinic', 'label');
      await patient.press('Give access');
      await patient.sees('Choose a clinic.');
      await patient.press(CLINIC, 'label');
      await patient.choose('write');
      await picture(patient, 'giving-clinic');
      await patient.press('Give access');
      await patient.sees(`${CLINIC} can now read and change this.`);
      await patient.sees('Reads and changes');
      assert.match(await patient.text('[data-testid="access"]'), /Seastar Endocrinology.*Reads and changes.*given by you/);
    });

    it('its staff read it in the clinic’s name, and nothing else', async () => {
      await clinician.press('Entries');
      await clinician.sees(`Shared with ${CLINIC}`);
      await clinician.sees('Asthma');
      await clinician.seesNoMore('Migraine');
      await picture(clinician, 'entries-clinic');
      await fitsOnPhone(clinician);
      await clinician.pressEntry('Asthma');
      await clinician.sees('Who has access');
      await clinician.press('Edit');
      await clinician.type('note', 'Seen today.');
      await clinician.press('Save');
      await clinician.sees('Seen today.');
      await clinician.sees(`for ${CLINIC}`);
      await patient.press('Refresh');
      await patient.sees('Seen today.');
      await patient.sees(`for ${CLINIC}`);
    });

    it('ends as everybody’s access ends', async () => {
      await patient.press(`End access of ${CLINIC}`);
      await patient.press('End access');
      await patient.seesNoMore('Reads and changes');
      await clinician.press('Refresh');
      await clinician.sees('It is not shared with you, or not any more');
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...patient.faults, ...clinician.faults], []);
    });
  });
}
