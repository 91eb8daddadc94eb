/** A share code as it is shown while it is typed: capitals in groups of four, nothing lost that may be a mistake worth naming. */
const LONGEST = 24;

const BLANK_OR_DASH = /[\s\p{Pd}\u2212_.]/gu;

export const symbolsOf = (text: string): string => text.toUpperCase().replace(BLANK_OR_DASH, '').slice(0, LONGEST);

export function mask(text: string): string {
  return symbolsOf(text).match(/.{1,4}/gu)?.join('-') ?? '';
}

/** Where the cursor belongs in the masked text when it stood at `position` in the text as typed. */
export function maskedPosition(text: string, position: number): number {
  const before = symbolsOf(text.slice(0, position)).length;
  const dashes = before === 0 ? 0 : Math.floor((before - (position < text.length ? 0 : 1)) / 4);
  return Math.min(mask(text).length, before + dashes);
}
