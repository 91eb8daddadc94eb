import { accepted, lines, type Accepting } from './entity-api.js';
import { translated } from './error.js';
import type { Rights } from './records/value.js';
import type { SessionHandle } from './tidelock.js';
import type { Cancellable } from './watching.js';

/** A person, or a device that writes and reads by itself. */
export type UserKind = 'patient' | 'practitioner' | 'device';

/** The person of a session. The name is known to her own devices and to those she shares with, not to the platform. */
export interface User {
  id: string;
  email: string;
  kind: UserKind;
  fullName: string;
}

/** How a record is shared. */
export interface FutureSharingOptions extends Accepting, Cancellable {
  /** `write`, which is reading and adding, if nothing is said. */
  rights?: Rights | undefined;
}

/** Somebody with whom a record is shared without being asked each time. */
export interface AudienceMember {
  dataOwnerId: string;
  /** Since when, epoch milliseconds. */
  since: number;
  /** Whether all older data were shared, too. */
  everything: boolean;
  rights: Rights;
}

/** The account, and with whom its data are shared without being asked each time. */
export class UserApi {
  readonly #handle: SessionHandle;
  readonly #user: User;

  /** @internal */
  constructor(handle: SessionHandle, user: User) {
    this.#handle = handle;
    this.#user = user;
  }

  /** Whose session it is. */
  async getLoggedUser(): Promise<User> {
    return this.#user;
  }

  /**
   * Shares what is created from now on. Older data stay with those who have them, also when they are modified; what the
   * others create is theirs to share.
   */
  shareAllFutureDataWith(ids: string | readonly string[], options: FutureSharingOptions = {}): Promise<void> {
    return this.#share('shareFuture', ids, options);
  }

  /** Stops sharing what is created from now on. What was shared until now stays shared. */
  async stopSharingDataWith(ids: string | readonly string[], { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.stopSharing(lines(ids), signal));
  }

  /**
   * Shares everything that is there, in one request, whatever it is, and what is created from now on, until
   * `stopSharingDataWith`: but no notes and nothing private.
   */
  shareAllDataWith(ids: string | readonly string[], options: FutureSharingOptions = {}): Promise<void> {
    return this.#share('shareAll', ids, options);
  }

  /** With whom the record is shared, clinics included. */
  async getAutomaticSharing({ signal }: Cancellable = {}): Promise<AudienceMember[]> {
    return translated(() => this.#handle.automaticSharing(signal)) as Promise<AudienceMember[]>;
  }

  /** Confirms the account's address with the end of the link that was sent to it: what follows `/verify/`. */
  async verifyEmail(key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.verifyEmail(key, signal));
  }

  /** Lets the platform send another such link. Throws `forbidden` if the address is confirmed. */
  async resendVerification({ signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.resendVerification(signal));
  }

  async #share(how: 'shareFuture' | 'shareAll', ids: string | readonly string[], options: FutureSharingOptions): Promise<void> {
    const { rights = 'write', acceptUnverified, signal } = options;
    await translated(() => this.#handle[how](lines(ids), rights, accepted(acceptUnverified), signal));
  }
}
