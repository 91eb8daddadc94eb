// The record of tests/vectors/protocol.json, read by a second implementation that knows docs/protocol.md and nothing of ours.
// Given are the owner's recovery code and what a platform serves; everything else in the vectors is only compared with.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fromHex, hex } from './hpke-core.mjs';
import {
  acceptWrite, appendEntry, checkCommitment, emptyLog, emptyVault, keyPair, link, openBackup, openBundle, openGrantedKeys, openOwnKeys,
  openStatement, openWrite, parseRecoveryCode,
} from './reader.mjs';
import { code, eachAlteredByte } from './refusals.mjs';

const vectors = JSON.parse(await readFile(new URL('../vectors/protocol.json', import.meta.url)));
const { platform, backup, clinic, refused, recovery_codes: codes } = vectors;
const [alice, doctor] = vectors.identities;

const statement = await openStatement(fromHex(alice.statement.bytes), platform, alice.owner);
const people = new Map([
  [alice.owner, statement],
  [doctor.owner, await openStatement(fromHex(doctor.statement.bytes), platform, doctor.owner)],
]);
const { agreement } = await openBackup(fromHex(backup.bytes), backup.recovery_code, statement);
const bundle = await openBundle(fromHex(clinic.bundle), platform, clinic.id);
const clinics = new Map([[clinic.id, bundle]]);

/** The log up to and without entry `end`. */
async function readLog(end = vectors.log.length) {
  let log = emptyLog(statement);
  for (const { bytes } of vectors.log.slice(0, end)) log = await appendEntry(log, fromHex(bytes));
  return log;
}

/** The vault up to and without write `end`. */
async function readVault(end = vectors.writes.length) {
  let vault = emptyVault(await readLog());
  for (const { bytes } of vectors.writes.slice(0, end)) ({ vault } = await acceptWrite(vault, fromHex(bytes), people, clinics));
  return vault;
}

test('recovery codes: the bytes, and what is said about mistyped ones', () => {
  for (const { code: text, secret } of codes.valid) assert.equal(hex(parseRecoveryCode(text)), secret);
  assert.equal(hex(parseRecoveryCode(` ${backup.recovery_code.toLowerCase().replaceAll('-', ' – ')}\n`)), backup.recovery_secret);
  for (const { text, ...said } of codes.mistyped) {
    assert.throws(() => parseRecoveryCode(text), (error) => {
      assert.equal(error.code, 'invalid_recovery_code');
      for (const [name, value] of Object.entries(said)) assert.equal(error[name], value, text);
      return true;
    });
  }
});

test('recovery codes: each mistyped symbol is named', () => {
  const text = backup.recovery_code.replaceAll('-', '');
  for (const [place, symbol] of [...text].entries()) {
    for (const other of 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789') {
      if (other === symbol) continue;
      const mistyped = text.slice(0, place) + other + text.slice(place + 1);
      assert.throws(() => parseRecoveryCode(mistyped), { error: 'mistyped', position: place + 1, expected: symbol });
    }
  }
});

test('statements: fingerprints', () => {
  for (const identity of vectors.identities) {
    const opened = people.get(identity.owner);
    assert.equal(hex(opened.fingerprint), identity.fingerprint);
    assert.equal(hex(opened.agreement), identity.agreement_public);
    assert.equal(hex(opened.rotation), identity.rotation_commitment);
  }
});

test('statements: an altered byte, another owner or platform, and the higher s are refused', async () => {
  const bytes = fromHex(alice.statement.bytes);
  // A byte of the suites can take away the one that is known, and then the statement is as of another suite.
  await eachAlteredByte(bytes, (altered) => openStatement(altered, platform, alice.owner), 'tampered', 'unsupported');
  await assert.rejects(openStatement(bytes, platform, doctor.owner), code('tampered'));
  await assert.rejects(openStatement(bytes, 'https://other.example', alice.owner), code('tampered'));
  await assert.rejects(openStatement(fromHex(refused.statement_with_high_s), platform, alice.owner), /the higher s/);
});

test('statements: another encoding of the same value is refused', async () => {
  const digits = alice.statement.bytes;
  await assert.rejects(openStatement(fromHex(`${digits}00`), platform, alice.owner), code('tampered'));
  // The payload's length in four bytes instead of two; and the array with its end marked instead of its length.
  for (const other of [digits.replace('a059013e', 'a05a0000013e'), digits.replace(/^84/, '9f').concat('ff')]) {
    assert.notEqual(other, digits);
    await assert.rejects(openStatement(fromHex(other), platform, alice.owner), code('tampered'));
  }
});

