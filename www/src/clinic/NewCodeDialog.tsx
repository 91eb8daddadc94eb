import { useState, type FormEvent } from 'react';
import { Button, Dialog, focusFirstError, TextField } from '../design';
import { ErrorNotice } from '../errors/ErrorNotice';
import { run } from '../state/session';
import { useAction } from '../state/useAction';

const DAY_MILLISECONDS = 86_400_000;
const LONGEST_DAYS = 365;
const LONGEST_LABEL = 100;
const MOST_USES = 1_000_000;

/** A day as the browser's picker writes it. */
const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Makes another share code. */
export function NewCodeDialog({ clinicId, onClose, onMade }: { clinicId: string; onClose: () => void; onMade: (made: { code: string }) => Promise<void> }) {
  const [label, setLabel] = useState('');
  const [until, setUntil] = useState('');
  const [uses, setUses] = useState('');
  const [checked, setChecked] = useState(false);
  const [now] = useState(Date.now);
  const problems = {
    until: until !== '' && !(until >= day(now) && until <= day(now + (LONGEST_DAYS - 1) * DAY_MILLISECONDS)) ? 'Choose a day within the next year.' : undefined,
    uses: uses !== '' && !(/^\d+$/.test(uses.trim()) && Number(uses) >= 1 && Number(uses) <= MOST_USES) ? 'Enter a number such as 10, or nothing.' : undefined,
  };
  const { act, busy, error } = useAction(async () => {
    const code = {
      label: label.trim() || undefined,
      // To the end of that day, as the clinic's clocks show it.
      expires: until === '' ? undefined : new Date(`${until}T23:59:59`).getTime(),
      uses: uses === '' ? undefined : Number(uses),
    };
    await onMade(await run((session) => session.clinicApi.createShareCode(clinicId, code)));
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (problems.until || problems.uses) {
      focusFirstError(event.currentTarget);
    } else {
      act();
    }
  };
  return (
    <Dialog title="New share code" onClose={busy ? undefined : onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <TextField label="What you call it" optional hint="Such as Front desk, or Study 2027. Patients do not see it." name="label" autoComplete="off" maxLength={LONGEST_LABEL} value={label} onChange={(event) => setLabel(event.target.value)} />
        <TextField label="Valid until" optional hint="A year, if you choose no day." type="date" name="until" min={day(now)} max={day(now + (LONGEST_DAYS - 1) * DAY_MILLISECONDS)} value={until} error={checked && problems.until} onChange={(event) => setUntil(event.target.value)} />
        <TextField label="For how many patients" optional hint="For any number, if you leave it empty. 1 is for a single patient." name="uses" inputMode="numeric" autoComplete="off" value={uses} error={checked && problems.uses} onChange={(event) => setUses(event.target.value)} />
        {error !== undefined && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button look="primary" type="submit" icon="key" busy={busy}>
            {busy ? 'Making the code' : 'Make the code'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
