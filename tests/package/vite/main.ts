import * as tidelock from 'tidelock';
import * as inline from 'tidelock/inline';

async function use(): Promise<object> {
  // A failed attempt must not be the last one: the first answer may have been lost on the way.
  let attempts = 1;
  await tidelock.init().catch(() => {
    attempts += 1;
    return tidelock.init();
  });
  await inline.init();
  return { version: tidelock.version(), inline: inline.version(), attempts };
}

const output = document.querySelector('output')!;
use().then(
  (result) => (output.textContent = JSON.stringify(result)),
  (error) => (output.textContent = `failed: ${error.stack}`),
);
