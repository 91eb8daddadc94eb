import { Attachment } from './attachment.js';
import { coded, uncoded, type CodingReference } from './coding-reference.js';
import { Identifier } from './person.js';
import { list, one, StoredRecord } from './value.js';

/** Something about a patient's health that lasts, such as a condition. All of it is encrypted. */
export class HealthcareElement extends StoredRecord<HealthcareElement> {
  protected static override readonly shape = { ...coded, identifiers: list(one(() => Identifier)), attachments: list(one(() => Attachment)) };
  protected static override readonly always = uncoded;

  declare identifiers?: Identifier[];
  /** Files, as `attachmentApi.upload` gives them. */
  declare attachments?: Attachment[];
  /** The same for all elements that speak of the same condition. */
  declare healthcareElementId?: string;
  /** Epoch milliseconds, or a fuzzy `YYYYMMDDhhmmss` number; kept as given, like the other two. */
  declare valueDate?: number;
  declare openingDate?: number;
  declare closingDate?: number;
  declare description?: string;
  declare note?: string;
  declare labels: Set<CodingReference>;
  declare codes: Set<CodingReference>;
  declare medicalLocationId?: string;
  declare endOfLife?: number;
}
