// A patient shares her record with a clinic, and takes it back. Both sides in one program; each would run in a browser of
// its own, where keys are kept in IndexedDB without being asked for.
import { init, signUp, CodingReference, Content, DataSample, Measure, MemoryKeyStore, TidelockError } from 'tidelock';

const url = process.env.TIDELOCK_URL ?? 'http://127.0.0.1:8787';
const account = (name) => ({ email: `${name}-${crypto.randomUUID()}@example.org`, password: 'correct-horse-battery' });
await init();

// The clinic: an account for a person who works there, the clinic's keys, and a share code that certifies them.
const clinician = { ...account('gram'), kind: 'practitioner', fullName: 'Dr Gram' };
const { session: atTheClinic } = await signUp({ url, keyStore: new MemoryKeyStore(), ...clinician });
const { id: clinicId } = await atTheClinic.clinicApi.createClinic({ name: 'Harbour Clinic', city: 'Bergen' });
const { code } = await atTheClinic.clinicApi.getShareCode(clinicId);
console.log(`The clinic tells its patients: ${code}`);

// The patient: an account, a recovery code that she writes down and confirms, and readings.
const patient = { ...account('ada'), kind: 'patient', fullName: 'Ada Lind', birthDate: '1984-08-24' };
const { session: atHome, recoveryCode } = await signUp({ url, keyStore: new MemoryKeyStore(), ...patient });
await atHome.confirmRecoveryCode(recoveryCode);
const readings = [5.4, 6.1, 7.8].map((value, index) => {
  const time = Date.UTC(2026, 0, 1, 8, 5 * index);
  return new DataSample({
    openingDate: time,
    labels: new Set([new CodingReference({ id: 'LOINC|15074-8|2', type: 'LOINC', code: '15074-8', version: '2' })]),
    content: { en: new Content({ measureValue: new Measure({ value, unit: 'mmol/L' }) }) },
    origin: { source: 'meter 4711', time },
  });
});
await atHome.dataSampleApi.createDataSamples(readings);

// She types the code as people do, sees whose key it certifies, and hands over the key to her record.
const card = await atHome.sharingApi.lookUpShareCode(code.toLowerCase().replaceAll('-', ' '));
console.log(`${card.name}, verified: ${card.verified}`);
await atHome.sharingApi.inviteClinic(card, { view: true, upload: false, note: false });

// The clinic accepts, and reads.
const [invitation] = await atTheClinic.clinicApi.listInvitations(clinicId);
await atTheClinic.clinicApi.accept(clinicId, invitation.key);
const asTheClinic = { vault: invitation.patientId, clinic: clinicId };
const seen = await atTheClinic.dataSampleApi.listDataSamples(asTheClinic);
seen.sort((left, right) => left.openingDate - right.openingDate);
console.log(`${invitation.fullName}: ${seen.map(({ content }) => content.en.measureValue.value).join(', ')}`);

// She revokes: the platform refuses at once, and what she writes from now on is under keys that the clinic never had.
await atHome.sharingApi.revoke(clinicId);
try {
  await atTheClinic.dataSampleApi.listDataSamples(asTheClinic);
  throw new Error('The clinic can still read.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'not_found') throw error;
  console.log('The clinic can read no more.');
}
