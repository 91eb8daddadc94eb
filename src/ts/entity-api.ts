import { TidelockError, translated } from './error.js';
import { fromLines, toJson, type Compartment, type Maker, type Rights, type Stored } from './records/value.js';
import type { SessionHandle } from './tidelock.js';
import type { Cancellable, Watched } from './watching.js';

/** Whose vault, and in whose name: without either, one's own. */
export interface InVault {
  /** The id of the vault's owner. */
  vault?: string | undefined;
  /** The clinic in whose name one acts. */
  clinic?: string | undefined;
}

/** One request, in some vault. */
export interface EntityOptions extends InVault, Cancellable {}

/** To whose identities keys may be sealed. */
export interface Accepting {
  /**
   * Data owners whose identities nobody has verified and that are taken on the platform's word, or all; see
   * `OpenOptions.trust`. Others end in `not_verified`, whose `details.owners` says whom it is about.
   */
  acceptUnverified?: readonly string[] | true | undefined;
}

/** How something is changed. */
export interface ChangeOptions extends EntityOptions, Accepting, Watched {}

/** How something is written. */
export interface WriteOptions extends ChangeOptions {
  /** The ids of the entities to which it is linked; those of a change stay as they are if nothing is said. */
  parents?: readonly string[] | undefined;
  /** Where a new entity is put; `data` if nothing is said. */
  compartment?: Compartment | undefined;
  /** Who shall have access to a new entity from the beginning. */
  shareWith?: Readonly<Record<string, Rights>> | undefined;
}

/** How something is shared. */
export interface ShareOptions extends ChangeOptions {
  /** `write`, which is reading and writing, if nothing is said. */
  rights?: Rights | undefined;
}

/** How access is revoked. */
export interface RevokeOptions extends ChangeOptions {
  /** Whether those with whom the revoked shared on keep their access, which then is the caller's to revoke. */
  keepDescendants?: boolean | undefined;
}

/** How often a change is applied. */
export interface UpdateOptions extends EntityOptions {
  /** After how many conflicts to give up; 5 if nothing is said. */
  attempts?: number | undefined;
}

/** Which entities of a type: those of one's own vault if nothing is said. */
export interface Query<T> extends EntityOptions {
  /** Only what is linked to this patient, or to any other entity; a vault owner's id is her own `Patient`. */
  patientId?: string | undefined;
  /** What others share singly, in whosever vault, instead of one vault. */
  delegated?: boolean | undefined;
  /** Only what this data owner wrote. */
  author?: string | undefined;
  /** Only what the platform stored at this time or later, epoch milliseconds. */
  from?: number | undefined;
  /** Only what the platform stored before this time. */
  to?: number | undefined;
  /** How many a page has at most. */
  limit?: number | undefined;
  /** Where the page before ended. */
  cursor?: string | undefined;
  /** What is to be found; since the platform cannot read, it is asked here, after decrypting. */
  filter?: ((entity: T) => boolean) | undefined;
}

/** Some of the entities that were asked for. */
export interface Page<T> {
  items: T[];
  /** For asking for the next page; missing if this is the last. */
  cursor?: string;
}

/** Somebody's access to an entity. */
export interface EntityAccess {
  dataOwnerId: string;
  kind: DataOwnerKind;
  rights: Rights;
  /** Epoch milliseconds. */
  since: number;
  /** Who gave it, if not the owner's vault itself. */
  by?: string;
  /** The clinic in whose name it was given. */
  inNameOf?: string;
  /** As the vault's owner; by access to the whole record; by this entity alone. */
  basis: 'owner' | 'grant' | 'delegation';
}

/** What happened to an entity. */
export interface AccessEvent {
  /** Epoch milliseconds, by the author's clock. */
  at: number;
  by: string;
  inNameOf?: string;
  what: 'created' | 'given' | 'revoked' | 'lapsed' | 'modified' | 'resealed' | 'deleted';
  /** To whom access was given, or whose it was. */
  dataOwnerId?: string;
  rights?: Rights;
}

/** Who can open an entity, by verified grants and delegations. */
export interface DataOwnersWithAccess {
  permissionsByDataOwnerId: Record<string, 'READ' | 'WRITE'>;
  access: EntityAccess[];
}

