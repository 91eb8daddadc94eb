import { useState } from 'react';
import type { Clinic, ClinicMember } from '../api';
import { Button, Card, Pill, Progress, useToast } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { useContacts } from '../people/contacts';
import { ResendButton } from '../share/ResendButton';
import { navigate } from '../state/router';
import { useUser } from '../state/session';
import type { Loaded } from '../state/useLoad';
import '../share/AccessList.css';
import { describeMember, inOrder, isLastAdministrator, nameOf, ROLES, WAITING } from './describeMember';
import { CancelDialog, LastAdministratorDialog, LeaveDialog, RemoveDialog } from './EndingDialog';
import { GiveKeys } from './GiveKeys';
import { InviteMemberDialog } from './InviteMemberDialog';
import { RoleDialog } from './RoleDialog';
import { useChangedIdentity } from './useChangedIdentity';

/** What is being done about somebody, in a dialog. */
type Doing = { what: 'invite' } | { what: 'role' | 'remove' | 'leave' | 'cancel' | 'last'; member: ClinicMember };

/** The people of a clinic, and who has been invited; administrators decide who they are, and everybody can leave. */
export function Members({ clinic, people: { result, reload } }: { clinic: Clinic; people: { result: Loaded<ClinicMember[]>; reload: () => Promise<void> } }) {
  const user = useUser();
  const toast = useToast();
  const { names } = useContacts();
  const [doing, setDoing] = useState<Doing>();
  const { changed, look } = useChangedIdentity(clinic);
  const close = () => setDoing(undefined);
  const done = async (text?: string) => {
    close();
    if (text !== undefined) {
      toast(text);
    }
    await Promise.all([reload(), look()]);
  };
  const members = result.state === 'ready' ? result.value : [];
  // Among colleagues one has a name, too.
  const called = new Map(names).set(user.id, user.fullName || user.email);
  const nameIn = (member: ClinicMember) => nameOf(member, called);
  const callOf = (id: string) => {
    const member = members.find((each) => each.id === id);
    return member ? nameIn(member) : 'Somebody';
  };
  const about = doing && 'member' in doing ? { clinicId: clinic.id, clinicName: clinic.name, member: doing.member, name: nameIn(doing.member), onClose: close } : undefined;
  return (
    <Card
      title={members.length > 1 ? `Members (${members.length})` : 'Members'}
      actions={
        clinic.administrator && (
          <Button small icon="plus" onClick={() => setDoing({ what: 'invite' })}>
            Invite a colleague
          </Button>
        )
      }
    >
      {result.state === 'loading' && <Progress label="Loading" />}
      {result.state === 'failed' && <ErrorNotice error={result.error} onRetry={() => void reload()} />}
      {members.length > 0 && (
        <ul className="entries" role="list" data-testid="members">
          {inOrder(members, user.id, called).map((member) => (
            <Person
              key={member.id ?? member.invitation}
              clinic={clinic}
              member={member}
              name={nameIn(member)}
              own={member.id === user.id}
              changed={member.id !== undefined && member.id === changed}
              callOf={callOf}
              onDo={(what) => setDoing({ what: (what === 'role' || what === 'remove' || what === 'leave') && member.state === 'member' && isLastAdministrator(member, members) ? 'last' : what, member })}
              onChanged={done}
            />
          ))}
        </ul>
      )}
      {!clinic.administrator && result.state === 'ready' && <p className="muted small">Administrators decide who works here.</p>}
      {doing?.what === 'invite' && <InviteMemberDialog clinicId={clinic.id} onClose={close} onSent={done} />}
      {about && doing?.what === 'role' && <RoleDialog {...about} own={about.member.id === user.id} onChanged={done} />}
      {about && doing?.what === 'remove' && <RemoveDialog {...about} onEnded={done} />}
      {about && doing?.what === 'cancel' && <CancelDialog {...about} onEnded={done} />}
      {about && doing?.what === 'last' && <LastAdministratorDialog own={about.member.id === user.id} name={about.name} onClose={close} />}
      {about && doing?.what === 'leave' && (
        <LeaveDialog
          {...about}
          onEnded={async (text) => {
            toast(text);
            navigate('/', { replace: true });
          }}
        />
      )}
    </Card>
  );
}

interface PersonProperties {
  clinic: Clinic;
  member: ClinicMember;
  name: string;
  own: boolean;
  /** Whether the keys to this account are other ones than before. */
  changed: boolean;
  callOf: (id: string) => string;
  onDo: (what: 'role' | 'remove' | 'leave' | 'cancel') => void;
  onChanged: (text?: string) => Promise<void>;
}

function Person({ clinic, member, name, own, changed, callOf, onDo, onChanged }: PersonProperties) {
  const waiting = changed ? WAITING.waiting : WAITING[member.state];
  return (
    <li className="entry" aria-label={name}>
      <div className="entry-text">
        <div className="row">
          <span className="entry-name">
            {name}
            {own && ' (you)'}
          </span>
          <Pill tone={member.role === 'admin' ? 'good' : 'neutral'}>{ROLES[member.role]}</Pill>
          {waiting && <Pill tone={waiting.tone}>{waiting.pill}</Pill>}
        </div>
        {name !== member.email && <span className="muted small">{member.email}</span>}
        <span className="muted small">{changed ? 'Has lost the keys, or somebody else signs in as them: make sure that it is really them.' : describeMember(member)}</span>
      </div>
      <div className="row">
        {clinic.administrator && member.id !== undefined && (member.state === 'waiting' || changed) && !own && <GiveKeys clinicId={clinic.id} memberId={member.id} callOf={callOf} onGiven={onChanged} />}
        {clinic.administrator && member.state === 'member' && (
          <Button small onClick={() => onDo('role')} aria-label={own ? 'Change your own role' : `Change the role of ${name}`}>
            Change role
          </Button>
        )}
        {clinic.administrator && member.invitation !== undefined && (
          <>
            <ResendButton resend={(session) => session.clinicApi.resendMemberInvitation(clinic.id, member.invitation ?? '')} name={name} />
            <Button small onClick={() => onDo('cancel')} aria-label={`Cancel the invitation of ${name}`}>
              Cancel invitation
            </Button>
          </>
        )}
        {clinic.administrator && member.id !== undefined && !own && (
          <Button small look="danger-quiet" onClick={() => onDo('remove')} aria-label={`Remove ${name}`}>
            Remove
          </Button>
        )}
        {own && (
          <Button small look="danger-quiet" onClick={() => onDo('leave')} aria-label={`Leave ${clinic.name}`}>
            Leave
          </Button>
        )}
      </div>
    </li>
  );
}
