// §10 and §11 of docs/protocol.md: writes, and how a vault is read.
import { suite } from './hpke-core.mjs';
import {
  ascending, bstr, check, choice, compartment, decode, decodeLabelled, decodeSigned, digest, encode, expand, hex, hmac, hpkeOpen, id,
  labelled, leafHash, list, map, open, owner, Refused, root, same, sameOrAbsent, secret, sha256, time, tstr, uint,
} from './notation.mjs';
import { digestBefore, endingsOf, isUsable, keyName, ownerAt, standingGrant } from './log.mjs';
import { checkLeaf, delegateWrap, follow, introducesKey, leaf } from './entities.mjs';
import { isOnRoster, versionOf } from './identities.mjs';

// ----------------------------------------------------------------------------------------------- §10 Writes, §11 Reading a vault

const item = map({ 0: bstr }, { 1: bstr, 2: bstr, 3: list(delegateWrap, 1) });
export const wrap = choice({ 1: [keyName, bstr], 2: [keyName, bstr], 3: [owner, digest, digest, bstr] });
export const batch = map({ 0: id, 1: owner, 2: compartment, 3: list(wrap, 1) });
const write = map({ 0: bstr, 2: list(item, 1) }, { 1: batch });
export const manifest = map(
  { 0: owner, 1: owner, 2: digest, 4: uint, 5: digest, 6: uint, 7: digest, 8: uint, 9: digest, 10: time },
  { 3: map({ 0: owner, 1: digest, 2: digest }) },
);
export const header = map({ 0: owner, 1: id, 2: tstr, 3: compartment, 4: id, 5: uint, 7: digest, 8: list(digest) }, { 6: digest });
export const content = map({ 0: id, 1: bstr }, { 2: list(secret) });

/** What was read of a vault so far: the leaf hashes of each chain, what follows from each entity's leaves, and the batches. */
export const emptyVault = (vaultLog) => ({ log: vaultLog, chains: new Map(), entities: new Map(), batches: new Map() });

/** Who made a batch, and under which log head: what its wraps of kinds 2 and 3 are bound to (§10.4). */
export const writerOf = (body) => [[body[1], body[2], body[3]?.[0] ?? body[1]], body[7]];

/**
 * Checks one write in the order of the cursors and returns it with the vault after it; the numbers are the steps of §11.
 * `people` and `clinics` are opened statements and bundles by id, verified or pinned by the caller; of a person also a list of versions.
 * `leads` says which fingerprint leads to which (§4.1). Step 11 and the end need memory.
 */
