// How much memory some work takes in Node.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * The most bytes of JavaScript's memory that were taken during some work beyond what was taken before, looked at whenever the
 * work calls what it is given. Where `collected`, rubbish is collected before each look.
 */
export async function memoryOf(work, collected) {
  await collectGarbage();
  const before = taken();
  let most = before;
  await work(async () => {
    if (collected) await collectGarbage();
    most = Math.max(most, taken());
  });
  return most - before;
}

function taken() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Buffers are given back beside the collection, and are gone at the next. */
async function collectGarbage() {
  collect();
  await new Promise(setImmediate);
  collect();
}
