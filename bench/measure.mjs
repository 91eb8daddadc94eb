// Measuring: medians, and how much of a time was spent waiting for the platform.

/** The middle one of some numbers. */
export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The medians of what several measurements say, name by name. */
export function medians(measured) {
  return Object.fromEntries(Object.keys(measured[0]).map((name) => [name, median(measured.map((one) => one[name]))]));
}

/** Engines go on for so many milliseconds, on other cores, after they have collected. */
const COLLECTING = 25;

/** Before something is timed, so that it has no rubbish to collect of what came before it, nor shares cores with who collects it. */
export async function collectRubbish() {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, COLLECTING));
}

const requests = { count: 0, writes: 0, bytes: 0, waited: 0 };
const fetchThere = globalThis.fetch;

// The package calls the runtime's fetch, one request after the other. Answers are read to their end in here, so that what
// is left of a time is the package's own.
globalThis.fetch = async (request, options) => {
  const begin = performance.now();
  try {
    const sent = new Request(request, options);
    requests.count += 1;
    if (sent.method !== 'GET' && !/\/entities(\/list)?$/.test(new URL(sent.url).pathname)) requests.writes += 1;
    requests.bytes += (await sent.clone().arrayBuffer()).byteLength;
    const { status, statusText, headers, body } = await fetchThere(sent).then(async (response) => ({
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
      body: await response.arrayBuffer(),
    }));
    return new Response(body.byteLength > 0 ? body : null, { status, statusText, headers });
  } finally {
    requests.waited += performance.now() - begin;
  }
};

const counting = globalThis.fetch;

/** Does some work with the runtime's fetch as it is. */
export async function unmeasured(work) {
  globalThis.fetch = fetchThere;
  try {
    return await work();
  } finally {
    globalThis.fetch = counting;
  }
}

/**
 * Does some work. Resolves to its seconds, those of them that were spent in this program and not waiting for the
 * platform, and the requests, how many of them changed something there, and the bytes of their bodies.
 */
export async function measure(work) {
  const before = { ...requests };
  const begin = performance.now();
  const result = await work();
  const milliseconds = performance.now() - begin;
  return {
    result,
    seconds: milliseconds / 1_000,
    ownSeconds: (milliseconds - (requests.waited - before.waited)) / 1_000,
    requests: requests.count - before.count,
    writes: requests.writes - before.writes,
    bytes: requests.bytes - before.bytes,
  };
}

/**
 * Does some work. Resolves to its result, and to how many tasks of the page's thread took longer than 50 ms meanwhile; outside of
 * pages nobody tells.
 */
export async function countLongTasks(work) {
  if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) return [await work()];
  let count = 0;
  const observer = new PerformanceObserver((list) => (count += list.getEntries().length));
  observer.observe({ entryTypes: ['longtask'] });
  const result = await work();
  // The one that has just ended is told after it.
  await new Promise((resolve) => setTimeout(resolve, 100));
  observer.disconnect();
  return [result, count];
}
