// People and readings for the tests of the package in Node.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CodingReference, Content, DataSample, Measure, MemoryKeyStore, TidelockError, errorCodes, recover, signUp } from 'tidelock';

export const PASSWORD = 'correct horse battery staple';
export const CLINIC = 'Harbour Clinic';

/** Whoever the platform says is meant is believed. */
export const TRUSTING = { trust: 'first-use' };

let people = 0;

/** A key store whose content is in a map, which can be handed to another thread. */
export const mapStore = (values) => ({
  get: async (name) => values.get(name),
  put: async (name, value) => void values.set(name, value),
  delete: async (name) => void values.delete(name),
});

/** Somebody with an account of her own and an empty device; `options` are what else she opens her sessions with. */
async function person(url, kind, fullName, options) {
  const email = `${kind}${(people += 1)}@example.org`;
  const account = { url, keyStore: new MemoryKeyStore(), email, password: PASSWORD, ...options };
  const opened = await signUp({ ...account, kind, fullName, birthDate: kind === 'patient' ? '1984-08-24' : undefined });
  return { account, ...opened };
}

/** A new patient: `account` is what she signs in with. */
export const newPatient = (url, fullName = 'Alice Appleseed', options) => person(url, 'patient', fullName, options);

/** A new practitioner without a clinic. */
export const newPractitioner = (url, options) => person(url, 'practitioner', 'Dora Doctor', options);

/** A new practitioner with a clinic of her own and its share code. */
export async function newClinic(url, options) {
  const doctor = await newPractitioner(url, options);
  const { clinicApi } = doctor.session;
  const clinic = await clinicApi.createClinic({ name: CLINIC, city: 'Springfield', country: 'US' });
  const { code } = await clinicApi.getShareCode(clinic.id);
  return { ...doctor, clinic, code };
}

export const idOf = ({ session }) => session.user.id;

/** The patient invites the clinic, and the doctor accepts. */
export async function share(patient, { session, clinic, code }, permissions = { view: true, upload: false, note: false }) {
  const { sharingApi } = patient.session;
  await sharingApi.inviteClinic(await sharingApi.lookUpShareCode(code), permissions);
  const [invitation] = await session.clinicApi.listInvitations(clinic.id);
  await session.clinicApi.accept(clinic.id, invitation.key);
}

/** The same person on another device, which had none of her keys. */
export const onAnotherDevice = ({ account, recoveryCode }) => recover({ ...account, keyStore: new MemoryKeyStore(), recoveryCode });

/** What a call throws; a call that throws nothing, or anything but this package's error with a known code, is an error itself. */
export async function failure(promise) {
  const error = await promise.then((given) => assert.fail(`nothing was thrown: ${JSON.stringify(given)}`), (thrown) => thrown);
  assert.ok(error instanceof TidelockError, String(error?.stack ?? error));
  assert.ok(errorCodes.includes(error.code), error.code);
  assert.ok(error.message.length > 0);
  assert.equal(typeof error.details, 'object');
  return error;
}

/** Asserts that a call fails with this code; resolves to the error. */
export async function rejects(code, promise) {
  const error = await failure(promise);
  assert.equal(error.code, code, error.message);
  return error;
}

/** Does `work` while `send` sends its requests; it gets each, and what sends them otherwise, and with which options. */
export async function withFetch(send, work) {
  const fetchThere = globalThis.fetch;
  globalThis.fetch = (request, options) => send(new Request(request, options), fetchThere, options);
  try {
    return await work();
  } finally {
    globalThis.fetch = fetchThere;
  }
}

/** The requests that are sent while `work` is done: method and path, and the bytes of the body. */
export async function requestsOf(work) {
  const requests = [];
  await withFetch(async (request, fetchThere) => {
    const { byteLength } = await request.clone().arrayBuffer();
    requests.push({ request: `${request.method} ${new URL(request.url).pathname}`, bytes: byteLength });
    return fetchThere(request);
  }, work);
  return requests;
}

/** Of requests, those that write entities. */
export const writesOf = (requests) => requests.filter(({ request }) => /^POST .*\/writes$/.test(request));

/** A record without what the package sets itself. */
export const contentOf = (record) => new record.constructor({ ...record, ...NOTHING_SET });
const NOTHING_SET = Object.fromEntries(
  ['id', 'rev', 'created', 'modified', 'author', 'responsible', 'inNameOf', 'sealedBy', 'rights', 'compartment'].map((name) => [name, undefined]),
);

/** Glucose readings, five minutes apart. */
export function readings(count, { from = Date.UTC(2024, 0, 1), source = 'meter' } = {}) {
  return Array.from({ length: count }, (_, index) => {
    const time = from + index * 300_000;
    return new DataSample({
      openingDate: time,
      labels: new Set([new CodingReference({ id: 'LOINC|2339-0|2.77', type: 'LOINC', code: '2339-0', version: '2.77' })]),
      content: { en: new Content({ measureValue: new Measure({ value: 70 + (index % 130), unit: 'mg/dL' }) }) },
      origin: { source, time },
    });
  });
}

/** Asserts that what was read is what was written, but for what the package sets itself. */
export function assertSameSamples(read, written) {
  const inOrder = (samples) => [...samples].sort((a, b) => a.openingDate - b.openingDate);
  assert.equal(read.length, written.length);
  const expected = inOrder(written);
  for (const [index, sample] of inOrder(read).entries()) {
    assert.deepEqual(contentOf(sample), expected[index]);
  }
}

/** What follows `/verify/` in the mail that a platform sent to somebody. */
export async function verification(platform, { account }) {
  const folder = join(platform.data, 'mail');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml')).sort();
  const mails = await Promise.all(names.map(async (name) => (await readFile(join(folder, name), 'utf8')).replace(/=\r?\n/g, '')));
  return /\/verify\/([\w-]+)/.exec(mails.findLast((mail) => mail.includes(`To: ${account.email}`) && mail.includes('/verify/')))[1];
}

/** From now on each worker of this process fails when it is given the chunk of a file, until `end`; `chunks` counts those. */
export function losing() {
  const lost = { chunks: 0, end: () => ended() };
  const prototype = Worker.prototype;
  const { postMessage } = prototype;
  const ended = () => (prototype.postMessage = postMessage);
  prototype.postMessage = function (message, transfer) {
    if (message?.secret) {
      lost.chunks += 1;
      postMessage.call(this, {});
    }
    postMessage.call(this, message, transfer);
  };
  return lost;
}
