import { DataOwnerApi } from './data-owner-api.js';
import { reporting } from './entity-api.js';
import { EntityApis } from './entity-apis.js';
import { TidelockError, translated, type ErrorCode } from './error.js';
import type { KeyStore } from './key-store.js';
import { ClinicMembers } from './members.js';
import { RecoveryApi } from './recovery-api.js';
import type { ClinicCardHandle, SessionHandle } from './tidelock.js';
import { TrustApi } from './trust-api.js';
import { UserApi, type User } from './user-api.js';
import type { Cancellable, Watched } from './watching.js';

/** Tidepool's permissions: read the record, add to it, read and write notes. */
export interface Permissions {
  view: boolean;
  upload: boolean;
  note: boolean;
}

/** A clinic that was looked up by its share code; `verified` because the code certifies its key. */
export interface ClinicCard {
  readonly id: string;
  /** The name in the clinic's signed statement. */
  readonly name: string;
  readonly address: string;
  readonly verified: true;
  readonly fingerprint: string;
  /** Until when the code may be used, epoch milliseconds. */
  readonly expires: number;
  readonly code: string;
}

/** A clinic that has, or was offered, access. */
export interface Access {
  clinicId: string;
  clinicName: string;
  verified: boolean;
  state: 'pending' | 'sharing' | 'declined' | 'expired';
  permissions: Permissions;
  /** Since when the grant stands, epoch milliseconds. */
  since?: number;
  /** Until when the clinic may accept, epoch milliseconds. */
  expires?: number;
  /** The key of the invitation, while there is one. */
  key?: string;
}

/** A clinic in which the person works. */
export interface Clinic {
  id: string;
  name: string;
  administrator: boolean;
}

/** What is said of a new clinic; all of it but keys is in clear at the platform. */
export interface NewClinic {
  name: string;
  address?: string;
  city?: string;
  country?: string;
}

/** A share code that certifies its clinic's key. */
export interface PublishedCode {
  code: string;
  /** Until when it may be used, epoch milliseconds. */
  expires: number;
}

/** A patient who asks to share her record. Name and birth date are her word. */
export interface PendingInvitation {
  key: string;
  patientId: string;
  fullName: string;
  birthDate?: string;
  permissions: Permissions;
  created: number;
  expires?: number;
  /** Why it can only be declined: `tampered`, `identity_changed` … The name is then the one that was pinned, if any. */
  problem?: ErrorCode;
}

/** A patient who shares her record with a clinic. */
export interface ClinicPatient {
  id: string;
  fullName: string;
  birthDate?: string;
  permissions: Permissions;
  since: number;
  /** Why her details are not shown: `tampered`, `identity_changed` … The name is then the one that was pinned, if any. */
  problem?: ErrorCode;
}

/** Cards belong to the handle with the verified keys; an application cannot make one up. */
const cards = new WeakMap<ClinicCard, ClinicCardHandle>();

function handleOf(card: ClinicCard): ClinicCardHandle {
  const handle = cards.get(card);
  if (handle) return handle;
  throw new TidelockError('invalid_input', 'Pass the object that lookUpShareCode returned.', { field: 'card' });
}

/** Times as Tidepool writes them, RFC 3339, as epoch milliseconds. */
const withTimes = <A extends object>(value: A, ...names: (keyof A)[]): A => {
  const timed: Partial<A> = { ...value };
  for (const name of names) {
    const time = value[name];
    if (typeof time === 'string') timed[name] = Date.parse(time) as A[typeof name];
    else if (time === null || time === undefined) delete timed[name];
  }
  return timed as A;
};

/** A person's session, with her keys. Close it with `signOut`, or `using`. */
export class Session extends EntityApis implements Disposable {
  readonly #handle: SessionHandle;
  readonly #store: KeyStore;
  readonly #tokenName: string;
  readonly user: User;
  readonly userApi: UserApi;
  readonly dataOwnerApi: DataOwnerApi;
  readonly trustApi: TrustApi;
  readonly sharingApi: SharingApi;
  readonly recoveryApi: RecoveryApi;
  readonly clinicApi: ClinicApi;

  /** @internal */
  constructor(handle: SessionHandle, user: User, store: KeyStore, tokenName: string) {
    super(handle);
    this.#handle = handle;
    this.#store = store;
    this.#tokenName = tokenName;
    this.user = user;
    this.userApi = new UserApi(handle, user);
    this.dataOwnerApi = new DataOwnerApi(handle, user);
    this.trustApi = new TrustApi(handle);
    this.sharingApi = new SharingApi(handle);
    this.recoveryApi = new RecoveryApi(handle);
    this.clinicApi = new ClinicApi(handle);
  }

