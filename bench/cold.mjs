// A page that has loaded nothing yet: how long from there to the package's first seal, and how long iCure's SDK takes to load.

/**
 * Loads and starts the package, goes on with the session of the page before (or signs up), and writes a patient. In
 * milliseconds: until the package has started; until the sealed patient is sent, without what was spent waiting for the
 * platform; and until she is stored, with all waiting.
 */
globalThis.tidelockCold = async () => {
  const begin = performance.now();
  const { init, Patient, resume, signUp } = await import('tidelock');
  await init();
  const started = performance.now();
  const account = { url: location.origin, email: `${crypto.randomUUID()}@example.org`, password: 'correct horse battery staple', kind: 'patient', fullName: 'Alice' };
  const session = (await resume(account)) ?? (await signUp(account)).session;
  await session.patientApi.createOrModifyPatient(new Patient({ firstName: 'Alice' }));
  return { start: started - begin, firstSeal: sealed.at - begin - sealed.waited, stored: performance.now() - begin };
};

/** When something sealed was last sent, and for how long the platform had been waited for until then. */
const sealed = { at: 0, waited: 0 };
const platform = { requests: 0, since: 0, waited: 0 };
const fetchThere = globalThis.fetch;

// Requests may overlap, and other work may be done meanwhile: what counts is the time in which any of them was on its way.
globalThis.fetch = async (request, options) => {
  const url = new URL(request.url ?? request, location.href);
  if (url.pathname.startsWith('/assets/')) return fetchThere(request, options);
  const now = performance.now();
  if (platform.requests === 0) platform.since = now;
  platform.requests += 1;
  if (url.pathname.endsWith('/writes') && request.method === 'POST') Object.assign(sealed, { at: now, waited: platform.waited });
  const done = () => {
    platform.requests -= 1;
    if (platform.requests === 0) platform.waited += performance.now() - platform.since;
  };
  try {
    const response = await fetchThere(request, options);
    const body = response.arrayBuffer().finally(done);
    response.arrayBuffer = () => body;
    return response;
  } catch (error) {
    done();
    throw error;
  }
};

/** Loads iCure's SDK, which starts nothing. */
globalThis.icureCold = async () => {
  const begin = performance.now();
  await import('./peers/icure.mjs');
  return { start: performance.now() - begin };
};
