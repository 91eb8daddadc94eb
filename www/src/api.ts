/** The one place where the page meets the package: what it uses of `tidelock`, and against which platform. */
import { Address, Attachment, checkShareCode, CodingReference, Content, DataSample, HealthcareElement, init, Measure, Patient, recover, resume, signIn, signUp, startOver, Telecom, TidelockError, type Credentials, type Registration, type Session } from 'tidelock';

export { Address, Attachment, checkShareCode, CodingReference, Content, DataSample, HealthcareElement, Measure, Patient, Telecom, TidelockError };
export type { Access, AccessEvent, Acquaintance, Activity, AudienceMember, Clinic, ClinicAccess, ClinicCard, ClinicMember, ClinicPatient, ClinicRole, DataOwnerKind, EntityAccess, EntityApi, Giver, HelpRequest, ListedShareCode, LiveEvent, LiveEventKind, MembershipInvitation, PendingInvitation, Permissions, PersonAccess, ReceivedInvitation, RecoveryStatus, Restored, Rights, SafetyNumber, SentInvitation, Session, SharedRecord, Stored, UserKind, Verified } from 'tidelock';

/** The platform that served the page. */
const platform = () => ({ url: location.origin });

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
    const session = await resume(platform());
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
  const { session, recoveryCode } = await signUp({ ...platform(), ...registration });
  return { session, unconfirmedCode: recoveryCode };
}

export const enter = (credentials: Credentials) => signIn({ ...platform(), ...credentials });
export const enterWithRecoveryCode = (credentials: Credentials, recoveryCode: string) => recover({ ...platform(), ...credentials, recoveryCode });

/** A new identity, for somebody who has neither keys nor recovery code any more. */
export async function beginAnew(credentials: Credentials): Promise<Opened> {
  const { session, recoveryCode } = await startOver({ ...platform(), ...credentials });
  return { session, unconfirmedCode: recoveryCode };
}
