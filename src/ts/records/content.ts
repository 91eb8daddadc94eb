import { code, type CodingReference } from './coding-reference.js';
import { DataSample } from './data-sample.js';
import { bytes, list, one, set, Value } from './value.js';

/** A measured value with its unit. */
export class Measure extends Value<Measure> {
  protected static override readonly shape = { unitCodes: set(code) };

  declare value?: number;
  /** The limits of what is normal. */
  declare min?: number;
  declare max?: number;
  declare ref?: number;
  declare severity?: number;
  declare severityCode?: string;
  declare evolution?: number;
  declare unit?: string;
  declare unitCodes?: Set<CodingReference>;
  declare comment?: string;
  /** Such as `<`, where the value is a limit. */
  declare comparator?: string;
}

/** Samples in a row, as of an electrocardiogram. */
export class TimeSeries extends Value<TimeSeries> {
  /** What each number of a sample is. */
  declare fields?: string[];
  declare samples?: number[][];
  declare min?: number[];
  declare max?: number[];
  declare mean?: number[];
  declare median?: number[];
  declare variance?: number[];
}

const measure = one(() => Measure);

/** What a data sample says in one language. */
export class Content extends Value<Content> {
  protected static override readonly shape = {
    measureValue: measure,
    timeSeries: one(() => TimeSeries),
    binaryValue: bytes,
    compoundValue: list(one(() => DataSample)),
    ratio: list(measure),
    range: list(measure),
  };

  declare stringValue?: string;
  declare numberValue?: number;
  declare booleanValue?: boolean;
  /** Epoch milliseconds. */
  declare instantValue?: number;
  /** A fuzzy date, `YYYYMMDDhhmmss`, kept as given. */
  declare fuzzyDateValue?: number;
  declare binaryValue?: Uint8Array;
  declare documentId?: string;
  declare measureValue?: Measure;
  declare timeSeries?: TimeSeries;
  /** Samples that together are one. */
  declare compoundValue?: DataSample[];
  declare ratio?: Measure[];
  declare range?: Measure[];
}
