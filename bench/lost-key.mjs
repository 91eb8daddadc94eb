// A lost key: a clinic gives a whole record back to its owner, who goes on with it under a new identity.
import { MemoryKeyStore, signUp, startOver } from 'tidelock';
import { measure } from './measure.mjs';
import { account, newClinic } from './people.mjs';

/** Everything but the samples themselves, which nobody has to touch. */
export async function benchLostKey(url, samples) {
  const patient = account(url, 'patient');
  const { session } = await signUp(patient);
  await session.dataSampleApi.createDataSamples(samples);
  const clinic = await newClinic(url);
  const vault = session.user.id;
  await session.sharingApi.inviteClinic(await session.sharingApi.lookUpShareCode(clinic.code), { view: true, upload: false, note: false });
  for (const { key } of await clinic.session.clinicApi.listInvitations(clinic.id)) await clinic.session.clinicApi.accept(clinic.id, key);

  const again = (await startOver({ ...patient, keyStore: new MemoryKeyStore() })).session;
  const compare = async (one, other) => one.trustApi.confirm(other.user.id, (await other.trustApi.safetyNumber(one.user.id)).digits);
  await compare(clinic.session, again);
  const giveBack = await measure(() => clinic.session.recoveryApi.giveBack(vault, { clinic: clinic.id }));
  await compare(again, clinic.session);
  const restore = await measure(() => again.recoveryApi.restore());
  const { length } = await again.dataSampleApi.listDataSamples();
  if (length !== samples.length) throw new Error(`${length} of ${samples.length} readings came back.`);
  const cost = ({ seconds, requests, writes, bytes }) => ({ milliseconds: seconds * 1_000, requests, writes, bytes });
  return { readings: samples.length, giveBack: cost(giveBack), restore: cost(restore) };
}
