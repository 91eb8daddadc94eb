import { useCallback } from 'react';
import { buttonClass, Notice } from '../design';
import { Link } from '../state/router';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';

/** Tells on the home screen that somebody wants to share a record; nothing where nobody does. */
export function InvitationNotice() {
  const user = useUser();
  const { result } = useLoad(
    user.id,
    useCallback((session, signal) => session.sharingApi.listReceivedInvitations({ signal }), []),
    isAbout(['invitations', 'access']),
  );
  const invitations = result.state === 'ready' ? result.value : [];
  const [first] = invitations;
  if (!first) {
    return null;
  }
  return (
    <div role="status">
      <Notice
        icon="inbox"
        title={invitations.length === 1 ? `${first.name ?? first.email} wants to share a record with you.` : `${invitations.length} people want to share their records with you.`}
        actions={
          <Link href={invitations.length === 1 ? `/invitations/received/${encodeURIComponent(first.key)}` : '/shared'} className={buttonClass('primary', true)}>
            {invitations.length === 1 ? 'See the invitation' : 'See the invitations'}
          </Link>
        }
      />
    </div>
  );
}
