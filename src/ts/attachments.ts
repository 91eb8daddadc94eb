// Files beside entities, as an application sees them: what moves them is loaded with the first.
import type { Attachments, AttachmentSource, DownloadOptions, UploadOptions } from './attachment-api.js';
import type { InVault } from './entity-api.js';
import { later } from './later.js';
import { Attachment } from './records/attachment.js';
import type { Stored } from './records/value.js';
import type { SessionHandle } from './tidelock.js';
import type { Cancellable } from './watching.js';

/**
 * Files beside entities, encrypted in chunks as they come and go, in bounded memory. Whoever may read the entity may read
 * the file, and whoever may write it may upload.
 */
export class AttachmentApi {
  readonly #api: () => Promise<Attachments>;

  /** @internal */
  constructor(handle: SessionHandle, clinic?: string) {
    this.#api = async () => new (await later('attachments')).Attachments(handle, clinic);
  }

  /**
   * Encrypts a file and uploads it beside an entity that is there already. What it resolves to has to be written into the
   * content of that entity (`attachments`) within a week: a file to which nothing refers is removed then. An upload that
   * broke off goes on with `resume`; what is at the platform is compared with the file and not sent again.
   */
  async upload(entity: string | Stored, data: AttachmentSource, options?: UploadOptions): Promise<Attachment> {
    return new Attachment(await (await this.#api()).upload(entity, data, options));
  }

  /**
   * Downloads a file, or a part of it. Every chunk is checked and decrypted before it is handed on, and fetched only as fast
   * as they are read, a few ahead. After a failure the rest can be fetched as a `range`.
   */
  async download(attachment: Attachment, options?: DownloadOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return (await this.#api()).download(attachment, options);
  }

  /**
   * The same in one piece. It has the type `application/octet-stream`, whatever its author says: what was opened as a page
   * would run as a part of this application.
   */
  async downloadBlob(attachment: Attachment, options?: DownloadOptions): Promise<Blob> {
    return (await this.#api()).downloadBlob(attachment, options);
  }

  /** Deletes a file for good. The entity that refers to it stays as it is. */
  async delete(attachment: Attachment, options?: Cancellable & Pick<InVault, 'clinic'>): Promise<void> {
    return (await this.#api()).delete(attachment, options);
  }
}
