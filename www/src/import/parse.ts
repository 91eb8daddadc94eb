import { POSSIBLE, type Unit } from '../glucose/unit';
import type { Moment } from '../glucose/moment';
import type { Reading } from '../glucose/reading';
import { findColumns } from './columns';
import { FileError } from './file';
import { splitLine } from './split';
import { parseTime } from './time';
import { parseValue } from './value';

/** A line that could not be used. */
export interface Problem {
  /** From 1, as editors count. */
  line: number;
  reason: string;
}

/** What a file contains, before its unit is settled. */
export interface Table {
  rows: { line: number; moment: Moment; value: number }[];
  problems: Problem[];
  /** What the heading of the glucose column says. */
  column: string;
  unit?: Unit;
  /** How the unit was found out. */
  unitFrom?: 'heading' | 'values';
}

/** Reads all lines. A broken line is reported and left out; only a file without any readings at all is an error. */
export function parseTable(text: string, now = Date.now()): Table {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const columns = findColumns(lines);
  if (!columns) {
    throw new FileError('No columns with a time and a glucose value were found in this file.', 'The first line should name the columns, for example “time,glucose (mg/dL)”.');
  }
  const rows: Table['rows'] = [];
  const problems: Problem[] = [];
  const seen = new Map<Moment, number>();
  for (let index = columns.firstLine; index < lines.length; index++) {
    const text = lines[index] ?? '';
    const line = index + 1;
    if (text.trim() === '' || text.startsWith('#')) {
      continue;
    }
    const result = parseRow(text, columns, now);
    if ('reason' in result) {
      problems.push({ line, reason: result.reason });
      continue;
    }
    const earlier = seen.get(result.moment);
    if (earlier !== undefined) {
      problems.push({ line, reason: `there is already a reading of this time, on line ${earlier}` });
      continue;
    }
    seen.set(result.moment, line);
    rows.push({ line, ...result });
  }
  if (rows.length === 0) {
    throw new FileError(
      problems.length === 0 ? 'There are no readings in this file.' : 'Not a single line of this file could be read.',
      problems[0] ? `For example, on line ${problems[0].line} ${problems[0].reason}.` : 'It has headings, but no lines beneath them.',
    );
  }
  const table: Table = { rows, problems, column: columns.name };
  if (columns.unit) {
    return { ...table, unit: columns.unit, unitFrom: 'heading' };
  }
  const unit = unitByValues(rows.map((row) => row.value));
  return unit ? { ...table, unit, unitFrom: 'values' } : table;
}

/** The readings of a table in the given unit, and, added to its problems, those that no living person could have. */
export function toReadings(table: Table, unit: Unit): { readings: Reading[]; problems: Problem[] } {
  const { low, high } = POSSIBLE[unit];
  const readings: Reading[] = [];
  const problems = [...table.problems];
  for (const { line, moment, value } of table.rows) {
    if (value < low || value > high) {
      problems.push({ line, reason: `${value} ${unit} cannot be a glucose value` });
    } else {
      readings.push({ moment, value, unit });
    }
  }
  return { readings, problems: problems.sort((a, b) => a.line - b.line) };
}

function parseRow(text: string, columns: NonNullable<ReturnType<typeof findColumns>>, now: number): { moment: Moment; value: number } | { reason: string } {
  const cells = splitLine(text, columns.delimiter);
  if (!cells) {
    return { reason: 'a quotation mark is never closed' };
  }
  const used = [columns.time, columns.timeOfDay ?? columns.time, columns.glucose];
  if (cells.length <= Math.max(...used)) {
    return { reason: `there ${cells.length === 1 ? 'is only one column' : `are only ${cells.length} columns`}` };
  }
  if (cells.length > columns.width && cells.slice(columns.width).some((cell) => cell.trim() !== '')) {
    return { reason: `there are ${cells.length} columns, but ${columns.width} headings` };
  }
  const written = [cells[columns.time], columns.timeOfDay === undefined ? undefined : cells[columns.timeOfDay]].filter((part) => part !== undefined).join(' ');
  const time = parseTime(written, now);
  if ('reason' in time) {
    return time;
  }
  const value = parseValue(cells[columns.glucose] ?? '', columns.delimiter);
  return 'reason' in value ? value : { moment: time.moment, value: value.value };
}

/** Most values of one unit are impossible or very unlikely in the other; where they are not, the page asks. */
function unitByValues(values: number[]): Unit | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  if (median >= 45) {
    return 'mg/dL';
  }
  return median >= 2 && median <= 25 ? 'mmol/L' : undefined;
}