export async function acceptWrite(vault, bytes, people, clinics = new Map(), leads = same) {
  const { log: vaultLog } = vault;
  const step = (place, holds, message) => check(holds, `§11 step ${place}: ${message}`);

  // 1: every part decodes; there is a batch exactly if an item introduces a key.
  const parts = decode(bytes, write);
  const signed = await decodeSigned(parts[0], 'manifest', manifest);
  const { body } = signed;
  const items = await Promise.all(parts[2].map(async (one) => ({
    leaf: decode(one[0], leaf),
    leafHash: await leafHash(one[0]),
    header: one[1] && decodeLabelled(one[1], 'entity', header),
    headerBytes: one[1],
    sealed: one[2],
    wraps: one[3],
  })));
  const introduces = (one) => introducesKey(one.leaf);
  const own = parts[1];
  step(1, (own !== undefined) === items.some(introduces) && (!own || own[1] === body[0]), 'batch');

  // 2: the members of the leaf go together; header, batch, leaf and wraps fit each other.
  for (const one of items) {
    checkLeaf(one.leaf);
    step(2, (one.header !== undefined) === (one.leaf[3] !== undefined) && (one.header || !one.sealed), 'header and content');
    if (one.header) {
      step(2, one.header[0] === body[0], 'header and vault');
      step(2, same(one.header[1], one.leaf[0]) && one.header[5] === one.leaf[1] && sameOrAbsent(one.header[6], one.leaf[2]), 'header and leaf');
      if (introduces(one)) step(2, same(one.header[4], own[0]) && one.header[3] === own[2], 'header and batch');
      if (one.sealed) step(2, same(one.leaf[3][0], await sha256(one.headerBytes, one.sealed)), 'header and sealed content');
    }
    if (one.wraps) {
      const hashes = await Promise.all(one.wraps.map((wrapped) => leafHash(encode(wrapped))));
      step(2, one.leaf[6] && one.leaf[6][0] === hashes.length && same(one.leaf[6][1], await root(hashes)), 'wraps and leaf');
    }
  }

  // 3: the manifest's leaves are these.
  step(3, ascending(items.map((one) => one.leaf[0])), 'order of the items');
  step(3, body[8] === items.length && same(body[9], await root(items.map((one) => one.leafHash))), 'root over the leaves');

  // 4: vault and author.
  const author = versionOf(people, body[1], body[2]);
  step(4, body[0] === vaultLog.statement.owner && author, 'vault or author');

  // 5: the next of its chain, which is named by the author and the capacity (§10.1), under no older log.
  const capacity = body[3]?.[0] ?? body[1];
  const chainKey = JSON.stringify([body[1], capacity]);
  const chain = vault.chains.get(chainKey) ?? { hashes: [], logNumber: 0 };
  step(5, body[4] === chain.hashes.length + 1 && same(body[5], await root(chain.hashes)), 'the chain is broken');
  step(5, body[6] >= chain.logNumber, 'an older log than before');
  const chainAfter = [...chain.hashes, await leafHash(signed.payload)];

  // 6: the log that was seen is this one.
  step(6, body[6] <= vaultLog.entries.length && same(body[7], digestBefore(vaultLog, body[6])), 'another log');

  // 7: what follows from each entity's leaves goes on (§10.6).
  const entities = new Map(vault.entities);
  for (const one of items) {
    const key = hex(one.leaf[0]);
    one.state = follow(entities.get(key), one, { vaultLog, body, batchId: own?.[0], leads });
    entities.set(key, one.state);
  }

  // 8: each wrap, the ones that are of no use here included, is for a key that was usable at the log number seen, or for somebody entitled.
  const epochs = items.filter(introduces).map((one) => one.state.epoch);
  step(8, epochs.every((epoch) => epoch === epochs[0]), 'entities of several epochs');
  if (own) checkWraps(vaultLog, own, epochs[0], body[6], leads, step);

  // 9: the author is the owner at the log number, or one of the clinic's people. What he may do is part of step 7.
  if (!body[3] && body[1] === vaultLog.statement.owner) {
    step(9, same(body[2], ownerAt(vaultLog, body[6]).fingerprint), "not the owner's fingerprint");
  }
  if (body[3]) {
    const clinic = clinics.get(capacity);
    step(9, clinic && same(clinic.fingerprint, body[3][1]), 'clinic');
    step(9, isOnRoster(clinic, body[1], body[2]), 'not on the roster');
  }

  // 10: what was signed under a log before a revocation or a refound stands only as far as its cut-offs say (§9.4, §9.5).
  for (const { cutoffs } of endingsOf(vaultLog, capacity, body[6])) {
    const found = cutoffs.find(([name]) => same(name, [body[1], capacity]));
    const stands = found && (found[1] > body[4] || (found[1] === body[4] && same(found[2], await root(chainAfter))));
    step(10, stands, 'written after a revocation');
  }

  // 12: the signature.
  await signed.verify(author.signing);

  const chains = new Map(vault.chains).set(chainKey, { hashes: chainAfter, logNumber: body[6] });
  const batches = new Map(vault.batches);
  if (own) batches.set(hex(own[0]), { id: own[0], area: own[2], epoch: epochs[0], wraps: own[3], writer: writerOf(body) });
  return {
    vault: { log: vaultLog, chains, entities, batches },
    accepted: {
      vaultId: body[0],
      body,
      batchId: own?.[0],
      wraps: own?.[3],
      batches,
      items,
      chain: { size: chainAfter.length, root: await root(chainAfter) },
    },
  };
}

/** §11 step 8. */
function checkWraps(vaultLog, { 2: area, 3: wraps }, epoch, upTo, leads, step) {
  const of = (name) => name[0] === area && name[1] === epoch;
  for (const [kindOfWrap, [name]] of wraps) if (kindOfWrap !== 3) step(8, of(name) && isUsable(vaultLog, name, upTo), 'a wrap to a key that was not usable');
  for (const [place, [, [recipient, fingerprint]]] of wraps.filter(([kindOfWrap]) => kindOfWrap === 3).entries()) {
    const grant = standingGrant(vaultLog, recipient, upTo);
    const entitled = recipient === vaultLog.statement.owner
      ? same(fingerprint, ownerAt(vaultLog, upTo).fingerprint)
      : place > 0 && grant && leads(grant.what[2], fingerprint) && grant.what[5].some(of);
    step(8, entitled, 'a wrap to somebody who is not entitled');
  }
}

