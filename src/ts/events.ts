import type { Given } from './later.js';
import type { Cancellable } from './watching.js';

/** What this file uses of those that are always there. */
let TidelockError: Given['TidelockError'], asTidelockError: Given['asTidelockError'];

/** Takes it: see `later`. */
export function take(given: Given): void {
  ({ TidelockError, asTidelockError } = given);
}

/**
 * What has changed. `ready`: from now on nothing is missed. `missed`: so much happened while the connection was lost that
 * everything has to be looked at again. `invitations`: those that one has received, or that wait for a clinic. `access`:
 * who has access to what, sent invitations and a clinic's patients among it. `members`: a clinic's members, keys or share
 * codes. `record`: what somebody's vault holds.
 */
export type LiveEventKind = 'ready' | 'missed' | 'invitations' | 'access' | 'members' | 'record';

/** That something has changed, and where; what, is found by looking. */
export interface LiveEvent {
  kind: LiveEventKind;
  /** Whose data it is about. */
  dataOwnerId?: string;
  /** Which clinic it is about. */
  clinicId?: string;
}

const KINDS: readonly string[] = ['ready', 'missed', 'invitations', 'access', 'members', 'record'] satisfies LiveEventKind[];

/** The pause before the first new attempt, and the longest, in milliseconds. */
const SHORTEST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;

/** The platform says something every 20 seconds; a connection that was silent for longer than this is dead, whatever it looks like. */
const SILENCE = 50_000;

/**
 * The events of one's account, across lost connections and restarts of the platform. `request` makes the request for each
 * connection. Ends when `signal` says so; throws where connecting again would not help.
 */
export async function* listen(request: () => { url: string; headers: Record<string, string> }, { signal }: Cancellable): AsyncGenerator<LiveEvent, void> {
  let last: string | undefined;
  let pause = SHORTEST_PAUSE;
  while (!signal?.aborted) {
    const connection = new Connection(signal);
    let wait = pause;
    try {
      const { url, headers } = request();
      if (last !== undefined) headers['last-event-id'] = last;
      for await (const { id, event } of connection.read(url, headers)) {
        pause = wait = SHORTEST_PAUSE;
        last = id ?? last;
        if (event) yield event;
        if (signal?.aborted) return;
      }
    } catch (thrown) {
      if (signal?.aborted) return;
      const error = asTidelockError(thrown);
      if (!error.retryable) throw error;
      wait = Math.max(wait, (error.details.retryAfter ?? 0) * 1_000);
    } finally {
      connection.end();
    }
    // Not all who lost the platform come back in the same moment.
    await sleep(wait * (0.5 + Math.random() / 2), signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** One connection, which ends with the signal, or when nothing is heard for too long. */
class Connection {
  readonly #ending = new AbortController();
  readonly #end = () => {
    // At once: whoever listens may never ask for another event.
    clearTimeout(this.#timer);
    this.#ending.abort();
  };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly signal: AbortSignal | undefined) {
    signal?.addEventListener('abort', this.#end);
  }

  async *read(url: string, headers: Record<string, string>): AsyncGenerator<{ id?: string | undefined; event?: LiveEvent | undefined }> {
    this.#listening();
    const response = await fetch(url, { headers, signal: this.#ending.signal, cache: 'no-store' }).catch(lost);
    await check(response);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read().catch(lost);
      if (done) return;
      this.#listening();
      const messages = (text + value).replaceAll('\r\n', '\n').split('\n\n');
      text = messages.pop()!;
      for (const message of messages) yield parsed(message);
    }
  }

  end(): void {
    this.signal?.removeEventListener('abort', this.#end);
    this.#end();
  }

  #listening(): void {
    clearTimeout(this.#timer);
    if (this.#ending.signal.aborted) return;
    this.#timer = setTimeout(this.#end, SILENCE);
  }
}

function lost(cause: unknown): never {
  throw new TidelockError('network', 'The connection to the platform was lost.', {}, true, { cause });
}

/** Throws what an answer that is no stream of events means. */
async function check(response: Response): Promise<void> {
  if (response.ok && response.headers.get('content-type')?.startsWith('text/event-stream')) return;
  await response.body?.cancel();
  const { status } = response;
  if (status === 401) throw new TidelockError('not_authenticated', 'The session has ended.');
  if (status === 429) {
    const retryAfter = Number(response.headers.get('retry-after')) || 60;
    throw new TidelockError('rate_limited', 'Too many listen with this account.', { retryAfter }, true);
  }
  if (status >= 500) throw new TidelockError('network', `The platform answered with status ${status}.`, {}, true);
  throw new TidelockError('unsupported', 'This platform has no live events.');
}

/** One message of the stream (WHATWG HTML §9.2.6). Kinds that this version does not know are passed over. */
function parsed(message: string): { id?: string | undefined; event?: LiveEvent | undefined } {
  const fields = new Map(message.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]));
  const [kind, id, data] = [fields.get('event'), fields.get('id'), fields.get('data')];
  if (kind === undefined || !KINDS.includes(kind)) return { id };
  const { dataOwnerId, clinicId } = JSON.parse(data ?? '{}') as Partial<LiveEvent>;
  const event: LiveEvent = { kind: kind as LiveEventKind };
  if (dataOwnerId !== undefined) event.dataOwnerId = dataOwnerId;
  if (clinicId !== undefined) event.clinicId = clinicId;
  return { id, event };
}

/** Waits, or until the signal says so. */
function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const awake = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', awake);
      resolve();
    };
    const timer = setTimeout(awake, milliseconds);
    signal?.addEventListener('abort', awake);
  });
}
