// A page that has loaded nothing yet: how long iCure's SDK takes to load.

/** Loads iCure's SDK, which starts nothing. */
globalThis.cold = async () => {
  const begin = performance.now();
  await import('./peers/icure.mjs');
  return { start: performance.now() - begin };
};
