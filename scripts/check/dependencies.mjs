// docs/dependencies.md says of every direct dependency why it is there, and of nothing else.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../environment.mjs';
import { ask, Failure } from '../run.mjs';

const page = 'docs/dependencies.md';
/** Where npm's dependencies stand. */
const packages = ['package.json', 'www/package.json', 'bench/peers/package.json', 'tests/conformance/package.json', 'tests/package/vite/package.json', 'tests/package/webpack/package.json'];

/** Fails with what the page lacks and what it has too much. */
export function checkDependencies() {
  const direct = new Set([...cargoDependencies(), ...packages.flatMap(npmDependencies)]);
  const text = readFileSync(join(root, page), 'utf8');
  const described = new Set([...text.matchAll(/^- `([^`]+)`: \S/gm)].map(([, name]) => name));
  const problems = [
    ...[...direct].filter((name) => !described.has(name)).map((name) => `${page} does not say why ${name} is there`),
    ...[...described].filter((name) => !direct.has(name)).map((name) => `${page} describes ${name}, which is no direct dependency`),
  ];
  if (problems.length > 0) throw new Failure(problems.join('\n'));
  return `${direct.size} direct dependencies`;
}

function cargoDependencies() {
  const metadata = JSON.parse(ask('cargo', ['metadata', '--format-version', '1', '--no-deps', '--locked']) ?? 'null');
  if (!metadata) throw new Failure('cargo metadata failed: is Cargo.lock up to date?');
  return metadata.packages.flatMap(({ dependencies }) => dependencies.filter(({ path }) => !path).map(({ name }) => name));
}

function npmDependencies(path) {
  if (!existsSync(join(root, path))) return [];
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, path), 'utf8'));
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, range]) => !range.startsWith('file:') && !range.startsWith('link:'))
    .map(([name]) => name);
}
