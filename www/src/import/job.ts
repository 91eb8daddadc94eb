import { useSyncExternalStore } from 'react';
import { TidelockError, type DataSample } from '../api';
import { hasCode } from '../errors/describe';
import { toSample, type Reading } from '../glucose/reading';
import { run, whenLeaving } from '../state/session';

/** Where an import stands. It runs outside of every screen, so that one can look around meanwhile. */
export type Job =
  | { state: 'none' }
  | { state: 'running'; done: number; total: number; perSecond: number | undefined }
  /** The platform cannot be reached; it is tried again at `again`, in milliseconds since the epoch. */
  | { state: 'waiting'; total: number; error: unknown; again: number }
  | { state: 'finished'; created: number; alreadyThere: number; milliseconds: number }
  | { state: 'failed'; total: number; error: unknown }
  | { state: 'cancelled'; total: number };

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 30_000;
/** How many readings are made samples before the page has its turn. */
const PIECE = 1_000;

let job: Job = { state: 'none' };
/** What is being imported: only in memory, never in the clear on the disk. */
let readings: Reading[] = [];
let controller = new AbortController();
let tryNow: () => void = () => undefined;
const listeners = new Set<() => void>();

export const useJob = (): Job =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => job,
  );

export function startImport(next: Reading[]): void {
  readings = next;
  void work();
}

/** Tries at once what failed or waits. Readings that have arrived are not stored twice. */
export function continueImport(): void {
  if (job.state === 'waiting') {
    tryNow();
  } else if (job.state === 'failed' || job.state === 'cancelled') {
    void work();
  }
}

export function cancelImport(): void {
  controller.abort();
  tryNow();
}

/** Forgets a job that has come to its end. */
export function dismissImport(): void {
  if (job.state !== 'running' && job.state !== 'waiting') {
    readings = [];
    set({ state: 'none' });
  }
}

whenLeaving(() => {
  controller.abort();
  tryNow();
  readings = [];
  set({ state: 'none' });
});

addEventListener('beforeunload', (event) => {
  if (job.state === 'running' || job.state === 'waiting') {
    event.preventDefault();
  }
});
addEventListener('online', () => tryNow());

function set(next: Job): void {
  job = next;
  listeners.forEach((listener) => listener());
}

/** A piece at a time: the page goes on being drawn. */
async function toSamples(all: Reading[]): Promise<DataSample[]> {
  const samples: DataSample[] = [];
  for (let from = 0; from < all.length; from += PIECE) {
    samples.push(...all.slice(from, from + PIECE).map(toSample));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return samples;
}

async function work(): Promise<void> {
  const mine = new AbortController();
  controller = mine;
  const total = readings.length;
  const began = performance.now();
  const samples = await toSamples(readings);
  if (mine.signal.aborted) return;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      set({ state: 'running', done: 0, total, perSecond: undefined });
      const { created, alreadyThere } = await run((session) => {
        const started = performance.now();
        const onProgress = ({ done }: { done: number }) => {
          const seconds = (performance.now() - started) / 1_000;
          if (controller === mine && !mine.signal.aborted) {
            set({ state: 'running', done, total, perSecond: done > 0 && seconds > 0.2 ? done / seconds : undefined });
          }
        };
        return session.dataSampleApi.createDataSamples(samples, { onProgress, signal: mine.signal });
      });
      if (controller === mine) {
        readings = [];
        set({ state: 'finished', created, alreadyThere, milliseconds: performance.now() - began });
      }
      return;
    } catch (error) {
      if (controller !== mine || job.state === 'none') {
        return;
      }
      if (mine.signal.aborted || hasCode(error, 'aborted')) {
        set({ state: 'cancelled', total });
        return;
      }
      if (!(error instanceof TidelockError && error.retryable)) {
        set({ state: 'failed', total, error });
        return;
      }
      set({ state: 'waiting', total, error, again: Date.now() + pause });
      await untilRetry(pause);
      if (mine.signal.aborted) {
        if (controller === mine && readings.length > 0) {
          set({ state: 'cancelled', total });
        }
        return;
      }
    }
  }
}

function untilRetry(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    tryNow = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
