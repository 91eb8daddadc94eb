import type { Attachment } from '../api';
import { textOf } from './form';

/** Sizes as people say them, in thousands. */
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** A number of bytes for people to read; nothing where it is none. */
export function showSize(bytes: unknown): string {
  if (typeof bytes !== 'number' || !(bytes >= 0)) {
    return '';
  }
  const step = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** step;
  return new Intl.NumberFormat(undefined, { style: 'unit', unit: UNITS[step] ?? 'byte', unitDisplay: step === 0 ? 'long' : 'short', maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 }).format(value);
}

/** What a file is called. Somebody else may have written it: it is a name, and no path. */
export const nameOfFile = ({ name }: Attachment): string => textOf(name).replace(/[\\/:\u0000-\u001f\u202a-\u202e\u2066-\u2069]/g, '_') || 'File without a name';

/** Hands a file to the browser, which saves it as it saves every download and never opens it as a page. */
export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
