import type { KeyStore } from './key-store.js';
import type { Given } from './later.js';
import type { Credentials, Registration } from './open.js';
import type { ClinicAccess } from './people.js';
import type { Clinic, NewClinic, PendingInvitation, Permissions } from './session.js';
import type { PlainHandle } from './tidelock.js';
import type { User } from './user-api.js';
import type { Cancellable } from './watching.js';

/** What this file uses of those that are always there. */
let TidelockError: Given['TidelockError'], translated: Given['translated'], checkShareCode: Given['checkShareCode'], newPlainHandle: Given['newPlainHandle'];

/** Takes it: see `later`. */
export function take(given: Given): void {
  ({ TidelockError, translated, checkShareCode, newPlainHandle } = given);
}

/** A clinic that a plain platform has under a share code. Nothing shows that it is the clinic that is meant: there are no keys. */
export interface PlainClinicCard {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly verified: false;
  readonly code: string;
}

/** A patient of a clinic at a plain platform: as the platform has her, in clear. */
export interface PlainPatient {
  id: string;
  email: string;
  fullName: string;
  birthDate?: string;
  mrn?: string;
  permissions: Permissions;
  since: number;
}

/** What a clinic says of a patient when it accepts her; in clear. */
export interface PlainPatientDetails {
  fullName?: string;
  /** `YYYY-MM-DD`. */
  birthDate?: string;
  mrn?: string;
}

// Tidepool's JSON.
type PermissionMap = Partial<Record<keyof Permissions, object>>;
interface PlainClinic {
  id: string;
  name: string;
  address?: string;
  city?: string;
  country?: string;
  shareCode?: string;
}
interface Confirmation {
  key: string;
  status: string;
  clinicId?: string;
  creatorId: string;
  creator?: { profile?: { fullName?: string; patient?: { birthday?: string } } | null };
  context?: PermissionMap;
  created: string;
  expiresAt?: string;
}
interface TidepoolPatient {
  id: string;
  email?: string;
  fullName?: string;
  birthDate?: string;
  mrn?: string;
  permissions?: PermissionMap;
  createdTime: string;
}

const names = ['view', 'upload', 'note'] as const;
const mapOf = (permissions: Permissions): PermissionMap => Object.fromEntries(names.filter((name) => permissions[name]).map((name) => [name, {}]));
const permissionsOf = (map: PermissionMap = {}): Permissions => ({ view: 'view' in map, upload: 'upload' in map, note: 'note' in map });

/** How many a page of a list has. */
const PAGE = 100;

/** The requests of a session. */
class Requests {
  constructor(
    readonly handle: PlainHandle,
    readonly user: User,
  ) {}

  /** Sends a request; resolves to what the platform answers. */
  async call<A>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, { body, signal }: Cancellable & { body?: unknown } = {}): Promise<A> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return JSON.parse((await translated(() => this.handle.call(method, path, text, signal))) as string) as A;
  }

  /** The same, where Tidepool says of an empty list that it is not there. */
  async list<A>(path: string, options: Cancellable): Promise<A[]> {
    try {
      return await this.call<A[]>('GET', path, options);
    } catch (thrown) {
      if (thrown instanceof TidelockError && thrown.code === 'not_found') return [];
      throw thrown;
    }
  }

  clinic(id: string, options: Cancellable): Promise<PlainClinic> {
    return this.call<PlainClinic>('GET', `/v1/clinics/${id}`, options);
  }
}

/** Sharing one's record with clinics, at a plain platform. */
export class PlainSharingApi {
  readonly #requests: Requests;
  readonly #cards = new WeakSet<PlainClinicCard>();

  /** @internal */
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Looks a clinic up by its share code. Ask the person whether it is the clinic that gave her the code: nothing else can tell. */
  async lookUpShareCode(typed: string, options: Cancellable = {}): Promise<PlainClinicCard> {
    const code = await translated(async () => checkShareCode(String(typed ?? '')));
    let found: PlainClinic;
    try {
      found = await this.#requests.call<PlainClinic>('GET', `/v1/clinics/share_code/${code}`, options);
    } catch (thrown) {
      if (!(thrown instanceof TidelockError) || thrown.code !== 'not_found') throw thrown;
      throw new TidelockError('share_code_not_found', 'No clinic has this share code; check it with the clinic.');
    }
    const { id, name, address, city, country } = found;
    const card: PlainClinicCard = { id, name, address: [address, city, country].filter(Boolean).join(', '), verified: false, code };
    this.#cards.add(card);
    return card;
  }

