// Installs what the commands need, in groups, and only what is missing: `node scripts/setup.mjs [build] [test] [conformance] [bench]`.
//
//   build         a Rust toolchain with a wasm32 target, wasm-bindgen, the npm dependencies
//   test          browsers and their drivers, wasm-pack
//   conformance   Tidepool's own client, and what its documents are read with
//   bench         what is measured beside this package
//
// Everything goes into `.tools/` and `node_modules/`, nothing outside the project is changed, but for Debian packages
// where this runs as root (or sudo asks for no password). Where something cannot be installed, it says exactly what to install.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browsers, cargoTools, environment, findCommand, oldestRust, root, toolchainFolder, toolsFolder, wasmTarget } from './environment.mjs';
import { ask, Failure, main, run, say } from './run.mjs';
import { digestOf } from './stamp.mjs';

const groups = {
  build: async () => {
    await toolchain();
    await npmDependencies('.');
    await npmDependencies('www');
    await cargoTool('wasm-bindgen');
  },
  test: async () => {
    await debianPackages('browsers and drivers', [
      ['chromium', browsers.chromium],
      ['chromium-driver', browsers.chromedriver],
      ['firefox-esr', browsers.firefox],
    ]);
    await cargoTool('wasm-pack');
    if (!browsers.geckodriver()) await cargoTool('geckodriver');
  },
  conformance: () => npmDependencies(join('tests', 'conformance')),
  bench: () => npmDependencies(join('bench', 'peers')),
};

/** Sets up the named groups. */
export async function setUp(...names) {
  mkdirSync(toolsFolder, { recursive: true });
  for (const name of names) await groups[name]();
}

// --- Rust ------------------------------------------------------------------------------------------------------------

/** The environment without the project's own toolchain: what the machine itself offers. */
function machineEnvironment() {
  const { PATH } = environment();
  return { PATH: PATH.split(':').filter((folder) => !folder.startsWith(toolchainFolder)).join(':') };
}

function rustIsRecent(env) {
  const version = ask('rustc', ['--version'], env)?.match(/^rustc (\d+)\.(\d+)/);
  if (!version) return false;
  const [major, minor] = version.slice(1).map(Number);
  return major > oldestRust[0] || (major === oldestRust[0] && minor >= oldestRust[1]);
}

function hasWasmTarget(env) {
  const sysroot = ask('rustc', ['--print', 'sysroot'], env);
  return sysroot !== undefined && existsSync(join(sysroot, 'lib', 'rustlib', wasmTarget, 'lib'));
}

/** A toolchain with the wasm32 target: the machine's own, else rustup's, else one built from Debian's packages. */
async function toolchain() {
  const env = machineEnvironment();
  if (rustIsRecent(env)) {
    if (!hasWasmTarget(env) && ask('rustup', ['--version'], env) && !existsSync(toolchainFolder)) {
      say(`rustup target add ${wasmTarget}`);
      const { status } = await run('rustup', ['target', 'add', wasmTarget], { check: false, env });
      if (status !== 0) say('rustup cannot download here; using Debian packages instead');
    }
    if (hasWasmTarget(env)) {
      rmSync(toolchainFolder, { recursive: true, force: true });
      return;
    }
  }
  await debianPackages('a Rust toolchain', [
    ['rustc-web', () => isFromDebianWeb('rustc')],
    ['cargo-web', () => isFromDebianWeb('cargo')],
    ['rust-web-src', () => existsSync('/usr/lib/rustlib/src')],
    ['rust-web-clippy', () => existsSync('/usr/bin/cargo-clippy')],
    ['rustfmt-web', () => existsSync('/usr/bin/rustfmt')],
    ['gcc', () => findCommand('cc')],
    [newestLinker, () => ask('sh', ['-c', 'ls /usr/lib/llvm-*/bin/lld'])],
  ], `Or install Rust ${oldestRust.join('.')} or newer with rustup and run: rustup target add ${wasmTarget}`);
  await run('bash', [join(root, 'scripts', 'debian-toolchain.sh')]);
}

/** Debian's older packages put commands in the same places. */
function isFromDebianWeb(command) {
  return ask('dpkg-query', ['--show', '--showformat=${db:Status-Status}', `${command}-web`]) === 'installed';
}

/** Debian's newest package of LLVM's linker. */
function newestLinker() {
  const names = ask('apt-cache', ['pkgnames', 'lld-'])?.split('\n').filter((name) => /^lld-\d+$/.test(name)) ?? [];
  return names.sort((a, b) => Number(b.slice(4)) - Number(a.slice(4)))[0] ?? 'lld-22';
}

/** A command that cargo builds from its source, of exactly the wanted version, into `.tools`. */
async function cargoTool(command) {
  const { crate, version, locked, optimisation } = cargoTools[command];
  if (ask(join(toolsFolder, 'bin', command), ['--version'])?.includes(version)) return;
  say(`Installing ${crate} ${version} into .tools (minutes)`);
  const args = ['install', '--quiet', crate, '--version', version, '--root', toolsFolder, '--force'];
  if (locked) args.push('--locked');
  // Compiled for a short installation: these tools run for seconds.
  const profile = { OPT_LEVEL: optimisation, LTO: 'false', CODEGEN_UNITS: '16', DEBUG: '0', STRIP: 'true' };
  const env = Object.fromEntries(Object.entries(profile).map(([name, value]) => [`CARGO_PROFILE_RELEASE_${name}`, value]));
  await run('cargo', args, { env: { ...env, CARGO_TARGET_DIR: join(toolsFolder, 'build') } });
}

// --- npm -------------------------------------------------------------------------------------------------------------

/** Installs what a folder's package-lock.json names, unless just that is installed. */
async function npmDependencies(folder) {
  const lock = join(folder, 'package-lock.json');
  if (!existsSync(join(root, lock))) return;
  const stamp = join(root, folder, 'node_modules', '.installed');
  const digest = digestOf([lock]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  say(`npm ci${folder === '.' ? '' : ` in ${folder}`}`);
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: join(root, folder) });
  writeFileSync(stamp, digest);
}

// --- Debian ----------------------------------------------------------------------------------------------------------

/** Installs those `[package, isThere]` that are not there. */
async function debianPackages(what, packages, alternative = '') {
  const missing = () => packages.filter(([, isThere]) => !isThere()).map(([name]) => (typeof name === 'function' ? name() : name));
  const names = missing();
  if (names.length === 0) return;
  const words = ['apt-get', 'install', '--yes', '--no-install-recommends', ...names];
  const byHand = `Please install ${what}: sudo ${words.join(' ')}\n${alternative}`.trim();
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (!ask('apt-get', ['--version']) || (prefix.length > 0 && ask('sudo', ['-n', 'true']) === undefined)) throw new Failure(byHand);
  say(`Installing ${what}: ${names.join(' ')}`);
  const apt = async (...args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...args];
    return run(command, rest, { check: false, quiet: true });
  };
  let result = await apt(...words);
  if (result.status !== 0) {
    await apt('apt-get', 'update');
    result = await apt(...words);
  }
  if (result.status !== 0 || missing().length > 0) throw new Failure(`${result.output.trim()}\n${byHand}`);
}

if (process.argv[1] === join(root, 'scripts', 'setup.mjs')) {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !(name in groups));
  await main(async () => {
    if (unknown) throw new Failure(`Unknown group ${unknown}; there are: ${Object.keys(groups).join(', ')}`);
    await setUp(...(names.length > 0 ? names : Object.keys(groups)));
  });
}
