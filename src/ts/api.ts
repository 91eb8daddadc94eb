/// <reference lib="esnext.disposable" preserve="true" />
// What the package exports, wherever its WebAssembly module comes from.
export { DataSampleApi, HealthcareElementApi, PatientApi } from './entity-api.js';
export type * from './entity-api.js';
export { errorCodes, TidelockError, type ErrorCode, type ErrorDetails } from './error.js';
export { IndexedDbKeyStore, MemoryKeyStore, type KeyStore } from './key-store.js';
export type { WasmSource } from './load.js';
export { checkShareCode, recover, resume, signIn, signUp } from './open.js';
export type { Credentials, OpenOptions, Registration } from './open.js';
export { CodingReference } from './records/coding-reference.js';
export { Content, Measure, TimeSeries } from './records/content.js';
export { DataSample, type Origin } from './records/data-sample.js';
export { HealthcareElement } from './records/healthcare-element.js';
export { Patient, type Partnership, type PatientHealthCareParty } from './records/patient.js';
export { Address, Identifier, PersonName, Telecom } from './records/person.js';
export type { Fields, StoredRecord, Value } from './records/value.js';
export { ClinicApi, DataOwnerApi, Session, SharingApi, UserApi } from './session.js';
export type * from './session.js';
export { version } from './tidelock.js';
export type * from './watching.js';
