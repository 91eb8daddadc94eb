/** A code of some coding system, as iCure has it. */
export class CodingReference {
  /** `TYPE|CODE|VERSION`. */
  id?: string;
  type?: string;
  code?: string;
  version?: string;

  constructor(fields: Partial<CodingReference> = {}) {
    Object.assign(this, fields);
  }
}

/** A measured value with its unit. */
export class Measure {
  value?: number;
  unit?: string;

  constructor(fields: Partial<Measure> = {}) {
    Object.assign(this, fields);
  }
}

/** What a data sample says in one language. */
export class Content {
  stringValue?: string;
  numberValue?: number;
  booleanValue?: boolean;
  /** Epoch milliseconds. */
  instantValue?: number;
  measureValue?: Measure;

  constructor(fields: Partial<Content> = {}) {
    Object.assign(this, fields);
  }
}

/** Where an imported sample comes from. The same origin is never stored twice. */
export interface Origin {
  /** The device or file. */
  source: string;
  /** The time of the sample there, epoch milliseconds. */
  time: number;
}

/** One sample of health data, such as a glucose reading. All of it is encrypted. */
export class DataSample {
  /** Set by the package. */
  id?: string;
  /** The revision; set by the package. */
  rev?: string;
  /** Epoch milliseconds, or a fuzzy `YYYYMMDDhhmmss` number; kept as given. */
  openingDate?: number;
  labels: Set<CodingReference> = new Set();
  codes: Set<CodingReference> = new Set();
  /** By language. */
  content: Record<string, Content> = {};
  comment?: string;
  origin?: Origin;

  constructor(fields: Partial<DataSample> = {}) {
    Object.assign(this, fields);
  }
}

/** The JSON text of a sample: sets become lists, and what the package sets itself is left out. */
export function toJson({ id: _id, rev: _rev, labels, codes, ...fields }: DataSample): string {
  return JSON.stringify({ ...fields, labels: [...labels], codes: [...codes] });
}

/** The text by which an imported sample is recognised. */
export function sourceOf({ origin }: DataSample): string {
  return origin ? JSON.stringify([origin.source, origin.time]) : '';
}

/** The members of a JSON object; none of anything else. `__proto__` is no member: assigning it would change the class. */
function membersOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const { __proto__: _, ...members } = value as Record<string, unknown>;
  return members;
}

/**
 * The sample that a record holds, or undefined if it is no JSON object. Others may have written it: whatever its form, it
 * ends in no error. Fields that this version does not know stay where they are.
 */
export function fromJson(id: string, rev: string, json: string): DataSample | undefined {
  let record: unknown;
  try {
    record = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
  const fields = membersOf(record);
  const references = (value: unknown) =>
    new Set((Array.isArray(value) ? value : []).map((reference) => new CodingReference(membersOf(reference))));
  const contents = Object.entries(membersOf(fields['content'])).map(([language, content]) => {
    const { measureValue, ...others } = membersOf(content);
    return [language, new Content(measureValue ? { ...others, measureValue: new Measure(membersOf(measureValue)) } : others)];
  });
  return new DataSample({
    ...fields,
    id,
    rev,
    labels: references(fields['labels']),
    codes: references(fields['codes']),
    content: Object.fromEntries(contents),
  });
}
