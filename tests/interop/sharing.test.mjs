// What tests/vectors/protocol.json says of single entities, of batches for those without a vault key, and of new identities, read by
// the second implementation. Given are private keys and what a platform serves; everything else is only compared with.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fromHex, hex } from './hpke-core.mjs';
import {
  acceptWrite, addWraps, appendEntry, decode, emptyLog, emptyVault, keyPair, openBundle, openGiveBack, openOwnKeys, openVersions, openWrite,
  readEntity, safetyNumber, wrap,
} from './reader.mjs';
import { code, eachAlteredByte } from './refusals.mjs';

const vectors = JSON.parse(await readFile(new URL('../vectors/protocol.json', import.meta.url)));
const { platform, clinic, entities, batches, recovery, safety_number: numbers } = vectors;
const [alice, doctor] = vectors.identities;

const statements = [alice.statement.bytes, recovery.identity.statement.bytes].map(fromHex);
const successions = [fromHex(recovery.succession.bytes)];
const { versions, leads } = await openVersions(statements, successions, platform, alice.owner);
const [before, after] = versions;
const { versions: [giver] } = await openVersions([fromHex(doctor.statement.bytes)], [], platform, doctor.owner);
const people = new Map([[alice.owner, versions], [doctor.owner, giver]]);
const bundle = await openBundle(fromHex(clinic.bundle), platform, clinic.id);
const clinics = new Map([[clinic.id, bundle]]);

const pair = async (digits) => (await keyPair(fromHex(digits))).pair;
/** Somebody whom a reader acts for. */
const reader = async ({ owner, fingerprint }, digits) =>
  ({ id: owner, fingerprint, statement: fingerprint, agreement: await pair(digits) });
const asAlice = await reader(before, alice.agreement_private);
const asDoctor = await reader(giver, doctor.agreement_private);
const asClinic = {
  id: clinic.id, fingerprint: bundle.fingerprint, statement: bundle.statement, agreement: await pair(clinic.envelopes[0].private_key),
};

const entries = [...vectors.log, ...batches.log, ...recovery.log].map(({ bytes }) => fromHex(bytes));
const beforeRefound = vectors.log.length + batches.log.length;

/** The log up to and without entry `end`. */
async function readLog(end, later = [after]) {
  let log = emptyLog(before, later);
  for (const entry of entries.slice(0, end)) log = await appendEntry(log, entry);
  return log;
}

const writes = [...vectors.writes, ...entities.writes, ...batches.writes, ...recovery.writes].map(({ bytes }) => fromHex(bytes));

/** The vault up to and without write `end`, under a log. */
async function readVault(end, log) {
  let vault = emptyVault(log);
  for (const bytes of writes.slice(0, end)) ({ vault } = await acceptWrite(vault, bytes, people, clinics));
  return vault;
}

test('single entities: what follows from each leaf, and each record', async () => {
  const log = await readLog(vectors.log.length);
  const keys = await openOwnKeys(log, asAlice.agreement);
  let vault = await readVault(vectors.writes.length, log);
  for (const [place, expected] of entities.writes.entries()) {
    for (const refused of entities.refused.filter((one) => one.after === place)) {
      await assert.rejects(acceptWrite(vault, fromHex(refused.bytes), people, clinics), new RegExp(refused.reason));
    }
    const read = await acceptWrite(vault, fromHex(expected.bytes), people, clinics);
    ({ vault } = read);
    const state = vault.entities.get(entities.id);
    assert.equal(hex(state.rev), expected.leaf_hash);
    const { compartment, epoch, keySequence, contentSequence, author, due, deleted } = state;
    const standing = state.delegations.map(({ delegate, rights, by }) => ({ delegate, rights, by: by[0] }));
    assert.deepEqual(
      { compartment, epoch, key_sequence: keySequence, content_sequence: contentSequence, author, due, deleted, delegations: standing },
      expected.after,
    );
    const opened = await openWrite(read.accepted, keys);
    assert.deepEqual(opened.map(({ record, plaintext }) => [record, hex(plaintext)]), expected.content ? [[expected.content.body, expected.content.plaintext]] : []);
  }
});

test('single entities: an altered byte in each write is refused', async () => {
  const log = await readLog(vectors.log.length);
  const keys = await openOwnKeys(log, asAlice.agreement);
  for (const [place, { bytes }] of entities.writes.entries()) {
    const vault = await readVault(vectors.writes.length + place, log);
    await eachAlteredByte(fromHex(bytes), async (altered) => {
      const { accepted } = await acceptWrite(vault, altered, people, clinics);
      return openWrite(accepted, keys);
    }, 'tampered', 'unsupported', 'no_access');
  }
});

