// Makes dist/, the publishable package: the WebAssembly module in its two parts, those for Argon2id and for workers, their
// bindings and the TypeScript face.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { declared, renaming, shortened } from './bindings.mjs';
import { root, wasmTarget } from './environment.mjs';
import { main, run, say } from './run.mjs';
import { setUp } from './setup.mjs';
import { alone, unlessUnchanged } from './stamp.mjs';

const bindings = join('target', 'bindings');
const intermediate = join('target', 'intermediate');
/** How each library is compiled. What workers run may use instructions that not every browser has. */
const libraries = {
  tidelock: { profile: 'release' },
  tidelock_argon2id: { profile: 'release' },
  tidelock_worker: { profile: 'worker', env: { RUSTFLAGS: '-Ctarget-feature=+simd128' } },
  tidelock_bench_engine: { profile: 'release' },
};
const published = ['tidelock', 'tidelock_argon2id', 'tidelock_worker'];
const compiled = (library) => join('target', wasmTarget, libraries[library].profile, `${library}.wasm`);
/** The WebAssembly modules: the core of the library, its deferred part, Argon2id, and what workers run. */
const modules = {
  tidelock: join(bindings, 'tidelock_bg.wasm'),
  tidelock_deferred: join(bindings, 'tidelock_deferred.wasm'),
  tidelock_argon2id: join(intermediate, 'tidelock_argon2id_bg.wasm'),
  tidelock_worker: join(bindings, 'tidelock_worker_bg.wasm'),
};

/** What is in the deferred part of the library: see `split`. */
const deferred = {
  begin: 'tidelock::browser::promise::begin_deferred',
  entered: {
    'tidelock::client::directory::take_owner': ['tidelock::client::vault::begin_log'],
    'tidelock::client::directory::versions': ['tidelock::client::directory::version'],
    'tidelock::client::session::SignedIn::complete': ['tidelock::client::session::SignedIn::open'],
    'tidelock::client::vault::flush': ['tidelock::client::vault::open_own', 'tidelock::client::session::SignedIn::open'],
    'tidelock::client::directory::take_clinic': ['tidelock::client::vault::read_page'],
    'tidelock::client::vault::open_shared': ['tidelock::client::vault::open_vault'],
    'tidelock::client::access::settle': ['tidelock::client::vault::open_own'],
    'tidelock::client::people::complete': ['tidelock::client::vault::open_own'],
    'tidelock::client::access::read_details': ['tidelock::client::session::Session::full_name'],
    'tidelock::client::writing::write_person': ['tidelock::client::session::SignedIn::ready'],
    'tidelock::records::batch::Batch::open_drop_box': ['tidelock::records::batch::Batch::open', 'tidelock::client::vault::read_page'],
  },
};

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
  for (const library of published) await compile(library);
  const inputs = [...published.map(compiled), 'scripts/bindings.mjs', 'scripts/build.mjs', 'scripts/panics.mjs', 'scripts/split.mjs', 'Cargo.lock'];
  await unlessUnchanged('bindings', { inputs, outputs: Object.values(modules) }, async () => {
    say('wasm-bindgen and wasm-opt');
    for (const folder of [bindings, intermediate]) {
      rmSync(join(root, folder), { recursive: true, force: true });
      mkdirSync(join(root, folder), { recursive: true });
    }
    await bindTidelock();
    await bindArgon2id();
    await bindLibrary('tidelock_worker', '--target', 'web');
    await optimise(modules.tidelock_worker, '-O3', '--enable-simd');
  });
}

function compile(library) {
  const { profile, env } = libraries[library];
  // As a cdylib only: Cargo leaves link-time optimisation out where a crate is built as a Rust library, too.
  const only = ['--package', library.replaceAll('_', '-'), '--lib', '--crate-type', 'cdylib'];
  return run('cargo', ['rustc', '--quiet', '--profile', profile, '--target', wasmTarget, ...only], { env });
}

async function bindTidelock() {
  // Not at the top: they import a package that only set-up installs.
  const [{ split }, { withoutPanics }] = await Promise.all([import('./split.mjs'), import('./panics.mjs')]);
  // The names of functions say what is deferred.
  await bindLibrary('tidelock', '--target', 'web', '--keep-debug');
  await shortenBindings();
  const parts = split(withoutPanics(readFileSync(join(root, modules.tidelock))), deferred);
  for (const [part, bytes] of [['tidelock', parts.core], ['tidelock_deferred', parts.deferred]]) {
    for (const path of [modules[part], unoptimised(part)]) writeFileSync(join(root, path), bytes);
    await optimise(modules[part]);
  }
  for (const [library, file] of [['tidelock', 'tidelock_bg'], ['tidelock_deferred', 'tidelock_deferred']]) {
    write(`${file}.base64.js`, `export const wasmBase64 = '${base64(library)}';\n`);
    write(`${file}.base64.d.ts`, 'export declare const wasmBase64: string;\n');
  }
}

