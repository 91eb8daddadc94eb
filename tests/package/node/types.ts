// Compiled only: the types reach a strict consumer without any configuration of ours.
import { init, version, type WasmSource } from 'tidelock';
import { version as inlineVersion } from 'tidelock/inline';

const source: WasmSource = new URL('https://example.org/tidelock_bg.wasm');
await init(source);
export const versions: string[] = [version(), inlineVersion()];
