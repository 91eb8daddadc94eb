// Where things are, which versions of the tools are wanted, and the environment in which every command runs.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
export const toolsFolder = join(root, '.tools');
export const toolchainFolder = join(toolsFolder, 'toolchain');
export const wasmTarget = 'wasm32-unknown-unknown';

/** The oldest Rust that compiles the workspace. */
export const oldestRust = [1, 95];

/**
 * Tools that cargo installs into `.tools`; `locked` says whether the crate's own lock file can be used. Those that only
 * start others are compiled without optimisation, which is quicker.
 */
export const cargoTools = {
  // The command must be of exactly the version of the library that the code links.
  'wasm-bindgen': { crate: 'wasm-bindgen-cli', get version() { return lockedVersion('wasm-bindgen'); }, locked: false, optimisation: '1' },
  'wasm-pack': { crate: 'wasm-pack', version: '0.15.1', locked: true, optimisation: '0' },
  geckodriver: { crate: 'geckodriver', version: '0.37.1', locked: true, optimisation: '0' },
};

/** The version of a crate in Cargo.lock. */
function lockedVersion(crate) {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  const found = lock.match(new RegExp(`^name = "${crate}"\\nversion = "([^"]+)"`, 'm'));
  if (!found) throw new Error(`Cargo.lock names no ${crate}`);
  return found[1];
}

/** The first of these commands that is in PATH or is an existing file, or undefined. */
export function findCommand(...names) {
  for (const name of names) {
    const folders = name.includes('/') ? [''] : environment().PATH.split(delimiter).filter(Boolean);
    for (const folder of folders) {
      const path = join(folder, name);
      if (existsSync(path)) return path;
    }
  }
  return undefined;
}

/** Browsers and their drivers, as found on this machine; variables of the same names win. */
export const browsers = {
  chromium: () => process.env.CHROMIUM ?? findCommand('chromium', 'chromium-browser', 'google-chrome'),
  chromedriver: () => process.env.CHROMEDRIVER ?? findCommand('chromedriver'),
  firefox: () => process.env.FIREFOX ?? findCommand('firefox-esr', 'firefox'),
  geckodriver: () => process.env.GECKODRIVER ?? findCommand('geckodriver'),
};

/** The environment of every command: the project's own tools come first. */
export function environment() {
  const path = (process.env.PATH ?? '').split(delimiter);
  const first = [join(toolchainFolder, 'bin'), join(toolsFolder, 'bin'), join(root, 'node_modules', '.bin')];
  const cargoHome = process.env.CARGO_HOME ?? join(process.env.HOME ?? '/', '.cargo');
  // A machine without rustup may still have cargo's folder out of PATH, hence the last entry.
  const PATH = [...new Set([...first, ...path, join(cargoHome, 'bin')])].join(delimiter);
  // The module names source files where it may panic: the same ones on every machine, and not whose machine it was.
  const CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS = `--remap-path-prefix=${cargoHome}=cargo`;
  return { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS, ...process.env, PATH };
}
