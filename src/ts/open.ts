import { asTidelockError, TidelockError, translated } from './error.js';
import { defaultKeyStore, type KeyStore } from './key-store.js';
import { later } from './later.js';
import { loadAhead, requireLoaded } from './load.js';
import type { PlainSession } from './plain.js';
import { Session } from './session.js';
import * as bindings from './tidelock.js';
import type { Trust } from './trust-api.js';
import type { User, UserKind } from './user-api.js';
import type { Cancellable } from './watching.js';

/** Which platform, and where keys are kept. */
export interface OpenOptions extends Cancellable {
  /** The platform's origin, such as `https://platform.example`. */
  url: string;
  /** Where keys are kept; IndexedDB in browsers, memory elsewhere, if none is given. */
  keyStore?: KeyStore | undefined;
  /**
   * To whose identities keys may be sealed: those that somebody has verified, by a share code or a safety number
   * (`'verified'`, if nothing is said; anything else ends in `not_verified`), or also those that the platform names
   * first (`'first-use'`); or a function decides.
   */
  trust?: Trust | undefined;
}

/** E-mail address and password of an account. The password opens the account and no keys. */
export interface Credentials {
  email: string;
  password: string;
}

/** What a new account needs. Name and birth date are sealed. */
export interface Registration extends Credentials {
  kind: UserKind;
  fullName: string;
  /** `YYYY-MM-DD`. */
  birthDate?: string | undefined;
}

/** Says that a platform has Tidepool's routes and no others: a session with it has no keys, and does what such a platform can do. */
export interface PlainOptions {
  api: 'tidepool';
}

/** What is said of it elsewhere; without it the platform is one of ours. */
interface WhicheverApi {
  api?: 'tidepool' | undefined;
}

/** What a plain platform cannot do throws `unsupported`. */
function requireOurs({ api }: WhicheverApi): void {
  if (api === undefined) return;
  throw new TidelockError('unsupported', 'This platform does not support that: it has no keys.');
}

/** Throws `invalid_input`, with the field, where the module is not loaded or a text is missing: plain JavaScript has no types. */
function requireTexts(texts: Record<string, unknown>): void {
  requireLoaded();
  for (const [field, text] of Object.entries(texts)) {
    if (typeof text === 'string') continue;
    throw new TidelockError('invalid_input', `Invalid ${field}: a text is needed.`, { field, reason: 'a text is needed' });
  }
}

const placeOf = ({ url, keyStore: store = defaultKeyStore() }: OpenOptions) => ({ url, store, tokenName: tokenName(url) });

const originOf = (url: string) => url.replace(/\/+$/, '');

const tokenName = (url: string) => `${originOf(url)}/session token`;

/** Whose session it is. */
const userName = (url: string) => `${originOf(url)}/session user`;

type Opening = (store: KeyStore) => Promise<bindings.SessionHandle>;

/** Opens a session; `kept` is the token that the store has already. */
async function opened({ url, keyStore: store = defaultKeyStore(), trust }: OpenOptions, open: Opening, kept?: string): Promise<Session> {
  loadAhead();
  return translated(async () => {
    const handle = await open(store);
    if (trust !== undefined) handle.setTrust(trust);
    const user: User = { ...(handle.account() as Omit<User, 'fullName'>), fullName: await handle.fullName() };
    const token = handle.token();
    if (token !== kept) await Promise.all([store.put(tokenName(url), token), store.put(userName(url), user.id)]);
    return new Session(handle, user, store, tokenName(url), originOf(url));
  });
}

/** The same with a new identity, which has a recovery code to be written down. */
async function begun(options: OpenOptions, open: Opening): Promise<{ session: Session; recoveryCode: string }> {
  const session = await opened(options, open);
  const recoveryCode = await session.recoveryCode();
  if (!recoveryCode) throw new TidelockError('internal', 'A new identity without a recovery code.');
  return { session, recoveryCode };
}

/**
 * Makes an account with an identity of its own. The recovery code is the way back to its data on another device: show
 * it, have it written down, and call `confirmRecoveryCode` with what the person types from her copy.
 */
