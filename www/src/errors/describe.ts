import { TidelockError } from '../api';

/** An error in words for the person in front of the screen. */
export interface Description {
  /** What happened. */
  title: string;
  /** What to do now. */
  advice: string;
  /** Whether simply doing it again may help. */
  retry: boolean;
}

type Words = readonly [title: string, advice: string];

/** A sentence for what happened and one for what to do next, by the package's stable codes. */
const WORDS: Record<TidelockError['code'], Words> = {
  invalid_share_code: ['This is not a complete share code.', 'A share code has 12 letters and digits, such as JDZY-KS2F-AR8T. Compare it with the one from your clinic.'],
  invalid_recovery_code: ['This is not the recovery code of this account.', 'Compare it with what you wrote down, letter by letter. It has seven groups of four.'],
  share_code_not_found: ['No clinic has this share code.', 'Compare it with the one from your clinic. If it is the same, ask the clinic for a new code: codes can be replaced.'],
  clinic_not_verified: ['This clinic could not be verified, so nothing was shared.', 'The key that the server offered is not the one that the share code vouches for. Ask the clinic for a new code, and do not share before it is verified.'],
  clinic_stale: ['The clinic has not confirmed its key for a long time.', 'Ask the clinic that an administrator signs in, then try again.'],
  not_verified: ['It is not certain whose key this is, so nothing was shared.', 'Compare safety numbers under “People”, or ask for a share code, and try again.'],
  identity_changed: ['The key of the other side has changed.', 'Nothing was shared or shown. Contact them in person before you go on: someone may be pretending to be them.'],
  recovery_needed: ['The keys to your data are not on this device.', 'Those with whom you shared can give back what they have.'],
  not_authenticated: ['You are not signed in any more.', 'Sign in again to go on.'],
  forbidden: ['You may not do this.', 'Perhaps your access was ended or your role was changed. Load the page again to see what is current.'],
  email_not_verified: ['Your e-mail address is not confirmed yet.', 'Open the link in the mail that was sent to you when you signed up, then try again.'],
  no_access: ['No key on this device opens this.', 'The data was not shared with you, or access has ended.'],
  tampered: ['What the server delivered is not what was signed.', 'It was refused, and nothing of it is shown. Please tell whoever runs this server.'],
  conflict: ['Something changed in the meantime.', 'Load the page again and repeat what you did.'],
  not_found: ['This is not there, or not for you.', 'Perhaps it was removed, or access has ended.'],
  expired: ['This has expired.', 'Ask for a new one.'],
  rate_limited: ['That was too often in a short time.', 'Wait a little, then try again.'],
  network: ['The server cannot be reached.', 'Check your connection. Nothing is lost: try again when you are back on line.'],
  timeout: ['The server did not answer in time.', 'Try again. What already arrived is not stored twice.'],
  aborted: ['Cancelled.', 'You can begin again at any time.'],
  unsupported: ['This server or browser cannot do that.', 'Use a current version of Chrome, Edge, Firefox or Safari.'],
  invalid_input: ['Something that was entered is not acceptable.', 'Check the fields and try again.'],
  too_large: ['This is too much at once.', 'Divide it into smaller parts and try again.'],
  internal: ['Something went wrong on our side.', 'Try again. If it happens again, please report it.'],
};

export function describeError(error: unknown): Description {
  if (!(error instanceof TidelockError)) {
    const [title, advice] = WORDS.internal;
    return { title, advice, retry: true };
  }
  const [title, advice] = WORDS[error.code] ?? WORDS.internal;
  if (error.code === 'rate_limited' && typeof error.details['retryAfter'] === 'number') {
    return { title, advice: `Try again in ${error.details['retryAfter']} seconds.`, retry: true };
  }
  if (error.code === 'invalid_input' && error.message) {
    return { title, advice: sentence(error.message), retry: false };
  }
  return { title, advice, retry: error.retryable || error.code === 'internal' || error.code === 'conflict' };
}

/** The two sentences as one text, for the place beneath a field. */
export function errorText(error: unknown): string {
  const { title, advice } = describeError(error);
  return `${title} ${advice}`;
}

export const hasCode = (error: unknown, ...codes: TidelockError['code'][]): boolean => error instanceof TidelockError && codes.includes(error.code);

/** Whether something is not there for this person, or not any more. */
export const isOutOfReach = (error: unknown): boolean => hasCode(error, 'not_found', 'no_access', 'forbidden');

function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return begun.endsWith('.') ? begun : `${begun}.`;
}
