// Somebody in front of a browser: what she does and what she sees.
import { launch } from './browsers.mjs';
import { PATIENCE } from './wait.mjs';

const quote = (text) => `"${text.replaceAll('"', '')}"`;
const PASSWORD = 'a long passphrase'.replaceAll(' ', '-');

export class Person {
  constructor(seat, url, { email, name, kind }) {
    Object.assign(this, seat, { url, email, fullName: name, kind });
  }

  static async sitDown(browser, url, about, options) {
    return new Person(await launch(browser, options), url, about);
  }

  /** A patient and somebody at a clinic, each in front of a browser of her own. */
  static sitDownTogether(browser, url) {
    return Promise.all([
      Person.sitDown(browser, url, { kind: 'patient', name: 'Jill Jellyfish', email: 'jill@jellyfish.example' }),
      Person.sitDown(browser, url, { kind: 'practitioner', name: 'Dr. Mary Mollusc', email: 'mary@seastar.example' }),
    ]);
  }

  async leave() {
    await this.browser.close();
  }

  // --- what everybody does --------------------------------------------------------------------------------------------

  async open(path) {
    await this.page.goto(path.startsWith('http') ? path : this.url + path);
  }

  /** Where she is. Not Puppeteer's `url()`, which Firefox 140 does not tell of where an application goes without loading a page. */
  async address() {
    return new URL(await this.page.evaluate(() => location.href));
  }

  /** Clicks the button or link with these words, visible or for screen readers; or another kind of element. */
  async press(words, ...elements) {
    const kinds = (elements.length > 0 ? elements : ['button', 'a']).map((name) => `self::${name}`).join(' or ');
    const named = `(normalize-space(.)=${quote(words)} or @aria-label=${quote(words)})`;
    await this.page.locator(`::-p-xpath((//dialog[@open]//*[${kinds}][${named}] | //*[${kinds}][${named}][not(//dialog[@open])])[1])`).click();
  }

  async type(field, text) {
    await this.page.locator(`:is(input, textarea)[name="${field}"]`).fill(text);
  }

  /** Chooses one of several, by the value behind its words. */
  async choose(value) {
    await this.page.locator(`input[type="radio"][value="${value}"]`).click();
  }

