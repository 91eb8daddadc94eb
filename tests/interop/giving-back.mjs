// §4.1, §4.2 and §9.6 of docs/protocol.md: versions of an identity, safety numbers, and what is given back.
import {
  ascending, bstr, check, compare, decode, decodeSigned, digest, hex, hpkeOpen, id, labelled, list, map, owner, publicKey, same,
  sameOrAbsent, secret, sha256, time, tuple, uint,
} from './notation.mjs';
import { isOnRoster, openStatement } from './identities.mjs';
import { actions, addWithVersionsBefore, digestBefore, keyName, MINT, ownerAt } from './log.mjs';

// ------------------------------------------------------------------------ §4.1 Versions, §4.2 Safety numbers, §9.6 Giving back

const succession = map({ 0: owner, 1: digest, 2: digest, 3: publicKey });

/** All versions of an owner's identity, oldest first, and which fingerprint leads to which. */
export async function openVersions(statements, successions, platform, whose) {
  const versions = [];
  for (const bytes of statements) {
    const opened = await openStatement(bytes, platform, whose);
    check(opened.version === versions.length + 1 && sameOrAbsent(opened.before, versions.at(-1)?.fingerprint), 'versions do not follow one another');
    versions.push(opened);
  }
  const steps = [];
  for (const bytes of successions) {
    const { body, verify } = await decodeSigned(bytes, 'identity succession', succession);
    const place = versions.findIndex(({ fingerprint }) => same(fingerprint, body[1]));
    const [before, after] = [versions[place], versions[place + 1]];
    const fits = before && after && body[0] === whose && same(after.fingerprint, body[2])
      && same(await sha256(labelled('rotation key', body[3])), before.rotation);
    check(fits, 'a succession between other identities');
    await verify(body[3]);
    steps.push([body[1], body[2]]);
  }
  const leads = (from, to) => same(from, to) || steps.some(([before, after]) => same(before, from) && leads(after, to));
  return { versions, leads };
}

/** What two parties, each [owner, fingerprint], compare: the digits, and the text for scanning. */
export async function safetyNumber(platform, one, other) {
  const parties = [one, other].sort((a, b) => compare(a[0], b[0]));
  const half = async ([whose, fingerprint]) => {
    const hash = await sha256(labelled('safety number', [platform, whose, fingerprint]));
    return Array.from({ length: 6 }, (_, group) => {
      const value = hash.subarray(5 * group, 5 * group + 5).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
      return String(value % 100_000n).padStart(5, '0');
    }).join(' ');
  };
  const halves = await Promise.all(parties.map(half));
  const code = Buffer.from(labelled('safety number', [platform, parties])).toString('base64url');
  return { halves, digits: halves.join(' '), code: `tidelock:${code}` };
}

const giveBack = map(
  { 0: owner, 1: digest, 2: uint, 3: digest, 4: owner, 5: digest, 7: digest, 8: uint, 9: uint, 10: bstr, 11: time },
  { 6: map({ 0: owner, 1: digest, 2: digest }) },
);
const returned = map({ 0: list(tuple(keyName, secret)), 1: list(tuple(id, secret)) });

/**
 * What one part gives back to the owner under her new identity, `own`, whose agreement key is at hand. `giver` is verified. The vault
 * keys are by name, with the versions before; those of entities are compared with their headers by whoever uses them.
 */
export async function openGiveBack(bytes, giver, vaultLog, own, agreement, clinics = new Map()) {
  const { body, verify } = await decodeSigned(bytes, 'give back', giveBack);
  check(body[4] === giver.owner && same(body[5], giver.fingerprint), 'of somebody else');
  if (body[6]) {
    const clinic = clinics.get(body[6][0]);
    check(clinic && same(clinic.fingerprint, body[6][1]) && isOnRoster(clinic, giver.owner, giver.fingerprint), 'not of the clinic');
  }
  check(body[0] === vaultLog.statement.owner && body[0] === own.owner && same(body[7], own.fingerprint), 'to somebody else');
  check(body[8] >= 1 && body[8] <= body[9], 'part');
  check(body[2] <= vaultLog.entries.length && same(body[3], digestBefore(vaultLog, body[2])), 'another log');
  check(same(body[1], ownerAt(vaultLog, body[2]).fingerprint), 'the owner before');
  await verify(giver.signing);
  const info = labelled('give back', [body[0], body[1], [body[4], body[5]], [body[0], body[7]], body[2], body[3], body[8], body[9]]);
  const { 0: vaultKeys, 1: entityKeys } = decode(await hpkeOpen(agreement, info, body[10]), returned);
  check(ascending(vaultKeys.map(([name]) => name)) && ascending(entityKeys.map(([entity]) => entity)) && entityKeys.length <= 1000, 'order');
  const keys = new Map();
  for (const [name, key] of vaultKeys) {
    check(actions(vaultLog, MINT, body[2]).some((entry) => same(entry.what[0], name)), 'a key that was minted later');
    await addWithVersionsBefore(vaultLog, keys, name, key);
  }
  return { keys, entities: new Map(entityKeys.map(([entity, key]) => [hex(entity), key])) };
}
