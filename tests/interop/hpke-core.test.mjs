// Our published HPKE vectors, opened by @hpke/core. The other direction is a Rust test over every engine.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fromHex, hex, suite } from './hpke-core.mjs';

const { vectors } = JSON.parse(await readFile(new URL('../vectors/hpke.json', import.meta.url)));

for (const [number, vector] of vectors.entries()) {
  test(`@hpke/core opens message ${number} of hpke.json`, async () => {
    const privateKey = await suite.kem.deserializePrivateKey(fromHex(vector.recipient_private_key));
    const publicKey = await suite.kem.deserializePublicKey(fromHex(vector.recipient_public_key));
    const sealed = fromHex(vector.sealed);
    const recipient = await suite.createRecipientContext({
      recipientKey: { privateKey, publicKey },
      enc: sealed.slice(0, 65),
      info: fromHex(vector.info),
    });
    const opened = await recipient.open(sealed.slice(65), fromHex(vector.aad));
    assert.equal(hex(opened), vector.plaintext);
  });
}

test('a message with another info does not open', async () => {
  const [, vector] = vectors;
  const recipientKey = await suite.kem.deserializePrivateKey(fromHex(vector.recipient_private_key));
  const sealed = fromHex(vector.sealed);
  const recipient = await suite.createRecipientContext({ recipientKey, enc: sealed.slice(0, 65), info: fromHex('00') });
  await assert.rejects(recipient.open(sealed.slice(65), fromHex(vector.aad)));
});
