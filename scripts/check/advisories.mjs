// Known vulnerabilities of dependencies, where the databases of advisories can be reached.
import { root } from '../environment.mjs';
import { ask, Failure, run } from '../run.mjs';

const rustDatabase = 'https://github.com/RustSec/advisory-db';

/** Fails if a dependency has a known vulnerability; what cannot be asked is skipped and named. */
export async function checkAdvisories() {
  return `${await npmAdvisories()}; ${await rustAdvisories()}`;
}

async function npmAdvisories() {
  const { output } = await run('npm', ['audit', '--omit=dev', '--json'], { check: false, cwd: root, quiet: true });
  const start = output.indexOf('{');
  const total = start < 0 ? undefined : answered(output.slice(start))?.metadata?.vulnerabilities?.total;
  if (total === undefined) return 'npm audit: skipped, the registry does not answer it';
  if (total > 0) throw new Failure(`npm audit knows ${total} vulnerabilities: run npm audit --omit=dev`);
  return 'npm audit: none';
}

function answered(text) {
  try {
    return JSON.parse(text.slice(0, text.lastIndexOf('}') + 1));
  } catch {
    return undefined;
  }
}

async function rustAdvisories() {
  if (!ask('cargo', ['deny', '--version'])) return 'RustSec: skipped, cargo-deny is not installed';
  const reachable = ask('timeout', ['15', 'git', 'ls-remote', '--exit-code', rustDatabase, 'HEAD'], { GIT_TERMINAL_PROMPT: '0' });
  if (!reachable) return `RustSec: skipped, ${rustDatabase} cannot be reached`;
  await run('cargo', ['deny', 'check', 'advisories']);
  return 'RustSec: none';
}
