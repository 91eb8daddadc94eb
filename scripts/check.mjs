// `npm run check`: everything that can be said about the sources without running their tests. Every step runs, whatever
// the others found. `npm run check -- --record` writes the size of the WebAssembly module down as the one to compare with.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildBindings } from './build.mjs';
import { checkAdvisories } from './check/advisories.mjs';
import { checkDependencies } from './check/dependencies.mjs';
import { checkLicences } from './check/licences.mjs';
import { checkLinks } from './check/links.mjs';
import { checkSize } from './check/size.mjs';
import { root, wasmTarget } from './environment.mjs';
import { Failure, main, reportStages, run, stage } from './run.mjs';
import { setUp } from './setup.mjs';
import { wasmCrates, wasmTestTargets } from './wasm-tests.mjs';

const renew = process.argv.includes('--record');
const strict = ['--', '-D', 'warnings'];

/** A step that only reads: prints what it found. */
const inspect = (name, work) => stage(name, async () => console.log(`  ${await work()}`));
/** A step that is one command. */
const command = (name, program, args, options) => stage(name, () => run(program, args, options));

await main(async () => {
  await stage('set-up', () => setUp('build'));
  await command('formatting', 'cargo', ['fmt', '--all', '--check']);
  await command('clippy', 'cargo', ['clippy', '--quiet', '--workspace', '--all-targets', ...strict]);
  for (const { name, folder } of wasmCrates) {
    const targets = ['--package', name, '--lib', ...wasmTestTargets(folder), '--target', wasmTarget];
    await command(`clippy for wasm32: ${name}`, 'cargo', ['clippy', '--quiet', ...targets, ...strict]);
  }
  await command('documentation', 'cargo', ['doc', '--quiet', '--workspace', '--no-deps'], { env: { RUSTDOCFLAGS: '-Dwarnings' } });
  await stage('TypeScript', async () => {
    await buildBindings();
    await run('tsc', ['--project', 'tsconfig.json', '--noEmit']);
  });
  await stage('TypeScript of the web application', async () => {
    const path = join(root, 'www', 'package.json');
    if (!existsSync(path) || !JSON.parse(readFileSync(path, 'utf8')).scripts?.check) return;
    await build();
    await run('npm', ['run', '--silent', 'check'], { cwd: join(root, 'www') });
  });
  await inspect('links', checkLinks);
  await inspect('dependencies', checkDependencies);
  await inspect('licences', checkLicences);
  await inspect('advisories', checkAdvisories);
  await inspect('size of the WebAssembly modules', () => checkSize({ renew }));
  if (!reportStages('npm run check')) throw new Failure('npm run check failed');
});
