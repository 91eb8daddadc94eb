// A page that has loaded nothing yet: how long from there to the package's first seal, and how long iCure's SDK takes to load.

/** Loads and starts the package, goes on with the session of the page before (or signs up), and writes a patient; the time at the platform is not counted. */
globalThis.tidelockCold = async () => {
  const begin = performance.now();
  const { init, Patient, resume, signUp } = await import('tidelock');
  await init();
  const started = performance.now();
  const { measure } = await import('./measure.mjs');
  const { ownSeconds } = await measure(async () => {
    const account = { url: location.origin, email: `${crypto.randomUUID()}@example.org`, password: 'correct horse battery staple', kind: 'patient', fullName: 'Alice' };
    const session = (await resume(account)) ?? (await signUp(account)).session;
    await session.patientApi.createOrModifyPatient(new Patient({ firstName: 'Alice' }));
  });
  return { start: started - begin, firstSeal: started - begin + ownSeconds * 1_000 };
};

/** Loads iCure's SDK, which starts nothing. */
globalThis.icureCold = async () => {
  const begin = performance.now();
  await import('./peers/icure.mjs');
  return { start: performance.now() - begin };
};