test('the backup: an altered byte, another code and another statement are refused', async () => {
  const bytes = fromHex(backup.bytes);
  const read = (altered) => openBackup(altered, backup.recovery_code, statement);
  await eachAlteredByte(bytes, read, 'tampered', 'unsupported', 'invalid_recovery_code', 'identity_changed');
  await assert.rejects(openBackup(bytes, codes.valid[0].code, statement), code('invalid_recovery_code'));
  const successor = { ...statement, fingerprint: people.get(doctor.owner).fingerprint };
  await assert.rejects(openBackup(bytes, backup.recovery_code, successor), code('identity_changed'));
});

test('the clinic: fingerprint, roster, and an altered byte', async () => {
  assert.equal(hex(bundle.fingerprint), clinic.fingerprint);
  assert.equal(hex(bundle.statement), clinic.statement.digest);
  assert.deepEqual(bundle.members.map(({ user }) => user), [doctor.owner]);
  await eachAlteredByte(fromHex(clinic.bundle), (altered) => openBundle(altered, platform, clinic.id), 'tampered', 'unsupported');
});

test('the log: its chain, an altered byte in each entry, and an entry out of place', async () => {
  const log = await readLog();
  assert.deepEqual(log.entries.map((entry) => hex(entry.digest)), vectors.log.map((entry) => entry.digest));
  for (const [place, { bytes }] of vectors.log.entries()) {
    const before = await readLog(place);
    await eachAlteredByte(fromHex(bytes), (altered) => appendEntry(before, altered), 'tampered', 'unsupported');
    const next = vectors.log[place + 1];
    if (next) await assert.rejects(appendEntry(before, fromHex(next.bytes)), code('tampered'));
  }
});

test('vault keys: from the mints, and the versions before', async () => {
  const keys = await openOwnKeys(await readLog(), agreement);
  const expected = vectors.vault_keys.map(({ compartment, epoch, version, key }) => [`${compartment},${epoch},${version}`, key]);
  assert.deepEqual([...keys].map(([name, key]) => [name, hex(key)]).sort(), expected.sort());
});

test('vault keys: as the clinic, while its grant stands', async () => {
  const { pair } = await keyPair(fromHex(clinic.envelopes[0].private_key));
  const keys = await openGrantedKeys(await readLog(4), bundle, pair);
  assert.deepEqual([...keys.keys()], ['1,1,1', '2,1,1']);
  for (const { compartment, epoch, version, key } of vectors.vault_keys) {
    const opened = keys.get(`${compartment},${epoch},${version}`);
    if (opened) assert.equal(hex(opened), key);
  }
  await assert.rejects(openGrantedKeys(await readLog(), bundle, pair), code('no_access'));
});

test('vault keys: an altered sealed key, version before or commitment is refused', async () => {
  const log = await readLog();
  // Entry 6 mints the second version of the first key. Members 3 and 4 are `previous` and the key sealed to the owner.
  const [, , , , , sixth] = log.entries;
  for (const member of [3, 4]) {
    await eachAlteredByte(sixth.what[member], (altered) => {
      const entries = log.entries.with(5, { ...sixth, what: { ...sixth.what, [member]: altered } });
      return openOwnKeys({ ...log, entries }, agreement);
    }, 'tampered');
  }
  const [{ key }] = vectors.vault_keys;
  await checkCommitment(log, [1, 1, 1], fromHex(key));
  await eachAlteredByte(fromHex(key), (altered) => checkCommitment(log, [1, 1, 1], altered), 'tampered');
  await assert.rejects(checkCommitment(log, [1, 1, 2], fromHex(key)), code('tampered'));
});

test('writes: chains, records and revs', async () => {
  const keys = await openOwnKeys(await readLog(), agreement);
  let vault = await readVault(0);
  for (const expected of vectors.writes) {
    const read = await acceptWrite(vault, fromHex(expected.bytes), people, clinics);
    ({ vault } = read);
    assert.equal(hex(read.accepted.batchId), expected.batch_id);
    assert.equal(read.accepted.chain.size, expected.chain_size_after);
    assert.equal(hex(read.accepted.chain.root), expected.chain_root_after);
    const entities = await openWrite(read.accepted, keys);
    assert.deepEqual(
      entities.map((entity) => [hex(entity.id), entity.type, entity.sequence, entity.rev, hex(entity.plaintext), entity.record]),
      expected.entities.map((entity) => [entity.id, entity.kind, entity.sequence, entity.rev, entity.plaintext, entity.body]),
    );
    assert.deepEqual(entities.map((entity) => entity.links.map(hex)), expected.entities.map((entity) => entity.links));
    assert.deepEqual(entities.map((entity) => entity.linkSecrets.map(hex)), expected.entities.map((entity) => entity.link_secrets));
  }
  for (const { child_type: type, link: expected, secret } of vectors.links) assert.equal(hex(await link(fromHex(secret), type)), expected);
});

