import type { Unit } from '../glucose/unit';
import { splitLine } from './split';
import { parseTime } from './time';
import { parseValue } from './value';

/** Which of a file's columns hold what. */
export interface Columns {
  delimiter: string;
  /** Index of the column with the time, or with the date where there are two. */
  time: number;
  /** Index of the column with the time of day, where the date stands apart. */
  timeOfDay?: number;
  glucose: number;
  /** The unit that the heading of the glucose column names. */
  unit?: Unit;
  /** How many columns the heading has; a line with more is broken. */
  width: number;
  /** Index of the first line with data. */
  firstLine: number;
  /** What the glucose column is called. */
  name: string;
}

const DELIMITERS = [',', ';', '\t', '|'];
/** Exports of device makers put a few lines about the person before the headings. */
const LINES_SEARCHED = 30;

const TIME_NAMES = [/^(date ?time|timestamp|time ?stamp|device ?time ?stamp|device ?time|display ?time|local ?time)\b/, /^time\b/, /\btime ?stamp\b/, /^(zeit|zeitpunkt|datum|date)\b/, /\b(time|date)\b/];
const GLUCOSE_NAMES = [/^(sensor |historic |blood )?glucose( value| level)?( mg ?dl| mmol ?l)?$/, /\b(glucose|glukose|glucosa|glycemie|glycemia|blutzucker|blood sugar)\b/, /^(bg|sgv|cgm|egv)\b/, /\b(mg ?dl|mmol ?l?)\b/, /^(value|reading|wert)\b/];
const NOT_GLUCOSE = /\b(rate|change|trend|scan|target|ketone|alert|min)\b/;

/** Finds the columns by their headings, or, in a file without headings, by what is in the first line. */
export function findColumns(lines: string[]): Columns | undefined {
  for (const [index, line] of lines.slice(0, LINES_SEARCHED).entries()) {
    for (const delimiter of DELIMITERS) {
      const found = byHeadings(line, delimiter, index);
      if (found) {
        return found;
      }
    }
  }
  const first = lines.findIndex((line) => line.trim() !== '');
  for (const delimiter of DELIMITERS) {
    const found = first < 0 ? undefined : byContent(lines[first] ?? '', delimiter, first);
    if (found) {
      return found;
    }
  }
  return undefined;
}

function byHeadings(line: string, delimiter: string, index: number): Columns | undefined {
  const cells = splitLine(line, delimiter);
  const names = cells?.map(normalise);
  if (!cells || !names || names.length < 2) {
    return undefined;
  }
  const glucose = best(names, GLUCOSE_NAMES, (name) => !NOT_GLUCOSE.test(name));
  const time = best(names, TIME_NAMES, (_, column) => column !== glucose);
  if (glucose === undefined || time === undefined) {
    return undefined;
  }
  const columns: Columns = { delimiter, time, glucose, width: cells.length, firstLine: index + 1, name: cells[glucose]?.trim() ?? '' };
  const unit = unitOf(names[glucose] ?? '');
  if (unit) {
    columns.unit = unit;
  }
  const date = names.findIndex((name) => name === 'date' || name === 'datum');
  if (date >= 0 && names[time] === 'time') {
    return { ...columns, time: date, timeOfDay: time };
  }
  return columns;
}

function byContent(line: string, delimiter: string, index: number): Columns | undefined {
  const cells = splitLine(line, delimiter);
  if (!cells || cells.length < 2) {
    return undefined;
  }
  const time = cells.findIndex((cell) => 'moment' in parseTime(cell));
  const glucose = cells.findIndex((cell, column) => column !== time && 'value' in parseValue(cell, delimiter));
  return time < 0 || glucose < 0 ? undefined : { delimiter, time, glucose, width: cells.length, firstLine: index, name: `column ${glucose + 1}` };
}

/** The first column that the earliest pattern matches. */
function best(names: string[], patterns: RegExp[], allowed: (name: string, column: number) => boolean): number | undefined {
  for (const pattern of patterns) {
    const column = names.findIndex((name, index) => pattern.test(name) && allowed(name, index));
    if (column >= 0) {
      return column;
    }
  }
  return undefined;
}

function normalise(heading: string): string {
  return heading
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function unitOf(name: string): Unit | undefined {
  if (/\bmmol\b/.test(name)) {
    return 'mmol/L';
  }
  return /\bmg ?dl\b/.test(name) ? 'mg/dL' : undefined;
}
