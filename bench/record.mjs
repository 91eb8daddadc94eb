// A whole record: imported, shared, opened by the clinic.
import { measure, median, medians } from './measure.mjs';
import { newClinic, newPatient } from './people.mjs';

const RUNS = 5;
const FEW = 10;
const VIEW = { view: true, upload: false, note: false };

/** Imports all samples, shares them with clinics, and opens them as one; the same sharing with a record of a few. */
export async function benchRecord(url, samples) {
  const [many, few] = [await newPatient(url), await newPatient(url)];
  const { seconds, requests, bytes } = await measure(() => many.dataSampleApi.createDataSamples(samples));
  await few.dataSampleApi.createDataSamples(samples.slice(0, FEW));

  const shared = { many: [], few: [] };
  let clinic;
  for (let run = 0; run < RUNS; run += 1) {
    clinic = await newClinic(url);
    shared.many.push(await share(many, clinic));
    shared.few.push(await share(few, clinic));
  }
  const opened = [];
  for (let run = 0; run < RUNS; run += 1) opened.push(await open(many, clinic, samples.length));
  const openSeconds = median(opened.map((one) => one.seconds));
  return {
    import: { readings: samples.length, seconds, readingsPerSecond: samples.length / seconds, requests, bytes },
    share: {
      many: { readings: samples.length, ...medians(shared.many) },
      few: { readings: FEW, ...medians(shared.few) },
    },
    openAsClinic: { readings: samples.length, seconds: openSeconds, readingsPerSecond: samples.length / openSeconds, requests: opened[0].requests },
  };
}

/** From the press of the button to the answer; the clinic was looked up before. */
async function share({ sharingApi }, { code }) {
  const card = await sharingApi.lookUpShareCode(code);
  const { seconds, requests, bytes } = await measure(() => sharingApi.inviteClinic(card, VIEW));
  return { milliseconds: seconds * 1_000, requests, bytes };
}

async function open(patient, { session, id }, expected) {
  for (const { key } of await session.clinicApi.listInvitations(id)) await session.clinicApi.accept(id, key);
  const measured = await measure(() => session.dataSampleApi.listDataSamples({ vault: patient.user.id, clinic: id }));
  if (measured.result.length !== expected) throw new Error(`The clinic read ${measured.result.length} of ${expected} readings.`);
  return measured;
}
