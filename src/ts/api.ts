/// <reference lib="esnext.disposable" preserve="true" />
// What the package exports, wherever its WebAssembly module comes from.
export type { AttachmentSource, DownloadOptions, UploadOptions } from './attachment-api.js';
export { AttachmentApi } from './attachments.js';
export { DataOwnerApi, type DataOwner } from './data-owner-api.js';
export { EntityApi } from './entity-api.js';
export type {
  Accepting, AccessEvent, ChangeOptions, DataOwnerKind, DataOwnersWithAccess, EntityAccess, EntityOptions, InVault, Page, Query, RevokeOptions, ShareOptions,
  UpdateOptions, WriteOptions,
} from './entity-api.js';
export { EntityApis } from './entity-apis.js';
export { errorCodes, TidelockError, type ErrorCode, type ErrorDetails } from './error.js';
export type { LiveEvent, LiveEventKind } from './events.js';
export { IndexedDbKeyStore, MemoryKeyStore, type KeyStore } from './key-store.js';
export type { WasmSource } from './load.js';
export { checkShareCode, recover, resume, signIn, signUp, startOver } from './open.js';
export type { Credentials, OpenOptions, PlainOptions, Registration } from './open.js';
export type { PlainClinicApi, PlainClinicCard, PlainPatient, PlainPatientDetails, PlainSession, PlainSharingApi } from './plain.js';
export { Attachment } from './records/attachment.js';
export { CodingReference } from './records/coding-reference.js';
export { Content, Measure, TimeSeries } from './records/content.js';
export { DataSample, type Origin } from './records/data-sample.js';
export { HealthcareElement } from './records/healthcare-element.js';
export { Patient, type Partnership, type PatientHealthCareParty } from './records/patient.js';
export { Address, Identifier, PersonName, Telecom } from './records/person.js';
export type { Compartment, Fields, Rights, Stored, StoredRecord, Value } from './records/value.js';
export { DataSampleApi, HealthcareElementApi, PatientApi } from './record-apis.js';
export type { ForPatientOptions, Imported, ReadDataSamples } from './record-apis.js';
export { ClinicMembers } from './members.js';
export type * from './members.js';
export type {
  Access, AccessGranted, AccessUsed, Activity, ClinicAccess, InvitingOptions, NewPersonInvitation, PersonAccess, PersonState, ReceivedInvitation, RecordRenewed, SentInvitation, SharedRecord,
} from './people.js';
export { RecoveryApi } from './recovery-api.js';
export type * from './recovery-api.js';
export { ClinicApi, Session, SharingApi } from './session.js';
export type * from './session.js';
export { version } from './tidelock.js';
export { TrustApi } from './trust-api.js';
export type { Acquaintance, Introduced, SafetyNumber, Trust, Verified } from './trust-api.js';
export { UserApi } from './user-api.js';
export type { AudienceMember, FutureSharingOptions, User, UserKind } from './user-api.js';
export type * from './watching.js';
