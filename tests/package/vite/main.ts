import * as tidelock from 'tidelock';
import * as inline from 'tidelock/inline';
import { story } from './story.mjs';

async function use(): Promise<object> {
  // A failed attempt must not be the last one: the first answer may have been lost on the way.
  let attempts = 1;
  await tidelock.init().catch(() => {
    attempts += 1;
    return tidelock.init();
  });
  await inline.init();
  const platform = new URLSearchParams(location.search).get('platform');
  const result = { version: tidelock.version(), inline: inline.version(), attempts };
  return platform ? { ...result, story: await story(tidelock, platform) } : result;
}

const output = document.querySelector('output')!;
use().then(
  (result) => (output.textContent = JSON.stringify(result)),
  (error) => (output.textContent = `failed: ${error.stack}`),
);
