/** The one place where the page meets the package: what it uses of `tidelock`, and against which platform. */
import { checkShareCode, CodingReference, Content, DataSample, init, Measure, recover, resume, signIn, signUp, TidelockError, type Credentials, type Registration, type Session } from 'tidelock';

export { checkShareCode, CodingReference, Content, DataSample, Measure, TidelockError };
export type { Access, Clinic, ClinicCard, ClinicPatient, PendingInvitation, Permissions, Session, UserKind } from 'tidelock';

/** The platform that served the page. */
const url = location.origin;

export type { Credentials, Registration } from 'tidelock';

/** A session, and the recovery code as long as its owner has not shown that she has written it down. */
export interface Opened {
  session: Session;
  unconfirmedCode?: string | undefined;
}

/** Loads the WebAssembly, and the session that an earlier load of the page may have left. */
export async function start(): Promise<Opened | undefined> {
  await init();
  try {
    const session = await resume({ url });
    return session && (await open(session));
  } catch (error) {
    // Signing in says what is missing, and asks for it.
    if (error instanceof TidelockError && (error.code === 'not_authenticated' || error.code === 'recovery_needed')) {
      return undefined;
    }
    throw error;
  }
}

/** Asks a session whether its recovery code is still to be confirmed, as after a sign-up that was cut short. */
export const open = async (session: Session): Promise<Opened> => ({ session, unconfirmedCode: await session.recoveryCode() });

export async function register(registration: Registration): Promise<Opened> {
  const { session, recoveryCode } = await signUp({ url, ...registration });
  return { session, unconfirmedCode: recoveryCode };
}

export const enter = (credentials: Credentials) => signIn({ url, ...credentials });
export const enterWithRecoveryCode = (credentials: Credentials, recoveryCode: string) => recover({ url, ...credentials, recoveryCode });
