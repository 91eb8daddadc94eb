// A second, small reader of Tidelock's protocol, written from docs/protocol.md and its vectors alone: it shows that the page
// suffices. It shares no code with the package: WebCrypto, @hpke/core, and cborg for CBOR. § refers to sections of that page.
//
// It has no network and no memory: what a client remembers (§12.5, and in §11 the remembered log entry and chains) is not here,
// nor is anything that writes.
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

const tampered = (message) => new Refused('tampered', message);

const check = (holds, message, code = 'tampered') => {
  if (!holds) throw new Refused(code, message);
};

// ---------------------------------------------------------------------------------------------------------------- §1 Notation

const concat = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));

const utf8 = (text) => new TextEncoder().encode(text);

/** Text by its UTF-8 bytes, byte strings by their bytes, tuples part after part (§1). */
function compare(a, b) {
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

const same = (a, b) => compare(a, b) === 0;

const ascending = (list) => list.every((item, place) => place === 0 || compare(list[place - 1], item) < 0);

const encode = (value) => encodeCbor(value, rfc8949EncodeOptions);

/** Only the one deterministic encoding is read: decode, encode again, compare (§1). `shape` is the structure that belongs there. */
function decode(bytes, shape) {
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
const must = (test, what) => (value) => {
  check(test(value), `${what} expected`);
  return value;
};
const uint = must((value) => (Number.isSafeInteger(value) || typeof value === 'bigint') && value >= 0, 'uint');
const u32 = must((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32, 'u32');
const bool = must((value) => typeof value === 'boolean', 'bool');
const tstr = must((value) => typeof value === 'string', 'tstr');
const bstr = must((value) => value instanceof Uint8Array, 'bstr');
const size = (length) => must((value) => value instanceof Uint8Array && value.length === length, `bstr .size ${length}`);
const number = (...allowed) => must((value) => allowed.includes(value), `one of ${allowed}`);
const list = (of, least = 0) => (value) => {
  check(Array.isArray(value) && value.length >= least, 'list expected');
  return value.map(of);
};
const tuple = (...shapes) => (value) => {
  check(Array.isArray(value) && value.length === shapes.length, `array of ${shapes.length} expected`);
  return shapes.map((shape, place) => shape(value[place]));
};
const map = (required, optional = {}) => (value) => {
  check(value instanceof Map, 'map expected');
  const members = { ...required, ...optional };
  for (const key of value.keys()) check(typeof key === 'number' && key in members, `unknown key ${key}`);
  for (const key of Object.keys(required)) check(value.has(Number(key)), `member ${key} is missing`);
  return Object.fromEntries([...value].map(([key, member]) => [key, members[key](member)]));
};
/** A choice with contents: [its number, [its contents]] (§1). Numbers that are kept for later are refused (§13). */
const choice = (cases) => (value) => {
  check(Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && Object.hasOwn(cases, value[0]), 'unknown choice');
  return [value[0], tuple(...cases[value[0]])(value[1])];
};

const digest = size(32);
const secret = size(32);
const id = size(16);
const owner = tstr;
const origin = tstr;
const time = uint;
const compartment = number(1, 2, 3);
const kind = number(1, 2, 3, 4);
const publicKey = must((value) => value instanceof Uint8Array && value.length === 65 && value[0] === 4, 'public key');
const suites = list(must((value) => Number.isInteger(value) && value >= 0 && value < 256, 'suite'));

// -------------------------------------------------------------------------------------------------------------- §2 Primitives

const sha256 = async (...parts) => new Uint8Array(await subtle.digest('SHA-256', concat(...parts)));

export async function hmac(key, message) {
  const imported = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, message));
}

/** HKDF-Expand alone. WebCrypto's HKDF would extract first; with 32 bytes of output there is one block, T(1). */
const expand = (key, info) => hmac(key, concat(info, [1]));

/** HKDF-Extract is HMAC with the salt as key (RFC 5869 §2.2). */
const extract = (salt, input) => hmac(salt, input);

/** Opens nonce ‖ ciphertext ‖ tag. */
async function open(key, data, sealed, code = 'tampered') {
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
async function hpkeOpen(recipientKey, info, sealed) {
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
async function derivedPublicKey(seed) {
  const { publicKey: derived } = await suite.kem.deriveKeyPair(seed);
  return new Uint8Array(await suite.kem.serializePublicKey(derived));
}

/** Importing refuses what is no point of the curve (§2, last sentence). */
async function verifyingKey(bytes) {
  try {
    return await subtle.importKey('raw', bytes, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  } catch {
    throw tampered('a public key is no point of the curve');
  }
}

// The tree of RFC 9162 §2.1.1. `root` splits at the largest power of two that is smaller than the number of leaves.
const leafHash = (bytes) => sha256([0], bytes);

async function root(hashes) {
  if (hashes.length === 0) return sha256();
  if (hashes.length === 1) return hashes[0];
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return sha256([1], await root(hashes.slice(0, half)), await root(hashes.slice(half)));
}

// --------------------------------------------------------------------------------------- §3 Labelled encodings and signatures

const labelled = (label, body) => encode([1, 1, label, body]);

/** The body of a labelled structure. Version and suite come first: another one may have changed all that follows. */
function decodeLabelled(bytes, label, shape) {
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
async function decodeSigned(bytes, label, shape) {
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

// -------------------------------------------------------------------------------------------------------------- §4 Identities

const identityStatement = map(
  { 0: owner, 1: kind, 2: origin, 3: u32, 5: publicKey, 6: publicKey, 7: digest, 8: publicKey, 9: suites, 10: time },
  { 4: digest },
);

/** Opens the statement of an owner at a platform. It does not show whose statement it is: compare the fingerprint (§12.5). */
export async function openStatement(bytes, platform, whose) {
  const { body, digest: fingerprint, verify } = await decodeSigned(bytes, 'identity statement', identityStatement);
  check(body[0] === whose && body[2] === platform, "another owner's or platform's statement");
  check(body[1] !== 4, 'a clinic has no identity statement');
  check(body[3] >= 1 && (body[4] === undefined) === (body[3] === 1), 'version and version before');
  check(body[9].includes(1), 'no common suite', 'unsupported');
  for (const key of [body[5], body[8]]) await verifyingKey(key);
  await verify(body[6]);
  return { owner: whose, platform, kind: body[1], fingerprint, agreement: body[5], signing: body[6], rotation: body[7], backup: body[8] };
}

// -------------------------------------------------------------------------------------------------------- §5.1 Recovery code

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

// GF(32) = GF(2)[x] / (x⁵ + x² + 1): the powers of α = 2, and their logarithms. α has order 31.
const POWERS = [1];
while (POWERS.length < 31) {
  const doubled = POWERS.at(-1) * 2;
  POWERS.push(doubled < 32 ? doubled : doubled ^ 0b100101);
}
const power = (exponent) => POWERS[((exponent % 31) + 31) % 31];
const log = (value) => POWERS.indexOf(value);
const times = (a, b) => (a === 0 || b === 0 ? 0 : power(log(a) + log(b)));

/** The 16 bytes of a typed code. Positions in errors count symbols, from 1. */
export function parseRecoveryCode(text) {
  const typed = [...text].filter((character) => /[\p{Alphabetic}\p{N}]/u.test(character));
  const symbols = typed.map((character) => (/[a-z]/.test(character) ? character.toUpperCase() : character));
  const values = symbols.map((symbol) => ALPHABET.indexOf(symbol));
  const stranger = values.indexOf(-1);
  const refuse = (error, details) => new Refused('invalid_recovery_code', error, { error, ...details });
  if (stranger >= 0) throw refuse('wrong symbol', { position: stranger + 1, found: typed[stranger] });
  if (values.length !== 28) throw refuse('wrong length', { symbols: values.length });
  const sum = (step) => values.reduce((total, value, place) => total ^ times(value, power(step * place)), 0);
  const [s1, s2] = [sum(1), sum(2)];
  if (s1 !== 0 || s2 !== 0) {
    // One wrong symbol at j, off by e: S₁ = e·αʲ and S₂ = e·α²ʲ. So S₂/S₁ = αʲ and S₁²/S₂ = e.
    const place = s1 && s2 ? (log(s2) - log(s1) + 31) % 31 : 31;
    if (place > 27) throw refuse('several mistyped', {});
    throw refuse('mistyped', { position: place + 1, expected: ALPHABET[values[place] ^ power(2 * log(s1) - log(s2))] });
  }
  const bits = values.slice(0, 26).map((value) => value.toString(2).padStart(5, '0')).join('');
  if (!bits.endsWith('00')) throw refuse('several mistyped', {});
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(bits.slice(8 * index, 8 * index + 8), 2));
}

// --------------------------------------------------------------------------------------------------------------- §5.2 Backup

const backupBody = map({ 0: owner, 1: digest, 2: bstr, 3: list(choice({ 1: [bstr] }), 1) });
const backupContent = map({ 0: secret, 1: secret, 2: secret });

/** The owner's private keys, from her backup and the code that she typed. `statement` is what the platform shows, opened. */
export async function openBackup(bytes, code, statement) {
  const typed = parseRecoveryCode(code);
  const backup = decodeLabelled(bytes, 'backup', backupBody);
  check(backup[0] === statement.owner, "another owner's backup");
  const context = [backup[0], backup[1]];
  const recoveryKey = await expand(await extract(utf8('tidelock/1/recovery code'), typed), labelled('backup key', backup[0]));
  const [, [wayBack]] = backup[3][0];
  const backupKey = secret(await open(recoveryKey, labelled('backup key', context), wayBack, 'invalid_recovery_code'));
  const contentKey = await expand(backupKey, labelled('backup content', backup[0]));
  const keys = decode(await open(contentKey, labelled('backup content', context), backup[2]), backupContent);

  check(same(backup[1], statement.fingerprint), 'the platform shows another statement', 'identity_changed');
  const [agreement, signing, rotation] = await Promise.all([keyPair(keys[0]), keyPair(keys[1]), keyPair(keys[2])]);
  check(same(agreement.bytes, statement.agreement) && same(signing.bytes, statement.signing), 'keys of another statement');
  // Not required of a reader, and true: the other two members of the statement that come from the backup (§4).
  check(same(await sha256(labelled('rotation key', rotation.bytes)), statement.rotation), 'rotation commitment');
  check(same(await derivedPublicKey(await expand(backupKey, labelled('backup key pair', backup[0]))), statement.backup), "backup's key pair");
  return { agreement: agreement.pair };
}

// ----------------------------------------------------------------------------------------------------------------- §6 Clinics

const clinicBundle = map({ 0: bstr, 1: bstr, 2: bstr, 3: bstr });
const clinicRoot = map({ 0: owner, 1: origin, 2: u32, 4: publicKey, 5: time }, { 3: digest });
const clinicStatement = map({ 0: digest, 1: u32, 2: tstr, 3: publicKey, 4: suites, 5: time });
const clinicRoster = map({ 0: digest, 1: uint, 2: list(map({ 0: owner, 1: digest, 2: number(1, 2) })) });
const clinicHead = map({ 0: digest, 1: uint, 2: digest, 3: digest, 4: time });

/** Opens a bundle as that of a clinic at a platform. Whether it is the right root, a share code or a pin says. */
export async function openBundle(bytes, platform, clinic) {
  const bundle = decode(bytes, clinicBundle);
  const top = await decodeSigned(bundle[0], 'clinic root', clinicRoot);
  check(top.body[0] === clinic && top.body[1] === platform, "another clinic's or platform's root");
  check(top.body[2] >= 1 && (top.body[3] === undefined) === (top.body[2] === 1), 'version and version before');
  await top.verify(top.body[4]);
  const statement = await decodeSigned(bundle[1], 'clinic statement', clinicStatement);
  const roster = await decodeSigned(bundle[2], 'clinic roster', clinicRoster);
  const head = await decodeSigned(bundle[3], 'clinic head', clinicHead);
  for (const part of [statement, roster, head]) {
    await part.verify(top.body[4]);
    check(same(part.body[0], top.digest), "another root's part");
  }
  check(same(head.body[2], statement.digest) && same(head.body[3], roster.digest), 'the head names others');
  check(statement.body[4].includes(1), 'no common suite', 'unsupported');
  await verifyingKey(statement.body[3]);
  const members = roster.body[2].map((member) => ({ user: member[0], fingerprint: member[1] }));
  check(ascending(members.map(({ user }) => user)), 'roster is not sorted');
  return { id: clinic, fingerprint: top.digest, statement: statement.digest, members };
}

// -------------------------------------------------------------------------------------------------------------- §9 The vault log

const keyName = tuple(compartment, must((value) => u32(value) >= 1, 'epoch'), must((value) => u32(value) >= 1, 'version'));
const chainName = tuple(owner, owner);
const logEntry = map({
  0: owner,
  1: digest,
  2: uint,
  3: digest,
  4: time,
  5: choice({
    1: [map({ 0: keyName, 1: digest, 2: publicKey, 4: bstr }, { 3: bstr })],
    2: [map({ 0: owner, 1: kind, 2: digest, 3: digest, 4: tuple(bool, bool, bool), 5: list(keyName), 6: bstr })],
    3: [map({ 0: owner, 1: digest, 2: list(tuple(chainName, uint, digest)) })],
  }),
});
const [MINT, GRANT, REVOKE] = [1, 2, 3];

/** The log of an owner's vault as checked so far: her opened statement and her entries, of which `entries[0]` has number 1. */
export const emptyLog = (statement) => ({ statement, entries: [] });

const actions = (vaultLog, which, upTo = vaultLog.entries.length) =>
  vaultLog.entries.slice(0, upTo).filter((entry) => entry.action === which);

const digestBefore = (vaultLog, count) => (count === 0 ? vaultLog.statement.fingerprint : vaultLog.entries[count - 1].digest);

const mintOf = (vaultLog, name) => actions(vaultLog, MINT).find((entry) => same(entry.what[0], name));

/** The newest version of an epoch. */
const newest = (vaultLog, area, epoch) =>
  actions(vaultLog, MINT).map((entry) => entry.what[0]).filter((name) => name[0] === area && name[1] === epoch).at(-1);

/** The grant of a delegate that stands at a log number (§9.3). */
function standingGrant(vaultLog, delegate, upTo = vaultLog.entries.length) {
  const last = vaultLog.entries.slice(0, upTo).filter((entry) => entry.action !== MINT && entry.what[0] === delegate).at(-1);
  return last?.action === GRANT ? last : undefined;
}

/**
 * Minted by an entry up to a log number, and not exposed when only the entries up to there are counted: no delegate to whom a key of
 * the compartment and epoch was granted, of whatever version, was revoked after the mint (§9.3).
 */
function isUsable(vaultLog, name, upTo = vaultLog.entries.length) {
  const mint = mintOf(vaultLog, name);
  return mint !== undefined && mint.number <= upTo && !actions(vaultLog, REVOKE, upTo).some((revoke) => revoke.number > mint.number
    && actions(vaultLog, GRANT, revoke.number).some((grant) => grant.what[0] === revoke.what[0]
      && grant.what[5].some(([area, epoch]) => area === name[0] && epoch === name[1])));
}

/** One more entry. Returns the longer log, and refuses what is not valid in its place (§9.2). */
export async function appendEntry(vaultLog, bytes) {
  const { statement, entries } = vaultLog;
  const { body, digest: name, verify } = await decodeSigned(bytes, 'vault log entry', logEntry);
  // 1: signer, vault, number and chain.
  check(body[0] === statement.owner && same(body[1], statement.fingerprint), "another vault's entry");
  check(body[2] === entries.length + 1 && same(body[3], digestBefore(vaultLog, entries.length)), 'the chain of the log is broken');
  await verify(statement.signing);
  const [action, [what]] = body[5];
  if (action === MINT) {
    // 2: the first key, version 1 of the next epoch, or the next version of an epoch there is.
    const [area, epoch, version] = what[0];
    const epochs = actions(vaultLog, MINT).map((entry) => entry.what[0]).filter((minted) => minted[0] === area).map((minted) => minted[1]);
    const next = epochs.includes(epoch) ? newest(vaultLog, area, epoch)[2] + 1 : 1;
    check(version === next && epoch <= Math.max(0, ...epochs) + 1, 'a key out of turn');
    check((what[3] === undefined) === (version === 1), 'version before');
    await verifyingKey(what[2]);
  } else if (action === GRANT) {
    // 3: to somebody else, of newest versions that are not exposed, as the permissions hand over.
    const [view, , note] = what[4];
    const standing = standingGrant(vaultLog, what[0]);
    // Rights are taken away by a revoke only.
    const shrinks = standing && same(standing.what[2], what[2]) && standing.what[4].some((had, place) => had && !what[4][place]);
    check(!shrinks, 'a grant that takes rights away');
    check(what[0] !== statement.owner && ascending(what[5]), 'delegate or names');
    for (const key of what[5]) {
      const last = newest(vaultLog, key[0], key[1]);
      check(last && same(last, key) && isUsable(vaultLog, key), 'a key that may not be granted');
      check((key[0] === 1 && view) || (key[0] === 2 && note), 'a key that the permissions do not hand over');
    }
  } else {
    // 4: of a standing grant.
    const grant = standingGrant(vaultLog, what[0]);
    check(grant && same(grant.what[2], what[1]) && ascending(what[2].map(([chain]) => chain)), 'nothing to revoke');
  }
  return { statement, entries: [...entries, { number: body[2], before: body[3], digest: name, action, what }] };
}

// ------------------------------------------------------------------------------------------------ §8 Vault keys, §9.3 opening

/** The keys in one HPKE message of an entry (§9.1): `recipient` is [id, fingerprint, statement digest]. */
async function openKeys(vaultLog, before, recipient, agreement, names, sealed) {
  const { owner: vault, fingerprint } = vaultLog.statement;
  const info = labelled('grant', [vault, fingerprint, recipient, names, before]);
  const [keys] = decode(await hpkeOpen(agreement, info, sealed), tuple(list(secret)));
  check(keys.length === names.length, 'number of keys');
  return keys;
}

/** AES-GCM and HPKE do not bind the key to its name: the commitment in the log does (§8). */
export async function checkCommitment(vaultLog, name, key) {
  const commitment = await expand(key, labelled('vault key commitment', [vaultLog.statement.owner, name]));
  const mint = mintOf(vaultLog, name);
  check(mint && same(commitment, mint.what[1]), `commitment of vault key ${name}`);
}

/** Adds a key and, by each mint's `previous`, the versions before it. `context` there names the newer key (§8). */
async function addWithVersionsBefore(vaultLog, keys, name, key) {
  await checkCommitment(vaultLog, name, key);
  keys.set(String(name), key);
  if (name[2] === 1) return;
  const context = labelled('previous vault key', [vaultLog.statement.owner, name]);
  const previous = secret(await open(await expand(key, context), context, mintOf(vaultLog, name).what[3]));
  await addWithVersionsBefore(vaultLog, keys, [name[0], name[1], name[2] - 1], previous);
}

/** As owner: the newest version of each epoch from its mint, then the versions before. Keys by name, such as "1,1,2". */
export async function openOwnKeys(vaultLog, agreement) {
  const { owner: vault, fingerprint } = vaultLog.statement;
  const keys = new Map();
  for (const { what, before } of actions(vaultLog, MINT)) {
    if (!same(what[0], newest(vaultLog, what[0][0], what[0][1]))) continue;
    const [key] = await openKeys(vaultLog, before, [vault, fingerprint, fingerprint], agreement, [what[0]], what[4]);
    await addWithVersionsBefore(vaultLog, keys, what[0], key);
  }
  return keys;
}

/** As delegate, here a clinic: from the standing grant, which must name the clinic's root and the statement of the key at hand. */
export async function openGrantedKeys(vaultLog, clinic, agreement) {
  const grant = standingGrant(vaultLog, clinic.id);
  check(grant && same(grant.what[2], clinic.fingerprint) && same(grant.what[3], clinic.statement), 'no grant stands', 'no_access');
  const recipient = [clinic.id, clinic.fingerprint, clinic.statement];
  const keys = new Map();
  const opened = await openKeys(vaultLog, grant.before, recipient, agreement, grant.what[5], grant.what[6]);
  for (const [place, name] of grant.what[5].entries()) await addWithVersionsBefore(vaultLog, keys, name, opened[place]);
  return keys;
}

// ----------------------------------------------------------------------------------------------- §10 Writes, §11 Reading a vault

const item = map({ 0: bstr, 1: bstr, 2: bstr });
const batch = map({ 0: id, 1: owner, 2: compartment, 3: list(choice({ 1: [keyName, bstr] }), 1) });
const write = map({ 0: bstr, 1: batch, 2: list(item, 1) });
const manifest = map(
  { 0: owner, 1: owner, 2: digest, 4: uint, 5: digest, 6: uint, 7: digest, 8: uint, 9: digest, 10: time },
  { 3: map({ 0: owner, 1: digest, 2: digest }) },
);
const leaf = map({ 0: id, 1: uint }, { 2: digest, 3: tuple(digest, digest) });
const header = map({ 0: owner, 1: id, 2: tstr, 3: compartment, 4: id, 5: uint, 7: digest, 8: list(digest) }, { 6: digest });
const content = map({ 0: id, 1: bstr }, { 2: list(secret) });

const hex = (bytes) => Buffer.from(bytes).toString('hex');

const sameOrAbsent = (a, b) => (a === undefined || b === undefined ? a === b : same(a, b));

/** What was read of a vault so far: the leaf hashes of each chain, and each entity's newest revision. */
export const emptyVault = (vaultLog) => ({ log: vaultLog, chains: new Map(), entities: new Map() });

/**
 * Checks one write in the order of the cursors and returns it with the vault after it; the numbers are the steps of §11.
 * `people` and `clinics` are opened statements and bundles by id, verified or pinned by the caller. Step 11 and the end need memory.
 */
export async function acceptWrite(vault, bytes, people, clinics = new Map()) {
  const { log: vaultLog } = vault;
  const step = (place, holds, message) => check(holds, `§11 step ${place}: ${message}`);

  // 1: every part decodes.
  const parts = decode(bytes, write);
  const signed = await decodeSigned(parts[0], 'manifest', manifest);
  const { body } = signed;
  const items = await Promise.all(parts[2].map(async (one) => ({
    leaf: decode(one[0], leaf),
    leafHash: await leafHash(one[0]),
    header: decodeLabelled(one[1], 'entity', header),
    headerBytes: one[1],
    sealed: one[2],
  })));
  const { 0: batchId, 1: batchVault, 2: area, 3: wraps } = parts[1];
  step(1, batchVault === body[0], 'batch');

  // 2: header, batch and leaf fit each other.
  for (const one of items) {
    step(2, one.header[0] === body[0] && same(one.header[4], batchId) && one.header[3] === area, 'header and batch');
    step(2, same(one.header[1], one.leaf[0]) && one.header[5] === one.leaf[1] && sameOrAbsent(one.header[6], one.leaf[2]), 'header and leaf');
    step(2, one.leaf[1] >= 1 && (one.leaf[2] === undefined) === (one.leaf[1] === 1), 'sequence');
    step(2, one.leaf[3] && same(one.leaf[3][0], await sha256(one.headerBytes, one.sealed)), 'header and sealed content');
  }

  // 3: the manifest's leaves are these.
  step(3, ascending(items.map((one) => one.leaf[0])), 'order of the items');
  step(3, body[8] === items.length && same(body[9], await root(items.map((one) => one.leafHash))), 'root over the leaves');

  // 4: vault and author.
  const author = people.get(body[1]);
  step(4, body[0] === vaultLog.statement.owner && author && same(author.fingerprint, body[2]), 'vault or author');

  // 5: the next of its chain, which is named by the author and the capacity (§10.1).
  const capacity = body[3]?.[0] ?? body[1];
  const chainKey = JSON.stringify([body[1], capacity]);
  const chain = vault.chains.get(chainKey) ?? [];
  step(5, body[4] === chain.length + 1 && same(body[5], await root(chain)), 'the chain is broken');
  const chainAfter = [...chain, await leafHash(signed.payload)];

  // 6: the log that was seen is this one.
  step(6, body[6] <= vaultLog.entries.length && same(body[7], digestBefore(vaultLog, body[6])), 'another log');

  // 7: each revision follows the newest there is; only the owner, in her own name, moves an entity to another compartment.
  for (const one of items) {
    const before = vault.entities.get(hex(one.leaf[0]));
    step(7, (before?.leaf[1] ?? 0) === one.leaf[1] - 1 && sameOrAbsent(before?.leafHash, one.leaf[2]), 'revisions');
    step(7, !before || before.header[2] === one.header[2], 'another type');
    step(7, !before || before.header[3] === area || (body[3] === undefined && body[1] === body[0]), 'another compartment');
  }

  // 8: each wrap, the ones that are of no use here included, names a key that was usable at the log number seen.
  for (const [, [name]] of wraps) step(8, isUsable(vaultLog, name, body[6]), 'a wrap to a key that was not usable');

  // 9: rights. `upload` lets write into data, `note` into notes, nothing into private (§9.3).
  const own = body[3] === undefined && body[1] === vaultLog.statement.owner;
  if (own) {
    step(9, same(body[2], vaultLog.statement.fingerprint), "not the owner's fingerprint");
  } else {
    const grant = standingGrant(vaultLog, capacity, body[6]);
    step(9, grant && same(grant.what[2], body[3]?.[1] ?? body[2]), 'no grant');
    const [, upload, note] = grant.what[4];
    step(9, (area === 1 && upload) || (area === 2 && note), 'no right to write here');
    if (body[3]) {
      const clinic = clinics.get(capacity);
      step(9, clinic && same(clinic.fingerprint, body[3][1]), 'clinic');
      step(9, clinic.members.some(({ user, fingerprint }) => user === body[1] && same(fingerprint, body[2])), 'not on the roster');
    }
  }

  // 10: what was signed under a log before a revocation stands only as far as its cut-offs say (§9.4).
  for (const revoke of actions(vaultLog, REVOKE)) {
    if (revoke.number <= body[6] || revoke.what[0] !== capacity) continue;
    const cutoff = revoke.what[2].find(([name]) => same(name, [body[1], capacity]));
    const stands = cutoff && (cutoff[1] > body[4] || (cutoff[1] === body[4] && same(cutoff[2], await root(chainAfter))));
    step(10, stands, 'written after a revocation');
  }

  // 12: the signature.
  await signed.verify(author.signing);

  const chains = new Map(vault.chains).set(chainKey, chainAfter);
  const entities = new Map(vault.entities);
  for (const one of items) entities.set(hex(one.leaf[0]), one);
  return {
    vault: { log: vaultLog, chains, entities },
    accepted: { vaultId: body[0], batchId, area, wraps, items, chain: { size: chainAfter.length, root: await root(chainAfter) } },
  };
}

/** The JSON text of a record, or undefined: what is none was written so by its author, and is no fault of the others' (§10.2). */
function jsonText(bytes) {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

/** Opens an accepted write (§11, "Opening") with vault keys by name. Each entity's rev is its leaf hash (§10.2). */
export async function openWrite(accepted, keys) {
  const { vaultId, batchId, area, wraps, items } = accepted;
  // In their order, which says nothing (§10): up to the first whose key is at hand.
  const found = wraps.find(([, [name]]) => {
    check(name[0] === area, 'a wrap to a key of another compartment');
    return keys.has(String(name));
  });
  check(found, 'no wrap to a key at hand', 'no_access');
  const [, [name, sealed]] = found;
  const wrapKey = await expand(keys.get(String(name)), labelled('vault wrap key', [vaultId, name]));
  const batchKey = secret(await open(wrapKey, labelled('batch wrap', [batchId, vaultId, name]), sealed));
  return Promise.all(items.map(async (one) => {
    const entityKey = await expand(batchKey, labelled('entity key', one.header[1]));
    // Before anything is decrypted: AES-GCM does not commit to its key.
    check(same(await expand(entityKey, labelled('entity key commitment', [])), one.header[7]), 'commitment of an entity key');
    const plaintext = await open(await expand(entityKey, labelled('entity content', [])), one.headerBytes, one.sealed);
    const opened = decode(plaintext, content);
    check(same(await sha256(opened[0], opened[1]), one.leaf[3][1]), 'salt and record');
    return {
      id: one.header[1],
      type: one.header[2],
      sequence: one.leaf[1],
      rev: Buffer.from(one.leafHash).toString('base64url'),
      plaintext,
      record: jsonText(opened[1]),
      links: one.header[8],
      linkSecrets: opened[2] ?? [],
    };
  }));
}

/** By which whoever reads a parent finds its children (§10.3). */
export const link = (linkSecret, childType) => hmac(linkSecret, labelled('link', childType));
