import * as tidelock from 'tidelock';
import * as inline from 'tidelock/inline';

async function use(): Promise<object> {
  await tidelock.init();
  await inline.init();
  return { version: tidelock.version(), inline: inline.version() };
}

const output = document.querySelector('output')!;
use().then(
  (result) => (output.textContent = JSON.stringify(result)),
  (error) => (output.textContent = `failed: ${error.stack}`),
);
