import type { DataOwnerKind } from './entity-api.js';
import { translated } from './error.js';
import type { SessionHandle } from './tidelock.js';
import type { Cancellable } from './watching.js';

/** Somebody to whom a key would be sealed for the first time. */
export interface Introduced {
  id: string;
  kind: DataOwnerKind;
  fingerprint: string;
  name?: string;
}

/** To whom keys may be sealed: see `OpenOptions.trust`. */
export type Trust = 'verified' | 'first-use' | ((who: Introduced) => boolean | Promise<boolean>);

/** How an identity came to be known: the last three are no more than somebody's word. */
export type Verified = 'shareCode' | 'safetyNumber' | 'invitationLink' | 'directory' | 'invitation' | 'firstUse';

/** What two people compare to know that the platform has exchanged neither's identity. It is the same for both. */
export interface SafetyNumber {
  /** 12 groups of 5 digits. */
  digits: string;
  /** The same and more as text for a QR code. */
  qr: string;
  /** The fingerprint of the other's identity. */
  fingerprint: string;
  /** How the other's identity is known so far. */
  verified?: Verified;
}

/** Somebody whose identity this device knows. */
export interface Acquaintance {
  id: string;
  fingerprint: string;
  verified: Verified;
  /** Epoch milliseconds. */
  since: number;
  name?: string;
}

/** Whose identities are whose. */
export class TrustApi {
  readonly #handle: SessionHandle;

  /** @internal */
  constructor(handle: SessionHandle) {
    this.#handle = handle;
  }

  /** The safety number of oneself and somebody else. */
  async safetyNumber(id: string, { signal }: Cancellable = {}): Promise<SafetyNumber> {
    return translated(() => this.#handle.safetyNumber(id, signal)) as Promise<SafetyNumber>;
  }

  /**
   * Takes somebody's identity as verified. `seen` is the safety number as the other's own device shows it, digits or what
   * was scanned; throws `invalid_input` where it differs.
   */
  async confirm(id: string, seen: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.confirmIdentity(id, seen, signal));
  }

  /** Everybody whose identity this device knows. */
  async list(): Promise<Acquaintance[]> {
    return translated(() => this.#handle.identities()) as Promise<Acquaintance[]>;
  }
}