test('writes: an altered byte in each is refused', async () => {
  const keys = await openOwnKeys(await readLog(), agreement);
  for (const [place, { bytes }] of vectors.writes.entries()) {
    const before = await readVault(place);
    // The wraps are not signed: what is altered there shows when the batch key is opened (`no_access` if it is the compartment).
    await eachAlteredByte(fromHex(bytes), async (altered) => {
      const { accepted } = await acceptWrite(before, altered, people, clinics);
      return openWrite(accepted, keys);
    }, 'tampered', 'unsupported', 'no_access');
  }
});

test('writes: an altered commitment, sealed content or record digest is refused on opening', async () => {
  const keys = await openOwnKeys(await readLog(), agreement);
  const { accepted } = await acceptWrite(await readVault(0), fromHex(vectors.writes[0].bytes), people, clinics);
  const [first] = accepted.items;
  const read = (changes) => openWrite({ ...accepted, items: [{ ...first, ...changes }] }, keys);
  await read({});
  await eachAlteredByte(first.header[7], (altered) => read({ header: { ...first.header, 7: altered } }), 'tampered');
  await eachAlteredByte(first.sealed, (altered) => read({ sealed: altered }), 'tampered');
  await eachAlteredByte(first.leaf[3][1], (altered) => read({ leaf: { ...first.leaf, 3: [first.leaf[3][0], altered] } }), 'tampered');
});

test('labelled structures: another version or suite is unsupported, whatever else is there', async () => {
  for (const [expected, texts] of Object.entries(vectors.other_versions)) {
    for (const digits of texts) {
      await assert.rejects(openBackup(fromHex(digits), backup.recovery_code, statement), code(expected), digits);
    }
  }
});

test('writes: wraps may come in any order, and one to another compartment or an unusable key is refused', async () => {
  const keys = await openOwnKeys(await readLog(), agreement);
  const { accepted } = await acceptWrite(await readVault(0), fromHex(vectors.writes[0].bytes), people, clinics);
  const [wrap] = accepted.wraps;
  const unknown = [1, [[1, 9, 9], wrap[1][1]]];
  const [expected] = await openWrite(accepted, keys);
  for (const wraps of [[unknown, wrap], [wrap, unknown], [wrap, wrap]]) {
    const [opened] = await openWrite({ ...accepted, wraps }, keys);
    assert.equal(opened.record, expected.record);
  }
  await assert.rejects(openWrite({ ...accepted, wraps: [unknown] }, keys), code('no_access'));
  await assert.rejects(openWrite({ ...accepted, wraps: [[1, [[2, 1, 1], wrap[1][1]]], wrap] }, keys), code('tampered'));
  // A wrap is not signed, and yet may not name a key that the log did not have when the manifest was signed.
  const digits = vectors.writes[0].bytes;
  assert.ok(digits.includes('83010101'), 'the name of the first key');
  await assert.rejects(acceptWrite(await readVault(0), fromHex(digits.replace('83010101', '83010102')), people, clinics), /§11 step 8/);
});

test('writes: what was signed under the old log after the revocation is refused', async () => {
  const late = fromHex(refused.write_after_revocation);
  const vault = await readVault();
  await assert.rejects(acceptWrite(vault, late, people, clinics), /§11 step 10/);
  // Before the revocation it would have been accepted: nothing else is wrong with it.
  await acceptWrite({ ...vault, log: await readLog(4) }, late, people, clinics);
});

test('writes: one left out, twice, by a stranger or by somebody who left the clinic is refused', async () => {
  const [first, second, third] = vectors.writes.map(({ bytes }) => fromHex(bytes));
  await assert.rejects(acceptWrite(await readVault(0), third, people, clinics), /§11 step 5/);
  await assert.rejects(acceptWrite(await readVault(1), first, people, clinics), /§11 step 5/);
  await assert.rejects(acceptWrite(await readVault(1), second, new Map([[alice.owner, statement]]), clinics), /§11 step 4/);
  const without = new Map([[clinic.id, { ...bundle, members: [] }]]);
  await assert.rejects(acceptWrite(await readVault(1), second, people, without), /§11 step 9/);
});