/** What a data owner can be. */
export type DataOwnerKind = 'patient' | 'practitioner' | 'device' | 'clinic';

/** Ids as the bindings take them. */
export const lines = (ids: string | readonly string[]) => [ids].flat().join('\n');

/** Whose unverified identities the bindings shall accept. */
export const accepted = (ids: Accepting['acceptUnverified']) => (ids === true ? '*' : ids && lines(ids));

/** What one request surely may have: so many entities, of so many characters together. */
const MAXIMUM_ITEMS = 1_000;
const MAXIMUM_LENGTH = 1_000_000;

const invalid = (field: string, what: string) => new TidelockError('invalid_input', `Invalid ${field}: ${what}.`, { field, reason: what });

/** What the id of an entity looks like; those of data owners look different. */
const entityId = /^[\w-]{22}$/;

/** Entities of one type. */
export class EntityApi<T extends Stored> {
  readonly #handle: SessionHandle;
  readonly #kind: string;
  readonly #make: Maker<T>;
  readonly #clinic: string | undefined;
  /** The `Patient`s that owners of vaults are, by the owners' ids. */
  readonly #owners = new Map<string, string>();

  /** @internal */
  constructor(handle: SessionHandle, kind: string, make: Maker<T>, clinic?: string) {
    this.#handle = handle;
    this.#kind = kind;
    this.#make = make;
    this.#clinic = clinic;
  }

  /**
   * Creates an entity, or changes one that was read: with the `rev` of an older revision it throws `conflict`, whose
   * `details.current` is the newest. The entity comes back at its new revision; the one passed in stays as it was.
   */
  async createOrModify(entity: T, options?: WriteOptions): Promise<T> {
    return (await this.createOrModifyMany([entity], options))[0]!;
  }