/** Wraps that were added to a batch later (§11 step 8): they come after those that are there. */
export function addWraps(vault, batchId, wraps) {
  const known = vault.batches.get(hex(batchId));
  check(known && wraps.every(([kindOfWrap, [name]]) => kindOfWrap === 3 || (name[0] === known.area && name[1] === known.epoch)), 'wraps of another batch');
  return { ...vault, batches: new Map(vault.batches).set(hex(batchId), { ...known, wraps: [...known.wraps, ...wraps] }) };
}

/**
 * The key of a batch, by vault keys by name, and by `own`: those whom the reader acts for, as { id, fingerprint, statement, agreement }.
 * In the order of the wraps, which says nothing (§10): up to the first that is for something at hand.
 */
export async function openBatch({ id: batchId, area, wraps, writer: [writer, head] }, vaultId, keys, own = []) {
  for (const [kindOfWrap, parts] of wraps) {
    if (kindOfWrap === 3) {
      const [recipient, , statement, sealed] = parts;
      const reader = own.find((one) => one.id === recipient && same(one.statement, statement));
      if (!reader) continue;
      const info = labelled('batch key', [vaultId, writer, [reader.id, reader.fingerprint, reader.statement], batchId, head]);
      return secret(await hpkeOpen(reader.agreement, info, sealed));
    }
    const [name, sealed] = parts;
    check(name[0] === area, 'a wrap to a key of another compartment');
    const key = keys.get(String(name));
    if (!key) continue;
    if (kindOfWrap === 1) {
      const wrapKey = await expand(key, labelled('vault wrap key', [vaultId, name]));
      return secret(await open(wrapKey, labelled('batch wrap', [batchId, vaultId, name]), sealed));
    }
    const dropBox = await suite.kem.deriveKeyPair(await expand(key, labelled('vault drop box', [vaultId, name])));
    return secret(await hpkeOpen(dropBox, labelled('drop box', [vaultId, writer, batchId, name, head]), sealed));
  }
  throw new Refused('no_access', 'no wrap to a key at hand');
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

/** The key of an entity in a batch, if it is the one that is committed to. */
export async function entityKeyOf(batchKey, entity, commitment) {
  const key = await expand(batchKey, labelled('entity key', entity));
  await checkEntityKey(key, commitment);
  return key;
}

/** Before anything is decrypted: AES-GCM does not commit to its key. */
export async function checkEntityKey(key, commitment) {
  check(same(await expand(key, labelled('entity key commitment', [])), commitment), 'commitment of an entity key');
}

/** Decrypts a content with the entity's key, which has been checked, and compares it with what its author signed. */
export async function openContent(entityKey, headerBytes, sealed, plain) {
  const plaintext = await open(await expand(entityKey, labelled('entity content', [])), headerBytes, sealed);
  const opened = decode(plaintext, content);
  check(same(await sha256(opened[0], opened[1]), plain), 'salt and record');
  return { plaintext, record: jsonText(opened[1]), linkSecrets: opened[2] ?? [] };
}

/** Opens what has content of an accepted write (§11, "Opening"). Each entity's rev is its leaf hash (§10.2). */
export async function openWrite(accepted, keys, own = []) {
  const { vaultId, batchId, wraps, batches, items } = accepted;
  return Promise.all(items.filter((one) => one.header && one.sealed).map(async (one) => {
    const known = batches.get(hex(one.header[4]));
    check(known, 'a batch that is not there', 'no_access');
    const batchKey = await openBatch(batchId && same(known.id, batchId) ? { ...known, wraps } : known, vaultId, keys, own);
    const entityKey = await entityKeyOf(batchKey, one.header[1], one.header[7]);
    return {
      id: one.header[1],
      type: one.header[2],
      sequence: one.leaf[1],
      rev: Buffer.from(one.leafHash).toString('base64url'),
      links: one.header[8],
      ...await openContent(entityKey, one.headerBytes, one.sealed, one.leaf[3][1]),
    };
  }));
}

/** By which whoever reads a parent finds its children (§10.3). */
export const link = (linkSecret, childType) => hmac(linkSecret, labelled('link', childType));
