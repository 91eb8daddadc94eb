import { useState, type FormEvent } from 'react';
import type { ListedShareCode } from '../api';
import { Button, Dialog, TextField } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { run } from '../state/session';
import { useAction } from '../state/useAction';

const LONGEST_LABEL = 100;

/** Changes what the clinic calls a share code. */
export function LabelDialog({ clinicId, code, onClose, onNamed }: { clinicId: string; code: ListedShareCode; onClose: () => void; onNamed: () => Promise<void> }) {
  const [label, setLabel] = useState(code.label ?? '');
  const { act, busy, error } = useAction(async () => {
    await run((session) => session.clinicApi.renameShareCode(clinicId, code.code, label.trim() || undefined));
    await onNamed();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act();
  };
  return (
    <Dialog title={`What is ${code.code} called?`} onClose={busy ? undefined : onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField label="Name" optional hint="Such as Front desk. Patients do not see it." name="label" autoComplete="off" maxLength={LONGEST_LABEL} value={label} onChange={(event) => setLabel(event.target.value)} />
        {error !== undefined && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button look="primary" type="submit" busy={busy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
