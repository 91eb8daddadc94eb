// The main story, in every browser: a patient shares her record with her clinic and takes it back.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const SAMPLE_READINGS = 2013;
const CLINIC = 'Seastar Endocrinology';

for (const browser of BROWSERS) {
  describe(`sharing in ${browser}`, () => {
    let platform;
    let patient;
    let clinician;
    let code;

    before(async () => {
      platform = await Platform.start();
      [patient, clinician] = await Person.sitDownTogether(browser, platform.url);
    });

    after(async () => {
      await Promise.all([patient?.leave(), clinician?.leave()]);
      await platform?.stop();
    });

    it('the clinician sets up her clinic and gets a share code', async () => {
      await clinician.signUp();
      code = await clinician.foundClinic(CLINIC);
      assert.match(code, /^[A-HJ-NP-Z2-9]{4}(-[A-HJ-NP-Z2-9]{4}){2}$/);
      await clinician.sees('No invitations');
      await picture(clinician, 'clinic-new');
    });

    it('the patient signs up and imports the sample record', async () => {
      await patient.signUp();
      await patient.sees('No readings yet');
      assert.deepEqual(await patient.importSample(), { created: SAMPLE_READINGS, alreadyThere: 0 });
      await patient.press('See the chart');
      assert.equal(await patient.readingCount(), SAMPLE_READINGS);
      await picture(patient, 'record');
      await fitsOnPhone(patient);
    });

    it('a mistyped code is explained while it is typed', async () => {
      await patient.press('Sharing');
      await patient.typeSlowly('share-code', 'jdz0');
      await patient.sees('Symbol 4, “0”, does not occur in share codes.');
      assert.equal(await patient.value('share-code'), 'JDZ0');
      await picture(patient, 'code-mistyped');
    });

    it('a code that nobody has is explained, too', async () => {
      await patient.typeSlowly('share-code', 'aaaabbbbcccc');
      assert.equal(await patient.value('share-code'), 'AAAA-BBBB-CCCC');
      await patient.press('Find the clinic');
      await patient.sees('No clinic has this code.');
    });

    it('the patient types the code carelessly and sees who it belongs to', async () => {
      await patient.typeSlowly('share-code', ` ${code.toLowerCase().replaceAll('-', '  ')} `);
      assert.equal(await patient.value('share-code'), code);
      await patient.press('Find the clinic');
      await patient.sees('Verified');
      assert.equal(await patient.text('[data-testid="clinic-name"]'), CLINIC);
      await picture(patient, 'clinic-found');
      await fitsOnPhone(patient);
    });

    it('editing the code drops the clinic', async () => {
      await patient.page.focus('input[name="share-code"]');
      await patient.page.keyboard.press('End');
      await patient.page.keyboard.press('Backspace');
      await patient.page.waitForSelector('[data-testid="clinic-name"]', { hidden: true });
      await patient.page.keyboard.type(code.at(-1));
      await patient.press('Find the clinic');
      await patient.sees('Verified');
    });

    it('she sends the invitation', async () => {
      await patient.press('Send invitation');
      await patient.sees('Invite sent');
      await picture(patient, 'invited');
    });

    it(browser === 'firefox' ? 'the clinician accepts by the link in the e-mail' : 'the clinician accepts from the list', async () => {
      if (browser === 'firefox') {
        await clinician.press('Sign out');
        await clinician.sees('Create an account');
        await clinician.open(await platform.invitationLink());
        await clinician.sees('Sign in to see the invitation.');
        await clinician.signIn();
        await clinician.sees('wants to share a glucose record');
        await picture(clinician, 'invitation');
        await clinician.press(`Accept ${patient.fullName}`);
      } else {
        await clinician.press('Refresh');
        await clinician.sees(patient.fullName);
        await clinician.sees('August 24, 1984');
        await picture(clinician, 'invited');
        await clinician.press(`Accept ${patient.fullName}`);
        await clinician.sees('Patients (1)');
        await picture(clinician, 'patients');
        await clinician.press(`Open record of ${patient.fullName}`);
      }
    });

    it('and sees the same number of readings', async () => {
      await clinician.sees('August 24, 1984');
      assert.equal(await clinician.readingCount(), SAMPLE_READINGS);
      await picture(clinician, 'patient');
      await fitsOnPhone(clinician);
    });

    it('the patient sees that she shares, and takes it back', async () => {
      await patient.open('/share');
      await patient.sees('Sharing');
      await patient.press(`End access of ${CLINIC}`);
      await patient.sees('What they have already read, printed or saved stays with them.');
      await picture(patient, 'revoking');
      await patient.press('End access');
      await patient.sees('Nobody but you');
    });

    it('and the clinician is refused from then on', async () => {
      const patientId = decodeURIComponent((await clinician.address()).pathname.split('/').at(-1));
      await clinician.sees('This patient does not share with your clinic any more');
      const token = clinician.token();
      await clinician.page.reload();
      await clinician.sees('This patient does not share with your clinic any more');
      await picture(clinician, 'ended');
      const answer = await fetch(`${platform.url}/v1/tidelock/vaults/${encodeURIComponent(patientId)}/writes`, { headers: { 'x-tidepool-session-token': await token } });
      assert.equal(answer.status, 404);
    });

    it('the patient still has everything, also after loading the page anew', async () => {
      await patient.open('/');
      assert.equal(await patient.readingCount(), SAMPLE_READINGS);
    });

    it('an empty browser needs the recovery code, and gets everything back with it', async () => {
      const elsewhere = await Person.sitDown(browser, platform.url, { kind: 'patient', name: patient.fullName, email: patient.email });
      try {
        await elsewhere.open('/');
        await elsewhere.signIn();
        await elsewhere.sees('Recovery needed');
        await picture(elsewhere, 'recovery-needed');
        await elsewhere.type('recovery-code', patient.recoveryCode.toLowerCase().replaceAll('-', ''));
        await elsewhere.press('Bring my keys here');
        assert.equal(await elsewhere.readingCount(), SAMPLE_READINGS);
        assert.deepEqual(elsewhere.faults, []);
      } finally {
        await elsewhere.leave();
      }
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...patient.faults, ...clinician.faults], []);
    });
  });
}
