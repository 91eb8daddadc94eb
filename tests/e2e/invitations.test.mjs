// Invitations that come to nothing: the clinic declines, the patient changes her mind.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const CLINIC = 'Seastar Endocrinology';

for (const browser of BROWSERS) {
  describe(`invitations in ${browser}`, () => {
    let platform;
    let patient;
    let clinician;
    let code;
    let vault;

    /** The status that the platform answers when the clinic asks for the patient's record. */
    const statusForClinic = async () => {
      const token = clinician.token();
      await clinician.press('Refresh');
      const answer = await fetch(`${platform.url}/v1/tidelock/vaults/${vault}/writes`, { headers: { 'x-tidepool-session-token': await token } });
      return answer.status;
    };

    before(async () => {
      platform = await Platform.start();
      [patient, clinician] = await Person.sitDownTogether(browser, platform.url);
      await clinician.signUp();
      code = await clinician.foundClinic(CLINIC);
      const vaults = [];
      patient.page.on('request', (request) => vaults.push(...(/\/v1\/tidelock\/vaults\/([^/]+)\//.exec(request.url())?.slice(1) ?? [])));
      await patient.signUp();
      [vault] = vaults;
    });

    after(async () => {
      await Promise.all([patient?.leave(), clinician?.leave()]);
      await platform?.stop();
    });

    it('the clinician declines, and is asked before', async () => {
      await patient.press('Sharing');
      await patient.invite(code);
      await clinician.press('Refresh');
      await clinician.sees('Invitations (1)');
      await clinician.press(`Decline ${patient.fullName}`);
      await clinician.sees('Your clinic has not seen anything of the record.');
      await picture(clinician, 'declining');
      await clinician.press('Keep it');
      await clinician.sees('Invitations (1)');
      await clinician.press(`Decline ${patient.fullName}`);
      await clinician.press('Decline');
      await clinician.sees('No invitations');
      assert.equal(await statusForClinic(), 404);
    });

    it('the patient sees it, and can invite again at once', async () => {
      await patient.press('My record');
      await patient.press('Sharing');
      await patient.sees('The clinic declined the invitation.');
      await picture(patient, 'declined');
      await patient.invite(code);
      await patient.seesNoMore('The clinic declined the invitation.');
      await clinician.press('Refresh');
      await clinician.sees('Invitations (1)');
    });

    it('declined again, it is taken off her list', async () => {
      await clinician.press(`Decline ${patient.fullName}`);
      await clinician.press('Decline');
      await clinician.sees('No invitations');
      await patient.open('/share');
      await patient.sees('The clinic declined the invitation.');
      await patient.press(`Remove ${CLINIC}`);
      await patient.press('Remove');
      await patient.sees('Nobody but you');
    });

    it('the patient takes an invitation back, and is asked before', async () => {
      await patient.invite(code);
      await clinician.press('Refresh');
      await clinician.sees('Invitations (1)');
      await patient.press(`Cancel invitation of ${CLINIC}`);
      await patient.sees('The clinic has seen nothing of your record.');
      await picture(patient, 'cancelling');
      await patient.press('Cancel invitation');
      await patient.sees('Nobody but you');
    });

    it('and it is gone at the clinic, without reloading, by the link in the mail, too', async () => {
      await clinician.sees('No invitations');
      assert.equal(await statusForClinic(), 404);
      await clinician.sees('No patients yet');
      await clinician.open(await platform.invitationLink());
      await clinician.sees('This invitation is not open any more');
      await picture(clinician, 'cancelled');
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...patient.faults, ...clinician.faults], []);
    });
  });
}