export async function signUp(options: OpenOptions & Registration): Promise<{ session: Session; recoveryCode: string }>;
/** Makes an account at a plain platform, without an identity. Name and birth date are in clear there. */
export async function signUp(options: OpenOptions & Registration & PlainOptions): Promise<{ session: PlainSession }>;
export async function signUp(options: OpenOptions & Registration & WhicheverApi): Promise<{ session: Session | PlainSession; recoveryCode?: string }> {
  const { url, keyStore: _store, trust: _trust, signal, api, ...account } = options;
  const { email, password, kind, fullName } = account;
  requireTexts({ url, email, password, kind, fullName });
  if (api !== undefined) return { session: await (await later('plain')).signUpPlain(placeOf(options), account, options) };
  return begun(options, (store) => bindings.signUp(url, store, account, signal));
}

/** Signs in. Throws `recovery_needed` where the account's keys are not on this device: see `recover`. */
export async function signIn(options: OpenOptions & Credentials): Promise<Session>;
/** Signs in at a plain platform. */
export async function signIn(options: OpenOptions & Credentials & PlainOptions): Promise<PlainSession>;
export async function signIn(options: OpenOptions & Credentials & WhicheverApi): Promise<Session | PlainSession> {
  const { url, email, password, signal, api } = options;
  requireTexts({ url, email, password });
  if (api !== undefined) return (await later('plain')).openPlain(placeOf(options), { email, password }, options);
  return opened(options, (store) => bindings.signIn(url, store, email, password, signal));
}

/** Signs in on a device without the account's keys, and gets them back with the recovery code. */
export async function recover(options: OpenOptions & Credentials & { recoveryCode: string }): Promise<Session> {
  requireOurs(options as WhicheverApi);
  const { url, email, password, recoveryCode, signal } = options;
  requireTexts({ url, email, password, recoveryCode });
  return opened(options, (store) => bindings.recover(url, store, email, password, recoveryCode, signal));
}

/**
 * Signs in on a device without the account's keys, and makes a new identity where the recovery code is lost, too. What was
 * shared with others they can give back to it, after comparing safety numbers: see `Session.recoveryApi`. What was shared with
 * nobody is lost. The recovery code is a new one; the old one opens nothing from now on.
 */
export async function startOver(options: OpenOptions & Credentials): Promise<{ session: Session; recoveryCode: string }> {
  requireOurs(options as WhicheverApi);
  const { url, email, password, signal } = options;
  requireTexts({ url, email, password });
  return begun(options, (store) => bindings.startOver(url, store, email, password, signal));
}

/** Goes on with the last session of this device; `undefined` if there was none. */
export async function resume(options: OpenOptions): Promise<Session | undefined>;
/** Goes on with the last session of this device at a plain platform. */
export async function resume(options: OpenOptions & PlainOptions): Promise<PlainSession | undefined>;
export async function resume(options: OpenOptions & WhicheverApi): Promise<Session | PlainSession | undefined> {
  const { url, keyStore = defaultKeyStore(), signal, api } = options;
  requireTexts({ url });
  const [token, kept] = await Promise.all([keyStore.get(tokenName(url)), keyStore.get(userName(url))]);
  if (typeof token !== 'string') return undefined;
  const user = typeof kept === 'string' ? kept : undefined;
  if (api !== undefined) return (await later('plain')).openPlain(placeOf({ ...options, keyStore }), { token }, options);
  return opened({ ...options, keyStore }, () => bindings.resume(url, keyStore, token, user, signal), token);
}

/**
 * The canonical form, `XXXX-YYYY-ZZZZ`, of a share code that somebody typed. Throws `invalid_share_code`, with the
 * position of a wrong symbol and what it may have been.
 */
export function checkShareCode(typed: string): string {
  requireLoaded();
  try {
    return bindings.checkShareCode(String(typed ?? ''));
  } catch (thrown) {
    throw asTidelockError(thrown);
  }
}
