// What iCure's own tests of sharing check, group by group; docs/icure-tests.md has the list. In Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { Content, DataSample, HealthcareElement, MemoryKeyStore, Patient, TimeSeries, init, recover, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import {
  TRUSTING, contentOf, idOf, newClinic, newPatient, newPractitioner, onAnotherDevice, rejects, requestsOf, share, withFetch, writesOf,
} from './people.mjs';

/** Does `work` while the platform's answers have each entity changed, as a map of CBOR with byte strings. */
const withServed = (change, work) =>
  withFetch(async (request, fetchThere) => {
    const answer = await fetchThere(request);
    if (!new URL(request.url).pathname.endsWith('/entities')) return answer;
    const bundle = decode(new Uint8Array(await answer.arrayBuffer()), { useMaps: true });
    bundle.get(0).forEach(change);
    return new Response(encode(bundle, rfc8949EncodeOptions), { status: answer.status, headers: answer.headers });
  }, work);

/** The three types: how one is made for a patient, and which API has them. */
const types = {
  Patient: { api: 'patientApi', make: (note) => new Patient({ firstName: 'John', note }) },
  HealthcareElement: { api: 'healthcareElementApi', make: (note) => new HealthcareElement({ description: 'Pararibulitis', note }) },
  DataSample: { api: 'dataSampleApi', make: (note) => new DataSample({ comment: note, content: { en: new Content({ stringValue: 'Hello world' }) } }) },
};

