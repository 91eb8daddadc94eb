// How much memory a process takes that imports a record and reads it: `node bench/peak-memory.mjs URL [DATA]`, in a process of its
// own, prints it as JSON.
import { init } from 'tidelock';
import { loadReadings } from './data-set.mjs';
import { newPatient } from './people.mjs';

const [url, data] = process.argv.slice(2);
const { samples } = loadReadings(data);
await init();
const { dataSampleApi } = await newPatient(url);
/** The most memory that the process has had so far: JavaScript's and WebAssembly's, of all threads. */
const peak = () => process.resourceUsage().maxRSS / 1_024;
const before = peak();
await dataSampleApi.createDataSamples(samples);
const importing = peak();
const read = await dataSampleApi.listDataSamples();
if (read.length !== samples.length) throw new Error(`${read.length} of ${samples.length} readings were read.`);
console.log(JSON.stringify({ readings: read.length, mebibytes: { before, importing, reading: peak() } }));
