// Whatever goes wrong ends in a TidelockError with a known code.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { MemoryKeyStore, init, recover, resume, signIn, signUp } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { PASSWORD, newClinic, newPatient, readings, rejects, share } from './people.mjs';

const VIEW = { view: true, upload: false, note: false };

describe('a person', () => {
  let platform;
  let patient;
  let doctor;
  let stranger;

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [patient, doctor, stranger] = await Promise.all([newPatient(platform.url), newClinic(platform.url), newPatient(platform.url, 'Mallory')]);
  });
  after(() => platform?.stop());

  const account = (fields) => ({ ...patient.account, keyStore: new MemoryKeyStore(), ...fields });

  it('with a wrong password or address is not signed in', async () => {
    await rejects('not_authenticated', signIn(account({ password: 'wrong' })));
    await rejects('not_authenticated', signIn(account({ email: 'nobody@example.org' })));
    await rejects('not_authenticated', recover(account({ password: 'wrong', recoveryCode: patient.recoveryCode })));
  });

  it('cannot take an address twice', async () => {
    await rejects('conflict', signUp(account({ kind: 'patient', fullName: 'Alice Again' })));
    await rejects('conflict', signUp(account({ email: patient.account.email.toUpperCase(), kind: 'patient', fullName: 'Alice Again' })));
  });

  it('cannot sign up with nonsense', async () => {
    const fullName = 'Somebody';
    await rejects('invalid_input', signUp(account({ email: 'new@example.org', kind: 'clinic', fullName })));
    await rejects('invalid_input', signUp(account({ email: 'no address', kind: 'patient', fullName })));
    await rejects('invalid_input', signUp(account({ email: 'new@example.org', password: '', kind: 'patient', fullName })));
    await rejects('invalid_input', signUp(account({ email: 'new@example.org', kind: 'patient', fullName: undefined })));
    await rejects('invalid_input', signUp(account({ url: 'no url', email: 'new@example.org', kind: 'patient', fullName })));
  });

  it('is told which text is missing, without types, too', async () => {
    for (const field of ['url', 'email', 'password']) {
      const error = await rejects('invalid_input', signIn(account({ [field]: undefined })));
      assert.equal(error.details.field, field);
    }
    await rejects('invalid_input', resume({ keyStore: new MemoryKeyStore() }));
  });

  it('needs the recovery code on an empty device, the right one', async () => {
    await rejects('recovery_needed', signIn(account()));
    await rejects('invalid_recovery_code', recover(account({ recoveryCode: 'not a code' })));
    const swapped = patient.recoveryCode.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
    await rejects('invalid_recovery_code', recover(account({ recoveryCode: swapped })));
    await rejects('invalid_recovery_code', patient.session.confirmRecoveryCode(stranger.recoveryCode));
  });

  it('cannot go on with a session that has ended', async () => {
    const keyStore = new MemoryKeyStore();
    const session = await recover({ ...patient.account, keyStore, recoveryCode: patient.recoveryCode });
    const other = await resume({ url: platform.url, keyStore });
    await session.signOut();
    await rejects('not_authenticated', other.dataSampleApi.listDataSamples());
    await rejects('not_authenticated', other.sharingApi.listAccess());
    await rejects('not_authenticated', other.refresh());
  });

  it('learns what is wrong with a share code', async () => {
    const { sharingApi } = patient.session;
    const { details } = await rejects('invalid_share_code', sharingApi.lookUpShareCode('ABCD-EFGH-JK0M'));
    assert.equal(details.position, 11);
    await rejects('share_code_not_found', sharingApi.lookUpShareCode('ABCD-EFGH-JKLM'));
  });

  it('invites only clinics that were looked up, with a view of the record', async () => {
    const { sharingApi } = patient.session;
    const card = await sharingApi.lookUpShareCode(doctor.code);
    await rejects('invalid_input', sharingApi.inviteClinic({ ...card }, VIEW));
    await rejects('invalid_input', sharingApi.inviteClinic(card, undefined));
    await sharingApi.inviteClinic(card, VIEW);
    await rejects('conflict', sharingApi.inviteClinic(card, VIEW));
    const [{ key }] = await sharingApi.listAccess();
    await sharingApi.cancelInvitation(key);
    await rejects('not_found', sharingApi.cancelInvitation(key));
    await rejects('not_found', doctor.session.clinicApi.accept(doctor.clinic.id, key));
  });

  it('sees nothing of clinics and records that are not hers', async () => {
    const { dataSampleApi, clinicApi, sharingApi } = stranger.session;
    for (const promise of [
      () => clinicApi.getShareCode(doctor.clinic.id),
      () => clinicApi.listInvitations(doctor.clinic.id),
      () => clinicApi.listPatients(doctor.clinic.id),
      () => clinicApi.accept(doctor.clinic.id, 'no-such-key'),
      () => dataSampleApi.listDataSamples({ vault: patient.session.user.id, clinic: doctor.clinic.id }),
    ]) {
      const error = await promise().then(() => assert.fail(String(promise)), (thrown) => thrown);
      assert.ok(['not_found', 'forbidden', 'no_access'].includes(error.code), `${promise}: ${error.code}`);
    }
    await rejects('not_found', dataSampleApi.listDataSamples({ vault: patient.session.user.id }));
    await rejects('not_found', sharingApi.revoke(doctor.clinic.id));
  });

  it('may not write where she may only read', async () => {
    await share(patient, doctor);
    const vault = { vault: patient.session.user.id, clinic: doctor.clinic.id };
    await rejects('forbidden', doctor.session.dataSampleApi.createDataSamples(readings(1), vault));
    assert.deepEqual(await doctor.session.dataSampleApi.listDataSamples(vault), []);
  });

  it('cannot store what is larger than a request', async () => {
    const [sample] = readings(1, { source: 'huge' });
    sample.comment = 'x'.repeat(20_000_000);
    await rejects('too_large', patient.session.dataSampleApi.createDataSamples([sample]));
    assert.equal((await patient.session.dataSampleApi.listDataSamples()).length, 0);
  });

  it('is told to wait after too many wrong passwords', async () => {
    const wrong = { ...stranger.account, keyStore: new MemoryKeyStore(), password: 'guess' };
    const codes = [];
    let limited;
    while (!limited && codes.length < 50) {
      const error = await signIn(wrong).catch((thrown) => thrown);
      codes.push(error.code);
      if (error.code === 'rate_limited') limited = error;
    }
    assert.ok(limited, codes.join(' '));
    assert.deepEqual([...new Set(codes)], ['not_authenticated', 'rate_limited']);
    assert.equal(limited.retryable, true);
    assert.ok(limited.details.retryAfter > 0);
  });

  it('is told that the server is down, and goes on when it is back', async () => {
    await platform.kill();
    const error = await rejects('network', patient.session.sharingApi.listAccess());
    assert.equal(error.retryable, true);
    await rejects('network', signIn(patient.account));
    await rejects('network', signUp(account({ email: 'late@example.org', kind: 'patient', fullName: 'Late' })));
    await platform.start();
    assert.equal((await patient.session.sharingApi.listAccess()).length, 1);
    const session = await signIn({ ...patient.account, password: PASSWORD });
    assert.equal(session.fingerprint, patient.session.fingerprint);
  });

  it('is told that something else answers at that address', async () => {
    let answer;
    const server = createServer((_request, response) => response.writeHead(answer.status).end(answer.body));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${server.address().port}`;
    const page = '<!doctype html><title>Hello</title>';
    try {
      for (const [status, body] of [[200, page], [200, ''], [200, '{}'], [200, 'null'], [200, '{"userid":7}'], [404, page], [405, ''], [501, '']]) {
        answer = { status, body };
        const fields = account({ url, email: 'new@example.org' });
        const attempts = [
          () => signIn(fields),
          () => signUp({ ...fields, kind: 'patient', fullName: 'New' }),
          () => recover({ ...fields, recoveryCode: patient.recoveryCode }),
        ];
        for (const attempt of attempts) {
          const error = await rejects('invalid_input', attempt());
          assert.equal(error.details.field, 'url', `${status} ${body}`);
        }
      }
    } finally {
      server.close();
    }
  });

  describe('that aborts', () => {
    // Whatever an application may call `abort` with.
    const reasons = [[], [undefined], ['a text'], [null], [7], [{ name: 'AbortError' }], [new Error('an error')], [new DOMException('a while', 'TimeoutError')]];
    let server;
    let url;
    let arrived;

    /** A signal that is aborted when a request has arrived at a platform that does not answer, or not to the end. */
    function aborting(reason) {
      const controller = new AbortController();
      arrived = () => controller.abort(...reason);
      return controller.signal;
    }

    before(async () => {
      server = createServer((request, response) => {
        if (request.method === 'GET') response.writeHead(200, { 'content-type': 'application/json' }).write('[');
        arrived();
      });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${server.address().port}`;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    it('is told so, whatever the reason, before and while a request is under way', async () => {
      const works = () => patient.session.sharingApi.listAccess();
      const listed = await works();
      for (const reason of reasons) {
        const signal = AbortSignal.abort(...reason);
        await rejects('aborted', patient.session.sharingApi.listAccess({ signal }));
        await rejects('aborted', signIn(account({ signal })));
        await rejects('aborted', signIn(account({ url, signal: aborting(reason) })));
        const controller = new AbortController();
        const promise = rejects('aborted', patient.session.dataSampleApi.listDataSamples({ signal: controller.signal }));
        setImmediate(() => controller.abort(...reason));
        await promise;
        assert.deepEqual(await works(), listed, `the session goes on after ${reason}`);
      }
    });

    it('is told so while an answer is read', async () => {
      const keyStore = new MemoryKeyStore();
      await recover({ ...patient.account, keyStore, recoveryCode: patient.recoveryCode });
      await keyStore.put(`${url}/session token`, await keyStore.get(`${platform.url}/session token`));
      for (const reason of reasons) {
        const controller = new AbortController();
        arrived = () => setTimeout(() => controller.abort(...reason), 20);
        await rejects('aborted', resume({ url, keyStore, signal: controller.signal }));
      }
      assert.ok(await resume({ url: platform.url, keyStore }));
    });

    it('leaves nothing behind on a signal that lives on', async () => {
      const { signal } = new AbortController();
      await patient.session.sharingApi.listAccess({ signal });
      await rejects('not_authenticated', signIn(account({ password: 'wrong', signal })));
      assert.deepEqual(getEventListeners(signal, 'abort'), []);
    });

    it('is not mistaken for one whose platform takes too long', async () => {
      const { timeout } = AbortSignal;
      AbortSignal.timeout = () => timeout.call(AbortSignal, 50);
      arrived = () => {};
      try {
        const { signal } = new AbortController();
        for (const options of [{}, { signal }]) {
          const error = await rejects('timeout', signIn(account({ url, ...options })));
          assert.equal(error.retryable, true);
        }
        assert.deepEqual(getEventListeners(signal, 'abort'), []);
      } finally {
        AbortSignal.timeout = timeout;
      }
    });
  });
});
