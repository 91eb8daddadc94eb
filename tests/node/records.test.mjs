// Patients, healthcare elements and data samples one by one, in the package in Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  Address, CodingReference, Content, DataSample, EntityApi, HealthcareElement, Identifier, Measure, Patient, PersonName, Telecom, TimeSeries, init,
  signIn,
} from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { everythingAt, formsOf } from './clear-text.mjs';
import { contentOf, failure, newClinic, newPatient, readings, share } from './people.mjs';

const NOWHERE = 'AAAAAAAAAAAAAAAAAAAAAA';

const john = () => new Patient({
  firstName: 'Johannes-Recognisable',
  lastName: 'Snowfield-Recognisable',
  note: 'Winter is recognisable',
  dateOfBirth: 19840824,
  gender: 'male',
  names: [new PersonName({ lastName: 'Targaryen-Recognisable', firstNames: ['Aegon'], use: 'official' })],
  addresses: [new Address({ street: 'Recognisable Street', city: 'Castle', telecoms: [new Telecom({ telecomType: 'mobile', telecomNumber: '+32555271828' })] })],
  identifiers: [new Identifier({ system: 'recognisable system', value: 'recognisable value', type: new CodingReference({ code: 'MR' }) })],
  codes: new Set([new CodingReference({ id: 'RECOGNISABLE|CODE|1', type: 'RECOGNISABLE', code: 'CODE', version: '1' })]),
  picture: new Uint8Array([0, 1, 254, 255]),
});

const element = () => new HealthcareElement({
  description: 'The patient has been diagnosed Pararibulitis',
  openingDate: 20191012083000,
  codes: new Set([new CodingReference({ id: 'SNOMEDCT|617|20020131', type: 'SNOMEDCT', code: '617-recognisable', version: '20020131' })]),
});

const sample = () => new DataSample({
  labels: new Set([new CodingReference({ id: 'IC-TEST|TEST|1', type: 'IC-TEST', code: 'TEST-recognisable', version: '1' })]),
  content: {
    en: new Content({ stringValue: 'Hello recognisable world' }),
    fr: new Content({
      measureValue: new Measure({ value: 5.4, unit: 'mmol/L', comparator: '<' }),
      timeSeries: new TimeSeries({ fields: ['v'], samples: [[1], [2]], mean: [1.5] }),
      compoundValue: [new DataSample({ id: 'part', content: { fr: new Content({ booleanValue: false, ratio: [new Measure({ value: 1 })] }) } })],
    }),
  },
  openingDate: 20220929083400,
  comment: 'This is a recognisable comment',
  healthcareElementIds: new Set(['one', 'two']),
});

