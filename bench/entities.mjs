// Single records: one shared with many at once, and many with one, beside iCure's SDK.
import { HealthcareElement, Patient } from 'tidelock';
import { shareWithNewDelegates } from './peers/icure.mjs';
import { measure, medians } from './measure.mjs';
import { newPractitioner } from './people.mjs';

const RUNS = 5;
const DELEGATES = 100;
const ENTITIES = 1_000;
const BODY = { firstName: 'John', lastName: 'Snow', note: 'Winter is coming' };

/**
 * Shares one patient with a hundred delegates, here and there, and a thousand healthcare elements with one. Each run has an
 * owner of its own, to whom all of them are new.
 */
export async function benchEntities(url) {
  const delegates = await newDelegates(url, DELEGATES);
  const tidelock = [];
  const icure = [];
  let owner;
  for (let run = 0; run < RUNS; run += 1) {
    owner = await newPractitioner(url);
    tidelock.push(await shareOne(owner, delegates));
    icure.push(await shareWithNewDelegates(DELEGATES, BODY));
  }
  const shareMany = await shareAll(owner, delegates[0]);
  return { delegates: DELEGATES, shareOne: { tidelock: medians(tidelock), icure: medians(icure) }, shareMany };
}

async function newDelegates(url, count) {
  const ids = [];
  while (ids.length < count) ids.push((await newPractitioner(url)).user.id);
  return ids;
}

async function shareOne({ patientApi }, delegates) {
  const patient = await patientApi.createOrModifyPatient(new Patient(BODY));
  const { seconds, requests, writes, bytes, result } = await measure(() => patientApi.giveAccessTo(patient, delegates));
  const { permissionsByDataOwnerId } = await patientApi.getDataOwnersWithAccessTo(result);
  if (!delegates.every((id) => permissionsByDataOwnerId[id] === 'WRITE')) throw new Error('The patient was not shared with everybody.');
  return { milliseconds: seconds * 1_000, requests, writes, bytes, storedBytesPerDelegate: bytes / delegates.length };
}

async function shareAll({ user, healthcareElementApi }, delegate) {
  const elements = Array.from({ length: ENTITIES }, (_, number) => new HealthcareElement({ description: `Problem ${number}` }));
  const created = await healthcareElementApi.createOrModifyHealthcareElements(elements, user.id);
  const { seconds, requests, writes, bytes } = await measure(() => healthcareElementApi.giveAccessToMany(created, delegate));
  return { entities: ENTITIES, milliseconds: seconds * 1_000, requests, writes, bytes, storedBytesPerEntity: bytes / ENTITIES };
}
