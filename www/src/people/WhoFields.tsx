import { useState } from 'react';
import type { Session } from '../api';
import { Choices, Segmented, TextField } from '../design';
import { hasCode } from '../errors/describe';
import { useUser } from '../state/session';
import { remember, useContacts } from './contacts';
import { checkWho, find } from './recipient';

const KINDS = [
  { value: 'person', text: 'A person' },
  { value: 'clinic', text: 'A clinic' },
] as const;

/** The part of a form that says to whom something is given: a person by e-mail address or id, or one of the clinics. */
export interface Who {
  kind: (typeof KINDS)[number]['value'];
  person: string;
  name: string;
  clinic: string;
}

export function useWho(): { who: Who; setWho: (who: Who) => void; problem: string | undefined; resolve: (session: Session) => Promise<string>; keepName: (id: string) => Promise<void>; called: string | undefined } {
  const user = useUser();
  const [who, setWho] = useState<Who>({ kind: 'person', person: '', name: '', clinic: '' });
  const { names } = useContacts();
  const clinicProblem = who.clinic === '' ? 'Choose a clinic.' : undefined;
  const name = who.name.trim() || (who.person.includes('@') ? who.person.trim() : '');
  return {
    who,
    setWho,
    problem: who.kind === 'person' ? checkWho(who.person, user) : clinicProblem,
    resolve: async (session) => (who.kind === 'clinic' ? who.clinic : find(session, who.person)),
    // What somebody was called before is only replaced by a name, not by an address. What was given is given, whether or not a name is kept.
    keepName: async (id) => {
      if (who.kind === 'person' && name !== '' && (who.name.trim() !== '' || !names.has(id))) {
        await remember(id, name).catch(() => undefined);
      }
    },
    called: who.kind === 'person' ? name || undefined : names.get(who.clinic),
  };
}

export function WhoFields({ who, onChange, problem, error }: { who: Who; onChange: (who: Who) => void; problem: string | undefined; error: unknown }) {
  const { clinics } = useContacts();
  const missing = hasCode(error, 'not_found') ? 'Nobody has an account with this address here, or somebody who has not signed in yet.' : undefined;
  return (
    <>
      {clinics.length > 0 && <Segmented label="To whom" value={who.kind} onChange={(kind) => onChange({ ...who, kind })} options={KINDS} />}
      {who.kind === 'person' ? (
        <>
          <TextField label="E-mail address or id" hint="The address with which they sign in here." name="who" autoComplete="off" autoCapitalize="none" spellCheck={false} value={who.person} error={problem ?? missing} onChange={(event) => onChange({ ...who, person: event.target.value })} />
          <TextField label="Name" optional hint="How they are called in your lists. Only you can read it." name="called" autoComplete="off" value={who.name} onChange={(event) => onChange({ ...who, name: event.target.value })} />
        </>
      ) : (
        <Choices label="Clinic" value={who.clinic} error={problem} onChange={(clinic) => onChange({ ...who, clinic })} options={clinics.map(({ id, name }) => ({ value: id, title: name }))} />
      )}
    </>
  );
}
