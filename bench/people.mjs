// Accounts at the platform that is measured.
import { MemoryKeyStore, signUp } from 'tidelock';

let people = 0;
/** Others may be measured at the same platform. */
const here = crypto.randomUUID();

const account = (url, kind) => {
  people += 1;
  return { url, keyStore: new MemoryKeyStore(), email: `${kind}${people}@${here}.example`, password: 'correct horse battery staple', kind, fullName: `Person ${people}` };
};

/** A new practitioner's session, which shares with whoever the platform says is meant. */
export async function newPractitioner(url) {
  return (await signUp({ ...account(url, 'practitioner'), trust: 'first-use' })).session;
}

/** A new patient's session. */
export async function newPatient(url) {
  return (await newPatientAccount(url)).session;
}

/** A new patient's session, and the account with which she signed up. */
export async function newPatientAccount(url) {
  const patient = account(url, 'patient');
  return { account: patient, session: (await signUp(patient)).session };
}

/** A new clinic: its only member's session, its id and its share code. */
export async function newClinic(url) {
  const { session } = await signUp(account(url, 'practitioner'));
  const { id } = await session.clinicApi.createClinic({ name: 'Harbour Clinic' });
  const { code } = await session.clinicApi.getShareCode(id);
  return { session, id, code };
}
