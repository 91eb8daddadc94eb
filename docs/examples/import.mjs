// A long import: progress, cancelling it, and going on without a reading lost or doubled. Then a long record: readings are
// shown as they are decrypted, while the rest is still on its way.
import { init, signUp, Content, DataSample, MemoryKeyStore, TidelockError } from 'tidelock';

const url = process.env.TIDELOCK_URL ?? 'http://127.0.0.1:8787';
const credentials = { email: `ada-${crypto.randomUUID()}@example.org`, password: 'correct-horse-battery' };
await init();
const { session } = await signUp({ url, keyStore: new MemoryKeyStore(), ...credentials, kind: 'patient', fullName: 'Ada Lind' });

// The origin of a reading is what makes it the same reading the next time.
const readings = Array.from({ length: 2500 }, (_, index) => {
  const time = Date.UTC(2026, 0, 1) + index * 300_000;
  return new DataSample({ openingDate: time, content: { en: new Content({ numberValue: 5.5 }) }, origin: { source: 'meter.csv', time } });
});

const cancelled = new AbortController();
try {
  await session.dataSampleApi.createDataSamples(readings, {
    signal: cancelled.signal,
    onProgress: ({ done, total }) => {
      console.log(`${done} of ${total}`);
      if (done > 0) cancelled.abort();
    },
  });
  throw new Error('The import was not cancelled.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'aborted') throw error;
}

// The same import again: what is there is left alone.
const { created, alreadyThere } = await session.dataSampleApi.createDataSamples(readings);
console.log(`${created} new, ${alreadyThere} were there`);

// Each comes in the order in which it was written; again if it was changed since, and among the removed if it was deleted.
const shown = new Map();
for await (const { items, removed } of session.dataSampleApi.readDataSamples()) {
  removed.forEach((id) => shown.delete(id));
  items.forEach((sample) => shown.set(sample.id, sample));
  console.log(`${shown.size} to be drawn so far`);
}
if (created + alreadyThere !== readings.length || shown.size !== readings.length) throw new Error('Lost or doubled.');
