// What others have written into a record, who may write and do not write what they should.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CodingReference, Content, DataSample, Measure, init } from 'tidelock';
import { Platform } from '../e2e/platform.mjs';
import { assertSameSamples, newClinic, newPatient, readings, share } from './people.mjs';

/** Has the session write these texts as records, as a client that is not ours could. */
function write({ session }, texts, options) {
  const { stringify } = JSON;
  const left = [...texts];
  JSON.stringify = () => left.shift();
  try {
    // The texts are made before the first pause.
    return session.dataSampleApi.createDataSamples(texts.map(() => new DataSample()), options);
  } finally {
    JSON.stringify = stringify;
  }
}

describe('a clinic that may write', () => {
  let platform;
  let patient;
  let doctor;
  const own = readings(20);

  before(async () => {
    await init();
    platform = await Platform.start({ web: false });
    [patient, doctor] = await Promise.all([newPatient(platform.url), newClinic(platform.url)]);
    await patient.session.dataSampleApi.createDataSamples(own);
    await share(patient, doctor, { view: true, upload: true, note: false });
  });
  after(() => platform?.stop());

  const list = async () => (await patient.session.dataSampleApi.listDataSamples()).filter(({ comment }) => comment !== 'odd');

  it('cannot spoil what others wrote with what is no JSON, nor pass it for another record', async () => {
    const forged = '{"comment":"forged"}],["AAAAAAAAAAAAAAAAAAAAAA","rev",{"comment":"forged"}';
    const texts = ['', 'no JSON', '{', '}', '[]', 'null', '7', '"text"', '{"comment":"', forged, '"}', '\u2028', '\r', '{}{}', '\ufeff{}'];
    await write(doctor, texts, { vault: patient.session.user.id, clinic: doctor.clinic.id });
    assertSameSamples(await list(), own);
  });

  it('gets nobody an error with JSON of another form', async () => {
    const texts = [
      '{"comment":"odd",\r\t"other":"\u2028\u2029"}',
      '{"comment":"odd","content":null,"labels":null,"codes":"x"}',
      '{"comment":"odd","content":{"en":null,"de":7},"labels":[null,"x",[]],"codes":[{"type":"T"}]}',
      '{"comment":"odd","content":{"en":{"measureValue":"x"}},"__proto__":{"polluted":true}}',
    ];
    await write(doctor, texts, { vault: patient.session.user.id, clinic: doctor.clinic.id });
    assertSameSamples(await list(), own);
    const odd = (await patient.session.dataSampleApi.listDataSamples()).filter(({ comment }) => comment === 'odd');
    assert.equal(odd.length, texts.length);
    for (const sample of odd) {
      assert.ok(sample instanceof DataSample);
      assert.equal(sample.polluted, undefined);
      for (const reference of [...sample.labels, ...sample.codes]) assert.ok(reference instanceof CodingReference);
      for (const content of Object.values(sample.content)) {
        assert.ok(content instanceof Content);
        assert.ok(content.measureValue === undefined || content.measureValue instanceof Measure);
      }
    }
  });
});
