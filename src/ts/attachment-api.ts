import type { InVault } from './entity-api.js';
import type { Given } from './later.js';
import type { Attachment } from './records/attachment.js';
import type { Fields, Stored } from './records/value.js';
import type { DownloadHandle, SessionHandle, UploadHandle } from './tidelock.js';
import type { Cancellable, Watched } from './watching.js';

/** What this file uses of those that are always there. */
let TidelockError: Given['TidelockError'], asTidelockError: Given['asTidelockError'], translated: Given['translated'], reporting: Given['reporting'], chunkSize: Given['chunkSize'];

/** Takes it: see `later`. */
export function take(given: Given): void {
  ({ TidelockError, asTidelockError, translated, reporting, chunkSize } = given);
}

/** The bytes of a file. What comes in parts is read no faster than it is sent. */
export type AttachmentSource = Blob | Uint8Array | ReadableStream<Uint8Array>;

/** How a file is uploaded. Progress is in bytes. */
export interface UploadOptions extends InVault, Watched {
  name?: string | undefined;
  mediaType?: string | undefined;
  /** How many bytes a stream has, if that is known. */
  size?: number | undefined;
  /** What `onResumable` was called with last, before an upload of the same file beside the same entity broke off. */
  resume?: string | undefined;
  /** Is told what the upload can be resumed with. It has the keys to what was uploaded: keep it as safe as the file. */
  onResumable?: ((resume: string) => void) | undefined;
}

/** How a file is downloaded. Progress is in bytes. */
export interface DownloadOptions extends Watched {
  /** The clinic in whose name one acts. */
  clinic?: string | undefined;
  /** Only the bytes from `start` on, before `end`. Of the rest no more than the chunks that have them is fetched. */
  range?: { start?: number | undefined; end?: number | undefined } | undefined;
}

/** How many chunks are under way at once: enough to keep lines and cores busy, few enough for the memory of a tablet. */
const UNDER_WAY = 4;

const invalid = (field: string, reason: string, cause?: unknown) =>
  new TidelockError('invalid_input', `Invalid ${field}: ${reason}.`, { field, reason }, false, cause === undefined ? undefined : { cause });

/** What `AttachmentApi` does, which loads it when it is first used. */
export class Attachments {
  readonly #handle: SessionHandle;
  readonly #clinic: string | undefined;

  constructor(handle: SessionHandle, clinic: string | undefined) {
    this.#handle = handle;
    this.#clinic = clinic;
  }

