// Single records: one shared with many at once, and many with one, beside iCure's SDK.
import { HealthcareElement, Patient } from 'tidelock';
import * as icure from './peers/icure.mjs';
import { collectRubbish, countLongTasks, measure, medians } from './measure.mjs';
import { newPractitioner } from './people.mjs';

/** So many that the just-in-time compiler has done its work before the one in the middle, here and there. */
const RUNS = 11;
const DELEGATES = 100;
const ENTITIES = 1_000;
const BODY = { firstName: 'John', lastName: 'Snow', note: 'Winter is coming' };

/**
 * Shares one patient with a hundred delegates, here and there, and a thousand healthcare elements with one, who then reads them.
 * Each run has an owner of its own, to whom all of them are new. iCure's platform answers in the same process, and where `server` is given is
 * a server, too.
 */
export async function benchEntities(url, server) {
  const sessions = await newDelegates(url, DELEGATES);
  const delegates = sessions.map(({ user }) => user.id);
  const publicKeys = await icure.newDelegates(DELEGATES);
  const runs = { tidelock: [], icureInMemory: [], ...(server && { icure: [] }) };
  let owner;
  for (let run = 0; run < RUNS; run += 1) {
    owner = await newPractitioner(url);
    runs.tidelock.push(await shareWithAll(owner, delegates));
    runs.icureInMemory.push(await icure.shareWithNewDelegates(icure.memory(), publicKeys, BODY));
    if (server) runs.icure.push(await icure.shareWithNewDelegates(server, publicKeys, BODY));
  }
  const shareOne = Object.fromEntries(Object.entries(runs).map(([name, measured]) => [name, medians(measured)]));
  return { delegates: DELEGATES, shareOne, shareMany: await shareAll(owner, sessions[0]) };
}

async function newDelegates(url, count) {
  const sessions = [];
  while (sessions.length < count) sessions.push(await newPractitioner(url));
  return sessions;
}

async function shareWithAll({ patientApi }, delegates) {
  const patient = await patientApi.createOrModifyPatient(new Patient(BODY));
  await collectRubbish();
  const { seconds, requests, writes, bytes, result } = await measure(() => patientApi.giveAccessTo(patient, delegates));
  const { permissionsByDataOwnerId } = await patientApi.getDataOwnersWithAccessTo(result);
  if (!delegates.every((id) => permissionsByDataOwnerId[id] === 'WRITE')) throw new Error('The patient was not shared with everybody.');
  return { milliseconds: seconds * 1_000, requests, writes, bytes, storedBytesPerDelegate: bytes / delegates.length };
}

async function shareAll({ user, healthcareElementApi }, delegate) {
  const elements = Array.from({ length: ENTITIES }, (_, number) => new HealthcareElement({ description: `Problem ${number}` }));
  const created = await healthcareElementApi.createOrModifyHealthcareElements(elements, user.id);
  const [shared, longTasks] = await countLongTasks(() => measure(() => healthcareElementApi.giveAccessToMany(created, delegate.user.id)));
  const { seconds, requests, writes, bytes } = shared;
  const [read, longTasksOfReading] = await countLongTasks(() => measure(() => delegate.healthcareElementApi.getMany(created.map(({ id }) => id))));
  if (read.result.length !== ENTITIES) throw new Error('Not all records could be read.');
  const reading = { milliseconds: read.seconds * 1_000, requests: read.requests, bytes: read.bytes, longTasks: longTasksOfReading };
  return { entities: ENTITIES, milliseconds: seconds * 1_000, requests, writes, bytes, storedBytesPerEntity: bytes / ENTITIES, longTasks, reading };
}
