// Single entries, shared one by one, in every browser: a patient, her doctor, and the colleague with whom the doctor shares on.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const DOCTOR = 'Dr. Mary Mollusc';

for (const browser of BROWSERS) {
  describe(`single entries in ${browser}`, () => {
    let platform;
    let patient;
    let doctor;
    let colleague;
    let entry;

    before(async () => {
      platform = await Platform.start();
      [patient, doctor] = await Person.sitDownTogether(browser, platform.url);
      colleague = await Person.sitDown(browser, platform.url, { kind: 'practitioner', name: 'Dr. Bob Barnacle', email: 'bob@barnacle.example' });
      await patient.signUp();
      await doctor.signUp();
      await colleague.signUp();
    });

    after(async () => {
      await Promise.all([patient?.leave(), doctor?.leave(), colleague?.leave()]);
      await platform?.stop();
    });

    it('there are none at first', async () => {
      await patient.press('Entries');
      await patient.sees('No problems yet');
      await picture(patient, 'entries-none');
      await fitsOnPhone(patient);
    });

    it('the patient writes a problem down, and is told what is missing', async () => {
      await patient.press('New problem');
      await patient.press('Save');
      await patient.sees('Say what the problem is.');
      await patient.type('description', 'Asthma');
      await patient.pickDate('opened', '2019-03-04');
      await patient.type('note', 'Worse in spring.');
      await patient.type('codes', 'J45');
      await patient.press('Save');
      await patient.sees('“J45” is not a code.');
      await patient.type('codes', 'ICD-10|J45');
      await picture(patient, 'entry-new');
      await patient.press('Save');
      await patient.sees('Nobody but you');
      await patient.sees('Worse in spring.');
      await patient.sees('Mar 4, 2019');
      entry = (await patient.address()).pathname;
      await fitsOnPhone(patient);
    });

    it('whoever is not there, or is herself, is explained', async () => {
      await patient.press('Give access');
      await patient.type('who', patient.email);
      await patient.press('Give access');
      await patient.sees('This is you.');
      await patient.type('who', 'nobody@seastar.example');
      await patient.press('Give access');
      await patient.sees('Nobody has an account with this address here');
      await picture(patient, 'giving-nobody');
    });

    it('the doctor gets nothing before her key is compared', async () => {
      await patient.type('who', doctor.email);
      await patient.type('called', DOCTOR);
      await patient.choose('write');
      await patient.press('Give access');
      await patient.sees(`Is it really ${DOCTOR}?`);
      await picture(patient, 'safety-number');
      await doctor.open('/records');
      await doctor.sees('Nothing of this kind so far.');
      await doctor.open(entry);
      await doctor.sees('It is not shared with you, or not any more');
      await picture(doctor, 'entry-none');
    });

    it('both see the same safety number, and a mistake in typing is named', async () => {
      const number = await doctor.safetyNumberWith(patient);
      await picture(doctor, 'people');
      await fitsOnPhone(doctor);
      assert.equal(number.length, 12);
      assert.deepEqual(await patient.safetyNumber(), number);
      await patient.press('I type it in', 'label');
      const wrong = number.with(2, number[2].replace(/^./, (digit) => (Number(digit) + 1) % 10));
      await patient.type('safety-number', wrong.join(' '));
      await patient.sees('Group 3 is different.');
      await picture(patient, 'safety-number-mistyped');
      await patient.type('safety-number', number.join('\n'));
      await patient.sees('All twelve groups are the same.');
      await patient.press('They match');
      await patient.sees(`${DOCTOR} can now read and change this.`);
      assert.match(await patient.text('[data-testid="access"]'), /Dr. Mary Mollusc.*Reads and changes.*given by you/);
      await picture(patient, 'entry-shared');
    });

    it('the doctor reads it', async () => {
      await doctor.press('Entries');
      await doctor.sees('From jill@jellyfish.example');
      await picture(doctor, 'entries-shared');
      await doctor.pressEntry('Asthma');
      await doctor.sees('Worse in spring.');
      await doctor.sees('ICD-10|J45');
      await doctor.sees('Written by jill@jellyfish.example');
    });

    it('and shares it on, by comparing numbers with her colleague', async () => {
      await doctor.press('Give access');
      await doctor.type('who', colleague.email);
      await doctor.type('called', colleague.fullName);
      await doctor.press('Give access');
      await doctor.sees(`Is it really ${colleague.fullName}?`);
      assert.deepEqual(await colleague.safetyNumberWith(doctor), await doctor.safetyNumber());
      await doctor.sayTheyMatch();
      await doctor.sees(`${colleague.fullName} can now read this.`);
      await colleague.press('Entries');
      await colleague.pressEntry('Asthma');
      await colleague.sees('Worse in spring.');
      await colleague.seesNoMore('Edit');
    });

    it('the patient sees through whom', async () => {
      await patient.press('Refresh');
      await patient.sees(`given by ${DOCTOR}`);
      await patient.press('Show the history');
      await patient.sees(`You gave ${DOCTOR} access to read and change it`);
      assert.match(await patient.text('[data-testid="history"]'), new RegExp(`${DOCTOR} gave Unnamed \\(.+\\) access to read it`));
      await picture(patient, 'entry-shared-on');
      await fitsOnPhone(patient);
    });

    it('two who edit at the same time both see what the other did', async () => {
      await patient.press('Edit');
      await doctor.press('Edit');
      await doctor.type('note', 'Worse in spring and autumn.');
      await doctor.type('description', 'Allergic asthma');
      await doctor.press('Save');
      await doctor.sees('Saved.');
      await patient.type('note', 'Worse in spring. Better by the sea.');
      await patient.press('Save');
      await patient.sees('It was changed in the meantime');
      await patient.sees(`${DOCTOR} has stored another version`);
      await patient.sees('(changed by them only)');
      await patient.sees('One field is still to be chosen.');
      await picture(patient, 'conflict');
      await fitsOnPhone(patient);
      await patient.page.locator('input[data-field="note"][value="mine"]').click();
      await patient.press('Edit this');
      assert.equal(await patient.value('description'), 'Allergic asthma');
      await patient.type('note', 'Worse in spring and autumn. Better by the sea.');
      await patient.press('Save');
      await patient.sees('Saved.');
      await doctor.press('Refresh');
      await doctor.sees('Worse in spring and autumn. Better by the sea.');
      await doctor.sees('Written by jill@jellyfish.example');
    });

    it('she ends the doctor’s access, and that of those who had it through her', async () => {
      await patient.press(`End access of ${DOCTOR}`);
      await patient.sees('What was already read, printed or saved stays read.');
      await patient.sees(`${DOCTOR} gave it on to Unnamed`);
      await picture(patient, 'entry-revoking');
      await patient.press('End access');
      await patient.sees('Nobody but you');
      for (const person of [doctor, colleague]) {
        await person.press('Refresh');
        await person.sees('It is not shared with you, or not any more');
        await person.press('To the entries');
        await person.sees('Nothing of this kind so far.');
      }
    });

    it('or she lets those keep it who had it through her, once their keys are compared', async () => {
      await patient.press('Give access');
      await patient.type('who', doctor.email);
      await patient.press('Give access');
      await patient.sees('can now read this.');
      await doctor.open(entry);
      await doctor.press('Give access');
      await doctor.type('who', colleague.email);
      await doctor.press('Give access');
      await doctor.sees('can now read this.');
      await patient.press('Refresh');
      await patient.sees(`given by ${DOCTOR}`);
      await patient.press(`End access of ${DOCTOR}`);
      await patient.choose('keep');
      await patient.press('End access');
      await patient.sees('Is it really Unnamed');
      await patient.sayTheyMatch();
      await patient.seesNoMore(`given by ${DOCTOR}`);
      assert.match(await patient.text('[data-testid="access"]'), /^Unnamed.*given by you/);
      await colleague.open(entry);
      await colleague.sees('Better by the sea.');
      await doctor.press('Refresh');
      await doctor.sees('It is not shared with you, or not any more');
    });

    it('she can delete it, and is asked before', async () => {
      await patient.press('Dismiss');
      await patient.press('Delete this problem');
      await patient.sees('nobody can bring it back');
      await patient.press('Delete');
      await patient.sees('No problems yet');
    });

    it('her own details are there since she signed up, and keep what the form does not show', async () => {
      await patient.press('About me');
      await patient.pressEntry('Jill Jellyfish');
      await patient.press('Edit');
      assert.equal(await patient.value('birthDate'), '1984-08-24');
      await patient.type('city', 'Haven');
      await patient.type('telephone', '0123 456');
      await picture(patient, 'person-edit');
      await patient.press('Save');
      await patient.sees('Haven');
      await patient.sees('Aug 24, 1984');
      await picture(patient, 'person');
    });

    it('a sample is a number with its unit', async () => {
      await patient.press('Entries');
      await patient.press('Samples');
      await patient.press('New sample');
      await patient.type('value', '128');
      await patient.type('unit', 'mmHg');
      await patient.press('Save');
      await patient.sees('128 mmHg');
      await picture(patient, 'sample');
      await fitsOnPhone(patient);
    });

    it('nothing went wrong unseen in any page', () => {
      assert.deepEqual([...patient.faults, ...doctor.faults, ...colleague.faults], []);
    });
  });
}
