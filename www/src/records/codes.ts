import { CodingReference } from '../api';

/** Codes as people write them, `TYPE|CODE` or `TYPE|CODE|VERSION`, with commas between them. */
const CODE = /^[^|\s]+\|[^|\s]+(\|[^|\s]+)?$/;

export function showCodes(codes: Iterable<CodingReference>): string {
  return [...codes].map(nameOf).filter(Boolean).join(', ');
}

const nameOf = ({ id, type, code, version }: CodingReference): string => (typeof id === 'string' ? id : [type, code, version].filter((part) => typeof part === 'string').join('|'));

/** The codes of a text. Those that were there before keep what else is known of them. */
export function readCodes(text: string, before: Iterable<CodingReference> = []): Set<CodingReference> {
  const known = new Map([...before].map((code) => [nameOf(code), code]));
  return new Set(
    parts(text).map((id) => {
      const [type, code, version] = id.split('|');
      return known.get(id) ?? new CodingReference({ id, type, code, version });
    }),
  );
}

/** What is wrong with a text of codes. */
export function checkCodes(text: string): string | undefined {
  const wrong = parts(text).find((part) => !CODE.test(part));
  return wrong && `“${wrong}” is not a code. Write the system, a bar, and the code, such as ICD-10|J45.`;
}

const parts = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
