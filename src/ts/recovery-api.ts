import { lines } from './entity-api.js';
import { translated } from './error.js';
import { reporting } from './reporting.js';
import type { SessionHandle } from './tidelock.js';
import type { Cancellable, Watched } from './watching.js';

/** Somebody who lost her keys, has a new identity, and to whom one could give back what she had shared. */
export interface HelpRequest {
  dataOwnerId: string;
  /** The name that she went by when her identity was first seen. */
  name?: string;
  /** The fingerprint of her new identity. */
  fingerprint: string;
  /** Whether one has compared safety numbers with her since: see `trustApi`. */
  verified: boolean;
  /** Whether one has the key to her record as a whole, or to parts of it. */
  record: boolean;
  /** How many single entities one has of her, by the platform's count. */
  entities: number;
}

/** What was given back. */
export interface GivenBack {
  /** Whether it was the key to the record as a whole, or to parts of it. */
  record: boolean;
  /** The keys of how many single entities. */
  entities: number;
}

/** Somebody who has given something back. */
export interface Giver extends GivenBack {
  dataOwnerId: string;
  /** In whose name, if it was a clinic's. */
  clinicId?: string;
  fingerprint: string;
  /** Whether the identity has been verified on this device. */
  verified: boolean;
  /** How many messages have come, */
  parts: number;
  /** and of how many. */
  of: number;
}

/** Where it stands with getting one's own record back. */
export interface RecoveryStatus {
  /** Whether the record still has to be restored; until then everything that needs it throws `recovery_needed`. */
  waiting: boolean;
  /** Who has given something back that has not been used yet. */
  givers: Giver[];
  /** With whom the record was shared as a whole when the keys were lost: they can give it back as a whole. */
  sharedWith: string[];
}

/** What came of restoring a record. */
export interface Restored {
  /** How many entities it has. */
  entities: number;
  /** How many of them can be read. */
  readable: number;
  /** How many are lost, by compartment. They can still be deleted. */
  lost: { data: number; notes: number; private: number };
  /** With whom it was shared as a whole and is not any more: see `restoreAccess`. */
  toConfirm: string[];
}

/** In the name of a clinic, or in one's own. */
export interface InNameOf {
  clinic?: string | undefined;
}

/** Lost keys: getting one's own record back, and helping others to get theirs. See `startOver` for how it begins. */
export class RecoveryApi {
  readonly #handle: SessionHandle;

  /** @internal */
  constructor(handle: SessionHandle) {
    this.#handle = handle;
  }

  /** Where it stands with getting one's own record back. */
  async status({ signal }: Cancellable = {}): Promise<RecoveryStatus> {
    return translated(() => this.#handle.returning(signal)) as Promise<RecoveryStatus>;
  }

  /**
   * Makes one's own record one's own again, with what verified givers have given back, and says what is lost. Throws
   * `not_verified` with the givers if none of them has been verified, and `recovery_needed` if nobody has given anything
   * back; `anyway` goes on all the same. Interrupted, it goes on when it is called again; with what comes later, too.
   */
  async restore({ anyway = false, onProgress, signal }: Watched & { anyway?: boolean } = {}): Promise<Restored> {
    return translated(() => this.#handle.restore(anyway, reporting(onProgress), signal)) as Promise<Restored>;
  }

  /** Gives those their access to the whole record again who had it, once they have been verified on this device. */
  async restoreAccess(ids: string | readonly string[], { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.restoreAccess(lines(ids), signal));
  }

  /** Who has lost her keys, of those who have shared something with oneself or the clinic. */
  async listRequests({ clinic, signal }: InNameOf & Cancellable = {}): Promise<HelpRequest[]> {
    return translated(() => this.#handle.helpRequests(clinic, signal)) as Promise<HelpRequest[]>;
  }

  /**
   * Gives the keys of what somebody has shared back to her new identity: she gets back what was hers, and nothing more.
   * Throws `identity_changed` or `not_verified` until safety numbers have been compared. Interrupted, it goes on when it is
   * called again.
   */
  async giveBack(dataOwnerId: string, { clinic, onProgress, signal }: InNameOf & Watched = {}): Promise<GivenBack> {
    return translated(() => this.#handle.giveBack(dataOwnerId, clinic, reporting(onProgress), signal)) as Promise<GivenBack>;
  }
}
