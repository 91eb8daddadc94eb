import { useCallback } from 'react';
import { buttonClass, Card, EmptyState, Progress } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { describePermissions } from '../share/permissions';
import { OtherAccount } from '../shell/OtherAccount';
import { Screen } from '../shell/Screen';
import { Link, navigate } from '../state/router';
import { useUser } from '../state/session';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';
import { InvitationAnswer } from './InvitationAnswer';
import { formatBirthDate } from './birthDate';

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** One invitation, opened by the link in the clinic's e-mail. */
export function InvitationScreen({ clinicId, invitationKey }: { clinicId: string; invitationKey: string }) {
  const user = useUser();
  return user.kind === 'patient' ? (
    <OtherAccount screen="Invitation" icon="hospital" title="This link is for the clinic’s staff">
      You are signed in as a patient.
    </OtherAccount>
  ) : <Invitation key={invitationKey} clinicId={clinicId} invitationKey={invitationKey} />;
}

function Invitation({ clinicId, invitationKey }: { clinicId: string; invitationKey: string }) {
  const home = `/clinics/${encodeURIComponent(clinicId)}`;
  const { result, reload } = useLoad(
    `${clinicId}/${invitationKey}`,
    useCallback(async (session) => (await session.clinicApi.listInvitations(clinicId)).find((each) => each.key === invitationKey), [clinicId, invitationKey]),
    isAbout(['invitations']),
  );
  return (
    <Screen title="Invitation" back={{ href: home, text: 'The clinic' }} narrow>
      {result.state === 'loading' && (
        <Card>
          <Progress label="Opening the invitation" />
        </Card>
      )}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {result.state === 'ready' && !result.value && (
        <Card>
          <EmptyState
            icon="inbox"
            title="This invitation is not open any more"
            actions={
              <Link href={home} className={buttonClass('primary')}>
                To the clinic
              </Link>
            }
          >
            A colleague may have answered it, the patient may have cancelled it, or it has expired.
          </EmptyState>
        </Card>
      )}
      {result.state === 'ready' && result.value && (
        <Card title={result.value.fullName}>
          <p className="muted">{formatBirthDate(result.value.birthDate)}</p>
          <p>
            wants to share a glucose record with your clinic. Your clinic {describePermissions(result.value.permissions).toLowerCase()}.{result.value.expires !== undefined && ` The invitation is open until ${DATE.format(result.value.expires)}.`}
          </p>
          <InvitationAnswer clinicId={clinicId} invitation={result.value} onAnswered={async (accepted) => navigate(accepted && result.value ? `${home}/patients/${encodeURIComponent(result.value.patientId)}` : home, { replace: true })} />
        </Card>
      )}
    </Screen>
  );
}
