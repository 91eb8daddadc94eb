// Fills fuzz/corpus/ with what the published vectors hold, for the fuzzer to begin with: `node fuzz/seeds.mjs`.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { decode, encode, rfc8949EncodeOptions } from 'cborg';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../tests/vectors/${name}.json`, import.meta.url)));
const record = vectors('protocol');
const codes = vectors('share-code');
const { attachments } = vectors('attachments');

/** Every text in a JSON value, however deep, that is bytes in hexadecimal digits. */
function* byteStringsIn(value) {
  if (typeof value === 'string') {
    if (value.length > 2 && value.length % 2 === 0 && /^[0-9a-f]+$/.test(value)) yield Buffer.from(value, 'hex');
  } else if (value !== null && typeof value === 'object') {
    for (const member of Object.values(value)) yield* byteStringsIn(member);
  }
}

/** The payload of a COSE_Sign1; undefined for anything else. */
function payloadOf(bytes) {
  try {
    const [, , payload, signature] = decode(bytes, { useMaps: true });
    return signature.length === 64 ? Buffer.from(payload) : undefined;
  } catch {
    return undefined;
  }
}

/** What a log entry does (docs/protocol.md §9.1). */
const actionOf = (bytes) => Buffer.from(encode(decode(payloadOf(bytes), { useMaps: true })[3].get(5), rfc8949EncodeOptions));

const everything = [...byteStringsIn(record)];
const { batches, entities, recovery } = record;
const log = [...record.log, ...batches.log, ...recovery.log].map(({ bytes }) => Buffer.from(bytes, 'hex'));
const writes = [...record.writes, ...entities.writes, ...entities.refused, ...batches.writes, ...recovery.writes].map(({ bytes }) => bytes);
const typed = [...codes.valid, ...codes.malformed, ...record.recovery_codes.mistyped].map(({ text }) => text);
const seeds = {
  codes: [...typed, ...record.recovery_codes.valid.map(({ code }) => code)].map((text) => Buffer.from(text)),
  signed: [...everything, ...everything.map(payloadOf).filter(Boolean), ...attachments.map(({ bytes }) => Buffer.from(bytes, 'hex'))],
  wire: everything,
  write: [...writes, record.refused.write_after_revocation].map((digits) => Buffer.from(digits, 'hex')),
  vault_log: log.flatMap((entry, place) => [entry, payloadOf(entry), actionOf(entry)].map((input) => Buffer.concat([Buffer.from([place]), input]))),
};

for (const [target, inputs] of Object.entries(seeds)) {
  const folder = new URL(`./corpus/${target}/`, import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const input of inputs) writeFileSync(new URL(createHash('sha256').update(input).digest('hex').slice(0, 16), folder), input);
  console.log(`${target}: ${inputs.length} seeds`);
}