  /** Chooses a date as the browser's own picker does: its keys depend on the language. */
  async pickDate(field, date) {
    const input = await this.page.waitForSelector(`input[name="${field}"]`);
    await input.evaluate((element, chosen) => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(element, chosen);
      element.dispatchEvent(new Event('input', { bubbles: true }));
    }, date);
  }

  /** Types letter by letter, as fingers do. */
  async typeSlowly(field, text) {
    const input = await this.page.waitForSelector(`input[name="${field}"]`);
    await input.click({ count: 3 });
    await this.page.keyboard.press('Backspace');
    await input.type(text);
  }

  async sees(text) {
    await this.page.waitForFunction((wanted) => document.body.innerText.includes(wanted), { polling: 50, timeout: PATIENCE }, text).catch(async (cause) => {
      const seen = await this.page.evaluate(() => document.body.innerText).catch(() => '(no page)');
      throw new Error(`${this.fullName} never saw “${text}”, but:\n${seen}`, { cause });
    });
  }

  /** Waits until something is not on the page any more. */
  async seesNoMore(text) {
    await this.page.waitForFunction((unwanted) => !document.body.innerText.includes(unwanted), { polling: 50, timeout: PATIENCE }, text);
  }

  async text(selector) {
    const element = await this.page.waitForSelector(selector);
    return element.evaluate((found) => found.textContent);
  }

  async value(field) {
    const element = await this.page.waitForSelector(`input[name="${field}"]`);
    return element.evaluate((found) => found.value);
  }

  /** The groups of the safety number on the screen. */
  async safetyNumber() {
    await this.page.waitForSelector('[data-testid="safety-number"]');
    return this.page.$$eval('[data-testid="safety-number"] li', (items) => items.map((item) => item.textContent));
  }

  /** Looks for the safety number with somebody, on the page where everybody finds it. */
  async safetyNumberWith({ email }) {
    await this.open('/people');
    await this.type('compare-with', email);
    await this.press('Show the safety number');
    return this.safetyNumber();
  }

  /** Says that the safety number on the screen is the other's, without typing it. */
  async sayTheyMatch() {
    await this.page.locator('input[name="same"]').click();
    await this.press('They match');
  }

  /** Writes a problem down as an entry of one's own. */
  async writeProblem(description) {
    await this.open('/records/problems/new');
    await this.type('description', description);
    await this.press('Save');
    await this.sees('Who has access');
  }

  /** Opens the entry with these words from a list of entries. */
  async pressEntry(words) {
    await this.page.locator(`::-p-xpath((//a[contains(@class, "record-link")][contains(normalize-space(.), ${quote(words)})])[1])`).click();
  }

  // --- accounts -------------------------------------------------------------------------------------------------------

  /** Signs up, and keeps the recovery code. */
  async signUp() {
    await this.open('/signup');
    await this.signUpHere();
  }

  /** The same on the page for it, to which something else has led. */
  async signUpHere() {
    await this.page.locator(`input[value="${this.kind}"]`).click();
    await this.type('name', this.fullName);
    if (this.kind === 'patient') await this.pickDate('bday', '1984-08-24');
    await this.type('email', this.email);
    await this.type('new-password', PASSWORD);
    await this.press('Create account');
    await this.keepRecoveryCode();
    await this.sees('Sign out');
  }

  /** Writes the recovery code down that is shown, and enters it carelessly. */
  async keepRecoveryCode() {
    await this.page.waitForSelector('[data-testid="recovery-code"]');
    const groups = await this.page.$$eval('[data-testid="recovery-code"] li', (items) => items.map((item) => item.textContent));
    this.recoveryCode = groups.join('-');
    await this.press('I have written it down');
    await this.type('recovery-code', groups.join(' ').toLowerCase());
    await this.press('Confirm');
  }

  async enterPassword() {
    await this.type('password', PASSWORD);
    await this.press('Sign in');
  }

  async signIn() {
    await this.type('email', this.email);
    await this.enterPassword();
  }

  /** The token of the page's session, as the next request carries it. */
  token() {
    return new Promise((resolve) => {
      const look = (request) => {
        const token = request.headers()['x-tidepool-session-token'];
        if (token) {
          this.page.off('request', look);
          resolve(token);
        }
      };
      this.page.on('request', look);
    });
  }

  // --- sharing --------------------------------------------------------------------------------------------------------

  /** Founds a clinic after signing up; resolves to its share code. */
  async foundClinic(name) {
    await this.sees('Set up your clinic');
    await this.type('name', name);
    await this.type('address', '123 Milly Mole Lane');
    await this.type('city', 'Palo Alto');
    await this.type('country', 'US');
    await this.press('Create clinic');
    return this.text('[data-testid="share-code"]');
  }

  /** Invites the clinic of a share code, from the page on which one shares. */
  async invite(code) {
    await this.typeSlowly('share-code', code);
    await this.press('Find the clinic');
    await this.press('Send invitation');
    await this.sees('Invite sent');
  }

  /** Marks the page, so that it can be told from one that was loaded anew. */
  async mark() {
    await this.page.evaluate(() => (window.marked = true));
  }

  /** Whether the page is the one that was marked. */
  isMarked() {
    return this.page.evaluate(() => window.marked === true);
  }

  // --- records --------------------------------------------------------------------------------------------------------

  async chooseFile(path) {
    const input = await this.page.waitForSelector('input[type="file"]');
    await input.uploadFile(path);
  }

  /** How many readings the record on the screen has. */
  async readingCount() {
    const element = await this.page.waitForSelector('[data-testid="reading-count"]');
    return Number(await element.evaluate((found) => found.getAttribute('value')));
  }

  /** Waits for the end of an import: how many readings are new, how many were there before. */
  async importResult() {
    const element = await this.page.waitForSelector('[data-testid="import-result"]');
    return element.evaluate((found) => ({ created: Number(found.dataset.created), alreadyThere: Number(found.dataset.alreadyThere) }));
  }

  /** Waits until part of an import, but not all, has arrived. */
  async isHalfway() {
    await this.page.waitForFunction(() => {
      const bar = document.querySelector('[role="progressbar"]');
      const done = Number(bar?.getAttribute('aria-valuenow') ?? 0);
      return document.body.innerText.includes('Importing') && done > 0 && done < 100;
    }, { polling: 10, timeout: PATIENCE });
  }

  async importSample() {
    await this.open('/import/sample');
    await this.press('Encrypt and import 2,013');
    return this.importResult();
  }
}
