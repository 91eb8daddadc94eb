import { useState, type ReactNode } from 'react';
import { TidelockError } from '../api';
import { callOf, useContacts } from '../people/contacts';
import { useAction } from '../state/useAction';
import { SafetyNumberDialog } from './SafetyNumberDialog';

/**
 * Work that locks something for somebody's key. Where nobody has verified that key, the person is asked to compare safety numbers, one
 * after the other, and then the work is done. `checking` is the dialog that asks, to be shown instead of the one that gives.
 */
export function useGiving<A>(work: (parameter: A) => Promise<void>, nameOf: (id: string) => string | undefined): { act: (parameter: A) => void; busy: boolean; error: unknown; checking: ReactNode } {
  const contacts = useContacts();
  const [unverified, setUnverified] = useState<{ owners: string[]; parameter: A }>();
  const { act, busy, error } = useAction(async (parameter: A) => {
    try {
      await work(parameter);
    } catch (failure) {
      const owners = unverifiedIn(failure);
      if (owners.length === 0) {
        throw failure;
      }
      setUnverified({ owners, parameter });
    }
  });
  const [owner, ...others] = unverified?.owners ?? [];
  const checking = unverified && owner !== undefined && (
    <SafetyNumberDialog
      key={owner}
      ownerId={owner}
      name={nameOf(owner) ?? callOf(contacts, owner)}
      onClose={() => setUnverified(undefined)}
      onConfirmed={() => {
        setUnverified(others.length > 0 ? { ...unverified, owners: others } : undefined);
        if (others.length === 0) {
          act(unverified.parameter);
        }
      }}
    />
  );
  return { act, busy, error, checking };
}

function unverifiedIn(failure: unknown): string[] {
  if (!(failure instanceof TidelockError) || failure.code !== 'not_verified') {
    return [];
  }
  const { owners, owner } = failure.details;
  return owners ?? (owner === undefined ? [] : [owner]);
}
