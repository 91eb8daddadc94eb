// Single records: one shared with many at once, and many with one, beside iCure's SDK.
import { HealthcareElement, Patient } from 'tidelock';
import { shareWithNewDelegates } from './icure.mjs';
import { measure, medians } from './measure.mjs';
import { newPractitioner } from './people.mjs';

const RUNS = 3;
const DELEGATES = 100;
const ENTITIES = 1_000;
const BODY = { firstName: 'John', lastName: 'Snow', note: 'Winter is coming' };

/** Shares one patient with a hundred new delegates, here and there, and a thousand healthcare elements with one. */
export async function benchEntities(url) {
  const owner = await newPractitioner(url);
  const tidelock = [];
  const icure = [];
  for (let run = 0; run < RUNS; run += 1) {
    tidelock.push(await shareOne(owner, await newDelegates(url, DELEGATES)));
    icure.push(await shareWithNewDelegates(DELEGATES, BODY));
  }
  const [delegate] = await newDelegates(url, 1);
  return { delegates: DELEGATES, shareOne: { tidelock: medians(tidelock), icure: medians(icure) }, shareMany: await shareMany(owner, delegate) };
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
  if (!delegates.every((id) => permissionsByDataOwnerId[id] === 'READ')) throw new Error('The patient was not shared with everybody.');
  return { milliseconds: seconds * 1_000, requests, writes, bytes, storedBytesPerDelegate: bytes / delegates.length };
}

async function shareMany({ healthcareElementApi }, delegate) {
  const elements = Array.from({ length: ENTITIES }, (_, number) => new HealthcareElement({ description: `Problem ${number}` }));
  const created = await healthcareElementApi.createOrModifyHealthcareElements(elements);
  const { seconds, requests, writes, bytes } = await measure(() => healthcareElementApi.giveAccessToMany(created, delegate));
  return { entities: ENTITIES, milliseconds: seconds * 1_000, requests, writes, bytes, storedBytesPerEntity: bytes / ENTITIES };
}
