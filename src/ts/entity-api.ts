import { TidelockError, translated } from './error.js';
import { DataSample, sourceOf } from './records/data-sample.js';
import { HealthcareElement } from './records/healthcare-element.js';
import { Patient } from './records/patient.js';
import { fromJson, toBase64url, toJson, type RecordClass, type StoredRecord } from './records/value.js';
import type { SessionHandle } from './tidelock.js';
import type { Cancellable, Watched } from './watching.js';

/** What an import did. */
export interface Imported {
  created: number;
  alreadyThere: number;
}

/** Whose vault, and in whose name: without either, one's own. */
export interface InVault {
  /** The id of the vault's owner. */
  vault?: string | undefined;
  /** The clinic in whose name one acts. */
  clinic?: string | undefined;
}

/** One request, in some vault. */
export type EntityOptions = InVault & Cancellable;

/** How often a change is applied. */
export interface UpdateOptions extends EntityOptions {
  /** After how many conflicts to give up; 5 if nothing is said. */
  attempts?: number | undefined;
}

const reporting = (onProgress: Watched['onProgress']) =>
  onProgress && ((done: number, total: number) => onProgress({ done, total }));

/** What one request surely may have: so many entities, of so many characters together. */
const MAXIMUM_ITEMS = 1_000;
const MAXIMUM_LENGTH = 1_000_000;

/** The length of an id as text; what follows it in a line is a revision. */
const ID_LENGTH = 22;

/** 16 bytes, base64url. */
function randomId(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(16)));
}

/** Composes a write again, a few times, where another device of the owner was faster with something else. */
async function onceMore<A>(write: () => Promise<A>): Promise<A> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (thrown) {
      const { code, details } = thrown as TidelockError;
      if (code !== 'conflict' || details.current !== undefined || attempt === 4) throw thrown;
    }
  }
}

/** Entities of one type. */
export abstract class EntityApi<T extends StoredRecord<T>> {
  readonly #handle: SessionHandle;
  readonly #owner: string;
  readonly #kind: string;
  readonly #type: RecordClass<T>;

  /** @internal */
  constructor(handle: SessionHandle, owner: string, kind: string, type: RecordClass<T>) {
    this.#handle = handle;
    this.#owner = owner;
    this.#kind = kind;
    this.#type = type;
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
      const { rev } = entity;
      const changed = { ...(change(entity) ?? entity), id, rev };
      try {
        return (await this.write([changed], undefined, options))[0]!;
      } catch (thrown) {
        if (!(thrown instanceof TidelockError) || thrown.code !== 'conflict' || attempt >= attempts) throw thrown;
      }
      // Those who were in each other's way come back at different times.
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt * (0.5 + Math.random())));
    }
  }

  /** The newest revision; throws `not_found` if there is none. */
  protected async get(id: string, options?: EntityOptions): Promise<T> {
    const [found] = await this.getMany([id], options);
    if (!found) throw new TidelockError('not_found', `There is no ${this.#kind} with this id, or none that is served to this user.`);
    return found;
  }

  /** In the order of the ids; those that are not there are left out. */
  protected getMany(ids: string[], options: EntityOptions = {}): Promise<T[]> {
    return this.#read(options, ids.join('\n'), false);
  }

  /** All of a vault, or all that are linked to one patient. */
  protected list(patientId: string | undefined, options: Watched & InVault = {}): Promise<T[]> {
    return this.#read(options, patientId === undefined ? undefined : this.#parent(patientId, options), true);
  }

  /** Writes all or none, in one request. What has a `rev` replaces that revision, and nothing newer. */
  protected async write(entities: T[], patientId: string | undefined, options: EntityOptions = {}): Promise<T[]> {
    const { vault, clinic, signal } = options;
    const parent = patientId === undefined ? '' : this.#parent(patientId, options);
    const revisions = new Map(entities.map(({ id = randomId(), rev = '' }) => [id, rev]));
    if (revisions.size < entities.length) {
      throw new TidelockError('invalid_input', 'Each entity can be written once at a time.', { field: 'id' });
    }
    const bodies = entities.map(toJson);
    if (entities.length > MAXIMUM_ITEMS || bodies.reduce((sum, body) => sum + body.length, 0) > MAXIMUM_LENGTH) {
      throw new TidelockError('too_large', 'Too large for one request; write less at once.');
    }
    const names = [...revisions].map((pair) => pair.join('')).join('\n');
    const write = () =>
      this.#handle.writeRecords(vault, clinic, this.#kind, bodies.join('\n'), names, parent, undefined, signal) as Promise<string>;
    if (entities.length > 0) {
      for (const line of (await onceMore(() => translated(write))).split('\n', entities.length)) {
        revisions.set(line.slice(0, ID_LENGTH), line.slice(ID_LENGTH));
      }
    }
    return [...revisions].map(([id, rev], index) => fromJson(this.#type, id, rev, bodies[index]!)!);
  }

  /** The record to which others are linked; none if it is the vault's own, which the owner's id stands for. */
  #parent(patientId: string, { vault = this.#owner }: InVault): string {
    if (typeof patientId !== 'string') {
      throw new TidelockError('invalid_input', 'Invalid patientId: a text is needed.', { field: 'patientId' });
    }
    return patientId === vault ? '' : patientId;
  }

  async #read(options: Watched & InVault, ids: string | undefined, children: boolean): Promise<T[]> {
    const { vault, clinic, onProgress, signal } = options;
    const bytes = await translated(
      () => this.#handle.readRecords(vault, clinic, this.#kind, ids, children, reporting(onProgress), signal) as Promise<Uint8Array>,
    );
    const lines = new TextDecoder().decode(bytes).split('\n');
    const records: T[] = [];
    // After the last line feed there is an empty line.
    for (let line = 0; line + 3 < lines.length; line += 3) {
      const record = fromJson(this.#type, lines[line]!, lines[line + 1]!, lines[line + 2]!);
      if (record) records.push(record);
    }
    return records;
  }
}

