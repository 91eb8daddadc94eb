import { useState, type FormEvent } from 'react';
import type { ClinicRole } from '../api';
import { Button, Choices, Dialog, focusFirstError, TextField, useToast } from '../design';
import { hasCode } from '../errors/describe';
import { ErrorNotice } from '../errors/ErrorNotice';
import { isAddress } from '../people/recipient';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { ROLE_CHOICES } from './describeMember';

/** Invites a colleague by e-mail. */
export function InviteMemberDialog({ clinicId, onClose, onSent }: { clinicId: string; onClose: () => void; onSent: () => Promise<void> }) {
  const toast = useToast();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<ClinicRole>('member');
  const [checked, setChecked] = useState(false);
  const address = email.trim();
  const { act, busy, error, clear } = useAction(async () => {
    await run((session) => session.clinicApi.inviteMember(clinicId, address, role));
    toast(`A mail is on its way to ${address}.`);
    await onSent();
  });
  const problem = checked && !isAddress(address) ? 'Enter an e-mail address such as anna@example.org.' : undefined;
  const already = hasCode(error, 'conflict') ? 'Somebody with this address works here, or is invited already.' : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (isAddress(address)) {
      act();
    } else {
      focusFirstError(event.currentTarget);
    }
  };
  return (
    <Dialog title="Invite a colleague" onClose={busy ? undefined : onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField
          label="E-mail"
          hint="They accept here, with an account of this address, and need none yet. Then you give them the clinic’s keys."
          type="email"
          name="invite-email"
          autoComplete="off"
          value={email}
          error={problem ?? already}
          onChange={(event) => {
            setEmail(event.target.value);
            clear();
          }}
        />
        <Choices label="They work here as" value={role} onChange={setRole} options={ROLE_CHOICES} />
        {error !== undefined && !already && <ErrorNotice error={error} onRetry={act} />}
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
