import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FileError, readText } from './file';
import { parseTable, toReadings } from './parse';

const reasons = (text: string) => parseTable(text).problems.map(({ line, reason }) => `${line}: ${reason}`);
const blob = (...parts: (string | Uint8Array<ArrayBuffer>)[]) => new Blob(parts);
const wrong = async (file: Blob) => {
  try {
    parseTable(await readText(file));
    return 'accepted';
  } catch (error) {
    return error instanceof FileError ? error.message : String(error);
  }
};

describe('a table', () => {
  it('reads the sample subject to the last line', () => {
    const table = parseTable(readFileSync(new URL('../../public/sample/hall2018-2133-039.csv', import.meta.url), 'utf8'));
    expect(table.rows).toHaveLength(2013);
    expect(table.problems).toEqual([]);
    expect(table.unit).toBe('mg/dL');
    expect(table.unitFrom).toBe('heading');
    expect(table.rows[0]).toEqual({ line: 2, moment: 20170605122322, value: 129 });
  });

  it.each([
    ['time,glucose\n2024-01-02 03:04:05,101', 20240102030405, 101],
    ['\uFEFFTime;Glucose (mmol/L)\r\n2024-01-02 03:04;5,6\r\n', 20240102030400, 5.6],
    ['Timestamp\tSGV\n2024-01-02T03:04:05Z\t101', Date.UTC(2024, 0, 2, 3, 4, 5), 101],
    ['time,glucose\n2024-01-02T03:04:05+02:00,101', Date.UTC(2024, 0, 2, 1, 4, 5), 101],
    ['time,glucose\n2024-01-02T03:04:05.250-0530,101', Date.UTC(2024, 0, 2, 8, 34, 5), 101],
    ['"Datum","Zeit","Glukose"\n"02.01.2024 03:04","x","101"', 20240102030400, 101],
    ['Date,Time,Blood Glucose\n2024-01-02,03:04:05,101', 20240102030405, 101],
    ['glucose_mg_dl|time\n101|2024/1/2 3:04', 20240102030400, 101],
    ['time,value\n1704164645000,101', 1704164645000, 101],
    ['time,value\n1704164645,101', 1704164645000, 101],
    ['2024-01-02 03:04:05;101', 20240102030405, 101],
    ['Glucose Data,Generated on,2024\nDevice,Serial,Device Timestamp,Record Type,Historic Glucose mg/dL,Scan Glucose mg/dL\nx,y,2024-01-02 03:04,0,101,', 20240102030400, 101],
    ['Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Glucose Value (mg/dL),Glucose Rate of Change (mg/dL/min)\n1,2024-01-02T03:04:05,EGV,101,0.5', 20240102030405, 101],
  ])('understands %j', (text, moment, value) => {
    const table = parseTable(text);
    expect(table.problems).toEqual([]);
    expect(table.rows.map((row) => [row.moment, row.value])).toEqual([[moment, value]]);
  });

  it('reports broken lines by number and imports the rest', () => {
    const text = [
      'time,glucose',
      '2024-01-02 03:00:00,100',
      'yesterday,100',
      '2024-02-30 03:00:00,100',
      '2024-01-02 03:05:00,abc',
      '2024-01-02 03:10:00,',
      ',100',
      '2024-01-02 03:15:00',
      '2024-01-02 03:20:00,5,4',
      '',
      '2024-01-02 03:25:00,"100',
      '2024-01-02 03:00:00,101',
      '2024-01-02 03:30:00,Low',
      '2999-01-02 03:30:00,100',
      '2024-01-02 25:30:00,100',
      '2024-01-02 03:35:00,102',
    ].join('\n');
    expect(parseTable(text).rows.map((row) => row.value)).toEqual([100, 102]);
    expect(reasons(text)).toEqual([
      '3: “yesterday” is not a date and time this page can read (write 2024-05-31 14:05:00)',
      '4: there is no such date and time as “2024-02-30 03:00:00”',
      '5: “abc” is not a number',
      '6: there is no glucose value',
      '7: there is no time',
      '8: there is only one column',
      '9: there are 3 columns, but 2 headings',
      '11: a quotation mark is never closed',
      '12: there is already a reading of this time, on line 2',
      '13: “Low” is not a number: the sensor was beyond what it can measure',
      '14: “2999-01-02 03:30:00” lies in the future',
      '15: there is no such date and time as “2024-01-02 25:30:00”',
    ]);
  });

  it('recognises the unit by the values, and asks where it cannot', () => {
    const withValues = (...values: number[]) => parseTable(['time,glucose', ...values.map((value, minute) => `2024-01-02 03:${String(minute).padStart(2, '0')},${value}`)].join('\n')).unit;
    expect(withValues(90, 110, 250)).toBe('mg/dL');
    expect(withValues(4.2, 5.5, 13.1)).toBe('mmol/L');
    expect(withValues(30, 31, 32)).toBeUndefined();
  });

  it('leaves out what no living person could have', () => {
    const { readings, problems } = toReadings(parseTable('time,glucose mg/dL\n2024-01-02 03:00,100\n2024-01-02 03:05,0\n2024-01-02 03:10,-5\n2024-01-02 03:15,4000'), 'mg/dL');
    expect(readings).toEqual([{ moment: 20240102030000, value: 100, unit: 'mg/dL' }]);
    expect(problems.map((problem) => problem.line)).toEqual([3, 4, 5]);
  });
});

describe('a wrong file', () => {
  it.each([
    ['nothing', blob(), 'This file is empty.'],
    ['blanks', blob('  \r\n '), 'There is nothing in this file but blanks.'],
    ['a picture', blob(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13])), 'This is not a text file.'],
    ['control characters', blob(new Uint8Array([0xff, 0x01, 0x02, 0x80])), 'This is not a text file.'],
    ['a workbook', blob('PK\u0003\u0004rest'), 'This is a spreadsheet or an archive, not a CSV file.'],
    ['a PDF', blob('%PDF-1.7'), 'This is a PDF, not a CSV file.'],
    ['a web page', blob('<!DOCTYPE html><html></html>'), 'This is a web page or XML, not a table of readings.'],
    ['JSON', blob('[{"time":1}]'), 'This is JSON, not a table of readings.'],
    ['prose', blob('Dear all,\nplease find it attached.\n'), 'No columns with a time and a glucose value were found in this file.'],
    ['other columns', blob('name,age\nAnna,5\n'), 'No columns with a time and a glucose value were found in this file.'],
    ['headings only', blob('time,glucose\n'), 'There are no readings in this file.'],
    ['no usable line', blob('time,glucose\nx,y\n'), 'Not a single line of this file could be read.'],
  ])('is refused: %s', async (_, file, message) => {
    expect(await wrong(file)).toBe(message);
  });

  it('but not one in UTF-16 or an old code page', async () => {
    const text = 'time\tglucose\n2024-01-02 03:00\t100';
    const utf16 = new Uint8Array([0xff, 0xfe, ...[...text].flatMap((character) => [character.charCodeAt(0), 0])]);
    expect(await wrong(blob(utf16))).toBe('accepted');
    expect(await wrong(blob('time;Glykémie glucose;x', new Uint8Array([0xe9]), '\n2024-01-02 03:00;100;1'))).toBe('accepted');
  });
});
