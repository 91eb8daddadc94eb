import { Attachment } from './attachment.js';
import { coded, uncoded, type CodingReference } from './coding-reference.js';
import { Content } from './content.js';
import { Identifier } from './person.js';
import { list, map, one, plain, set, StoredRecord } from './value.js';

/** Where an imported sample comes from. The same origin is never stored twice. */
export interface Origin {
  /** The device or file. */
  source: string;
  /** The time of the sample there, epoch milliseconds. */
  time: number;
}

/** One sample of health data, such as a glucose reading. All of it is encrypted. */
export class DataSample extends StoredRecord<DataSample> {
  protected static override readonly shape = {
    ...coded,
    content: map(one(() => Content)),
    identifiers: list(one(() => Identifier)),
    attachments: list(one(() => Attachment)),
    healthcareElementIds: set(plain),
    canvasesIds: set(plain),
  };
  protected static override readonly always = { ...uncoded, content: {} };

  declare identifiers?: Identifier[];
  /** Files, as `attachmentApi.upload` gives them. */
  declare attachments?: Attachment[];
  declare batchId?: string;
  declare index?: number;
  declare healthcareElementIds?: Set<string>;
  declare canvasesIds?: Set<string>;
  /** Epoch milliseconds, or a fuzzy `YYYYMMDDhhmmss` number; kept as given, like the other two. */
  declare valueDate?: number;
  declare openingDate?: number;
  declare closingDate?: number;
  declare labels: Set<CodingReference>;
  declare codes: Set<CodingReference>;
  /** By language. */
  declare content: Record<string, Content>;
  declare comment?: string;
  declare qualifiedLinks?: Record<string, Record<string, string>>;
  declare endOfLife?: number;
  declare origin?: Origin;
}

/** The text by which an imported sample is recognised. */
export function sourceOf({ origin }: DataSample): string {
  return origin ? JSON.stringify([origin.source, origin.time]) : '';
}
