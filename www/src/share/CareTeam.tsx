import { useState } from 'react';
import type { Access, PersonAccess } from '../api';
import { Button, Card, EmptyState, Pill, useToast } from '../design';
import { useContacts } from '../people/contacts';
import { run } from '../state/session';
import { SafetyNumberDialog } from '../trust/SafetyNumberDialog';
import { describeAccess, idOf, isOpen, nameOf, STATES } from './describeAccess';
import { EndingDialog } from './EndingDialog';
import { InviteDialog } from './InviteDialog';
import { LinkDialog } from './InvitationLink';
import { PermissionsDialog } from './PermissionsDialog';
import { ResendButton } from './ResendButton';
import './AccessList.css';

/** What is being done about somebody, in a dialog. */
type Doing = { what: 'invite'; again?: PersonAccess } | { what: 'end' | 'change'; entry: Access } | { what: 'link' | 'compare'; entry: PersonAccess };

/** Everybody who can read the record, and who has been asked: clinics and persons, each with what can be done about it. */
export function CareTeam({ access, onChanged }: { access: Access[]; onChanged: () => Promise<void> }) {
  const toast = useToast();
  const { names } = useContacts();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const done = async (text?: string) => {
    close();
    if (text !== undefined) {
      toast(text);
    }
    await onChanged();
  };
  return (
    <Card
      title="Care team"
      actions={
        <Button small icon="plus" onClick={() => setDoing({ what: 'invite' })}>
          Invite a person
        </Button>
      }
    >
      {access.length === 0 ? (
        <EmptyState icon="lock" title="Nobody but you">
          A clinic that you share with, or somebody at home whom you invite, appears here, and here you can end it.
        </EmptyState>
      ) : (
        <ul className="entries" role="list" data-testid="care-team">
          {access.map((entry) => (
            <Entry key={entry.key ?? idOf(entry)} entry={entry} name={nameOf(entry, names)} onDo={setDoing} />
          ))}
        </ul>
      )}
      {doing?.what === 'invite' && <InviteDialog again={doing.again} onClose={close} onSent={onChanged} />}
      {doing?.what === 'end' && <EndingDialog entry={doing.entry} name={nameOf(doing.entry, names)} onClose={close} onEnded={done} />}
      {doing?.what === 'change' && <PermissionsDialog entry={doing.entry} name={nameOf(doing.entry, names)} onClose={close} onChanged={done} />}
      {doing?.what === 'link' && <LinkDialog link={doing.entry.link ?? ''} name={nameOf(doing.entry, names)} onClose={close} />}
      {doing?.what === 'compare' && (
        <SafetyNumberDialog
          ownerId={doing.entry.personId ?? ''}
          name={nameOf(doing.entry, names)}
          onClose={close}
          onConfirmed={() => {
            close();
            run((session) => session.sharingApi.completeInvitations())
              .then(() => done(`The key of ${nameOf(doing.entry, names)} is verified.`))
              .catch(() => onChanged());
          }}
        />
      )}
    </Card>
  );
}

function Entry({ entry, name, onDo }: { entry: Access; name: string; onDo: (doing: Doing) => void }) {
  const { pill, tone } = STATES[entry.state];
  const person = entry.kind === 'person' ? entry : undefined;
  return (
    <li className="entry" aria-label={name}>
      <div className="entry-text">
        <div className="row">
          <span className="entry-name">{name}</span>
          <Pill tone={tone}>{pill}</Pill>
          {person && person.verified && (
            <Pill tone="good" icon="shield">
              Verified
            </Pill>
          )}
        </div>
        {person?.email !== undefined && person.email !== name && <span className="muted small">{person.email}</span>}
        <span className="muted small">{describeAccess(entry)}</span>
      </div>
      <div className="row">
        {person?.link !== undefined && isOpen(entry) && (
          <Button small icon="link" onClick={() => onDo({ what: 'link', entry: person })} aria-label={`Show the link for ${name}`}>
            Link
          </Button>
        )}
        {person?.state === 'waitingForGrant' && person.personId !== undefined && (
          <Button small icon="shield" onClick={() => onDo({ what: 'compare', entry: person })} aria-label={`Compare safety numbers with ${name}`}>
            Compare
          </Button>
        )}
        {person?.key !== undefined && isOpen(entry) && <ResendButton resend={(session) => session.sharingApi.resendInvitation(person.key ?? '')} name={name} />}
        {entry.state === 'sharing' && (
          <>
            <Button small onClick={() => onDo({ what: 'change', entry })} aria-label={`Change what ${name} may do`}>
              Change
            </Button>
            <Button small look="danger-quiet" onClick={() => onDo({ what: 'end', entry })} aria-label={`End access of ${name}`}>
              End access
            </Button>
          </>
        )}
        {isOpen(entry) && (
          <Button small onClick={() => onDo({ what: 'end', entry })} aria-label={`Cancel invitation of ${name}`}>
            Cancel invitation
          </Button>
        )}
        {entry.state === 'declined' || entry.state === 'expired' ? (
          <>
            {person && (
              <Button small onClick={() => onDo({ what: 'invite', again: person })} aria-label={`Invite ${name} again`}>
                Invite again
              </Button>
            )}
            <Button small onClick={() => onDo({ what: 'end', entry })} aria-label={`Remove ${name}`}>
              Remove
            </Button>
          </>
        ) : null}
      </div>
    </li>
  );
}
