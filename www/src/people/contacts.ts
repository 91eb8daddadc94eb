import { useEffect, useSyncExternalStore } from 'react';
import type { Session } from '../api';
import { hasCode } from '../errors/describe';
import { nameOf } from '../share/describeAccess';
import { isAbout, onChange } from '../state/live';
import { run, whenLeaving } from '../state/session';

/**
 * How the data owners whom the person meets are called. The platform knows no names, so they come from what this person can read: the
 * clinics she shares with or works in, the patients of those clinics, and what she herself has called somebody, which is kept as records
 * of her own, in the compartment that is never shared.
 */
interface Contact {
  dataOwnerId: string;
  name: string;
}

interface Contacts {
  names: ReadonlyMap<string, string>;
  /** Whom the person has called something herself. */
  named: readonly string[];
  /** Clinics that a record can be given to: those that were invited by their codes, or in which the person works. */
  clinics: readonly { id: string; name: string }[];
  /** The clinics in whose name the person can act. */
  own: readonly { id: string; name: string }[];
}

const TYPE = 'Contact';
/** More than anybody has. */
const MANY = 1_000;
const NOBODY: Contacts = { names: new Map(), named: [], clinics: [], own: [] };

let contacts = NOBODY;
let loading: Promise<void> | undefined;
const listeners = new Set<() => void>();

function put(next: Contacts): void {
  contacts = next;
  listeners.forEach((listener) => listener());
}

whenLeaving(() => {
  loading = undefined;
  put(NOBODY);
});

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Whoever has access from now on is called by name, too. What somebody was called a moment ago may not be stored yet: it stays.
onChange((event) => {
  if (loading !== undefined && isAbout(['access', 'members'])(event)) {
    ask((next) => put({ ...next, names: new Map([...contacts.names, ...next.names]), named: [...new Set([...contacts.named, ...next.named])] }));
  }
});

function ask(take: (next: Contacts) => void): void {
  const asked: Promise<void> = run(load).then(
    (next) => {
      // Not for somebody who has signed in meanwhile.
      if (loading === asked) {
        take(next);
      }
    },
    () => {
      // Names are a help and nothing else: without them people are shown by their ids, and the next screen tries again.
      if (loading === asked) {
        loading = undefined;
      }
    },
  );
  loading = asked;
}

/** What is known so far; it is loaded when it is first asked for, and again when somebody gets access. */
export function useContacts(): Contacts {
  useEffect(() => {
    if (loading === undefined) {
      ask(put);
    }
  }, []);
  return useSyncExternalStore(subscribe, () => contacts);
}

async function load(session: Session): Promise<Contacts> {
  const [clinics, named] = await Promise.all([session.user.kind === 'patient' ? clinicsOfPatient(session) : clinicsOfPractitioner(session), namedBy(session)]);
  const names = new Map([...clinics.known, ...named.map(({ dataOwnerId, name }) => [dataOwnerId, name] as const)]);
  return { names: names.set(session.user.id, 'You'), named: named.map(({ dataOwnerId }) => dataOwnerId), clinics: clinics.clinics, own: clinics.own };
}

/** Somebody who waits for her record to be given back cannot read her own yet. */
async function namedBy(session: Session): Promise<Contact[]> {
  try {
    return (await session.entityApi<Contact>(TYPE).list({ limit: MANY })).items;
  } catch (error) {
    if (hasCode(error, 'recovery_needed')) {
      return [];
    }
    throw error;
  }
}

/** What cannot be looked up is no reason to know nothing. */
const nobody = (): never[] => [];

type Clinics = Pick<Contacts, 'clinics' | 'own'> & { known: (readonly [string, string])[] };

async function clinicsOfPatient(session: Session): Promise<Clinics> {
  const access = await session.sharingApi.listAccess();
  const clinics = access.filter((entry) => entry.kind === 'clinic').map(({ clinicId, clinicName }) => ({ id: clinicId, name: clinicName }));
  const people = access.flatMap((entry) => (entry.kind === 'person' && entry.personId !== undefined ? [[entry.personId, nameOf(entry, new Map())] as const] : []));
  return { clinics, own: [], known: [...clinics.map(({ id, name }) => [id, name] as const), ...people] };
}

async function clinicsOfPractitioner(session: Session): Promise<Clinics> {
  const clinics = (await session.clinicApi.listClinics()).map(({ id, name }) => ({ id, name }));
  // Whoever waits for a clinic's keys knows nobody there yet.
  const patients = (await Promise.all(clinics.map(({ id }) => session.clinicApi.listPatients(id).catch(nobody)))).flat();
  const colleagues = (await Promise.all(clinics.map(({ id }) => session.clinicApi.listMembers(id).catch(nobody)))).flat();
  const named = [...clinics, ...colleagues.map(({ id, email }) => ({ id, name: email })), ...patients.map(({ id, fullName }) => ({ id, name: fullName }))];
  return { clinics, own: clinics, known: named.flatMap(({ id, name }) => (id === undefined ? [] : [[id, name] as const])) };
}

/** Remembers, for the person alone, what she calls somebody; for this visit also where it cannot be stored. */
export async function remember(dataOwnerId: string, name: string): Promise<void> {
  put({ ...contacts, names: new Map(contacts.names).set(dataOwnerId, name), named: [...new Set([...contacts.named, dataOwnerId])] });
  await run(async (session) => {
    const api = session.entityApi<Contact>(TYPE);
    const before = (await api.list({ limit: MANY })).items.find((contact) => contact.dataOwnerId === dataOwnerId);
    if (before?.name !== name) {
      await api.createOrModify({ ...before, dataOwnerId, name }, { compartment: 'private' });
    }
  });
}

/** Somebody's name: what this person knows or, without that, what the package says; without either, the beginning of the id. */
export function callOf({ names }: Pick<Contacts, 'names'>, id: string | undefined, otherwise?: string): string {
  return id === undefined ? 'Somebody' : (names.get(id) ?? otherwise ?? `Unnamed (${id.slice(0, 8)})`);
}
