import { Attachment, CodingReference, DataSample } from '../api';
import { showCodes } from './codes';
import type { Fields } from './conflict';
import { showDate } from './date';
import { nameOfFile } from './files';
import { textOf } from './form';
import { showContent } from './sample';

/** How fields are called, in the order in which they are shown. */
const LABELS: Record<string, string> = {
  description: 'Problem',
  content: 'Value',
  firstName: 'First name',
  lastName: 'Last name',
  dateOfBirth: 'Date of birth',
  openingDate: 'Since',
  closingDate: 'Until',
  addresses: 'Address',
  comment: 'Comment',
  note: 'Note',
  codes: 'Codes',
  labels: 'Labels',
  attachments: 'Files',
};

const ORDER = Object.keys(LABELS);
const DATES = new Set(['openingDate', 'closingDate', 'valueDate', 'dateOfBirth', 'dateOfDeath', 'endOfLife']);

/** What a field is called, in records of a kind that has words of its own; one that this page does not know by its own name. */
export const labelOf = (field: string, own: Record<string, string> = {}): string => own[field] ?? LABELS[field] ?? field;

/** The fields of a record that say something, in order. */
export function shownFields(fields: Fields, own?: Record<string, string>): { field: string; label: string; text: string; known: boolean }[] {
  return Object.keys(fields)
    .map((field) => ({ field, label: labelOf(field, own), text: showField(field, fields[field]), known: field in LABELS }))
    .filter(({ text }) => text !== '')
    .sort((a, b) => place(a.field) - place(b.field));
}

const place = (field: string): number => (field in LABELS ? ORDER.indexOf(field) : ORDER.length);

/** A field's value, as JSON has it, for people to read. What is of no known form is shown as it is. */
export function showField(field: string, value: unknown): string {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) {
    return '';
  }
  if (DATES.has(field)) {
    return showDate(value);
  }
  if ((field === 'codes' || field === 'labels') && Array.isArray(value)) {
    return showCodes(value.map((code: object) => new CodingReference(code)));
  }
  if (field === 'content') {
    return showContent(new DataSample({ content: value as DataSample['content'] })) || JSON.stringify(value);
  }
  if (field === 'attachments' && Array.isArray(value)) {
    return value.map((file: object) => nameOfFile(new Attachment(file))).join('\n');
  }
  if (field === 'addresses' && Array.isArray(value)) {
    return value.map((address) => showAddress(address as Fields)).join('\n');
  }
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return value.toLocaleString();
    case 'boolean':
      return value ? 'Yes' : 'No';
    default:
      return JSON.stringify(value);
  }
}

function showAddress({ street, houseNumber, postalCode, city, country, telecoms }: Fields): string {
  const joined = (...parts: unknown[]) => parts.map(textOf).filter(Boolean).join(' ');
  const numbers = Array.isArray(telecoms) ? telecoms.map((telecom) => textOf((telecom as Fields | null)?.['telecomNumber'])) : [];
  return [joined(street, houseNumber), joined(postalCode, city), textOf(country), ...numbers].filter(Boolean).join('\n');
}
