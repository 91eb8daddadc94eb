import { useCallback, useState, type FormEvent } from 'react';
import type { Acquaintance, Verified } from '../api';
import { Button, Card, Dialog, EmptyState, Notice, Pill, Progress, TextField, useToast } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { HelpRequests } from '../recovery/HelpRequests';
import { Screen } from '../shell/Screen';
import { Link } from '../state/router';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { useLoad } from '../state/useLoad';
import { SafetyNumber } from '../trust/SafetyNumber';
import { SafetyNumberDialog } from '../trust/SafetyNumberDialog';
import '../share/AccessList.css';
import { callOf, remember, useContacts } from './contacts';
import { checkWho, find } from './recipient';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** How an identity is known, and whether something may be locked for it. */
const KNOWN: Record<Verified, { certain: boolean; text: string }> = {
  safetyNumber: { certain: true, text: 'Safety number compared' },
  shareCode: { certain: true, text: 'By share code' },
  invitationLink: { certain: true, text: 'By the link of an invitation' },
  directory: { certain: true, text: 'By a directory' },
  invitation: { certain: false, text: 'By an invitation, not compared' },
  firstUse: { certain: false, text: 'Not compared yet' },
};

/** Whose keys this device knows, and comparing safety numbers with somebody. */
export function PeopleScreen() {
  const user = useUser();
  const contacts = useContacts();
  const { result, reload } = useLoad(
    user.id,
    useCallback((session) => session.trustApi.list(), []),
  );
  const [comparing, setComparing] = useState<{ id: string; name: string }>();
  const [naming, setNaming] = useState<{ id: string; name: string }>();
  const toast = useToast();
  return (
    <Screen title="People" subtitle="Whose key is whose. Compare safety numbers before you share." narrow>
      <HelpRequests />
      <Compare onCompare={setComparing} />
      {result.state === 'loading' && (
        <Card title="Who is known">
          <Progress label="Loading" />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && <KnownKeys people={known(result.value, contacts.named).filter(({ id }) => id !== user.id)} onCompare={setComparing} onName={setNaming} />}
      <Card title="About you">
        <p>
          Others reach you by your e-mail address, <strong>{user.email}</strong>, or by your id:
        </p>
        <code className="fingerprint">{user.id}</code>
      </Card>
      {naming && <NameDialog person={naming} onClose={() => setNaming(undefined)} />}
      {comparing && (
        <SafetyNumberDialog
          ownerId={comparing.id}
          name={comparing.name}
          onClose={() => setComparing(undefined)}
          onConfirmed={() => {
            setComparing(undefined);
            toast(`The key of ${callOf(contacts, comparing.id)} is verified.`);
            void reload();
          }}
        />
      )}
    </Screen>
  );
}

/** Somebody in the list: known by a key, or so far only by the name that the person gave. */
interface Known {
  id: string;
  name?: string;
  verified?: Verified;
  since?: number;
}

function known(acquaintances: Acquaintance[], named: readonly string[]): Known[] {
  const ids = new Set(acquaintances.map(({ id }) => id));
  return [...acquaintances, ...named.filter((id) => !ids.has(id)).map((id) => ({ id }))];
}

/** Shows the safety number with somebody, so that it can be read out, or compared. */
export function Compare({ onCompare }: { onCompare: (person: Named) => void }) {
  const user = useUser();
  const contacts = useContacts();
  const [typed, setTyped] = useState('');
  const [checked, setChecked] = useState(false);
  const [found, setFound] = useState<{ id: string; digits: string; qr: string; verified: Verified | undefined }>();
  const problem = checkWho(typed, user);
  const { act, busy, error, clear } = useAction(async () => {
    const id = await run((session) => find(session, typed));
    const { digits, qr, verified } = await run((session) => session.trustApi.safetyNumber(id));
    setFound({ id, digits, qr, verified });
    if (typed.includes('@') && !contacts.names.has(id)) {
      await remember(id, typed.trim()).catch(() => undefined);
    }
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!problem) {
      act();
    }
  };
  const missing = hasCode(error, 'not_found');
  const name = found && (contacts.names.get(found.id) ?? typed.trim());
  return (
    <Card title="Safety number">
      <form className="stack" onSubmit={submit} noValidate>
        <TextField
          label="E-mail address or id of somebody"
          hint="You both see the same number. Read it to each other, in person or by telephone."
          name="compare-with"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          error={(checked && problem) || (missing && 'Nobody has an account with this address here.') || undefined}
          onChange={(event) => {
            setTyped(event.target.value);
            setChecked(false);
            setFound(undefined);
            clear();
          }}
        />
        <div className="row">
          <Button type="submit" look={found ? 'secondary' : 'primary'} busy={busy}>
            Show the safety number
          </Button>
        </div>
      </form>
      {error !== undefined && !missing && <ErrorNotice error={error} onRetry={act} />}
      {found && name && (
        <div className="stack" aria-live="polite">
          <SafetyNumber digits={found.digits} qr={found.qr} ownerId={found.id} name={name} />
          {found.verified && KNOWN[found.verified].certain ? (
            <Notice tone="good" icon="shield">
              {KNOWN[found.verified].text}. Something can be shared.
            </Notice>
          ) : (
            <div className="row">
              <Button icon="shield" onClick={() => onCompare({ id: found.id, name })}>
                Compare and verify
              </Button>
            </div>
          )}
        </div>
      )}
    </Card>
  );
}

type Named = { id: string; name: string };

function KnownKeys({ people, onCompare, onName }: { people: Known[]; onCompare: (person: Named) => void; onName: (person: Named) => void }) {
  const contacts = useContacts();
  const nameOf = ({ id, name }: Known) => callOf(contacts, id, name);
  return (
    <Card title="Who is known">
      {people.length === 0 ? (
        <EmptyState icon="people" title="Nobody yet">
          Whoever shares with you, or with whom you share, appears here.
        </EmptyState>
      ) : (
        <ul className="entries" role="list">
          {people.map(({ verified = 'firstUse', ...person }) => (
            <li className="entry" key={person.id}>
              <div className="entry-text">
                <div className="row">
                  <Link className="entry-name" href={`/people/${encodeURIComponent(person.id)}`}>
                    {nameOf(person)}
                  </Link>
                  <Pill tone={KNOWN[verified].certain ? 'good' : 'neutral'} icon={KNOWN[verified].certain ? 'shield' : 'info'}>
                    {KNOWN[verified].certain ? 'Verified' : 'Not verified'}
                  </Pill>
                </div>
                <span className="muted small">
                  {KNOWN[verified].text}
                  {person.since !== undefined && ` · known since ${DATE.format(person.since)}`}
                </span>
              </div>
              <div className="row">
                <Button small look="quiet" onClick={() => onName({ id: person.id, name: contacts.names.get(person.id) ?? '' })} aria-label={`Name ${nameOf(person)}`}>
                  Name
                </Button>
                {!KNOWN[verified].certain && (
                  <Button small onClick={() => onCompare({ id: person.id, name: nameOf(person) })} aria-label={`Compare the safety number with ${nameOf(person)}`}>
                    Compare
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** What somebody is called in one's own lists. */
function NameDialog({ person, onClose }: { person: Named; onClose: () => void }) {
  const [name, setName] = useState(person.name);
  const { act, busy, error } = useAction(async () => {
    await remember(person.id, name.trim());
    onClose();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') {
      act();
    }
  };
  return (
    <Dialog title="What are they called?" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField label="Name" hint="How they are called in your lists. Only you can read it." name="called" autoComplete="off" value={name} onChange={(event) => setName(event.target.value)} />
        {error !== undefined && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" busy={busy} disabled={name.trim() === ''}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
