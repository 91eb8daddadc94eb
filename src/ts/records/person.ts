import { code, type CodingReference } from './coding-reference.js';
import { list, one, Value } from './value.js';

/** A telephone number, an e-mail address or the like. */
export class Telecom extends Value<Telecom> {
  /** Such as `mobile` or `email`. */
  declare telecomType?: string;
  declare telecomNumber?: string;
  declare telecomDescription?: string;
}

/** An address. */
export class Address extends Value<Address> {
  protected static override readonly shape = { telecoms: list(one(() => Telecom)) };

  /** Such as `home` or `work`. */
  declare addressType?: string;
  declare description?: string;
  declare street?: string;
  declare houseNumber?: string;
  declare postboxNumber?: string;
  declare postalCode?: string;
  declare city?: string;
  declare state?: string;
  declare country?: string;
  declare note?: string;
  declare telecoms?: Telecom[];
}

/** A name that somebody has or had. */
export class PersonName extends Value<PersonName> {
  declare lastName?: string;
  declare firstNames?: string[];
  /** Fuzzy dates, as given. */
  declare start?: number;
  declare end?: number;
  declare prefix?: string[];
  declare suffix?: string[];
  declare text?: string;
  /** Such as `official`, `nickname` or `maiden`. */
  declare use?: string;
}

/** What somebody or something is called in another system. */
export class Identifier extends Value<Identifier> {
  protected static override readonly shape = { type: code };

  declare id?: string;
  declare assigner?: string;
  declare start?: string;
  declare end?: string;
  declare system?: string;
  declare type?: CodingReference;
  declare use?: string;
  declare value?: string;
}
