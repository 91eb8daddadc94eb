// What iCure's documentation says of sharing, sentence by sentence, in Node, against the real server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Content, DataSample, HealthcareElement, Patient, init } from 'tidelock';
import { Platform, program } from '../e2e/platform.mjs';
import { TRUSTING, contentOf, idOf, newPatient, newPractitioner, rejects, requestsOf, withFetch, writesOf } from './people.mjs';

const sampleOf = (stringValue) => new DataSample({ content: { en: new Content({ stringValue }) } });
const textOf = ({ content }) => content.en.stringValue;

/** All that the platform answers while `work` is done. */
async function answersOf(work) {
  const answers = [];
  await withFetch(async (request, fetchThere) => {
    const answer = await fetchThere(request);
    answers.push(Buffer.from(await answer.clone().arrayBuffer()));
    return answer;
  }, work);
  return answers;
}

describe('sharing', () => {
  let platform;
  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
  });
  after(() => platform?.stop());

  const doctor = () => newPractitioner(platform.url, TRUSTING);
  const person = () => newPatient(platform.url, 'Alice Appleseed', TRUSTING);

  it('one data sample of two gives neither the other, nor the patient, nor his id', async () => {
    const [giver, receiver] = await Promise.all([doctor(), doctor()]);
    const patient = await giver.session.patientApi.createOrModifyPatient(new Patient({ firstName: 'John' }));
    const [first, second] = await giver.session.dataSampleApi.createOrModifyDataSamplesFor(patient.id, [sampleOf('first'), sampleOf('second')]);
    await giver.session.dataSampleApi.giveAccessTo(first, idOf(receiver));

    const { dataSampleApi, patientApi } = receiver.session;
    let read;
    const answers = await answersOf(async () => {
      read = await dataSampleApi.getDataSample(first.id);
      assert.deepEqual((await dataSampleApi.list({ delegated: true })).items.map(({ id }) => id), [first.id]);
    });
    assert.equal(textOf(read), 'first');
    await rejects('not_found', dataSampleApi.getDataSample(second.id));
    await rejects('not_found', patientApi.getPatient(patient.id));
    await rejects('not_found', dataSampleApi.getDataSamplesForPatient(patient.id));
    assert.deepEqual(await dataSampleApi.getDataSamples([first.id, second.id]), [read]);

    assert.ok(!JSON.stringify(read).includes(patient.id));
    const holds = (id) => answers.some((answer) => answer.includes(Buffer.from(id, 'base64url')) || answer.includes(id));
    assert.ok(holds(first.id), 'the search finds what is there');
    assert.ok(!holds(patient.id) && !holds(second.id), 'and nobody told the other two ids');
  });

  it('is none of an administrator\u2019s business, who lists and cannot read', async () => {
    const [patient, administrator, other] = await Promise.all([person(), doctor(), doctor()]);
    const element = await patient.session.healthcareElementApi.createOrModifyHealthcareElement(
      new HealthcareElement({ description: 'Pararibulitis' }), idOf(patient));
    await promisify(execFile)(program(), ['administrator', 'add', administrator.account.email], {
      env: { ...process.env, TIDELOCK_DATA: platform.data }, timeout: 30_000,
    });

    /** What the platform hands out of the patient's vault. */
    const stored = async ({ account }) => {
      const token = await account.keyStore.get(`${platform.url}/session token`);
      return fetch(`${platform.url}/v1/tidelock/vaults/${idOf(patient)}/writes?after=0`, { headers: { 'x-tidepool-session-token': token } });
    };
    assert.equal((await stored(other)).status, 404);
    const answer = await stored(administrator);
    assert.equal(answer.status, 200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.ok(bytes.includes(Buffer.from(element.id, 'base64url')), 'it lists the element');
    assert.ok(!bytes.includes('Pararibulitis'));

    const { healthcareElementApi } = administrator.session;
    await rejects('no_access', healthcareElementApi.getHealthcareElement(element.id, { vault: idOf(patient) }));
    assert.deepEqual(await healthcareElementApi.getHealthcareElements([element.id, element.id.replace(/^./, 'z')], { vault: idOf(patient) }), []);
    await rejects('no_access', healthcareElementApi.update(element.id, (read) => void (read.note = 'no'), { vault: idOf(patient) }));
    await rejects('no_access', healthcareElementApi.createOrModify(new HealthcareElement({ ...element, note: 'no' })));
    assert.deepEqual(await patient.session.healthcareElementApi.getHealthcareElement(element.id), element);
  });

  describe('automatically', () => {
    let giver;
    let receiver;
    let older;
    before(async () => {
      [giver, receiver] = await Promise.all([person(), doctor()]);
      older = await giver.session.dataSampleApi.createOrModifyDataSampleFor(idOf(giver), sampleOf('older'));
      await giver.session.userApi.shareAllFutureDataWith(idOf(receiver));
    });

    const write = ({ session }, text) => session.dataSampleApi.createOrModifyDataSampleFor(session.user.id, sampleOf(text));
    const read = ({ session }, { id }) => session.dataSampleApi.getDataSample(id);

    it('is for future data only', async () => {
      await rejects('not_found', read(receiver, older));
      const newer = await write(giver, 'newer');
      assert.equal(textOf(await read(receiver, newer)), 'newer');
      await rejects('not_found', read(receiver, older));
      const [member] = await giver.session.userApi.getAutomaticSharing();
      assert.deepEqual([member.dataOwnerId, member.everything, member.rights], [idOf(receiver), false, 'write']);
    });

    it('is not on modification', async () => {
      older = await giver.session.dataSampleApi.update(older.id, (sample) => void (sample.comment = 'modified'));
      await rejects('not_found', read(receiver, older));
    });

    it('is one-way', async () => {
      const theirs = await write(receiver, 'theirs');
      await rejects('not_found', read(giver, theirs));
      assert.deepEqual(await receiver.session.userApi.getAutomaticSharing(), []);
    });

    it('does not chain', async () => {
      const third = await doctor();
      await receiver.session.userApi.shareAllFutureDataWith([idOf(third)]);
      const newer = await write(giver, 'after the chain');
      assert.equal(textOf(await read(receiver, newer)), 'after the chain');
      await rejects('not_found', read(third, newer));
    });

    it('can be stopped', async () => {
      const before = await write(giver, 'before');
      await giver.session.userApi.stopSharingDataWith(idOf(receiver));
      const after = await write(giver, 'after');
      assert.equal(textOf(await read(receiver, before)), 'before');
      await rejects('not_found', read(receiver, after));
      // And begun again.
      await giver.session.userApi.shareAllFutureDataWith(idOf(receiver));
      assert.equal(textOf(await read(receiver, await write(giver, 'again'))), 'again');
      await rejects('not_found', read(receiver, after));
    });

    it('or all at once, which is what was there before, too', async () => {
      const [alice, bob] = await Promise.all([person(), doctor()]);
      const first = await write(alice, 'first');
      await alice.session.userApi.shareAllDataWith(idOf(bob), { rights: 'read' });
      assert.equal(textOf(await read(bob, first)), 'first');
      const modified = await alice.session.dataSampleApi.update(first.id, (sample) => void (sample.comment = 'modified'));
      assert.equal((await read(bob, first)).rev, modified.rev);
      const [member] = await alice.session.userApi.getAutomaticSharing();
      assert.deepEqual([member.dataOwnerId, member.everything, member.rights], [idOf(bob), true, 'read']);
    });
  });

  it('a modification is seen by all without sharing again', async () => {
    const [owner, writer, reader] = await Promise.all([doctor(), doctor(), person()]);
    const ownerApi = owner.session.patientApi;
    const { id } = await ownerApi.createOrModifyPatient(new Patient({ note: 'Winter is coming' }), {
      shareWith: { [idOf(writer)]: 'write', [idOf(reader)]: 'read' },
    });
    const all = [owner, writer, reader].map(({ session }) => session.patientApi);
    const modify = (api, note) => api.update(id, (patient) => void (patient.note = note));
    const requests = await requestsOf(() => modify(ownerApi, 'Winter is here'));
    assert.equal(writesOf(requests).length, 1);
    for (const api of all) assert.equal((await api.getPatient(id)).note, 'Winter is here');
    await modify(writer.session.patientApi, 'Summer');
    const seen = await Promise.all(all.map((api) => api.getPatient(id)));
    for (const { note, author, responsible } of seen) assert.deepEqual([note, author, responsible], ['Summer', idOf(writer), idOf(owner)]);
    assert.deepEqual(seen.map((patient, index) => all[index].hasWriteAccess(patient)), [true, true, false]);
    await rejects('forbidden', modify(reader.session.patientApi, 'Never'));
    assert.equal((await ownerApi.getPatient(id)).note, 'Summer');
  });

  it('revokeAccess does in one call what copying did', async () => {
    const [owner, kept, revoked] = await Promise.all([doctor(), doctor(), doctor()]);
    const { patientApi } = owner.session;
    const patient = await patientApi.createOrModifyPatient(new Patient({ note: 'Winter is coming' }));
    const shared = await patientApi.giveAccessTo(patient, [idOf(kept), idOf(revoked)]);
    const onward = await person();
    const atRevoked = await revoked.session.patientApi.giveAccessTo(await revoked.session.patientApi.getPatient(patient.id), idOf(onward), { rights: 'read' });
    await rejects('conflict', patientApi.revokeAccess(shared, idOf(revoked)));
    let after;
    const requests = await requestsOf(async () => {
      after = await patientApi.revokeAccess(atRevoked, idOf(revoked));
    });
    assert.equal(writesOf(requests).length, 1);
    assert.equal(after.id, patient.id);
    assert.deepEqual(contentOf(after), contentOf(patient));
    // Those who are left read on; the revoked, and with whom he shared, do not.
    assert.deepEqual(contentOf(await kept.session.patientApi.getPatient(patient.id)), contentOf(patient));
    await rejects('not_found', revoked.session.patientApi.getPatient(patient.id));
    await rejects('not_found', onward.session.patientApi.getPatient(patient.id));
    const { permissionsByDataOwnerId } = await patientApi.getDataOwnersWithAccessTo(after);
    assert.deepEqual(permissionsByDataOwnerId, { [idOf(owner)]: 'WRITE', [idOf(kept)]: 'WRITE' });
    const what = (await patientApi.getAccessHistory(after)).map((event) => [event.what, event.by, event.dataOwnerId]);
    assert.deepEqual(what.filter(([name]) => name !== 'resealed' && name !== 'modified').map(([name, by, to]) => [name, by, to].join(' ').trim()).sort(), [
      `created ${idOf(owner)}`, `given ${idOf(owner)} ${idOf(kept)}`, `given ${idOf(owner)} ${idOf(revoked)}`, `given ${idOf(revoked)} ${idOf(onward)}`,
      `lapsed ${idOf(owner)} ${idOf(onward)}`, `revoked ${idOf(owner)} ${idOf(revoked)}`,
    ].sort());
  });

  it('with keepDescendants, those with whom the revoked shared on stay', async () => {
    const [owner, revoked, onward] = await Promise.all([doctor(), doctor(), person()]);
    const { patientApi } = owner.session;
    const patient = await patientApi.giveAccessTo(await patientApi.createOrModifyPatient(new Patient({ note: 'kept' })), idOf(revoked));
    assert.equal(patient.note, 'kept');
    const shared = await revoked.session.patientApi.giveAccessTo(await revoked.session.patientApi.getPatient(patient.id), idOf(onward), { rights: 'read' });
    const after = await patientApi.revokeAccess(shared, idOf(revoked), { keepDescendants: true });
    await rejects('not_found', revoked.session.patientApi.getPatient(patient.id));
    assert.equal((await onward.session.patientApi.getPatient(patient.id)).note, 'kept');
    const { access } = await patientApi.getDataOwnersWithAccessTo(after);
    const { by, rights } = access.find(({ dataOwnerId }) => dataOwnerId === idOf(onward));
    assert.deepEqual([by, rights], [idOf(owner), 'read']);
  });

  it('what is private stays private, whoever has the rest', async () => {
    const [alice, bob] = await Promise.all([person(), doctor()]);
    const { dataSampleApi, userApi } = alice.session;
    const own = idOf(alice);
    const hidden = await dataSampleApi.createOrModifyDataSampleFor(own, sampleOf('hidden'), { compartment: 'private' });
    const moved = await dataSampleApi.createOrModifyDataSampleFor(own, sampleOf('moved'));
    await userApi.shareAllDataWith(idOf(bob), { rights: 'read' });
    assert.equal(hidden.compartment, 'private');
    await rejects('not_found', bob.session.dataSampleApi.getDataSample(hidden.id));
    assert.equal(textOf(await bob.session.dataSampleApi.getDataSample(moved.id)), 'moved');
    const after = await dataSampleApi.moveTo(moved, 'private');
    assert.equal(after.compartment, 'private');
    await rejects('not_found', bob.session.dataSampleApi.getDataSample(moved.id));
    assert.equal(textOf(await dataSampleApi.getDataSample(moved.id)), 'moved');
  });

  it('what is deleted is gone for all, and cannot come back', async () => {
    const [owner, other] = await Promise.all([doctor(), doctor()]);
    const { patientApi } = owner.session;
    const patient = await patientApi.giveAccessTo(await patientApi.createOrModifyPatient(new Patient({ note: 'short' })), idOf(other));
    await other.session.patientApi.getPatient(patient.id);
    await rejects('conflict', patientApi.delete({ ...patient, rev: 'A'.repeat(43) }));
    await patientApi.delete(patient);
    for (const { session } of [owner, other]) await rejects('not_found', session.patientApi.getPatient(patient.id));
    const again = await patientApi.createOrModifyPatient(new Patient({ id: patient.id, note: 'again' })).catch((error) => error);
    assert.ok(['conflict', 'not_found'].includes(again.code), String(again.code ?? again));
    assert.ok(!(await patientApi.listPatients()).some(({ id }) => id === patient.id));
  });
});
