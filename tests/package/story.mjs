// What an application does with the package, wherever it runs: `tidelock` is the package as the project imported it.

/** A clinic is founded, its code checked and looked up; a patient seals readings, shares them, and the clinic opens them. */
export async function story(tidelock, url) {
  const { CodingReference, Content, DataSample, Measure, MemoryKeyStore, checkShareCode, signUp } = tidelock;
  const account = (name) => {
    const email = `${name}-${crypto.randomUUID()}@example.org`;
    // Stores of their own, as on devices of their own.
    return { url, keyStore: new MemoryKeyStore(), email, password: 'correct horse battery staple', fullName: name };
  };

  const doctor = await signUp({ ...account('Dora'), kind: 'practitioner' });
  const clinic = await doctor.session.clinicApi.createClinic({ name: 'Harbour Clinic' });
  const { code } = await doctor.session.clinicApi.getShareCode(clinic.id);

  const { session, recoveryCode } = await signUp({ ...account('Alice'), kind: 'patient' });
  const typed = ` ${code.toLowerCase().replaceAll('-', ' ')}`;
  const card = await session.sharingApi.lookUpShareCode(typed);
  const written = [5.4, 7.25, 11].map((value, index) => new DataSample({
    openingDate: Date.UTC(2024, 0, 1, index),
    labels: new Set([new CodingReference({ type: 'LOINC', code: '105272-9' })]),
    content: { en: new Content({ measureValue: new Measure({ value, unit: 'mmol/L' }) }) },
  }));
  const { created } = await session.dataSampleApi.createDataSamples(written);
  const valuesOf = (samples) => samples.map(({ content }) => content.en.measureValue.value).sort((a, b) => a - b);
  const own = await session.dataSampleApi.listDataSamples();

  await session.sharingApi.inviteClinic(card, { view: true, upload: false, note: false });
  const [invitation] = await doctor.session.clinicApi.listInvitations(clinic.id);
  await doctor.session.clinicApi.accept(clinic.id, invitation.key);
  const readByClinic = () => doctor.session.dataSampleApi.listDataSamples({ vault: session.user.id, clinic: clinic.id });
  const shared = await readByClinic();
  await session.sharingApi.revoke(clinic.id);
  const refused = await readByClinic().then(() => 'nothing', (error) => error.code);

  let wrongCode;
  try {
    checkShareCode(code.replace(/.$/, '0'));
  } catch (error) {
    wrongCode = { code: error.code, position: error.details.position, known: error instanceof tidelock.TidelockError };
  }
  return {
    checked: checkShareCode(typed) === code,
    clinic: card.name,
    verified: card.verified,
    recoveryCode: recoveryCode.length > 0,
    created,
    own: valuesOf(own),
    labels: own.every(({ labels }) => labels instanceof Set && labels.size === 1),
    asker: invitation.fullName,
    shared: valuesOf(shared),
    refused,
    wrongCode,
  };
}

/** A patient writes so many readings, and reads them: how many she has read, once each. */
export async function many({ DataSample, MemoryKeyStore, signUp }, url, count) {
  const email = `alice-${crypto.randomUUID()}@example.org`;
  const account = { url, keyStore: new MemoryKeyStore(), email, password: 'correct horse battery staple', fullName: 'Alice' };
  const { session } = await signUp({ ...account, kind: 'patient' });
  const written = Array.from({ length: count }, (_, minute) => new DataSample({ openingDate: Date.UTC(2024, 0, 1, 0, minute) }));
  await session.dataSampleApi.createDataSamples(written);
  const read = await session.dataSampleApi.listDataSamples();
  return new Set(read.map(({ openingDate }) => openingDate)).size;
}

/** What the story ends with, everywhere. */
export const told = {
  checked: true,
  clinic: 'Harbour Clinic',
  verified: true,
  recoveryCode: true,
  created: 3,
  own: [5.4, 7.25, 11],
  labels: true,
  asker: 'Alice',
  shared: [5.4, 7.25, 11],
  refused: 'not_found',
  wrongCode: { code: 'invalid_share_code', position: 12, known: true },
};
