// The published example of iCure's documentation, with nothing changed but the import and how the sessions are opened.
// It runs wherever the package runs: `tidelock` is the package as it was imported there.

const note = 'Winter is coming';
const PASSWORD = 'correct horse battery staple';

function equal(actual, expected, what) {
  const [left, right] = [actual, expected].map((value) => JSON.stringify(value));
  if (left !== right) throw new Error(`${what}: ${left} is not ${right}`);
}

/**
 * Two practitioners, a patient who has an account of her own, and a stranger. With `trust: 'verified'` the first share
 * with somebody has to fail until the safety numbers were compared.
 */
export async function publishedExample(tidelock, url, trust) {
  const { CodingReference, Content, DataSample, HealthcareElement, MemoryKeyStore, Patient, TidelockError, signIn, signUp } = tidelock;

  /** An account made at some time before. */
  async function account(kind, fullName) {
    const opening = { url, keyStore: new MemoryKeyStore(), email: `${crypto.randomUUID()}@example.org`, password: PASSWORD };
    const { session } = await signUp({ ...opening, kind, fullName });
    await session.signOut();
    return opening;
  }

  async function assertRejects(call, code) {
    const thrown = await call().then(() => undefined, (error) => error);
    if (!(thrown instanceof TidelockError)) throw new Error(`nothing was thrown: ${code} was expected; ${thrown}`);
    equal(thrown.code, code, thrown.message);
    return thrown;
  }

  const [first, second, third, fourth] = await Promise.all([
    account('practitioner', 'Dora Doctor'), account('practitioner', 'Dan Doctor'), account('patient', 'John Snow'), account('patient', 'Mallory'),
  ]);
  const api1 = await signIn({ ...first, trust });
  const api2 = await signIn({ ...second, trust });
  const pApi = await signIn({ ...third, trust });
  const strangerApi = await signIn({ ...fourth, trust });
  const hcp1 = api1.dataOwnerApi.getDataOwnerIdOf(await api1.userApi.getLoggedUser());
  const hcp2 = api2.dataOwnerApi.getDataOwnerIdOf(await api2.userApi.getLoggedUser());
  const pId = pApi.dataOwnerApi.getDataOwnerIdOf(await pApi.userApi.getLoggedUser());

  /** Before two share for the first time: what the platform says of the other is not enough, what the other says is. */
  async function meet(giver, receiver, share) {
    if (trust !== 'verified') return;
    const id = receiver.user.id;
    const { details } = await assertRejects(share, 'not_verified');
    equal([details.owner, details.owners], [id, [id]], 'whose identity is not verified');
    const theirs = await receiver.trustApi.safetyNumber(giver.user.id);
    await assertRejects(() => giver.trustApi.confirm(id, theirs.digits.replace(/.$/, (digit) => (Number(digit) + 1) % 10)), 'invalid_input');
    await assertRejects(share, 'not_verified');
    await giver.trustApi.confirm(id, theirs.digits);
  }

  const patient = await api1.patientApi.createOrModifyPatient(new Patient({ firstName: 'John', lastName: 'Snow', note }));
  equal(patient.note, note, 'the note');
  await assertRejects(() => api2.patientApi.getPatient(patient.id), 'not_found');
  await meet(api1, api2, () => api1.patientApi.giveAccessTo(patient, hcp2));
  const updatedPatient = await api1.patientApi.giveAccessTo(patient, hcp2);
  equal((await api2.patientApi.getPatient(patient.id)).note, note, 'the note as the second practitioner reads it');

  // What was shared meanwhile has to be passed on.
  await meet(api1, pApi, () => api1.patientApi.giveAccessTo(updatedPatient, pId));
  const stale = await assertRejects(() => api1.patientApi.giveAccessTo(patient, pId), 'conflict');
  equal(stale.details.current, updatedPatient.rev, 'the current revision');
  await api1.patientApi.giveAccessTo(updatedPatient, pId);
  equal((await pApi.patientApi.getPatient(patient.id)).note, note, 'the note as the patient reads it');

  const healthcareElement = await api1.healthcareElementApi.createOrModifyHealthcareElement(
    new HealthcareElement({
      description: 'The patient has been diagnosed Pararibulitis',
      codes: new Set([new CodingReference({ id: 'SNOMEDCT|617|20020131', type: 'SNOMEDCT', code: '617', version: '20020131' })]),
      openingDate: new Date('2019-10-12').getTime(),
    }),
    patient.id,
  );
  await assertRejects(() => pApi.healthcareElementApi.getHealthcareElement(healthcareElement.id), 'not_found');
  await api1.healthcareElementApi.giveAccessTo(healthcareElement, pId);
  const atPatient = await pApi.healthcareElementApi.getHealthcareElement(healthcareElement.id);
  equal(atPatient.description, healthcareElement.description, 'the condition as the patient reads it');
  await assertRejects(() => api2.healthcareElementApi.getHealthcareElement(healthcareElement.id), 'not_found');
  await meet(pApi, api2, () => pApi.healthcareElementApi.giveAccessTo(atPatient, hcp2));
  await pApi.healthcareElementApi.giveAccessTo(atPatient, hcp2);
  const condition = await api2.healthcareElementApi.getHealthcareElement(healthcareElement.id);
  equal([...condition.codes], [...healthcareElement.codes], 'the codes as the second practitioner reads them');

  const dataSample = await pApi.dataSampleApi.createOrModifyDataSampleFor(
    patient.id,
    new DataSample({
      labels: new Set([new CodingReference({ id: 'IC-TEST|TEST|1', type: 'IC-TEST', code: 'TEST', version: '1' })]),
      content: { en: new Content({ stringValue: 'Hello world' }) },
      openingDate: 20220929083400,
      comment: 'This is a comment',
    }),
  );
  await assertRejects(() => api1.dataSampleApi.getDataSample(dataSample.id), 'not_found');
  await meet(pApi, api1, () => pApi.dataSampleApi.giveAccessTo(dataSample, hcp1));
  await pApi.dataSampleApi.giveAccessTo(dataSample, hcp1);
  const atFirst = await api1.dataSampleApi.getDataSample(dataSample.id);
  equal(atFirst.content['en'].stringValue, 'Hello world', 'the sample as the first practitioner reads it');
  await assertRejects(() => api2.dataSampleApi.getDataSample(dataSample.id), 'not_found');
  await api1.dataSampleApi.giveAccessTo(atFirst, hcp2);
  const sample = await api2.dataSampleApi.getDataSample(dataSample.id);
  equal([sample.comment, sample.openingDate], ['This is a comment', 20220929083400], 'the sample as the second practitioner reads it');
  equal([...sample.labels][0] instanceof CodingReference, true, 'labels have their class');

  await assertRejects(() => strangerApi.patientApi.getPatient(patient.id), 'not_found');
  await assertRejects(() => strangerApi.healthcareElementApi.getHealthcareElement(healthcareElement.id), 'not_found');
  await assertRejects(() => strangerApi.dataSampleApi.getDataSample(dataSample.id), 'not_found');
  return sample.content['en'].stringValue;
}
