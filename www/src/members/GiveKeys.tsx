import { useState } from 'react';
import { TidelockError, type ClinicMember } from '../api';
import { Button, useToast } from '../design';
import { errorText } from '../errors/describe';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { SafetyNumberDialog } from '../trust/SafetyNumberDialog';

/** Gives the clinic's keys to somebody who has accepted; before, where nobody has done it, the safety numbers are compared. */
export function GiveKeys({ clinicId, member: { id = '' }, name, onGiven }: { clinicId: string; member: ClinicMember; name: string; onGiven: () => Promise<void> }) {
  const toast = useToast();
  const [comparing, setComparing] = useState<'first' | 'changed'>();
  const { act, busy, error } = useAction(async () => {
    try {
      const { waiting } = await run((session) => session.clinicApi.completeMembers(clinicId));
      if (waiting.includes(id)) {
        setComparing('first');
        return;
      }
    } catch (failure) {
      if (!(failure instanceof TidelockError && failure.code === 'identity_changed' && failure.details.owner === id)) {
        throw failure;
      }
      setComparing('changed');
      return;
    }
    toast(`${name} has the clinic’s keys.`);
    await onGiven();
  });
  return (
    <>
      <Button small look="primary" icon="key" busy={busy} onClick={act} aria-label={`Give ${name} the keys`}>
        Give the keys
      </Button>
      {error !== undefined && (
        <span className="field-error" role="alert">
          {errorText(error)}
        </span>
      )}
      {comparing && (
        <SafetyNumberDialog
          ownerId={id}
          name={name}
          changed={comparing === 'changed'}
          onClose={() => setComparing(undefined)}
          onConfirmed={() => {
            setComparing(undefined);
            act();
          }}
        />
      )}
    </>
  );
}
