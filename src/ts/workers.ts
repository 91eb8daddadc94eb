// Workers, which seal and open many contents beside the thread that asks. They have nothing that lasts: a job brings the key
// that it needs, and its bytes move there and back without being copied.
import type { ChunkJob, ChunkOutcome } from './chunks.js';

/** How a runtime starts workers. */
export interface Runtime {
  /** How many may run at once. */
  threads: number;
  /** The module that they run. */
  module(): Promise<WebAssembly.Module>;
  /** Starts one; what it posts is told to `said`, and that it cannot go on to `failed`. */
  start(said: (message: unknown) => void, failed: () => void): Thread;
}

/** A worker of a browser or of Node. */
export interface Thread {
  post(message: unknown, transfer: ArrayBufferLike[]): void;
  end(): void;
  /** Whether the process waits for it; in browsers nothing does. */
  hold?(held: boolean): void;
}

/** One of the library's, which is encoded and has a key in it; or a chunk of a file. */
export type Job = Uint8Array | ChunkJob;

/** What became of a job: encoded, too; or what became of the chunk. */
export type Outcome<J extends Job> = J extends Uint8Array ? Uint8Array : ChunkOutcome;

/**
 * What workers make of jobs, in their order: `undefined` where one was not done, and whoever asks has to do them. Jobs that are
 * not made yet are made if there are workers to do them.
 */
export type RunJobs = <J extends Job>(jobs: J[] | (() => J[])) => Promise<Outcome<J>[] | undefined>;

type Resolve = (outcome: Outcome<Job> | undefined) => void;

/** The memory of a job. */
const buffersOf = (job: Job) => (job instanceof Uint8Array ? [job.buffer] : [job.secret.buffer, job.bytes.buffer]);

interface Member {
  thread: Thread;
  ready: boolean;
  /** Whoever waits for the outcomes of the jobs that it has, in their order. */
  waiting: Resolve[];
}

/** More threads than this have not been worth their memory. */
const MOST = 4;
/** Jobs that a thread has at once: the next one is there when one is done. */
const AHEAD = 2;
/** For so many milliseconds without jobs threads are kept: each has some megabytes. */
const KEPT = 10_000;

/**
 * Hands jobs to workers, in their order, and never more than they get done. While they start, nothing waits for them; and where
 * one fails, because they are forbidden here or the memory is not to be had, there are none from then on.
 */
export function workersOf(runtime: Runtime): RunJobs {
  let members: Member[] | undefined;
  let failed = runtime.threads < 2;
  let queue: { job: Job; resolve: Resolve }[] = [];
  let ending: ReturnType<typeof setTimeout> | undefined;

  const end = () => {
    for (const { thread } of members ?? []) thread.end();
    members = undefined;
  };
  const fail = () => {
    failed = true;
    const left = [...(members ?? []).flatMap(({ waiting }) => waiting), ...queue.map(({ resolve }) => resolve)];
    for (const { job } of queue) (job instanceof Uint8Array ? job : job.secret).fill(0);
    queue = [];
    end();
    for (const resolve of left) resolve(undefined);
  };

  const handOut = () => {
    for (let load = 0; load < AHEAD; load += 1) {
      for (const member of members ?? []) {
        if (!member.ready || member.waiting.length > load) continue;
        const next = queue.shift();
        if (!next) return;
        if (member.waiting.length === 0) member.thread.hold?.(true);
        member.waiting.push(next.resolve);
        member.thread.post(next.job, buffersOf(next.job));
      }
    }
  };

  const hear = (member: Member, message: unknown) => {
    if (!member.ready) {
      member.ready = true;
      return;
    }
    member.waiting.shift()?.(message as Outcome<Job> | undefined);
    handOut();
    if (member.waiting.length === 0) member.thread.hold?.(false);
    if (members?.every(({ waiting }) => waiting.length === 0)) {
      clearTimeout(ending);
      ending = setTimeout(end, KEPT);
      // Node's timers keep the process.
      (ending as { unref?(): void }).unref?.();
    }
  };

  const start = async () => {
    const starting: Member[] = (members = []);
    try {
      const module = await runtime.module();
      for (let count = Math.min(runtime.threads, MOST); count > 0 && members === starting; count -= 1) {
        const member: Member = { thread: runtime.start((message) => hear(member, message), fail), ready: false, waiting: [] };
        starting.push(member);
        member.thread.post(module, []);
      }
    } catch {
      fail();
    }
  };

  const run = (job: Job) => new Promise<Outcome<Job> | undefined>((resolve) => queue.push({ job, resolve }));

  return async <J extends Job>(jobs: J[] | (() => J[])) => {
    if (failed) return undefined;
    clearTimeout(ending);
    if (!members) void start();
    if (!members?.some(({ ready }) => ready)) return undefined;
    const running = (typeof jobs === 'function' ? jobs() : jobs).map(run);
    handOut();
    const answers = await Promise.all(running);
    return answers.every((answer) => answer !== undefined) ? (answers as Outcome<J>[]) : undefined;
  };
}
