// How much JavaScript of the package an application loads that imports it.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { root } from '../scripts/environment.mjs';

const { build } = createRequire(new URL('./peers/', import.meta.url))('esbuild');

/** In bytes, minified, as it is and compressed with brotli: what is there at once, without what is imported when it is used. */
export async function sizeOfJavaScript() {
  const { metafile, outputFiles } = await build({
    stdin: { contents: "export * from 'tidelock';", resolveDir: root },
    alias: { tidelock: join(root, 'dist', 'index.js') },
    outdir: root,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const outputs = Object.entries(metafile.outputs);
  const loaded = new Set([outputs.find(([, output]) => output.entryPoint === '<stdin>')[0]]);
  for (const path of loaded) {
    for (const { path: imported, kind } of metafile.outputs[path].imports) if (kind === 'import-statement') loaded.add(imported);
  }
  const contents = outputFiles.filter(({ path }) => [...loaded].some((name) => path === join(root, name))).map(({ contents: bytes }) => bytes);
  const sum = (sizes) => sizes.reduce((total, size) => total + size, 0);
  return { raw: sum(contents.map((bytes) => bytes.length)), brotli: sum(contents.map((bytes) => brotliCompressSync(bytes).length)) };
}
