// A worker, and so an instance of the module of its own, for deferred.test.mjs: what a device does when the deferred part
// is not to be had, and then is. Gets what the device keeps and answers what came of it.
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { TidelockError, checkShareCode, resume, signIn, signUp } from 'tidelock';
import { deferredFrom, imported } from '../../dist/deferred.js';
import { load } from '../../dist/load.js';
import { mapStore, readings } from './people.mjs';

const { what, account, kept, given } = workerData;
let lost = true;
let attempts = 0;
const deferred = deferredFrom(() => {
  attempts += 1;
  if (lost) throw new TypeError('lost');
  return imported();
});
const core = () => readFile(new URL(import.meta.resolve('tidelock/wasm')));
await load(undefined, core, { deferred });
const device = { ...account, keyStore: mapStore(kept) };
const failure = (promise) =>
  promise.then(() => 'none', (error) => error instanceof TidelockError && { code: error.code, retryable: error.retryable });

const work = {
  /** Opens the application, reads a record, signs out and in again. */
  async 'core alone'() {
    const session = await resume(device);
    const [{ origin }] = await session.dataSampleApi.listDataSamples();
    const unconfirmed = await session.recoveryCode();
    await session.refresh();
    await session.signOut();
    const again = await signIn(device);
    const read = await again.dataSampleApi.listDataSamples();
    return { name: again.user.fullName, read: read.length, same: origin.time === read[0].origin.time, unconfirmed: Boolean(unconfirmed) };
  },
  /** Checks a share code, typed carelessly. */
  async 'share code'() {
    return { code: checkShareCode(given.toLowerCase()) };
  },
  /** Signs somebody up and lists who has access: once without the deferred part and once with it. */
  async 'first lost, then there'() {
    const other = { ...device, keyStore: mapStore(new Map()), email: `other-${account.email}`, kind: 'patient', fullName: 'Bob' };
    const session = await resume(device);
    const lists = () => session.sharingApi.listAccess();
    const failures = [await failure(signUp(other)), await failure(lists())];
    lost = false;
    const [{ state }] = await lists();
    const { session: signedUp } = await signUp(other);
    return { failures, state, name: signedUp.user.fullName };
  },
  /** Opens a record that was offered to a clinic which has declined: its keys have to be renewed first. */
  async 'keys to renew'() {
    const session = await resume(device);
    const reads = () => session.dataSampleApi.listDataSamples();
    const failures = [await failure(reads())];
    lost = false;
    const read = await reads();
    const written = await session.dataSampleApi.createDataSamples(readings(2));
    return { failures, read: read.length, created: written.created };
  },
};
parentPort.postMessage({ ...(await work[what]()), attempts });
