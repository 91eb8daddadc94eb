// Makes dist/, the publishable package: one WebAssembly module, its bindings and the TypeScript face.
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { root, wasmTarget } from './environment.mjs';
import { main, run, say } from './run.mjs';
import { setUp } from './setup.mjs';
import { alone, unlessUnchanged } from './stamp.mjs';

const compiled = join('target', wasmTarget, 'release', 'tidelock.wasm');
const bindings = join('target', 'bindings');
const wasm = join(bindings, 'tidelock_bg.wasm');

// What rustc enables for this target. wasm-opt's --all-features would emit code that browsers refuse.
const wasmFeatures = [
  'bulk-memory',
  'bulk-memory-opt',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'reference-types',
  'multivalue',
].map((feature) => `--enable-${feature}`);

/** Builds the package, as far as its sources have changed. */
export function build() {
  return alone(async () => {
    await bind();
    await face();
  });
}

/** Compiles the Rust crate and generates its bindings in `target/bindings`: what the TypeScript face is compiled against. */
export function buildBindings() {
  return alone(bind);
}

async function bind() {
  say('Compiling to WebAssembly');
  // As a cdylib only: Cargo leaves link-time optimisation out where a crate is built as a Rust library, too.
  const library = ['--package', 'tidelock', '--lib', '--crate-type', 'cdylib'];
  await run('cargo', ['rustc', '--quiet', '--release', '--target', wasmTarget, ...library]);
  await unlessUnchanged('bindings', { inputs: [compiled, 'scripts/build.mjs', 'Cargo.lock'], outputs: [wasm] }, async () => {
    say('wasm-bindgen and wasm-opt');
    rmSync(join(root, bindings), { recursive: true, force: true });
    // No module path: the face gives one, in the form that bundlers understand.
    const options = ['--target', 'web', '--omit-default-module-path', '--no-demangle', '--remove-producers-section'];
    await run('wasm-bindgen', [...options, '--out-dir', bindings, compiled]);
    await run('wasm-opt', ['-Oz', ...wasmFeatures, '--strip-debug', '--strip-producers', wasm, '-o', wasm]);
    const base64 = readFileSync(join(root, wasm)).toString('base64');
    writeFileSync(join(root, bindings, 'tidelock_bg.base64.js'), `export const wasmBase64 = '${base64}';\n`);
    writeFileSync(join(root, bindings, 'tidelock_bg.base64.d.ts'), 'export declare const wasmBase64: string;\n');
  });
}

async function face() {
  await unlessUnchanged('face', { inputs: [bindings, 'src/ts', 'tsconfig.json'], outputs: ['dist/index.js'] }, async () => {
    say('tsc');
    // Beside the old one until it is complete: a server may be handing that out.
    const complete = join(root, 'target', 'dist');
    rmSync(complete, { recursive: true, force: true });
    await run('tsc', ['--project', 'tsconfig.json', '--outDir', complete]);
    cpSync(join(root, bindings), complete, { recursive: true });
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    renameSync(complete, join(root, 'dist'));
  });
}

/** Builds the web application on the package, as any user of it would. */
export async function buildWeb() {
  if (!existsSync(join(root, 'www', 'package.json'))) return;
  const work = () => unlessUnchanged('web', { inputs: ['dist', 'package.json', 'www'], outputs: ['www/dist/index.html'] }, async () => {
    say('Building the web application');
    await run('npm', ['run', '--silent', 'build'], { cwd: join(root, 'www') });
  });
  await alone(work);
}

/** Builds the platform server; resolves to the path of its program. */
export async function buildServer() {
  say('Building the server');
  await run('cargo', ['build', '--quiet', '--profile', 'server', '--package', 'tidelock-server']);
  return join(root, 'target', 'server', 'tidelock-server');
}

/** The size of the WebAssembly module in bytes, as it is and as it travels. */
export function wasmSize() {
  const content = readFileSync(join(root, wasm));
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: content.length, brotli: brotli.length };
}

if (process.argv[1] === join(root, 'scripts', 'build.mjs')) {
  await main(async () => {
    await setUp('build');
    await build();
    const { raw, brotli } = wasmSize();
    const files = readdirSync(join(root, 'dist')).length;
    say(`dist/: ${files} files; the WebAssembly module has ${raw} bytes, ${brotli} compressed with brotli`);
  });
}
