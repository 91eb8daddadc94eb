// §4 to §6 of docs/protocol.md: identities, recovery codes, backups, clinics.
import {
  ascending, bstr, check, choice, decode, decodeLabelled, decodeSigned, derivedPublicKey, digest, expand, extract, keyPair, kind,
  labelled, list, map, number, open, origin, owner, publicKey, Refused, root, same, secret, sha256, suites, time, tstr, u32, uint, utf8,
  verifyingKey,
} from './notation.mjs';

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
  return {
    owner: whose, platform, kind: body[1], version: body[3], before: body[4], fingerprint,
    agreement: body[5], signing: body[6], rotation: body[7], backup: body[8],
  };
}

/** Of people, opened statements or lists of versions by id: the version with this fingerprint. */
export const versionOf = (people, whose, fingerprint) =>
  [people.get(whose)].flat().find((version) => version && same(version.fingerprint, fingerprint));

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

export const clinicBundle = map({ 0: bstr, 1: bstr, 2: bstr, 3: bstr });
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

/** Whether somebody is one of a clinic's people, under this identity. */
export const isOnRoster = (clinic, whose, fingerprint) => clinic.members.some((member) => member.user === whose && same(member.fingerprint, fingerprint));
