import { toMilliseconds } from '../glucose/moment';

/**
 * Dates as records have them: milliseconds since the epoch, `YYYYMMDDhhmmss` or `YYYYMMDD` by the clock on the wall, or the text
 * `YYYY-MM-DD`. Others write records, too, so a date may also be anything else, which is shown as nothing.
 */
const FUZZY_DAY = /^\d{8}$/;
const FUZZY_MOMENT = /^\d{14}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** How long one calls it a day: fuzzy moments without a time of day. */
const MIDNIGHT = /000000$/;

const ONLY_DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const WITH_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

const two = (number: number): string => String(number).padStart(2, '0');

function localDate(value: unknown): Date | undefined {
  const text = String(value);
  const written = FUZZY_DAY.test(text) ? Number(`${text}000000`) : typeof value === 'string' && DAY.test(value) ? Number(`${value.replaceAll('-', '')}000000`) : value;
  if (typeof written !== 'number') {
    return undefined;
  }
  const date = new Date(toMilliseconds(written));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

const isOnlyDay = (value: unknown): boolean => {
  const text = String(value);
  return FUZZY_DAY.test(text) || DAY.test(text) || (FUZZY_MOMENT.test(text) && MIDNIGHT.test(text));
};

/** As people read it; empty where it is no date. */
export function showDate(value: unknown): string {
  const date = localDate(value);
  return date ? (isOnlyDay(value) ? ONLY_DAY : WITH_TIME).format(date) : '';
}

/** `YYYY-MM-DD`, as a field for a day has it; empty where it is no date. */
export function dayOf(value: unknown): string {
  const date = localDate(value);
  return date ? `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}` : '';
}

/** `YYYY-MM-DDThh:mm`, as a field for a moment has it; empty where it is no date. */
export function minuteOf(value: unknown): string {
  const date = localDate(value);
  return date ? `${dayOf(value)}T${two(date.getHours())}:${two(date.getMinutes())}` : '';
}

/** A day that was typed, as it is stored: what was there before stays as it was, with its time, where the day is still the same. */
export function fromDay(typed: string, before?: unknown): number | undefined {
  if (typeof before === 'number' && dayOf(before) === typed) {
    return before;
  }
  return DAY.test(typed) ? Number(`${typed.replaceAll('-', '')}000000`) : undefined;
}

/** A moment that was typed, likewise. Here the time zone is known: the browser's. */
export function fromMinute(typed: string, before?: unknown): number | undefined {
  if (typeof before === 'number' && minuteOf(before) === typed) {
    return before;
  }
  const milliseconds = new Date(typed).getTime();
  return typed === '' || Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** For sorting, newest first: what has no date comes last. */
export const timeOf = (value: unknown): number => localDate(value)?.getTime() ?? -Infinity;
