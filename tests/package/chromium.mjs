// The machine's own Chromium, headless.
import { launch } from 'puppeteer-core';

/** Starts Chromium; `CHROMIUM` names another than the usual. */
export function chromium() {
  return launch({
    browser: 'chrome',
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}
