import type { PendingInvitation } from '../api';
import { Button, Card, EmptyState } from '../design';
import { describePermissions } from '../share/permissions';
import '../share/AccessList.css';
import { InvitationAnswer } from './InvitationAnswer';
import { formatBirthDate } from './birthDate';
import { describeProblem } from './problem';

interface Properties {
  clinicId: string;
  invitations: PendingInvitation[];
  refreshing: boolean;
  onRefresh: () => void;
  onAnswered: () => Promise<void>;
}

/** Patients who want to share and wait for an answer. */
export function InvitationList({ clinicId, invitations, refreshing, onRefresh, onAnswered }: Properties) {
  return (
    <Card
      title={invitations.length > 0 ? `Invitations (${invitations.length})` : 'Invitations'}
      actions={
        <Button small look="quiet" icon="refresh" busy={refreshing} onClick={onRefresh}>
          Refresh
        </Button>
      }
    >
      {invitations.length === 0 ? (
        <EmptyState icon="inbox" title="No invitations">
          Patients who enter your share code appear here. You are told by e-mail, too.
        </EmptyState>
      ) : (
        <ul className="entries" role="list">
          {invitations.map((invitation) => (
            <li className="entry" key={invitation.key}>
              <div className="entry-text">
                <span className="entry-name">{invitation.fullName || 'Unknown patient'}</span>
                <span className="muted small">
                  {invitation.problem ? describeProblem(invitation.problem) : `${formatBirthDate(invitation.birthDate)} · ${describePermissions(invitation.permissions).toLowerCase()}`}
                </span>
              </div>
              <InvitationAnswer clinicId={clinicId} invitation={invitation} onAnswered={onAnswered} small />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
