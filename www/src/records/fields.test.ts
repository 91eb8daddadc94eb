import { describe, expect, it } from 'vitest';
import { shownFields, showField } from './fields';

describe('a record’s fields, for people', () => {
  it('stand in order, the unknown ones last, and empty ones not at all', () => {
    const shown = shownFields({ own: { a: 1 }, note: 'N', codes: [], description: 'D', closingDate: null });
    expect(shown.map(({ label, text, known }) => [label, text, known])).toEqual([
      ['Problem', 'D', true],
      ['Note', 'N', true],
      ['own', '{"a":1}', false],
    ]);
  });

  it.each([
    ['dateOfBirth', 'never', ''],
    ['codes', [{ type: 'ICD-10', code: 'J45' }], 'ICD-10|J45'],
    ['codes', 'J45', 'J45'],
    ['content', { en: { stringValue: 'well' } }, 'well'],
    ['content', { en: { timeSeries: {} } }, '{"en":{"timeSeries":{}}}'],
    ['addresses', [{ street: 'Quay', houseNumber: '1', city: 'Haven', telecoms: [{ telecomNumber: '2' }, null] }], 'Quay 1\nHaven\n2'],
    ['deceased', false, 'No'],
  ])('%s: %j is shown as %j', (field, value, text) => {
    expect(showField(field, value)).toBe(text);
  });
});