  /** Invites a clinic that was looked up; its members have access once they have accepted. */
  async inviteClinic(card: PlainClinicCard, permissions: Permissions, { signal }: Cancellable = {}): Promise<void> {
    if (!this.#cards.has(card)) throw new TidelockError('invalid_input', 'Pass the object that lookUpShareCode returned.', { field: 'card' });
    const body = { shareCode: card.code, permissions: mapOf(permissions) };
    if (Object.keys(body.permissions).length === 0) throw new TidelockError('invalid_input', 'Grant at least one permission.', { field: 'permissions' });
    await this.#requests.call('POST', `/confirm/send/invite/${this.#requests.user.id}/clinic`, { body, signal });
  }

  /** The clinics that have, or were offered, access. */
  async listAccess(options: Cancellable = {}): Promise<ClinicAccess[]> {
    const { user } = this.#requests;
    const access: ClinicAccess[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const page = await this.#requests.list<{ clinic: PlainClinic; patient: TidepoolPatient }>(`/v1/patients/${user.id}/clinics?offset=${offset}&limit=${PAGE}`, options);
      for (const { clinic, patient } of page) {
        const since = Date.parse(patient.createdTime);
        access.push({ kind: 'clinic', clinicId: clinic.id, clinicName: clinic.name, verified: false, state: 'sharing', permissions: permissionsOf(patient.permissions), since });
      }
      if (page.length < PAGE) break;
    }
    for (const { key, status, clinicId, context, expiresAt } of await this.#sent(options)) {
      const { name } = await this.#requests.clinic(clinicId, options);
      const expires = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      const open = expires === undefined || expires > Date.now() ? 'pending' : 'expired';
      const state = status === 'declined' ? 'declined' : open;
      access.push({ kind: 'clinic', clinicId, clinicName: name, verified: false, state, permissions: permissionsOf(context), key, ...(expires === undefined ? {} : { expires }) });
    }
    return access;
  }

  /** Takes an invitation back, or removes one that was declined or has expired from the list. */
  async cancelInvitation(key: string, options: Cancellable = {}): Promise<void> {
    const sent = (await this.#sent(options)).find((invitation) => invitation.key === key);
    if (!sent) throw new TidelockError('not_found', 'Not found.');
    await this.#requests.call('DELETE', `/v1/clinics/${sent.clinicId}/invites/patients/${key}`, options);
  }

  /** Changes what a clinic may do. Where nothing is left, it has no access any more. */
  async changePermissions(clinicId: string, permissions: Permissions, { signal }: Cancellable = {}): Promise<void> {
    const path = `/v1/clinics/${clinicId}/patients/${this.#requests.user.id}/permissions`;
    await this.#requests.call('PUT', path, { body: mapOf(permissions), signal });
  }

  /** Ends a clinic's access. */
  async revoke(clinicId: string, options: Cancellable = {}): Promise<void> {
    await this.#requests.call('DELETE', `/v1/clinics/${clinicId}/patients/${this.#requests.user.id}`, options);
  }

  /** The invitations of clinics that were sent; Tidepool lists those of persons with them. */
  async #sent(options: Cancellable): Promise<(Confirmation & { clinicId: string })[]> {
    const sent = await this.#requests.list<Confirmation>(`/confirm/invite/${this.#requests.user.id}`, options);
    return sent.filter((invitation): invitation is Confirmation & { clinicId: string } => invitation.clinicId !== undefined);
  }
}

/** Clinics in which the person works, at a plain platform. */
export class PlainClinicApi {
  readonly #requests: Requests;

  /** @internal */
  constructor(requests: Requests) {
    this.#requests = requests;
  }

