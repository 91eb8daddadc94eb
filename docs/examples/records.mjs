// A patient, a condition and a sample, one by one: creating, reading, changing, and what happens when two change the same.
import { init, signUp, CodingReference, Content, DataSample, HealthcareElement, MemoryKeyStore, Patient, TidelockError } from 'tidelock';

const url = process.env.TIDELOCK_URL ?? 'http://127.0.0.1:8787';
const credentials = { email: `gram-${crypto.randomUUID()}@example.org`, password: 'correct-horse-battery' };
await init();
const { session } = await signUp({ url, keyStore: new MemoryKeyStore(), ...credentials, kind: 'practitioner', fullName: 'Dr Gram' });
const { patientApi, healthcareElementApi, dataSampleApi } = session;

// What is created comes back with an id and a revision.
const patient = await patientApi.createOrModifyPatient(new Patient({ firstName: 'John', lastName: 'Snow', note: 'Winter is coming' }));
const element = await healthcareElementApi.createOrModifyHealthcareElement(
  new HealthcareElement({
    description: 'The patient has been diagnosed Pararibulitis',
    codes: new Set([new CodingReference({ id: 'SNOMEDCT|617|20020131', type: 'SNOMEDCT', code: '617', version: '20020131' })]),
    openingDate: 20191012, // epoch milliseconds or a fuzzy number; kept as given
  }),
  patient.id,
);
const sample = await dataSampleApi.createOrModifyDataSampleFor(
  patient.id,
  new DataSample({ content: { en: new Content({ stringValue: 'Hello world' }) }, comment: 'This is a comment' }),
);
console.log((await dataSampleApi.getDataSample(sample.id)).content['en'].stringValue);

// A change replaces the revision that was read, and no other.
const modified = await patientApi.createOrModifyPatient(new Patient({ ...patient, note: 'Winter is here' }));
try {
  await patientApi.createOrModifyPatient(new Patient({ ...patient, note: 'Summer' }));
  throw new Error('A newer revision was lost.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'conflict') throw error;
  console.log(`The current revision is the other one: ${error.details.current === modified.rev}`);
}

// update() reads again, and applies the change to what is there then.
await patientApi.update(patient.id, (read) => void (read.note += ', and snow'));
console.log((await patientApi.getPatient(patient.id)).note);

// What belongs to whom is known to those who can read the patient, and to nobody else.
const [found] = await healthcareElementApi.getHealthcareElementsForPatient(patient.id);
if (found.id !== element.id) throw new Error('Not found again.');
