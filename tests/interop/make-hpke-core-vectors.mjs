// Writes tests/vectors/hpke-core.json: messages sealed by @hpke/core, which our engines have to open.
// Run by hand (`node tests/interop/make-hpke-core-vectors.mjs`): ephemeral keys are random, so the file changes every time.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { hex, suite } from './hpke-core.mjs';

const { version } = JSON.parse(await readFile(new URL('../../node_modules/@hpke/core/package.json', import.meta.url)));
const bytes = (length) => Uint8Array.from({ length }, (_, index) => index % 256);
const vectors = [];
for (const [info, aad, plaintext] of [[0, 0, 0], [4, 0, 9], [0, 15, 9], [4, 15, 32], [300, 700, 2000], [4, 15, 3000]]) {
  const ikm = crypto.getRandomValues(new Uint8Array(32));
  const recipient = await suite.kem.deriveKeyPair(ikm);
  const sender = await suite.createSenderContext({ recipientPublicKey: recipient.publicKey, info: bytes(info) });
  const ciphertext = await sender.seal(bytes(plaintext), bytes(aad));
  vectors.push({
    recipient_private_key: hex(await suite.kem.serializePrivateKey(recipient.privateKey)),
    recipient_public_key: hex(await suite.kem.serializePublicKey(recipient.publicKey)),
    info: hex(bytes(info)),
    aad: hex(bytes(aad)),
    plaintext: hex(bytes(plaintext)),
    sealed: hex(sender.enc) + hex(ciphertext),
  });
}
const about = `Sealed by @hpke/core ${version}; the fields are those of hpke.json. Written by tests/interop/make-hpke-core-vectors.mjs.`;
const path = fileURLToPath(new URL('../vectors/hpke-core.json', import.meta.url));
await writeFile(path, `${JSON.stringify({ about, vectors }, null, 2)}\n`);
console.log(`${path}: ${vectors.length} messages`);
