// The limit: WebCrypto called for nothing but what has to be done, with nothing checked and nothing put together.
import { windowed } from '../windowed.mjs';

const { subtle } = crypto;
const ECDH = { name: 'ECDH', namedCurve: 'P-256' };
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' };
const GCM = { name: 'AES-GCM', length: 256 };

/** Two key pairs, and one signature. */
export async function newIdentity() {
  const [signing] = await Promise.all([subtle.generateKey(ECDSA, false, ['sign']), subtle.generateKey(ECDH, false, ['deriveBits'])]);
  await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, signing.privateKey, new Uint8Array(400));
}

/** For each recipient: an ephemeral key pair, its public half exported, the recipient's key imported, one ECDH. */
export function wrap(recipients) {
  return windowed(recipients, async (recipient) => {
    const ephemeral = await subtle.generateKey(ECDH, false, ['deriveBits']);
    await subtle.exportKey('raw', ephemeral.publicKey);
    const key = await subtle.importKey('raw', recipient, ECDH, false, []);
    await subtle.deriveBits({ name: 'ECDH', public: key }, ephemeral.privateKey, 256);
  });
}

/** Opens so many messages: the encapsulated key imported, one ECDH. */
export async function unwrapMany(count) {
  const [own, ephemeral] = await Promise.all([subtle.generateKey(ECDH, false, ['deriveBits']), subtle.generateKey(ECDH, false, ['deriveBits'])]);
  const encapsulated = new Uint8Array(await subtle.exportKey('raw', ephemeral.publicKey));
  return () => windowed(Array.from({ length: count }, () => encapsulated), async (point) => {
    const key = await subtle.importKey('raw', point, ECDH, false, []);
    await subtle.deriveBits({ name: 'ECDH', public: key }, own.privateKey, 256);
  });
}

/** A batch key, and for each record one HKDF-SHA-256 and one AES-256-GCM with its id as associated data. */
export async function newBatch() {
  const batch = await subtle.importKey('raw', crypto.getRandomValues(new Uint8Array(32)), 'HKDF', false, ['deriveKey']);
  const keyOf = (id, usage) => subtle.deriveKey({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info: id }, batch, GCM, false, [usage]);
  return {
    seal: (records) => windowed(records, async (record) => {
      const id = crypto.getRandomValues(new Uint8Array(16));
      const iv = crypto.getRandomValues(new Uint8Array(12));
      return { id, iv, sealed: await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: id }, await keyOf(id, 'encrypt'), record) };
    }),
    open: (sealed) => windowed(sealed, async ({ id, iv, sealed: bytes }) =>
      subtle.decrypt({ name: 'AES-GCM', iv, additionalData: id }, await keyOf(id, 'decrypt'), bytes)),
  };
}
