import { useState, type ReactNode } from 'react';
import { TidelockError } from '../api';
import { callOf, useContacts } from '../people/contacts';
import { useAction } from '../state/useAction';
import { SafetyNumberDialog } from './SafetyNumberDialog';

/**
 * Work that locks something for somebody's key. Where nobody has verified that key, the person is asked to compare safety numbers, one
 * after the other, and then the work is done. `checking` is the dialog that asks, to be shown instead of the one that gives. `called` is how
 * the dialog calls somebody of whom nothing else is known yet.
 */
export function useGiving<A extends unknown[]>(work: (...parameters: A) => Promise<void>, called?: string): { act: (...parameters: A) => void; busy: boolean; error: unknown; checking: ReactNode } {
  const contacts = useContacts();
  const [unverified, setUnverified] = useState<{ owners: string[]; parameters: A }>();
  const { act, busy, error } = useAction(async (...parameters: A) => {
    try {
      await work(...parameters);
    } catch (failure) {
      const owners = unverifiedIn(failure);
      if (owners.length === 0) {
        throw failure;
      }
      setUnverified({ owners, parameters });
    }
  });
  const [owner, ...others] = unverified?.owners ?? [];
  const checking = unverified && owner !== undefined && (
    <SafetyNumberDialog
      key={owner}
      ownerId={owner}
      name={called ?? callOf(contacts, owner)}
      onClose={() => setUnverified(undefined)}
      onConfirmed={() => {
        setUnverified(others.length > 0 ? { ...unverified, owners: others } : undefined);
        if (others.length === 0) {
          act(...unverified.parameters);
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
