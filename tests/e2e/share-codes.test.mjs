// A clinic's share codes, in every browser: made, handed on as a link, used up and disabled; and a clinic that is told of what
// its patients do.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const CLINIC = 'Seastar Endocrinology';

for (const browser of BROWSERS) {
  describe(`share codes in ${browser}`, () => {
    let platform;
    let patient;
    let clinician;
    let code;
    let link;

    before(async () => {
      platform = await Platform.start();
      [patient, clinician] = await Person.sitDownTogether(browser, platform.url);
      await clinician.signUp();
      code = await clinician.foundClinic(CLINIC);
      await patient.signUp();
    });

    after(async () => {
      await Promise.all([patient?.leave(), clinician?.leave()]);
      await platform?.stop();
    });

    it('there is a QR code of the link', async () => {
      await clinician.mark();
      await clinician.press('QR code', 'summary');
      await clinician.page.waitForSelector('svg[role="img"][aria-label^="The link of the code"]');
      await picture(clinician, 'share-code');
    });

    it('another code is made, for one patient', async () => {
      await clinician.press('New code');
      await clinician.type('label', 'Front desk');
      await clinician.type('uses', 'many');
      await clinician.press('Make the code');
      await clinician.sees('Enter a number such as 10');
      await clinician.type('uses', '1');
      await picture(clinician, 'share-code-new');
      const made = clinician.page.waitForResponse((answer) => answer.request().method() === 'GET' && answer.url().includes('share_codes') && answer.ok());
      await clinician.press('Make the code');
      await clinician.sees('Front desk');
      await clinician.sees('used by 0 of 1');
      await made;
      assert.equal(await clinician.text('[data-testid="share-code"]'), code);
      await picture(clinician, 'share-codes');
      await fitsOnPhone(clinician);
    });

    it('its link leads to the clinic, also by way of signing in', async () => {
      await clinician.page.evaluate(() => navigator.clipboard && Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => void (window.copied = text) } }));
      await clinician.page.locator('li[aria-label="Front desk"] button ::-p-text(Copy link)').click();
      await clinician.sees('The link is copied.');
      link = await clinician.page.evaluate(() => window.copied);
      assert.match(link, /\/share#[A-Z2-9-]{14}\.[\w-]{43}$/);
      await patient.press('Sign out');
      await patient.sees('Create an account');
      await patient.open(link);
      await patient.sees('Sign in to share with your clinic.');
      await patient.signIn();
      await patient.sees('Verified');
      assert.equal(await patient.text('[data-testid="clinic-name"]'), CLINIC);
      await picture(patient, 'share-link');
      await patient.press('Send invitation');
      await patient.sees('Invite sent');
      assert.equal((await patient.address()).hash, '');
    });

    it('the invitation arrives at the clinic while its page is open', async () => {
      await clinician.sees('Invitations (1)');
      await clinician.sees(patient.fullName);
      await clinician.press(`Accept ${patient.fullName}`);
      await clinician.sees('Patients (1)');
      await clinician.press('Codes that ended (1)', 'summary');
      await clinician.sees('Used up');
      await patient.sees('May see the record, add readings, and write notes · since');
    });

    it('the end of access shows in the record that is open there', async () => {
      await clinician.press(`Open record of ${patient.fullName}`);
      await clinician.sees('No readings yet');
      await patient.press(`End access of ${CLINIC}`);
      await patient.press('End access');
      await patient.sees('Nobody but you');
      await clinician.sees('This patient does not share with your clinic any more');
      assert.ok(await clinician.isMarked());
    });

    it('a code that was disabled leads nowhere, and that is said', async () => {
      await clinician.press('All patients');
      await clinician.press(`Disable ${code}`);
      await clinician.sees('Invitations that were sent with it stand');
      await clinician.press('Disable');
      await clinician.sees('No code for everybody');
      await picture(clinician, 'share-code-none');
      await patient.open('/share');
      await patient.typeSlowly('share-code', code);
      await patient.press('Find the clinic');
      await patient.sees('The clinic has disabled this code.');
      await picture(patient, 'share-code-disabled');
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...patient.faults, ...clinician.faults], []);
    });
  });
}
