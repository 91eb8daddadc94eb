// The platform server under load, beside the statements that it makes on the bare database. The load comes from a program of its
// own, `bench/server`: what it measures is neither to wait for this process nor to be disturbed by it.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Platform } from '../tests/e2e/platform.mjs';
import { eventually } from '../tests/e2e/wait.mjs';

const run = promisify(execFile);

/** The requests that are measured, as the server's log names them. */
const REQUESTS = { write: ['POST', '/v1/tidelock/vaults/{vault}/writes'], read: ['GET', '/v1/tidelock/vaults/{vault}/writes'] };

/** Requests a second that a server answers to several clients at once, and how often it makes their statements without itself. */
export async function benchServer(program) {
  const statements = await statementsOf(program);
  const platform = await Platform.start({ web: false, env: { TIDELOCK_LOG: 'warn' } });
  try {
    const file = join(platform.data, 'statements.json');
    writeFileSync(file, JSON.stringify(statements));
    const { stdout } = await run(program, ['measure', platform.url, join(platform.data, 'tidelock.sqlite'), file]);
    return JSON.parse(stdout);
  } finally {
    await platform.stop();
  }
}

/** The statements that the server makes for the last of each of the requests: sqlx writes them to the server's log. */
async function statementsOf(program) {
  const platform = await Platform.start({ web: false, env: { TIDELOCK_LOG: 'warn,tidelock_server=info,sqlx::query=debug' } });
  try {
    await run(program, ['requests', platform.url]);
    await platform.kill('SIGTERM');
    await eventually('the end of the log', () => platform.log.includes('stopped'));
  } finally {
    await platform.stop();
  }
  return Object.fromEntries(Object.entries(REQUESTS).map(([name, request]) => [name, lastIn(platform.log, ...request)]));
}

function lastIn(log, method, route) {
  const lines = log.split('\n').filter((line) => line.includes(`request{method=${method} route="${route}"}`) && line.includes('sqlx::query'));
  const statements = lines.map(statementIn);
  // Every request begins by looking up whose session it is.
  const begin = statements.findLastIndex((statement) => statement.includes('FROM sessions'));
  if (begin < 0) throw new Error(`The server's log has no statements of ${method} ${route}:\n${log.slice(-2_000)}`);
  return statements.slice(begin);
}

/** Long statements stand in the log twice: what they begin with, and whole. */
function statementIn(line) {
  const [, summary, whole] = /summary=("(?:[^"\\]|\\.)*") db\.statement=("(?:[^"\\]|\\.)*")/.exec(line);
  return (JSON.parse(whole) || JSON.parse(summary)).trim();
}
