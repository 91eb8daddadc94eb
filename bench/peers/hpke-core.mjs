// HPKE by a library that calls WebCrypto from JavaScript, with the suite of Tidelock.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { windowed } from '../windowed.mjs';

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const info = new TextEncoder().encode('a benchmark');

/** Seals a key of 32 bytes to each recipient. */
export function wrap(recipients) {
  const key = crypto.getRandomValues(new Uint8Array(32));
  return windowed(recipients, async (recipient) => {
    const recipientPublicKey = await suite.kem.deserializePublicKey(recipient);
    return suite.seal({ recipientPublicKey, info }, key);
  });
}

/** Opens so many messages. */
export async function unwrapMany(count) {
  const recipientKey = await suite.kem.generateKeyPair();
  const { enc, ct } = await suite.seal({ recipientPublicKey: recipientKey.publicKey, info }, new Uint8Array(32));
  return () => windowed(Array.from({ length: count }, () => ({ enc, ct })), (message) => suite.open({ recipientKey: recipientKey.privateKey, enc: message.enc, info }, message.ct));
}
