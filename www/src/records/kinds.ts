import { DataSample, HealthcareElement, Patient, type EntityApi, type Session, type Stored } from '../api';
import type { IconName } from '../design';
import { showDate, timeOf } from './date';
import { textOf, type Form } from './form';
import { nameOf, patientForm } from './patient';
import { periodOf, problemForm } from './problem';
import { sampleForm, showContent } from './sample';

/** What can be listed, filled in and shared by itself. */
export type Entry = HealthcareElement | DataSample | Patient;

/** As the addresses name them. */
export type KindName = 'problems' | 'samples' | 'people';

/** One type of records: how it is called, shown, filled in and stored. */
export interface Kind<T extends Stored = Entry> {
  name: KindName;
  one: string;
  icon: IconName;
  make(fields: object): T;
  form: Form<T>;
  /** What fields are called in this kind, where it is something else than elsewhere. */
  labels?: Record<string, string>;
  title(entry: T): string;
  /** What is said beneath the title. */
  summary(entry: T): string;
  /** How two of them stand in a list. */
  order(a: T, b: T): number;
  /** The package's functions for it: the person's own, or in the name of a clinic. */
  api(session: Session, clinic?: string): EntityApi<T>;
  /** All of one's own that are not shown elsewhere. */
  own(session: Session, signal: AbortSignal): Promise<T[]>;
}

const newest = (a: unknown, b: unknown): number => timeOf(b) - timeOf(a) || 0;
/** In whose name something is done: the person's own, or a clinic's. */
export const actor = (session: Session, clinic: string | undefined) => (clinic === undefined ? session : session.forClinic(clinic));

const problems: Kind<HealthcareElement> = {
  name: 'problems',
  one: 'problem',
  icon: 'note',
  make: (fields) => new HealthcareElement(fields),
  form: problemForm,
  title: ({ description }) => textOf(description) || 'Problem without a name',
  summary: (element) => [periodOf(element), textOf(element.note)].filter(Boolean).join(' · '),
  order: (a, b) => Number(a.closingDate !== undefined) - Number(b.closingDate !== undefined) || newest(a.openingDate, b.openingDate),
  api: (session, clinic) => actor(session, clinic).healthcareElementApi,
  own: (session, signal) => session.healthcareElementApi.listHealthcareElements({ signal }),
};

const samples: Kind<DataSample> = {
  name: 'samples',
  one: 'sample',
  icon: 'test',
  make: (fields) => new DataSample(fields),
  form: sampleForm,
  labels: { openingDate: 'When' },
  title: (sample) => showContent(sample) || textOf(sample.comment) || 'Sample',
  summary: (sample) => [showDate(sample.openingDate), showContent(sample) && textOf(sample.comment)].filter(Boolean).join(' · '),
  order: (a, b) => newest(a.openingDate, b.openingDate),
  api: (session, clinic) => actor(session, clinic).dataSampleApi,
  // What was imported is the chart's, thousands of readings.
  own: async (session, signal) => (await session.dataSampleApi.listDataSamples({ signal })).filter(({ origin }) => !origin),
};

const people: Kind<Patient> = {
  name: 'people',
  one: 'person',
  icon: 'person',
  make: (fields) => new Patient(fields),
  form: patientForm,
  title: (patient) => nameOf(patient) || 'Person without a name',
  summary: ({ dateOfBirth }) => (showDate(dateOfBirth) ? `born ${showDate(dateOfBirth)}` : ''),
  order: (a, b) => nameOf(a).localeCompare(nameOf(b)),
  api: (session, clinic) => actor(session, clinic).patientApi,
  own: (session, signal) => session.patientApi.listPatients({ signal }),
};

/** Whoever holds a kind by its name handles entries that came from it. */
export const KINDS = { problems, samples, people } as unknown as Record<KindName, Kind>;

export const isKind = (name: string | undefined): name is KindName => name !== undefined && Object.hasOwn(KINDS, name);

/** The address of a list: of one's own entries, or at another place. */
export const listOf = (name: KindName, place = '/records'): string => (name === 'problems' ? place : `${place}/${name}`);

/** The address of a record, or of what is done with it, in the person's own name or a clinic's. */
export function addressOf({ name }: Kind, id: string, clinic?: string): string {
  return `${clinic === undefined ? '' : `/clinics/${encodeURIComponent(clinic)}`}/records/${name}/${encodeURIComponent(id)}`;
}
