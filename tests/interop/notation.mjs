// §1 to §3 of docs/protocol.md: how bytes are written, hashed, sealed and signed. CBOR by cborg, HPKE by @hpke/core, the rest by WebCrypto.
import { decode as decodeCbor, decodeFirst, encode as encodeCbor, rfc8949EncodeOptions } from 'cborg';
import { suite } from './hpke-core.mjs';

const { subtle } = globalThis.crypto;

/** What is refused, with a code of §12.4. */
export class Refused extends Error {
  constructor(code, message, details = {}) {
    super(`${code}: ${message}`);
    Object.assign(this, { code, ...details });
  }
}

export const tampered = (message) => new Refused('tampered', message);

export const check = (holds, message, code = 'tampered') => {
  if (!holds) throw new Refused(code, message);
};

// ---------------------------------------------------------------------------------------------------------------- §1 Notation

export const concat = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

export const hex = (bytes) => Buffer.from(bytes).toString('hex');

export const utf8 = (text) => new TextEncoder().encode(text);

/** Text by its UTF-8 bytes, byte strings by their bytes, tuples part after part (§1). */
export function compare(a, b) {
  if (Array.isArray(a)) {
    for (const [place, part] of a.entries()) {
      const order = compare(part, b[place]);
      if (order !== 0) return order;
    }
    return 0;
  }
  if (typeof a === 'number') return Math.sign(a - b);
  return typeof a === 'string' ? Buffer.compare(utf8(a), utf8(b)) : Buffer.compare(a, b);
}

export const same = (a, b) => compare(a, b) === 0;

export const sameOrAbsent = (a, b) => (a === undefined || b === undefined ? a === b : same(a, b));

export const ascending = (list) => list.every((item, place) => place === 0 || compare(list[place - 1], item) < 0);

export const encode = (value) => encodeCbor(value, rfc8949EncodeOptions);

/** Only the one deterministic encoding is read: decode, encode again, compare (§1). `shape` is the structure that belongs there. */
export function decode(bytes, shape) {
  let value;
  try {
    value = decodeCbor(bytes, { useMaps: true, strict: true, allowIndefinite: false, allowUndefined: false, rejectDuplicateMapKeys: true });
  } catch (error) {
    throw tampered(`no CBOR: ${error.message}`);
  }
  check(same(encode(value), bytes), 'not the deterministic encoding');
  return shape(value);
}

// The CDDL of the page as functions, each of which checks a value and returns it. A map becomes an object whose members have the
// numbers of the page: `statement[5]` is the agreement key. An optional member that is absent is `undefined`.
export const must = (test, what) => (value) => {
  check(test(value), `${what} expected`);
  return value;
};
export const uint = must((value) => (Number.isSafeInteger(value) || typeof value === 'bigint') && value >= 0, 'uint');
export const u32 = must((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32, 'u32');
export const bool = must((value) => typeof value === 'boolean', 'bool');
export const tstr = must((value) => typeof value === 'string', 'tstr');
export const bstr = must((value) => value instanceof Uint8Array, 'bstr');
export const size = (length) => must((value) => value instanceof Uint8Array && value.length === length, `bstr .size ${length}`);
export const number = (...allowed) => must((value) => allowed.includes(value), `one of ${allowed}`);
export const list = (of, least = 0) => (value) => {
  check(Array.isArray(value) && value.length >= least, 'list expected');
  return value.map(of);
};
export const tuple = (...shapes) => (value) => {
  check(Array.isArray(value) && value.length === shapes.length, `array of ${shapes.length} expected`);
  return shapes.map((shape, place) => shape(value[place]));
};
export const map = (required, optional = {}) => (value) => {
  check(value instanceof Map, 'map expected');
  const members = { ...required, ...optional };
  for (const key of value.keys()) check(typeof key === 'number' && key in members, `unknown key ${key}`);
  for (const key of Object.keys(required)) check(value.has(Number(key)), `member ${key} is missing`);
  return Object.fromEntries([...value].map(([key, member]) => [key, members[key](member)]));
};
/** A choice with contents: [its number, [its contents]] (§1). Numbers that are kept for later are refused (§13). */
export const choice = (cases) => (value) => {
  check(Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && Object.hasOwn(cases, value[0]), 'unknown choice');
  return [value[0], tuple(...cases[value[0]])(value[1])];
};

export const digest = size(32);
export const secret = size(32);
export const id = size(16);
export const owner = tstr;
export const origin = tstr;
export const time = uint;
export const compartment = number(1, 2, 3);
export const kind = number(1, 2, 3, 4);
export const publicKey = must((value) => value instanceof Uint8Array && value.length === 65 && value[0] === 4, 'public key');
export const suites = list(must((value) => Number.isInteger(value) && value >= 0 && value < 256, 'suite'));

// -------------------------------------------------------------------------------------------------------------- §2 Primitives

export const sha256 = async (...parts) => new Uint8Array(await subtle.digest('SHA-256', concat(...parts)));

export async function hmac(key, message) {
  const imported = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, message));
}

