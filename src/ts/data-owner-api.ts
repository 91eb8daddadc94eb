import type { DataOwnerKind } from './entity-api.js';
import { translated } from './error.js';
import type { SessionHandle } from './tidelock.js';
import type { SafetyNumber, Verified } from './trust-api.js';
import type { User } from './user-api.js';
import type { Cancellable } from './watching.js';

/** Somebody who owns data, and by what her identity is known. */
export interface DataOwner {
  id: string;
  fingerprint: string;
  /** How her identity came to be known on this device; missing if it is one's own, or only the platform names it. */
  verified?: Verified;
}

/** Those who own data. */
export class DataOwnerApi {
  readonly #handle: SessionHandle;
  readonly #user: User;

  /** @internal */
  constructor(handle: SessionHandle, user: User) {
    this.#handle = handle;
    this.#user = user;
  }

  /** The id under which an account owns data: its own. */
  getDataOwnerIdOf(user: Pick<User, 'id'>): string {
    return user.id;
  }

  /** Oneself. */
  whoAmI(): DataOwner & { kind: DataOwnerKind } {
    const { id, kind } = this.#user;
    return { id, kind, fingerprint: this.#handle.fingerprint() };
  }

  /** Somebody by her id. */
  async getDataOwner(id: string, { signal }: Cancellable = {}): Promise<DataOwner> {
    const { fingerprint, verified } = (await translated(() => this.#handle.safetyNumber(id, signal))) as SafetyNumber;
    return { id, fingerprint, ...(verified && { verified }) };
  }

  /** The data owner with this e-mail address, exactly; throws `not_found` if there is none. */
  async findByEmail(email: string, { signal }: Cancellable = {}): Promise<{ id: string; kind: DataOwnerKind }> {
    return translated(() => this.#handle.findDataOwner(email, signal)) as Promise<{ id: string; kind: DataOwnerKind }>;
  }
}
