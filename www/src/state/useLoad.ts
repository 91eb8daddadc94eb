import { useCallback, useEffect, useRef, useState } from 'react';
import type { Session } from '../api';
import { hasCode } from '../errors/describe';
import { run } from './session';

export type Loaded<T> = { state: 'loading' } | { state: 'failed'; error: unknown } | { state: 'ready'; value: T };

/** What is younger than this is not loaded again only because the window came back to the front. */
const FRESH_MILLISECONDS = 30_000;

/**
 * Loads something from the platform when the screen opens, and again by `reload` (which keeps showing what was there) or when the window
 * comes back to the front. `key` names what is loaded: another key begins anew.
 */
export function useLoad<T>(key: string, work: (session: Session, signal: AbortSignal) => Promise<T>): { result: Loaded<T>; reload: () => Promise<void>; reloading: boolean } {
  const [result, setResult] = useState<Loaded<T>>({ state: 'loading' });
  const [reloading, setReloading] = useState(false);
  const worker = useRef(work);
  worker.current = work;
  const latest = useRef<AbortController>(undefined);
  const begun = useRef(0);

  const load = useCallback(async () => {
    latest.current?.abort();
    const controller = new AbortController();
    latest.current = controller;
    begun.current = Date.now();
    setReloading(true);
    try {
      const value = await run((session) => worker.current(session, controller.signal));
      if (latest.current === controller) {
        setResult({ state: 'ready', value });
      }
    } catch (error) {
      if (latest.current === controller && !hasCode(error, 'aborted')) {
        setResult({ state: 'failed', error });
      }
    } finally {
      if (latest.current === controller) {
        setReloading(false);
      }
    }
  }, []);

  useEffect(() => {
    setResult({ state: 'loading' });
    void load();
    const refresh = () => {
      if (document.visibilityState === 'visible' && Date.now() - begun.current > FRESH_MILLISECONDS) {
        void load();
      }
    };
    document.addEventListener('visibilitychange', refresh);
    return () => {
      document.removeEventListener('visibilitychange', refresh);
      latest.current?.abort();
      latest.current = undefined;
    };
  }, [key, load]);

  return { result, reload: load, reloading };
}
