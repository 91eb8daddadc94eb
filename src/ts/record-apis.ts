import { EntityApi, reporting, type ChangeOptions, type EntityOptions, type InVault, type WriteOptions } from './entity-api.js';
import { translated } from './error.js';
import { DataSample, sourceOf } from './records/data-sample.js';
import { HealthcareElement } from './records/healthcare-element.js';
import { Patient } from './records/patient.js';
import { fromLines, toJson } from './records/value.js';
import { inPieces, rest } from './rest.js';
import type { SessionHandle } from './tidelock.js';
import type { Watched } from './watching.js';

/** What an import did. */
export interface Imported {
  created: number;
  alreadyThere: number;
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
    const bodies = (await inPieces(samples, toJson)).join('\n');
    const sources = (await inPieces(samples, sourceOf)).join('\n');
    const created = await translated(
      () => this.#handle.writeRecords(vault, clinic, 'DataSample', bodies, sources, reporting(onProgress), signal) as Promise<number>,
    );
    return { created, alreadyThere: samples.length - created };
  }

  /**
   * Reads all samples of a vault, at once: verified against their authors' signatures and the owner's log, and decrypted.
   * What somebody wrote who may write, and which is no sample, is left out. Of what the package sets they have `id` and
   * `rev` only.
   */
  async listDataSamples(options: Watched & InVault = {}): Promise<DataSample[]> {
    const { vault, clinic = this.#clinic, onProgress, signal } = options;
    const bytes = await translated(
      () => this.#handle.readRecords(vault, clinic, 'DataSample', reporting(onProgress), signal) as Promise<Uint8Array>,
    );
    const lines = new TextDecoder().decode(bytes).split('\n');
    const samples: DataSample[] = [];
    for (let from = 0; from < lines.length; from += PIECE) {
      // With the line after the last one, as all of them have it.
      for (const sample of fromLines(newSample, lines.slice(from, from + PIECE + 1), (rev) => ({ rev }))) samples.push(sample);
      await rest();
    }
    return samples;
  }
}

/** How many lines are read before others may have their turn: those of 500 records. */
const PIECE = 1_500;

const newSample = (fields: object) => new DataSample(fields);
