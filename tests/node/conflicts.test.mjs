// Several change the same at the same time: nobody's change and nobody's access is lost. In Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { HealthcareElement, Patient, TidelockError, init, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { TRUSTING, idOf, newPatient, newPractitioner, rejects } from './people.mjs';

describe('at the same time', () => {
  let platform;
  let owner;
  let writer;
  let people;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [owner, writer, ...people] = await Promise.all([
      newPractitioner(platform.url, TRUSTING), newPractitioner(platform.url, TRUSTING),
      ...Array.from({ length: 4 }, () => newPatient(platform.url, 'Alice', TRUSTING)),
    ]);
  });
  after(() => platform?.stop());

  const newEntity = async (note = 'first') =>
    owner.session.healthcareElementApi.createOrModify(new HealthcareElement({ note }), { shareWith: { [idOf(writer)]: 'write' } });
  const readBy = ({ session }, { id }) => session.healthcareElementApi.get(id);

  /** Does something until it is no conflict any more, with the newest revision each time; resolves to how often it was. */
  async function persistently({ session }, { id }, attempt) {
    for (let conflicts = 0; conflicts < 50; conflicts += 1) {
      const newest = await session.healthcareElementApi.get(id);
      try {
        await attempt(newest);
        return conflicts;
      } catch (error) {
        if (!(error instanceof TidelockError) || error.code !== 'conflict') throw error;
        assert.notEqual(error.details.current, newest.rev, 'the current revision is another');
      }
    }
    return assert.fail('it never ends');
  }

  it('two share: one of them is first, the other is told the revision, and both have shared', async () => {
    const entity = await newEntity();
    const atWriter = await readBy(writer, entity);
    const outcomes = await Promise.allSettled([
      owner.session.healthcareElementApi.giveAccessTo(entity, idOf(people[0])),
      writer.session.healthcareElementApi.giveAccessTo(atWriter, idOf(people[1])),
    ]);
    const [done] = outcomes.filter(({ status }) => status === 'fulfilled');
    const [refused] = outcomes.filter(({ status }) => status === 'rejected');
    assert.ok(done && refused, JSON.stringify(outcomes));
    assert.deepEqual([refused.reason.code, refused.reason.details.current], ['conflict', done.value.rev]);
    const [who, whom] = outcomes[0] === refused ? [owner, people[0]] : [writer, people[1]];
    await persistently(who, entity, (newest) => who.session.healthcareElementApi.giveAccessTo(newest, idOf(whom)));
    for (const person of people.slice(0, 2)) assert.equal((await readBy(person, entity)).note, 'first');
  });

  it('four share and two modify: all have it, and every change is there', async () => {
    const entity = await newEntity('0');
    const share = (person) => persistently(owner, entity, (newest) => owner.session.healthcareElementApi.giveAccessTo(newest, idOf(person), { rights: 'read' }));
    const count = ({ session }) => session.healthcareElementApi.update(entity.id, (read) => void (read.note = String(Number(read.note) + 1)), { attempts: 50 });
    await Promise.all([...people.map(share), ...[1, 2, 3].flatMap(() => [count(owner), count(writer)])]);
    for (const reader of [owner, writer, ...people]) assert.equal((await readBy(reader, entity)).note, '6');
  });

  it('one modifies while another revokes: the change is there, and the revoked reads nothing of it', async () => {
    const entity = await newEntity('before');
    await owner.session.healthcareElementApi.giveAccessTo(entity, idOf(people[0]));
    await Promise.all([
      persistently(owner, entity, (newest) => owner.session.healthcareElementApi.revokeAccess(newest, idOf(people[0]))),
      writer.session.healthcareElementApi.update(entity.id, (read) => void (read.note = 'after'), { attempts: 50 }),
    ]);
    for (const reader of [owner, writer]) assert.equal((await readBy(reader, entity)).note, 'after');
    await rejects('not_found', readBy(people[0], entity));
  });

  it('two revisions of one: who read the older one changes, shares, revokes, moves and deletes nothing', async () => {
    const entity = await newEntity();
    const { healthcareElementApi } = owner.session;
    const newer = await healthcareElementApi.update(entity.id, (read) => void (read.note = 'second'));
    for (const attempt of [
      () => healthcareElementApi.createOrModify(new HealthcareElement({ ...entity, note: 'lost' })),
      () => healthcareElementApi.giveAccessTo(entity, idOf(people[0])),
      () => healthcareElementApi.revokeAccess(entity, idOf(writer)),
      () => healthcareElementApi.moveTo(entity, 'private'),
      () => healthcareElementApi.delete(entity),
    ]) {
      const { details } = await rejects('conflict', attempt());
      assert.equal(details.current, newer.rev, String(attempt));
    }
    assert.deepEqual(await healthcareElementApi.get(entity.id), newer);
    assert.equal((await readBy(writer, entity)).note, 'second');
    await rejects('not_found', readBy(people[0], entity));
  });

  it('one stale among many: nothing of it is written', async () => {
    const entities = await Promise.all([newEntity('one'), newEntity('two'), newEntity('three')]);
    const { healthcareElementApi } = owner.session;
    const newer = await healthcareElementApi.update(entities[1].id, (read) => void (read.note = 'newer'));
    const { details } = await rejects('conflict', healthcareElementApi.giveAccessToMany(entities, idOf(people[0])));
    assert.equal(details.current, newer.rev);
    for (const entity of entities) await rejects('not_found', readBy(people[0], entity));
    await healthcareElementApi.giveAccessToMany([entities[0], newer, entities[2]], idOf(people[0]));
    assert.deepEqual((await Promise.all(entities.map((entity) => readBy(people[0], entity)))).map(({ note }) => note), ['one', 'newer', 'three']);
    await rejects('invalid_input', healthcareElementApi.giveAccessToMany([newer, newer], idOf(people[0])));
    await rejects('invalid_input', healthcareElementApi.giveAccessTo(new HealthcareElement(), idOf(people[0])));
  });

  it('two devices of one person write different things: neither is in the other\u2019s way', async () => {
    const second = await signIn(owner.account);
    const written = await Promise.all([owner.session, second].flatMap(({ patientApi }) =>
      [1, 2, 3].map((number) => patientApi.createOrModify(new Patient({ note: String(number) })))));
    const ids = written.map(({ id }) => id);
    assert.equal(new Set(ids).size, 6);
    for (const { patientApi } of [owner.session, second]) assert.equal((await patientApi.getPatients(ids)).length, 6);
  });
});
