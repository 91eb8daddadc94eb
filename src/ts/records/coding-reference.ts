import { one, set, Value } from './value.js';

/** A code of some coding system, as iCure has it. */
export class CodingReference extends Value<CodingReference> {
  /** `TYPE|CODE|VERSION`. */
  declare id?: string;
  declare type?: string;
  declare code?: string;
  declare version?: string;
  declare context?: string;
  /** What it means, by language. */
  declare label?: Record<string, string>;
}

export const code = one(() => CodingReference);
/** What most records have of codes. */
export const coded = { labels: set(code), codes: set(code) };
/** They are there even where there are none. */
export const uncoded = { labels: [], codes: [] };
