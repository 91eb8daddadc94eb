// Compiled only: the types reach a strict consumer without any configuration of ours.
import {
  Address, CodingReference, Content, DataSample, HealthcareElement, Measure, MemoryKeyStore, Patient, Telecom, TidelockError, checkShareCode,
  errorCodes, init, recover, resume, signIn, signUp, version,
} from 'tidelock';
import type {
  Access, AccessEvent, Acquaintance, Activity, AudienceMember, Clinic, ClinicCard, ClinicPatient, DataOwnersWithAccess, EntityApi, EntityOptions, ErrorCode,
  ErrorDetails, Imported, KeyStore, OpenOptions, Origin, Page, PendingInvitation, Permissions, ProgressReport, PublishedCode, SafetyNumber, Session, Stored,
  Trust, User, WasmSource,
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
  const activities: Activity[] = await session.sharingApi.listActivity({ signal });
  const who: (string | undefined)[] = activities.map((activity) => (activity.what === 'granted' ? activity.dataOwnerId : undefined));
  const clinic: Clinic = await session.clinicApi.createClinic({ name: 'Harbour Clinic' });
  const code: PublishedCode = await session.clinicApi.getShareCode(clinic.id);
  const invitations: PendingInvitation[] = await session.clinicApi.listInvitations(clinic.id);
  const patients: ClinicPatient[] = await session.clinicApi.listPatients(clinic.id);
  console.log(fingerprints, imported, samples, access, who, code, invitations, patients);
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

interface LabReport {
  title: string;
  values?: number[];
}

export async function shared(session: Session, patient: Patient, to: string): Promise<void> {
  const { patientApi, trustApi, userApi } = session;
  const given: Patient = await patientApi.giveAccessTo(patient, to, { rights: 'read', acceptUnverified: [to] });
  const many: Patient[] = await patientApi.giveAccessToMany([given], [to, to], { acceptUnverified: true });
  // @ts-expect-error: there is no such right
  await patientApi.giveAccessTo(patient, to, { rights: 'everything' });
  const { permissionsByDataOwnerId }: DataOwnersWithAccess = await patientApi.getDataOwnersWithAccessTo(given);
  const history: AccessEvent[] = await patientApi.getAccessHistory(given);
  const page: Page<Patient> = await patientApi.list({ author: to, filter: ({ firstName }) => firstName === 'John' });
  for await (const { note } of patientApi.all({ limit: 10 })) console.log(note);
  const reports: EntityApi<LabReport & Stored> = session.entityApi<LabReport>('LabReport');
  const report: LabReport & Stored = await reports.createOrModify({ title: 'Blood' }, { parents: [to], shareWith: { [to]: 'write' } });
  await reports.update(report.id ?? '', (read) => ({ ...read, values: [1] }));
  // @ts-expect-error: it has a title
  await reports.createOrModify({ values: [1] });
  const revoked: Patient = await session.forClinic(to).patientApi.revokeAccess(given, to, { keepDescendants: true });
  const number: SafetyNumber = await trustApi.safetyNumber(to);
  const known: Acquaintance[] = await trustApi.list();
  await userApi.shareAllFutureDataWith([to], { rights: 'read' });
  const audience: AudienceMember[] = await userApi.getAutomaticSharing();
  const trust: Trust = async ({ fingerprint }) => fingerprint === number.fingerprint;
  await resume({ url: '', trust });
  console.log(many, permissionsByDataOwnerId['x'] === 'WRITE', history, page.cursor, revoked.sealedBy, known, audience);
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
