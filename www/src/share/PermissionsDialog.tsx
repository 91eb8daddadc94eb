import { useState } from 'react';
import type { Access } from '../api';
import { Button, Dialog, Notice } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { idOf } from './describeAccess';
import { PermissionFields } from './PermissionFields';

/** Changes what somebody may do who shares already. */
export function PermissionsDialog({ entry, name, onClose, onChanged }: { entry: Access; name: string; onClose: () => void; onChanged: (text: string) => Promise<void> }) {
  const [permissions, setPermissions] = useState(entry.permissions);
  const before = entry.permissions;
  const same = permissions.upload === before.upload && permissions.note === before.note;
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.sharingApi.changePermissions(idOf(entry) ?? '', { ...permissions, view: true }));
    await onChanged(`What ${name} may do is changed.`);
  });
  return (
    <Dialog
      title={`Change what ${name} may do`}
      onClose={busy ? undefined : onClose}
      actions={
        <>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button look="primary" busy={busy} disabled={same} onClick={act}>
            Save
          </Button>
        </>
      }
    >
      <PermissionFields who={name} value={permissions} onChange={setPermissions} />
      {before.note && !permissions.note && <Notice>The notes that {name} can read today stay readable to them. New ones are locked with a new key.</Notice>}
      {error !== undefined && <ErrorNotice error={error} onRetry={act} />}
    </Dialog>
  );
}