  /** The same APIs in the name of a clinic in which the person works: its vault is then the own one. */
  forClinic(clinicId: string): EntityApis {
    return new EntityApis(this.#handle, clinicId);
  }

  /** The fingerprint of one's own identity. */
  get fingerprint(): string {
    return this.#handle.fingerprint();
  }

  /** The recovery code, until `confirmRecoveryCode` has been called with it; it is never shown again afterwards. */
  async recoveryCode(): Promise<string | undefined> {
    return translated(() => this.#handle.recoveryCode());
  }

  /** Takes what the person typed from her copy of the recovery code; throws `invalid_recovery_code` if it differs. */
  async confirmRecoveryCode(typed: string): Promise<void> {
    await translated(() => this.#handle.confirmRecoveryCode(typed));
  }

  /** Renews the session before it expires. */
  async refresh({ signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.refresh(signal));
    await this.#store.put(this.#tokenName, this.#handle.token());
  }

  /** Ends the session. The keys stay on the device, locked to it. */
  async signOut({ signal }: Cancellable = {}): Promise<void> {
    await this.#store.delete(this.#tokenName);
    await translated(() => this.#handle.signOut(signal));
  }

  /** Wipes what the session holds in memory. */
  [Symbol.dispose](): void {
    this.#handle.free();
  }
}

/** Sharing one's record with clinics. */
export class SharingApi {
  readonly #handle: SessionHandle;

  /** @internal */
  constructor(handle: SessionHandle) {
    this.#handle = handle;
  }

  /** Looks a clinic up by its share code, and checks that the code certifies the clinic's key. */
  async lookUpShareCode(code: string, { signal }: Cancellable = {}): Promise<ClinicCard> {
    const handle = await translated(() => this.#handle.lookUp(code, signal));
    const { id, name, address, fingerprint, expires } = handle;
    const card: ClinicCard = { id, name, address, verified: true, fingerprint, expires, code: handle.code };
    cards.set(card, handle);
    return card;
  }

  /** Takes a clinic's identity as verified that was looked up by its share code, without inviting it. */
  async confirmClinic(card: ClinicCard): Promise<void> {
    await translated(async () => this.#handle.confirmClinic(handleOf(card)));
  }

  /** Hands the key to one's record to a clinic that was looked up; its members can read once they have accepted. */
  async inviteClinic(card: ClinicCard, permissions: Permissions, { signal }: Cancellable = {}): Promise<void> {
    await translated(async () => this.#handle.inviteClinic(handleOf(card), permissions, signal));
  }

  /** The clinics that have, or were offered, access. */
  async listAccess({ signal }: Cancellable = {}): Promise<Access[]> {
    const listed = (await translated(() => this.#handle.listAccess(signal))) as Access[];
    return listed.map((access) => withTimes(access, 'since', 'expires'));
  }

  /** Takes an invitation back, or removes one that was declined or has expired from the list. */
  async cancelInvitation(key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.cancelInvitation(key, signal));
  }

  /** Revokes a clinic's access. What it has read stays read; what is written from now on it cannot open. */
  async revoke(clinicId: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.revoke(clinicId, signal));
  }

  /**
   * Seals anew, under keys that nobody has who lost access, what somebody could still open who did, or everything (`all`).
   * Without it that happens when an entity is changed next. It can be interrupted, and repeated. `left` is how many
   * cannot be opened.
   */
  async resealRecord({ all = false, onProgress, signal }: Watched & { all?: boolean } = {}): Promise<{ done: number; left: number }> {
    return translated(() => this.#handle.resealRecord(all, reporting(onProgress), signal)) as Promise<{ done: number; left: number }>;
  }
}

/** Clinics in which the person works. */
export class ClinicApi extends ClinicMembers {
  readonly #handle: SessionHandle;

  /** @internal */
  constructor(handle: SessionHandle) {
    super(handle);
    this.#handle = handle;
  }

  /** Founds a clinic: its keys, and a share code that certifies them. */
  async createClinic(clinic: NewClinic, { signal }: Cancellable = {}): Promise<Clinic> {
    return translated(() => this.#handle.createClinic(clinic, signal)) as Promise<Clinic>;
  }

  /** The clinics in which the person works. */
  async listClinics({ signal }: Cancellable = {}): Promise<Clinic[]> {
    return translated(() => this.#handle.listClinics(signal)) as Promise<Clinic[]>;
  }

  /** The clinic's share code, after checking, as a patient's client would, that it certifies the clinic's key. */
  async getShareCode(clinicId: string, { signal }: Cancellable = {}): Promise<PublishedCode> {
    return translated(() => this.#handle.shareCode(clinicId, signal)) as Promise<PublishedCode>;
  }

  /** The invitations that wait for an answer. */
  async listInvitations(clinicId: string, { signal }: Cancellable = {}): Promise<PendingInvitation[]> {
    const listed = (await translated(() => this.#handle.listInvitations(clinicId, signal))) as PendingInvitation[];
    return listed.map((invitation) => withTimes(invitation, 'created', 'expires'));
  }

  /** Accepts an invitation, and pins the patient's identity. */
  async accept(clinicId: string, key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.acceptInvitation(clinicId, key, signal));
  }

  /** Declines an invitation. */
  async decline(clinicId: string, key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.declineInvitation(clinicId, key, signal));
  }

  /** The patients who share their records. */
  async listPatients(clinicId: string, { signal }: Cancellable = {}): Promise<ClinicPatient[]> {
    const listed = (await translated(() => this.#handle.listPatients(clinicId, signal))) as ClinicPatient[];
    return listed.map((patient) => withTimes(patient, 'since'));
  }
}
