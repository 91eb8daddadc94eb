import { useState, type FormEvent } from 'react';
import type { PersonAccess, Permissions, SentInvitation } from '../api';
import { Button, Dialog, focusFirstError, Notice, TextField } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { isAddress } from '../people/recipient';
import { run, useUser } from '../state/session';
import { useAction } from '../state/useAction';
import { InvitationLink } from './InvitationLink';
import { PermissionFields } from './PermissionFields';

const LONGEST_NAME = 100;

/** Invites a person by e-mail; then shows the link that goes with it. `again` is somebody who was invited before. */
export function InviteDialog({ again, onClose, onSent }: { again: PersonAccess | undefined; onClose: () => void; onSent: () => Promise<void> }) {
  const user = useUser();
  const [email, setEmail] = useState(again?.email ?? '');
  const [nickname, setNickname] = useState(again?.nickname ?? '');
  const [permissions, setPermissions] = useState<Permissions>(again?.permissions ?? { view: true, upload: false, note: false });
  const [checked, setChecked] = useState(false);
  const [sent, setSent] = useState<SentInvitation>();
  const address = email.trim();
  const { act, busy, error, clear } = useAction(async () => {
    const called = nickname.trim();
    setSent(await run((session) => session.sharingApi.invitePerson({ email: address, permissions, ...(called === '' ? {} : { nickname: called }) })));
    await onSent();
  });
  const name = nickname.trim() || address;
  if (sent) {
    return (
      <Dialog
        title={`${name} is invited`}
        onClose={onClose}
        actions={
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <Notice tone="good">{sent.state === 'pending' ? `A mail is on its way to ${address}. You have verified their key before, so they can read as soon as they accept.` : `A mail is on its way to ${address}. One thing is left, so that the right person gets the key:`}</Notice>
        <InvitationLink link={sent.link} name={name} />
      </Dialog>
    );
  }
  const problem = !isAddress(address) ? 'Enter an e-mail address such as anna@example.org.' : address.toLowerCase() === user.email.toLowerCase() ? 'This is your own address.' : undefined;
  const already = hasCode(error, 'conflict') ? 'You share with this address already, or the invitation is on its way.' : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (problem) {
      focusFirstError(event.currentTarget);
    } else {
      act();
    }
  };
  return (
    <Dialog title="Invite a person" onClose={busy ? undefined : onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField
          label="E-mail"
          hint="They get a mail that says nothing about you. They need no account yet."
          type="email"
          name="invite-email"
          autoComplete="off"
          value={email}
          error={(checked && problem) || already}
          onChange={(event) => {
            setEmail(event.target.value);
            clear();
          }}
        />
        <TextField label="What you call them" optional hint="Such as Mother. Only this is not encrypted: the server can read it." name="nickname" autoComplete="off" maxLength={LONGEST_NAME} value={nickname} onChange={(event) => setNickname(event.target.value)} />
        <PermissionFields who={nickname.trim() || 'they'} value={permissions} onChange={setPermissions} />
        {error !== undefined && !already && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button look="primary" type="submit" icon="share" busy={busy}>
            Send invitation
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
