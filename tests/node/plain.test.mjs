// Plain platforms: Tidepool's routes and no others. No keys, no identity, and what cannot be had without them says so.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MemoryKeyStore, init, recover, resume, signIn, signUp, startOver } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { PASSWORD, rejects } from './people.mjs';

const ALL = { view: true, upload: true, note: true };
const VIEW = { view: true, upload: false, note: false };

describe('a plain platform', () => {
  let platform;
  let alice;
  let dora;
  let clinic;

  const account = (name, kind) => ({
    url: platform.url, api: 'tidepool', keyStore: new MemoryKeyStore(), email: `${name}@example.org`, password: PASSWORD,
    kind, fullName: name, birthDate: kind === 'patient' ? '1984-08-24' : undefined,
  });

  before(async () => {
    await init();
    platform = await Platform.start({ web: false, env: { TIDELOCK_API: 'tidepool' } });
    [alice, dora] = await Promise.all([signUp(account('alice', 'patient')), signUp(account('dora', 'practitioner'))]);
    clinic = await dora.session.clinicApi.createClinic({ name: 'Harbour Clinic', city: 'Springfield', country: 'US' });
  });
  after(() => platform.stop());

  const codeOf = async () => (await dora.session.clinicApi.getShareCode(clinic.id)).code;
  const accesses = async () => (await alice.session.sharingApi.listAccess()).map(({ clinicId, clinicName, verified, state, permissions }) => ({ clinicId, clinicName, verified, state, permissions }));
  const access = (state, permissions) => [{ clinicId: clinic.id, clinicName: 'Harbour Clinic', verified: false, state, permissions }];
  const invite = async (permissions) => {
    const { sharingApi } = alice.session;
    await sharingApi.inviteClinic(await sharingApi.lookUpShareCode(await codeOf()), permissions);
    return (await sharingApi.listAccess())[0].key;
  };

  it('has no routes of ours, and nothing of ours in its answers', async () => {
    const { status } = await fetch(`${platform.url}/v1/tidelock/identities/${alice.session.user.id}`, { headers: { 'x-tidepool-session-token': 'any' } });
    assert.equal(status, 404);
    const key = await invite(VIEW);
    const token = await fetch(`${platform.url}/auth/login`, { method: 'POST', headers: { authorization: `Basic ${btoa(`alice@example.org:${PASSWORD}`)}` } });
    const headers = { 'x-tidepool-session-token': token.headers.get('x-tidepool-session-token') };
    const sent = await (await fetch(`${platform.url}/confirm/invite/${alice.session.user.id}`, { headers })).text();
    assert.ok(sent.includes(key));
    assert.ok(!sent.includes('tidelock'), sent);
    await alice.session.sharingApi.cancelInvitation(key);
  });

  it('makes accounts without identities, and goes on with their sessions', async () => {
    assert.equal(alice.recoveryCode, undefined);
    assert.deepEqual({ ...alice.session.user, id: '' }, { id: '', email: 'alice@example.org', kind: 'patient', fullName: 'alice' });
    const options = account('alice', 'patient');
    await rejects('not_authenticated', signIn({ ...options, password: 'another password' }));
    const again = await signIn(options);
    assert.deepEqual(again.user, alice.session.user);
    const resumed = await resume({ url: platform.url, api: 'tidepool', keyStore: options.keyStore });
    assert.deepEqual(resumed.user, alice.session.user);
    await resumed.refresh();
    await resumed.signOut();
    assert.equal(await resume({ url: platform.url, api: 'tidepool', keyStore: options.keyStore }), undefined);
    await rejects('conflict', signUp(options));
  });

  it('shows a clinic by its share code, and that nothing certifies it', async () => {
    const { sharingApi } = alice.session;
    const code = await codeOf();
    const { id, ...card } = await sharingApi.lookUpShareCode(` ${code.toLowerCase().replaceAll('-', ' ')}`);
    assert.equal(id, clinic.id);
    assert.deepEqual(card, { name: 'Harbour Clinic', address: 'Springfield, US', verified: false, code });
    await rejects('share_code_not_found', sharingApi.lookUpShareCode('AAAA-AAAA-AAAA'));
    assert.equal((await rejects('invalid_share_code', sharingApi.lookUpShareCode('AAAA-0AAA-AAAA'))).details.position, 5);
    await rejects('invalid_input', sharingApi.inviteClinic({ ...card, id }, VIEW));
  });

  it('passes invitations on, and what is said to them', async () => {
    const { sharingApi } = alice.session;
    const { clinicApi } = dora.session;
    assert.deepEqual(await clinicApi.listInvitations(clinic.id), []);
    const first = await invite(ALL);
    await rejects('conflict', invite(ALL));
    assert.deepEqual(await accesses(), access('pending', ALL));
    await clinicApi.decline(clinic.id, first);
    assert.deepEqual(await accesses(), access('declined', ALL));
    await sharingApi.cancelInvitation(first);
    assert.deepEqual(await accesses(), []);
    await rejects('not_found', sharingApi.cancelInvitation(first));

    const second = await invite(ALL);
    const [{ key, patientId, fullName, birthDate, permissions, created, expires }] = await clinicApi.listInvitations(clinic.id);
    assert.deepEqual([key, patientId, fullName, birthDate, permissions], [second, alice.session.user.id, 'alice', '1984-08-24', ALL]);
    assert.equal(expires - created, 7 * 24 * 3_600_000);
    await rejects('forbidden', alice.session.clinicApi.accept(clinic.id, key));
    await clinicApi.accept(clinic.id, key, { details: { mrn: '12345' } });
    await rejects('forbidden', clinicApi.accept(clinic.id, key));
    assert.deepEqual(await accesses(), access('sharing', ALL));
    const [{ since, ...patient }] = await clinicApi.listPatients(clinic.id);
    assert.ok(since > 0);
    assert.deepEqual(patient, { id: patientId, email: 'alice@example.org', fullName: 'alice', birthDate: '1984-08-24', mrn: '12345', permissions: ALL });
  });

  it('changes permissions, and ends the sharing', async () => {
    const { sharingApi } = alice.session;
    const { clinicApi } = dora.session;
    await sharingApi.changePermissions(clinic.id, VIEW);
    assert.deepEqual(await accesses(), access('sharing', VIEW));
    assert.deepEqual((await clinicApi.listPatients(clinic.id)).map(({ permissions }) => permissions), [VIEW]);
    await sharingApi.changePermissions(clinic.id, { view: false, upload: false, note: false });
    assert.deepEqual(await accesses(), []);
    for (const end of [() => sharingApi.revoke(clinic.id), () => clinicApi.removePatient(clinic.id, alice.session.user.id)]) {
      await clinicApi.accept(clinic.id, await invite(VIEW));
      await end();
      assert.deepEqual([await accesses(), await clinicApi.listPatients(clinic.id)], [[], []]);
    }
    await rejects('not_found', sharingApi.revoke(clinic.id));
  });

  it('says of everything else that it is not supported', async () => {
    const { session } = alice;
    await rejects('unsupported', session.dataSampleApi.createDataSamples([]));
    await rejects('unsupported', session.patientApi.getPatient('id'));
    await rejects('unsupported', session.trustApi.getSafetyNumber('id'));
    await rejects('unsupported', session.userApi.shareAllDataWith('id'));
    await rejects('unsupported', session.recoveryApi.listHelpRequests());
    await rejects('unsupported', session.sharingApi.resealRecord());
    await rejects('unsupported', (async () => session.recoveryCode())());
    await rejects('unsupported', (async () => session.forClinic(clinic.id))());
    await rejects('unsupported', recover({ ...account('alice', 'patient'), recoveryCode: 'any' }));
    await rejects('unsupported', startOver(account('alice', 'patient')));
  });
});
