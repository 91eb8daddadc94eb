import { CodingReference, Content, DataSample, Measure } from '../api';
import { toMilliseconds, type Moment } from './moment';
import type { Unit } from './unit';

/** One measurement. */
export interface Reading {
  /** When, as the file said it. */
  moment: Moment;
  value: number;
  unit: Unit;
}

/** One measurement as the chart needs it. */
export interface Point {
  /** Milliseconds since the epoch. */
  time: number;
  value: number;
  unit: Unit;
}

/** Tells the records of this page from those of others in the same vault; with the time it gives a record its id. */
const SOURCE = 'glucose';

/** LOINC: glucose in interstitial fluid, by mass and by amount of substance. */
const LOINC: Record<Unit, string> = { 'mg/dL': '99504-3', 'mmol/L': '105272-9' };
const LOINC_VERSION = '2.77';

/** A reading as it is stored. The id comes from source and time, so that importing the same file again doubles nothing. */
export function toSample({ moment, value, unit }: Reading): DataSample {
  const code = LOINC[unit];
  return new DataSample({
    openingDate: moment,
    labels: new Set([new CodingReference({ id: `LOINC|${code}|${LOINC_VERSION}`, type: 'LOINC', code, version: LOINC_VERSION })]),
    content: { en: new Content({ measureValue: new Measure({ value, unit }) }) },
    origin: { source: SOURCE, time: moment },
  });
}

/** A sample as a point of the chart; none where it is no glucose reading. */
export function toPoint({ openingDate, content }: DataSample): Point | undefined {
  const measure = content['en']?.measureValue;
  if (openingDate === undefined || measure?.value === undefined || (measure.unit !== 'mg/dL' && measure.unit !== 'mmol/L')) {
    return undefined;
  }
  return { time: toMilliseconds(openingDate), value: measure.value, unit: measure.unit };
}
