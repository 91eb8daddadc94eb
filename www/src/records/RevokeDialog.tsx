import { useState } from 'react';
import type { EntityAccess } from '../api';
import { Button, Choices, Dialog } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { run } from '../state/session';
import { useGiving } from '../trust/useGiving';
import { inSentence } from './access';
import type { Entry, Kind } from './kinds';
import { Stale } from './Stale';

interface Properties {
  kind: Kind;
  entry: Entry;
  clinic: string | undefined;
  line: EntityAccess;
  /** Whether it is one's own access. */
  leaving: boolean;
  /** Those who have access through whoever loses it. */
  through: EntityAccess[];
  onClose: () => void;
  /** The entry is not what is shown any more. */
  onStale: () => void;
  onRevoked: () => Promise<void>;
}

/** Ends somebody's access to one entry, and asks what becomes of those to whom he gave it. */
export function RevokeDialog({ kind, entry, clinic, line, leaving, through, onClose, onStale, onRevoked }: Properties) {
  const contacts = useContacts();
  const [others, setOthers] = useState<'end' | 'keep'>('end');
  const name = callOf(contacts, line.dataOwnerId);
  const names = new Intl.ListFormat('en').format(through.map(({ dataOwnerId }) => inSentence(callOf(contacts, dataOwnerId))));
  const { act, busy, error, checking } = useGiving(async () => {
    await run((session) => kind.api(session, clinic).revokeAccess(entry, line.dataOwnerId, { keepDescendants: others === 'keep' }));
    await onRevoked();
  });
  if (checking) {
    return checking;
  }
  return (
    <Dialog
      title={leaving ? 'Give up your access?' : `End access of ${name}?`}
      onClose={busy ? undefined : onClose}
      actions={
        <>
          <Button onClick={onClose} disabled={busy}>
            Keep it
          </Button>
          <Button look="danger" busy={busy} onClick={() => act()}>
            {leaving ? 'Give up' : 'End access'}
          </Button>
        </>
      }
    >
      {leaving ? (
        <p>You can then no longer open what is written here, until somebody gives you access again.</p>
      ) : (
        <>
          <p>{name} can no longer open what is written here from now on: it is locked with a new key.</p>
          <p>
            <strong>What was already read, printed or saved stays read.</strong> Nothing can take that back.
          </p>
        </>
      )}
      {through.length > 0 &&
        (leaving ? (
          <p>Those to whom you gave it lose it, too: {names}.</p>
        ) : (
          <Choices
            label={`${name} gave it on to ${names}`}
            value={others}
            onChange={setOthers}
            options={[
              { value: 'end', title: 'End that, too', explanation: 'Nobody who has it through them can read on.' },
              { value: 'keep', title: 'Let them keep it', explanation: 'From then on they have it from you.' },
            ]}
          />
        ))}
      {hasCode(error, 'conflict') ? <Stale onShow={onStale} /> : error !== undefined && <ErrorNotice error={error} />}
    </Dialog>
  );
}
