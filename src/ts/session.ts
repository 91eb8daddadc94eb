import { DataOwnerApi } from './data-owner-api.js';
import { accepted, type Accepting } from './entity-api.js';
import { EntityApis } from './entity-apis.js';
import { TidelockError, translated, type ErrorCode } from './error.js';
import type { LiveEvent } from './events.js';
import type { KeyStore } from './key-store.js';
import { later } from './later.js';
import { ClinicMembers } from './members.js';
import type { Access, Activity, ClinicAccess, InvitingOptions, NewPersonInvitation, PersonAccess, ReceivedInvitation, SentInvitation, SharedRecord } from './people.js';
import { RecoveryApi } from './recovery-api.js';
import { reporting } from './reporting.js';
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
  /** The same as a link, for QR codes and mail; it has the whole fingerprint of the clinic's key in its fragment. */
  link: string;
  /** Until when it may be used, epoch milliseconds. */
  expires: number;
}

/** What is said of a new share code. */
export interface NewShareCode {
  /** What the clinic calls it. */
  label?: string | undefined;
  /** Until when it may be used, epoch milliseconds; for a year, which is the most, if nothing is said. */
  expires?: number | undefined;
  /** By how many patients it may be used; by any, if nothing is said. A code for so many is never shown as the clinic's. */
  uses?: number | undefined;
  /** The code that is disabled with it. */
  replaces?: string | undefined;
}

/** One of a clinic's share codes. */
export interface ListedShareCode extends PublishedCode {
  state: 'active' | 'expired' | 'used_up' | 'disabled';
  label?: string;
  /** By how many patients it may be used; by any, if there is no number. */
  uses?: number;
  /** How many have used it. */
  used: number;
  /** Whether it is the one that `getShareCode` and Tidepool's clients know as the clinic's. */
  shown: boolean;
  created: number;
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
  /** The share code with which it was sent, and what the clinic calls that code. */
  shareCode?: string;
  shareCodeLabel?: string;
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
  readonly #url: string;
  readonly user: User;
  readonly userApi: UserApi;
  readonly dataOwnerApi: DataOwnerApi;
  readonly trustApi: TrustApi;
  readonly sharingApi: SharingApi;
  readonly recoveryApi: RecoveryApi;
  readonly clinicApi: ClinicApi;

  /** @internal */
  constructor(handle: SessionHandle, user: User, store: KeyStore, tokenName: string, url: string) {
    super(handle);
    this.#handle = handle;
    this.#store = store;
    this.#tokenName = tokenName;
    this.#url = url;
    this.user = user;
    this.userApi = new UserApi(handle, user);
    this.dataOwnerApi = new DataOwnerApi(handle, user);
    this.trustApi = new TrustApi(handle);
    this.sharingApi = new SharingApi(handle);
    this.recoveryApi = new RecoveryApi(handle);
    this.clinicApi = new ClinicApi(handle);
  }

