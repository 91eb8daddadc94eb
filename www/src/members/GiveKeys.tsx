import { useState } from 'react';
import { Button, useToast } from '../design';
import { errorText } from '../errors/describe';
import { run } from '../state/session';
import { useAction } from '../state/useAction';
import { SafetyNumberDialog } from '../trust/SafetyNumberDialog';
import { changedIn } from './useChangedIdentity';

interface Properties {
  clinicId: string;
  memberId: string;
  /** How somebody of the clinic is called. */
  callOf: (id: string) => string;
  onGiven: () => Promise<void>;
}

/** Gives the clinic's keys to somebody who has accepted; before, where nobody has done it, the safety numbers are compared. */
export function GiveKeys({ clinicId, memberId, callOf, onGiven }: Properties) {
  const toast = useToast();
  const [comparing, setComparing] = useState<{ id: string; changed: boolean }>();
  const name = callOf(memberId);
  const { act, busy, error } = useAction(async () => {
    try {
      const { waiting } = await run((session) => session.clinicApi.completeMembers(clinicId));
      if (waiting.includes(memberId)) {
        setComparing({ id: memberId, changed: false });
        return;
      }
    } catch (failure) {
      // It may be a colleague's: nobody gets keys before that is cleared up.
      const id = changedIn(failure);
      if (id === undefined) {
        throw failure;
      }
      setComparing({ id, changed: true });
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
          ownerId={comparing.id}
          name={callOf(comparing.id)}
          changed={comparing.changed}
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
