import { HealthcareElement } from '../api';
import { checkCodes, readCodes, showCodes } from './codes';
import { dayOf, fromDay, showDate } from './date';
import { filled, textOf, type Form } from './form';

/** Something about somebody's health that lasts. */
export const problemForm: Form<HealthcareElement> = {
  fields: [
    { name: 'description', label: 'Problem', type: 'text', hint: 'In a few words, such as “asthma”.' },
    { name: 'opened', label: 'Since', type: 'date', optional: true, short: true },
    { name: 'closed', label: 'Until', type: 'date', optional: true, short: true },
    { name: 'note', label: 'Note', type: 'area', optional: true },
    { name: 'codes', label: 'Codes', type: 'text', optional: true, hint: 'For those who know them: ICD-10|J45, SNOMED|195967001.' },
  ],
  read: (element) => ({
    description: textOf(element?.description),
    opened: dayOf(element?.openingDate),
    closed: dayOf(element?.closingDate),
    note: textOf(element?.note),
    codes: showCodes(element?.codes ?? []),
  }),
  write: ({ description, opened = '', closed = '', note, codes = '' }, element) =>
    new HealthcareElement({
      ...element,
      description: filled(description),
      openingDate: fromDay(opened, element?.openingDate),
      closingDate: fromDay(closed, element?.closingDate),
      note: filled(note),
      codes: readCodes(codes, element?.codes),
    }),
  check: ({ description, opened = '', closed = '', codes = '' }) => ({
    ...(!filled(description) && { description: 'Say what the problem is.' }),
    ...(opened && closed && closed < opened && { closed: 'The end lies before the beginning.' }),
    ...(checkCodes(codes) && { codes: checkCodes(codes) }),
  }),
};

/** When it was, as one line. */
export function periodOf({ openingDate, closingDate }: HealthcareElement): string {
  const [from, to] = [showDate(openingDate), showDate(closingDate)];
  return from && to ? `${from} to ${to}` : from ? `since ${from}` : to ? `until ${to}` : '';
}
