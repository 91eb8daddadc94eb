/** What a person fills in: texts by the names of their fields. */
export type Values = Record<string, string>;

/** One field of a form. */
export interface FormField {
  name: string;
  label: string;
  type: 'text' | 'area' | 'date' | 'datetime-local' | 'email' | 'tel';
  optional?: boolean;
  hint?: string;
  autoComplete?: string;
  /** Shares its line with the field after it, where there is room. */
  short?: boolean;
}

/** How records of a type are filled in. What a form does not show, it keeps. */
export interface Form<T> {
  fields: readonly FormField[];
  /** What the fields show of a record; without one, what they begin with. */
  read(record: T | undefined): Values;
  /** The record with what was filled in, and with everything else that it had. */
  write(values: Values, record: T | undefined): T;
  /** What is wrong and how to put it right, by the fields' names. */
  check(values: Values, record: T | undefined): Values;
}

/** A field's text as it is stored: an empty one is not there. */
export const filled = (text: string | undefined): string | undefined => text?.trim() || undefined;

/** What a record has there, if it is a text: others write records, too. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
