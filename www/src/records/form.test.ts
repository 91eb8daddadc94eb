import { describe, expect, it } from 'vitest';
import { Address, CodingReference, Content, DataSample, HealthcareElement, Measure, Patient, Telecom } from '../api';
import { nameOf, patientForm } from './patient';
import { periodOf, problemForm } from './problem';
import { sampleForm, showContent } from './sample';

describe('the form of a problem', () => {
  const coded = new CodingReference({ id: 'ICD-10|J45|2019', type: 'ICD-10', code: 'J45', version: '2019', label: { en: 'Asthma' } });
  const element = new HealthcareElement({ id: 'i', rev: 'r', description: 'Asthma', openingDate: 20190812, codes: new Set([coded]), medicalLocationId: 'kept' });

  it('changes nothing where nothing was changed', () => {
    expect(problemForm.write(problemForm.read(element), element)).toEqual(element);
  });

  it('keeps what it does not show, and takes out what was emptied', () => {
    const written = problemForm.write({ ...problemForm.read(element), description: ' Hay fever ', opened: '', codes: 'ICD-10|J45|2019, ICD-10|J30' }, element);
    expect(written).toMatchObject({ id: 'i', rev: 'r', description: 'Hay fever', medicalLocationId: 'kept' });
    expect('openingDate' in written).toBe(false);
    expect([...written.codes]).toEqual([coded, new CodingReference({ id: 'ICD-10|J30', type: 'ICD-10', code: 'J30' })]);
  });

  it('says what is wrong', () => {
    const values = { description: ' ', opened: '2020-01-02', closed: '2020-01-01', codes: 'J45' };
    expect(Object.keys(problemForm.check(values, undefined))).toEqual(['description', 'closed', 'codes']);
    expect(problemForm.check(problemForm.read(element), element)).toEqual({});
  });

  it('a problem has a time, half a time, or none', () => {
    expect(periodOf(element)).toMatch(/^since .*2019/);
    expect(periodOf(new HealthcareElement({ openingDate: 20190812, closingDate: 20200101 }))).toMatch(/2019.* to .*2020/);
    expect(periodOf(new HealthcareElement({}))).toBe('');
  });
});

describe('the form of a sample', () => {
  const sample = new DataSample({ openingDate: 20220929083400, content: { fr: new Content({ measureValue: new Measure({ value: 38.5, unit: '°C', max: 37.5 }), documentId: 'kept' }) }, batchId: 'kept' });

  it('changes nothing where nothing was changed', () => {
    expect(sampleForm.write(sampleForm.read(sample), sample)).toEqual(sample);
    const series = new DataSample({ openingDate: 1, content: { en: new Content({ stringValue: 'kept', compoundValue: [sample] }) } });
    expect(sampleForm.write(sampleForm.read(series), series)).toEqual(series);
  });

  it('writes numbers with units and words', () => {
    const number = sampleForm.write({ value: '39,1', unit: '°C', opened: '2022-09-29T08:34' }, sample);
    expect(number.content).toEqual({ fr: new Content({ measureValue: new Measure({ value: 39.1, unit: '°C', max: 37.5 }), documentId: 'kept' }) });
    expect(number.openingDate).toBe(20220929083400);
    expect(number.batchId).toBe('kept');
    expect(showContent(sampleForm.write({ value: 'well', unit: '', opened: '2022-09-29T08:34' }, undefined))).toBe('well');
    expect(showContent(number)).toMatch(/^39[.,]1 °C$/);
  });

  it('says what is wrong', () => {
    expect(Object.keys(sampleForm.check({ value: '', unit: '', opened: '' }, undefined))).toEqual(['value', 'opened']);
    expect(Object.keys(sampleForm.check({ value: 'high', unit: 'mmHg', opened: '2022-09-29T08:34' }, undefined))).toEqual(['value']);
    expect(sampleForm.check(sampleForm.read(undefined), new DataSample({ content: { en: new Content({ booleanValue: true }) } }))).toEqual({});
  });
});

describe('the form of a person', () => {
  const home = new Address({ street: 'Quay', city: 'Haven', telecoms: [new Telecom({ telecomType: 'fax', telecomNumber: '1' }), new Telecom({ telecomType: 'mobile', telecomNumber: '2', telecomDescription: 'kept' })] });
  const patient = new Patient({ id: 'i', firstName: 'Jill', lastName: 'Jellyfish', dateOfBirth: '1984-08-24', addresses: [home, new Address({ city: 'Elsewhere' })], ssin: 'kept' });

  it('changes nothing where nothing was changed', () => {
    expect(patientForm.write(patientForm.read(patient), patient)).toEqual(patient);
    expect(patientForm.write(patientForm.read(undefined), undefined)).toEqual(new Patient({}));
  });

  it('keeps the other addresses and numbers', () => {
    const written = patientForm.write({ ...patientForm.read(patient), city: '', telephone: '3', email: 'jill@example.org' }, patient);
    expect(written.addresses).toEqual([
      new Address({ street: 'Quay', telecoms: [new Telecom({ telecomType: 'fax', telecomNumber: '1' }), new Telecom({ telecomType: 'mobile', telecomNumber: '3', telecomDescription: 'kept' }), new Telecom({ telecomType: 'email', telecomNumber: 'jill@example.org' })] }),
      patient.addresses?.[1],
    ]);
    expect(written.ssin).toBe('kept');
  });

  it('keeps the form of the birth date', () => {
    expect(patientForm.write({ ...patientForm.read(patient), birthDate: '1984-08-25' }, patient).dateOfBirth).toBe('1984-08-25');
    expect(patientForm.write({ birthDate: '1984-08-25' }, new Patient({ dateOfBirth: 19840824 })).dateOfBirth).toBe(19840825);
  });

  it('asks for a name, which may be one that the form does not show', () => {
    expect(Object.keys(patientForm.check({ firstName: '', lastName: '', email: 'jill' }, undefined))).toEqual(['firstName', 'email']);
    expect(nameOf(patient)).toBe('Jill Jellyfish');
    expect(nameOf(new Patient({ names: [{ firstNames: ['Jill'], lastName: 'J.' }] as never }))).toBe('Jill J.');
    expect(nameOf(new Patient({ firstName: 5 as never }))).toBe('');
  });
});
