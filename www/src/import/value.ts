import { shorten } from './time';

export type ValueResult = { value: number } | { reason: string };

/** Reads a number; a comma is a decimal comma only where it does not divide the columns. */
export function parseValue(text: string, delimiter: string): ValueResult {
  const trimmed = text.trim();
  if (trimmed === '') {
    return { reason: 'there is no glucose value' };
  }
  const number = delimiter === ',' ? trimmed : trimmed.replace(/^([+-]?\d+),(\d+)$/, '$1.$2');
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(number)) {
    if (/^(low|high|lo|hi)$/i.test(trimmed)) {
      return { reason: `“${trimmed}” is not a number: the sensor was beyond what it can measure` };
    }
    return { reason: `“${shorten(trimmed)}” is not a number` };
  }
  return { value: Number(number) };
}
