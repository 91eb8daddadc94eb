// Compiled only: the types reach a strict consumer without any configuration of ours.
import {
  Address, CodingReference, Content, DataSample, HealthcareElement, Measure, MemoryKeyStore, Patient, Telecom, TidelockError, checkShareCode,
  errorCodes, init, recover, resume, signIn, signUp, version,
} from 'tidelock';
import type {
  Access, Clinic, ClinicCard, ClinicPatient, EntityOptions, ErrorCode, ErrorDetails, Imported, KeyStore, OpenOptions, Origin, PendingInvitation, Permissions,
  ProgressReport, PublishedCode, Session, User, WasmSource,
} from 'tidelock';
import { init as inlineInit, version as inlineVersion } from 'tidelock/inline';

const source: WasmSource = new URL('https://example.org/tidelock_bg.wasm');
await init(source);
await inlineInit();
export const versions: string[] = [version(), inlineVersion()];

/** A store of the application's own. */
class Store implements KeyStore {
  readonly values = new Map<string, unknown>();
  get = async (name: string): Promise<unknown> => this.values.get(name);
  put = async (name: string, value: unknown): Promise<void> => void this.values.set(name, value);
  delete = async (name: string): Promise<void> => void this.values.delete(name);
}

export async function use(signal: AbortSignal): Promise<void> {
  const options: OpenOptions = { url: 'https://platform.example', keyStore: new Store(), signal };
  const credentials = { email: 'alice@example.org', password: 'a password' };
  const { session, recoveryCode }: { session: Session; recoveryCode: string } = await signUp({ ...options, ...credentials, kind: 'patient', fullName: 'Alice' });
  await session.confirmRecoveryCode(recoveryCode);
  using again: Session = await signIn({ ...options, ...credentials });
  const resumed: Session | undefined = await resume({ url: options.url, keyStore: new MemoryKeyStore() });
  const recovered: Session = await recover({ ...options, ...credentials, recoveryCode });
  const user: User = again.user;
  const fingerprints: string[] = [recovered.fingerprint, resumed?.fingerprint ?? ''];

  const origin: Origin = { source: 'meter', time: 0 };
  const content: Record<string, Content> = { en: new Content({ measureValue: new Measure({ value: 5.4, unit: 'mmol/L' }) }) };
  const sample = new DataSample({ openingDate: 0, labels: new Set([new CodingReference({ code: '105272-9' })]), content, origin });
  const onProgress = ({ done, total }: ProgressReport): void => console.log(done, total);
  const imported: Imported = await session.dataSampleApi.createDataSamples([sample], { onProgress, signal });
  const samples: DataSample[] = await session.dataSampleApi.listDataSamples({ vault: user.id, clinic: undefined });

  const permissions: Permissions = { view: true, upload: false, note: false };
  const card: ClinicCard = await session.sharingApi.lookUpShareCode(checkShareCode('ABCD-EFGH-JKLM'), { signal });
  // @ts-expect-error: a permission is missing
  await session.sharingApi.inviteClinic(card, { view: true });
  // @ts-expect-error: a card says that it was verified, and nobody else can
  card.verified = false;
  await session.sharingApi.inviteClinic(card, permissions);
  const access: Access[] = await session.sharingApi.listAccess();
  const clinic: Clinic = await session.clinicApi.createClinic({ name: 'Harbour Clinic' });
  const code: PublishedCode = await session.clinicApi.getShareCode(clinic.id);
  const invitations: PendingInvitation[] = await session.clinicApi.listInvitations(clinic.id);
  const patients: ClinicPatient[] = await session.clinicApi.listPatients(clinic.id);
  console.log(fingerprints, imported, samples, access, code, invitations, patients);
}

export async function oneByOne({ userApi, dataOwnerApi, patientApi, healthcareElementApi, dataSampleApi }: Session): Promise<void> {
  const own: string = dataOwnerApi.getDataOwnerIdOf(await userApi.getLoggedUser());
  const addresses = [{ city: 'Bergen', telecoms: [new Telecom({ telecomNumber: '1' })] }, new Address()];
  const patient: Patient = await patientApi.createOrModifyPatient(new Patient({ firstName: 'John', dateOfBirth: 19840824, addresses }));
  const again: Patient = new Patient({ ...patient, note: 'changed', rev: undefined });
  const codes = new Set([new CodingReference({ id: 'SNOMEDCT|617|20020131' })]);
  const element: HealthcareElement = await healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ codes }), patient.id ?? own);
  const options: EntityOptions = { vault: own, clinic: undefined };
  const sample: DataSample = await dataSampleApi.createOrModifyDataSampleFor(own, new DataSample({ comment: 'new' }), options);
  const text: string | undefined = (await dataSampleApi.getDataSample(sample.id ?? '')).content['en']?.stringValue;
  await dataSampleApi.update(sample.id ?? '', (read) => void (read.comment = 'changed'), { attempts: 3 });
  await dataSampleApi.update(sample.id ?? '', (read) => new DataSample({ ...read, comment: 'changed' }));
  // @ts-expect-error: there is no such field
  new Patient({ firstname: 'John' });
  console.log(again, element, text, patient.codes.size);
}

export function told(error: unknown): string {
  if (!(error instanceof TidelockError)) return 'something else';
  const code: ErrorCode = error.code;
  const details: ErrorDetails = error.details;
  switch (code) {
    case 'invalid_share_code':
      return `wrong at ${details.position}`;
    // @ts-expect-error: there is no such code
    case 'no_such_code':
      return '';
    default:
      return errorCodes.includes(code) ? `${code}, again: ${error.retryable}` : 'never';
  }
}