  /** Founds a clinic; the platform draws its share code. */
  async createClinic(clinic: NewClinic, { signal }: Cancellable = {}): Promise<Clinic> {
    const { id, name } = await this.#requests.call<PlainClinic>('POST', '/v1/clinics', { body: clinic, signal });
    return { id, name, administrator: true };
  }

  /** The clinics in which the person works. */
  async listClinics(options: Cancellable = {}): Promise<Clinic[]> {
    type Membership = { clinic: PlainClinic; clinician: { roles: string[] } };
    const listed = await this.#requests.list<Membership>(`/v1/clinicians/${this.#requests.user.id}/clinics?limit=1000`, options);
    return listed.map(({ clinic: { id, name }, clinician }) => ({ id, name, administrator: clinician.roles.includes('CLINIC_ADMIN') }));
  }

  /** The clinic's share code. It certifies nothing, and does not expire. */
  async getShareCode(clinicId: string, options: Cancellable = {}): Promise<{ code: string }> {
    const { shareCode } = await this.#requests.clinic(clinicId, options);
    if (shareCode === undefined) throw new TidelockError('forbidden', 'Not allowed: only members see the share code.');
    return { code: shareCode };
  }

  /** The invitations that wait for an answer. */
  async listInvitations(clinicId: string, options: Cancellable = {}): Promise<PendingInvitation[]> {
    const listed = await this.#requests.list<Confirmation>(`/v1/clinics/${clinicId}/invites/patients`, options);
    return listed.map(({ key, creatorId, creator, context, created, expiresAt }) => {
      const birthDate = creator?.profile?.patient?.birthday;
      return {
        key,
        patientId: creatorId,
        fullName: creator?.profile?.fullName ?? '',
        ...(birthDate ? { birthDate } : {}),
        permissions: permissionsOf(context),
        created: Date.parse(created),
        ...(expiresAt ? { expires: Date.parse(expiresAt) } : {}),
      };
    });
  }

  /** Accepts an invitation; `details` replace what the patient's profile says. */
  async accept(clinicId: string, key: string, { details = {}, signal }: Cancellable & { details?: PlainPatientDetails } = {}): Promise<void> {
    await this.#requests.call('PUT', `/v1/clinics/${clinicId}/invites/patients/${key}`, { body: details, signal });
  }

  /** Declines an invitation. */
  async decline(clinicId: string, key: string, options: Cancellable = {}): Promise<void> {
    await this.#requests.call('DELETE', `/v1/clinics/${clinicId}/invites/patients/${key}`, options);
  }

  /** The patients who share with the clinic. */
  async listPatients(clinicId: string, options: Cancellable = {}): Promise<PlainPatient[]> {
    const patients: PlainPatient[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const { data } = await this.#requests.call<{ data: TidepoolPatient[] }>('GET', `/v1/clinics/${clinicId}/patients?offset=${offset}&limit=${PAGE}`, options);
      for (const { id, email = '', fullName = '', birthDate, mrn, permissions, createdTime } of data) {
        const known = { ...(birthDate ? { birthDate } : {}), ...(mrn ? { mrn } : {}) };
        patients.push({ id, email, fullName, ...known, permissions: permissionsOf(permissions), since: Date.parse(createdTime) });
      }
      if (data.length < PAGE) return patients;
    }
  }

  /** Ends what a patient shares with the clinic; for its administrators. */
  async removePatient(clinicId: string, patientId: string, options: Cancellable = {}): Promise<void> {
    await this.#requests.call('DELETE', `/v1/clinics/${clinicId}/patients/${patientId}`, options);
  }
}

/**
 * A session with a platform that has Tidepool's routes and no others. There are no keys, and nothing is encrypted: clinics are
 * found, invited and removed, and what they are shown is what the platform shows them. Everything else that a `Session` has
 * throws `unsupported`.
 */
export class PlainSession implements Disposable {
  readonly #handle: PlainHandle;
  readonly #store: KeyStore;
  readonly #tokenName: string;
  readonly user: User;
  readonly sharingApi: PlainSharingApi;
  readonly clinicApi: PlainClinicApi;