describe('records one by one', () => {
  let platform;
  let hcp;
  let api;
  let patient;
  let he;
  let ds;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false, env: { TIDELOCK_LOG: 'trace' } });
    hcp = await newClinic(platform.url);
    api = hcp.session;
  });
  after(() => platform?.stop());

  it('belong to the account, whose id is the data owner\u2019s', async () => {
    assert.deepEqual(await api.userApi.getLoggedUser(), api.user);
    assert.equal(api.dataOwnerApi.getDataOwnerIdOf(await api.userApi.getLoggedUser()), api.user.id);
  });

  it('are created with id and revision, and read back deeply equal', async () => {
    patient = await api.patientApi.createOrModifyPatient(john());
    he = await api.healthcareElementApi.createOrModifyHealthcareElement(element(), patient.id);
    ds = await api.dataSampleApi.createOrModifyDataSampleFor(patient.id, sample());
    for (const [Class, stored, given, read] of [
      [Patient, patient, john(), await api.patientApi.getPatient(patient.id)],
      [HealthcareElement, he, element(), await api.healthcareElementApi.getHealthcareElement(he.id)],
      [DataSample, ds, sample(), await api.dataSampleApi.getDataSample(ds.id)],
    ]) {
      assert.match(stored.id, /^[\w-]{22}$/);
      assert.ok(stored.rev);
      assert.ok(read instanceof Class);
      assert.deepEqual(read, stored);
      assert.deepEqual(contentOf(read), given);
    }
    const read = await api.dataSampleApi.getDataSample(ds.id);
    assert.equal(read.content['en'].stringValue, 'Hello recognisable world');
    assert.ok([...read.labels][0] instanceof CodingReference);
    assert.ok(read.content.fr.compoundValue[0].content.fr.ratio[0] instanceof Measure);
  });

  it('say who wrote them, when, where they are and what one may do with them', async () => {
    for (const record of [patient, he, ds]) {
      const { author, responsible, rights, compartment, created, modified, inNameOf, sealedBy } = record;
      assert.deepEqual({ author, responsible, rights, compartment }, { author: api.user.id, responsible: api.user.id, rights: 'write', compartment: 'data' });
      assert.ok(Math.abs(Date.now() - created) < 600_000 && modified === created, `${created} ${modified}`);
      assert.ok(!('inNameOf' in record) && !('sealedBy' in record), `${inNameOf} ${sealedBy}`);
    }
    assert.equal(api.patientApi.hasWriteAccess(patient), true);
  });

  it('another session of the same account reads the same', async () => {
    const other = await signIn(hcp.account);
    assert.deepEqual(await other.patientApi.getPatient(patient.id), patient);
    assert.deepEqual(await other.healthcareElementApi.getHealthcareElements([NOWHERE, he.id]), [he]);
  });

  it('are modified, and what was handed in stays as it was', async () => {
    const before = structuredClone({ ...patient });
    const modified = await api.patientApi.createOrModifyPatient(new Patient({ ...patient, note: 'Winter has come' }));
    assert.deepEqual({ ...patient, codes: undefined, names: undefined, addresses: undefined, identifiers: undefined },
      { ...before, codes: undefined, names: undefined, addresses: undefined, identifiers: undefined });
    assert.equal(modified.id, patient.id);
    assert.notEqual(modified.rev, patient.rev);
    assert.equal(modified.note, 'Winter has come');
    assert.equal(modified.created, patient.created);
    assert.ok(modified.modified >= patient.modified);
    assert.deepEqual(await api.patientApi.getPatient(patient.id), modified);

    const stale = await failure(api.patientApi.createOrModifyPatient(new Patient({ ...patient, note: 'lost' })));
    assert.equal(stale.code, 'conflict');
    assert.equal(stale.details.current, modified.rev);
    assert.deepEqual(await api.patientApi.getPatient(patient.id), modified);
    patient = modified;

    he = await api.healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ ...he, note: 'seen' }), patient.id);
    assert.equal((await api.healthcareElementApi.getHealthcareElement(he.id)).note, 'seen');
    ds = await api.dataSampleApi.createOrModifyDataSampleFor(patient.id, new DataSample({ ...ds, comment: 'changed' }));
    assert.equal((await api.dataSampleApi.getDataSample(ds.id)).comment, 'changed');
  });

  it('a stale revision is a conflict for another session, too, which then can go on', async () => {
    const other = await signIn(hcp.account);
    const theirs = await other.healthcareElementApi.getHealthcareElement(he.id);
    he = await api.healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ ...he, note: 'first' }), patient.id);
    const write = (rev) => other.healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ ...theirs, rev, note: 'second' }), patient.id);
    const error = await failure(write(theirs.rev));
    assert.equal(error.code, 'conflict');
    assert.equal(error.details.current, he.rev);
    he = await write(error.details.current);
    assert.deepEqual(await api.healthcareElementApi.getHealthcareElement(he.id), he);
  });

  it('update() loses nothing when two sessions change one record at once', async () => {
    const sessions = [api, await signIn(hcp.account)];
    const { id } = await api.dataSampleApi.createOrModifyDataSampleFor(patient.id, new DataSample({ content: { en: new Content({ numberValue: 0 }) } }));
    const increment = (read) => {
      read.content.en.numberValue += 1;
    };
    const all = sessions.flatMap((session) => [1, 2, 3].map(() => session.dataSampleApi.update(id, increment, { attempts: 50 })));
    for (const updated of await Promise.all(all)) assert.equal(updated.id, id);
    for (const session of sessions) assert.equal((await session.dataSampleApi.getDataSample(id)).content.en.numberValue, 6);
    const given = await api.dataSampleApi.update(id, (read) => new DataSample({ ...read, comment: 'new', id: NOWHERE, rev: 'x' }));
    assert.deepEqual([given.id, given.comment], [id, 'new']);
  });

  it('update() gives up after as many conflicts as it was told', async () => {
    const rival = await signIn(hcp.account);
    const { id } = await api.patientApi.createOrModifyPatient(new Patient({ note: 'first' }));
    const { get } = EntityApi.prototype;
    let calls = 0;
    // Each time it has read, somebody else is faster.
    api.patientApi.get = async (...options) => {
      const found = await get.apply(api.patientApi, options);
      await rival.patientApi.update(id, (read) => void (read.note = `rival ${calls}`));
      return found;
    };
    try {
      const error = await failure(api.patientApi.update(id, (read) => {
        calls += 1;
        return new Patient({ ...read, note: 'never' });
      }, { attempts: 2 }));
      assert.equal(error.code, 'conflict');
      assert.equal(calls, 2);
      assert.equal(error.details.current, (await rival.patientApi.getPatient(id)).rev);
    } finally {
      delete api.patientApi.get;
    }
    assert.equal((await api.patientApi.getPatient(id)).note, 'rival 1');
  });

  it('many are written in one request, all or none', async () => {
    const elements = Array.from({ length: 25 }, (_, index) => new HealthcareElement({ description: `number ${index}` }));
    const written = await api.healthcareElementApi.createOrModifyHealthcareElements(elements, patient.id);
    assert.deepEqual(written.map(({ description }) => description), elements.map(({ description }) => description));
    const ids = written.map(({ id }) => id).reverse();
    assert.deepEqual((await api.healthcareElementApi.getHealthcareElements(ids)).map(({ id }) => id), ids);

    const changed = written.map((each) => new HealthcareElement({ ...each, note: 'together' }));
    changed[7] = new HealthcareElement({ ...changed[7], rev: he.rev });
    const error = await failure(api.healthcareElementApi.createOrModifyHealthcareElements([...changed, new HealthcareElement()], patient.id));
    assert.equal(error.code, 'conflict');
    assert.equal(error.details.current, written[7].rev);
    for (const { note } of await api.healthcareElementApi.getHealthcareElements(ids)) assert.equal(note, undefined);

    assert.deepEqual(await api.patientApi.createOrModifyPatients([]), []);
    const twice = await failure(api.healthcareElementApi.createOrModifyHealthcareElements([written[0], written[0]], patient.id));
    assert.equal(twice.code, 'invalid_input');
    const many = Array.from({ length: 1_001 }, () => new DataSample());
    assert.equal((await failure(api.dataSampleApi.createOrModifyDataSamplesFor(patient.id, many))).code, 'too_large');
  });

  it('are listed by patient', async () => {
    const jane = await api.patientApi.createOrModifyPatient(new Patient({ firstName: 'Jane' }));
    assert.deepEqual(await api.healthcareElementApi.getHealthcareElementsForPatient(jane.id), []);
    const hers = await api.healthcareElementApi.createOrModifyHealthcareElement(element(), jane.id);
    assert.deepEqual(await api.healthcareElementApi.getHealthcareElementsForPatient(jane.id), [hers]);
    const his = await api.healthcareElementApi.getHealthcareElementsForPatient(patient.id);
    assert.ok(his.some(({ id }) => id === he.id) && !his.some(({ id }) => id === hers.id));
    assert.equal(his.length + 1, (await api.healthcareElementApi.listHealthcareElements()).length);
    // A new revision of the patient keeps her children.
    await api.patientApi.update(jane.id, (read) => void (read.note = 'new'));
    assert.deepEqual(await api.healthcareElementApi.getHealthcareElementsForPatient(jane.id), [hers]);
    // Changing it for another patient moves it.
    const moved = await api.healthcareElementApi.createOrModifyHealthcareElement(hers, patient.id);
    assert.deepEqual(await api.healthcareElementApi.getHealthcareElementsForPatient(jane.id), []);
    // Changing it without one does not.
    await api.healthcareElementApi.update(moved.id, (read) => void (read.note = 'stays'));
    assert.equal((await api.healthcareElementApi.getHealthcareElementsForPatient(patient.id)).length, his.length + 1);
    const names = (await api.patientApi.listPatients()).map(({ firstName }) => firstName);
    assert.ok(names.includes('Jane') && names.includes(patient.firstName));
  });

  it('wrong calls say what is wrong', async () => {
    for (const [code, call] of [
      ['not_found', () => api.patientApi.getPatient(NOWHERE)],
      ['not_found', () => api.patientApi.getPatient(he.id)],
      ['invalid_input', () => api.patientApi.getPatient('no id')],
      ['not_found', () => api.patientApi.createOrModifyPatient(new Patient({ id: NOWHERE, rev: patient.rev }))],
      ['conflict', () => api.patientApi.createOrModifyPatient(new Patient({ id: patient.id }))],
      ['not_found', () => api.patientApi.createOrModifyPatient(new Patient({ rev: patient.rev }))],
      ['not_found', () => api.healthcareElementApi.createOrModifyHealthcareElement(element(), NOWHERE)],
      // A condition may have children, a sample has none.
      ['invalid_input', () => api.healthcareElementApi.createOrModifyHealthcareElement(element(), ds.id)],
      ['not_found', () => api.healthcareElementApi.getHealthcareElementsForPatient(NOWHERE)],
      ['invalid_input', () => api.healthcareElementApi.createOrModifyHealthcareElement(element())],
      ['aborted', () => api.patientApi.getPatient(patient.id, { signal: AbortSignal.abort() })],
    ]) {
      assert.equal((await failure(call())).code, code, String(call));
    }
    assert.deepEqual(await api.patientApi.getPatient(patient.id), patient);
  });

  it('what a newer version wrote survives an older one, on every level', async () => {
    const future = { since: 'later', deeply: [{ and: null }] };
    const written = await api.dataSampleApi.createOrModifyDataSampleFor(patient.id, new DataSample({
      future,
      labels: new Set([new CodingReference({ code: 'x', future })]),
      content: { en: new Content({ future, measureValue: new Measure({ value: 1, future }), compoundValue: [new DataSample({ future })] }) },
    }));
    const other = await signIn(hcp.account);
    await other.dataSampleApi.update(written.id, (read) => void (read.comment = 'by an older version'));
    const read = await api.dataSampleApi.getDataSample(written.id);
    assert.equal(read.comment, 'by an older version');
    const { en } = read.content;
    for (const each of [read, [...read.labels][0], en, en.measureValue, en.compoundValue[0]]) assert.deepEqual(each.future, future);
  });

  it('another account finds none of them', async () => {
    const stranger = (await newPatient(platform.url)).session;
    assert.equal((await failure(stranger.patientApi.getPatient(patient.id))).code, 'not_found');
    assert.equal((await failure(stranger.healthcareElementApi.getHealthcareElement(he.id))).code, 'not_found');
    assert.equal((await failure(stranger.dataSampleApi.getDataSample(ds.id))).code, 'not_found');
    assert.equal((await failure(stranger.patientApi.createOrModifyPatient(patient))).code, 'not_found');
    const asked = await failure(stranger.patientApi.getPatient(patient.id, { vault: api.user.id, clinic: hcp.clinic.id }));
    assert.ok(['not_found', 'forbidden', 'no_access'].includes(asked.code), asked.code);
  });

  it('a clinic with a view of a patient\u2019s record reads them, and writes only if it may', async () => {
    const alice = await newPatient(platform.url);
    const own = alice.session.user.id;
    const condition = await alice.session.healthcareElementApi.createOrModifyHealthcareElement(element(), own);
    const [first] = readings(1);
    await alice.session.dataSampleApi.createDataSamples([first]);
    const reading = await alice.session.dataSampleApi.createOrModifyDataSampleFor(own, sample());
    const inVault = { vault: own, clinic: hcp.clinic.id };
    assert.equal((await failure(api.healthcareElementApi.getHealthcareElement(condition.id, inVault))).code, 'not_found');
    await share(alice, hcp);
    // What she may do with it is hers; the clinic may only read.
    const asRead = new HealthcareElement({ ...condition, rights: 'read' });
    assert.deepEqual(await api.healthcareElementApi.getHealthcareElement(condition.id, inVault), asRead);
    assert.deepEqual(await api.dataSampleApi.getDataSample(reading.id, inVault), new DataSample({ ...reading, rights: 'read' }));
    const [herself] = await api.patientApi.listPatients(inVault);
    assert.equal(herself.firstName, 'Alice');
    assert.deepEqual(await api.patientApi.getPatient(herself.id, inVault), herself);
    // What was imported and what was written singly belong to her, by either name.
    for (const patientId of [herself.id, own]) {
      assert.equal((await api.dataSampleApi.getDataSamplesForPatient(patientId, inVault)).length, 2);
      assert.deepEqual(await api.healthcareElementApi.getHealthcareElementsForPatient(patientId, inVault), [asRead]);
    }
    const changed = new HealthcareElement({ ...condition, note: 'by the clinic' });
    assert.equal((await failure(api.healthcareElementApi.createOrModifyHealthcareElement(changed, own, inVault))).code, 'forbidden');
    assert.deepEqual(await alice.session.healthcareElementApi.getHealthcareElement(condition.id), condition);

    await alice.session.sharingApi.revoke(hcp.clinic.id);
    await share(alice, hcp, { view: true, upload: true, note: false });
    const written = await api.healthcareElementApi.createOrModifyHealthcareElement(changed, own, inVault);
    assert.deepEqual(await alice.session.healthcareElementApi.getHealthcareElement(condition.id), written);
    const stale = await failure(api.healthcareElementApi.createOrModifyHealthcareElement(changed, own, inVault));
    assert.deepEqual([stale.code, stale.details.current], ['conflict', written.rev]);
  });

  it('stand nowhere at the platform in clear', async () => {
    const everything = await everythingAt(platform);
    const texts = ['Johannes-Recognisable', 'Snowfield-Recognisable', 'Winter is', 'Targaryen-Rec', 'Recognisable Street', '+32555271828',
      'recognisable system', 'recognisable value', 'RECOGNISABLE|CODE', '19840824', 'Pararibulitis', '617-recognisable', 'SNOMEDCT',
      'TEST-recognisable', 'Hello recognisable', 'recognisable comment', '20220929083400', '20191012083000'];
    for (const form of texts.flatMap(formsOf)) {
      const where = everything.find(([, content]) => content.includes(form))?.[0];
      assert.equal(where, undefined, `${form} stands in ${where}`);
    }
    assert.ok(everything.some(([, content]) => content.includes('HealthcareElement')), 'types are in clear, and the search finds them');
  });
});
