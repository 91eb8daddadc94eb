import { HealthcareElement } from 'tidelock';
import { describe, expect, it } from 'vitest';
import { differences, fieldsOf, merge } from './conflict';

const base = { description: 'Asthma', note: 'Since childhood', codes: [{ type: 'ICD', code: 'J45' }], own: { a: 1, b: 2 } };

describe('two edits of one record', () => {
  it('differ in nothing where both did the same', () => {
    expect(differences(base, { ...base, note: 'New' }, { ...base, note: 'New' })).toEqual([]);
    expect(differences(base, base, { ...base, own: { b: 2, a: 1 } })).toEqual([]);
  });

  it('leave nothing to decide where only one of the two changed a field', () => {
    const found = differences(base, { ...base, note: 'Mine' }, { ...base, description: 'Theirs' });
    expect(found).toEqual([
      { field: 'description', mine: 'Asthma', theirs: 'Theirs', onlyChangedIn: 'theirs' },
      { field: 'note', mine: 'Mine', theirs: 'Since childhood', onlyChangedIn: 'mine' },
    ]);
  });

  it('are to be decided where both changed it, also where one took it away', () => {
    const { note: _, ...without } = base;
    expect(differences(base, without, { ...base, note: 'Theirs' })).toEqual([{ field: 'note', mine: undefined, theirs: 'Theirs', onlyChangedIn: undefined }]);
    expect(differences(base, { ...base, codes: [] }, { ...base, codes: [{ type: 'ICD', code: 'J46' }] })).toMatchObject([{ field: 'codes', onlyChangedIn: undefined }]);
  });

  it('become one by taking each field from one of them', () => {
    const mine = { description: 'Mine', own: { a: 1, b: 2 } };
    const theirs = { ...base, description: 'Theirs', added: true };
    const found = differences(base, mine, theirs);
    expect(merge(theirs, found, { description: 'mine', note: 'mine', codes: 'theirs' })).toEqual({ description: 'Mine', codes: base.codes, own: base.own, added: true });
    expect(merge(theirs, found, {})).toEqual(theirs);
  });
});

it('the content of a record is all but what the package says of it', () => {
  const record = new HealthcareElement({ id: 'i', rev: 'r', description: 'Asthma' });
  expect(fieldsOf(Object.assign(record, { modified: 5, rights: 'write', somebodys: 'own' }))).toEqual({ description: 'Asthma', somebodys: 'own' });
});
