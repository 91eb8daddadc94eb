// What happened to the access to a record, in every browser: it appears while one looks.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init } from 'tidelock';
import { newClinic, readings } from '../node/people.mjs';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

for (const browser of BROWSERS) {
  describe(`activity in ${browser}`, () => {
    let platform;
    let patient;
    let doctor;

    before(async () => {
      await init();
      platform = await Platform.start();
      patient = await Person.sitDown(browser, platform.url, { kind: 'patient', name: 'Jill Jellyfish', email: 'jill@jellyfish.example' });
      await patient.signUp();
      doctor = await newClinic(platform.url);
    });

    after(async () => {
      await patient?.leave();
      await platform?.stop();
    });

    /** What is listed, the newest first. */
    const titles = () => patient.page.$$eval('[data-testid="activities"] .entry-name', (names) => names.map(({ textContent }) => textContent));

    it('begins with the record', async () => {
      await patient.open('/share');
      await patient.press('Activity');
      await patient.sees('You have not shared your record yet.');
      assert.deepEqual(await titles(), ['Your record began']);
      await picture(patient, 'activity-empty');
    });

    it('says who was given access, and who wrote', async () => {
      await patient.open('/share');
      await patient.invite(doctor.code);
      await patient.press('Activity');
      await patient.sees('You gave Harbour Clinic access');
      await patient.mark();
      const { clinicApi, dataSampleApi } = doctor.session;
      const [{ key, patientId }] = await clinicApi.listInvitations(doctor.clinic.id);
      await clinicApi.accept(doctor.clinic.id, key);
      await dataSampleApi.createDataSamples(readings(2), { vault: patientId, clinic: doctor.clinic.id });
      await patient.sees('Somebody at Harbour Clinic wrote in your record');
      assert.ok(await patient.isMarked());
      await picture(patient, 'activity');
      await fitsOnPhone(patient);
    });

    it('and whose access ended', async () => {
      await patient.open('/share');
      await patient.press('End access of Harbour Clinic');
      await patient.press('End access');
      await patient.sees('can no longer read your record.');
      await patient.press('Activity');
      await patient.sees('The access of Harbour Clinic ended');
      await patient.sees('Could see the record, add readings, and write notes until then');
      assert.deepEqual(await titles(), ['Your record got a new key', 'The access of Harbour Clinic ended', 'Somebody at Harbour Clinic wrote in your record', 'You gave Harbour Clinic access', 'Your record began']);
      await picture(patient, 'activity-ended');
    });

    it('nothing went wrong unseen in the page', () => {
      assert.deepEqual(patient.faults, []);
    });
  });
}
