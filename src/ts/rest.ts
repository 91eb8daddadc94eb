// Long work is done in pieces: in between, whatever else waits for this thread has its turn, such as drawing.

/** For so many milliseconds work goes on without a rest: a screen is drawn every 16. */
const PIECE = 8;

let rested = 0;

/** Waits until what waits for this thread has been done, if it has waited for long. */
export async function rest(): Promise<void> {
  if (performance.now() - rested < PIECE) return;
  await new Promise<void>((resolve) => {
    // A message to oneself comes after what waits already, and, unlike a timer, without a pause.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
  rested = performance.now();
}
