/** Every code that an error of this package can have. They are stable; messages are not. */
export const errorCodes = [
  'invalid_share_code',
  'invalid_recovery_code',
  'share_code_not_found',
  'clinic_not_verified',
  'clinic_stale',
  'not_verified',
  'identity_changed',
  'recovery_needed',
  'not_authenticated',
  'forbidden',
  'email_not_verified',
  'no_access',
  'tampered',
  'conflict',
  'not_found',
  'expired',
  'rate_limited',
  'network',
  'timeout',
  'aborted',
  'unsupported',
  'invalid_input',
  'too_large',
  'internal',
] as const;

/** A stable error code. */
export type ErrorCode = (typeof errorCodes)[number];

/** What an error says beyond its code, for showing or acting on. */
export interface ErrorDetails {
  /** The place of a wrong symbol, from 1. */
  position?: number;
  /** What was found there, or how many symbols there were. */
  found?: string;
  /** What it may have been, likeliest first. */
  suggestions?: string[];
  /** What exactly went wrong. */
  reason?: string;
  /** Whose identity it is about. */
  owner?: string;
  /** All whose identities nobody has verified, where it is about several. */
  owners?: string[];
  /** Which argument is wrong. */
  field?: string;
  /** The revision that is current now. */
  current?: string;
  /** When to try again, in seconds from now. */
  retryAfter?: number;
}

/** What every function of this package throws, and nothing else. */
export class TidelockError extends Error {
  override readonly name = 'TidelockError';

  constructor(
    /** The stable code. */
    readonly code: ErrorCode,
    message: string,
    /** What is known beyond it. */
    readonly details: ErrorDetails = {},
    /** Whether the same call may succeed when it is simply repeated later. */
    readonly retryable = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Makes a `TidelockError` of whatever the bindings threw: an object of theirs, or a crash of the WebAssembly. */
export function asTidelockError(thrown: unknown): TidelockError {
  if (thrown instanceof TidelockError) return thrown;
  const { code, message, details, retryable } = (thrown ?? {}) as Partial<TidelockError>;
  if (errorCodes.some((known) => known === code)) {
    return new TidelockError(code as ErrorCode, String(message), details, retryable);
  }
  return new TidelockError('internal', 'An unexpected error in the WebAssembly module.', {}, false, { cause: thrown });
}

/** Runs a call of the bindings, so that what it throws is a `TidelockError`. */
export async function translated<A>(call: () => Promise<A>): Promise<A> {
  try {
    return await call();
  } catch (thrown) {
    throw asTidelockError(thrown);
  }
}
