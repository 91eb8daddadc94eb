/** How far long work has come, in records. `total` is 0 as long as it is not known. */
export interface ProgressReport {
  done: number;
  total: number;
}

/** Cancels an operation, the request under way included. */
export interface Cancellable {
  signal?: AbortSignal | undefined;
}

/** Watches and cancels long work. */
export interface Watched extends Cancellable {
  onProgress?: ((progress: ProgressReport) => void) | undefined;
}
