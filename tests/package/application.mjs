// What an application does that has the package: shown in a page, built by a bundler.
import * as tidelock from 'tidelock';
import { many, story } from './story.mjs';

async function use() {
  const asked = new URLSearchParams(location.search);
  const platform = asked.get('platform');
  if (asked.has('inline')) {
    const inline = await import('tidelock/inline');
    await inline.init();
    return { inline: inline.version(), ...(platform && (await tell(inline, platform))) };
  }
  // A failed attempt must not be the last one: the first answer may have been lost on the way.
  let attempts = 1;
  await tidelock.init().catch(() => {
    attempts += 1;
    return tidelock.init();
  });
  const count = asked.get('many');
  if (platform && count) return { read: await many(tidelock, platform, Number(count)) };
  return { version: tidelock.version(), attempts, ...(platform && (await tell(tidelock, platform))) };
}

/** What the story ends with; and with which code it ended before, where a part of the package was lost on the way. */
async function tell(from, platform) {
  try {
    return { story: await story(from, platform) };
  } catch (error) {
    const { code, retryable } = error;
    if (!retryable) throw error;
    return { lost: code, story: await story(from, platform) };
  }
}

const output = document.querySelector('output');
use().then(
  (result) => (output.textContent = JSON.stringify(result)),
  (error) => (output.textContent = `failed: ${error.stack}`),
);
