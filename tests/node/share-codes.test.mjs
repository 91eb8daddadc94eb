// Share codes over their life, and share links, with the package in Node, against the real server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { init } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { newClinic, newPatient, rejects, withFetch } from './people.mjs';

const VIEW = { view: true, upload: false, note: false };

describe('share codes', () => {
  let platform;
  let patient;
  let doctor;
  let other;
  const codes = () => doctor.session.clinicApi.listShareCodes(doctor.clinic.id);
  const create = (options) => doctor.session.clinicApi.createShareCode(doctor.clinic.id, options);
  const lookUp = (code, { session } = patient) => session.sharingApi.lookUpShareCode(code);

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [patient, doctor, other] = await Promise.all([newPatient(platform.url), newClinic(platform.url), newClinic(platform.url)]);
  });
  after(() => platform?.stop());

  it('a clinic has several, each with what is said of it', async () => {
    const [first] = await codes();
    assert.deepEqual({ code: first.code, state: first.state, used: first.used, shown: first.shown }, { code: doctor.code, state: 'active', used: 0, shown: true });
    const expires = Date.now() + 86_400_000;
    const letter = await create({ label: 'letter', uses: 1, expires });
    assert.equal(letter.expires, expires);
    const [listed] = await codes();
    assert.deepEqual({ ...listed, created: 0 }, { ...letter, state: 'active', label: 'letter', uses: 1, used: 0, shown: false, created: 0 });
    for (const { code } of await codes()) assert.equal((await lookUp(code)).id, doctor.clinic.id);
    await doctor.session.clinicApi.renameShareCode(doctor.clinic.id, letter.code, 'letter of May');
    assert.equal((await codes())[0].label, 'letter of May');
    await doctor.session.clinicApi.renameShareCode(doctor.clinic.id, letter.code, undefined);
    assert.equal((await codes())[0].label, undefined);
  });

  it('a code for one patient is used up by her, and the clinic sees which she used', async () => {
    const { code } = await create({ label: 'for Alice', uses: 1 });
    await patient.session.sharingApi.inviteClinic(await lookUp(code), VIEW);
    const [invitation] = await doctor.session.clinicApi.listInvitations(doctor.clinic.id);
    assert.deepEqual([invitation.shareCode, invitation.shareCodeLabel], [code, 'for Alice']);
    const bob = await newPatient(platform.url, 'Bob Banana');
    const { details } = await rejects('expired', lookUp(code, bob));
    assert.equal(details.reason, 'used_up');
    const listed = (await codes()).find((each) => each.code === code);
    assert.deepEqual([listed.state, listed.used], ['used_up', 1]);
    await patient.session.sharingApi.revoke(doctor.clinic.id);
  });

  it('a replaced and a disabled code say so, and the next is shown', async () => {
    const next = await create({ replaces: doctor.code.toLowerCase() });
    assert.equal((await rejects('expired', lookUp(doctor.code))).details.reason, 'disabled');
    assert.equal((await doctor.session.clinicApi.getShareCode(doctor.clinic.id)).code, next.code);
    const last = await create();
    await doctor.session.clinicApi.disableShareCode(doctor.clinic.id, last.code);
    assert.equal((await rejects('expired', lookUp(last.code))).details.reason, 'disabled');
    const shown = await doctor.session.clinicApi.getShareCode(doctor.clinic.id);
    assert.deepEqual(shown, next);
    doctor.code = next.code;
  });

  it('what cannot be is refused', async () => {
    await rejects('invalid_input', create({ expires: Date.now() + 400 * 86_400_000 }));
    await rejects('invalid_input', create({ expires: 1 }));
    await rejects('invalid_input', create({ uses: 0 }));
    await rejects('invalid_input', create({ uses: 1.5 }));
    await rejects('invalid_input', create({ label: 'x'.repeat(101) }));
    await rejects('not_found', create({ replaces: other.code }));
    await rejects('not_found', other.session.clinicApi.listShareCodes(doctor.clinic.id));
    await rejects('not_found', other.session.clinicApi.disableShareCode(doctor.clinic.id, doctor.code));
    await rejects('invalid_share_code', doctor.session.clinicApi.disableShareCode(doctor.clinic.id, 'AAAA'));
  });

  it('a link leads to the clinic whose whole fingerprint it has', async () => {
    const { link } = await doctor.session.clinicApi.getShareCode(doctor.clinic.id);
    assert.match(link, /\/share#[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\.[\w-]{43}$/);
    assert.ok(link.startsWith(platform.url));
    const { sharingApi } = patient.session;
    for (const form of [link, ` ${link}\n`, link.split('#')[1]]) {
      const card = await sharingApi.lookUpShareLink(form);
      assert.equal(card.id, doctor.clinic.id);
      assert.ok(link.endsWith(`.${card.fingerprint}`));
    }
    // The code of one clinic with the fingerprint of another: what a search for a key that fits the code would come to.
    const foreign = (await other.session.clinicApi.getShareCode(other.clinic.id)).link.split('.').at(-1);
    await rejects('clinic_not_verified', sharingApi.lookUpShareLink(link.replace(/[\w-]{43}$/, foreign)));
    await rejects('invalid_input', sharingApi.lookUpShareLink(doctor.code));
    await rejects('invalid_input', sharingApi.lookUpShareLink(link.slice(0, -1)));
  });

  it('the clinic on the card is the one that is invited, whatever becomes of the code on the way', async () => {
    const card = await lookUp(doctor.code);
    await withFetch(async (request, fetchThere, options) => {
      if (!request.url.includes('/confirm/send/invite/')) return fetchThere(request, options);
      const body = JSON.parse(await request.text());
      assert.equal(body.tidelock.clinic, doctor.clinic.id);
      return fetchThere(new Request(request, { body: JSON.stringify({ ...body, shareCode: other.code }) }));
    }, () => rejects('conflict', patient.session.sharingApi.inviteClinic(card, VIEW)));
    assert.deepEqual(await other.session.clinicApi.listInvitations(other.clinic.id), []);
    await patient.session.sharingApi.inviteClinic(card, VIEW);
  });

  it('guessing ends in rate_limited, with when to try again', async () => {
    const guesser = await newPatient(platform.url, 'Gus Guess');
    let error;
    for (let tries = 0; tries < 31 && error?.code !== 'rate_limited'; tries += 1) {
      error = await lookUp('AAAA-AAAA-AAAA', guesser).catch((thrown) => thrown);
    }
    assert.equal(error.code, 'rate_limited');
    assert.ok(error.retryable && error.details.retryAfter > 0 && error.details.retryAfter <= 300);
  });
});