  /**
   * What changes for this person, as it changes: `for await (const event of session.events({ signal }))`. It goes on over
   * lost connections and restarts of the platform, and tells what was missed meanwhile. The first event is `ready`: what
   * is loaded after it and again after every further event is never out of date. Ends with the signal; throws
   * `not_authenticated` when the session has ended, `unsupported` where the platform has no events.
   */
  async *events({ signal }: Cancellable = {}): AsyncGenerator<LiveEvent, void> {
    const { listen } = await later('events');
    const request = () => ({
      url: `${this.#url}/v1/tidelock/events`,
      headers: { 'x-tidepool-session-token': this.#handle.token() ?? '' },
    });
    yield* listen(request, { signal });
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

/** Sharing one's record with clinics and persons. */
export class SharingApi {
  readonly #handle: SessionHandle;

  /** @internal */
  constructor(handle: SessionHandle) {
    this.#handle = handle;
  }

  /** Looks a clinic up by its share code, and checks that the code certifies the clinic's key. */
  async lookUpShareCode(code: string, { signal }: Cancellable = {}): Promise<ClinicCard> {
    return this.#card(this.#handle.lookUp(code, signal));
  }

  /**
   * The same by a share link, as it was scanned or pasted: also checks that the clinic's key is the one whose fingerprint
   * is in the link.
   */
  async lookUpShareLink(link: string, { signal }: Cancellable = {}): Promise<ClinicCard> {
    return this.#card(this.#handle.lookUpLink(link, signal));
  }

  async #card(found: Promise<ClinicCardHandle>): Promise<ClinicCard> {
    const handle = await translated(() => found);
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

  /**
   * Invites a person by her address. Where her identity is known and verified the key goes with the invitation; otherwise
   * it follows once she has an identity that is verified, for instance by the link that this gives.
   */
  async invitePerson(invitation: NewPersonInvitation, { acceptUnverified, signal }: InvitingOptions = {}): Promise<SentInvitation> {
    const { email, permissions, nickname, expires } = invitation;
    const call = () => this.#handle.invitePerson(email, permissions, nickname, expires, accepted(acceptUnverified), signal);
    return translated(call) as Promise<SentInvitation>;
  }

  /** The clinics and persons who have, or were offered, access. Invitations that have waited for it are completed first. */
  async listAccess({ signal }: Cancellable = {}): Promise<Access[]> {
    const clinics = (await translated(() => this.#handle.listAccess(signal))) as ClinicAccess[];
    const people = (await translated(() => this.#handle.listPeople(signal))) as PersonAccess[];
    return [...clinics.map((access) => withTimes(access, 'since', 'expires')), ...people];
  }

  /**
   * What happened to the access to one's record as a whole, oldest first: who was given it, who may do something else, who
   * lost it, as the signed log says; and who else wrote while he had it, as signed with each write. Reading leaves no trace
   * that anybody signs. What happened to a single entity says its `getAccessHistory`.
   */
  async listActivity({ signal }: Cancellable = {}): Promise<Activity[]> {
    const listed = (await translated(() => this.#handle.activity(signal))) as Activity[];
    return listed.sort((a, b) => a.at - b.at);
  }

  /**
   * Seals the key to everybody whose invitation waits for it and who has a verified identity by now; with
   * `acceptUnverified`, to those whom the platform shows, too. Gives how many are waiting still. It is done when a record is
   * opened and listed as well.
   */
  async completeInvitations({ acceptUnverified, signal }: Accepting & Cancellable = {}): Promise<number> {
    return translated(() => this.#handle.completeInvitations(accepted(acceptUnverified), signal)) as Promise<number>;
  }

  /** Lets the platform send the mail with a person's invitation again. */
  async resendInvitation(key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.resendInvitation(key, signal));
  }

  /** Changes what a clinic or a person may do. What was read stays read; what is written after a loss has new keys. */
  async changePermissions(id: string, permissions: Permissions, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.changePermissions(id, permissions, signal));
  }

  /** The invitations by other persons that wait for an answer. */
  async listReceivedInvitations({ signal }: Cancellable = {}): Promise<ReceivedInvitation[]> {
    const listed = (await translated(() => this.#handle.listReceivedInvitations(signal))) as ReceivedInvitation[];
    return listed.map((invitation) => withTimes(invitation, 'created'));
  }

  /**
   * Accepts another person's invitation, and remembers her identity: with the link that she gave, as verified on both
   * sides. Throws `email_not_verified` as long as one's own address is not confirmed.
   */
  async acceptInvitation(key: string, { link, signal }: Cancellable & { link?: string | undefined } = {}): Promise<void> {
    await translated(() => this.#handle.acceptPerson(key, link, signal));
  }

  /** Declines another person's invitation. Throws `email_not_verified` as accepting does. */
  async dismissInvitation(key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.dismissPerson(key, signal));
  }

  /** The records that other persons share with this one. */
  async listSharedRecords({ signal }: Cancellable = {}): Promise<SharedRecord[]> {
    return translated(() => this.#handle.listSharedRecords(signal)) as Promise<SharedRecord[]>;
  }

  /** Gives up what another person shares with this one. */
  async leave(ownerId: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.leave(ownerId, signal));
  }

  /** Takes an invitation back, or removes one that was declined or has expired from the list. */
  async cancelInvitation(key: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.cancelInvitation(key, signal));
  }

  /** Revokes the access of a clinic or a person. What was read stays read; what is written from now on cannot be opened. */
  async revoke(id: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.revoke(id, signal));
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

  /** All the clinic's share codes that certify its key, the newest first. */
  async listShareCodes(clinicId: string, { signal }: Cancellable = {}): Promise<ListedShareCode[]> {
    return translated(() => this.#handle.listShareCodes(clinicId, signal)) as Promise<ListedShareCode[]>;
  }

  /** Makes another share code; those that there are stay as they are. Administrators only, as with all changes of codes. */
  async createShareCode(clinicId: string, code: NewShareCode = {}, { signal }: Cancellable = {}): Promise<PublishedCode> {
    return translated(() => this.#handle.createShareCode(clinicId, code, signal)) as Promise<PublishedCode>;
  }

  /** Changes what the clinic calls a code. */
  async renameShareCode(clinicId: string, code: string, label: string | undefined, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.renameShareCode(clinicId, code, label, signal));
  }

  /** Disables a code for good. Invitations that were sent with it stand. */
  async disableShareCode(clinicId: string, code: string, { signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.disableShareCode(clinicId, code, signal));
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
