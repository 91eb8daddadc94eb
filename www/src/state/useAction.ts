import { useCallback, useState } from 'react';
import { hasCode } from '../errors/describe';

/** Something a person sets off: whether it is under way, and how it failed. A second click while it runs does nothing. */
export function useAction<A extends unknown[]>(work: (...parameters: A) => Promise<void>): { act: (...parameters: A) => void; busy: boolean; error: unknown; clear: () => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const act = (...parameters: A) => {
    if (busy) {
      return;
    }
    setBusy(true);
    setError(undefined);
    work(...parameters)
      .catch((failure: unknown) => {
        if (!hasCode(failure, 'aborted')) {
          setError(failure);
        }
      })
      .finally(() => setBusy(false));
  };
  return { act, busy, error, clear: useCallback(() => setError(undefined), []) };
}