/** Makes the bindings smaller that every application loads: see `shortened`. */
async function shortenBindings() {
  const wasm = modules.tidelock;
  const names = await run('wasm-opt', [renaming, ...wasmFeatures, '--debuginfo', wasm, '-o', wasm], { quiet: true });
  for (const [file, change] of [['tidelock.js', (text) => shortened(text, names)], ['tidelock.d.ts', declared]]) {
    write(file, change(readFileSync(join(root, bindings, file), 'utf8')));
  }
  // It would list names that are not there any more.
  rmSync(join(root, `${wasm}.d.ts`));
}

/**
 * One file with module and bindings. wasm-bindgen's bindings keep one instance for good; those for pages without
 * JavaScript modules are one closure, and each time it is evaluated there are new ones.
 */
async function bindArgon2id() {
  await bindLibrary('tidelock_argon2id', '--target', 'no-modules', '--no-typescript');
  await optimise(modules.tidelock_argon2id);
  const closure = readFileSync(join(root, intermediate, 'tidelock_argon2id.js'), 'utf8');
  write('tidelock_argon2id.js', [
    `export const wasmBase64 = '${base64('tidelock_argon2id')}';`,
    'export function newBindings() {',
    closure,
    'return wasm_bindgen;',
    '}',
    '',
  ].join('\n'));
  write('tidelock_argon2id.d.ts', `export declare const wasmBase64: string;
/** New bindings, for one instance of the module. */
export declare function newBindings(): {
  (source: { module_or_path: WebAssembly.Module }): Promise<unknown>;
  argon2id(password: Uint8Array, salt: Uint8Array, memoryKib: number, iterations: number): Uint8Array | undefined;
};
`);
}

async function bindLibrary(library, ...target) {
  const wasm = modules[library];
  // No module path: the face gives one, in the form that bundlers understand.
  const options = ['--omit-default-module-path', '--no-demangle', '--remove-producers-section'];
  await run('wasm-bindgen', [...target, ...options, '--out-dir', dirname(wasm), compiled(library)]);
}

// The lowest addresses are the end of the stack: nothing is addressed from below them.
const layout = '--low-memory-unused';

async function optimise(wasm, level = '-Oz', ...features) {
  const stripped = ['--strip-debug', '--strip-producers', '--strip-target-features'];
  await run('wasm-opt', [level, layout, ...wasmFeatures, ...features, ...stripped, wasm, '-o', wasm]);
}

/** Where a part of the library is kept as it was split, with the names of its functions. */
const unoptimised = (part) => join(intermediate, `${part}_split.wasm`);

/** A part of the library much as it is published, with the names of its functions. */
export async function withNames(part) {
  const optimised = join(intermediate, `${part}_names.wasm`);
  await run('wasm-opt', ['-Oz', layout, ...wasmFeatures, '--debuginfo', unoptimised(part), '-o', optimised]);
  return readFileSync(join(root, optimised));
}

const base64 = (library) => readFileSync(join(root, modules[library])).toString('base64');
const write = (name, text) => writeFileSync(join(root, bindings, name), text);

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

/** Compiles the operations that the benchmarks measure alone, with bindings; resolves to their folder. */
export function buildBenchEngine() {
  return alone(async () => {
    const [library, folder] = ['tidelock_bench_engine', join('target', 'bench-engine')];
    await compile(library);
    await run('wasm-bindgen', ['--target', 'web', '--no-typescript', '--omit-default-module-path', '--out-dir', folder, compiled(library)]);
    await optimise(join(folder, `${library}_bg.wasm`));
    return join(root, folder);
  });
}

/** Builds the platform server; resolves to the path of its program. */
export function buildServer() {
  say('Building the server');
  return buildNative('tidelock-server');
}

/** Builds what puts the platform server under load; resolves to the path of its program. */
export function buildBenchServer() {
  return buildNative('tidelock-bench-server');
}

async function buildNative(name) {
  await run('cargo', ['build', '--quiet', '--profile', 'server', '--package', name]);
  return join(root, 'target', 'server', name);
}

/** The size of a WebAssembly module in bytes, as it is and compressed; the core's where none is named. */
export function wasmSize(library = 'tidelock') {
  const content = readFileSync(join(root, modules[library]));
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return { raw: content.length, brotli: brotli.length };
}

if (process.argv[1] === join(root, 'scripts', 'build.mjs')) {
  await main(async () => {
    await setUp('build');
    await build();
    const files = readdirSync(join(root, 'dist')).length;
    const sizes = Object.keys(modules).map((library) => {
      const { raw, brotli } = wasmSize(library);
      return `${library} has ${raw} bytes, ${brotli} compressed with brotli`;
    });
    say(`dist/: ${files} files; of the WebAssembly modules, ${sizes.join('; ')}`);
  });
}
