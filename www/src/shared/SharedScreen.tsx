import { useCallback, useState } from 'react';
import type { ReceivedInvitation, SharedRecord } from '../api';
import { Button, buttonClass, Card, EmptyState, Pill, Progress, useToast } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { MembershipInvitations } from '../members/MembershipInvitations';
import { callOf, useContacts } from '../people/contacts';
import { describePermissions } from '../share/permissions';
import { SharingTabs } from '../share/SharingTabs';
import { Screen } from '../shell/Screen';
import { Link } from '../state/router';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { LeaveDialog } from './LeaveDialog';
import { ReceivedAnswer } from './ReceivedAnswer';
import '../share/AccessList.css';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** What other persons share with this one, and who has asked to. */
export function SharedScreen() {
  const user = useUser();
  const invitations = useLoad(
    user.id,
    useCallback((session, signal) => session.sharingApi.listReceivedInvitations({ signal }), []),
    isAbout(['invitations', 'access']),
  );
  const records = useLoad(
    user.id,
    useCallback((session, signal) => session.sharingApi.listSharedRecords({ signal }), []),
    isAbout(['access', 'invitations']),
  );
  const refresh = async () => {
    await Promise.all([invitations.reload(), records.reload()]);
  };
  return (
    <Screen title={user.kind === 'patient' ? 'Sharing' : 'Shared with me'} subtitle="Records of others that you may read." narrow>
      <SharingTabs />
      <MembershipInvitations />
      {invitations.result.state === 'failed' && <ErrorNotice error={invitations.result.error} onRetry={() => void invitations.reload()} />}
      {invitations.result.state === 'ready' && invitations.result.value.length > 0 && <Invitations invitations={invitations.result.value} onAnswered={refresh} />}
      {records.result.state === 'loading' && (
        <Card title="Shared with me">
          <Progress label="Loading" />
        </Card>
      )}
      {records.result.state === 'failed' && <ErrorNotice error={records.result.error} onRetry={() => void records.reload()} />}
      {records.result.state === 'ready' && <Records records={records.result.value} onLeft={refresh} />}
    </Screen>
  );
}

function Invitations({ invitations, onAnswered }: { invitations: ReceivedInvitation[]; onAnswered: () => Promise<void> }) {
  const { names } = useContacts();
  return (
    <Card title={`Invitations (${invitations.length})`}>
      <ul className="entries" role="list">
        {invitations.map((invitation) => {
          const name = names.get(invitation.ownerId) ?? invitation.name ?? invitation.email;
          return (
            <li className="entry" key={invitation.key} aria-label={name}>
              <div className="entry-text">
                <Link className="entry-name" href={`/invitations/received/${encodeURIComponent(invitation.key)}`}>
                  {name}
                </Link>
                <span className="muted small">
                  {describePermissions(invitation.permissions).replace('May', 'You may')}
                  {invitation.expires !== undefined && ` · open until ${DATE.format(invitation.expires)}`}
                </span>
              </div>
              <ReceivedAnswer invitation={invitation} name={name} onAnswered={onAnswered} small />
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

function Records({ records, onLeft }: { records: SharedRecord[]; onLeft: () => Promise<void> }) {
  const toast = useToast();
  const contacts = useContacts();
  const [leaving, setLeaving] = useState<SharedRecord>();
  const nameOf = ({ ownerId, name }: SharedRecord) => callOf(contacts, ownerId, name);
  return (
    <Card title="Shared with me">
      {records.length === 0 ? (
        <EmptyState icon="people" title="Nothing yet">
          Somebody who wants to share a record with you invites you by your e-mail address. The invitation then appears here.
        </EmptyState>
      ) : (
        <ul className="entries" role="list">
          {records.map((record) => (
            <li className="entry" key={record.ownerId} aria-label={nameOf(record)}>
              <div className="entry-text">
                <div className="row">
                  <span className="entry-name">{nameOf(record)}</span>
                  {!record.granted && <Pill tone="warning">Waiting</Pill>}
                  <Pill tone={record.verified ? 'good' : 'neutral'} icon={record.verified ? 'shield' : 'info'}>
                    {record.verified ? 'Verified' : 'Not verified'}
                  </Pill>
                </div>
                <span className="muted small">
                  {record.granted ? describePermissions(record.permissions).replace('May', 'You may') : 'Their device brings you the key when it is next on line'} · since {DATE.format(record.since)}
                </span>
              </div>
              <div className="row">
                {record.granted && (
                  <Link href={`/shared/${encodeURIComponent(record.ownerId)}`} className={buttonClass('primary', true)} aria-label={`Open the record of ${nameOf(record)}`}>
                    Open
                  </Link>
                )}
                <Button small look="danger-quiet" onClick={() => setLeaving(record)} aria-label={`Leave ${nameOf(record)}`}>
                  Leave
                </Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {leaving && (
        <LeaveDialog
          ownerId={leaving.ownerId}
          name={nameOf(leaving)}
          onClose={() => setLeaving(undefined)}
          onLeft={async () => {
            setLeaving(undefined);
            toast(`You can no longer read the record of ${nameOf(leaving)}.`);
            await onLeft();
          }}
        />
      )}
    </Card>
  );
}