  /** See `AttachmentApi.upload`; resolves to what the attachment has. */
  async upload(entity: string | Stored, data: AttachmentSource, options: UploadOptions = {}): Promise<Fields<Attachment>> {
    const { id, responsible }: Stored = typeof entity === 'string' ? { id: entity } : entity;
    if (id === undefined) throw invalid('entity', 'it has to be created first');
    const { name, mediaType, vault = responsible, clinic = this.#clinic, resume, signal } = options;
    const size = options.size ?? (data instanceof Blob ? data.size : data instanceof Uint8Array ? data.length : undefined);
    const upload: UploadHandle = await translated(() => this.#handle.beginUpload(id, vault, clinic, resume, size, signal));
    try {
      const sent = await send(upload, data, size, options);
      if (size !== undefined && size !== sent) throw invalid('size', `there are ${sent} bytes`);
      const key: string = await translated(() => upload.finish(signal));
      return { id: upload.id, name, mediaType, size: sent, key };
    } finally {
      upload.free();
    }
  }

  /** See `AttachmentApi.download`. */
  async download(attachment: Attachment, { range = {}, clinic = this.#clinic, onProgress, signal }: DownloadOptions = {}): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const key = keyOf(attachment);
    const download: DownloadHandle = await translated(() => this.#handle.openAttachment(key, clinic, signal));
    const { start = 0, end = download.size } = range;
    if (![start, end].every(Number.isSafeInteger) || start < 0 || start > end || end > download.size) {
      download.free();
      throw invalid('range', 'the file ends before, or it is none');
    }
    return receive(download, { start, end }, reporting(onProgress), signal);
  }

  /** See `AttachmentApi.downloadBlob`. */
  async downloadBlob(attachment: Attachment, options?: DownloadOptions): Promise<Blob> {
    const parts: BlobPart[] = [];
    const reader = (await this.download(attachment, options)).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts, { type: 'application/octet-stream' });
      parts.push(value);
    }
  }

  /** See `AttachmentApi.delete`. */
  async delete(attachment: Attachment, { clinic = this.#clinic, signal }: Cancellable & Pick<InVault, 'clinic'> = {}): Promise<void> {
    await translated(async () => this.#handle.deleteAttachment(keyOf(attachment), clinic, signal));
  }
}

function keyOf({ key }: Attachment): string {
  if (typeof key !== 'string') throw invalid('attachment', 'it has no key');
  return key;
}

/** Sends all chunks, a few at a time, and resolves to the number of bytes. */
async function send(upload: UploadHandle, data: AttachmentSource, size: number | undefined, options: UploadOptions): Promise<number> {
  const { onProgress, onResumable, signal } = options;
  const report = reporting(onProgress);
  const stop = stopping(signal);
  const underWay = new Set<Promise<void>>();
  let failure: Error | undefined;
  let resumable: string | undefined;
  let [index, done, sent] = [0, 0, 0];
  const tell = () => {
    const { unfinished } = upload;
    if (unfinished !== resumable) onResumable?.((resumable = unfinished));
  };
  const put = async (chunk: Uint8Array, last: boolean) => {
    await upload.put(index++, last, chunk, stop.signal);
    done += chunk.length;
    tell();
    report?.(done, size ?? 0);
  };
  tell();
  try {
    for await (const { chunk, last } of withLast(chunksOf(data, stop.signal))) {
      // What the platform may have is compared one after the other; everything else is sent side by side.
      const sending = index < upload.there ? put(chunk, last) : undefined;
      if (sending) await sending;
      else {
        const one: Promise<void> = put(chunk, last)
          .catch((thrown: unknown) => {
            failure ??= asTidelockError(thrown);
            stop.abort();
          })
          .finally(() => underWay.delete(one));
        underWay.add(one);
        if (underWay.size >= UNDER_WAY) await Promise.race(underWay);
      }
      sent += chunk.length;
      if (failure) break;
    }
    await Promise.all(underWay);
    if (failure) throw failure;
    return sent;
  } catch (thrown) {
    stop.abort();
    await Promise.all(underWay);
    throw failure ?? asTidelockError(thrown);
  } finally {
    stop.release();
  }
}

/** The chunks of a content, one after the other. */
async function* chunksOf(data: AttachmentSource, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const size = chunkSize();
  if (data instanceof Uint8Array) {
    for (let from = 0; from < data.length; from += size) yield data.subarray(from, from + size);
  } else if (data instanceof Blob) {
    for (let from = 0; from < data.size; from += size) {
      yield new Uint8Array(await data.slice(from, from + size).arrayBuffer().catch(unreadable));
    }
  } else {
    yield* regrouped(data, size, signal);
  }
}

/** What a stream gives, in chunks of that size. */
async function* regrouped(data: ReadableStream<Uint8Array>, size: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = data.getReader();
  // A stream may never give anything again.
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  try {
    let chunk = new Uint8Array(size);
    let filled = 0;
    for (;;) {
      const { done, value } = await reader.read().catch(unreadable);
      if (signal.aborted) throw new TidelockError('aborted', 'The operation was cancelled.');
      if (done) break;
      for (let rest = value; rest.length > 0; ) {
        const part = rest.subarray(0, size - filled);
        chunk.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
        if (filled < size) continue;
        yield chunk;
        [chunk, filled] = [new Uint8Array(size), 0];
      }
    }
    if (filled > 0) yield chunk.subarray(0, filled);
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

const unreadable = (cause: unknown): never => {
  throw invalid('data', 'it cannot be read', cause);
};

/** Chunks, each with whether it is the last; of an empty content an empty one. */
async function* withLast(chunks: AsyncGenerator<Uint8Array, void, undefined>): AsyncGenerator<{ chunk: Uint8Array; last: boolean }, void, undefined> {
  let before: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (before) yield { chunk: before, last: false };
    before = chunk;
  }
  yield { chunk: before ?? new Uint8Array(), last: true };
}

/** A stream of the bytes from `start` on, before `end`. */
function receive(
  download: DownloadHandle,
  { start, end }: { start: number; end: number },
  report: ((done: number, total: number) => void) | undefined,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const size = chunkSize();
  const stop = stopping(signal);
  const ahead: Promise<Uint8Array<ArrayBuffer>>[] = [];
  let index = Math.floor(start / size);
  let position = start;
  const release = () => {
    stop.abort();
    stop.release();
    download.free();
  };
  const fetchAhead = () => {
    for (; ahead.length < UNDER_WAY && index * size < end; index += 1) {
      const chunk = download.get(index, stop.signal) as Promise<Uint8Array<ArrayBuffer>>;
      // Whoever reads on is told.
      chunk.catch(() => {});
      ahead.push(chunk);
    }
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          if (position < end) {
            fetchAhead();
            const from = position % size;
            const chunk = (await ahead.shift()!).subarray(from, from + end - position);
            position += chunk.length;
            fetchAhead();
            controller.enqueue(chunk);
            report?.(position - start, end - start);
          }
          if (position >= end) {
            controller.close();
            release();
          }
        } catch (thrown) {
          release();
          throw asTidelockError(thrown);
        }
      },
      cancel: release,
    },
    { highWaterMark: 0 },
  );
}

/** A signal that follows another one, and can be given itself. */
function stopping(signal: AbortSignal | undefined): { signal: AbortSignal; abort: () => void; release: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return { signal: controller.signal, abort, release: () => signal?.removeEventListener('abort', abort) };
}
