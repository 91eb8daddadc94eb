// Running commands: one way to start them, to count the tests they report and to time the stages they make up.
import { spawn, spawnSync } from 'node:child_process';
import { environment, root } from './environment.mjs';

/** Something that whoever ran the command has to know; printed without a stack. */
export class Failure extends Error {}

/** Says what is being done. */
export function say(text) {
  console.log(`\x1b[1m» ${text}\x1b[0m`);
}

/**
 * Runs a command and shows its output. Resolves to that output; with `check` (the default) a status other than 0 is a
 * Failure, else `{ output, status }` is returned.
 */
export function run(command, args = [], { check = true, cwd = root, env = {}, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...environment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) {
      from.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (!quiet) to.write(text);
      });
    }
    child.on('error', (error) => reject(new Failure(`${command} could not be started: ${error.message}`)));
    child.on('close', (status, signal) => {
      if (!check) return resolve({ output, status: status ?? 1 });
      if (status === 0) return resolve(output);
      if (quiet) process.stderr.write(output);
      reject(new Failure(`${[command, ...args].join(' ')} ended with ${signal ?? `status ${status}`}`));
    });
  });
}

/** The trimmed output of a command, or undefined if it fails or does not exist. */
export function ask(command, args = [], env = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', env: { ...environment(), ...env }, maxBuffer: 1 << 28 });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Adds up what the test runners report: cargo's and wasm-bindgen's, Node's, Vitest's. */
export function countTests(output) {
  const count = { passed: 0, failed: 0 };
  const text = output.replaceAll(/\x1b\[[0-9;]*m/g, '');
  for (const [, passed, failed] of text.matchAll(/^test result: .*?(\d+) passed; (\d+) failed/gm)) {
    count.passed += Number(passed);
    count.failed += Number(failed);
  }
  for (const [, passed] of text.matchAll(/^(?:ℹ|#) pass (\d+)$/gm)) count.passed += Number(passed);
  for (const [, failed] of text.matchAll(/^(?:ℹ|#) (?:fail|cancelled) (\d+)$/gm)) count.failed += Number(failed);
  for (const [, line] of text.matchAll(/^ +Tests +(.*\(\d+\))$/gm)) {
    count.passed += Number(line.match(/(\d+) passed/)?.[1] ?? 0);
    count.failed += Number(line.match(/(\d+) failed/)?.[1] ?? 0);
  }
  return count;
}

/** What the suites of vectors say: how many ran over which engine, and in which browser. */
export function countVectors(output) {
  const said = output.matchAll(/(\w+): (\d+) vectors, ([A-Za-z]+(?: in [A-Za-z]+)?)/g);
  return [...said].map(([, suite, vectors, place]) => ({ suite, vectors: Number(vectors), place }));
}

const stages = [];

/** Runs one named stage and remembers how long it took; a failure is reported and remembered, not thrown. */
export async function stage(name, work) {
  const entry = { name, seconds: 0, failed: false };
  stages.push(entry);
  const begin = performance.now();
  say(name);
  try {
    return await work();
  } catch (error) {
    entry.failed = true;
    console.error(error instanceof Failure ? `${name}: ${error.message}` : error);
    return undefined;
  } finally {
    entry.seconds = (performance.now() - begin) / 1000;
  }
}

/** Prints the stages with their times; true if none failed. */
export function reportStages(title) {
  const width = Math.max(...stages.map(({ name }) => name.length));
  say(`${title}: times in seconds`);
  for (const { name, seconds, failed } of stages) {
    console.log(`  ${name.padEnd(width)} ${seconds.toFixed(1).padStart(7)}${failed ? '  FAILED' : ''}`);
  }
  return !stages.some(({ failed }) => failed);
}

/** Runs a script's main function: a Failure is a message and status 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    process.exit(1);
  }
}
