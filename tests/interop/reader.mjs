// A second, small reader of Tidelock's protocol, written from docs/protocol.md and its vectors alone: it shows that the page
// suffices. It shares no code with the package: WebCrypto, @hpke/core, and cborg for CBOR. § refers to sections of that page.
//
// It has no network and no memory: what a client remembers (§12.5, and in §11 the remembered log entry and chains) is not here,
// nor is anything that writes.
export { checkDigests, openChunk, readAttachment, sealChunks, streamOf } from './attachments.mjs';
export { openGiveBack, openVersions, safetyNumber } from './giving-back.mjs';
export { openBackup, openBundle, openStatement, parseRecoveryCode } from './identities.mjs';
export { appendEntry, checkCommitment, emptyLog, openGrantedKeys, openOwnKeys } from './log.mjs';
export { decode, keyPair } from './notation.mjs';
export { readEntity } from './single.mjs';
export { acceptWrite, addWraps, emptyVault, link, openWrite, wrap } from './writes.mjs';