test('single entities: as a delegate, with nothing else of the vault', async () => {
  const log = await readLog(vectors.log.length);
  const served = fromHex(entities.bundle.bytes);
  const read = (bytes, who, keys) => readEntity(bytes, log, people, clinics, who, keys);
  const { record, state } = await read(served, asClinic);
  assert.equal(record, entities.bundle.body);
  assert.equal(hex(state.rev), entities.writes[3].leaf_hash);
  await assert.rejects(read(served, { ...asDoctor, id: 'somebody' }), code('tampered', 'no_access'));
  // Whoever has the vault key needs no wrap.
  const { record: own } = await read(served, { ...asClinic, statement: asDoctor.statement }, await openOwnKeys(log, asAlice.agreement));
  assert.equal(own, record);
  // Of what nobody signed, only what is looked at can be noticed; whatever else is altered there changes nothing.
  for (const place of served.keys()) {
    const altered = Uint8Array.from(served);
    altered[place] ^= 1 << place % 8;
    const spoilt = await read(altered, asClinic).catch(code('tampered', 'unsupported', 'no_access', 'not_found'));
    if (spoilt !== true) assert.deepEqual([spoilt.record, spoilt.state], [record, state], `byte ${place}`);
  }
});

test('batches: by the drop box, one by one, and by a wrap that was added', async () => {
  let log = await readLog(vectors.log.length + 1);
  let vault = { ...await readVault(vectors.writes.length + entities.writes.length, log) };
  const key2 = fromHex(vectors.vault_keys.find(({ compartment, version }) => compartment === 1 && version === 2).key);
  const first = await acceptWrite(vault, fromHex(batches.writes[0].bytes), people, clinics);
  const [opened] = await openWrite(first.accepted, new Map([['1,1,2', key2]]));
  assert.equal(opened.record, batches.writes[0].body);
  await assert.rejects(openWrite(first.accepted, new Map(), [asDoctor]), code('no_access'), 'not even who wrote it');

  log = await readLog(beforeRefound);
  vault = { ...first.vault, log };
  const second = await acceptWrite(vault, fromHex(batches.writes[1].bytes), people, clinics);
  for (const own of [asAlice, asDoctor]) {
    const [again] = await openWrite(second.accepted, new Map(), [own]);
    assert.equal(hex(again.plaintext), batches.writes[1].plaintext);
  }
  await assert.rejects(openWrite(second.accepted, new Map([['1,1,2', key2]]), [asClinic]), code('no_access'), 'who has every key of before');
  const { author, sealedBy, keySequence } = second.vault.entities.get(batches.id);
  assert.deepEqual({ author, sealedBy, keySequence }, { author: doctor.owner, sealedBy: alice.owner, keySequence: 2 });

  const added = decode(fromHex(batches.added.wrap), wrap);
  const { batches: known } = addWraps(second.vault, fromHex(batches.added.batch), [added]);
  const keys = await openOwnKeys(log, asAlice.agreement);
  const [third] = await openWrite({ ...second.accepted, batchId: undefined, batches: known }, keys);
  assert.equal(third.record, batches.writes[1].body);
  assert.throws(() => addWraps(second.vault, fromHex(batches.added.batch), [[1, [[2, 1, 1], added[1][1]]]]), code('tampered'));
});

test('batches: an altered byte in each write is refused', async () => {
  const log = await readLog(beforeRefound);
  const keys = new Map(vectors.vault_keys.map(({ compartment, epoch, version, key }) => [`${compartment},${epoch},${version}`, fromHex(key)]));
  for (const [place, { bytes }] of batches.writes.entries()) {
    const vault = await readVault(vectors.writes.length + entities.writes.length + place, log);
    await eachAlteredByte(fromHex(bytes), async (altered) => {
      const { accepted } = await acceptWrite(vault, altered, people, clinics);
      // Each wrap by itself: whoever it is for notices.
      for (const one of accepted.wraps) await openWrite({ ...accepted, wraps: [one] }, keys, [asAlice, asDoctor]);
    }, 'tampered', 'unsupported', 'no_access');
  }
});

