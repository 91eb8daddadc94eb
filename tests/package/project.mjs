// Empty projects that install the packed package as anyone would: from its tarball, without configuration.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

let packed;

/** The path of the package's tarball, packed once. */
async function pack() {
  const folder = await mkdtemp(join(tmpdir(), 'tidelock-packed-'));
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  // npm before version 12 answers a list, from then on an object by package name.
  const [{ filename, files }] = Object.values(JSON.parse(stdout));
  return { folder, tarball: join(folder, filename), files: files.map(({ path }) => path) };
}

/** The tarball and what is in it. */
export function packedPackage() {
  packed ??= pack();
  return packed;
}

/** A copy of the project in `name`, in a temporary folder, with its dependencies and the package installed. */
export async function project(name) {
  const folder = await mkdtemp(join(tmpdir(), `tidelock-${name}-`));
  await cp(join(root, 'tests', 'package', name), folder, { recursive: true });
  for (const shared of ['story.mjs', 'application.mjs']) await cp(join(root, 'tests', 'package', shared), join(folder, shared));
  const { tarball } = await packedPackage();
  await execute('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd: folder });
  return {
    folder,
    /** Runs a command in the project; resolves to its output. */
    run: async (command, ...args) => (await execute(command, args, { cwd: folder })).stdout.trim(),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Removes the tarball. */
export async function removePacked() {
  if (packed) await rm((await packed).folder, { recursive: true, force: true });
}
