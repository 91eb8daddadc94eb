import { useCallback } from 'react';
import { TidelockError, type Clinic } from '../api';
import { isAbout } from '../state/live';
import { useLoad } from '../state/useLoad';

/** Whose identity is not the known one, if that is what a failure says. */
export const changedIn = (failure: unknown): string | undefined => (failure instanceof TidelockError && failure.code === 'identity_changed' ? failure.details.owner : undefined);

/** Who of a clinic has lost the keys and gone on with others, and has to be verified once more: an administrator's client finds out. */
export function useChangedIdentity({ id, administrator }: Clinic): { changed: string | undefined; look: () => Promise<void> } {
  const { result, reload } = useLoad(
    `${id}/${administrator}`,
    useCallback(
      async (session, signal) => {
        try {
          if (administrator) {
            await session.clinicApi.completeMembers(id, { signal });
          }
          return undefined;
        } catch (failure) {
          return changedIn(failure);
        }
      },
      [id, administrator],
    ),
    isAbout(['members']),
  );
  return { changed: result.state === 'ready' ? result.value : undefined, look: reload };
}