describe('sharing, as iCure tests it', () => {
  let platform;
  let hcp;
  let hcp2;
  let patient;
  let other;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [hcp, hcp2, patient, other] = await Promise.all([
      newPractitioner(platform.url, TRUSTING), newPractitioner(platform.url, TRUSTING), newPatient(platform.url, 'Alice', TRUSTING), newPatient(platform.url, 'Bob', TRUSTING),
    ]);
  });
  after(() => platform?.stop());

  const newHcp = () => newPractitioner(platform.url, TRUSTING);
  const create = ({ session }, type, note = 'a note', options) => session[types[type].api].createOrModify(types[type].make(note), options);
  const read = ({ session }, type, { id }) => session[types[type].api].get(id);
  const give = ({ session }, type, entity, to, options) => session[types[type].api].giveAccessTo(entity, to, options);

  const pairs = () => ({ 'hcp with patient': [hcp, patient], 'patient with hcp': [patient, hcp], 'hcp with hcp': [hcp, hcp2] });

  for (const type of Object.keys(types)) {
    it(`group 01: ${type}: before it is shared nobody else reads it, afterwards both do`, async () => {
      for (const [name, [giver, receiver]] of Object.entries(pairs())) {
        const entity = await create(giver, type, name);
        await rejects('not_found', read(receiver, type, entity));
        const shared = await give(giver, type, entity, idOf(receiver));
        assert.deepEqual(await read(receiver, type, entity), shared, name);
        assert.deepEqual(await read(giver, type, entity), shared, name);
        assert.deepEqual(contentOf(shared), contentOf(entity), name);
        await rejects('not_found', read(other, type, entity));
      }
    });

    it(`group 02: ${type}: who has no access cannot share it`, async () => {
      const entity = await create(hcp, type);
      await rejects('not_found', give(other, type, entity, idOf(patient)));
      await rejects('not_found', give(other, type, entity, idOf(other)));
      await rejects('not_found', read(patient, type, entity));
      // Nor can who only reads it give more than he has.
      const shared = await give(hcp, type, entity, idOf(hcp2), { rights: 'read' });
      const atReader = await read(hcp2, type, entity);
      await rejects('forbidden', give(hcp2, type, atReader, idOf(patient)));
      await rejects('not_found', read(patient, type, entity));
      await give(hcp2, type, atReader, idOf(patient), { rights: 'read' });
      assert.deepEqual(contentOf(await read(patient, type, entity)), contentOf(shared));
    });

    it(`group 03: ${type}: for who has access already nothing is written, and the same comes back`, async () => {
      const shared = await give(hcp, type, await create(hcp, type), idOf(hcp2));
      let again;
      const requests = await requestsOf(async () => {
        again = await give(hcp, type, shared, idOf(hcp2));
      });
      assert.deepEqual(again, shared);
      assert.deepEqual(writesOf(requests), []);
      assert.deepEqual(await give(hcp, type, shared, [idOf(hcp2)], { rights: 'read' }), shared, 'less is no reason to write, either');
      assert.equal((await read(hcp2, type, shared)).rights, 'write');
    });

    it(`group 04: ${type}: a stale revision is a conflict, and nobody loses access`, async () => {
      const entity = await create(hcp, type);
      const shared = await give(hcp, type, entity, idOf(patient));
      const { details } = await rejects('conflict', give(hcp, type, entity, idOf(hcp2)));
      assert.equal(details.current, shared.rev);
      await give(hcp, type, await read(hcp, type, entity), idOf(hcp2));
      for (const reader of [hcp, patient, hcp2]) assert.deepEqual(contentOf(await read(reader, type, entity)), contentOf(entity));
    });

    it(`group 07: ${type}: created with others, shared on, modified by them; from the first device and another`, async () => {
      for (const giver of [hcp, patient]) {
        for (const device of [giver, { ...giver, session: await onAnotherDevice(giver) }]) {
          const receiver = giver === hcp ? hcp2 : hcp;
          const created = await create(device, type, 'with others', { shareWith: { [idOf(receiver)]: 'write' } });
          assert.deepEqual(await read(receiver, type, created), created);
          const onward = await give(receiver, type, await read(receiver, type, created), idOf(other));
          assert.deepEqual(contentOf(await read(other, type, created)), contentOf(created));
          const api = other.session[types[type].api];
          const modified = await api.update(created.id, (entity) => void (entity.codes = new Set([{ code: 'changed' }])));
          assert.notEqual(modified.rev, onward.rev);
          for (const reader of [giver, device, receiver]) assert.equal((await read(reader, type, created)).rev, modified.rev);
        }
      }
    });
  }

  it('group 05: a patient reads another patient\u2019s only with a delegation', async () => {
    for (const type of Object.keys(types)) {
      const entity = await create(patient, type);
      await rejects('not_found', read(other, type, entity));
      await give(patient, type, entity, idOf(other), { rights: 'read' });
      assert.deepEqual(contentOf(await read(other, type, entity)), contentOf(entity));
      assert.equal((await read(other, type, entity)).rights, 'read');
    }
  });

  it('group 06: the same by id and in a list; all of a patient\u2019s, none of a patient without', async () => {
    const { healthcareElementApi, patientApi } = hcp.session;
    const [john, jane] = await patientApi.createOrModifyPatients([new Patient({ firstName: 'John' }), new Patient({ firstName: 'Jane' })]);
    const made = ['one', 'two', 'three'].map((description) => new HealthcareElement({ description }));
    const elements = await healthcareElementApi.createOrModifyHealthcareElements(made, john.id);
    const byId = new Map(elements.map((element) => [element.id, element]));
    const listed = await healthcareElementApi.getHealthcareElementsForPatient(john.id);
    assert.equal(listed.length, 3);
    for (const element of listed) {
      assert.deepEqual(element, byId.get(element.id));
      assert.deepEqual(element, await healthcareElementApi.getHealthcareElement(element.id));
    }
    assert.deepEqual(await healthcareElementApi.getHealthcareElementsForPatient(jane.id), []);
    const { items } = await healthcareElementApi.list({ patientId: john.id, filter: ({ description }) => description === 'two' });
    assert.deepEqual(items, [elements[1]]);

    // With whom the patient and some of it are shared, that finds the same.
    await patientApi.giveAccessTo(john, idOf(hcp2), { rights: 'read' });
    const shared = await healthcareElementApi.giveAccessToMany(elements.slice(0, 2), idOf(hcp2));
    const seen = await hcp2.session.healthcareElementApi.getHealthcareElementsForPatient(john.id);
    assert.deepEqual(seen.map(({ id }) => id).sort(), shared.map(({ id }) => id).sort());
  });

  it('group 12: nothing is sealed to identities that nobody has verified', async () => {
    const [careful, first, second] = await Promise.all([newPractitioner(platform.url), newHcp(), newHcp()]);
    const { patientApi, trustApi } = careful.session;
    const entity = await patientApi.createOrModifyPatient(new Patient({ note: 'careful' }));
    const both = [idOf(first), idOf(second)];
    const { details } = await rejects('not_verified', patientApi.giveAccessTo(entity, both));
    assert.deepEqual([details.owner, [...details.owners].sort()], [details.owners[0], [...both].sort()]);
    await trustApi.confirm(both[0], (await first.session.trustApi.safetyNumber(idOf(careful))).digits);
    assert.deepEqual((await rejects('not_verified', patientApi.giveAccessTo(entity, both))).details.owners, [both[1]]);
    for (const { session } of [first, second]) await rejects('not_found', session.patientApi.getPatient(entity.id));
    assert.equal((await patientApi.getPatient(entity.id)).rev, entity.rev, 'nothing was written');
    await patientApi.giveAccessTo(entity, both, { acceptUnverified: [both[1]] });
    for (const { session } of [first, second]) assert.equal((await session.patientApi.getPatient(entity.id)).note, 'careful');

    const known = Object.fromEntries((await trustApi.list()).map(({ id, verified }) => [id, verified]));
    assert.deepEqual([known[both[0]], known[both[1]]], ['safetyNumber', 'firstUse']);
    assert.equal((await careful.session.dataOwnerApi.getDataOwner(both[0])).verified, 'safetyNumber');
    await rejects('not_found', patientApi.giveAccessTo(await patientApi.getPatient(entity.id), 'nobody', { acceptUnverified: true }));
  });

  it('group 13: sharing again from another device writes nothing', async () => {
    const shared = await give(hcp, 'Patient', await create(hcp, 'Patient'), idOf(patient));
    const second = { ...hcp, session: await onAnotherDevice(hcp) };
    const there = await read(second, 'Patient', shared);
    assert.deepEqual(there, shared);
    const requests = await requestsOf(async () => assert.deepEqual(await give(second, 'Patient', there, idOf(patient)), shared));
    assert.deepEqual(writesOf(requests), []);
  });

  it('group 14: what was tampered with on its way is tampered, never data', async () => {
    const shared = await give(hcp, 'DataSample', await create(hcp, 'DataSample'), idOf(hcp2));
    const fresh = { ...hcp2, session: await onAnotherDevice(hcp2) };
    const flip = (bytes) => {
      bytes[bytes.length >> 1] ^= 1;
    };
    for (const [what, change] of Object.entries({
      leaf: (entity) => flip(entity.get(2).at(-1).get(0)),
      'proof of a leaf': (entity) => entity.get(2).at(-1).set(2, 1),
      header: (entity) => flip(entity.get(3)),
      content: (entity) => flip(entity.get(4)),
      'wrapped key': (entity) => flip(entity.get(6).get(2)[1]),
      'left-out revision': (entity) => void entity.get(2).shift(),
    })) {
      const { code } = await withServed(change, () => rejects('tampered', read(fresh, 'DataSample', shared)));
      assert.equal(code, 'tampered', what);
    }
    assert.deepEqual(await read(fresh, 'DataSample', shared), shared);
  });

  it('group 15: what no key opens is no_access', async () => {
    const shared = await give(hcp, 'DataSample', await create(hcp, 'DataSample'), idOf(hcp2));
    const fresh = { ...hcp2, session: await onAnotherDevice(hcp2) };
    await withServed((entity) => void entity.delete(6), async () => {
      await rejects('no_access', read(fresh, 'DataSample', shared));
      assert.deepEqual(await fresh.session.dataSampleApi.getDataSamples([shared.id, 'A'.repeat(22)]), []);
    });
    assert.deepEqual(await read(fresh, 'DataSample', shared), shared);
  });

  it('group 16: two shares to the same new delegate at once', async () => {
    const [receiver, elements] = await Promise.all([newHcp(), Promise.all(['one', 'two'].map((note) => create(hcp, 'HealthcareElement', note)))]);
    await Promise.all(elements.map((element) => give(hcp, 'HealthcareElement', element, idOf(receiver))));
    for (const element of elements) assert.deepEqual(contentOf(await read(receiver, 'HealthcareElement', element)), contentOf(element));
    // And from two devices at once.
    const second = { ...hcp, session: await signIn(hcp.account) };
    const more = await Promise.all(['three', 'four'].map((note) => create(hcp, 'HealthcareElement', note)));
    await Promise.all([give(hcp, 'HealthcareElement', more[0], idOf(receiver)), give(second, 'HealthcareElement', more[1], idOf(receiver))]);
    for (const element of more) assert.deepEqual(contentOf(await read(receiver, 'HealthcareElement', element)), contentOf(element));
  });

  it('group 18: a share with ten, seven of whom have it, adds three; nothing missing writes nothing', async () => {
    const people = await Promise.all(Array.from({ length: 10 }, newHcp));
    const ids = people.map(idOf);
    const seven = await give(hcp, 'DataSample', await create(hcp, 'DataSample'), ids.slice(0, 7));
    let ten;
    const requests = await requestsOf(async () => {
      ten = await give(hcp, 'DataSample', seven, ids);
    });
    assert.equal(writesOf(requests).length, 1);
    const given = (await hcp.session.dataSampleApi.getAccessHistory(ten)).filter(({ what }) => what === 'given').map(({ dataOwnerId }) => dataOwnerId);
    assert.deepEqual([...given].sort(), [...ids].sort(), 'each once');
    for (const person of people) assert.deepEqual(contentOf(await read(person, 'DataSample', ten)), contentOf(ten));
    assert.deepEqual(writesOf(await requestsOf(() => give(hcp, 'DataSample', ten, ids))), []);
  });

  it('group 19: of a grant and a delegation the better right counts', async () => {
    const [alice, bob] = await Promise.all([newPatient(platform.url, 'Alice', TRUSTING), newHcp()]);
    const [one, two] = await alice.session.dataSampleApi.createOrModifyMany([types.DataSample.make('one'), types.DataSample.make('two')]);
    await alice.session.userApi.shareAllDataWith(idOf(bob), { rights: 'read' });
    const shared = await give(alice, 'DataSample', one, idOf(bob));
    assert.equal((await read(bob, 'DataSample', one)).rights, 'write');
    assert.equal((await read(bob, 'DataSample', two)).rights, 'read');
    const { dataSampleApi } = bob.session;
    const modified = await dataSampleApi.update(one.id, (sample) => void (sample.comment = 'by Bob'));
    assert.equal((await read(alice, 'DataSample', one)).comment, 'by Bob');
    await rejects('forbidden', dataSampleApi.update(two.id, (sample) => void (sample.comment = 'never')));
    const { permissionsByDataOwnerId, access } = await alice.session.dataSampleApi.getDataOwnersWithAccessTo(modified);
    assert.deepEqual(permissionsByDataOwnerId, { [idOf(alice)]: 'WRITE', [idOf(bob)]: 'WRITE' });
    assert.deepEqual(access.filter(({ dataOwnerId }) => dataOwnerId === idOf(bob)).map(({ basis, rights }) => `${basis} ${rights}`).sort(), ['delegation write', 'grant read']);
    assert.equal(shared.id, one.id);
  });

  it('group 20: shared with a clinic: who works there reads in its name, another clinic does not', async () => {
    const [alice, harbour, hill] = await Promise.all([
      newPatient(platform.url, 'Alice', TRUSTING), newClinic(platform.url, TRUSTING), newClinic(platform.url, TRUSTING),
    ]);
    await share(alice, harbour);
    const element = await create(alice, 'HealthcareElement');
    const secret = await alice.session.healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ note: 'private' }), idOf(alice), { compartment: 'private' });
    const shared = await give(alice, 'HealthcareElement', secret, harbour.clinic.id);
    const inItsName = harbour.session.forClinic(harbour.clinic.id).healthcareElementApi;
    assert.deepEqual(contentOf(await inItsName.getHealthcareElement(secret.id)), contentOf(shared));
    await rejects('not_found', harbour.session.healthcareElementApi.getHealthcareElement(secret.id));
    await rejects('not_found', hill.session.forClinic(hill.clinic.id).healthcareElementApi.getHealthcareElement(secret.id));
    await rejects('no_access', hill.session.healthcareElementApi.getHealthcareElement(element.id, { clinic: harbour.clinic.id }));
    const modified = await inItsName.update(secret.id, (read) => void (read.note = 'by the clinic'));
    assert.deepEqual([modified.author, modified.inNameOf], [idOf(harbour), harbour.clinic.id]);
    assert.equal((await read(alice, 'HealthcareElement', secret)).note, 'by the clinic');
  });

  it('group 23: recovery asks only for what is missing', async () => {
    const { account, recoveryCode } = await newPatient(platform.url);
    await (await signIn(account)).signOut();
    const empty = { ...account, keyStore: new MemoryKeyStore() };
    await rejects('recovery_needed', signIn(empty));
    const recovered = await recover({ ...empty, recoveryCode });
    assert.equal((await signIn(empty)).fingerprint, recovered.fingerprint);
  });

  it('group 26: a recovery code is made, used, mistyped; another account\u2019s is none', async () => {
    const [alice, bob] = await Promise.all([newPatient(platform.url), newPatient(platform.url)]);
    const entity = await create(alice, 'DataSample', 'kept');
    const empty = () => ({ ...alice.account, keyStore: new MemoryKeyStore() });
    await rejects('invalid_recovery_code', recover({ ...empty(), recoveryCode: bob.recoveryCode }));
    const swapped = alice.recoveryCode.replace(/^./, (symbol) => (symbol === 'A' ? 'B' : 'A'));
    assert.equal((await rejects('invalid_recovery_code', recover({ ...empty(), recoveryCode: swapped }))).details.position, 1);
    for (const use of [1, 2]) {
      const session = await recover({ ...empty(), recoveryCode: alice.recoveryCode });
      assert.deepEqual(await session.dataSampleApi.get(entity.id), entity, `use ${use}`);
    }
  });

  it('group 31: nested values, compound and series come back as they were, and what nobody knows, too', async () => {
    const unknown = { since: 'a newer version', deeply: [{ and: null }] };
    const entity = new DataSample({
      unknown,
      content: {
        en: new Content({
          compoundValue: [new DataSample({ id: 'part', content: { en: new Content({ numberValue: 1, unknown }) } })],
          timeSeries: new TimeSeries({ fields: ['v'], samples: [[1], [2]] }),
          binaryValue: new Uint8Array([0, 255]),
        }),
      },
    });
    const shared = await give(patient, 'DataSample', await patient.session.dataSampleApi.createOrModify(entity), idOf(hcp));
    const there = await read(hcp, 'DataSample', shared);
    assert.deepEqual(contentOf(there), entity);
    await hcp.session.dataSampleApi.update(there.id, (sample) => void (sample.comment = 'by an older version'));
    assert.deepEqual(contentOf(await read(patient, 'DataSample', shared)), new DataSample({ ...entity, comment: 'by an older version' }));
    // An application's own types have no class, and are kept the same.
    const reports = patient.session.entityApi('LabReport');
    const report = await reports.createOrModify({ title: 'Blood', values: [1, { unit: 'mmol/L' }], unknown }, { shareWith: { [idOf(hcp)]: 'read' } });
    const { title, values, unknown: kept, author } = await hcp.session.entityApi('LabReport').get(report.id);
    assert.deepEqual({ title, values, kept, author }, { title: 'Blood', values: [1, { unit: 'mmol/L' }], kept: unknown, author: idOf(patient) });
    await rejects('not_found', hcp.session.entityApi('LabReports').get(report.id));
    for (const type of ['Patient', '', 'no type', '1', 'x'.repeat(65)]) assert.throws(() => patient.session.entityApi(type), { code: 'invalid_input' });
  });

  it('group 32: a whole batch is shared, or some of it, and still is after a modification', async () => {
    const { dataSampleApi } = patient.session;
    const made = Array.from({ length: 30 }, (_, index) => types.DataSample.make(`number ${index}`));
    const batch = await dataSampleApi.createOrModifyDataSamplesFor(idOf(patient), made);
    const requests = await requestsOf(() => dataSampleApi.giveAccessToMany(batch.slice(0, 10), idOf(hcp)));
    assert.equal(writesOf(requests).length, 1);
    const ids = batch.map(({ id }) => id);
    const seen = async () => (await hcp.session.dataSampleApi.getDataSamples(ids)).map(({ id }) => id);
    assert.deepEqual(await seen(), ids.slice(0, 10));
    await dataSampleApi.giveAccessToMany(await dataSampleApi.getDataSamples(ids), idOf(hcp));
    assert.deepEqual(await seen(), ids);
    const changed = (await dataSampleApi.getDataSamples(ids)).map((sample) => new DataSample({ ...sample, comment: 'changed' }));
    await dataSampleApi.createOrModifyMany(changed);
    const read = await hcp.session.dataSampleApi.getDataSamples(ids);
    assert.deepEqual(read.map(({ comment }) => comment), ids.map(() => 'changed'));
  });
});