test('versions: who accepts whom, and what is no succession', async () => {
  assert.equal(hex(after.fingerprint), recovery.identity.fingerprint);
  assert.ok(leads(before.fingerprint, after.fingerprint) && !leads(after.fingerprint, before.fingerprint));
  const open = (list, accepted) => openVersions(list, accepted, platform, alice.owner);
  assert.equal((await open(statements, [])).leads(before.fingerprint, after.fingerprint), false);
  await assert.rejects(open(statements.slice(1), []), code('tampered'));
  await assert.rejects(open([statements[0], statements[0]], []), code('tampered'));
  await assert.rejects(open(statements.slice(0, 1), successions), code('tampered'));
  await eachAlteredByte(successions[0], (altered) => open(statements, [altered]), 'tampered', 'unsupported');
});

test('the log: goes on under another identity that is verified, and under no other', async () => {
  const log = await readLog();
  assert.deepEqual(log.entries.map((entry) => hex(entry.digest)), [...vectors.log, ...batches.log, ...recovery.log].map((entry) => entry.digest));
  await assert.rejects(readLog(undefined, []), code('identity_changed'));
  assert.equal((await readLog(beforeRefound, [])).entries.length, beforeRefound, 'what comes before stays usable');
  await assert.rejects(appendEntry(log, fromHex(recovery.refused.entry_by_the_identity_before)), code('tampered'));
  const place = await readLog(beforeRefound);
  await eachAlteredByte(entries[beforeRefound], (altered) => appendEntry(place, altered), 'tampered', 'unsupported', 'identity_changed');
  const keys = await openOwnKeys(log, await pair(recovery.identity.agreement_private));
  const expected = recovery.vault_keys.map(({ compartment, epoch, version, key }) => [`${compartment},${epoch},${version}`, key]);
  assert.deepEqual([...keys].map(([name, key]) => [name, hex(key)]).sort(), expected.sort());
});

test('writes: what stands when the owner goes on', async () => {
  const log = await readLog();
  const vault = await readVault(writes.length - 1, log);
  const late = fromHex(recovery.refused.write_by_the_identity_before);
  await assert.rejects(acceptWrite(vault, late, people, clinics), /§11 step 10/);
  // Under the log of before it would have been accepted: nothing else is wrong with it.
  await acceptWrite({ ...vault, log: await readLog(beforeRefound) }, late, people, clinics);
  const read = await acceptWrite(vault, writes.at(-1), people, clinics);
  const keys = await openOwnKeys(log, await pair(recovery.identity.agreement_private));
  const [opened] = await openWrite(read.accepted, keys);
  assert.equal(opened.record, recovery.writes[0].body);
  // The same, signed under an identity that the log does not know as the owner's at that number.
  const others = new Map([...people, [alice.owner, [before]]]);
  await assert.rejects(acceptWrite(vault, writes.at(-1), others, clinics), /§11 step 4/);
});

test('giving back: vault keys and entity keys, and an altered byte', async () => {
  const log = await readLog(beforeRefound);
  const agreement = await pair(recovery.identity.agreement_private);
  const open = (bytes, own = after, from = giver) => openGiveBack(bytes, from, log, own, agreement);
  const [first, second] = recovery.give_backs.map(({ bytes }) => fromHex(bytes));
  const { keys } = await open(first);
  const known = [...vectors.vault_keys, ...recovery.vault_keys];
  assert.deepEqual([...keys.keys()], ['1,1,3', '1,1,2', '1,1,1']);
  for (const [name, key] of keys) {
    const expected = known.find(({ compartment, epoch, version }) => `${compartment},${epoch},${version}` === name);
    assert.equal(hex(key), expected.key);
  }
  const { entities: returned } = await open(second);
  assert.equal(hex(returned.get(batches.id)), batches.writes[1].entity_key);
  for (const part of [first, second]) await eachAlteredByte(part, open, 'tampered', 'unsupported');
  await assert.rejects(open(first, before), code('tampered'));
  await assert.rejects(open(first, after, before), code('tampered'));
  const short = await readLog(beforeRefound - 1);
  await assert.rejects(openGiveBack(first, giver, short, after, agreement), code('tampered'), 'another log than the giver knows');
});

test('safety numbers: the same for both', async () => {
  const parties = numbers.parties.map(({ owner, fingerprint }) => [owner, fromHex(fingerprint)]);
  const number = await safetyNumber(platform, ...parties);
  assert.deepEqual(number, { halves: numbers.halves, digits: numbers.digits, code: numbers.code });
  assert.deepEqual(await safetyNumber(platform, ...parties.toReversed()), number);
});
