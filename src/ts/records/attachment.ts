import { Value } from './value.js';

/** A file beside a record. It belongs into the content of that record, which is encrypted: it has what opens the file. */
export class Attachment extends Value<Attachment> {
  declare id?: string;
  declare name?: string;
  declare mediaType?: string;
  /** In bytes. */
  declare size?: number;
  /** Where the file is, the keys that open it, and what it is checked against. */
  declare key?: string;
}