  /** @internal */
  constructor(handle: PlainHandle, user: User, store: KeyStore, tokenName: string) {
    const requests = new Requests(handle, user);
    this.#handle = handle;
    this.#store = store;
    this.#tokenName = tokenName;
    this.user = user;
    this.sharingApi = orElse(new PlainSharingApi(requests), () => refused);
    this.clinicApi = orElse(new PlainClinicApi(requests), () => refused);
  }

  /** Renews the session before it expires. */
  async refresh({ signal }: Cancellable = {}): Promise<void> {
    await translated(() => this.#handle.refresh(signal));
    await this.#store.put(this.#tokenName, this.#handle.token());
  }

  /** Ends the session. */
  async signOut({ signal }: Cancellable = {}): Promise<void> {
    await this.#store.delete(this.#tokenName);
    await translated(() => this.#handle.signOut(signal));
  }

  /** Forgets the session. */
  [Symbol.dispose](): void {
    this.#handle.free();
  }
}

const unsupported = () => new TidelockError('unsupported', 'This platform does not support that: it has no keys.');

/** A method that an API does not have here. */
const refused = async () => Promise.reject(unsupported());

/** An API, or a function, that a session does not have here: whatever is called of it throws `unsupported`. */
const missing = () =>
  new Proxy(refused, {
    apply: () => {
      throw unsupported();
    },
    get: (_, name) => (typeof name === 'symbol' || name === 'then' ? undefined : refused),
  });

/** The same object; whatever it does not have is what `otherwise` makes. */
function orElse<A extends object>(target: A, otherwise: () => unknown): A {
  return new Proxy(target, {
    get: (there, name) => {
      // A promise asks everything for `then`, JSON for `toJSON`.
      if (typeof name !== 'symbol' && !(name in there) && name !== 'then' && name !== 'toJSON') return otherwise();
      const value: unknown = Reflect.get(there, name, there);
      return typeof value === 'function' ? value.bind(there) : value;
    },
  });
}

/** Where a plain session is, and where its token is kept. */
export interface PlainPlace {
  url: string;
  store: KeyStore;
  tokenName: string;
}

/** A new account; name and birth date become its profile, in clear. */
export async function signUpPlain({ url, store, tokenName }: PlainPlace, account: Registration, { signal }: Cancellable): Promise<PlainSession> {
  const handle = await begun(url);
  const made = await translated(() => handle.signUp(account, signal) as Promise<Account>);
  const { fullName, birthDate, kind } = account;
  const patient = kind === 'patient' ? { patient: birthDate === undefined ? {} : { birthday: birthDate } } : {};
  const requests = new Requests(handle, { ...made, fullName });
  await requests.call('PUT', `/metadata/${made.id}/profile`, { body: { fullName, ...patient }, signal });
  await store.put(tokenName, handle.token());
  return orElse(new PlainSession(handle, requests.user, store, tokenName), missing);
}

/** Goes on with a session, or begins one with what `credentials` has. */
export async function openPlain({ url, store, tokenName }: PlainPlace, credentials: Credentials | { token: string }, { signal }: Cancellable): Promise<PlainSession> {
  const handle = await begun(url, 'token' in credentials ? credentials.token : undefined);
  const opening = () => ('token' in credentials ? handle.account(signal) : handle.signIn(credentials.email, credentials.password, signal));
  const account = await translated(() => opening() as Promise<Account>);
  const profile = await profileOf(new Requests(handle, { ...account, fullName: '' }), { signal });
  await store.put(tokenName, handle.token());
  return orElse(new PlainSession(handle, { ...account, fullName: profile?.fullName ?? '' }, store, tokenName), missing);
}

type Account = Omit<User, 'fullName'>;

const begun = (url: string, token?: string) => translated(async () => newPlainHandle(url, token));

/** The account's profile, which not every account has. */
async function profileOf(requests: Requests, options: Cancellable): Promise<{ fullName?: string } | undefined> {
  try {
    return await requests.call<{ fullName?: string }>('GET', `/metadata/${requests.user.id}/profile`, options);
  } catch (thrown) {
    if (thrown instanceof TidelockError && thrown.code === 'not_found') return undefined;
    throw thrown;
  }
}
