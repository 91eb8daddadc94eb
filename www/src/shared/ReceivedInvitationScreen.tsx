import { useCallback } from 'react';
import type { ReceivedInvitation } from '../api';
import { Card, Notice, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { useContacts } from '../people/contacts';
import { describePermissions } from '../share/permissions';
import { OtherAccount } from '../shell/OtherAccount';
import { Screen } from '../shell/Screen';
import { Link, navigate, useFragment } from '../state/router';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { ReceivedAnswer } from './ReceivedAnswer';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/**
 * One invitation by another person: opened by the link that she gave, which has the key of the invitation and a secret behind `#`, or by
 * the link in the mail.
 */
export function ReceivedInvitationScreen({ invitationKey: ofMail }: { invitationKey?: string | undefined }) {
  const user = useUser();
  const fragment = useFragment();
  const link = ofMail === undefined ? fragment : undefined;
  const key = ofMail ?? fragment.slice(1).split('.')[0] ?? '';
  const { result, reload } = useLoad(
    `${user.id}/${key}`,
    useCallback((session, signal) => session.sharingApi.listReceivedInvitations({ signal }), []),
    isAbout(['invitations', 'access']),
  );
  const invitation = result.state === 'ready' ? result.value.find((each) => each.key === key) : undefined;
  if (result.state === 'ready' && !invitation) {
    return (
      <OtherAccount screen="Invitation" icon="inbox" title="This invitation is not open for you">
        {`You are signed in with ${user.email}. It may be for another address, or it was answered, was taken back or has expired.`}
      </OtherAccount>
    );
  }
  return (
    <Screen title="Invitation" back={{ href: '/shared', text: 'Shared with me' }} narrow>
      {result.state === 'loading' && (
        <Card>
          <Progress label="Opening the invitation" />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {invitation && <Invitation invitation={invitation} link={link} />}
    </Screen>
  );
}

function Invitation({ invitation, link }: { invitation: ReceivedInvitation; link: string | undefined }) {
  const { names } = useContacts();
  const name = names.get(invitation.ownerId) ?? invitation.name ?? invitation.email;
  const record = `/shared/${encodeURIComponent(invitation.ownerId)}`;
  return (
    <Card title={name}>
      {name !== invitation.email && <p className="muted">{invitation.email}</p>}
      <p>
        wants to share a record with you. {describePermissions(invitation.permissions).replace('May', 'You may')}.{invitation.expires !== undefined && ` The invitation is open until ${DATE.format(invitation.expires)}.`}
      </p>
      {link !== undefined ? (
        <Notice tone="good" icon="shield">
          You opened their own link: accepting with it shows both of you that nobody has put another key between you.
        </Notice>
      ) : (
        !invitation.verified && <Notice title="Is it really them?">If {name} gave you a link, open that instead: it shows each of you whose key is whose. This mail does not.</Notice>
      )}
      <ReceivedAnswer invitation={invitation} name={name} link={link} onAnswered={async (accepted) => navigate(accepted ? record : '/shared', { replace: true })} />
      <p className="muted small">
        They can end it at any time, and so can you, under <Link href="/shared">Shared with me</Link>.
      </p>
    </Card>
  );
}
