// A file beside a record: up as a stream, cancelled and resumed, down again in part and whole.
import { init, signUp, HealthcareElement, MemoryKeyStore, TidelockError } from 'tidelock';

await init();
const { session } = await signUp({
  url: process.env.TIDELOCK_URL ?? 'http://127.0.0.1:8787',
  keyStore: new MemoryKeyStore(), // in a browser leave it out
  email: `${crypto.randomUUID()}@example.org`,
  password: 'correct-horse-battery',
  kind: 'patient',
  fullName: 'Ada Lind',
});
const { attachmentApi, healthcareElementApi } = session;
const element = await healthcareElementApi.createOrModify(new HealthcareElement({ description: 'A scan' }));

// In a browser this would be the file of an <input>, or the body of a response.
const file = new Blob([crypto.getRandomValues(new Uint8Array(65_536)), new Uint8Array(4_000_000)]);

// Somebody closes the laptop. What `onResumable` was told last has keys in it: keep it where the file is.
let resume;
const cancel = new AbortController();
const options = { name: 'scan.tiff', mediaType: 'image/tiff', onResumable: (given) => (resume = given) };
try {
  await attachmentApi.upload(element, file, { ...options, signal: cancel.signal, onProgress: ({ done }) => done > 1_000_000 && cancel.abort() });
  throw new Error('It was not cancelled.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'aborted') throw error;
}

// What is at the platform already is compared with the file and not sent again.
const attachment = await attachmentApi.upload(element, file, { ...options, resume });

// The record holds what opens the file: whoever reads it may read the file, and nobody else.
const changed = await healthcareElementApi.update(element.id, (read) => void (read.attachments = [attachment]));
const [found] = changed.attachments;
console.log(`${found.name}: ${found.size} bytes`);

// Of a part, only the chunks that have it are fetched.
const part = await attachmentApi.downloadBlob(found, { range: { start: 0, end: 65_536 } });
console.log(`${part.size} bytes of it`);

// Each part of the stream has been checked and decrypted when it comes.
let bytes = 0;
for await (const chunk of await attachmentApi.download(found)) bytes += chunk.length;
console.log(`${bytes} bytes in all`);
