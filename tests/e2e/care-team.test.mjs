// A person at home, in every browser: invited by e-mail, let in by a link, and told of everything while the page stays open.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const SAMPLE_READINGS = 2013;

for (const browser of BROWSERS) {
  describe(`the care team in ${browser}`, () => {
    let platform;
    let patient;
    let mother;
    let link;

    before(async () => {
      platform = await Platform.start();
      [patient, mother] = await Promise.all([
        Person.sitDown(browser, platform.url, { kind: 'patient', name: 'Jill Jellyfish', email: 'jill@jellyfish.example' }),
        Person.sitDown(browser, platform.url, { kind: 'patient', name: 'Mona Jellyfish', email: 'mona@jellyfish.example' }),
      ]);
      await patient.signUp();
      await patient.importSample();
    });

    after(async () => {
      await Promise.all([patient?.leave(), mother?.leave()]);
      await platform?.stop();
    });

    it('somebody without an account is invited, and there is a link to hand over', async () => {
      await patient.open('/share');
      await patient.sees('Nobody but you');
      await patient.mark();
      await patient.press('Invite a person');
      await patient.type('invite-email', 'mona');
      await patient.press('Send invitation');
      await patient.sees('Enter an e-mail address such as');
      await patient.type('invite-email', mother.email);
      await patient.type('nickname', 'Mother');
      await picture(patient, 'person-inviting');
      await patient.press('Send invitation');
      await patient.sees('Mother is invited');
      link = await patient.text('[data-testid="invitation-link"]');
      assert.match(link, /\/invitation#[\w-]+\.[\w-]{22}$/);
      await picture(patient, 'person-invited');
      await patient.press('Done');
      await patient.sees('waits until somebody signs up with this address');
      await picture(patient, 'care-team-waiting');
      await fitsOnPhone(patient);
    });

    it('the link survives signing up, and no server is told the secret', async () => {
      const secret = link.split('.').at(-1);
      const told = [];
      mother.page.on('request', (request) => {
        // Firefox shows no bodies to whoever drives it.
        const body = browser === 'firefox' ? '' : (request.postData() ?? '');
        const sent = request.url().split('#')[0] + JSON.stringify(request.headers()) + body;
        if (sent.includes(secret)) told.push(request.url());
      });
      await mother.open(link);
      await mother.sees('Sign in to see the invitation.');
      await mother.press('Create an account');
      await mother.signUpHere();
      await mother.sees('wants to share a record with you');
      await mother.sees('You opened their own link');
      await picture(mother, 'person-invitation');
      assert.deepEqual(told, []);
    });

    it('her address has to be confirmed first', async () => {
      await mother.press(`Accept ${patient.email}`);
      await mother.sees('Confirm your e-mail address first.');
      await mother.press('Send the mail again');
      await mother.sees('Another mail is on its way');
      await picture(mother, 'address-not-confirmed');
      await mother.open(await platform.mailedLink('/verify/', mother.email));
      await mother.sees('Your address is confirmed');
      await picture(mother, 'address-confirmed');
      await mother.press('See who wants to share with you');
      await mother.sees('Invitations (1)');
      await picture(mother, 'shared-invitations');
    });

    it('she accepts by the link, and both pages follow by themselves', async () => {
      await mother.open(link);
      await mother.press(`Accept ${patient.email}`);
      assert.equal(await mother.readingCount(), SAMPLE_READINGS);
      await picture(mother, 'shared-record');
      await patient.sees('Verified');
      await patient.sees('May see the record · since');
      assert.ok(await patient.isMarked());
      await picture(patient, 'care-team');
      await fitsOnPhone(patient);
    });

    it('what she may do is changed', async () => {
      await mother.mark();
      await patient.press('Change what Mother may do');
      await patient.page.locator('input[name="upload"]').click();
      await picture(patient, 'permissions');
      await patient.press('Save');
      await patient.sees('May see the record and add readings');
      await mother.sees('You may see the record and add readings');
    });

    it('the end of access shows where she looks, without loading the page anew', async () => {
      await patient.press('End access of Mother');
      await patient.sees('What they have already read, printed or saved stays with them.');
      await patient.press('End access');
      await patient.sees('Nobody but you');
      await mother.sees('This record is not shared with you any more');
      assert.ok(await mother.isMarked());
      await picture(mother, 'shared-ended');
    });

    it('an invitation arrives while she looks at something else, and goes again', async () => {
      await mother.press('My record');
      await mother.sees('No readings yet');
      await patient.press('Invite a person');
      await patient.type('invite-email', mother.email);
      await patient.press('Send invitation');
      await patient.sees('You have verified their key before');
      await patient.press('Done');
      await mother.sees('wants to share a record with you.');
      await picture(mother, 'invitation-arrived');
      await patient.press(`Cancel invitation of ${mother.email}`);
      await patient.press('Cancel invitation');
      await mother.seesNoMore('wants to share a record with you.');
      assert.ok(await mother.isMarked());
    });

    it('she declines, and the patient sees it', async () => {
      await patient.press('Invite a person');
      await patient.type('invite-email', mother.email);
      await patient.press('Send invitation');
      await patient.press('Done');
      await mother.press('See the invitation');
      await mother.press(`Decline ${patient.email}`);
      await mother.press('Decline');
      await mother.sees('Nothing yet');
      await patient.sees('The invitation was declined.');
      await patient.press(`Remove ${mother.email}`);
      await patient.press('Remove');
      await patient.sees('Nobody but you');
    });

    it('and gives up what was shared by herself', async () => {
      await patient.press('Invite a person');
      await patient.type('invite-email', mother.email);
      await patient.press('Send invitation');
      await patient.press('Done');
      await mother.sees('Invitations (1)');
      await mother.press(`Accept ${patient.email}`);
      await mother.sees('You may see the record');
      await picture(mother, 'shared');
      await mother.press(`Leave ${patient.email}`);
      await mother.press('Give it up');
      await mother.sees('Nothing yet');
      await patient.sees('Nobody but you');
      assert.ok(await patient.isMarked() && await mother.isMarked());
    });

    it('what was there is locked anew', async () => {
      await patient.press('Lock anew');
      await patient.sees('locked anew.');
      await picture(patient, 'locked-anew');
    });

    it('nothing went wrong unseen in either page', () => {
      assert.deepEqual([...patient.faults, ...mother.faults], []);
    });
  });
}
