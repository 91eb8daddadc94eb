import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const compress = promisify(brotliCompress);

/**
 * What the built page may do: scripts, styles and requests of its own origin only, and WebAssembly. It is put into the page itself, so
 * that it holds whichever server hands the page out. Development needs the inline scripts of hot reloading, so it goes without.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** Puts a brotli-compressed twin beside every larger text and module, for servers that hand such twins out. */
function precompressed(): Plugin {
  return {
    name: 'precompressed',
    apply: 'build',
    async writeBundle({ dir = '.' }, bundle) {
      const names = Object.keys(bundle).filter((name) => /\.(js|css|wasm|html|svg)$/.test(name));
      await Promise.all(
        names.map(async (name) => {
          const content = await readFile(join(dir, name));
          if (content.length > 1_024) {
            await writeFile(join(dir, `${name}.br`), await compress(content));
          }
        }),
      );
    },
  };
}

const platform = process.env['TIDELOCK_PLATFORM'] ?? 'http://127.0.0.1:8787';

export default defineConfig({
  plugins: [react(), contentSecurityPolicy(), precompressed()],
  build: { target: 'es2023', assetsInlineLimit: 0 },
  // The package lies beside this folder.
  server: { fs: { allow: ['..'] }, proxy: Object.fromEntries(['/v1', '/auth', '/confirm', '/access', '/metadata'].map((path) => [path, platform])) },
});
