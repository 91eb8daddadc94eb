// §11.1 of docs/protocol.md: how a single entity is read.
import {
  bstr, check, decode, decodeLabelled, decodeSigned, digest, encode, hpkeOpen, id, leafHash, list, map, owner, same, sameOrAbsent, secret,
  sha256, size, tuple, uint,
} from './notation.mjs';
import { digestBefore, endingsOf, ownerAt } from './log.mjs';
import { checkLeaf, delegateWrap, delegationInfo, follow, introducesKey, lapse, leaf, recipientsOf } from './entities.mjs';
import { clinicBundle, isOnRoster, versionOf } from './identities.mjs';
import { batch, checkEntityKey, entityKeyOf, header, manifest, openBatch, openContent, writerOf } from './writes.mjs';

// -------------------------------------------------------------------------------------------------- §11.1 Reading single entities

const proof = list(digest);
const servedLeaf = map({ 0: bstr, 1: uint, 2: uint, 3: proof });
const servedEntity = map({ 0: owner, 1: id, 2: list(servedLeaf) }, {
  3: bstr, 4: bstr, 5: batch, 6: map({ 0: uint, 1: uint, 2: delegateWrap, 3: proof }),
});
const statements = map({ 0: list(bstr) }, { 1: list(bstr, 1) });
const bundle = map({
  0: list(servedEntity),
  1: list(map({ 0: owner, 1: statements, 2: list(bstr) })),
  2: list(map({ 0: bstr }, { 1: list(tuple(uint, proof), 1) })),
  3: list(map({ 0: owner, 1: statements })),
  4: list(map({ 0: owner, 1: clinicBundle })),
}, { 5: bstr });

/** Whether a leaf hash is at an index of a tree of that size and root (RFC 9162 §2.1.3.2). */
async function isIncluded(hash, index, size, path, expected) {
  if (index >= size) return false;
  let [place, last, reached] = [index, size - 1, hash];
  for (const sibling of path) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      reached = await sha256([1], sibling, reached);
      while (place % 2 === 0 && place !== 0) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    } else {
      reached = await sha256([1], reached, sibling);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(reached, expected);
}

/** Step 1: a manifest that its author signed, that the log knows, and that nothing has ended since. */
async function readManifest([bytes, proofs = []], vaultLog, people, clinics) {
  const signed = await decodeSigned(bytes, 'manifest', manifest);
  const { body } = signed;
  const author = versionOf(people, body[1], body[2]);
  check(author && body[0] === vaultLog.statement.owner, 'vault or author');
  check(body[6] <= vaultLog.entries.length && same(body[7], digestBefore(vaultLog, body[6])), 'another log');
  const capacity = body[3]?.[0] ?? body[1];
  if (body[3]) {
    const clinic = clinics.get(capacity);
    check(clinic && same(clinic.fingerprint, body[3][1]) && isOnRoster(clinic, body[1], body[2]), 'not of the clinic');
  } else if (body[1] === vaultLog.statement.owner) {
    check(same(body[2], ownerAt(vaultLog, body[6]).fingerprint), "not the owner's fingerprint");
  }
  const hash = await leafHash(signed.payload);
  for (const { number: at, cutoffs } of endingsOf(vaultLog, capacity, body[6])) {
    const [, size, top] = cutoffs.find(([name]) => same(name, [body[1], capacity])) ?? [];
    const [, path] = proofs.find(([entry]) => entry === at) ?? [];
    check(size && path && await isIncluded(hash, body[4] - 1, size, path, top), 'a write that a revocation does not let stand');
  }
  await signed.verify(author.signing);
  return body;
}

/**
 * The first entity of a bundle, from its first leaf on, as `reader`, { id, fingerprint, statement, agreement }, with vault keys by name.
 * Its record is there if the reader gets the key. Memory is not here (§11.1, 6).
 */
export async function readEntity(bytes, vaultLog, people, clinics, reader, keys = new Map(), leads = same) {
  const { 0: [served], 2: manifests } = decode(bytes, bundle);
  check(served, 'no such entity', 'not_found');
  const bodies = await Promise.all(manifests.map((one) => readManifest([one[0], one[1]], vaultLog, people, clinics)));
  // 2
  const lines = [];
  for (const line of served[2]) {
    const one = decode(line[0], leaf);
    checkLeaf(one);
    const body = bodies[line[1]];
    const hash = await leafHash(line[0]);
    const held = body && body[0] === served[0] && same(one[0], served[1]) && await isIncluded(hash, line[2], body[8], line[3], body[9]);
    check(held, 'a leaf that its manifest does not hold');
    lines.push({ leaf: one, leafHash: hash, body });
  }
  check(!lines.at(-1)?.leaf[7], 'deleted', 'not_found');
  // 3
  check(served[3] && served[4], 'a content that is withheld');
  const top = decodeLabelled(served[3], 'entity', header);
  const newest = lines.findLast((line) => line.leaf[3]);
  const fits = newest && top[0] === served[0] && same(top[1], newest.leaf[0]) && top[5] === newest.leaf[1] && sameOrAbsent(top[6], newest.leaf[2]);
  check(fits && same(newest.leaf[3][0], await sha256(served[3], served[4])), 'header, content and leaf');
  newest.header = top;
  // 4: backwards, before each move the entity was where its leaf says.
  let area = top[3];
  for (const line of lines.toReversed()) {
    line.place = [top[2], area];
    area = line.leaf[9] ?? area;
  }
  let state;
  let own;
  let keyed;
  for (const line of lines) {
    state = follow(state, line, { vaultLog, body: line.body, leads });
    if (introducesKey(line.leaf)) keyed = line.body;
    if (served[6]?.[0] === state.sequence) {
      const { 1: position, 2: wrapped, 3: path } = served[6];
      const [count, wraps] = line.leaf[6] ?? [0];
      const mine = recipientsOf(line.leaf, state).indexOf(reader.id) === position
        && await isIncluded(await leafHash(encode(wrapped)), position, count, path, wraps);
      check(mine, 'wraps that are not those their author signed');
      own = { body: line.body, sequence: state.sequence, wrapped };
    }
  }
  // 5
  state = lapse(state, vaultLog, vaultLog.entries.length);
  // Opening
  let key;
  if (own && state.delegations.some(({ delegate }) => delegate === reader.id) && own.sequence >= state.keySequence && same(own.wrapped[0], reader.statement)) {
    const info = delegationInfo(own.body, reader, served[1], own.sequence, state.commitment);
    key = secret(await hpkeOpen(reader.agreement, info, own.wrapped[1]));
    await checkEntityKey(key, state.commitment);
  } else {
    const { 0: batchId, 2: where, 3: wraps } = served[5] ?? {};
    check(batchId && same(batchId, state.batch), 'no key at hand', 'no_access');
    const ofEpoch = wraps.every(([kindOfWrap, [name]]) => kindOfWrap === 3 || (name[0] === state.compartment && name[1] === state.epoch));
    check(ofEpoch, 'a batch of another epoch');
    const known = { id: batchId, area: where, wraps, writer: writerOf(keyed) };
    key = await entityKeyOf(await openBatch(known, served[0], keys, [reader]), served[1], state.commitment);
  }
  return { state, ...await openContent(key, served[3], served[4], state.plain) };
}
