// Real browsers, each started with a profile of its own.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { PATIENCE } from './wait.mjs';

/** The browsers of a run: all of them, or those that TIDELOCK_BROWSERS names. */
export const BROWSERS = (process.env.TIDELOCK_BROWSERS ?? 'chrome,firefox').split(',');

const LAUNCH = {
  chrome: {
    browser: 'chrome',
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--lang=en-US', '--force-color-profile=srgb'],
  },
  firefox: {
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    extraPrefsFirefox: { 'intl.accept_languages': 'en-US', 'dom.disable_beforeunload': true },
  },
};

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1200, height: 850 };

const screenshots = fileURLToPath(new URL('./screenshots/', import.meta.url));

/** A browser on an empty profile, with one page that notes what goes wrong in it; `options` are Puppeteer's. */
export async function launch(name, options) {
  const browser = await puppeteer.launch({ ...LAUNCH[name], headless: true, ...options });
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  if (name === 'firefox') {
    // Waiting evaluates text. In the page's own realm, where Puppeteer does it, Firefox 140 lets the application's content
    // security policy forbid that; in the realm that is Puppeteer's it does not.
    const frame = page.mainFrame();
    frame.waitForFunction = (...given) => frame.isolatedRealm().waitForFunction(...given);
  }
  await resize(page, DESK);
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /content security policy|warning: /i.test(message.text())) faults.push(message.text());
  });
  page.on('dialog', (dialog) => dialog.accept().catch(() => undefined));
  return { name, browser, page, faults };
}

/** Keeps a picture of the page as it is, on a desk and on a phone. */
export async function picture({ name, page }, title) {
  await mkdir(screenshots, { recursive: true });
  for (const [device, viewport] of Object.entries({ phone: PHONE, desk: DESK })) {
    await resize(page, viewport);
    await page.screenshot({ path: `${screenshots}${name}-${title}-${device}.png`, fullPage: true });
  }
}

/** Waits until nothing of the page sticks out of the narrowest phone's window, so that it need not be scrolled sideways. */
export async function fitsOnPhone({ page }) {
  await resize(page, PHONE);
  await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth, { polling: 50, timeout: PATIENCE });
  await resize(page, DESK);
}

async function resize(page, viewport) {
  await page.setViewport(viewport).catch((error) => {
    // Firefox before 144 does not know which way up a screen is; its size is told all the same.
    if (!/unknown command emulation\.setScreenOrientationOverride/.test(error.message)) throw error;
  });
  await page.waitForFunction((width) => innerWidth === width, { polling: 50, timeout: PATIENCE }, viewport.width);
}