/** HKDF-Expand alone. WebCrypto's HKDF would extract first; with 32 bytes of output there is one block, T(1). */
export const expand = (key, info) => hmac(key, concat(info, [1]));

/** HKDF-Extract is HMAC with the salt as key (RFC 5869 §2.2). */
export const extract = (salt, input) => hmac(salt, input);

/** Opens nonce ‖ ciphertext ‖ tag. */
export async function open(key, data, sealed, code = 'tampered') {
  check(sealed.length >= 28, 'too short for a sealed text', code);
  const imported = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  const algorithm = { name: 'AES-GCM', iv: sealed.subarray(0, 12), additionalData: data };
  try {
    return new Uint8Array(await subtle.decrypt(algorithm, imported, sealed.subarray(12)));
  } catch {
    throw new Refused(code, 'a sealed text does not open');
  }
}

/** Opens encapsulated key ‖ ciphertext ‖ tag; associated data is empty. */
export async function hpkeOpen(recipientKey, info, sealed) {
  try {
    const recipient = await suite.createRecipientContext({ recipientKey, enc: sealed.slice(0, 65), info });
    return new Uint8Array(await recipient.open(sealed.slice(65)));
  } catch {
    throw tampered('an HPKE message does not open');
  }
}

/** Both halves of a P-256 private scalar. OpenSSL computes the public half of a PKCS #8 key that comes without it. */
export async function keyPair(scalar) {
  const head = Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex');
  const imported = await subtle.importKey('pkcs8', concat(head, scalar), { name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
  const { x, y } = await subtle.exportKey('jwk', imported);
  const bytes = concat([4], Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
  const pair = {
    privateKey: await suite.kem.deserializePrivateKey(scalar),
    publicKey: await suite.kem.deserializePublicKey(bytes),
  };
  return { pair, bytes };
}

/** key-pair(seed): DeriveKeyPair of the KEM; here only its public half. */
export async function derivedPublicKey(seed) {
  const { publicKey: derived } = await suite.kem.deriveKeyPair(seed);
  return new Uint8Array(await suite.kem.serializePublicKey(derived));
}

/** Importing refuses what is no point of the curve (§2, last sentence). */
export async function verifyingKey(bytes) {
  try {
    return await subtle.importKey('raw', bytes, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  } catch {
    throw tampered('a public key is no point of the curve');
  }
}

// The tree of RFC 9162 §2.1.1. `root` splits at the largest power of two that is smaller than the number of leaves.
export const leafHash = (bytes) => sha256([0], bytes);

export async function root(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return sha256([1], await root(hashes.slice(0, half)), await root(hashes.slice(half)));
}

// --------------------------------------------------------------------------------------- §3 Labelled encodings and signatures

export const labelled = (label, body) => encode([1, 1, label, body]);

/** The body of a labelled structure. Version and suite come first: another one may have changed all that follows. */
export function decodeLabelled(bytes, label, shape) {
  const [version, suiteNumber] = versionAndSuite(bytes);
  check(version === undefined || (version === 1 && suiteNumber === 1), `version ${version}, suite ${suiteNumber}`, 'unsupported');
  const [, , , body] = decode(bytes, tuple(number(1), number(1), number(label), shape));
  return body;
}

/** The two numbers with which an array of four begins, if a text comes next, whatever follows; empty if it does not begin so. */
function versionAndSuite(bytes) {
  if (bytes[0] !== 0x84) return [];
  try {
    const [version, afterVersion] = decodeFirst(bytes.subarray(1), { strict: true });
    const [suiteNumber, afterSuite] = decodeFirst(afterVersion, { strict: true });
    const [label] = decodeFirst(afterSuite, { strict: true });
    return [version, suiteNumber].every((part) => Number.isInteger(part) && part >= 0) && typeof label === 'string' ? [version, suiteNumber] : [];
  } catch {
    return [];
  }
}

const coseSign1 = tuple(
  must((value) => value instanceof Uint8Array && same(value, Buffer.from('a10126', 'hex')), 'protected header'),
  map({}),
  bstr,
  size(64),
);

const HALF_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n >> 1n;

/** Takes a signed statement apart; `verify` is called once the key is known, which often stands inside. */
export async function decodeSigned(bytes, label, shape) {
  const [header, , payload, signature] = decode(bytes, coseSign1);
  return {
    body: decodeLabelled(payload, label, shape),
    payload,
    digest: await sha256(payload),
    verify: async (key) => {
      // s must be the lower of its two values, in verifying too (§2).
      check(BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`) <= HALF_ORDER, 'the higher s');
      const signed = encode(['Signature1', header, utf8(`tidelock/1/${label}`), payload]);
      check(await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, await verifyingKey(key), signature, signed), `signature of ${label}`);
    },
  };
}
