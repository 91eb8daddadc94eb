// A lost key: a whole record that was shared with a clinic is given back to its owner's new identity, and restored.
import { MemoryKeyStore, startOver } from 'tidelock';
import { measure } from './measure.mjs';
import { newClinic, newPatientAccount } from './people.mjs';

/** Imports all samples, shares them with a clinic, loses every key, and gets the record back from the clinic. */
export async function benchLostKey(url, samples) {
  const { account, session: patient } = await newPatientAccount(url);
  await patient.dataSampleApi.createDataSamples(samples);
  const { session: doctor, id: clinic, code } = await newClinic(url);
  await patient.sharingApi.inviteClinic(await patient.sharingApi.lookUpShareCode(code), { view: true, upload: false, note: false });
  for (const { key } of await doctor.clinicApi.listInvitations(clinic)) await doctor.clinicApi.accept(clinic, key);

  const { session: owner } = await startOver({ ...account, keyStore: new MemoryKeyStore() });
  await confirm(doctor, owner);
  const givenBack = await measure(() => doctor.recoveryApi.giveBack(owner.user.id, { clinic }));
  await confirm(owner, doctor);
  const restored = await measure(() => owner.recoveryApi.restore());
  const { entities, readable } = restored.result;
  if (readable !== entities || entities < samples.length) throw new Error(`${readable} of ${samples.length} readings came back.`);
  return { readings: samples.length, giveBack: figures(givenBack), restore: figures(restored) };
}

/** The first takes the identity of the second as verified, whose device shows the safety number. */
async function confirm(one, other) {
  const { digits } = await other.trustApi.safetyNumber(one.user.id);
  await one.trustApi.confirm(other.user.id, digits);
}

const figures = ({ seconds, requests, writes, bytes }) => ({ milliseconds: seconds * 1_000, requests, writes, bytes });
