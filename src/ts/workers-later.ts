// Workers whose file is imported when there is first work for them.
import type { RunJobs } from './workers.js';

const none: RunJobs = async () => undefined;

/** Hands jobs to what `load` gives. Nothing waits for that; and where it does not come, no jobs are done from then on. */
export function workersLater(load: () => Promise<RunJobs>): RunJobs {
  let run: RunJobs | undefined;
  const begin = async () => {
    run = await load();
    // They start.
    await run([]);
  };
  return async (jobs) => {
    if (!run) {
      run = none;
      begin().catch(() => undefined);
    }
    return run(jobs);
  };
}
