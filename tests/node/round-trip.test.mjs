// Records and their JSON: whatever is in one, of this version or of a newer one, comes back as it was. Without a platform.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Address, CodingReference, Content, DataSample, HealthcareElement, Identifier, Measure, Patient, PersonName, Telecom, TimeSeries,
} from 'tidelock';
import { fromJson, toJson } from '../../dist/records/value.js';

/** Mulberry32: the same numbers in each run, so that a failure can be repeated. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes records with some of all members, of any depth, and with members that no class knows. */
class Maker {
  constructor(seed) {
    this.next = numbers(seed);
  }

  upTo(limit) {
    return Math.floor(this.next() * limit);
  }

  text = () => ['', 'a', 'Ærø \u{1F34F}', '"quoted"\n\t\\', '\u2028', '__proto__', 'null', '20220929083400'][this.upTo(8)] + this.upTo(1000);
  number = () => [0, -1.5, 1e300, 5e-324, 20220929083400, 0.1 + 0.2, Number.MAX_SAFE_INTEGER][this.upTo(7)] || this.upTo(100);
  truth = () => this.next() < 0.5;
  bytes = () => Uint8Array.from({ length: this.upTo(40) }, () => this.upTo(256));
  listOf = (make) => () => Array.from({ length: this.upTo(4) }, make);
  // An empty set is not written down, and one that may be missing comes back missing.
  setOf = (make) => () => new Set(Array.from({ length: 1 + this.upTo(3) }, make));
  byName = (make) => () => Object.fromEntries(Array.from({ length: this.upTo(3) }, () => [['en', 'fr', 'constructor', 'toString'][this.upTo(4)], make()]));

  /** Anything that JSON can hold. */
  anything = (depth = 2) => {
    const leaves = [this.text, this.number, this.truth, () => null];
    const branches = depth > 0 ? [this.listOf(() => this.anything(depth - 1)), this.byName(() => this.anything(depth - 1))] : [];
    const all = [...leaves, ...branches];
    return all[this.upTo(all.length)]();
  };

  /** An object of a class with some of its members, and some that it does not know. */
  some(Class, members, depth) {
    const fields = {};
    for (const [name, make] of Object.entries(members)) if (this.next() < (depth > 1 ? 0.6 : 0.3)) fields[name] = make();
    for (const name of ['unknown', 'constructor', 'valueOf', 'Ünknown field']) if (this.next() < 0.2) fields[name] = this.anything();
    return new Class(fields);
  }

  code = () => this.some(CodingReference, { id: this.text, type: this.text, code: this.text, version: this.text, context: this.text, label: this.byName(this.text) }, 1);
  coded = () => ({ labels: this.setOf(this.code), codes: this.setOf(this.code) });
  identifier = () => this.some(Identifier, { id: this.text, system: this.text, value: this.text, use: this.text, type: this.code }, 1);
  measure = () => this.some(Measure, { value: this.number, unit: this.text, min: this.number, unitCodes: this.setOf(this.code), comparator: this.text }, 1);
  series = () => this.some(TimeSeries, { fields: this.listOf(this.text), samples: this.listOf(this.listOf(this.number)), mean: this.listOf(this.number) }, 1);

  content = (depth) => this.some(Content, {
    stringValue: this.text, numberValue: this.number, booleanValue: this.truth, instantValue: this.number, fuzzyDateValue: this.number,
    binaryValue: this.bytes, documentId: this.text, measureValue: this.measure, timeSeries: this.series,
    ratio: this.listOf(this.measure), range: this.listOf(this.measure),
    ...(depth > 0 && { compoundValue: this.listOf(() => this.sample(depth - 1)) }),
  }, depth);

  sample = (depth = 2) => this.some(DataSample, {
    ...this.coded(), content: this.byName(() => this.content(depth)), comment: this.text, openingDate: this.number, valueDate: this.number,
    identifiers: this.listOf(this.identifier), healthcareElementIds: this.setOf(this.text), canvasesIds: this.setOf(this.text), index: this.number,
    origin: () => ({ source: this.text(), time: this.number(), more: this.anything() }),
  }, depth);

  element = () => this.some(HealthcareElement, {
    ...this.coded(), description: this.text, note: this.text, openingDate: this.number, closingDate: this.number, identifiers: this.listOf(this.identifier),
  }, 2);

  telecom = () => this.some(Telecom, { telecomType: this.text, telecomNumber: this.text }, 1);
  address = () => this.some(Address, { city: this.text, street: this.text, telecoms: this.listOf(this.telecom) }, 1);
  name = () => this.some(PersonName, { lastName: this.text, firstNames: this.listOf(this.text), use: this.text, start: this.number }, 1);

  patient = () => this.some(Patient, {
    ...this.coded(), firstName: this.text, lastName: this.text, names: this.listOf(this.name), addresses: this.listOf(this.address),
    identifiers: this.listOf(this.identifier), dateOfBirth: () => (this.truth() ? this.number() : this.text()), gender: this.text, note: this.text,
    languages: this.listOf(this.text), mergedIds: this.setOf(this.text), picture: this.bytes, patientProfessions: this.listOf(this.code),
    partnerships: this.listOf(() => ({ type: this.text(), partnerId: this.text(), more: this.anything() })), parameters: this.byName(this.listOf(this.text)),
    properties: this.listOf(() => ({ id: this.text() })), active: this.truth,
  }, 2);
}

