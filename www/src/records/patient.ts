import { Address, Patient, Telecom } from '../api';
import { dayOf } from './date';
import { filled, textOf, type Form } from './form';

const ADDRESS = ['street', 'houseNumber', 'postalCode', 'city', 'country'] as const;
/** How one can be reached, by iCure's names for it. */
const TELECOMS = { mobile: 'telephone', email: 'email' } as const;

/** Who somebody is, and how to reach her. The form shows the first address and keeps the others. */
export const patientForm: Form<Patient> = {
  fields: [
    { name: 'firstName', label: 'First name', type: 'text', autoComplete: 'given-name', short: true },
    { name: 'lastName', label: 'Last name', type: 'text', autoComplete: 'family-name', short: true },
    { name: 'birthDate', label: 'Date of birth', type: 'date', optional: true, autoComplete: 'bday' },
    { name: 'telephone', label: 'Telephone', type: 'tel', optional: true, autoComplete: 'tel', short: true },
    { name: 'email', label: 'E-mail', type: 'email', optional: true, autoComplete: 'email', short: true },
    { name: 'street', label: 'Street', type: 'text', optional: true, autoComplete: 'address-line1', short: true },
    { name: 'houseNumber', label: 'Number', type: 'text', optional: true, short: true },
    { name: 'postalCode', label: 'Postal code', type: 'text', optional: true, autoComplete: 'postal-code', short: true },
    { name: 'city', label: 'City', type: 'text', optional: true, autoComplete: 'address-level2', short: true },
    { name: 'country', label: 'Country', type: 'text', optional: true, autoComplete: 'country-name' },
    { name: 'note', label: 'Note', type: 'area', optional: true },
  ],
  read: (patient) => {
    const address = patient?.addresses?.[0];
    return {
      firstName: textOf(patient?.firstName),
      lastName: textOf(patient?.lastName),
      birthDate: dayOf(patient?.dateOfBirth),
      ...Object.fromEntries(ADDRESS.map((name) => [name, textOf(address?.[name])])),
      ...Object.fromEntries(Object.entries(TELECOMS).map(([type, name]) => [name, textOf(telecomOf(address, type)?.telecomNumber)])),
      note: textOf(patient?.note),
    };
  },
  write: (values, patient) => {
    const [first, ...others] = patient?.addresses ?? [];
    const address = writtenAddress(values, first);
    return new Patient({
      ...patient,
      firstName: filled(values['firstName']),
      lastName: filled(values['lastName']),
      dateOfBirth: writtenBirthDate(values['birthDate'] ?? '', patient?.dateOfBirth),
      addresses: address || others.length > 0 ? [...(address ? [address] : []), ...others] : undefined,
      note: filled(values['note']),
    });
  },
  check: ({ firstName, lastName, email }) => ({
    ...(!filled(firstName) && !filled(lastName) && { firstName: 'Enter a name.' }),
    ...(filled(email) && !/^[^@\s]+@[^@\s]+$/.test(email ?? '') && { email: 'Enter an e-mail address such as anna@example.org.' }),
  }),
};

/** First and last name, or how else somebody is called. */
export function nameOf({ firstName, lastName, names, companyName }: Patient): string {
  const other = names?.[0];
  const called = [firstName, lastName].map(textOf).filter(Boolean).join(' ');
  return called || textOf(other?.text) || [...[other?.firstNames].flat(), other?.lastName].map(textOf).filter(Boolean).join(' ') || textOf(companyName);
}

const telecomOf = (address: Address | undefined, type: string): Telecom | undefined => address?.telecoms?.find(({ telecomType }) => telecomType === type);

/** The address as filled in; none where nothing is left of it. */
function writtenAddress(values: Record<string, string>, before: Address | undefined): Address | undefined {
  const telecoms = Object.entries(TELECOMS).reduce((list, [telecomType, name]) => withTelecom(list, telecomType, filled(values[name])), before?.telecoms ?? []);
  const address = new Address({
    ...before,
    ...Object.fromEntries(ADDRESS.map((name) => [name, filled(values[name])])),
    telecoms: telecoms.length > 0 ? telecoms : undefined,
  });
  return Object.keys(address).length > 0 ? address : undefined;
}

function withTelecom(telecoms: Telecom[], telecomType: string, telecomNumber: string | undefined): Telecom[] {
  const place = telecoms.findIndex((each) => each.telecomType === telecomType);
  if (place === -1) {
    return telecomNumber ? [...telecoms, new Telecom({ telecomType, telecomNumber })] : telecoms;
  }
  return telecoms.flatMap((each, index) => (index !== place ? each : telecomNumber ? new Telecom({ ...each, telecomNumber }) : []));
}

/** In the form it had: iCure has a number, this page's sign-up a text. */
function writtenBirthDate(typed: string, before: unknown): Patient['dateOfBirth'] {
  if (typed === '') {
    return undefined;
  }
  return typeof before === 'number' ? Number(typed.replaceAll('-', '')) : typed;
}
