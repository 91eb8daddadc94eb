// What the package in Node sends is nowhere readable at the platform: not in its files, not in its log.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  Address, CodingReference, Content, DataSample, HealthcareElement, Identifier, Measure, MemoryKeyStore, Patient, PersonName, Telecom, init, recover, signIn,
} from 'tidelock';
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

/** Of every class and every type, what says something about somebody. */
const SINGLE = [
  'Johannes-Snow', 'Targaryen-Family', 'Winter is recognisable', 'Castle Street 27', '+32555271828', 'recognisable@home', 'MR-4711-0815', '1984-02-29T01',
  'Pararibulitis', '617-20020131', 'an element\u2019s note', 'a sample\u2019s comment', '20220929083401', '161803.3988', 'recognisable unit',
  'a report\u2019s title', 'a report\u2019s finding',
];

/** Records of all types, shared with a practitioner, modified by her, revoked and shared again. */
async function shareSingly({ session }, { session: doctor }) {
  const [first, last, note, street, telephone, mail, identifier, born, condition, code, elementNote, comment, date, value, unit, title, finding] = SINGLE;
  const { patientApi, healthcareElementApi, dataSampleApi } = session;
  const options = { acceptUnverified: true };
  const written = await patientApi.createOrModifyPatient(new Patient({
    firstName: first, names: [new PersonName({ lastName: last })], note, dateOfBirth: born, identifiers: [new Identifier({ value: identifier })],
    addresses: [new Address({ street, telecoms: [new Telecom({ telecomNumber: telephone }), new Telecom({ telecomNumber: mail })] })],
  }));
  const codes = new Set([new CodingReference({ code })]);
  const element = await healthcareElementApi.createOrModifyHealthcareElement(new HealthcareElement({ description: condition, note: elementNote, codes }), written.id);
  const content = { en: new Content({ measureValue: new Measure({ value: Number(value), unit }) }) };
  const sample = await dataSampleApi.createOrModifyDataSampleFor(written.id, new DataSample({ comment, openingDate: Number(date), content }));
  const report = await session.entityApi('LabReport').createOrModify({ title, findings: [finding] });
  const to = doctor.user.id;
  const shared = await patientApi.giveAccessTo(written, to, options);
  await healthcareElementApi.giveAccessTo(element, to, options);
  await dataSampleApi.giveAccessTo(sample, to, options);
  await session.entityApi('LabReport').giveAccessTo(report, to, options);
  await doctor.patientApi.update(written.id, (read) => void (read.alias = read.note));
  await patientApi.revokeAccess(await patientApi.getPatient(shared.id), to);
  assert.equal((await doctor.dataSampleApi.getDataSample(sample.id)).comment, comment);
  assert.equal((await patientApi.getPatient(written.id)).alias, note);
}

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
    await shareSingly(patient, doctor);
    everything = await everythingAt(platform);
  });
  after(() => platform?.stop());

  it('keeps what is in the clear on purpose, and the search finds it', () => {
    const holds = (text) => everything.some(([, content]) => content.includes(text));
    assert.ok(holds(CLINIC));
    assert.ok(holds('LabReport'), 'the type of an entity');
    assert.ok(holds(patient.account.email));
    assert.ok(everything.some(([file]) => file.endsWith('-wal')), 'the write-ahead log is looked at, too');
    assert.ok(everything.some(([file]) => file.endsWith('.eml')), 'and the mail');
    assert.ok(platform.log.includes('INSERT'), 'and the log, which says what the server does');
  });

  it('keeps no reading, no name, no password, no recovery code and no token', () => {
    const texts = [...Object.values(SECRETS).map(String), ...SINGLE, 'Alice', 'Appleseed', '1984-08-24', PASSWORD, token];
    texts.push(patient.recoveryCode, patient.recoveryCode.replaceAll('-', ''));
    for (const text of texts) {
      for (const form of formsOf(text)) {
        const where = everything.find(([, content]) => content.includes(form))?.[0];
        assert.equal(where, undefined, `${form} stands in ${where}`);
      }
    }
  });
});