const stored = (Class, json) => fromJson((fields) => new Class(fields), { id: 'the id', rev: 'the rev' }, json);
const withRevision = (record) => new record.constructor({ ...record, id: 'the id', rev: 'the rev' });

/** All that the package sets. */
const SET = {
  id: 'x', rev: 'y', created: 1, modified: 2, author: 'a', responsible: 'b', inNameOf: 'c', sealedBy: 'd', rights: 'read', compartment: 'notes',
};

describe('a record', () => {
  for (const [Class, make] of [[Patient, 'patient'], [HealthcareElement, 'element'], [DataSample, 'sample']]) {
    it(`of type ${Class.name} survives JSON, with all it holds on every level`, () => {
      for (let seed = 0; seed < 400; seed += 1) {
        const maker = new Maker(seed);
        const record = maker[make]();
        const before = structuredClone(JSON.parse(toJson(record)));
        const json = toJson(record);
        const read = stored(Class, json);
        assert.deepEqual(read, new Class({ ...record, id: 'the id', rev: 'the rev' }), `seed ${seed}`);
        // And again: nothing is lost or added by passing through twice.
        assert.equal(toJson(read), json, `seed ${seed}`);
        assert.deepEqual(JSON.parse(toJson(record)), before, 'the record itself is not changed');
        assert.ok(!json.includes('\n'), 'one line');
      }
    });
  }

  it('without anything has only what is always there', () => {
    assert.deepEqual(Object.keys(new Patient()).sort(), ['codes', 'labels']);
    assert.deepEqual(Object.keys(new DataSample()).sort(), ['codes', 'content', 'labels']);
    assert.deepEqual(Object.keys(new Measure()), []);
    assert.equal(toJson(new HealthcareElement(SET)), '{}');
    assert.deepEqual(stored(HealthcareElement, '{}'), withRevision(new HealthcareElement()));
  });

  it('does not say of itself what the package sets', () => {
    const json = JSON.stringify({ ...SET, note: 'n' });
    assert.deepEqual(stored(HealthcareElement, json), withRevision(new HealthcareElement({ note: 'n' })));
    const plain = fromJson((fields) => fields, { id: 'the id', rights: 'read' }, JSON.stringify({ ...SET, rights: 'write', value: 1 }));
    assert.deepEqual(plain, { id: 'the id', rights: 'read', value: 1 });
    assert.equal(toJson({ ...SET, value: 1 }), '{"value":1}');
    // A part of a record is no record of its own: what it is called is its author's.
    const parts = new DataSample({ content: { en: new Content({ compoundValue: [new DataSample({ id: 'part' })] }) } });
    assert.equal(stored(DataSample, toJson(parts)).content.en.compoundValue[0].id, 'part');
  });

  it('shares no set or list with another that was made of it', () => {
    const first = new Patient({ codes: new Set([new CodingReference({ code: 'a' })]), addresses: [new Address()] });
    const second = new Patient({ ...first });
    second.codes.clear();
    second.addresses.pop();
    assert.equal(first.codes.size, 1);
    assert.equal(first.addresses.length, 1);
    assert.notEqual(new Patient().codes, new Patient().codes);
    assert.notEqual(new DataSample().content, new DataSample().content);
  });

  it('is made of plain objects, too', () => {
    const patient = new Patient({ addresses: [{ city: 'Bergen', telecoms: [{ telecomNumber: '1' }] }], codes: [{ code: 'x' }] });
    assert.ok(patient.addresses[0] instanceof Address && patient.addresses[0].telecoms[0] instanceof Telecom);
    assert.ok([...patient.codes][0] instanceof CodingReference);
    assert.deepEqual(new Patient({ note: undefined }), new Patient());
  });

  it('whatever somebody wrote, is no error', () => {
    const wrong = [null, 7, 'x', true, [], {}, [null], [[]], ['x'], [7], { en: null }, { en: 7 }, { en: [] }];
    for (const Class of [Patient, HealthcareElement, DataSample]) {
      for (const name of ['codes', 'labels', 'content', 'identifiers', 'addresses', 'names', 'picture', 'mergedIds', 'healthcareElementIds', '__proto__', 'constructor', 'shape']) {
        for (const value of wrong) {
          const record = stored(Class, `{"note":"n","${name}":${JSON.stringify(value)}}`);
          assert.ok(record instanceof Class);
          assert.equal(record.note, 'n');
          for (const reference of [...record.codes, ...record.labels]) assert.ok(reference instanceof CodingReference);
          for (const content of Object.values(Class === DataSample ? record.content : {})) assert.ok(content instanceof Content);
          assert.ok(stored(Class, toJson(record)));
        }
      }
    }
    assert.equal({}.polluted, undefined);
    for (const text of ['', 'x', 'null', '7', '[]', '"{}"']) assert.equal(stored(Patient, text), undefined);
    const { content } = stored(DataSample, '{"content":{"en":{"binaryValue":"***","compoundValue":[{"content":{"__proto__":{"polluted":1}}}]}}}');
    assert.equal(content.en.binaryValue, undefined);
    assert.equal(content.en.polluted, undefined);
  });
});