  /** The same for many, at most a thousand, in one request: all or none. */
  async createOrModifyMany(entities: readonly T[], options: WriteOptions = {}): Promise<T[]> {
    const { vault, compartment, shareWith } = options;
    const bodies = entities.map(toJson);
    if (entities.length > MAXIMUM_ITEMS || bodies.reduce((sum, body) => sum + body.length, 0) > MAXIMUM_LENGTH) {
      throw new TidelockError('too_large', 'Too large for one request; write less at once.');
    }
    const parents = options.parents && (await this.#parents(options.parents, options)).flatMap((id) => id ?? []);
    const changes = entities.map(({ id, rev, responsible }) => ({
      change: 'put',
      kind: this.#kind,
      id,
      rev,
      // What is new goes where the caller says, whatever it was copied from.
      vault: vault ?? (rev === undefined ? undefined : responsible),
      parents,
      compartment,
      shareWith: shareWith && Object.entries(shareWith),
    }));
    return this.#change(changes, bodies, options);
  }

  /** The newest revision; throws `not_found` where none is served to this user, `no_access` where no key opens it. */
  async get(id: string, options: EntityOptions = {}): Promise<T> {
    const [found] = await this.#fetch([id], options);
    if (!found) throw new TidelockError('not_found', `What has this id is no ${this.#kind}.`);
    return found;
  }

  /** In the order of the ids; those that are not served, or that no key opens, are left out. */
  async getMany(ids: readonly string[], options: EntityOptions = {}): Promise<T[]> {
    const found: T[] = [];
    for (let from = 0; from < ids.length; from += MAXIMUM_ITEMS) {
      found.push(...(await this.#fetch(ids.slice(from, from + MAXIMUM_ITEMS), options).catch(nothing)));
    }
    return found;
  }

  /** A page of entities, as they are now. */
  async list(query: Query<T> = {}): Promise<Page<T>> {
    const { patientId, clinic = this.#clinic, filter, signal, ...asked } = query;
    const [parent] = patientId === undefined ? [] : await this.#parents([patientId], query);
    if (patientId !== undefined && parent === undefined) return { items: [] };
    const found = await this.#lines(() => this.#handle.listEntities({ ...asked, kind: this.#kind, parent }, clinic, signal));
    const cursor = found.shift();
    const items = this.#entities(found);
    return { items: filter ? items.filter(filter) : items, ...(cursor && { cursor }) };
  }

  /** All that are asked for, page by page. What is changed meanwhile may come again, in its newer revision. */
  async *all(query: Query<T> = {}): AsyncGenerator<T, void, undefined> {
    let { cursor } = query;
    do {
      const page = await this.list({ ...query, cursor });
      yield* page.items;
      ({ cursor } = page);
    } while (cursor !== undefined);
  }

  /**
   * Applies a change to the newest revision of an entity, and to a newer one where somebody else was faster, a bounded
   * number of times; the last `conflict` is thrown. `change` gets an entity of its own, which it may alter or answer with
   * another; since it may be called more than once, it should do nothing else.
   */
  async update(id: string, change: (entity: T) => T | void, options: UpdateOptions = {}): Promise<T> {
    const { attempts = 5 } = options;
    for (let attempt = 1; ; attempt += 1) {
      const entity = await this.get(id, options);
      const { rev, responsible } = entity;
      const changed = { ...(change(entity) ?? entity), id, rev, responsible };
      try {
        return await this.createOrModify(changed as T, options);
      } catch (thrown) {
        if (!(thrown instanceof TidelockError) || thrown.code !== 'conflict' || attempt >= attempts) throw thrown;
      }
      // Those who were in each other's way come back at different times.
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt * (0.5 + Math.random())));
    }
  }

  /** Deletes entities, for good: their content is erased at the platform, and their ids are never used again. */
  async delete(entities: T | readonly T[], options: ChangeOptions = {}): Promise<void> {
    await this.#changeEach('delete', [entities].flat() as T[], {}, options);
  }

  /**
   * Shares an entity, and nothing but this entity, with one data owner or several: read and write, or as `rights` says.
   * It comes back at its new revision, or unchanged where all of them have that access already. A stale one is a
   * `conflict`. What is modified later is seen without sharing again.
   */
  async giveAccessTo(entity: T, to: string | readonly string[], options?: ShareOptions): Promise<T> {
    return (await this.giveAccessToMany([entity], to, options))[0]!;
  }

  /** The same for many entities. Those of one vault are one request, a thousand at a time: all of these or none. */
  giveAccessToMany(entities: readonly T[], to: string | readonly string[], options: ShareOptions = {}): Promise<T[]> {
    const { rights = 'write' } = options;
    return this.#changeEach('share', entities, { to: [to].flat().map((id) => [id, rights]) }, options);
  }

  /**
   * Takes access to an entity away from one data owner or several, and from those with whom they shared it on: what is
   * written from now on they cannot open. What they have read stays read.
   */
  async revokeAccess(entity: T, from: string | readonly string[], options: RevokeOptions = {}): Promise<T> {
    const { keepDescendants } = options;
    return (await this.#changeEach('unshare', [entity], { from: [from].flat(), keepDescendants }, options))[0]!;
  }

  /** Moves an entity of one's own into another compartment. With whom it is shared singly stays as it is. */
  async moveTo(entity: T, compartment: Compartment, options: ChangeOptions = {}): Promise<T> {
    return (await this.#changeEach('move', [entity], { compartment }, options))[0]!;
  }

  /** Who can open an entity: by verified grants and delegations, not by the platform's word. */
  async getDataOwnersWithAccessTo(entity: T, options: EntityOptions = {}): Promise<DataOwnersWithAccess> {
    const { access } = await this.#access(entity, options);
    const permissionsByDataOwnerId: DataOwnersWithAccess['permissionsByDataOwnerId'] = {};
    for (const { dataOwnerId, rights } of access) {
      if (rights === 'write') permissionsByDataOwnerId[dataOwnerId] = 'WRITE';
      else permissionsByDataOwnerId[dataOwnerId] ??= 'READ';
    }
    return { permissionsByDataOwnerId, access };
  }

  /** What happened to an entity, oldest first: who gave whom access, who took it, who wrote. */
  async getAccessHistory(entity: T, options: EntityOptions = {}): Promise<AccessEvent[]> {
    return (await this.#access(entity, options)).events;
  }

  /** Whether one may modify an entity that was read. */
  hasWriteAccess({ rights }: T): boolean {
    return rights === 'write';
  }

  /** Every entity that is asked for, once, in its newest revision. */
  protected async every(query: Query<T>): Promise<T[]> {
    const found = new Map<string | undefined, T>();
    for await (const entity of this.all({ ...query, limit: MAXIMUM_ITEMS })) found.set(entity.id, entity);
    return [...found.values()];
  }

  /** Everything that is linked to a patient: of a vault or, where none is named, of one's own and of what others share. */
  protected async ofPatient(patientId: string, options: EntityOptions = {}): Promise<T[]> {
    // Nothing said is all patients.
    const query = { ...options, patientId: patientId ?? null };
    const found = await this.every(query);
    return options.vault === undefined ? [...found, ...(await this.every({ ...query, delegated: true }))] : found;
  }

  /** The entities that are parents; in the place of the id of a vault's owner, the `Patient` that she has been from the beginning. */
  #parents(ids: readonly string[], { clinic, signal }: EntityOptions): Promise<(string | undefined)[]> {
    return Promise.all(ids.map(async (id) => {
      if (typeof id !== 'string') throw invalid('patientId', 'a text is needed');
      if (entityId.test(id)) return id;
      const known = this.#owners.get(id);
      if (known !== undefined) return known;
      const patients = new EntityApi<Stored>(this.#handle, 'Patient', (fields) => fields, this.#clinic);
      const all = await patients.every({ vault: id, clinic, signal });
      const first = all.sort((left, right) => left.created! - right.created!)[0];
      if (first) this.#owners.set(id, first.id!);
      return first?.id;
    }));
  }

  async #fetch(ids: readonly string[], { vault, clinic = this.#clinic, signal }: EntityOptions): Promise<T[]> {
    return this.#entities(await this.#lines(() => this.#handle.fetchEntities(this.#kind, lines(ids), vault, clinic, signal)));
  }

  #access(entity: T, options: EntityOptions): Promise<{ access: EntityAccess[]; events: AccessEvent[] }> {
    const { clinic = this.#clinic, signal } = options;
    return translated(async () => {
      const { id, vault } = placeOf(entity, options);
      return this.#handle.entityAccess(id, vault, clinic, signal);
    });
  }

  /** The same change to entities that were read. */
  async #changeEach(change: string, entities: readonly T[], more: object, options: ChangeOptions): Promise<T[]> {
    const changes = entities.map((entity) => ({ change, ...placeOf(entity, options), ...more }));
    return this.#change(changes, changes.map(() => ''), options);
  }

  /** The entities as the changes have left them; as many changes in one call as surely fit into one request. */
  async #change(changes: { id?: string | undefined }[], bodies: string[], options: ChangeOptions): Promise<T[]> {
    const { clinic = this.#clinic, acceptUnverified, onProgress, signal } = options;
    const ids = changes.flatMap(({ id }) => id ?? []);
    if (new Set(ids).size < ids.length) throw invalid('id', 'each entity can be changed once at a time');
    const changed: T[] = [];
    for (let from = 0; from < changes.length; from += MAXIMUM_ITEMS) {
      const to = from + MAXIMUM_ITEMS;
      const report = onProgress && ((done: number) => onProgress({ done: from + done, total: changes.length }));
      const body = bodies.slice(from, to).join('\n');
      const accept = accepted(acceptUnverified);
      const call = () => this.#handle.changeEntities(changes.slice(from, to), body, clinic, accept, report, signal);
      changed.push(...this.#entities(await this.#lines(call)));
    }
    return changed;
  }

  async #lines(call: () => Promise<Uint8Array>): Promise<string[]> {
    return new TextDecoder().decode(await translated(call)).split('\n');
  }

  #entities(lines: string[]): T[] {
    return fromLines(this.#make, lines, known);
  }
}

/** Which revision of which entity it is, and in whose vault. */
function placeOf({ id, rev, responsible }: Stored, { vault = responsible }: InVault) {
  if (!id || !rev) throw invalid('rev', 'this was never stored');
  return { id, rev, vault };
}

/** What the bindings say of an entity; its type is the API's. */
function known(json: string): Stored {
  const { kind: _, ...stored } = JSON.parse(json) as Stored & { kind: string };
  return stored;
}

/** What one alone would be missing for is left out among many. */
function nothing(thrown: unknown): [] {
  if (thrown instanceof TidelockError && (thrown.code === 'not_found' || thrown.code === 'no_access')) return [];
  throw thrown;
}
