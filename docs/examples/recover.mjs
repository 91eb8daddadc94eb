// Back to one's data on another device: the password opens the account, the recovery code the keys.
import { init, recover, signIn, signUp, Content, DataSample, MemoryKeyStore, TidelockError } from 'tidelock';

const url = process.env.TIDELOCK_URL ?? 'http://127.0.0.1:8787';
const credentials = { email: `ada-${crypto.randomUUID()}@example.org`, password: 'correct-horse-battery' };
await init();

// The first device.
const first = new MemoryKeyStore();
const { session, recoveryCode } = await signUp({ url, keyStore: first, ...credentials, kind: 'patient', fullName: 'Ada Lind' });
await session.dataSampleApi.createDataSamples([new DataSample({ content: { en: new Content({ stringValue: 'felt fine' }) } })]);
await session.signOut();

// Another device has no keys: signing in says so, and makes none.
const second = new MemoryKeyStore();
try {
  await signIn({ url, keyStore: second, ...credentials });
  throw new Error('Signed in without keys.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'recovery_needed') throw error;
}

// The code is typed from paper; a mistyped symbol is named.
const mistyped = `${recoveryCode[0] === 'A' ? 'B' : 'A'}${recoveryCode.slice(1)}`;
try {
  await recover({ url, keyStore: second, ...credentials, recoveryCode: mistyped });
  throw new Error('A wrong code was accepted.');
} catch (error) {
  if (!(error instanceof TidelockError) || error.code !== 'invalid_recovery_code') throw error;
  console.log(`Symbol ${error.details.position} is wrong.`);
}
const recovered = await recover({ url, keyStore: second, ...credentials, recoveryCode: recoveryCode.toLowerCase() });
const [sample] = await recovered.dataSampleApi.listDataSamples();
console.log(`${recovered.user.fullName} ${sample.content.en.stringValue}`);
