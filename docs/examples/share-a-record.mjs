// Two practitioners and a patient share single records: giving access, sharing on, seeing who has it, taking it back. All
// in one program; each would have a device of their own.
import { init, signUp, HealthcareElement, MemoryKeyStore, Patient, TidelockError } from 'tidelock';

const url = process.env.TIDELOCK_URL ?? 'http://127.0.0.1:8787';
await init();

async function person(fullName, kind) {
  const credentials = { email: `${crypto.randomUUID()}@example.org`, password: 'correct-horse-battery' };
  const { session } = await signUp({ url, keyStore: new MemoryKeyStore(), ...credentials, kind, fullName });
  return session;
}
const [gram, heer, ada] = await Promise.all([person('Dr Gram', 'practitioner'), person('Dr Heer', 'practitioner'), person('Ada Lind', 'patient')]);

const patient = await gram.patientApi.createOrModifyPatient(new Patient({ firstName: 'Ada', lastName: 'Lind', note: 'Winter is coming' }));
const element = await gram.healthcareElementApi.createOrModifyHealthcareElement(
  new HealthcareElement({ description: 'The patient has been diagnosed Pararibulitis' }),
  patient.id,
);

// Nothing is sealed to somebody whose key only the platform vouches for. (`trust: 'first-use'` would take its word.)
try {
  await gram.patientApi.giveAccessTo(patient, heer.user.id);
  throw new Error('Sealed to an identity that nobody has verified.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'not_verified') throw error;
}
// So the two compare the safety number that both of their devices show: on the telephone, or by scanning `qr`.
async function meet(one, other) {
  const { digits } = await other.trustApi.safetyNumber(one.user.id);
  await one.trustApi.confirm(other.user.id, digits);
}
await meet(gram, heer);
await meet(gram, ada);

// Sharing gives a new revision. The patient is one record, what belongs to her are others.
const shared = await gram.patientApi.giveAccessTo(patient, [heer.user.id, ada.user.id]);
console.log((await heer.patientApi.getPatient(patient.id)).note);
try {
  await heer.healthcareElementApi.getHealthcareElement(element.id);
  throw new Error('More was shared than was said.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'not_found') throw error;
}

// Who has it may share it on, and sees what is changed without being given it again.
await gram.healthcareElementApi.giveAccessTo(element, ada.user.id, { rights: 'read' });
const hers = await ada.healthcareElementApi.getHealthcareElement(element.id);
await meet(ada, heer);
await ada.healthcareElementApi.giveAccessTo(hers, heer.user.id, { rights: 'read' });
await gram.healthcareElementApi.update(element.id, (read) => void (read.note = 'seen on Monday'));
console.log((await heer.healthcareElementApi.getHealthcareElement(element.id)).note);

// Everybody who has it sees who else has; whoever gave it takes it back, with what was shared on.
const { permissionsByDataOwnerId } = await gram.patientApi.getDataOwnersWithAccessTo(shared);
console.log(`${Object.keys(permissionsByDataOwnerId).length} have the patient`);
await gram.patientApi.revokeAccess(shared, heer.user.id);
try {
  await heer.patientApi.getPatient(patient.id);
  throw new Error('Still served.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'not_found') throw error;
  console.log('Dr Heer reads the patient no more.');
}
