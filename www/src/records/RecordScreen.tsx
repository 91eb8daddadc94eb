import { useCallback, useState } from 'react';
import { Button, buttonClass, Card, EmptyState, Icon, Pill, Progress, useToast } from '../design';
import { isOutOfReach } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { Screen } from '../shell/Screen';
import { Link, navigate } from '../state/router';
import { run, useUser } from '../state/session';
import { useLoad } from '../state/useLoad';
import { inSentence } from './access';
import { AccessPanel } from './AccessPanel';
import { fieldsOf } from './conflict';
import { shownFields } from './fields';
import { Files } from './Files';
import { GiveAccessDialog } from './GiveAccessDialog';
import { History } from './History';
import { addressOf, KINDS, listOf, type Entry, type Kind, type KindName } from './kinds';
import './Records.css';

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** One entry: what it says, who wrote it, who can read it, and what happened to it. */
export function RecordScreen({ name, id, clinic }: { name: KindName; id: string; clinic?: string | undefined }) {
  const kind = KINDS[name];
  const user = useUser();
  const contacts = useContacts();
  const toast = useToast();
  const [giving, setGiving] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const list = listOf(name);
  const { result, reload, reloading } = useLoad(
    `${clinic ?? user.id}/${id}`,
    useCallback(
      async (session, signal) => {
        const api = kind.api(session, clinic);
        const entry = await api.get(id, { signal });
        const { access } = await api.getDataOwnersWithAccessTo(entry, { signal });
        return { entry, access };
      },
      [kind, id, clinic],
    ),
  );
  const entry = result.state === 'ready' ? result.value.entry : undefined;
  const ended = result.state === 'failed' && isOutOfReach(result.error);
  const mayChange = entry?.rights === 'write';
  return (
    <Screen
      title={entry ? kind.title(entry) : ended ? 'This cannot be opened' : 'Entry'}
      subtitle={entry && entry.responsible !== (clinic ?? user.id) ? `From ${callOf(contacts, entry.responsible)}` : undefined}
      back={{ href: list, text: 'Entries' }}
      narrow
      actions={
        entry && (
          <>
            <Button small icon="refresh" look="quiet" busy={reloading} onClick={() => void reload()}>
              Refresh
            </Button>
            {mayChange && (
              <Link href={`${addressOf(kind, id, clinic)}/edit`} className={buttonClass('secondary', true)}>
                <Icon name="edit" size={16} /> Edit
              </Link>
            )}
          </>
        )
      }
    >
      {result.state === 'loading' && (
        <Card>
          <Progress label="Opening and checking the entry" />
        </Card>
      )}
      {ended && (
        <Card>
          <EmptyState
            icon="lock"
            title="It is not shared with you, or not any more"
            actions={
              <Link href={list} className={buttonClass('primary')}>
                To the entries
              </Link>
            }
          >
            It may also have been deleted. If that is a surprise, ask whoever gave it to you.
          </EmptyState>
        </Card>
      )}
      {result.state === 'failed' && !ended && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && (
        <>
          <Content kind={kind} entry={result.value.entry} />
          <Files kind={kind} entry={result.value.entry} clinic={clinic} onChanged={reload} />
          <AccessPanel kind={kind} entry={result.value.entry} clinic={clinic} access={result.value.access} onGive={() => setGiving(true)} onChanged={reload} onLeft={() => navigate(list, { replace: true })} />
          <PastCard key={result.value.entry.rev} kind={kind} entry={result.value.entry} clinic={clinic} />
          {mayChange && (
            <div className="row">
              <Button small look="danger-quiet" onClick={() => setDeleting(true)}>
                Delete this {kind.one}
              </Button>
            </div>
          )}
          {giving && (
            <GiveAccessDialog
              kind={kind}
              entry={result.value.entry}
              clinic={clinic}
              onClose={() => setGiving(false)}
              onGiven={async () => {
                setGiving(false);
                await reload();
              }}
            />
          )}
          {deleting && (
            <ConfirmDialog
              title={`Delete “${kind.title(result.value.entry)}”?`}
              confirm="Delete"
              keep="Keep it"
              danger
              onClose={() => setDeleting(false)}
              onConfirm={async () => {
                await run((session) => kind.api(session, clinic).delete(result.value.entry));
                toast('Deleted.');
                navigate(list, { replace: true });
              }}
            >
              <p>It is erased for everybody who has access, and nobody can bring it back.</p>
            </ConfirmDialog>
          )}
        </>
      )}
    </Screen>
  );
}

function Content({ kind, entry }: { kind: Kind; entry: Entry }) {
  const contacts = useContacts();
  // Files have a card of their own.
  const { attachments: _, ...fields } = fieldsOf(entry);
  const shown = shownFields(fields, kind.labels);
  const [known, others] = [shown.filter((field) => field.known), shown.filter((field) => !field.known)];
  const { author, inNameOf, sealedBy, modified, compartment } = entry;
  return (
    <Card>
      <dl className="facts" data-testid="content">
        {known.map(({ field, label, text }) => (
          <div className="fact" key={field}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {others.length > 0 && (
        <details className="small">
          <summary>{others.length === 1 ? 'One more field' : `${others.length} more fields`}</summary>
          <dl className="facts">
            {others.map(({ field, label, text }) => (
              <div className="fact" key={field}>
                <dt>{label}</dt>
                <dd>{text}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <div className="row">
        <span className="muted small">
          Written by {inSentence(callOf(contacts, author))}
          {inNameOf !== undefined && ` for ${callOf(contacts, inNameOf)}`}
          {modified !== undefined && `, ${MOMENT.format(modified)}`}
          {sealedBy !== undefined && `; locked with a new key by ${inSentence(callOf(contacts, sealedBy))}`}
        </span>
        {compartment === 'private' && <Pill icon="lock">Private</Pill>}
      </div>
    </Card>
  );
}

/** The history, which takes a request of its own, for those who want it. */
function PastCard({ kind, entry, clinic }: { kind: Kind; entry: Entry; clinic: string | undefined }) {
  const [open, setOpen] = useState(false);
  return (
    <Card
      title="History"
      actions={
        !open && (
          <Button small icon="clock" onClick={() => setOpen(true)}>
            Show the history
          </Button>
        )
      }
    >
      {open ? <History kind={kind} entry={entry} clinic={clinic} /> : <p className="muted small">Who wrote this, who gave it to whom, and who took it away, as everybody has signed it.</p>}
    </Card>
  );
}