/** Who patients are. Other records are linked to them. */
export class PatientApi extends EntityApi<Patient> {
  /** @internal */
  constructor(handle: SessionHandle, owner: string) {
    super(handle, owner, 'Patient', Patient);
  }

  /**
   * Creates a patient, or changes one that was read: with the `rev` of an older revision it throws `conflict`, whose
   * `details.current` is the newest. The patient comes back with her new `rev`.
   */
  async createOrModifyPatient(patient: Patient, options?: EntityOptions): Promise<Patient> {
    return (await this.write([patient], undefined, options))[0]!;
  }

  /** The same for many, at most a thousand, in one request: all or none. */
  createOrModifyPatients(patients: Patient[], options?: EntityOptions): Promise<Patient[]> {
    return this.write(patients, undefined, options);
  }

  /** The newest revision of a patient. */
  getPatient(id: string, options?: EntityOptions): Promise<Patient> {
    return this.get(id, options);
  }

  /** Patients, in the order of the ids; those that are not there are left out. */
  getPatients(ids: string[], options?: EntityOptions): Promise<Patient[]> {
    return this.getMany(ids, options);
  }

  /** All patients of a vault; in a patient's own, she is one of them. */
  listPatients(options?: Watched & InVault): Promise<Patient[]> {
    return this.list(undefined, options);
  }
}

/** Conditions and the like. `patientId` is a `Patient`'s id, or the id of the vault's owner for her own record. */
export class HealthcareElementApi extends EntityApi<HealthcareElement> {
  /** @internal */
  constructor(handle: SessionHandle, owner: string) {
    super(handle, owner, 'HealthcareElement', HealthcareElement);
  }

  /** Creates an element of a patient, or changes one that was read: see `createOrModifyPatient`. */
  async createOrModifyHealthcareElement(element: HealthcareElement, patientId: string, options?: EntityOptions): Promise<HealthcareElement> {
    return (await this.createOrModifyHealthcareElements([element], patientId, options))[0]!;
  }

  /** The same for many, at most a thousand, in one request: all or none. */
  async createOrModifyHealthcareElements(elements: HealthcareElement[], patientId: string, options?: EntityOptions): Promise<HealthcareElement[]> {
    return this.write(elements, patientId ?? null, options);
  }

  /** The newest revision of an element. */
  getHealthcareElement(id: string, options?: EntityOptions): Promise<HealthcareElement> {
    return this.get(id, options);
  }

  /** Elements, in the order of the ids; those that are not there are left out. */
  getHealthcareElements(ids: string[], options?: EntityOptions): Promise<HealthcareElement[]> {
    return this.getMany(ids, options);
  }

  /** All elements of a patient. */
  async getHealthcareElementsForPatient(patientId: string, options?: Watched & InVault): Promise<HealthcareElement[]> {
    return this.list(patientId ?? null, options);
  }

  /** All elements of a vault. */
  listHealthcareElements(options?: Watched & InVault): Promise<HealthcareElement[]> {
    return this.list(undefined, options);
  }
}

/** Data samples. `patientId` is a `Patient`'s id, or the id of the vault's owner for her own record. */
export class DataSampleApi extends EntityApi<DataSample> {
  readonly #handle: SessionHandle;

  /** @internal */
  constructor(handle: SessionHandle, owner: string) {
    super(handle, owner, 'DataSample', DataSample);
    this.#handle = handle;
  }

  /** Creates a sample of a patient, or changes one that was read: see `createOrModifyPatient`. */
  async createOrModifyDataSampleFor(patientId: string, sample: DataSample, options?: EntityOptions): Promise<DataSample> {
    return (await this.createOrModifyDataSamplesFor(patientId, [sample], options))[0]!;
  }

  /** The same for many, at most a thousand, in one request: all or none. */
  async createOrModifyDataSamplesFor(patientId: string, samples: DataSample[], options?: EntityOptions): Promise<DataSample[]> {
    return this.write(samples, patientId ?? null, options);
  }

  /** The newest revision of a sample. */
  getDataSample(id: string, options?: EntityOptions): Promise<DataSample> {
    return this.get(id, options);
  }

  /** Samples, in the order of the ids; those that are not there are left out. */
  getDataSamples(ids: string[], options?: EntityOptions): Promise<DataSample[]> {
    return this.getMany(ids, options);
  }

  /** All samples of a patient. */
  async getDataSamplesForPatient(patientId: string, options?: Watched & InVault): Promise<DataSample[]> {
    return this.list(patientId ?? null, options);
  }

  /**
   * Writes new samples, a thousand a request. Samples whose `origin` is there already are left alone, so that an import
   * that was interrupted is simply repeated.
   */
  async createDataSamples(samples: DataSample[], options: Watched & InVault = {}): Promise<Imported> {
    const { vault, clinic, onProgress, signal } = options;
    const bodies = samples.map(toJson).join('\n');
    const sources = samples.map(sourceOf).join('\n');
    const created = await translated(
      () => this.#handle.writeRecords(vault, clinic, 'DataSample', bodies, sources, undefined, reporting(onProgress), signal) as Promise<number>,
    );
    return { created, alreadyThere: samples.length - created };
  }

  /**
   * Reads all samples of a vault: verified against their authors' signatures and the owner's log, and decrypted. What
   * somebody wrote who may write, and which is no sample, is left out.
   */
  listDataSamples(options?: Watched & InVault): Promise<DataSample[]> {
    return this.list(undefined, options);
  }
}
