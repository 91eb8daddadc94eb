// Sealing and opening alone: all that the package does with a reading, without the time at the platform.
import { measure, median } from './measure.mjs';
import { newPatient } from './people.mjs';

const RUNS = 5;

/** Readings per second that the package seals and opens, everything but the waiting for the platform included. */
export async function benchTidelock(url, samples) {
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { dataSampleApi } = await newPatient(url);
    const sealed = await measure(() => dataSampleApi.createDataSamples(samples));
    const opened = await measure(() => dataSampleApi.listDataSamples());
    if (opened.result.length !== samples.length) throw new Error(`${opened.result.length} of ${samples.length} readings were read.`);
    runs.push({ seal: samples.length / sealed.ownSeconds, open: samples.length / opened.ownSeconds });
  }
  return { readings: samples.length, ...perSecond(runs) };
}

const perSecond = (runs) => ({
  sealedPerSecond: median(runs.map(({ seal }) => seal)),
  openedPerSecond: median(runs.map(({ open }) => open)),
});
