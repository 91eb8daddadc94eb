// The readings that are measured with: real ones, as many as there are.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodingReference, Content, DataSample, Measure } from 'tidelock';
import { root } from '../scripts/environment.mjs';

const whole = '../shared/data/hall2018-cgm.csv';
const sample = 'www/public/sample/hall2018-2133-039.csv';

/** As many readings as the whole data set has. */
const READINGS = 34_890;

/** The data set in `file`, or the usual one; the shipped record of one person, repeated, where that is absent. */
export function loadReadings(file = join(root, whole)) {
  if (existsSync(file)) {
    const lines = linesOf(file).map((line) => line.split(','));
    return { name: 'Hall et al. 2018, all subjects', samples: lines.map(([subject, time, value]) => toSample(subject, time, value)) };
  }
  const lines = linesOf(join(root, sample)).map((line) => line.split(','));
  const samples = Array.from({ length: READINGS }, (_, index) => {
    const [time, value] = lines[index % lines.length];
    return toSample(`repetition ${Math.floor(index / lines.length)}`, time, value);
  });
  return { name: `the shipped record of one person, repeated, for want of ${whole}`, samples };
}

const linesOf = (file) => readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1);

/** A reading as the web application writes it. The data set has wall-clock times: `YYYYMMDDhhmmss`. */
function toSample(source, time, value) {
  const moment = Number(time.replaceAll(/\D/g, ''));
  return new DataSample({
    openingDate: moment,
    labels: new Set([new CodingReference({ id: 'LOINC|99504-3|2.77', type: 'LOINC', code: '99504-3', version: '2.77' })]),
    content: { en: new Content({ measureValue: new Measure({ value: Number(value), unit: 'mg/dL' }) }) },
    origin: { source, time: moment },
  });
}
