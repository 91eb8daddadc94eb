import { useCallback, useEffect, useRef, useState } from 'react';
import { TidelockError, type LiveEvent, type LiveEventKind, type Session } from '../api';
import { hasCode } from '../errors/describe';
import { concerns, whenChanged } from './live';
import { run } from './session';

export type Loaded<T> = { state: 'loading' } | { state: 'failed'; error: unknown } | { state: 'ready'; value: T };

/** What is younger than this is not loaded again only because the window came back to the front. */
const FRESH_MILLISECONDS = 30_000;

const NEVER: readonly LiveEventKind[] = [];

/**
 * Loads something from the platform when the screen opens, and again by `reload` (which keeps showing what was there), when the window
 * comes back to the front, or when something of the `kinds` has changed. `key` names what is loaded: another key begins anew.
 */
export function useLoad<T>(key: string, work: (session: Session, signal: AbortSignal) => Promise<T>, kinds = NEVER): { result: Loaded<T>; reload: () => Promise<void>; reloading: boolean } {
  const [result, setResult] = useState<Loaded<T>>({ state: 'loading' });
  const [reloading, setReloading] = useState(false);
  const worker = useRef(work);
  worker.current = work;
  const following = useRef(kinds);
  following.current = kinds;
  const latest = useRef<AbortController>(undefined);
  const begun = useRef(0);
  const again = useRef(false);

  const load = useCallback(async (unasked = false) => {
    latest.current?.abort();
    const controller = new AbortController();
    latest.current = controller;
    begun.current = Date.now();
    again.current = false;
    setReloading(true);
    try {
      const value = await run((session) => worker.current(session, controller.signal));
      if (latest.current === controller) {
        setResult({ state: 'ready', value });
      }
    } catch (error) {
      if (latest.current === controller && !hasCode(error, 'aborted')) {
        // What nobody has asked for does not take away what is on the screen, only because the connection is bad for a moment.
        const passing = unasked && error instanceof TidelockError && error.retryable;
        setResult((shown) => (passing && shown.state === 'ready' ? shown : { state: 'failed', error }));
      }
    } finally {
      if (latest.current === controller) {
        latest.current = undefined;
        setReloading(false);
        if (again.current) {
          void load(true);
        }
      }
    }
  }, []);

  useEffect(() => {
    setResult({ state: 'loading' });
    void load();
    const refresh = () => {
      if (document.visibilityState === 'visible' && Date.now() - begun.current > FRESH_MILLISECONDS) {
        void load(true);
      }
    };
    document.addEventListener('visibilitychange', refresh);
    const ignore = whenChanged((event) => {
      if (!isOf(event, following.current)) {
        return;
      }
      if (latest.current) {
        // What is under way may have been read before the change: it is finished, and then read once more.
        again.current = true;
      } else {
        void load(true);
      }
    });
    return () => {
      document.removeEventListener('visibilitychange', refresh);
      ignore();
      latest.current?.abort();
      latest.current = undefined;
    };
  }, [key, load]);

  return { result, reload: useCallback(() => load(), [load]), reloading };
}

/**
 * Whether an event is a reason to load. At the beginning, lists are read again, for what changed before anybody listened; a whole record
 * is not, since that would open it twice each time.
 */
function isOf(event: LiveEvent, kinds: readonly LiveEventKind[]): boolean {
  return kinds.length > 0 && (concerns(event, kinds) || (event.kind === 'ready' && !kinds.includes('record')));
}
