// Sharing with persons, by an address and by a link, over the package and against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { assertSameSamples, idOf, newPatient, readings, rejects, TRUSTING, verification } from './people.mjs';

const VIEW = { view: true, upload: false, note: false };

describe('persons who share with persons', () => {
  let platform;
  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
  });
  after(() => platform?.stop());

  const verify = async (person) => person.session.userApi.verifyEmail(await verification(platform, person));
  const people = async ({ session }) => (await session.sharingApi.listAccess()).filter(({ kind }) => kind === 'person');
  const readBy = (reader, owner) => reader.session.dataSampleApi.listDataSamples({ vault: idOf(owner) });

  it('an address without an account is invited, and the link verifies both sides', async () => {
    const alice = await newPatient(platform.url);
    const written = readings(3);
    await alice.session.dataSampleApi.createDataSamples(written);
    const email = 'grandmother@example.org';
    const invited = await alice.session.sharingApi.invitePerson({ email, permissions: VIEW, nickname: 'Granny' });
    assert.equal(invited.state, 'waitingForIdentity');
    assert.match(invited.link, new RegExp(`^${platform.url}/invitation#${invited.key}\\.[\\w-]{22}$`));
    const [waiting] = await people(alice);
    assert.deepEqual(
      { ...waiting, expires: 0 },
      { kind: 'person', email, nickname: 'Granny', verified: false, state: 'waitingForIdentity', permissions: VIEW, key: invited.key, expires: 0, link: invited.link },
    );
    assert.ok(Math.abs(waiting.expires - Date.now() - 7 * 86_400_000) < 60_000);

    const bob = await newPatient(platform.url, 'Bob Banana', { email });
    assert.equal((await people(alice))[0].state, 'waitingForGrant');
    const [received] = await bob.session.sharingApi.listReceivedInvitations();
    assert.deepEqual(
      { ...received, created: 0, expires: 0 },
      { key: invited.key, ownerId: idOf(alice), email: alice.account.email, verified: false, permissions: VIEW, created: 0, expires: 0, granted: false },
    );
    assert.ok(Math.abs(received.created - Date.now()) < 60_000);
    const error = await rejects('email_not_verified', bob.session.sharingApi.acceptInvitation(invited.key));
    assert.match(error.message, /open the link/);
    await rejects('not_found', bob.session.userApi.verifyEmail('unknown'));
    await bob.session.userApi.resendVerification();
    await verify(bob);
    await rejects('forbidden', bob.session.userApi.resendVerification());
    await rejects('invalid_input', bob.session.sharingApi.acceptInvitation(invited.key, { link: `${invited.link}x` }));
    await bob.session.sharingApi.acceptInvitation(invited.key, { link: invited.link });
    await rejects('not_found', readBy(bob, alice));
    assert.equal(await alice.session.sharingApi.completeInvitations(), 0);
    assertSameSamples(await readBy(bob, alice), written);
    const [shared] = await bob.session.sharingApi.listSharedRecords();
    assert.deepEqual({ ...shared, since: 0 }, { ownerId: idOf(alice), verified: true, permissions: VIEW, since: 0, granted: true });
    const [access] = await people(alice);
    assert.deepEqual([access.state, access.verified, access.link, access.personId], ['sharing', true, undefined, idOf(bob)]);
    for (const [who, other] of [[alice, bob], [bob, alice]]) {
      const known = await who.session.trustApi.list();
      assert.equal(known.find(({ id }) => id === idOf(other)).verified, 'invitationLink');
    }
  });

  it('permissions change, and either side ends it', async () => {
    const alice = await newPatient(platform.url, 'Alice', TRUSTING);
    const bob = await newPatient(platform.url, 'Bob', TRUSTING);
    await verify(bob);
    await alice.session.dataSampleApi.createDataSamples(readings(1));
    const invite = () => alice.session.sharingApi.invitePerson({ email: bob.account.email, permissions: { ...VIEW, upload: true } });
    const { key, state } = await invite();
    assert.equal(state, 'pending');
    await rejects('conflict', invite());
    await alice.session.sharingApi.resendInvitation(key);
    await bob.session.sharingApi.acceptInvitation(key);
    await rejects('forbidden', alice.session.sharingApi.resendInvitation(key));
    await bob.session.dataSampleApi.createDataSamples(readings(1, { source: 'of Bob' }), { vault: idOf(alice) });
    await alice.session.sharingApi.changePermissions(idOf(bob), VIEW);
    assert.deepEqual((await people(alice))[0].permissions, VIEW);
    assert.equal((await readBy(bob, alice)).length, 2);
    await rejects('forbidden', bob.session.dataSampleApi.createDataSamples(readings(1, { source: 'late' }), { vault: idOf(alice) }));
    await bob.session.sharingApi.leave(idOf(alice));
    await rejects('not_found', readBy(bob, alice));
    assert.deepEqual(await people(alice), []);
    assert.deepEqual(await bob.session.sharingApi.listSharedRecords(), []);
  });

  it('an invitation is declined, or taken back', async () => {
    const alice = await newPatient(platform.url, 'Alice', TRUSTING);
    const bob = await newPatient(platform.url, 'Bob', TRUSTING);
    await verify(bob);
    const invite = async () => (await alice.session.sharingApi.invitePerson({ email: bob.account.email, permissions: VIEW })).key;
    const declined = await invite();
    await bob.session.sharingApi.dismissInvitation(declined);
    assert.equal((await people(alice))[0].state, 'declined');
    await alice.session.sharingApi.cancelInvitation(declined);
    assert.deepEqual(await people(alice), []);
    const taken = await invite();
    await alice.session.sharingApi.cancelInvitation(taken);
    assert.deepEqual(await bob.session.sharingApi.listReceivedInvitations(), []);
    await rejects('not_found', bob.session.sharingApi.acceptInvitation(taken));
  });
});
