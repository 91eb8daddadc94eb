// Files beside an entry, in every browser: added, broken off and gone on with, saved, read by somebody else, removed.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, fitsOnPhone, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

const DOCTOR = 'Dr. Mary Mollusc';

/** From now on the page's requests for this chunk get no answer, until they are aborted; with none, all do. */
const hold = (person, index) =>
  person.page.evaluate((held) => {
    window.fetchThere ??= window.fetch;
    window.fetch = (...given) => {
      const request = new Request(...given);
      if (held === undefined || !request.url.endsWith(`/chunks/${held}`)) return window.fetchThere(request);
      return new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError'))));
    };
  }, index);

/** What the page hands to the browser when somebody saves a file: its name, and SHA-256 of its bytes. */
async function saved(person, name) {
  await person.page.evaluate(() => {
    window.saved = new Promise((resolve) => {
      let blob;
      const create = URL.createObjectURL;
      URL.createObjectURL = (given) => create.call(URL, (blob = given));
      HTMLAnchorElement.prototype.click = async function () {
        const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
        URL.createObjectURL = create;
        delete HTMLAnchorElement.prototype.click;
        resolve({ name: this.download, type: blob.type, digest: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('') });
      };
    });
  });
  await person.press(`Save ${name}`);
  return person.page.evaluate(() => window.saved);
}

for (const browser of BROWSERS) {
  describe(`files in ${browser}`, () => {
    const content = randomBytes(3_000_000);
    const digest = createHash('sha256').update(content).digest('hex');
    let platform;
    let folder;
    let patient;
    let doctor;
    let entry;

    const add = async (name) => {
      const input = await patient.page.waitForSelector('input[name="file"]');
      await input.uploadFile(join(folder, name));
    };

    before(async () => {
      platform = await Platform.start();
      folder = await mkdtemp(join(tmpdir(), 'tidelock-files-'));
      for (const name of ['scan.tiff', 'letter.pdf']) await writeFile(join(folder, name), content);
      [patient, doctor] = await Person.sitDownTogether(browser, platform.url);
      await patient.signUp();
      await doctor.signUp();
      await patient.writeProblem('Asthma');
      entry = (await patient.address()).pathname;
    });

    after(async () => {
      await Promise.all([patient?.leave(), doctor?.leave()]);
      await platform?.stop();
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    it('one is added, and saved as it was', async () => {
      await patient.sees('Letters, pictures, reports.');
      await add('scan.tiff');
      await patient.sees('scan.tiff was added.');
      assert.match(await patient.text('[data-testid="files"]'), /^\s*scan\.tiff\s*3 MB/);
      await picture(patient, 'entry-files');
      await fitsOnPhone(patient);
      assert.deepEqual(await saved(patient, 'scan.tiff'), { name: 'scan.tiff', type: 'application/octet-stream', digest });
    });

    it('one is cancelled half-way, and gone on with', async () => {
      await hold(patient, 2);
      await add('letter.pdf');
      await patient.sees('Encrypting and sending letter.pdf');
      await picture(patient, 'entry-file-sending');
      await patient.press('Cancel');
      await patient.sees('Go on with letter.pdf');
      await hold(patient, undefined);
      await patient.press('Go on with letter.pdf');
      await patient.sees('letter.pdf was added.');
      await patient.seesNoMore('Go on with');
      assert.equal((await saved(patient, 'letter.pdf')).digest, digest);
    });

    it('whoever is given the entry reads its files, and adds none without the right to', async () => {
      const number = await doctor.safetyNumberWith(patient);
      await patient.press('Give access');
      await patient.type('who', doctor.email);
      await patient.type('called', DOCTOR);
      await patient.press('Give access');
      await patient.sees(`Is it really ${DOCTOR}?`);
      assert.deepEqual(await patient.safetyNumber(), number);
      await patient.sayTheyMatch();
      await patient.sees(`${DOCTOR} can now read this.`);
      await doctor.open(entry);
      await doctor.sees('letter.pdf');
      await doctor.seesNoMore('Add a file');
      assert.equal((await saved(doctor, 'scan.tiff')).digest, digest);
    });

    it('one is removed, for everybody', async () => {
      await patient.press('Remove letter.pdf');
      await patient.sees('It is erased for everybody who has access');
      await patient.press('Remove');
      await patient.sees('Removed.');
      await patient.seesNoMore('letter.pdf');
      await patient.sees('scan.tiff');
      // Her page does not know yet.
      await doctor.press('Save letter.pdf');
      await doctor.sees('This is not there, or not for you.');
    });
  });
}
