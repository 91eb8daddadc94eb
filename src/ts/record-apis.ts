import { EntityApi, type ChangeOptions, type EntityOptions, type InVault, type WriteOptions } from './entity-api.js';
import { translated } from './error.js';
import { DataSample, sourceOf } from './records/data-sample.js';
import { HealthcareElement } from './records/healthcare-element.js';
import { Patient } from './records/patient.js';
import { fromLines, toJson } from './records/value.js';
import { reporting } from './reporting.js';
import { rest } from './rest.js';
import { NewRecords, type SessionHandle } from './tidelock.js';
import type { Watched } from './watching.js';

/** What an import did. */
export interface Imported {
  created: number;
  alreadyThere: number;
}

/** Some of the samples of a vault, while they are read. */
export interface ReadDataSamples {
  /** New ones, and those that have another revision than before. */
  items: DataSample[];
  /** The ids of samples that came before and are not there any more. */
  removed: string[];
}

/** Writing for a patient, who is its parent. */
export type ForPatientOptions = Omit<WriteOptions, 'parents'>;

const linked = (patientId: string, options?: ForPatientOptions): WriteOptions => ({ ...options, parents: [patientId] });

/** Who patients are. Other records are linked to them. */
export class PatientApi extends EntityApi<Patient> {
  /** @internal */
  constructor(handle: SessionHandle, clinic?: string) {
    super(handle, 'Patient', (fields) => new Patient(fields), clinic);
  }

  /** See `createOrModify`. */
  createOrModifyPatient(patient: Patient, options?: WriteOptions): Promise<Patient> {
    return this.createOrModify(patient, options);
  }

  /** See `createOrModifyMany`. */
  createOrModifyPatients(patients: readonly Patient[], options?: WriteOptions): Promise<Patient[]> {
    return this.createOrModifyMany(patients, options);
  }

  /** See `get`. */
  getPatient(id: string, options?: EntityOptions): Promise<Patient> {
    return this.get(id, options);
  }

  /** See `getMany`. */
  getPatients(ids: readonly string[], options?: EntityOptions): Promise<Patient[]> {
    return this.getMany(ids, options);
  }

  /** See `delete`. What is linked to the patient stays. */
  deletePatient(patient: Patient, options?: ChangeOptions): Promise<void> {
    return this.delete(patient, options);
  }

  /** All patients of a vault; in a patient's own, she is one of them. */
  listPatients(options: EntityOptions = {}): Promise<Patient[]> {
    return this.every(options);
  }
}

/** Conditions and the like. `patientId` is a `Patient`'s id, or the id of the vault's owner for her own record. */
export class HealthcareElementApi extends EntityApi<HealthcareElement> {
  /** @internal */
  constructor(handle: SessionHandle, clinic?: string) {
    super(handle, 'HealthcareElement', (fields) => new HealthcareElement(fields), clinic);
  }

  /** Creates an element of a patient, or changes one that was read: see `createOrModify`. */
  async createOrModifyHealthcareElement(element: HealthcareElement, patientId: string, options?: ForPatientOptions): Promise<HealthcareElement> {
    return this.createOrModify(element, linked(patientId, options));
  }

  /** The same for many, at most a thousand, in one request: all or none. */
  async createOrModifyHealthcareElements(
    elements: readonly HealthcareElement[], patientId: string, options?: ForPatientOptions,
  ): Promise<HealthcareElement[]> {
    return this.createOrModifyMany(elements, linked(patientId, options));
  }

  /** See `get`. */
  getHealthcareElement(id: string, options?: EntityOptions): Promise<HealthcareElement> {
    return this.get(id, options);
  }

  /** See `getMany`. */
  getHealthcareElements(ids: readonly string[], options?: EntityOptions): Promise<HealthcareElement[]> {
    return this.getMany(ids, options);
  }

  /** All elements of a patient: in a vault or, where none is named, in one's own and among what others share. */
  getHealthcareElementsForPatient(patientId: string, options?: EntityOptions): Promise<HealthcareElement[]> {
    return this.ofPatient(patientId, options);
  }

  /** All elements of a vault. */
  listHealthcareElements(options: EntityOptions = {}): Promise<HealthcareElement[]> {
    return this.every(options);
  }
}

/** Data samples. `patientId` is a `Patient`'s id, or the id of the vault's owner for her own record. */
export class DataSampleApi extends EntityApi<DataSample> {
  readonly #handle: SessionHandle;
  readonly #clinic: string | undefined;

  /** @internal */
  constructor(handle: SessionHandle, clinic?: string) {
    super(handle, 'DataSample', newSample, clinic);
    this.#handle = handle;
    this.#clinic = clinic;
  }

  /** Creates a sample of a patient, or changes one that was read: see `createOrModify`. */
  async createOrModifyDataSampleFor(patientId: string, sample: DataSample, options?: ForPatientOptions): Promise<DataSample> {
    return this.createOrModify(sample, linked(patientId, options));
  }

