// The suite of Tidelock as @hpke/core names it, and hexadecimal digits.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';

export const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

export const hex = (bytes) => Buffer.from(bytes).toString('hex');

export const fromHex = (digits) => new Uint8Array(Buffer.from(digits, 'hex'));
