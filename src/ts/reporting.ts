import type { Watched } from './watching.js';

/** Progress as the bindings report it. */
export const reporting = (onProgress: Watched['onProgress']) =>
  onProgress && ((done: number, total: number) => onProgress({ done, total }));
