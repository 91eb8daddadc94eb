/** The one place where the page meets the package: what it uses of `tidelock`, and against which platform. */
import { checkShareCode, init, recover, resume, signIn, signUp, TidelockError, type Session } from 'tidelock';

export { checkShareCode, TidelockError };
export type { Access, Clinic, ClinicCard, ClinicPatient, DataSample, PendingInvitation, Permissions, Session, UserKind } from 'tidelock';

/** The platform that served the page. */
const url = location.origin;

export interface Credentials {
  email: string;
  password: string;
}

export interface Registration extends Credentials {
  fullName: string;
  kind: 'patient' | 'practitioner';
  birthDate?: string;
}

/** Loads the WebAssembly, and the session that an earlier load of the page may have left. */
export async function start(): Promise<Session | undefined> {
  await init();
  return resume({ url });
}

export const register = (registration: Registration) => signUp({ url, ...registration });
export const enter = (credentials: Credentials) => signIn({ url, ...credentials });
export const enterWithRecoveryCode = (credentials: Credentials, recoveryCode: string) => recover({ url, ...credentials, recoveryCode });
