// An application that a bundler has built without any configuration, and what it shows in Chromium.
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Platform } from '../e2e/platform.mjs';
import { chromium } from './chromium.mjs';
import { project } from './project.mjs';
import { serve } from './static.mjs';

/** How the bundlers are called. */
const commands = {
  vite: ['vite', 'build'],
  webpack: ['webpack', '--mode', 'production', '--entry', './application.mjs'],
};

export class Built {
  #project;
  #browser;

  /** Builds it with one of the bundlers. */
  static async by(bundler) {
    const built = new Built();
    [built.#project, built.#browser] = await Promise.all([project(bundler), chromium()]);
    await built.#project.run('npx', ...commands[bundler]);
    // webpack leaves pages alone.
    if (bundler === 'webpack') await cp(join(built.folder, 'index.html'), join(built.dist, 'index.html'));
    return built;
  }

  /** The application's project. */
  get folder() {
    return this.#project.folder;
  }

  /** What was built. */
  get dist() {
    return join(this.folder, 'dist');
  }

  async remove() {
    await this.#browser.close();
    await this.#project.remove();
  }

  /** What the application shows when it is opened at an address, and how many workers it has; fails on errors on its way. */
  async see(url) {
    const page = await this.#browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(url);
    const shown = await page.waitForFunction(() => document.querySelector('output')?.textContent, { timeout: 60_000 });
    const [text, workers] = [await shown.jsonValue(), page.workers().length];
    await page.close();
    assert.deepEqual(errors, []);
    assert.doesNotMatch(text, /^failed/);
    return { shown: JSON.parse(text), workers };
  }

  /** The same of an application that works with a platform at another address. */
  async seeWithPlatform(url, query = '') {
    const platform = await Platform.start({ web: false, env: { TIDELOCK_ORIGINS: new URL(url).origin } });
    try {
      return await this.see(`${url}?platform=${encodeURIComponent(platform.url)}${query}`);
    } finally {
      await platform.stop();
    }
  }

  /** What the built application shows; `options` are those of `serve`. */
  async show(options, query = '') {
    return (await this.#served(options, (url) => this.see(`${url}${query}`))).shown;
  }

  /** What the built application shows when it works with a platform, and how many workers it has. */
  async showWithPlatform(options, query) {
    return this.#served(options, (url) => this.seeWithPlatform(url, query));
  }

  async #served(options, look) {
    const server = await serve(this.dist, options);
    try {
      return await look(server.url);
    } finally {
      server.close();
    }
  }
}
