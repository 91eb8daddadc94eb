// Finding entities: by page, by author, by time, by patient, of others. In Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HealthcareElement, Patient, init } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { TRUSTING, idOf, newClinic, newPatient, newPractitioner, rejects, share } from './people.mjs';

describe('a list', () => {
  let platform;
  let owner;
  let other;
  let elements;
  let patient;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [owner, other] = await Promise.all([newPractitioner(platform.url, TRUSTING), newPractitioner(platform.url, TRUSTING)]);
    patient = await owner.session.patientApi.createOrModifyPatient(new Patient({ firstName: 'John' }));
    const made = Array.from({ length: 25 }, (_, index) => new HealthcareElement({ description: `number ${index}` }));
    elements = await owner.session.healthcareElementApi.createOrModifyHealthcareElements(made, patient.id);
  });
  after(() => platform?.stop());

  const idsOf = (entities) => entities.map(({ id }) => id).sort();

  it('comes page by page, each entity once', async () => {
    const { healthcareElementApi } = owner.session;
    const pages = [];
    let cursor;
    do {
      const page = await healthcareElementApi.list({ limit: 10, cursor });
      assert.ok(page.items.length <= 10);
      pages.push(page.items);
      ({ cursor } = page);
      assert.ok(pages.length < 10, 'it ends');
    } while (cursor !== undefined);
    assert.deepEqual(pages.map(({ length }) => length).filter(Boolean), [10, 10, 5]);
    assert.deepEqual(idsOf(pages.flat()), idsOf(elements));
    const all = [];
    for await (const element of healthcareElementApi.all({ limit: 7 })) all.push(element);
    assert.deepEqual(idsOf(all), idsOf(elements));
    const one = elements.find(({ id }) => id === all[0].id);
    assert.deepEqual(all[0], one);
    assert.deepEqual(await healthcareElementApi.list({ limit: 1_000, filter: ({ description }) => description === 'number 7' }), { items: [elements[7]] });
  });

  it('is what one has oneself; what others share singly is another', async () => {
    const { healthcareElementApi } = other.session;
    assert.deepEqual(await healthcareElementApi.list(), { items: [] });
    assert.deepEqual(await healthcareElementApi.list({ delegated: true }), { items: [] });
    await rejects('not_found', healthcareElementApi.list({ vault: idOf(owner) }));
    const shared = await owner.session.healthcareElementApi.giveAccessToMany(elements.slice(0, 3), idOf(other));
    const third = await newPractitioner(platform.url, TRUSTING);
    const theirs = await third.session.healthcareElementApi.createOrModify(new HealthcareElement(), { shareWith: { [idOf(other)]: 'read' } });
    const { items } = await healthcareElementApi.list({ delegated: true });
    assert.deepEqual(idsOf(items), idsOf([...shared, theirs]));
    assert.deepEqual(Object.fromEntries(items.map(({ id, responsible }) => [id, responsible]))[theirs.id], idOf(third));
    const pages = [];
    for await (const element of healthcareElementApi.all({ delegated: true, limit: 1 })) pages.push(element);
    assert.deepEqual(idsOf(pages), idsOf(items));
    elements = await owner.session.healthcareElementApi.getMany(elements.map(({ id }) => id));
  });

  it('may be what somebody wrote, or what came within some time', async () => {
    const { healthcareElementApi } = owner.session;
    const middle = Date.now();
    const changed = await other.session.healthcareElementApi.update(elements[0].id, (read) => void (read.note = 'theirs'));
    assert.deepEqual((await healthcareElementApi.list({ author: idOf(other) })).items, [changed]);
    assert.equal((await healthcareElementApi.list({ author: idOf(owner) })).items.length, 24);
    // The platform's clock is this machine's.
    assert.deepEqual((await healthcareElementApi.list({ from: middle })).items, [changed]);
    assert.equal((await healthcareElementApi.list({ to: middle })).items.length, 24);
    assert.deepEqual((await healthcareElementApi.list({ author: 'nobody' })).items, []);
  });

  it('of another\u2019s vault is for whom the record was shared with', async () => {
    const alice = await newPatient(platform.url, 'Alice', TRUSTING);
    const element = await alice.session.healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ note: 'hers' }), idOf(alice));
    const clinic = await newClinic(platform.url, TRUSTING);
    await share(alice, clinic);
    const inVault = { vault: idOf(alice), clinic: clinic.clinic.id };
    const { items } = await clinic.session.healthcareElementApi.list(inVault);
    assert.deepEqual(idsOf(items), [element.id]);
    assert.deepEqual(await clinic.session.forClinic(clinic.clinic.id).healthcareElementApi.list({ vault: idOf(alice) }), { items });
    assert.deepEqual((await clinic.session.healthcareElementApi.list({ ...inVault, patientId: idOf(alice) })).items, items);
    await rejects('not_found', clinic.session.healthcareElementApi.list({ vault: idOf(alice) }));
  });

  it('of a type of the application\u2019s own has nothing else in it', async () => {
    const reports = owner.session.entityApi('Report.2');
    const written = await reports.createOrModifyMany([{ title: 'one' }, { title: 'two' }], { parents: [patient.id] });
    const { items } = await reports.list();
    assert.deepEqual(idsOf(items), idsOf(written));
    assert.deepEqual(idsOf((await reports.list({ patientId: patient.id })).items), idsOf(written));
    assert.deepEqual((await reports.list({ patientId: elements[0].id })).items, []);
    const changed = await reports.update(written[0].id, (report) => ({ title: `${report.title}, changed` }));
    assert.deepEqual(await reports.get(changed.id), changed);
    assert.equal(changed.title, 'one, changed');
    await reports.delete(written[1]);
    assert.deepEqual((await reports.list()).items, [changed]);
    assert.deepEqual((await owner.session.healthcareElementApi.list({ patientId: patient.id })).items.length, 25);
  });
});
