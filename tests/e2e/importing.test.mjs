// Imports that do not go smoothly: broken files, a session that ends, a server that dies.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, picture } from './browsers.mjs';
import { Person } from './person.mjs';
import { Platform } from './platform.mjs';

/** So many that the import takes many requests. */
const MANY = 15_000;

/** From the sixth on, requests of the page that write wait until they are released or aborted: so an interruption falls into an import. */
const hold = ({ page }) =>
  page.evaluate(() => {
    const fetchThere = window.fetch;
    const released = new Promise((resolve) => (window.release = resolve));
    let writes = 0;
    window.fetch = async (...given) => {
      const request = new Request(...given);
      if (request.method === 'POST' && new URL(request.url).pathname.endsWith('/writes') && (writes += 1) > 5) {
        const aborted = new Promise((resolve) => request.signal.addEventListener('abort', resolve));
        await Promise.race([released, aborted]);
      }
      // What was aborted is refused here.
      return fetchThere(request);
    };
  });

const release = ({ page }) => page.evaluate(() => window.release());

/** A file with `count` readings, five minutes apart from the first second of `year`. */
function readings(year, count) {
  const lines = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(year, 0, 1) + index * 300_000).toISOString();
    return `${time},${90 + (index % 80)}`;
  });
  return `time,glucose (mg/dL)\n${lines.join('\n')}\n`;
}

for (const browser of BROWSERS) {
  describe(`importing in ${browser}`, () => {
    let platform;
    let patient;
    let folder;
    let expected = 0;

    const file = async (name, content) => {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    };
    const count = async () => {
      await patient.open('/');
      return patient.readingCount();
    };

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tidelock-files-'));
      platform = await Platform.start();
      patient = await Person.sitDown(browser, platform.url, { kind: 'patient', name: 'Jill Jellyfish', email: 'jill@jellyfish.example' });
      await patient.signUp();
    });

    after(async () => {
      await patient?.leave();
      await platform?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    it('a wrong file is refused with a reason', async () => {
      await patient.open('/import');
      await patient.chooseFile(await file('page.csv', '<!doctype html><html><body>Please sign in</body></html>'));
      await patient.sees('This is a web page or XML, not a table of readings.');
      await patient.chooseFile(await file('picture.csv', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13])));
      await patient.sees('This is not a text file.');
      await patient.chooseFile(await file('other.csv', 'name,age\nAnna,5\n'));
      await patient.sees('No columns with a time and a glucose value were found in this file.');
      await picture(patient, 'wrong-file');
    });

    it('broken lines are counted and reported, the rest is imported', async () => {
      const lines = ['\uFEFFTime;Glucose', '2024-03-01 08:00:00;5,4', 'sometime;5,6', '2024-03-01 08:05:00;5,6', '2024-03-01 08:10:00;much', '2024-02-30 08:15:00;5,0', '2024-03-01 08:20:00;6,1'];
      await patient.chooseFile(await file('broken.csv', lines.join('\r\n')));
      await patient.sees('3 lines are left out');
      await patient.sees('Line 3: “sometime” is not a date and time');
      await patient.sees('Line 5: “much” is not a number.');
      await patient.sees('Line 6: there is no such date and time as “2024-02-30 08:15:00”.');
      await patient.sees('Recognised by the values. Please check.');
      await picture(patient, 'broken-lines');
      await patient.press('Encrypt and import 3');
      assert.deepEqual(await patient.importResult(), { created: 3, alreadyThere: 0 });
      await patient.sees('3 lines were left out.');
      expected += 3;
      assert.equal(await count(), expected);
    });

    it('the same file again doubles nothing', async () => {
      await patient.open('/import');
      await patient.chooseFile(join(folder, 'broken.csv'));
      await patient.press('Encrypt and import 3');
      assert.deepEqual(await patient.importResult(), { created: 0, alreadyThere: 3 });
      assert.equal(await count(), expected);
    });

    it('a cancelled import can be continued', async () => {
      await patient.open('/import');
      await hold(patient);
      await patient.chooseFile(await file('cancelled.csv', readings(2019, MANY)));
      await patient.press(`Encrypt and import ${MANY.toLocaleString('en')}`);
      await patient.isHalfway();
      await picture(patient, 'importing');
      await patient.press('Cancel');
      await patient.sees('Import cancelled');
      await release(patient);
      await patient.press('Continue the import');
      const { created, alreadyThere } = await patient.importResult();
      assert.equal(created + alreadyThere, MANY);
      expected += MANY;
      assert.equal(await count(), expected);
    });

    it('a session that ends in the middle is renewed, and the import completes', async () => {
      await patient.open('/import');
      await hold(patient);
      await patient.chooseFile(await file('expired.csv', readings(2020, MANY)));
      const token = patient.token();
      await patient.press(`Encrypt and import ${MANY.toLocaleString('en')}`);
      await patient.isHalfway();
      const answer = await fetch(`${platform.url}/auth/logout`, { method: 'POST', headers: { 'x-tidepool-session-token': await token } });
      assert.equal(answer.status, 200);
      await release(patient);
      await patient.sees('Please sign in again');
      await picture(patient, 'session-ended');
      await patient.enterPassword();
      const { created, alreadyThere } = await patient.importResult();
      assert.equal(created + alreadyThere, MANY);
      expected += MANY;
      assert.equal(await count(), expected);
    });

    it('a server that dies in the middle and comes back is found again, and the import completes', async () => {
      await patient.open('/import');
      await hold(patient);
      await patient.chooseFile(await file('killed.csv', readings(2021, MANY)));
      await patient.press(`Encrypt and import ${MANY.toLocaleString('en')}`);
      await patient.isHalfway();
      await platform.kill();
      await release(patient);
      await patient.sees('Import interrupted');
      await picture(patient, 'interrupted');
      await platform.start();
      const { created, alreadyThere } = await patient.importResult();
      assert.equal(created + alreadyThere, MANY);
      expected += MANY;
      assert.equal(await count(), expected);
    });

    it('readings are drawn while the rest of the record is on its way', async () => {
      // From the second page on, the page's requests for what was written get no answer until they are released.
      const { identifier } = await patient.page.evaluateOnNewDocument(() => {
        const fetchThere = window.fetch;
        const released = new Promise((resolve) => (window.release = resolve));
        let pages = 0;
        window.fetch = async (...given) => {
          // A request with a body can be read once.
          const { method, url } = given[0] instanceof Request ? given[0] : new Request(...given);
          if (method === 'GET' && new URL(url).pathname.endsWith('/writes') && (pages += 1) > 1) await released;
          return fetchThere(...given);
        };
      });
      await patient.open('/');
      const element = await patient.page.waitForSelector('[data-testid="reading-count-so-far"]');
      const soFar = Number(await element.evaluate((found) => found.getAttribute('value')));
      assert.ok(soFar > 0 && soFar < expected, `${soFar} of ${expected}`);
      await patient.sees('records so far');
      const drawn = await patient.page.$eval('.chart-plot canvas', ({ width, height }) => width > 0 && height > 0);
      assert.ok(drawn);
      await picture(patient, 'partly-drawn');
      await patient.page.evaluate(() => window.release());
      assert.equal(await patient.readingCount(), expected);
      await patient.seesNoMore('records so far');
      await patient.page.removeScriptToEvaluateOnNewDocument(identifier);
    });

    it('nothing went wrong unseen', () => {
      assert.deepEqual(patient.faults, []);
    });
  });
}
