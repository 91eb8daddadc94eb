// §8 and §9 of docs/protocol.md: the vault log, what follows from it, and the keys that it hands over.
import {
  ascending, bool, bstr, check, choice, compartment, decode, decodeSigned, digest, expand, hpkeOpen, kind, labelled, list, map, must,
  open, owner, publicKey, same, secret, time, tuple, u32, uint, verifyingKey,
} from './notation.mjs';

// -------------------------------------------------------------------------------------------------------------- §9 The vault log

export const keyName = tuple(compartment, must((value) => u32(value) >= 1, 'epoch'), must((value) => u32(value) >= 1, 'version'));
const chainName = tuple(owner, owner);
const cutoff = tuple(chainName, uint, digest);
const logEntry = map({
  0: owner,
  1: digest,
  2: uint,
  3: digest,
  4: time,
  5: choice({
    1: [map({ 0: keyName, 1: digest, 2: publicKey, 4: bstr }, { 3: bstr })],
    2: [map({ 0: owner, 1: kind, 2: digest, 3: digest, 4: tuple(bool, bool, bool), 5: list(keyName), 6: bstr })],
    3: [map({ 0: owner, 1: digest, 2: list(cutoff) })],
    4: [map({ 0: digest, 1: list(cutoff) })],
  }),
});
export const [MINT, GRANT, REVOKE, REFOUND] = [1, 2, 3, 4];

/**
 * The log of an owner's vault as checked so far: her opened statement, the one with which the log begins, and her entries, of which
 * `entries[0]` has number 1. `later` are newer versions that are verified, pinned or accepted, oldest first.
 */
export const emptyLog = (statement, later = []) => ({ statement, later, entries: [] });

/** The identity in force at a log number (§9.2, 1). */
export function ownerAt(vaultLog, upTo = vaultLog.entries.length) {
  const refound = actions(vaultLog, REFOUND, upTo).at(-1);
  return refound ? vaultLog.later.find(({ fingerprint }) => same(fingerprint, refound.what[0])) : vaultLog.statement;
}

/** The entries that take rights away: whose, or everybody's, and what they let stand (§9.4, §9.5). */
export const endings = (vaultLog) => vaultLog.entries.filter(({ action }) => action === REVOKE || action === REFOUND)
  .map(({ number: at, action, what }) => (action === REVOKE ? { number: at, delegate: what[0], cutoffs: what[2] } : { number: at, cutoffs: what[1] }));

/** Those after a log number that end what a capacity may. */
export const endingsOf = (vaultLog, capacity, after) =>
  endings(vaultLog).filter((ending) => ending.number > after && (ending.delegate ?? capacity) === capacity);

/** The epoch of the newest key of a compartment at a log number. */
export const epochAt = (vaultLog, area, upTo) =>
  Math.max(0, ...actions(vaultLog, MINT, upTo).map((entry) => entry.what[0]).filter((name) => name[0] === area).map((name) => name[1]));

export const actions = (vaultLog, which, upTo = vaultLog.entries.length) =>
  vaultLog.entries.slice(0, upTo).filter((entry) => entry.action === which);

export const digestBefore = (vaultLog, count) => (count === 0 ? vaultLog.statement.fingerprint : vaultLog.entries[count - 1].digest);

const mintOf = (vaultLog, name) => actions(vaultLog, MINT).find((entry) => same(entry.what[0], name));

/** The newest version of an epoch. */
const newest = (vaultLog, area, epoch) =>
  actions(vaultLog, MINT).map((entry) => entry.what[0]).filter((name) => name[0] === area && name[1] === epoch).at(-1);

/** The grant of a delegate that stands at a log number (§9.3). */
export function standingGrant(vaultLog, delegate, upTo = vaultLog.entries.length) {
  const of = (entry) => entry.action === REFOUND || (entry.action !== MINT && entry.what[0] === delegate);
  const last = vaultLog.entries.slice(0, upTo).filter(of).at(-1);
  return last?.action === GRANT ? last : undefined;
}

