// The same in JavaScript alone.
import { gcm } from '@noble/ciphers/aes.js';
import { p256 } from '@noble/curves/nist.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const derive = (secret, info) => hkdf(sha256, secret, undefined, info, 32);

/** Two key pairs, and one signature. */
export async function newIdentity() {
  const { secretKey } = p256.keygen();
  p256.keygen();
  p256.sign(new Uint8Array(400), secretKey);
}

/** For each recipient: an ephemeral key pair, one ECDH, and a key of 32 bytes under what is derived from it. */
export async function wrap(recipients) {
  const key = random(32);
  return recipients.map((recipient) => {
    const ephemeral = p256.keygen();
    const shared = p256.getSharedSecret(ephemeral.secretKey, recipient);
    return gcm(derive(shared, ephemeral.publicKey), new Uint8Array(12)).encrypt(key);
  });
}

/** A batch key, and for each record one HKDF-SHA-256 and one AES-256-GCM with its id as associated data. */
export async function newBatch() {
  const batch = random(32);
  return {
    seal: async (records) => records.map((record) => {
      const [id, iv] = [random(16), random(12)];
      return { id, iv, sealed: gcm(derive(batch, id), iv, id).encrypt(record) };
    }),
    open: async (sealed) => sealed.map(({ id, iv, sealed: bytes }) => gcm(derive(batch, id), iv, id).decrypt(bytes)),
  };
}
