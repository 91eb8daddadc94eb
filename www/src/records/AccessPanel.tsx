import { useState } from 'react';
import type { EntityAccess } from '../api';
import { Button, Card, EmptyState, Pill, useToast } from '../design';
import { callOf, useContacts } from '../people/contacts';
import { Link } from '../state/router';
import { useUser } from '../state/session';
import '../share/AccessList.css';
import { descendantsOf, inSentence, mayRevoke } from './access';
import type { Entry, Kind } from './kinds';
import { RevokeDialog } from './RevokeDialog';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** First whose it is, then who has it all, then who has this. */
const ORDER: Record<EntityAccess['basis'], number> = { owner: 0, grant: 1, delegation: 2 };

interface Properties {
  kind: Kind;
  entry: Entry;
  clinic: string | undefined;
  access: EntityAccess[];
  onGive: () => void;
  onChanged: () => Promise<void>;
  onLeft: () => void;
}

/** Who can read one entry, since when and through whom, as the signatures say it. */
export function AccessPanel({ kind, entry, clinic, access, onGive, onChanged, onLeft }: Properties) {
  const user = useUser();
  const contacts = useContacts();
  const toast = useToast();
  const [ending, setEnding] = useState<EntityAccess>();
  const me = clinic ?? user.id;
  const others = access.filter((line) => line.basis !== 'owner' || line.dataOwnerId !== me).sort((a, b) => ORDER[a.basis] - ORDER[b.basis] || a.since - b.since);
  return (
    <Card
      title="Who has access"
      actions={
        <Button small look="primary" icon="share" onClick={onGive}>
          Give access
        </Button>
      }
    >
      {others.length === 0 ? (
        <EmptyState icon="lock" title="Nobody but you">
          Whom you give access to appears here, and here you can end it.
        </EmptyState>
      ) : (
        <ul className="entries" role="list" data-testid="access">
          {others.map((line) => {
            const name = callOf(contacts, line.dataOwnerId);
            const leaving = line.dataOwnerId === me;
            return (
              <li className="entry" key={`${line.dataOwnerId}/${line.basis}`}>
                <div className="entry-text">
                  <div className="row">
                    <span className="entry-name">{name}</span>
                    <Pill tone={line.basis === 'owner' ? 'good' : 'neutral'}>{pillOf(line)}</Pill>
                  </div>
                  <span className="muted small">{describe(line, (id) => inSentence(callOf(contacts, id)))}</span>
                </div>
                {mayRevoke(line, me, entry.responsible) && (
                  <Button small look="danger-quiet" onClick={() => setEnding(line)} aria-label={leaving ? 'Give up access' : `End access of ${name}`}>
                    {leaving ? 'Give up access' : 'End access'}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {entry.responsible === user.id && access.some(({ basis }) => basis === 'grant') && (
        <p className="muted small">
          Access to the whole record is ended under <Link href="/share">Sharing</Link>.
        </p>
      )}
      {ending && (
        <RevokeDialog
          kind={kind}
          entry={entry}
          clinic={clinic}
          line={ending}
          leaving={ending.dataOwnerId === me}
          through={descendantsOf(ending.dataOwnerId, access)}
          onClose={() => setEnding(undefined)}
          onStale={() => {
            setEnding(undefined);
            void onChanged();
          }}
          onRevoked={async () => {
            setEnding(undefined);
            if (ending.dataOwnerId === me) {
              toast('You have given up your access.');
              onLeft();
            } else {
              toast(`${callOf(contacts, ending.dataOwnerId)} can no longer open what is written here.`);
              await onChanged();
            }
          }}
        />
      )}
    </Card>
  );
}

const pillOf = ({ basis, rights }: EntityAccess): string => (basis === 'owner' ? 'Owner' : basis === 'grant' ? 'Whole record' : rights === 'write' ? 'Reads and changes' : 'Reads');

function describe({ basis, kind, rights, since, by, inNameOf }: EntityAccess, name: (id: string) => string): string {
  if (basis === 'owner') {
    return `This is in the record of this ${kind}`;
  }
  const giver = by === undefined ? '' : ` · given by ${name(by)}${inNameOf === undefined ? '' : ` for ${name(inNameOf)}`}`;
  return `${capital(kind)} · ${basis === 'grant' ? (rights === 'write' ? 'may read and add · ' : 'may read · ') : ''}since ${DATE.format(since)}${giver}`;
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