/** Whether by an entry after a log number, up to another, somebody lost a key of which `such` says yes; a refound takes all (§9.3). */
export const lost = (vaultLog, from, upTo, such) => endings(vaultLog).some((ending) => from < ending.number && ending.number <= upTo
  && (ending.delegate === undefined || actions(vaultLog, GRANT, ending.number)
    .some((grant) => grant.what[0] === ending.delegate && grant.what[5].some(such))));

/**
 * Minted by an entry up to a log number, and not exposed when only the entries up to there are counted: nobody lost a key of the
 * compartment and epoch, of whatever version, after the mint (§9.3).
 */
export function isUsable(vaultLog, name, upTo = vaultLog.entries.length) {
  const mint = mintOf(vaultLog, name);
  return mint !== undefined && mint.number <= upTo
    && !lost(vaultLog, mint.number, upTo, ([area, epoch]) => area === name[0] && epoch === name[1]);
}

/** One more entry. Returns the longer log, and refuses what is not valid in its place (§9.2). */
export async function appendEntry(vaultLog, bytes) {
  const { statement, later, entries } = vaultLog;
  const { body, digest: name, verify } = await decodeSigned(bytes, 'vault log entry', logEntry);
  const [action, [what]] = body[5];
  // 1: signer, vault, number and chain. A refound is signed by the identity that it names.
  const inForce = ownerAt(vaultLog);
  const signer = action === REFOUND ? [statement, ...later].find(({ fingerprint }) => same(fingerprint, what[0])) : inForce;
  check(signer, 'the owner goes on under an identity that nobody has verified', 'identity_changed');
  check(body[0] === statement.owner && same(body[1], signer.fingerprint), "another vault's entry");
  check(body[2] === entries.length + 1 && same(body[3], digestBefore(vaultLog, entries.length)), 'the chain of the log is broken');
  await verify(signer.signing);
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
  } else if (action === REFOUND) {
    // 5: to a newer version.
    check(signer.version > inForce.version && ascending(what[1].map(([chain]) => chain)), 'an older identity goes on');
  } else {
    // 4: of a standing grant.
    const grant = standingGrant(vaultLog, what[0]);
    check(grant && same(grant.what[2], what[1]) && ascending(what[2].map(([chain]) => chain)), 'nothing to revoke');
  }
  return { statement, later, entries: [...entries, { number: body[2], before: body[3], digest: name, action, what }] };
}

// ------------------------------------------------------------------------------------------------ §8 Vault keys, §9.3 opening

/** The keys in one HPKE message of an entry (§9.1): `recipient` is [id, fingerprint, statement digest]. */
async function openKeys(vaultLog, entry, recipient, agreement, names, sealed) {
  const { owner: vault, fingerprint } = ownerAt(vaultLog, entry.number);
  const { before } = entry;
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
export async function addWithVersionsBefore(vaultLog, keys, name, key) {
  await checkCommitment(vaultLog, name, key);
  keys.set(String(name), key);
  if (name[2] === 1) return;
  const context = labelled('previous vault key', [vaultLog.statement.owner, name]);
  const previous = secret(await open(await expand(key, context), context, mintOf(vaultLog, name).what[3]));
  await addWithVersionsBefore(vaultLog, keys, [name[0], name[1], name[2] - 1], previous);
}

/**
 * As owner under the identity in force: the newest version of each epoch from its mint, if that was minted under it, then the
 * versions before. Keys by name, such as "1,1,2".
 */
export async function openOwnKeys(vaultLog, agreement) {
  const { owner: vault, fingerprint } = ownerAt(vaultLog);
  const keys = new Map();
  for (const entry of actions(vaultLog, MINT)) {
    const { what } = entry;
    if (!same(what[0], newest(vaultLog, what[0][0], what[0][1])) || !same(ownerAt(vaultLog, entry.number).fingerprint, fingerprint)) continue;
    const [key] = await openKeys(vaultLog, entry, [vault, fingerprint, fingerprint], agreement, [what[0]], what[4]);
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
  const opened = await openKeys(vaultLog, grant, recipient, agreement, grant.what[5], grant.what[6]);
  for (const [place, name] of grant.what[5].entries()) await addWithVersionsBefore(vaultLog, keys, name, opened[place]);
  return keys;
}
