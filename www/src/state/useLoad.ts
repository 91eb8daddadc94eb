import { useCallback, useEffect, useRef, useState } from 'react';
import { TidelockError, type LiveEvent, type Session } from '../api';
import { hasCode } from '../errors/describe';
import { onChange } from './live';
import { run } from './session';

/** `more` says that what is there is not all yet. */
export type Loaded<T> = { state: 'loading' } | { state: 'failed'; error: unknown } | { state: 'ready'; value: T; more?: true };

/** What is younger than this is not loaded again only because the window came back to the front. */
const FRESH_MILLISECONDS = 30_000;

/** After loading for so long, it is not loaded again because of an event for twice that time: an import tells of every thousand readings. */
const REST = 2;

/**
 * Loads something from the platform when the screen opens, and again by `reload` (which keeps showing what was there), when the window
 * comes back to the front, or when something changes that `concerns` it. `key` names what is loaded: another key begins anew. What
 * `work` shows before its end is shown where nothing is yet.
 */
export function useLoad<T>(key: string, work: (session: Session, signal: AbortSignal, show: (part: T) => void) => Promise<T>, concerns?: (event: LiveEvent) => boolean): { result: Loaded<T>; reload: () => Promise<void>; reloading: boolean } {
  const [result, setResult] = useState<Loaded<T>>({ state: 'loading' });
  const [reloading, setReloading] = useState(false);
  const worker = useRef(work);
  worker.current = work;
  const concerned = useRef(concerns);
  concerned.current = concerns;
  const latest = useRef<AbortController>(undefined);
  const begun = useRef(0);
  const ended = useRef(0);

  const load = useCallback(async (unasked = false) => {
    latest.current?.abort();
    const controller = new AbortController();
    latest.current = controller;
    begun.current = Date.now();
    setReloading(true);
    const show = (value: T) => {
      if (latest.current === controller) {
        setResult((shown) => (shown.state === 'ready' && !shown.more ? shown : { state: 'ready', value, more: true }));
      }
    };
    try {
      const value = await run((session) => worker.current(session, controller.signal, show));
      if (latest.current === controller) {
        setResult({ state: 'ready', value });
      }
    } catch (error) {
      // What nobody asked for does not take away what is shown, only because the connection is lost.
      const kept = unasked && error instanceof TidelockError && error.retryable;
      if (latest.current === controller && !hasCode(error, 'aborted') && !kept) {
        setResult({ state: 'failed', error });
      }
    } finally {
      if (latest.current === controller) {
        setReloading(false);
        ended.current = Date.now();
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
    let timer: ReturnType<typeof setTimeout> | undefined;
    const follow = () => {
      timer = undefined;
      // Not in the middle of loading: it may be the older state that is on its way.
      if (ended.current < begun.current) {
        timer = setTimeout(follow, 100);
      } else {
        void load(true);
      }
    };
    const stop = onChange((event) => {
      const reconnected = event.kind === 'ready' || event.kind === 'missed';
      if (timer === undefined && concerned.current && (reconnected || concerned.current(event))) {
        const rest = ended.current + REST * (ended.current - begun.current) - Date.now();
        timer = setTimeout(follow, Math.max(0, rest));
      }
    });
    return () => {
      stop();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', refresh);
      latest.current?.abort();
      latest.current = undefined;
    };
  }, [key, load]);

  const reload = useCallback(() => load(), [load]);
  return { result, reload, reloading };
}
