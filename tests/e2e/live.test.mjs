// What changes appears by itself: an invitation, its end, and a revocation, before and after a restart of the server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init } from 'tidelock';
import { newPatient, readings } from '../node/people.mjs';
import { BROWSERS } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const ROUNDS = 20;
const VIEW = { view: true, upload: false, note: false };

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

for (const browser of BROWSERS) {
  describe(`live in ${browser}`, () => {
    let platform;
    let patient;
    let clinician;
    let card;

    /** How long it takes, from when `work` is done until the clinician sees these words. */
    const until = async (words, work) => {
      await work();
      const done = performance.now();
      await clinician.sees(words);
      return performance.now() - done;
    };
    const invite = () => patient.session.sharingApi.inviteClinic(card, VIEW);
    const revoke = () => patient.session.sharingApi.revoke(card.id);

    before(async () => {
      await init();
      platform = await Platform.start();
      clinician = await Person.sitDown(browser, platform.url, { kind: 'practitioner', name: 'Dr. Mary Mollusc', email: 'mary@seastar.example' });
      await clinician.signUp();
      const code = await clinician.foundClinic('Seastar Endocrinology');
      patient = await newPatient(platform.url, 'Jill Jellyfish');
      card = await patient.session.sharingApi.lookUpShareCode(code);
    });

    after(async () => {
      await clinician?.leave();
      await platform?.stop();
    });

    it('an invitation appears and goes without reloading, in the median of 20 within a second', async () => {
      const [appeared, gone] = [[], []];
      for (let round = 0; round < ROUNDS; round += 1) {
        appeared.push(await until('Invitations (1)', invite));
        gone.push(await until('No invitations', revoke));
      }
      assert.ok(median(appeared) < 1_000, `${appeared}`);
      assert.ok(median(gone) < 1_000, `${gone}`);
    });

    it('so does what she shares, and its end, after a restart of the server', async () => {
      await patient.session.dataSampleApi.createDataSamples(readings(3));
      await invite();
      await platform.kill();
      await platform.start();
      await clinician.press('Accept Jill Jellyfish');
      await clinician.sees('No invitations');
      await clinician.press('Open record of Jill Jellyfish');
      await clinician.page.locator('::-p-xpath(//*[@data-testid="reading-count" and @value="3"])').wait();
      await patient.session.dataSampleApi.createDataSamples(readings(2, { from: Date.UTC(2024, 0, 2), source: 'later' }));
      await clinician.page.locator('::-p-xpath(//*[@data-testid="reading-count" and @value="5"])').wait();
      await revoke();
      await clinician.sees('Access has ended');
    });
  });
}
