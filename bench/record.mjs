// A whole record: imported, shared, opened by the clinic.
import { measure, median, medians } from './measure.mjs';
import { newClinic, newPatient } from './people.mjs';

const RUNS = 5;
const SIZES = [10, 100, 1_000, 10_000, 100_000];
const VIEW = { view: true, upload: false, note: false };

/** Imports all samples, shares them with a clinic and opens them as one; shares records of several sizes. */
export async function benchRecord(url, samples) {
  const patient = await newPatient(url);
  const { seconds, requests, bytes } = await measure(() => patient.dataSampleApi.createDataSamples(samples));
  const clinic = await newClinic(url);
  await share(patient, clinic);
  const opened = [];
  for (let run = 0; run < RUNS; run += 1) opened.push(await open(patient, clinic, samples.length));
  const openSeconds = median(opened.map((one) => one.seconds));
  return {
    import: { readings: samples.length, seconds, readingsPerSecond: samples.length / seconds, requests, bytes },
    share: await shareAll(url, samples),
    openAsClinic: { readings: samples.length, seconds: openSeconds, readingsPerSecond: samples.length / openSeconds, requests: opened[0].requests },
  };
}

/** Shares records of each size with clinics, the sizes taking turns. */
async function shareAll(url, samples) {
  const records = [];
  for (const size of SIZES) {
    const patient = await newPatient(url);
    const readings = Array.from({ length: size }, (_, index) => ({ ...samples[index % samples.length], origin: { source: 'a benchmark', time: index } }));
    await patient.dataSampleApi.createDataSamples(readings);
    records.push({ size, patient, shared: [] });
  }
  for (let run = 0; run < RUNS; run += 1) {
    const clinic = await newClinic(url);
    for (const { patient, shared } of records) shared.push(await share(patient, clinic));
  }
  return records.map(({ size, shared }) => ({ readings: size, ...medians(shared) }));
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
