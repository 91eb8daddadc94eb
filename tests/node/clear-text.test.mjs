// What the package in Node sends is nowhere readable at the platform: not in its files, not in its log.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CodingReference, Content, DataSample, MemoryKeyStore, init, recover, signIn } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { everythingAt, formsOf } from './clear-text.mjs';
import { CLINIC, PASSWORD, newClinic, newPatient, readings, share } from './people.mjs';

const SECRETS = {
  comment: 'recognisable comment',
  value: 271828.1828,
  text: 'recognisable text',
  source: 'recognisable source',
  label: '99504-3',
};

describe('the platform', () => {
  let platform;
  let patient;
  let token;
  let everything;

  before(async () => {
    await init();
    // Everything that the server can say.
    platform = await Platform.start({ web: false, env: { TIDELOCK_LOG: 'trace' } });
    patient = await newPatient(platform.url);
    const doctor = await newClinic(platform.url);
    const samples = readings(20, { source: SECRETS.source }).map((sample) => new DataSample({
      ...sample,
      comment: SECRETS.comment,
      labels: new Set([new CodingReference({ type: 'LOINC', code: SECRETS.label })]),
      content: { en: new Content({ numberValue: SECRETS.value, stringValue: SECRETS.text }) },
    }));
    await patient.session.dataSampleApi.createDataSamples(samples);
    await share(patient, doctor);
    const read = await doctor.session.dataSampleApi.listDataSamples({ vault: patient.session.user.id, clinic: doctor.clinic.id });
    assert.equal(read[0].comment, SECRETS.comment);
    await recover({ ...patient.account, keyStore: new MemoryKeyStore(), recoveryCode: patient.recoveryCode });
    await assert.rejects(signIn({ ...patient.account, password: `${PASSWORD} mistyped` }));
    token = await patient.account.keyStore.get(`${platform.url}/session token`);
    await patient.session.sharingApi.revoke(doctor.clinic.id);
    everything = await everythingAt(platform);
  });
  after(() => platform?.stop());

  it('keeps what is in the clear on purpose, and the search finds it', () => {
    const holds = (text) => everything.some(([, content]) => content.includes(text));
    assert.ok(holds(CLINIC));
    assert.ok(holds(patient.account.email));
    assert.ok(everything.some(([file]) => file.endsWith('-wal')), 'the write-ahead log is looked at, too');
    assert.ok(everything.some(([file]) => file.endsWith('.eml')), 'and the mail');
    assert.ok(platform.log.includes('INSERT'), 'and the log, which says what the server does');
  });

  it('keeps no reading, no name, no password, no recovery code and no token', () => {
    const texts = [...Object.values(SECRETS).map(String), 'Alice', 'Appleseed', '1984-08-24', PASSWORD, token];
    texts.push(patient.recoveryCode, patient.recoveryCode.replaceAll('-', ''));
    for (const text of texts) {
      for (const form of formsOf(text)) {
        const where = everything.find(([, content]) => content.includes(form))?.[0];
        assert.equal(where, undefined, `${form} stands in ${where}`);
      }
    }
  });
});