  /** The same for many, at most a thousand, in one request: all or none. */
  async createOrModifyDataSamplesFor(patientId: string, samples: readonly DataSample[], options?: ForPatientOptions): Promise<DataSample[]> {
    return this.createOrModifyMany(samples, linked(patientId, options));
  }

  /** See `get`. */
  getDataSample(id: string, options?: EntityOptions): Promise<DataSample> {
    return this.get(id, options);
  }

  /** See `getMany`. */
  getDataSamples(ids: readonly string[], options?: EntityOptions): Promise<DataSample[]> {
    return this.getMany(ids, options);
  }

  /** All samples of a patient: in a vault or, where none is named, in one's own and among what others share. */
  getDataSamplesForPatient(patientId: string, options?: EntityOptions): Promise<DataSample[]> {
    return this.ofPatient(patientId, options);
  }

  /**
   * Writes new samples, a thousand a request. Samples whose `origin` is there already are left alone, so that an import
   * that was interrupted is simply repeated.
   */
  async createDataSamples(samples: readonly DataSample[], options: Watched & InVault = {}): Promise<Imported> {
    const { vault, clinic = this.#clinic, onProgress, signal } = options;
    const records = new NewRecords();
    for (let from = 0; from < samples.length; from += PIECE) {
      const piece = samples.slice(from, from + PIECE);
      records.add(piece.map(toJson).join('\n'), piece.map(sourceOf).join('\n'));
      await rest();
    }
    const created = await translated(
      () => this.#handle.writeRecords(vault, clinic, 'DataSample', records, reporting(onProgress), signal) as Promise<number>,
    );
    return { created, alreadyThere: samples.length - created };
  }

  /**
   * Reads all samples of a vault, and gives them as they are decrypted, while the rest is still on its way: in the order in
   * which they were written, since an author's writes are verified from the first one on. Each that is given has been
   * verified against its author's signature and the owner's log; that nothing is missing is known when the last one came
   * without an error. What was changed later comes again, in its newer revision, and what was deleted later is `removed`.
   *
   * What somebody wrote who may write, and which is no sample, is left out. Of what the package sets, samples have `id` and
   * `rev` only. Whoever stops before the end, or aborts `signal`, stops the reading.
   */
  async *readDataSamples(options: Watched & InVault = {}): AsyncGenerator<ReadDataSamples, void, undefined> {
    const { vault, clinic = this.#clinic, onProgress, signal } = options;
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    const handedOver: [lines: Uint8Array, removed: string][] = [];
    let ended = false;
    let wake = () => {};
    const handOver = (lines: Uint8Array, removed: string) => {
      handedOver.push([lines, removed]);
      wake();
    };
    const read = () => this.#handle.readRecords(vault, clinic, 'DataSample', handOver, reporting(onProgress), stop.signal);
    const reading = translated(read).finally(() => {
      ended = true;
      wake();
    });
    // Whoever waits for the next samples hears of it below.
    reading.catch(() => undefined);
    try {
      while (!ended || handedOver.length > 0) {
        const next = handedOver.shift();
        if (next) yield* samplesOf(...next);
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      await reading;
    } finally {
      signal?.removeEventListener('abort', abort);
      abort();
    }
  }

  /** The same, at once: all samples of a vault in their newest revisions. */
  async listDataSamples(options: Watched & InVault = {}): Promise<DataSample[]> {
    const samples = new Map<string, DataSample>();
    for await (const { items, removed } of this.readDataSamples(options)) {
      for (const id of removed) samples.delete(id);
      for (const sample of items) samples.set(sample.id!, sample);
    }
    return [...samples.values()];
  }
}

/** Samples as the bindings hand them over, a few hundred at a time. */
async function* samplesOf(bytes: Uint8Array, removed: string): AsyncGenerator<ReadDataSamples, void, undefined> {
  const lines = new TextDecoder().decode(bytes).split('\n');
  const gone = removed === '' ? [] : removed.split('\n');
  for (let from = 0; from === 0 || from + 1 < lines.length; from += LINES * PIECE) {
    const piece = lines.slice(from, from + LINES * PIECE);
    // With an empty line after the last one, as all of them have it.
    const items = fromLines(newSample, [...piece, ''], (rev) => ({ rev }));
    // What was a sample and is none any more.
    const ids = new Set(items.map(({ id }) => id));
    const others = piece.filter((id, index) => index % LINES === 0 && id !== '' && !ids.has(id));
    yield { items, removed: from === 0 ? [...gone, ...others] : others };
    await rest();
  }
}

/** How many records are written or read before others may have their turn. */
const PIECE = 250;

/** How many lines the bindings hand over for a record. */
const LINES = 3;

const newSample = (fields: object) => new DataSample(fields);
