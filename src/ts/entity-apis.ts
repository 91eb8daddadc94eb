import { AttachmentApi } from './attachments.js';
import { EntityApi } from './entity-api.js';
import { TidelockError } from './error.js';
import { DataSampleApi, HealthcareElementApi, PatientApi } from './record-apis.js';
import type { Stored } from './records/value.js';
import type { SessionHandle } from './tidelock.js';

/** The types that have APIs, and classes, of their own. */
const known = ['Patient', 'HealthcareElement', 'DataSample'];

/** The APIs of entities, in the name of a person or of a clinic. */
export class EntityApis {
  readonly #handle: SessionHandle;
  readonly #clinic: string | undefined;
  readonly patientApi: PatientApi;
  readonly healthcareElementApi: HealthcareElementApi;
  readonly dataSampleApi: DataSampleApi;
  readonly attachmentApi: AttachmentApi;

  /** @internal */
  constructor(handle: SessionHandle, clinic?: string) {
    this.#handle = handle;
    this.#clinic = clinic;
    this.patientApi = new PatientApi(handle, clinic);
    this.healthcareElementApi = new HealthcareElementApi(handle, clinic);
    this.dataSampleApi = new DataSampleApi(handle, clinic);
    this.attachmentApi = new AttachmentApi(handle, clinic);
  }

  /**
   * Entities of a type of the application's own: plain objects that JSON can hold. The type's name, 1 to 64 letters,
   * digits and dots, is in clear at the platform. Members that `Stored` names are the package's, and not stored.
   */
  entityApi<T extends object>(type: string): EntityApi<T & Stored> {
    if (!/^[A-Za-z][A-Za-z0-9.]{0,63}$/.test(type) || known.includes(type)) {
      throw new TidelockError('invalid_input', 'Invalid type: letters, digits and dots are needed, and no type of the package.', { field: 'type' });
    }
    return new EntityApi(this.#handle, type, (fields) => fields as T & Stored, this.#clinic);
  }
}
