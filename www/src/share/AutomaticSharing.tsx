import { useCallback, useState, type FormEvent } from 'react';
import type { Access, AudienceMember, Rights } from '../api';
import { Button, Card, Choices, Dialog, EmptyState, Pill, Progress, useToast } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { callOf, useContacts } from '../people/contacts';
import { useWho, WhoFields } from '../people/WhoFields';
import { ConfirmDialog } from '../shell/ConfirmDialog';
import { run, useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { useGiving } from '../trust/useGiving';
import './AccessList.css';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** With whom the record is shared without being asked each time; those who were invited are in the care team. */
export function AutomaticSharing({ access }: { access: Access[] }) {
  const user = useUser();
  const contacts = useContacts();
  const toast = useToast();
  const [adding, setAdding] = useState(false);
  const [stopping, setStopping] = useState<AudienceMember>();
  const { result, reload } = useLoad(
    user.id,
    useCallback((session, signal) => session.userApi.getAutomaticSharing({ signal }), []),
    isAbout(['access']),
  );
  const invited = new Set(access.map((entry) => (entry.kind === 'clinic' ? entry.clinicId : entry.personId)));
  const audience = result.state === 'ready' ? result.value.filter(({ dataOwnerId }) => !invited.has(dataOwnerId)) : [];
  return (
    <Card
      title="Automatic sharing"
      actions={
        <Button small icon="plus" onClick={() => setAdding(true)}>
          Add
        </Button>
      }
    >
      {result.state === 'loading' && <Progress label="Loading" />}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' &&
        (audience.length === 0 ? (
          <EmptyState icon="people" title="Nobody">
            Somebody at home or a doctor of your own can get what you add from now on, or all that you have, without your giving each entry.
          </EmptyState>
        ) : (
          <ul className="entries" role="list" data-testid="audience">
            {audience.map((member) => (
              <li className="entry" key={member.dataOwnerId}>
                <div className="entry-text">
                  <div className="row">
                    <span className="entry-name">{callOf(contacts, member.dataOwnerId)}</span>
                    <Pill tone="good">{member.everything ? 'Everything' : 'What is new'}</Pill>
                  </div>
                  <span className="muted small">
                    {member.rights === 'write' ? 'May read and add' : 'May read'} · since {DATE.format(member.since)}
                  </span>
                </div>
                <Button small look="danger-quiet" onClick={() => setStopping(member)} aria-label={`Stop sharing with ${callOf(contacts, member.dataOwnerId)}`}>
                  Stop
                </Button>
              </li>
            ))}
          </ul>
        ))}
      {adding && (
        <AddDialog
          onClose={() => setAdding(false)}
          onAdded={async () => {
            setAdding(false);
            await reload();
          }}
        />
      )}
      {stopping && (
        <ConfirmDialog
          title={`Stop sharing with ${callOf(contacts, stopping.dataOwnerId)}?`}
          confirm="Stop"
          keep="Keep sharing"
          danger
          onClose={() => setStopping(undefined)}
          onConfirm={async () => {
            await run((session) => session.userApi.stopSharingDataWith(stopping.dataOwnerId));
            setStopping(undefined);
            toast(`${callOf(contacts, stopping.dataOwnerId)} gets nothing that you add from now on.`);
            await reload();
          }}
        >
          <p>What you add from now on is not shared with them any more.</p>
          <p>
            <strong>What they have until now stays shared</strong>, also when it is changed.
          </p>
        </ConfirmDialog>
      )}
    </Card>
  );
}

/** What is shared: what comes, or what is there, too. */
type What = 'future' | 'all';

function AddDialog({ onClose, onAdded }: { onClose: () => void; onAdded: () => Promise<void> }) {
  const toast = useToast();
  const { who, setWho, problem, resolve, keepName, called } = useWho();
  const [what, setWhat] = useState<What>('future');
  const [rights, setRights] = useState<Rights>('read');
  const [checked, setChecked] = useState(false);
  const { act, busy, error, checking } = useGiving(async () => {
    const id = await run(resolve);
    await run(({ userApi }) => (what === 'all' ? userApi.shareAllDataWith(id, { rights }) : userApi.shareAllFutureDataWith(id, { rights })));
    await keepName(id);
    toast(what === 'all' ? `You share all that you have with ${called ?? 'them'}, and what you add.` : `You share with ${called ?? 'them'} what you add from now on.`);
    await onAdded();
  }, called);
  if (checking) {
    return checking;
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!problem) {
      act();
    }
  };
  return (
    <Dialog title="Share automatically" onClose={busy ? undefined : onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <WhoFields who={who} onChange={setWho} problem={checked ? problem : undefined} error={error} />
        <Choices
          label="What"
          value={what}
          onChange={setWhat}
          options={[
            { value: 'future', title: 'What I add from now on', explanation: 'Readings, problems and samples. No notes of clinics.' },
            { value: 'all', title: 'All that I have, and what I add', explanation: 'Everything that is in your record today, too.' },
          ]}
        />
        <Choices
          label="They may"
          value={rights}
          onChange={setRights}
          options={[
            { value: 'read', title: 'Read' },
            { value: 'write', title: 'Read and add' },
          ]}
        />
        {error !== undefined && !hasCode(error, 'not_found') && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button look="primary" type="submit" icon="share" busy={busy}>
            Share
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
