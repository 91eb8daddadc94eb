import { useState } from 'react';
import type { ClinicMember } from '../api';
import { Button, Choices, Dialog } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { ROLE_CHOICES } from './describeMember';

/** Changes what somebody may do in a clinic. */
export function RoleDialog({ clinicId, member, name, own, onClose, onChanged }: { clinicId: string; member: ClinicMember; name: string; own: boolean; onClose: () => void; onChanged: (text: string) => Promise<void> }) {
  const [role, setRole] = useState(member.role);
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.clinicApi.changeRole(clinicId, member.id ?? '', role));
    await onChanged(`${own ? 'You are' : `${name} is`} ${role === 'admin' ? 'an administrator' : 'a member'} now.`);
  });
  return (
    <Dialog
      title={own ? 'Change your own role' : `Change the role of ${name}`}
      onClose={busy ? undefined : onClose}
      actions={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button look="primary" busy={busy} disabled={role === member.role} onClick={act}>
            Save
          </Button>
        </>
      }
    >
      <Choices label={own ? 'You work here as' : 'They work here as'} value={role} onChange={setRole} options={ROLE_CHOICES} />
      {own && role === 'member' && <p>Another administrator has to change it back.</p>}
      {error !== undefined && <ErrorNotice error={error} onRetry={act} />}
    </Dialog>
  );
}
